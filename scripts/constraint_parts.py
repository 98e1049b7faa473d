"""Which part of a circuit its constraints belong to, read from the compiled constraint system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from zkrisk import _prover

__all__ = ["BIND_PARTS", "BOOK_RANGES", "PARTS", "constraints_by_part"]

BOOK_RANGES = "book ranges"

PARTS = {
    "account.long_range": BOOK_RANGES,
    "account.short_range": BOOK_RANGES,
    "account.book": "commitment",
    "account": "context",
    "bit": "enabled bits",
    "enabled": "enabled bits",
    "open": "blocked slots",
    "blocked": "blocked slots",
    "long": "blocked slots",
    "short": "blocked slots",
    "valuation": "valuation",
    "exposure.floor": "floor to cents",
    "exposure.absolute": "absolute values",
    "exposure": "valuation",
    "solvent": "solvency",
    "gap": "health",
    "health": "health",
    "below": "health",
    "leverage": "leverage",
    "position": "position",
    "sectors": "sectors",
    "herfindahl": "HHI",
    "scenario": "scenario losses",
    "tail": "VaR and ES",
    "stress_row": "stress losses",
    "stress": "stress",
}
"""Component path below main → name of the part; the longest match counts."""
BIND_PARTS = {
    "parts": BOOK_RANGES,
    "book": "commitment",
    "part_hash": "hashes of the parts",
    "statement": "messages and nullifiers",
    "statement.signature": "signatures",
    "coverage": "coverage",
    "ephemeral": "ephemeral key",
    "wrap": "wraps",
    "cipher": "body",
    "chosen": "digest",
    "list": "fingerprint",
}
"""As `PARTS`, for `bind`. The ranges of the book are those of every quantity of a part and of the sum: nothing else is
computed below ``parts``."""


def constraints_by_part(r1cs: Path, symbols: Path, parts: Mapping[str, str] = PARTS) -> dict[str, int]:
    """Count the constraints of each part.

    A constraint belongs to the component of its newest wire, i.e. of the signal that it defines or restricts.

    Args:
        r1cs: The compiled constraint system.
        symbols: circom's ``.sym`` file of the same compilation.
        parts: `PARTS` or `BIND_PARTS`.

    Returns:
        Part → number of constraints; they add up to the constraints of the system.
    """
    owner: dict[int, tuple[int, str]] = {}
    with symbols.open() as lines:
        for line in lines:
            label, wire, _, name = line.rstrip("\n").split(",", 3)
            if wire != "-1":
                # The first label of a wire is where it is made; later ones hand it on.
                owner.setdefault(int(wire), (int(label), name))
    system = _prover.R1cs.load(str(r1cs))
    counts: Counter[str] = Counter()
    for index in range(system.n_constraints):
        wires = {wire for side in system.constraint(index) for wire in side if wire}
        counts[_part(max(owner[wire] for wire in wires)[1], parts)] += 1
    return dict(counts)


def _part(name: str, parts: Mapping[str, str]) -> str:
    path = [piece.split("[")[0] for piece in name.split(".")[1:]]
    for depth in range(len(path), 0, -1):
        part = parts.get(".".join(path[:depth]))
        if part:
            return part
    return "other"
