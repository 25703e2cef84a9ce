"""The reviewed names of langchain-text-splitters: those that cut text and nothing else.

Splitters that load a model or fetch a page have no row.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

T = "langchain_text_splitters"

TABLE = Table(
    rows_of(f"{T}.base", "Language"),
    rows_of(f"{T}.character", "CharacterTextSplitter RecursiveCharacterTextSplitter"),
    rows_of(f"{T}.json", "RecursiveJsonSplitter"),
    rows_of(f"{T}.jsx", "JSFrameworkTextSplitter"),
    rows_of(f"{T}.latex", "LatexTextSplitter"),
    rows_of(
        f"{T}.markdown",
        "ExperimentalMarkdownSyntaxTextSplitter MarkdownHeaderTextSplitter MarkdownTextSplitter",
    ),
    rows_of(f"{T}.python", "PythonCodeTextSplitter"),
)
