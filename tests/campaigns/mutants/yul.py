"""What a mutant changes in assembly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.campaigns.mutants.syntax import Node, span, text_of

__all__ = ["edits"]

_OTHER: Final = {
    "add": "sub", "sub": "add", "mul": "add", "lt": "gt", "gt": "lt", "slt": "sgt", "and": "or", "or": "and",
    "shl": "shr", "shr": "shl", "eq": "gt",
}  # fmt: skip


def edits(node: Node, source: bytes) -> Iterator[tuple[str, int, int, str]]:
    """Yield operator, first byte, end and replacement of every change of an assembly node."""
    match node["nodeType"]:
        case "YulFunctionCall":
            name = node["functionName"]
            if name["name"] in _OTHER:
                yield "yul-function", *span(name), _OTHER[name["name"]]
            elif name["name"] == "iszero":
                yield "yul-function", *span(node), text_of(node["arguments"][0], source)
        case "YulLiteral" if node["kind"] == "number":
            value = int(node["value"], 0)
            yield "yul-literal", *span(node), str(value + 1)
            if value > 0:
                yield "yul-literal", *span(node), str(value - 1)
        case "YulAssignment" | "YulExpressionStatement":
            yield "yul-drop", *span(node), ""
        case "YulIf":
            yield "negate", *span(node["condition"]), f"iszero({text_of(node['condition'], source)})"
        case "YulBreak":
            yield "yul-drop", *span(node), ""
