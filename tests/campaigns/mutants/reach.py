"""Into which contracts' code a source gets: by inheritance, library functions that are called, contracts created."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.campaigns.mutants.syntax import Node, children

__all__ = ["Reach"]


class Reach:
    """The contracts to compile again when a source changes.

    Args:
        trees: Source unit → syntax tree, of one whole build.
    """

    def __init__(self, trees: dict[str, Node]) -> None:
        self._declared: dict[int, tuple[str, Node]] = {}
        self._owner: dict[int, int] = {}
        for file, tree in trees.items():
            for contract in tree["nodes"]:
                if contract["nodeType"] == "ContractDefinition":
                    self._declared[contract["id"]] = (file, contract)
                    self._owner |= {spot.node["id"]: contract["id"] for spot in children(contract) if "id" in spot.node}
        self._contracts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for number, (file, contract) in self._declared.items():
            if contract["contractKind"] == "contract" and not contract["abstract"]:
                for source in {self._declared[part][0] for part in self._parts(number)}:
                    self._contracts[source][file].append(contract["name"])

    def contracts(self, file: str) -> dict[str, list[str]]:
        """Return source unit → contracts whose code the source is part of."""
        return {unit: sorted(names) for unit, names in sorted(self._contracts[file].items())}

    def _parts(self, contract: int) -> set[int]:
        found: set[int] = set()
        left = list(self._declared[contract][1]["linearizedBaseContracts"])
        while left:
            number = left.pop()
            if number not in found:
                found.add(number)
                node = self._declared[number][1]
                left.extend(self._libraries(node))
                for created in node["contractDependencies"]:
                    left.extend(self._declared[created][1]["linearizedBaseContracts"])
        return found

    def _libraries(self, contract: Node) -> set[int]:
        referenced: set[Any] = {spot.node.get("referencedDeclaration") for spot in children(contract)}
        owners = {self._owner[number] for number in referenced if number in self._owner}
        return {number for number in owners if self._declared[number][1]["contractKind"] == "library"}
