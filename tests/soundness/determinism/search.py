"""A search for a second witness: one wire is forced, the constraints that break are mended elsewhere, inputs stay.

The checker says that there is none. The search does not use its rules: it moves as an attacker would, forwards and
backwards, re-decomposes numbers into bits, also those of v + R, and gives up where nothing is left to change. It finds
the second witnesses of the known-bad circuits.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from determinism.circuit import Circuit
from determinism.forms import Form, R, signed
from determinism.shapes import Chain, read

_REPAIRS = 300
"""Constraints mended in one try."""


@dataclass(frozen=True)
class Second:
    """Another witness with the same inputs.

    Attributes:
        forced: The wire that was set first.
        changes: Wire → its value there, where it differs.
    """

    forced: int
    changes: dict[int, int]


class Search:
    """Tries on one circuit, around one witness."""

    def __init__(self, circuit: Circuit, witness: Sequence[int]) -> None:
        self.circuit = circuit
        self.witness = witness
        shapes = read(circuit)
        self._bits = {wire for wire in shapes.bits if wire < circuit.wires}
        self._sums: dict[int, Chain] = {chain.constraint: chain for chain in shapes.chains if self._is_whole(chain)}
        self._free: dict[str, list[int]] = {}
        for wire in sorted(set(circuit.uses) - circuit.given):
            self._free.setdefault(re.sub(r"\d+", "", circuit.label(wire)), []).append(wire)
        self._loose = sorted(set(circuit.names) - circuit.given - set(circuit.uses))

    def _is_whole(self, chain: Chain) -> bool:
        """Whether everything but the bits of a sum are wires, and no forms."""
        return all(wire < self.circuit.wires for wire in set(chain.equation.form) - set(chain.wires))

    def attempt(self, random: Random) -> Second | None:
        """Force one wire to another value; return the witness that follows, if all constraints hold."""
        if self._loose:
            return Second(self._loose[0], {self._loose[0]: self.witness[self._loose[0]] + 1})
        # Kinds of signals first: most wires are bits.
        forced = random.choice(self._free[random.choice(list(self._free))])
        changes = {forced: self._another(forced, random)}
        if changes[forced] == self.witness[forced]:
            return None
        waiting = deque(self.circuit.uses[forced])
        for _ in range(_REPAIRS):
            if not waiting:
                return Second(forced, changes) if self.holds(changes) else None
            index = waiting.popleft() if random.random() < 0.5 else waiting.pop()
            if self._is_met(index, changes):
                continue
            repair = self._repair(index, changes, random)
            if repair is None:
                return None
            changes.update(repair)
            waiting.extend({i for wire in repair for i in self.circuit.uses[wire]} | {index})
        return None

    def holds(self, changes: Mapping[int, int]) -> bool:
        """Whether a changed witness meets every constraint that it touches, and differs."""
        touched = {index for wire in changes for index in self.circuit.uses.get(wire, ())}
        differs = any(self.witness[wire] != value for wire, value in changes.items())
        return differs and all(self._is_met(index, changes) for index in touched)

    def _another(self, wire: int, random: Random) -> int:
        value = self.witness[wire]
        near = self.circuit.constraints[random.choice(self.circuit.uses[wire])]
        others = [self.witness[w] for w in near.wires]
        candidates = [1 - value] if wire in self._bits else []
        candidates += [value + 1, value - 1, -value, 0, 1, random.choice(others), random.randrange(R)]
        candidates += [value + (1 << random.randrange(253)), value - (1 << random.randrange(253))]
        return random.choice(candidates) % R

    def _evaluate(self, form: Form, changes: Mapping[int, int]) -> int:
        witness = self.witness
        return sum(k * changes.get(wire, witness[wire]) for wire, k in form.items()) % R

    def _is_met(self, index: int, changes: Mapping[int, int]) -> bool:
        constraint = self.circuit.constraints[index]
        a, b, c = (self._evaluate(form, changes) for form in (constraint.a, constraint.b, constraint.c))
        return (a * b - c) % R == 0

    def _repair(self, index: int, changes: Mapping[int, int], random: Random) -> dict[int, int] | None:
        """Return new values of wires, none of them changed before, that meet a constraint; None when there are none."""
        constraint = self.circuit.constraints[index]
        chain = self._sums.get(index)
        if chain is not None and random.random() < 0.9:
            digits = self._digits(chain, changes, random)
            if digits:
                return digits
        wires = [
            w for w in constraint.wires if w not in changes and w not in self.circuit.given and w not in self._bits
        ]
        random.shuffle(wires)
        # What a constraint computes stands in c.
        wires.sort(key=lambda wire: wire not in constraint.c and random.random() < 0.8)
        for wire in wires:
            values = self._solutions(index, wire, changes)
            if values:
                return {wire: random.choice(values)}
        return None

    def _solutions(self, index: int, wire: int, changes: Mapping[int, int]) -> list[int]:
        """Return values of one wire that meet a constraint: of a linear one, or of a product that has to be 0."""
        constraint = self.circuit.constraints[index]
        at_zero = {**changes, wire: 0}
        (a, b, c), (p, q, s) = zip(
            *((self._evaluate(f, at_zero), f.get(wire, 0)) for f in (constraint.a, constraint.b, constraint.c)),
            strict=True,
        )
        if not constraint.c:
            return [-rest * pow(k, -1, R) % R for rest, k in ((a, p), (b, q)) if k]
        slope = (p * b + q * a - s) % R
        return [(c - a * b) * pow(slope, -1, R) % R] if slope and not p * q % R else []

    def _digits(self, chain: Chain, changes: Mapping[int, int], random: Random) -> dict[int, int] | None:
        """Return bits that make up the number that a range check looks at, or that number plus R."""
        bits = set(chain.wires)
        rest = {wire: k for wire, k in chain.equation.form.items() if wire not in bits}
        number = -self._evaluate(rest, changes) * pow(chain.unit, -1, R) % R
        integers = range(number - R, chain.high + 1, R)
        fitting = [value for value in integers if chain.low <= value <= chain.high]
        if not fitting:
            return None
        value = random.choice(fitting) - chain.low
        digits = {}
        for place, wire in enumerate(chain.wires):
            bit = (value >> place) & 1
            positive = signed(chain.equation.form[wire] * pow(chain.unit << place, -1, R)) == 1
            digits[wire] = bit if positive else 1 - bit
        real = {wire: bit for wire, bit in digits.items() if wire < self.circuit.wires}
        if any(changes.get(wire, bit) != bit for wire, bit in real.items()):
            return None
        return {wire: bit for wire, bit in real.items() if wire not in changes and self.witness[wire] != bit}
