"""The reviewed names of langchain-google-genai, and the enumerations that its models hold.

Arguments for the HTTP client may name files and be proxies, and Google's own credentials are
looked for on disk: both need the name of what would use them in `allow`.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

SECRETS = {"google_api_key": "GOOGLE_API_KEY", "gemini_api_key": "GEMINI_API_KEY"}
ENDPOINTS = ("base_url", "model_kwargs.http_options")
CREDENTIALS = {"credentials": "google.auth.credentials:Credentials"}
OPT_IN = {
    "client_args": {...: "httpx:Client"},
    "credentials": {...: "google.auth:default"},
    "vertexai": {...: "google.auth:default"},
}

TABLE = Table(
    rows_of(
        "langchain_google_genai.chat_models",
        "ChatGoogleGenerativeAI",
        construct=True,
        takes=CREDENTIALS,
        component=True,
        made=("_use_vertexai", "client", "default_metadata"),
        secrets=SECRETS,
        endpoints=ENDPOINTS,
        opt_in=OPT_IN,
        check="google",
    ),
    rows_of(
        "langchain_google_genai.llms",
        "GoogleGenerativeAI",
        construct=True,
        takes=CREDENTIALS,
        component=True,
        made=("_use_vertexai", "client"),
        secrets=SECRETS,
        endpoints=("base_url",),
        opt_in=OPT_IN,
        check="google",
    ),
    rows_of(
        "langchain_google_genai.embeddings",
        "GoogleGenerativeAIEmbeddings",
        construct=True,
        takes=CREDENTIALS,
        component=True,
        made=("_use_vertexai", "client"),
        secrets={"google_api_key": "GOOGLE_API_KEY"},
        endpoints=("base_url", "request_options"),
        opt_in=OPT_IN,
        check="google",
    ),
    rows_of(
        "google.genai.types",
        "HarmBlockThreshold HarmCategory MediaResolution Modality ThinkingConfig ThinkingLevel",
    ),
    rows_of(
        "langchain_google_genai.chat_models",
        "ChatGoogleGenerativeAI.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
