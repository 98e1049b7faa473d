"""A reader of .r1cs and .sym files of our own: it names what a violated constraint speaks about."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617

Row = dict[int, int]


def component_of(name: str) -> str:
    """Return the component of a signal name: ``main.a.b[1].in`` belongs to ``main.a.b[1]``."""
    return name.rpartition(".")[0]


@dataclass(slots=True)
class Constraint:
    """(a·w)(b·w) = c·w over a witness w; rows map wire → coefficient."""

    a: Row
    b: Row
    c: Row

    @property
    def wires(self) -> set[int]:
        """Every wire with a coefficient here."""
        return {*self.a, *self.b, *self.c}

    def holds(self, values: list[int]) -> bool:
        """Whether a witness meets this constraint."""
        a, b, c = (sum(k * values[w] for w, k in row.items()) for row in (self.a, self.b, self.c))
        return (a * b - c) % R == 0


@dataclass
class ConstraintSystem:
    """The constraints of one .r1cs file and, where a .sym file is given, the names of its wires."""

    wires: int
    public: int
    private_inputs: int
    labels: list[int]
    constraints: list[Constraint]
    names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, r1cs: Path, sym: Path | None = None) -> ConstraintSystem:
        """Read the files."""
        sections = _sections(r1cs.read_bytes())
        wires, outputs, inputs, private = struct.unpack_from("<4I", sections[1], 36)
        labels = list(struct.unpack(f"<{wires}Q", sections[3]))
        system = cls(wires, outputs + inputs, private, labels, list(_constraints(sections[2])))
        if sym is not None:
            system.names = _names(sym)
        return system

    @cached_property
    def wire_of(self) -> dict[str, int]:
        """Signal name → wire."""
        return {name: wire for wire, name in self.names.items()}

    def violations(self, values: list[int]) -> list[int]:
        """Return the indexes of the violated constraints."""
        return [i for i, constraint in enumerate(self.constraints) if not constraint.holds(values)]

    def owner(self, index: int) -> str:
        """Return the innermost component that contains every signal of a constraint."""
        paths = [component_of(self.names[wire]).split(".") for wire in self.constraints[index].wires if wire]
        common: list[str] = []
        for parts in zip(*paths, strict=False):
            if len(set(parts)) > 1:
                break
            common.append(parts[0])
        return ".".join(common)


def _sections(blob: bytes) -> dict[int, bytes]:
    magic, version, count = struct.unpack_from("<4sII", blob)
    if magic != b"r1cs" or version != 1:
        raise ValueError("not an r1cs file")
    sections, offset = {}, 12
    for _ in range(count):
        kind, size = struct.unpack_from("<IQ", blob, offset)
        sections[kind] = blob[offset + 12 : offset + 12 + size]
        offset += 12 + size
    return sections


def _constraints(blob: bytes):
    offset = 0
    while offset < len(blob):
        rows = []
        for _ in range(3):
            (terms,) = struct.unpack_from("<I", blob, offset)
            offset += 4
            row = {}
            for _ in range(terms):
                (wire,) = struct.unpack_from("<I", blob, offset)
                row[wire] = int.from_bytes(blob[offset + 4 : offset + 36], "little")
                offset += 36
            rows.append(row)
        yield Constraint(*rows)


def _names(sym: Path) -> dict[int, str]:
    """Return wire → name of the first signal on it."""
    names: dict[int, str] = {}
    for line in sym.read_text().splitlines():
        _, wire, _, name = line.split(",")
        if int(wire) >= 0:
            names.setdefault(int(wire), name)
    return names
