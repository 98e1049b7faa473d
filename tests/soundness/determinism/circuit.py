"""A constraint system as the checker reads it: what is given, what has to follow, and what everything is called."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from determinism.forms import Form
from zkrisk._prover import R1cs

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Constraint:
    """a · b = c over the wires."""

    a: Form
    b: Form
    c: Form

    @cached_property
    def wires(self) -> frozenset[int]:
        """Every wire with a coefficient, the constant left out."""
        return (frozenset(self.a) | frozenset(self.b) | frozenset(self.c)) - {0}


@dataclass(frozen=True)
class Circuit:
    """The constraints of one .r1cs file, or of a part of it.

    Attributes:
        file: What the findings name.
        wires: Their number in the file, the constant included.
        outputs: Public outputs. They have to follow from the inputs like any other wire.
        public_inputs: The inputs that the verifier sees.
        private_inputs: The other inputs.
        names: Wire → its signal, for the wires of this circuit.
    """

    file: str
    wires: int
    outputs: frozenset[int]
    public_inputs: frozenset[int]
    private_inputs: frozenset[int]
    constraints: tuple[Constraint, ...]
    names: dict[int, str]

    @property
    def given(self) -> frozenset[int]:
        """The inputs, public and private."""
        return self.public_inputs | self.private_inputs

    @cached_property
    def uses(self) -> dict[int, list[int]]:
        """Wire → the constraints that it stands in."""
        found: dict[int, list[int]] = {}
        for index, constraint in enumerate(self.constraints):
            for wire in constraint.wires:
                found.setdefault(wire, []).append(index)
        return found

    def without(self, index: int) -> Circuit:
        """Return the circuit that lacks a constraint."""
        return replace(self, constraints=self.constraints[:index] + self.constraints[index + 1 :])

    def part(self, file: str, prefixes: tuple[str, ...]) -> Circuit:
        """Return what the signals with these prefixes have to do with each other: a circuit of its own."""
        names = {wire: name for wire, name in self.names.items() if name.startswith(prefixes)}
        wires = frozenset(names)
        return Circuit(
            file, self.wires, self.outputs & wires, self.public_inputs & wires, self.private_inputs & wires,
            tuple(c for c in self.constraints if c.wires <= wires), names,
        )  # fmt: skip

    def label(self, wire: int) -> str:
        """Return the signal of a wire."""
        return self.names.get(wire, f"wire {wire}")


def load(r1cs: Path, sym: Path) -> Circuit:
    """Read the files that circom writes."""
    native = R1cs.load(r1cs)
    # Simplification keeps public inputs and drops private ones that it can express through others.
    bounds = _outputs(r1cs) + 1, native.n_public + 1, native.n_public + native.n_private_inputs + 1
    sets = [frozenset(range(*pair)) for pair in pairwise((1, *bounds))]
    constraints = tuple(Constraint(*native.constraint(i)) for i in range(native.n_constraints))
    return Circuit(r1cs.name, native.n_wires, *sets, constraints, _names(sym))


def _outputs(r1cs: Path) -> int:
    """Return the number of public outputs, which the native reader counts among the public wires."""
    blob = r1cs.read_bytes()
    offset = 12
    while True:
        kind, size = int.from_bytes(blob[offset : offset + 4], "little"), blob[offset + 4 : offset + 12]
        if kind == 1:
            field = int.from_bytes(blob[offset + 12 : offset + 16], "little")
            return int.from_bytes(blob[offset + 20 + field : offset + 24 + field], "little")
        offset += 12 + int.from_bytes(size, "little")


def _names(sym: Path) -> dict[int, str]:
    names: dict[int, str] = {}
    for line in sym.read_text().splitlines():
        _, wire, _, name = line.split(",")
        if int(wire) > 0:
            names.setdefault(int(wire), name)
    return names


def instances(tiers: Iterable[str] | None = None) -> list[str]:
    """Return the instances of circuits.json, `compliance-micro` first."""
    kinds = json.loads((ROOT / "circuits" / "circuits.json").read_text())
    known = tomllib.loads((ROOT / "params.toml").read_text())["tier"]
    return [
        f"{kind}-{tier}"
        for tier in (known if tiers is None else tiers)
        for kind, entry in kinds.items()
        if tier in entry.get("tiers", known)
    ]


def load_instance(name: str) -> Circuit:
    """Read an instance as it is proved.

    Raises:
        RuntimeError: The file is not the one that circuits/artifacts.lock names, or lacks an input: what depended on it
            would seem to be free, or given.
    """
    folder = ROOT / "build" / "circuits" / name
    r1cs, locked = folder / f"{name}.r1cs", (ROOT / "circuits" / "artifacts.lock").read_text()
    if not r1cs.exists() or hashlib.sha256(r1cs.read_bytes()).hexdigest() not in locked:
        raise RuntimeError(f"{name} is not built as locked: run python scripts/build_circuits.py")
    sym = folder / f"{name}.sym"
    circuit = load(r1cs, sym)
    given = {circuit.label(wire) for wire in circuit.given}
    # The mains only wire components together: their own signals are the inputs.
    declared = set(re.findall(r",(main\.\w+(?:\[\d+\])*)$", sym.read_text(), re.MULTILINE))
    if given != declared:
        raise RuntimeError(f"{name} lacks inputs: {sorted(declared - given)[:3]}")
    return circuit
