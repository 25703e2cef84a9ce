"""The reviewed names of langchain-anthropic: models whose clients are made on first use.

A client is kept among the attributes of its model, with the key in it: it is never written.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["CLIENTS", "ENDPOINTS", "KEY", "READS", "TABLE"]

CLIENTS = ("_async_client", "_client", "_client_params")
URL = "anthropic_api_url=https://api.anthropic.com"
ENDPOINTS = (URL, "anthropic_proxy")
# Also a gateway's token, and headers that it asks for.
READS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
KEY = {"anthropic_api_key": "ANTHROPIC_API_KEY"}

TABLE = Table(
    rows_of(
        "langchain_anthropic.chat_models",
        "ChatAnthropic",
        construct=True,
        component=True,
        made=CLIENTS,
        secrets={**KEY, "mcp_servers": "ANTHROPIC_MCP_SERVERS"},
        reads=READS,
        endpoints=ENDPOINTS,
    ),
    rows_of(
        "langchain_anthropic.llms",
        "AnthropicLLM",
        construct=True,
        component=True,
        made=("async_client", "client", "count_tokens"),
        secrets=KEY,
        reads=READS,
        endpoints=(URL,),
    ),
    rows_of("langchain_anthropic.output_parsers", "ToolsOutputParser", check="schemas_parser"),
    rows_of("langchain_anthropic.middleware.prompt_caching", "AnthropicPromptCachingMiddleware"),
    rows_of(
        "langchain_anthropic.middleware.prompt_caching",
        "AnthropicPromptCachingMiddleware.awrap_model_call"
        " AnthropicPromptCachingMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        "langchain_anthropic.chat_models",
        "ChatAnthropic.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
