"""The reviewed classes of langchain-openai: models and embeddings that make HTTP clients.

Their constructors make the clients from the other fields, so they are rebuilt by constructor. A
caller's own `http_client` is no made thing and has no text: it is bound or refused.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

KEY = {"openai_api_key": "OPENAI_API_KEY"}
AZURE_KEYS = {"openai_api_key": "AZURE_OPENAI_API_KEY", "azure_ad_token": "AZURE_OPENAI_AD_TOKEN"}

ENDPOINTS = ("openai_api_base=https://api.openai.com/v1", "openai_proxy")
AZURE_ENDPOINTS = ("azure_endpoint", "openai_api_base", "openai_proxy")
AZURE_ATTRIBUTES = ("openai_api_type", "openai_api_version")

READS = ("OPENAI_CUSTOM_HEADERS", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY")
BORROWS = {"openai_organization": "organization"}

CLIENTS = ("client", "async_client")
ROOT_CLIENTS = ("root_client", "root_async_client")
PROXIED = {"http_client": "openai_proxy", "http_async_client": "openai_proxy"}

CLIENTS_GIVEN = {"http_client": "httpx:Client", "http_async_client": "httpx:AsyncClient"}
# A key, or what gives it when it is asked for, is not asked for before there is a request.
TAKES = {"openai_api_key": "*", **CLIENTS_GIVEN}
AZURE_TAKES = {**TAKES, "azure_ad_token_provider": "*", "azure_ad_async_token_provider": "*"}

OPENAI: dict[str, object] = {
    "construct": True,
    "component": True,
    "takes": TAKES,
    "secrets": KEY,
    "reads": READS,
    "borrows": BORROWS,
    "endpoints": ENDPOINTS,
}
"""What the rows have in common."""

AZURE: dict[str, object] = {
    **OPENAI,
    "takes": AZURE_TAKES,
    "secrets": AZURE_KEYS,
    "endpoints": AZURE_ENDPOINTS,
}
"""The same of those that talk to Azure."""

TABLE = Table(
    rows_of(
        "langchain_openai.chat_models.base",
        "ChatOpenAI",
        made=CLIENTS + ROOT_CLIENTS,
        made_beside=PROXIED,
        **OPENAI,
    ),
    rows_of(
        "langchain_openai.chat_models.azure",
        "AzureChatOpenAI",
        made=CLIENTS + ROOT_CLIENTS,
        attributes=AZURE_ATTRIBUTES,
        **AZURE,
    ),
    rows_of(
        "langchain_openai.llms.base",
        "OpenAI",
        made=CLIENTS,
        **OPENAI,
    ),
    rows_of(
        "langchain_openai.llms.azure",
        "AzureOpenAI",
        made=CLIENTS,
        attributes=AZURE_ATTRIBUTES,
        **AZURE,
    ),
    rows_of(
        "langchain_openai.embeddings.base",
        "OpenAIEmbeddings",
        made=CLIENTS,
        made_beside=PROXIED,
        **OPENAI,
    ),
    rows_of(
        "langchain_openai.embeddings.azure",
        "AzureOpenAIEmbeddings",
        made=CLIENTS,
        **AZURE,
    ),
    rows_of(
        "langchain_openai.chat_models.base",
        "BaseChatOpenAI.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of("langchain_openai.chat_models.base", "_oai_structured_outputs_parser", role="function"),
)
