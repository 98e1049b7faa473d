"""Applies the rules until nothing changes, and remembers what each conclusion rests on."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from determinism.alias import solve_alias
from determinism.circuit import Circuit
from determinism.facts import Facts, Step
from determinism.forms import R
from determinism.linear import solve_equation, solve_ranged
from determinism.products import one_hot, solve_product
from determinism.shapes import Equation, Ranged
from determinism.span import Span

Item = Equation | Ranged | int
# An item is looked at when it has at most so many unknown wires without a range.
_WIDE = 2


@dataclass
class Checker:
    """A run over one circuit.

    Attributes:
        steps: The conclusions in order.
    """

    facts: Facts
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def of(cls, circuit: Circuit) -> Checker:
        """Return a checker that has not run yet."""
        return cls(Facts.of(circuit))

    def __post_init__(self) -> None:
        shapes = self.facts.shapes
        self._items: list[Item] = [*shapes.quadratic, *shapes.equations, *shapes.ranged.values()]
        self._wide = {id(c.equation): c for c in shapes.chains if c.high - c.low >= R}
        self._at: dict[int, list[int]] = defaultdict(list)
        self._wires = [tuple(w for w in self._wires_of(item) if w) for item in self._items]
        for position, wires in enumerate(self._wires):
            for wire in wires:
                self._at[wire].append(position)

    def _wires_of(self, item: Item) -> Iterable[int]:
        return self.facts.constraint(item).wires if isinstance(item, int) else item.form

    def run(self) -> Checker:
        """Apply the rules to everything, the linear algebra where nothing else goes on."""
        self._propagate(range(len(self._items)))
        self._solve_systems()
        return self

    def resume(self, wires: Iterable[int]) -> Checker:
        """Apply the rules again to everything that contains some wires."""
        self._propagate(dict.fromkeys(position for wire in wires for position in self._at[wire]))
        self._solve_systems()
        return self

    def _solve_systems(self) -> None:
        span = Span(self.facts)
        while True:
            before = len(span.absorbed), len(self.facts.known)
            left = [i for i in self.facts.shapes.quadratic if self.facts.unknown(self.facts.constraint(i).wires)]
            pending = span.advance(left)
            while pending:
                fresh = [wire for step in pending for wire in self._learn(step)]
                first = len(self.steps)
                self._propagate(dict.fromkeys(p for wire in fresh for p in self._at[wire]))
                fresh += [wire for step in self.steps[first:] for wire in step.wires]
                pending = span.forget(fresh)
            if (len(span.absorbed), len(self.facts.known)) == before:
                return

    def unknown(self) -> list[int]:
        """Return the wires that are not shown to have one value."""
        return [wire for wire in self.facts.circuit.names if wire not in self.facts.known]

    def _propagate(self, positions: Iterable[int]) -> None:
        queue = deque(positions)
        waiting = set(queue)
        while queue:
            position = queue.popleft()
            waiting.discard(position)
            if not self._ready(position):
                continue
            for step in self._apply(self._items[position]):
                for wire in self._learn(step):
                    fresh = [p for p in self._at[wire] if p not in waiting]
                    queue.extend(fresh)
                    waiting.update(fresh)

    def _ready(self, position: int) -> bool:
        """Whether an item has an unknown wire, and few without a range."""
        known, some, wide = self.facts.known, False, 0
        for wire in self._wires[position]:
            if wire not in known:
                some = True
                wide += self.facts.range_of(wire) is None
                if wide > _WIDE and isinstance(self._items[position], Ranged):
                    return False
        return some

    def _apply(self, item: Item) -> list[Step]:
        if isinstance(item, int):
            return solve_product(self.facts, item)
        if isinstance(item, Ranged):
            return solve_ranged(self.facts, item)
        if not self.facts.holds(item.sources):
            return []
        steps = solve_equation(self.facts, item) or one_hot(self.facts, item.form, item.sources)
        chain = self._wide.get(id(item))
        return steps or (solve_alias(self.facts, chain) if chain else [])

    def _learn(self, step: Step) -> list[int]:
        fresh = self.facts.unknown(step.wires)
        self.facts.known.update(fresh)
        if fresh:
            self.steps.append(replace(step, wires=tuple(fresh)))
        return fresh
