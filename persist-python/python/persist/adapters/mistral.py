"""The reviewed names of langchain-mistralai: the chat model.

The embeddings have no row: their constructor fetches a tokenizer.
"""

from __future__ import annotations

from persist.adapters._row import rows_of, table_of

__all__ = ["TABLE"]

TABLE = table_of(
    rows_of(
        "langchain_mistralai.chat_models",
        "ChatMistralAI",
        construct=True,
        component=True,
        made=("async_client", "client"),
        secrets={"mistral_api_key": "MISTRAL_API_KEY"},
        endpoints=("endpoint=https://api.mistral.ai/v1",),
    ),
    rows_of(
        "langchain_mistralai.chat_models",
        "ChatMistralAI.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
