"""The reviewed names of langchain-huggingface: models behind an endpoint.

Pipelines and local embeddings have no row: they load a model from disk, and a model may bring code
along. A chat model is set by state, because its constructor may fetch a tokenizer.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

TOKEN = {"huggingfacehub_api_token": "HUGGINGFACEHUB_API_TOKEN"}
OPT_IN = {"server_kwargs": {...: "huggingface_hub.inference._client:InferenceClient"}}

TABLE = Table(
    rows_of(
        "langchain_huggingface.llms.huggingface_endpoint",
        "HuggingFaceEndpoint",
        construct=True,
        component=True,
        made=("async_client", "client"),
        made_beside={"model": "endpoint_url repo_id"},
        secrets=TOKEN,
        endpoints=(
            "endpoint_url",
            "inference_server_url",
            "model://",
            "model_kwargs.model",
            "repo_id://",
        ),
        opt_in=OPT_IN,
    ),
    rows_of(
        "langchain_huggingface.embeddings.huggingface_endpoint",
        "HuggingFaceEndpointEmbeddings",
        construct=True,
        component=True,
        made=("async_client", "client"),
        secrets=TOKEN,
        endpoints=("model://", "model_kwargs.model", "repo_id://"),
    ),
    rows_of(
        "langchain_huggingface.chat_models.huggingface",
        "ChatHuggingFace",
        component=True,
        by_state=True,
    ),
    rows_of(
        "langchain_huggingface.chat_models.huggingface",
        "ChatHuggingFace.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)
