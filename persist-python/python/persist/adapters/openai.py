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

TABLE = Table(
    rows_of(
        "langchain_openai.chat_models.base",
        "ChatOpenAI",
        construct=True,
        takes=TAKES,
        component=True,
        made=CLIENTS + ROOT_CLIENTS,
        made_beside=PROXIED,
        secrets=KEY,
        reads=READS,
        borrows=BORROWS,
        endpoints=ENDPOINTS,
    ),
    rows_of(
        "langchain_openai.chat_models.azure",
        "AzureChatOpenAI",
        construct=True,
        takes=AZURE_TAKES,
        component=True,
        made=CLIENTS + ROOT_CLIENTS,
        secrets=AZURE_KEYS,
        reads=READS,
        borrows=BORROWS,
        endpoints=AZURE_ENDPOINTS,
        attributes=AZURE_ATTRIBUTES,
    ),
    rows_of(
        "langchain_openai.llms.base",
        "OpenAI",
        construct=True,
        takes=TAKES,
        component=True,
        made=CLIENTS,
        secrets=KEY,
        reads=READS,
        borrows=BORROWS,
        endpoints=ENDPOINTS,
    ),
    rows_of(
        "langchain_openai.llms.azure",
        "AzureOpenAI",
        construct=True,
        takes=AZURE_TAKES,
        component=True,
        made=CLIENTS,
        secrets=AZURE_KEYS,
        reads=READS,
        borrows=BORROWS,
        endpoints=AZURE_ENDPOINTS,
        attributes=AZURE_ATTRIBUTES,
    ),
    rows_of(
        "langchain_openai.embeddings.base",
        "OpenAIEmbeddings",
        construct=True,
        takes=TAKES,
        component=True,
        made=CLIENTS,
        made_beside=PROXIED,
        secrets=KEY,
        reads=READS,
        borrows=BORROWS,
        endpoints=ENDPOINTS,
    ),
    rows_of(
        "langchain_openai.embeddings.azure",
        "AzureOpenAIEmbeddings",
        construct=True,
        takes=AZURE_TAKES,
        component=True,
        made=CLIENTS,
        secrets=AZURE_KEYS,
        reads=READS,
        borrows=BORROWS,
        endpoints=AZURE_ENDPOINTS,
    ),
    rows_of(
        "langchain_openai.chat_models.base",
        "BaseChatOpenAI.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of("langchain_openai.chat_models.base", "_oai_structured_outputs_parser", role="function"),
)
