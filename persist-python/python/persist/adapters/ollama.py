"""The reviewed names of langchain-ollama: models that talk to a server of the caller's own.

Arguments for the HTTP client may name files, and asking the server for its models while a model is
made would open a connection during a restore: both need a name in `allow`. Their client sends the
key of the environment, which no field holds, to whatever server it has.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

OPT_IN = {
    "async_client_kwargs": {...: "httpx:AsyncClient"},
    "client_kwargs": {...: "httpx:Client"},
    "sync_client_kwargs": {...: "httpx:Client"},
    "validate_model_on_init": {...: "langchain_ollama._utils:validate_model"},
}

TABLE = Table(
    *(
        rows_of(
            f"langchain_ollama.{module}",
            name,
            construct=True,
            component=True,
            reads=("OLLAMA_API_KEY",),
            endpoints=("base_url",),
            opt_in=OPT_IN,
        )
        for module, name in (
            ("chat_models", "ChatOllama"),
            ("embeddings", "OllamaEmbeddings"),
            ("llms", "OllamaLLM"),
        )
    ),
    rows_of(
        "langchain_ollama.chat_models",
        "ChatOllama.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
