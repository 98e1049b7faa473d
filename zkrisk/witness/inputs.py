"""The inputs of a circuit: the only Python that spells the names of private signals."""

from __future__ import annotations

from typing import Protocol

from zkrisk.errors import InputError
from zkrisk.params import CircuitKind
from zkrisk.witness.statement import ComplianceStatement, HealthStatement, field_element

__all__ = ["OpeningLike", "circuit_inputs"]


class OpeningLike(Protocol):
    """A book with the owner and salt of its commitment."""

    @property
    def long(self) -> tuple[int, ...]:
        """Lots long, N entries."""

    @property
    def short(self) -> tuple[int, ...]:
        """Lots short, N entries."""

    @property
    def salt(self) -> int:
        """The salt of the commitment."""


def circuit_inputs(
    statement: ComplianceStatement | HealthStatement, opening: OpeningLike, tail_threshold: int | None = None
) -> dict[str, tuple[int, ...]]:
    """Return every input of the statement's circuit.

    Args:
        statement: The public part.
        opening: The private part, N lots long and short each.
        tail_threshold: t in 10^-6 cents, signed; for compliance only, where it is the value at risk.

    Returns:
        Signal name → field elements.

    Raises:
        InputError: The tail threshold is missing or superfluous, or a length does not fit.
    """
    named = statement.named_signals()
    n = statement.tier.instruments
    if len(opening.long) != n or len(opening.short) != n:
        raise InputError(f"the book has not the {n} slots of tier {statement.tier.name}")
    named["long"] = opening.long
    named["short"] = opening.short
    named["salt"] = (opening.salt,)
    if (statement.kind is CircuitKind.COMPLIANCE) != (tail_threshold is not None):
        raise InputError("a tail threshold goes with the compliance circuit, and with no other")
    if tail_threshold is not None:
        named["tail_threshold"] = (field_element(tail_threshold),)
    return named
