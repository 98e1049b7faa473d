"""What a mutant changes in Solidity; what it changes in assembly is in yul.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tests.campaigns.mutants import yul
from tests.campaigns.mutants.syntax import Mutant, Node, children, span, text_of

__all__ = ["REVERTS", "mutants_of"]

REVERTS: Final = ("drop-revert", "drop-modifier", "drop-guard")
"""Operators of the kind `reverts`: a revert, a modifier, or a call that does nothing but revert is taken out."""

Edit = tuple[str, int, int, str]
"""Operator, first byte, end, replacement."""

_BINARY: Final[dict[str, tuple[str, ...]]] = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "**": ("*",),
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "&&": ("||",), "||": ("&&",), "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("|",),
}  # fmt: skip
_ASSIGNMENT: Final[dict[str, tuple[str, ...]]] = {
    "+=": ("-=", "="), "-=": ("+=", "="), "|=": ("&=", "="), "&=": ("|=", "="), "*=": ("/=",), "/=": ("*=",),
}  # fmt: skip
_GUARD: Final = re.compile(r"_?(require|check|known)([A-Z]\w*)?|epochMeta")
_TYPES: Final = {
    "ElementaryTypeName", "ArrayTypeName", "UserDefinedTypeName", "Mapping", "StructDefinition", "EventDefinition",
    "ErrorDefinition", "EnumDefinition", "ImportDirective", "PragmaDirective", "OverrideSpecifier",
}  # fmt: skip
_UNORDERED: Final = {"min", "max"}


def mutants_of(file: str, source: bytes, tree: Node) -> list[Mutant]:
    """Return every mutant of a source, in its order."""
    made: list[Mutant] = []
    numbers: Counter[str] = Counter()
    for spot in children(tree):
        if any(parent["nodeType"] in _TYPES for parent in (*spot.parents, spot.node)):
            continue
        for operator, start, end, replacement in (*_edits(spot.node, source), *yul.edits(spot.node, source)):
            place = ".".join(filter(None, (spot.contract or file.rpartition("/")[2], spot.function, operator)))
            numbers[place] += 1
            kind = "reverts" if operator in REVERTS else "others"
            line = source[:start].count(b"\n") + 1
            name = f"{place}.{numbers[place]}"
            made.append(Mutant(name, kind, operator, file, start, end - start, replacement, line))
    return made


def _edits(node: Node, source: bytes) -> Iterator[Edit]:
    yield from _statement(node, source)
    yield from _expression(node, source)


def _statement(node: Node, source: bytes) -> Iterator[Edit]:
    match node["nodeType"]:
        case "RevertStatement":
            yield "drop-revert", span(node)[0], _statement_end(node, source), "{}"
        case "FunctionDefinition":
            yield from (("drop-modifier", *span(part), "") for part in node["modifiers"] if _is_modifier(part))
        case "EmitStatement":
            yield "drop-emit", span(node)[0], _statement_end(node, source), "{}"
        case "Continue" | "Break":
            yield "drop-jump", span(node)[0], _statement_end(node, source), "{}"
        case "ExpressionStatement":
            yield _dropped(node, source)
        case "IfStatement" | "Conditional" | "WhileStatement":
            yield "negate", *span(node["condition"]), f"!({text_of(node['condition'], source)})"
        case "Return" if _type(node.get("expression")) == "t_bool":
            yield "negate", *span(node["expression"]), f"!({text_of(node['expression'], source)})"


def _expression(node: Node, source: bytes) -> Iterator[Edit]:
    match node["nodeType"]:
        case "BinaryOperation":
            yield from _binary(node, source)
        case "Assignment" if node["operator"] != "=":
            between = span(node["leftHandSide"])[1], span(node["rightHandSide"])[0]
            yield from _swapped("assignment", node["operator"], _ASSIGNMENT, between, source)
        case "UnaryOperation":
            yield from _unary(node, source)
        case "Literal":
            yield from _literal(node)
        case "FunctionCall":
            yield from _call(node, source)
        case "TupleExpression":
            yield from _swapped_neighbours("swap-tuple", node["components"], source)
        case "MemberAccess" if text_of(node, source) == "Math.Rounding.Floor":
            yield "round-up", *span(node), "Math.Rounding.Ceil"


def _is_modifier(part: Node) -> bool:
    return bool(part.get("kind") == "modifierInvocation")


def _statement_end(node: Node, source: bytes) -> int:
    end = span(node)[1]
    return source.index(b";", end - 1) + 1


def _type(node: Node | None) -> str:
    return str(node["typeDescriptions"].get("typeIdentifier", "")) if node else ""


def _dropped(node: Node, source: bytes) -> Edit:
    expression = node["expression"]
    operator = {"Assignment": "drop-assignment", "FunctionCall": "drop-call"}.get(expression["nodeType"], "drop-step")
    if operator == "drop-call":
        called = expression["expression"]
        if _GUARD.fullmatch(called.get("name") or called.get("memberName") or ""):
            operator = "drop-guard"
    return operator, span(node)[0], _statement_end(node, source), "{}"


def _swapped(
    name: str, operator: str, table: dict[str, tuple[str, ...]], between: tuple[int, int], source: bytes
) -> Iterator[Edit]:
    at = source.index(operator.encode(), *between)
    yield from ((name, at, at + len(operator), other) for other in table.get(operator, ()))


def _binary(node: Node, source: bytes) -> Iterator[Edit]:
    left, right = node["leftExpression"], node["rightExpression"]
    yield from _swapped("binary", node["operator"], _BINARY, (span(left)[1], span(right)[0]), source)
    if node["operator"] == "/" and _type(node).startswith("t_uint"):
        over, under = text_of(left, source), text_of(right, source)
        yield "round-up", *span(node), f"(({over} + ({under}) - 1) / ({under}))"


def _unary(node: Node, source: bytes) -> Iterator[Edit]:
    start, end = span(node)
    text, operator = source[start:end].decode(), node["operator"]
    if operator in ("!", "~", "-"):
        yield "unary", start, end, text.removeprefix(operator)
    elif operator in ("++", "--"):
        yield "unary", start, end, text.replace(operator, "--" if operator == "++" else "++")


def _literal(node: Node) -> Iterator[Edit]:
    if node["kind"] == "bool":
        yield "literal", *span(node), "false" if node["value"] == "true" else "true"
    elif node["kind"] == "number" and not node.get("subdenomination") and "e" not in node["value"].lower():
        value = int(node["value"], 0)
        yield "literal", *span(node), str(value + 1)
        if value > 0:
            yield "literal", *span(node), str(value - 1)


def _call(node: Node, source: bytes) -> Iterator[Edit]:
    called = text_of(node["expression"], source)
    arguments = node["arguments"]
    if called == "Math.mulDiv" and len(arguments) == 3:
        yield "round-up", *span(node), f"{text_of(node, source)[:-1]}, Math.Rounding.Ceil)"
    if called == "Math.ceilDiv":
        over, under = (text_of(argument, source) for argument in arguments)
        yield "round-down", *span(node), f"(({over}) / ({under}))"
    if node["kind"] != "typeConversion" and not node.get("names") and called.rpartition(".")[2] not in _UNORDERED:
        yield from _swapped_neighbours("swap-arguments", arguments, source)


def _swapped_neighbours(name: str, parts: list[Node | None], source: bytes) -> Iterator[Edit]:
    for first, second in pairwise(parts):
        if first is None or second is None or _type(first) != _type(second):
            continue
        one, other = text_of(first, source), text_of(second, source)
        if one != other:
            between = source[span(first)[1] : span(second)[0]].decode()
            yield name, span(first)[0], span(second)[1], f"{other}{between}{one}"
