"""The reviewed names of langchain-aws: models of Bedrock.

Their constructors make clients of boto3, which reads the caller's own AWS settings. A profile by
name may start a program that the settings name: it needs `boto3:Session` in `allow`. Agents,
retrievers and stores of AWS services have no row.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of
from persist.adapters.anthropic import CLIENTS, ENDPOINTS, KEY, READS
from persist.state.secrets import Containing

__all__ = ["TABLE"]

KEYS = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
}
CONFIG = {"config": "botocore.config:Config"}
BEARER = {"bedrock_api_key": "AWS_BEARER_TOKEN_BEDROCK"}
# Clients prefer it to keys that they are given.
TOKEN = tuple(BEARER.values())
# An address is made of it.
REGION = ("region_name",)
OPT_IN = {"credentials_profile_name": {...: "boto3.session:Session"}}
# What stands behind such a name is asked of the service while a model is made.
PROFILE = Containing("application-inference-profile", unless="base_model_id")
ASKING = {**OPT_IN, "model_id": {PROFILE: "langchain_aws.utils:create_aws_client"}}

TABLE = Table(
    *(
        rows_of(
            f"langchain_aws.{module}",
            name,
            construct=True,
            takes=CONFIG,
            component=True,
            made=("bedrock_client", "client"),
            secrets={**KEYS, **BEARER},
            reads=TOKEN,
            endpoints=("endpoint_url",),
            labels=REGION,
            opt_in=ASKING,
        )
        for module, name in (
            ("chat_models.bedrock", "ChatBedrock"),
            ("chat_models.bedrock_converse", "ChatBedrockConverse"),
            ("llms.bedrock", "BedrockLLM"),
        )
    ),
    rows_of(
        "langchain_aws.embeddings.bedrock",
        "BedrockEmbeddings",
        construct=True,
        takes=CONFIG,
        component=True,
        made=("client",),
        secrets=KEYS,
        reads=TOKEN,
        endpoints=("endpoint_url",),
        labels=REGION,
        opt_in=OPT_IN,
    ),
    rows_of(
        "langchain_aws.chat_models.anthropic",
        "ChatAnthropicBedrock",
        construct=True,
        component=True,
        made=CLIENTS,
        secrets={**KEYS, "mcp_servers": "ANTHROPIC_MCP_SERVERS", **KEY},
        reads=(*TOKEN, *READS),
        endpoints=ENDPOINTS,
        labels=REGION,
    ),
    rows_of(
        "langchain_aws.chat_models.anthropic",
        "ChatAnthropicMantle",
        construct=True,
        component=True,
        # The key of Anthropic is the empty one: its client has no use for any.
        made=(*CLIENTS, *KEY),
        secrets={**KEYS, **BEARER, "mcp_servers": "ANTHROPIC_MCP_SERVERS"},
        reads=(*TOKEN, "ANTHROPIC_AWS_API_KEY", *READS),
        # Without an address its client makes one of the region.
        endpoints=("anthropic_api_url", "anthropic_proxy"),
        labels=REGION,
        opt_in=OPT_IN,
    ),
    rows_of("langchain_aws.function_calling", "ToolsOutputParser", check="schemas_parser"),
    rows_of("langchain_aws.middleware.prompt_caching", "BedrockPromptCachingMiddleware"),
    rows_of(
        "langchain_aws.middleware.prompt_caching",
        "BedrockPromptCachingMiddleware.awrap_model_call"
        " BedrockPromptCachingMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        "langchain_aws.chat_models.bedrock",
        "ChatBedrock.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_aws.chat_models.bedrock_converse",
        "ChatBedrockConverse._with_structured_output_function_calling.<locals>.<lambda>"
        " ChatBedrockConverse._with_structured_output_json_schema.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_aws.function_calling", "_RepairingPydanticToolsParser", check="tools_parser"
    ),
    rows_of("langchain_aws.function_calling", "_RepairingJsonOutputKeyToolsParser"),
)
