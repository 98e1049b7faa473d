"""What a person writes: positions in human units. Decimal, never float; repr shows counts, never quantities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zkrisk.errors import BadQuantity, InputError, UnknownInstrument
from zkrisk.fixedpoint import parse_decimal

__all__ = ["Book", "Listing", "Position", "is_name_printable", "parse_quantity", "unknown_instrument"]

_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9._/-]{0,31}", re.ASCII)
_NUMBER_LIKE = re.compile(r"[eE]?[0-9.+-]+|nan|inf(inity)?", re.ASCII | re.IGNORECASE)


class Listing(Protocol):
    """What a book needs to know of a universe; `zkrisk.sheet.Universe` has it."""

    @property
    def id(self) -> str:
        """Name of the universe."""
        ...

    @property
    def size(self) -> int:
        """Slots, N."""
        ...

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols of the slots in use, in order."""
        ...

    def slot_of(self, symbol: str) -> int:
        """Slot of a symbol; raises UnknownInstrument."""
        ...

    def decimals_of(self, slot: int) -> int:
        """d_i: a lot of the slot is 10^-d_i units."""
        ...


def is_name_printable(name: str) -> bool:
    """Tell whether a text looks like an instrument name; anything else may be a quantity in the wrong column."""
    return bool(_SYMBOL.fullmatch(name)) and not _NUMBER_LIKE.fullmatch(name)


def unknown_instrument(name: str, universe_id: str, symbols: Sequence[str]) -> UnknownInstrument:
    """Build the error for a name that the universe does not have, with a search that may find what was meant."""
    hint = f"zkrisk sheet show --universe {universe_id}"
    if not is_name_printable(name):
        return UnknownInstrument(f"the instrument is not in universe {universe_id}", hint=hint)
    inside = [symbol for symbol in symbols if len(symbol) > 2 and symbol.upper() in name.upper()]
    term = max(inside, key=len) if inside else name[:3]
    return UnknownInstrument(f"'{name}' is not in universe {universe_id}", hint=f"{hint} --find {term.lower()}")


def parse_quantity(value: object) -> Decimal:
    """Read a signed quantity: text, int or Decimal, exactly as written.

    Raises:
        BadQuantity: A float, a boolean, not a number, not finite, or out of range.
    """
    if isinstance(value, float):
        raise BadQuantity("a float is not exact; write the quantity as text or Decimal", hint="use Decimal('0.1')")
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise BadQuantity("the quantity is not a number")
    if isinstance(value, int) and value.bit_length() > 199:
        raise BadQuantity("the quantity is out of range: more than 60 digits")
    try:
        return parse_decimal(str(value))
    except ValueError as error:
        raise BadQuantity(f"the quantity is {error}") from None


class _Private(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __str__(self) -> str:
        return repr(self)

    def __repr_args__(self) -> Any:
        return []


class Position(_Private):
    """Units of one instrument held long and owed or sold short. Both may be set: gross exposure counts both."""

    instrument: str
    long: Decimal = Field(default=Decimal(0), repr=False)
    short: Decimal = Field(default=Decimal(0), repr=False)

    @field_validator("instrument", mode="before")
    @classmethod
    def _name(cls, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise UnknownInstrument("the instrument has no name")
        return str(value).strip()

    @field_validator("long", "short", mode="before")
    @classmethod
    def _quantity(cls, value: object) -> Decimal:
        quantity = parse_quantity(value)
        if quantity < 0:
            raise BadQuantity("negative quantity; shorts go in column 'short'")
        return quantity

    def __repr__(self) -> str:
        return "<Position, private>"


class Book(_Private):
    """A private set of positions on one universe."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    universe: str = Field(min_length=1, max_length=64)
    positions: tuple[Position, ...] = Field(repr=False)

    @model_validator(mode="after")
    def _no_duplicates(self) -> Book:
        seen: dict[str, int] = {}
        for index, position in enumerate(self.positions, start=1):
            if position.instrument in seen:
                raise InputError(f"row {index}: the same instrument is already in row {seen[position.instrument]}")
            seen[position.instrument] = index
        return self

    def __repr__(self) -> str:
        return f"<Book '{self.name}' {len(self.positions)} positions, universe {self.universe}, private>"

    def to_dict(self) -> dict[str, Any]:
        """Private: every quantity as a decimal string. The encrypted store keeps this."""
        return {
            "schema": "urn:zkrisk:book/v1",
            "name": self.name,
            "universe": self.universe,
            "positions": [
                {"instrument": p.instrument, "long": format(p.long, "f"), "short": format(p.short, "f")}
                for p in self.positions
            ],
        }
