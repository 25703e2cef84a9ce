"""The reviewed names of langchain-mistralai: the chat model and the embeddings.

The constructor of the embeddings fetches a tokenizer where it is given none. They come back with
the one that they have: one that was fetched is an object of the package `tokenizers`.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

DUMMY = "langchain_mistralai.embeddings:DummyTokenizer"
KEY = {"mistral_api_key": "MISTRAL_API_KEY"}

TABLE = Table(
    rows_of(
        "langchain_mistralai.chat_models",
        "ChatMistralAI",
        construct=True,
        component=True,
        made=("async_client", "client"),
        secrets=KEY,
        endpoints=("endpoint=https://api.mistral.ai/v1",),
    ),
    rows_of(
        "langchain_mistralai.embeddings",
        "MistralAIEmbeddings",
        construct=True,
        component=True,
        made=("async_client", "client"),
        takes={"tokenizer": DUMMY},
        lends=("tokenizer",),
        secrets=KEY,
        endpoints=("endpoint",),
        opt_in={"tokenizer": {None: "tokenizers:Tokenizer.from_pretrained"}},
    ),
    # It makes a list of a text's characters.
    rows_of("langchain_mistralai.embeddings", "DummyTokenizer"),
    rows_of(
        "langchain_mistralai.chat_models",
        "ChatMistralAI.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
