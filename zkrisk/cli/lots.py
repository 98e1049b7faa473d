"""Lots of a book as people read them. Private."""

from __future__ import annotations

from collections.abc import Iterator

from zkrisk.cli.output import Line
from zkrisk.commitment import BookQuantities
from zkrisk.errors import InputError
from zkrisk.fixedpoint import from_scaled
from zkrisk.sheet import Universe

__all__ = ["position_lines", "positions_of"]


def positions_of(vector: BookQuantities, universe: Universe) -> list[dict[str, str]]:
    """Return units long and short of every instrument that a book has something of, exactly.

    Raises:
        InputError: The book has another number of slots, or something in a slot that the universe does not use.
    """
    if len(vector.long) != universe.size:
        raise InputError(
            f"the book has {len(vector.long)} slots, universe {universe.id} has {universe.size}", hint="add --universe"
        )
    used = [slot for slot in range(universe.size) if vector.long[slot] or vector.short[slot]]
    if any(slot >= len(universe.symbols) for slot in used):
        raise InputError(f"the book holds something that universe {universe.id} does not list", hint="add --universe")
    return [
        {
            "instrument": universe.symbol_of(slot),
            "long": format(from_scaled(vector.long[slot], universe.decimals_of(slot)), "f"),
            "short": format(from_scaled(vector.short[slot], universe.decimals_of(slot)), "f"),
        }
        for slot in used
    ]


def position_lines(positions: list[dict[str, str]]) -> Iterator[Line]:
    """Show the positions."""
    yield f"  {'instrument':<16}{'long':>26}{'short':>26}   PRIVATE"
    yield from (f"  {row['instrument']:<16}{row['long']:>26}{row['short']:>26}" for row in positions)
