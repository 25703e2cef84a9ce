"""Models of partner packages, each with a key, and what a server would answer them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from unittest import mock

# Two models are deprecated, and still what agents of today hold.
warnings.simplefilter("ignore")

import botocore.session  # noqa: E402
import tokenizers  # noqa: E402
from persist.adapters import _registry  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from strict import assert_same  # noqa: E402

# Every client of AWS has a session of its own, and each of those reads megabytes of JSON again.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

KEY = "sk-not-a-real-key-0123456789"
AWS = {
    "region_name": "us-east-1",
    "aws_access_key_id": KEY,
    "aws_secret_access_key": KEY,
}
BEDROCK = "anthropic.claude-3-haiku-20240307-v1:0"


class Answer(BaseModel):
    """What a model is to give."""

    total: int


class Model(NamedTuple):
    module: str
    fields: dict[str, Any]
    secrets: tuple[str, ...]
    address: str = ""
    """The argument that says where it sends its key."""


GOOGLE = ("GOOGLE_API_KEY",)
AWS_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
HUGGING = ("HUGGINGFACEHUB_API_TOKEN",)

MODELS: dict[str, Model] = {
    "ChatOpenAI": Model(
        "langchain_openai",
        {"model": "gpt-4o-mini", "api_key": KEY},
        ("OPENAI_API_KEY",),
        "base_url",
    ),
    "ChatAnthropic": Model(
        "langchain_anthropic",
        {"model": "claude-3-5-haiku-latest", "api_key": KEY},
        ("ANTHROPIC_API_KEY",),
        "base_url",
    ),
    "AnthropicLLM": Model(
        "langchain_anthropic",
        {"model": "claude-2", "anthropic_api_key": KEY},
        ("ANTHROPIC_API_KEY",),
        "base_url",
    ),
    "ChatGoogleGenerativeAI": Model(
        "langchain_google_genai",
        {"model": "gemini-2.0-flash", "google_api_key": KEY, "temperature": 0.2},
        GOOGLE,
        "base_url",
    ),
    "GoogleGenerativeAI": Model(
        "langchain_google_genai", {"model": "gemini-2.0-flash", "google_api_key": KEY}, GOOGLE
    ),
    "GoogleGenerativeAIEmbeddings": Model(
        "langchain_google_genai",
        {"model": "models/embedding-001", "google_api_key": KEY},
        GOOGLE,
        "base_url",
    ),
    "ChatMistralAI": Model(
        "langchain_mistralai",
        {"api_key": KEY, "temperature": 0.1},
        ("MISTRAL_API_KEY",),
        "base_url",
    ),
    "MistralAIEmbeddings": Model(
        "langchain_mistralai", {"api_key": KEY}, ("MISTRAL_API_KEY",), "endpoint"
    ),
    "ChatOllama": Model("langchain_ollama", {"model": "llama3", "num_ctx": 8}, ()),
    "OllamaLLM": Model("langchain_ollama", {"model": "llama3"}, ()),
    "OllamaEmbeddings": Model("langchain_ollama", {"model": "llama3"}, ()),
    "ChatGroq": Model(
        "langchain_groq", {"model": "llama3-8b", "api_key": KEY}, ("GROQ_API_KEY",), "base_url"
    ),
    "ChatBedrockConverse": Model(
        "langchain_aws", {"model": BEDROCK, **AWS}, AWS_SECRETS, "endpoint_url"
    ),
    "ChatBedrock": Model("langchain_aws", {"model": BEDROCK, **AWS}, AWS_SECRETS, "endpoint_url"),
    "BedrockLLM": Model(
        "langchain_aws",
        {"model": "amazon.titan-text-express-v1", **AWS},
        AWS_SECRETS,
        "endpoint_url",
    ),
    "BedrockEmbeddings": Model(
        "langchain_aws",
        {"model_id": "amazon.titan-embed-text-v1", **AWS},
        AWS_SECRETS,
        "endpoint_url",
    ),
    # Its Anthropic key is always the empty one, which is no secret.
    "ChatAnthropicBedrock": Model("langchain_aws", {"model": BEDROCK, **AWS}, AWS_SECRETS),
    "ChatAnthropicMantle": Model(
        "langchain_aws",
        {"model": "anthropic.claude-sonnet-5", "bedrock_api_key": KEY, **AWS},
        ("AWS_BEARER_TOKEN_BEDROCK", *AWS_SECRETS),
        "base_url",
    ),
    "HuggingFaceEndpoint": Model(
        "langchain_huggingface",
        {"repo_id": "me/mine", "task": "text-generation", "huggingfacehub_api_token": KEY},
        HUGGING,
    ),
    "HuggingFaceEndpointEmbeddings": Model(
        "langchain_huggingface", {"model": "me/mine", "huggingfacehub_api_token": KEY}, HUGGING
    ),
}


def forget_keys(forget: Callable[..., None]) -> None:
    """Takes every key and address out of the environment."""
    for name in list(os.environ):
        if name.endswith(("_KEY", "_TOKEN", "_BASE", "_URL")) or name.startswith("AWS_"):
            forget(name, raising=False)


def made(name: str, **fields: Any) -> Any:
    """Returns a fresh model."""
    row = MODELS[name]
    cls = getattr(importlib.import_module(row.module), name)
    with without_tokenizers():
        return cls(**{**row.fields, **fields})


@contextlib.contextmanager
def without_tokenizers() -> Iterator[mock.Mock]:
    """Has no tokenizer fetched, as where nobody may: Mistral's embeddings then take a dummy."""
    fetch = mock.Mock(side_effect=OSError("nobody is asked"))
    with mock.patch.object(tokenizers.Tokenizer, "from_pretrained", fetch):
        yield fetch


def row_of(model: Any) -> Any:
    return next(row for row in _registry.rows_over(type(model)) if row.role == "class")


def touch(model: Any) -> None:
    """Has a model make the clients that it makes on first use."""
    for name in row_of(model).made:
        with contextlib.suppress(AttributeError):
            getattr(model, name)


def keys_of(model: Any) -> dict[str, Any]:
    """Returns the secrets that a model holds, and the key that its client holds."""
    found = {}
    for name in row_of(model).secrets:
        held = getattr(model, name, None)
        found[name] = held.get_secret_value() if hasattr(held, "get_secret_value") else held
    for name in row_of(model).made:
        client = getattr(model, name, None)
        for path in ("api_key", "_client.api_key", "token"):
            held = client
            for step in path.split("."):
                held = getattr(held, step, None)
            if isinstance(held, str):
                found[f"{name}.{path}"] = held
    return found


def assert_same_model(one: Any, other: Any) -> None:
    """Compares all but the secrets and what the constructor makes."""
    assert type(one) is type(other)
    row = row_of(one)
    left_out = {*row.made, *row.secrets}
    held = {name: value for name, value in vars(one).items() if name not in left_out}
    restored = {name: value for name, value in vars(other).items() if name not in left_out}
    assert_same(held, restored)
    assert one.model_fields_set == other.model_fields_set


def answer_of(path: str) -> dict[str, Any]:
    """Returns what a server answers on a path of OpenAI's or Anthropic's."""
    text = "hello from the server"
    if path.endswith("/messages"):
        return {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 2},
        }
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
