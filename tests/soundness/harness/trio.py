"""The verdicts of the three circuits on one state, for the price of one run of a generator.

The generator without assertions of `compliance` computes every signal of `healthy` and `liquidation` under the same
names when the threshold is the policy's health limit; only the last range check is filled in here. Their witnesses
are put together from its wires and checked against their own final constraints. A test compares them byte by byte with
those of their own generators.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from harness.constraints import R
from harness.final import FinalCircuit, final_circuit
from harness.instances import ELEMENT_BYTES, decode, main_inputs
from harness.oracle import State, inputs, policy_inputs

# The native check spreads over all cores; a campaign has a process for each.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

_GAP = "main.gap.gap"
_RENAMED = {"main.threshold_bps": "main.health_min_bps", "main.below.gap": _GAP}
_BIT = re.compile(r"main\.(?:health\.limit|below)\.range\.bit\[(\d+)\]")
_CHECKED = ("main.health.limit.headroom", "main.health.limit.range.in", "main.below.range.in")
_ONE = ("main.health.enabled", "main.health.limit.enabled")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the constraints of each circuit say to the best witness."""

    compliance: bool
    healthy: bool
    liquidation: bool


@dataclass(frozen=True, slots=True)
class _Transplant:
    """How the wires of a final health circuit follow from those of the unsimplified compliance circuit.

    Attributes:
        source: Compliance wire of each wire; 0, the constant, for those of the last check.
        checked: Wires that equal the number in the last range check.
        bits: (wires, positions) of its bits.
    """

    source: np.ndarray
    checked: list[int]
    bits: tuple[list[int], list[int]]


class Trio:
    """The three circuits of the micro tier."""

    def __init__(self) -> None:
        self.circuits = {kind: final_circuit(f"{kind}-micro") for kind in ("compliance", "healthy", "liquidation")}
        self._wire_of = self.circuits["compliance"].open.system.wire_of
        self._transplants = {kind: self._transplant(self.circuits[kind]) for kind in ("healthy", "liquidation")}

    def _transplant(self, circuit: FinalCircuit) -> _Transplant:
        names = circuit.open.system.names
        found = _Transplant(np.zeros(len(circuit.labels), dtype=np.int64), [], ([], []))
        for wire, label in enumerate(circuit.labels[1:], start=1):
            name = names[int(label)]
            bit = _BIT.fullmatch(name)
            if bit:
                found.bits[0].append(wire)
                found.bits[1].append(int(bit[1]))
            elif name in _CHECKED:
                found.checked.append(wire)
            elif name not in _ONE:
                found.source[wire] = self._wire_of[_RENAMED.get(name, name)]
        return found

    def witnesses(self, state: State) -> dict[str, bytes]:
        """Return the final witness of each circuit.

        Raises:
            ValueError: The threshold is not the health limit.
        """
        return self.final(_elements(self.signals(state)))

    def signals(self, state: State) -> bytes:
        """Return every signal of `compliance`, whatever it says of the state.

        Raises:
            ValueError: The threshold is not the health limit.
        """
        if state.threshold != state.limit["health"]:
            raise ValueError("the threshold is not the health limit")
        return self.circuits["compliance"].all_signals(inputs(state, "compliance"))

    def final(self, elements: np.ndarray) -> dict[str, bytes]:
        """Return the final witnesses that follow from the signals of `compliance`, one a row."""
        found = {"compliance": elements[self.circuits["compliance"].labels].tobytes()}
        gap = int.from_bytes(elements[self._wire_of[_GAP]].tobytes(), "little")
        for kind, checked in {"healthy": gap, "liquidation": (-gap - 1) % R}.items():
            found[kind] = _filled(self._transplants[kind], elements, checked)
        return found

    def accepted(self, witnesses: dict[str, bytes]) -> Verdicts:
        """Return whether each circuit's constraints accept."""
        return Verdicts(**{kind: self.circuits[kind].accepts(witness) for kind, witness in witnesses.items()})

    def verdicts(self, state: State) -> Verdicts:
        """Return whether each circuit's constraints accept the best witness for a state."""
        return self.accepted(self.witnesses(state))


class Policies:
    """Witnesses of one book on one sheet under many policies: what does not depend on policy or t is kept."""

    def __init__(self, state: State) -> None:
        self._circuit = trio().circuits["compliance"].open
        signals = trio().signals(state)
        self._elements, self._values = _elements(signals), decode(signals)

    def witnesses(self, state: State) -> dict[str, bytes]:
        """Return the final witness of each circuit for a state with the same book and sheet."""
        named = main_inputs(policy_inputs(state))
        moved = self._circuit.forger.moved(
            self._values, {self._circuit.system.wire_of[name]: value for name, value in named.items()}
        )
        elements = self._elements.copy()
        for wire, value in moved.items():
            elements[wire] = np.frombuffer(value.to_bytes(ELEMENT_BYTES, "little"), dtype=np.uint8)
        return trio().final(elements)

    def verdicts(self, state: State) -> Verdicts:
        """Return whether each circuit's constraints accept."""
        return trio().accepted(self.witnesses(state))


def _elements(signals: bytes) -> np.ndarray:
    return np.frombuffer(signals, dtype=np.uint8).reshape(-1, ELEMENT_BYTES)


def _filled(transplant: _Transplant, elements: np.ndarray, checked: int) -> bytes:
    witness = elements[transplant.source]
    number = np.frombuffer(checked.to_bytes(ELEMENT_BYTES, "little"), dtype=np.uint8)
    witness[transplant.checked] = number
    wires, positions = transplant.bits
    witness[wires] = 0
    witness[wires, 0] = np.unpackbits(number, bitorder="little")[positions]
    return witness.tobytes()


@cache
def trio() -> Trio:
    """Return the circuits, loaded once a process."""
    return Trio()


def health_verdicts(state: State) -> tuple[bool, bool]:
    """Return whether `healthy` and whether `liquidation` accept at the state's threshold."""
    found = trio().verdicts(state.with_(li={"health": state.threshold}))
    return found.healthy, found.liquidation


def compliance_accepts(state: State) -> bool:
    """Return whether the constraints of `compliance` accept."""
    return trio().circuits["compliance"].admits(inputs(state, "compliance"))
