"""The compiler's syntax trees, as byte ranges of the sources: positions count bytes, and the comments are not ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Mutant", "Node", "Spot", "children", "span", "text_of"]

Node = dict[str, Any]

_SCOPES = {"FunctionDefinition", "ModifierDefinition"}


@dataclass(frozen=True)
class Mutant:
    """One change of one source.

    Attributes:
        id: Contract, function, operator and number within them; edits elsewhere do not change it.
        kind: `reverts` or `others`.
        file: Source unit name, `src/…`.
        start: First byte replaced.
        length: Bytes replaced.
        replacement: What stands there instead.
        line: Line of the change, from 1.
    """

    id: str
    kind: str
    operator: str
    file: str
    start: int
    length: int
    replacement: str
    line: int

    def apply(self, source: bytes) -> bytes:
        """Return the source with the change."""
        return source[: self.start] + self.replacement.encode() + source[self.start + self.length :]


@dataclass(frozen=True)
class Spot:
    """A node and the contract and function around it."""

    node: Node
    contract: str
    function: str
    parents: tuple[Node, ...]


def span(node: Node) -> tuple[int, int]:
    """Return start and end of a node, in bytes."""
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def text_of(node: Node, source: bytes) -> str:
    """Return what a node was parsed from."""
    start, end = span(node)
    return source[start:end].decode()


def _parts(node: Node) -> Iterator[Node]:
    for value in node.values():
        if isinstance(value, dict) and "nodeType" in value:
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, dict) and "nodeType" in item)


def children(node: Node, contract: str = "", function: str = "", parents: tuple[Node, ...] = ()) -> Iterator[Spot]:
    """Yield every node below one, itself included, in the order of the tree."""
    if node["nodeType"] == "ContractDefinition":
        contract = node["name"]
    elif node["nodeType"] in _SCOPES:
        function = node["name"] or node.get("kind", "constructor")
    yield Spot(node, contract, function, parents)
    for part in _parts(node):
        yield from children(part, contract, function, (*parents, node))
