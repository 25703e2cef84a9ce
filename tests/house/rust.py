"""What the rules ask of Rust sources, answered by tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from .tree import Function, Import, looked_once

tree_sitter = pytest.importorskip("tree_sitter", reason="tree-sitter is not installed")
tree_sitter_rust = pytest.importorskip("tree_sitter_rust", reason="its Rust grammar is missing")

Node = tree_sitter.Node

BLOCKS = {
    "if_expression",
    "match_expression",
    "while_expression",
    "loop_expression",
    "for_expression",
}
TYPES = {"struct_item", "enum_item", "trait_item", "type_item", "union_item"}


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))


def parse(path: Path) -> Node:
    return _parsed(path.read_bytes())


@cache
def _parsed(source: bytes) -> Node:
    return _parser().parse(source).root_node


def text(node: Node | None) -> str:
    return node.text.decode() if node is not None and node.text is not None else ""


def line(node: Node) -> int:
    return int(node.start_point.row) + 1


def walk(node: Node, *, tests: bool = True) -> Iterator[Node]:
    """Yields a node and all below it; without tests, what `#[cfg(test)]` marks is left out."""
    pending = [node]
    while pending:
        current = pending.pop()
        if tests or "cfg(test)" not in attributes(current):
            yield current
            pending.extend(reversed(current.children))


def attributes(item: Node) -> str:
    """Returns the text of the attributes right before an item."""
    found = []
    before = item.prev_named_sibling if item.type.endswith("_item") else None
    while before is not None and before.type in {"attribute_item", "line_comment"}:
        if before.type == "attribute_item":
            found.append(text(before))
        before = before.prev_named_sibling
    return " ".join(found)


@looked_once
def functions(root: Node) -> Iterator[Function]:
    for node in walk(root):
        body = node.child_by_field_name("body") if node.type == "function_item" else None
        if body is not None:
            yield Function(
                name=text(node.child_by_field_name("name")),
                line=line(node),
                lines=node.end_point.row - node.start_point.row + 1,
                parameters=_parameters(node),
                nesting=_nesting(body),
                is_public_contract=_is_binding(node),
            )


def _parameters(function: Node) -> int:
    parameters = function.child_by_field_name("parameters")
    return sum(child.type == "parameter" for child in parameters.named_children)


def _is_binding(function: Node) -> bool:
    return "#[pyfunction" in attributes(function) or "#[new" in attributes(function)


def _nesting(block: Node) -> int:
    deepest = 0
    pending = [(child, 0) for child in block.children]
    while pending:
        node, depth = pending.pop()
        if node.type == "function_item":
            continue
        # `else if` stands beside its `if`, not below it.
        if node.type in BLOCKS and not (node.parent and node.parent.type == "else_clause"):
            depth += 1
            deepest = max(deepest, depth)
        pending.extend((child, depth) for child in node.children)
    return deepest


@looked_once
def test_modules(root: Node) -> Iterator[Node]:
    for node in walk(root):
        if node.type == "mod_item" and "cfg(test)" in attributes(node):
            yield node


def lines_of(node: Node) -> int:
    return int(node.end_point.row - node.start_point.row) + 1


@looked_once
def type_names(root: Node) -> Iterator[tuple[int, str]]:
    for node in walk(root):
        if node.type in TYPES:
            yield line(node), text(node.child_by_field_name("name"))


@looked_once
def identifiers(root: Node) -> Iterator[tuple[int, str]]:
    for node in walk(root):
        if node.type in {"identifier", "type_identifier", "field_identifier"}:
            yield line(node), text(node)


@looked_once
def all_attributes(root: Node) -> Iterator[tuple[int, str]]:
    """Yields the attributes of the file and of its items, without their brackets."""
    for node in walk(root):
        if node.type in {"attribute_item", "inner_attribute_item"}:
            yield line(node), text(node).lstrip("#![ ")


def module_of(source: Path, path: Path) -> tuple[str, ...]:
    """Returns the module that a file is: `json/lexer.rs` is `("json", "lexer")`."""
    parts = path.relative_to(source).with_suffix("").parts
    return parts[:-1] if parts[-1] in {"mod", "lib", "main"} else parts


@looked_once
def imports(root: Node, module: tuple[str, ...]) -> Iterator[Import]:
    """Yields every path from the crate's root that the code outside tests names."""
    for node in walk(root, tests=False):
        inner = _inner_modules(node)
        if node.type == "use_declaration":
            for path in _use_paths(node.child_by_field_name("argument")):
                yield from _resolved(node, path, module + inner)
        elif node.type in {"scoped_identifier", "scoped_type_identifier"} and _is_outermost(node):
            yield from _resolved(node, tuple(text(node).split("::")), module + inner)
        elif node.type == "token_tree":
            for path in _paths_among(node):
                yield from _resolved(node, path, module + inner)


def _paths_among(tokens: Node) -> Iterator[tuple[str, ...]]:
    """Yields the paths in the arguments of a macro, which the parser leaves as tokens."""
    path: list[str] = []
    goes_on = False
    for token in tokens.children:
        name = text(token)
        if name == "::":
            goes_on = bool(path)
        elif goes_on and token.type == "identifier":
            path.append(name)
            goes_on = False
        else:
            yield from [tuple(path)] if len(path) > 1 else []
            path, goes_on = [name] if name in {"crate", "self", "super"} else [], False
    yield from [tuple(path)] if len(path) > 1 else []


def _inner_modules(node: Node) -> tuple[str, ...]:
    names: list[str] = []
    above = node.parent
    while above is not None:
        if above.type == "mod_item":
            names.insert(0, text(above.child_by_field_name("name")))
        above = above.parent
    return tuple(names)


def _is_outermost(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type in {"scoped_identifier", "scoped_type_identifier"}:
        above = above.parent
    nested = node.parent is not None and node.parent.type.startswith("scoped_")
    return not nested and (above is None or not above.type.startswith(("use_", "scoped_use")))


def _use_paths(node: Node | None, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if node is None:
        return
    if node.type == "scoped_use_list":
        head = prefix + tuple(text(node.child_by_field_name("path")).split("::"))
        yield from _use_paths(node.child_by_field_name("list"), head)
    elif node.type == "use_list":
        for child in node.named_children:
            yield from _use_paths(child, prefix)
    elif node.type == "use_as_clause":
        yield from _use_paths(node.child_by_field_name("path"), prefix)
    else:
        yield prefix + tuple(text(node).removesuffix("::*").split("::"))


def _resolved(node: Node, path: tuple[str, ...], module: tuple[str, ...]) -> Iterator[Import]:
    head, *rest = path
    if head == "crate":
        yield Import(line(node), tuple(rest))
    elif head == "self":
        yield Import(line(node), (*module, *rest))
    elif head == "super":
        while rest and rest[0] == "super":
            module, rest = module[:-1], rest[1:]
        yield Import(line(node), (*module[:-1], *rest))


def reexports(library: Node) -> dict[str, str]:
    """Returns, for each name that the crate's root re-exports, the room it comes from."""
    found = {}
    for node in walk(library):
        if node.type == "use_declaration":
            for path in _use_paths(node.child_by_field_name("argument")):
                found[path[-1]] = path[0] if path[0] != "crate" else path[1]
    return found
