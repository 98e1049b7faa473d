"""Circuits that lack one constraint: whether the checker would notice.

What a full check of each would take hours is done from the one check of the whole circuit: without a constraint, the
conclusions that rest on it fall, and those that rest on these; the rest stays. Then the rules have another go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from determinism.checker import Checker
from determinism.circuit import Circuit
from determinism.findings import Finding, not_unique, others
from determinism.integers import Interval


class Mutants:
    """The circuits that lack one constraint of a circuit."""

    def __init__(self, circuit: Circuit, public: Mapping[int, Interval]) -> None:
        self.circuit = circuit
        self._public = public
        self._checker = Checker.of(circuit).run()
        if self._checker.unknown():
            raise ValueError(f"{circuit.file} is not shown to be unique as it is")
        self._steps = list(self._checker.steps)
        self._by_source: dict[int, list[int]] = defaultdict(list)
        self._by_use: dict[int, list[int]] = defaultdict(list)
        for number, step in enumerate(self._steps):
            for index in step.sources:
                self._by_source[index].append(number)
            for wire in step.uses:
                self._by_use[wire].append(number)

    def findings(self, index: int) -> list[Finding]:
        """Return what the checker says about the circuit without a constraint; nothing if it does not notice.

        The findings that are not about uniqueness are looked for only when every wire is unique.
        """
        facts = self._checker.facts
        lost = self._resting_on(index)
        facts.known -= lost
        facts.removed = {index}
        try:
            self._checker.resume(lost)
            return list(not_unique(self._checker)) or others(facts, self._public)
        finally:
            facts.known |= lost
            facts.removed = set()
            self._checker.steps = list(self._steps)

    def _resting_on(self, index: int) -> set[int]:
        """Return the wires whose conclusion rests on a constraint, directly or through other wires."""
        fallen: set[int] = set()
        lost: set[int] = set()
        waiting: list[Iterable[int]] = [self._by_source[index]]
        while waiting:
            for number in waiting.pop():
                if number not in fallen:
                    fallen.add(number)
                    lost.update(self._steps[number].wires)
                    waiting += [self._by_use[wire] for wire in self._steps[number].wires]
        return lost
