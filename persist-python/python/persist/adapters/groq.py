"""The reviewed names of langchain-groq: the chat model."""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

TABLE = Table(
    rows_of(
        "langchain_groq.chat_models",
        "ChatGroq",
        construct=True,
        takes={"http_client": "httpx:Client", "http_async_client": "httpx:AsyncClient"},
        component=True,
        made=("async_client", "client"),
        secrets={"groq_api_key": "GROQ_API_KEY"},
        endpoints=("groq_api_base", "groq_proxy"),
    ),
    rows_of(
        "langchain_groq.chat_models",
        "ChatGroq.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
