"""Which `bind` circuit: how many parts of a book it adds up, and how many readers it has places for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zkrisk.book import BookVector
from zkrisk.commitment import packed_length
from zkrisk.edwards import NEUTRAL, Point
from zkrisk.errors import InputError
from zkrisk.params import Tier
from zkrisk.witness.binding import UNSIGNED_VALUES, BindingStatement, BookPart

__all__ = ["BIND_SIGNALS", "BindCircuit"]

BIND_SIGNALS: Final = 3
"""Public signals of every binding: digest, context, fingerprint."""


@dataclass(frozen=True, slots=True)
class BindCircuit:
    """An instance of the `bind` circuit.

    Attributes:
        parts: Statements that it adds up.
        readers: Keys that it has places for.
    """

    parts: int
    readers: int
    tier: Tier

    @property
    def name(self) -> str:
        """Name of the instance, e.g. ``bind_1_1-micro``."""
        return f"bind_{self.parts}_{self.readers}-{self.tier.name}"

    def filled_parts(self, parts: Sequence[BookPart]) -> tuple[BookPart, ...]:
        """Return the parts with empty unsigned ones behind them, as many as the circuit takes.

        Raises:
            InputError: There are more.
        """
        nothing = (0,) * self.tier.instruments
        unused = BookPart(BookVector(nothing, nothing))
        return (*parts, *[unused] * self._left(self.parts, len(parts), "parts"))

    def filled_readers(self, readers: Sequence[Point]) -> tuple[Point, ...]:
        """Return the keys with neutral ones behind them, as many as the circuit takes.

        Raises:
            InputError: There are more.
        """
        return (*readers, *[NEUTRAL] * self._left(self.readers, len(readers), "readers"))

    def check_shape(self, statement: BindingStatement) -> None:
        """Refuse a statement that another circuit would prove.

        Raises:
            InputError: It has another number of parts, readers, prices or elements of the ciphertext.
        """
        ciphertext, instruments = statement.ciphertext, self.tier.instruments
        counts = (
            ("parts", len(statement.parts), self.parts),
            ("readers", len(statement.recipients), self.readers),
            ("wraps", len(ciphertext.wraps), self.readers),
            ("elements of the body", len(ciphertext.body), packed_length(instruments)),
            ("prices", len(statement.prices), instruments - 1 if self.parts > 1 else 0),
        )
        values = (("values of a part", len(part), len(UNSIGNED_VALUES)) for part in statement.parts)
        for what, found, wanted in (*counts, *values):
            if found != wanted:
                raise InputError(f"a binding by {self.name} has {wanted} {what}, not {found}")

    def _left(self, places: int, used: int, what: str) -> int:
        if used > places:
            raise InputError(f"{self.name} takes {places} {what}, not {used}")
        return places - used
