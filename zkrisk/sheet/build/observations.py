"""Daily closes as somebody wrote them: every row kept, so that a report can say what is wrong with them.

What cannot be read at all (not CSV, not a date, not a number, NaN) is an error with its row. What can be read and is
doubtful (twice the same day, not in order, zero, missing) is kept for `zkrisk.sheet.build.checks`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final

from zkrisk.book.files import decode_text, read_bytes
from zkrisk.errors import BadFile, BadPrice, InputError
from zkrisk.fixedpoint import parse_decimal
from zkrisk.sheet.origin import TEXT_LIMIT, Source
from zkrisk.sheet.prices import MAX_PRICE_BYTES, csv_table
from zkrisk.sheet.universe import Universe

__all__ = [
    "Observation",
    "Observed",
    "parse_day",
    "parse_instrument",
    "parse_table",
    "read_instrument_file",
    "read_wide_file",
    "wide_csv",
]

_PLAIN_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CELL_LIMIT: Final = 80


@dataclass(frozen=True, slots=True)
class Observation:
    """One row of a source; the price is USD a unit, None where the cell is empty."""

    row: int
    day: date
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Observed:
    """All rows of one instrument in the order of the source; the quote is the prices' currency, if it is known."""

    symbol: str
    source: Source
    entries: tuple[Observation, ...]
    quote: str | None = None


def parse_day(text: str, row: int, where: str) -> date:
    """Read YYYY-MM-DD, or a moment with a zone that is 00:00 UTC.

    Raises:
        BadFile: Anything else: a time of day would belong to one of two days, and one without a zone to any.
    """
    stripped = text.strip()
    try:
        if _PLAIN_DAY.fullmatch(stripped):
            return date.fromisoformat(stripped)
        moment = datetime.fromisoformat(stripped) if len(stripped) > len("YYYY-MM-DD") else None
    except ValueError:
        moment = None
    if moment is None:
        raise BadFile(f"row {row}: the date is not YYYY-MM-DD", where=where)
    if moment.tzinfo is None:
        raise BadFile(f"row {row}: the time has no zone", where=where, hint="write YYYY-MM-DD, or add +00:00")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise BadFile(f"row {row}: the date is not YYYY-MM-DD", where=where) from None
    if moment.time() != time(0):
        raise BadFile(f"row {row}: the time is not 00:00 UTC", where=where)
    return moment.date()


def _price(text: str, row: int, where: str, column: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return parse_decimal(text)
    except ValueError as error:
        place = f"{where}, column '{column[:_CELL_LIMIT]}'"
        raise BadPrice(f"row {row}: the price is {error}", where=place) from None


def _source(content: bytes, where: str, symbols: tuple[str, ...]) -> Source:
    """Name and hash of a file; what does not print in its name is a question mark."""
    name = "".join(character if character.isprintable() else "?" for character in where)[:TEXT_LIMIT]
    return Source(name, "sha256:" + hashlib.sha256(content).hexdigest(), symbols)


def _chosen(header: list[str], name: str, where: str) -> int:
    if name not in header:
        raise BadFile(f"the header has no column '{name[:_CELL_LIMIT]}'", where=where)
    return header.index(name)


def parse_instrument(
    symbol: str, content: bytes, where: str, *, date_column: str = "date", value_column: str = "value"
) -> Observed:
    """Read one instrument's closes from CSV with a date and a value column; other columns are not looked at.

    Raises:
        BadFile, BadPrice: With the row: not CSV, not a date, not a number.
    """
    header, rows = csv_table(decode_text(content, where), where)
    at, value = _chosen(header, date_column, where), _chosen(header, value_column, where)
    entries = tuple(
        Observation(row, parse_day(f[at], row, where), _price(f[value], row, where, value_column)) for row, f in rows
    )
    return Observed(symbol, _source(content, where, (symbol,)), entries)


def parse_table(
    universe: Universe, content: bytes, where: str, *, date_column: str = "date", ignored: Collection[str] = ()
) -> dict[str, Observed]:
    """Read closes from CSV with a date column and one column an instrument, named by its symbol.

    Raises:
        UnknownInstrument: A column is neither in the universe nor ignored.
        InputError: Cash has a column; its price is the constant.
        BadFile, BadPrice: As `parse_instrument`.
    """
    header, rows = csv_table(decode_text(content, where), where)
    at = _chosen(header, date_column, where)
    for name in ignored:
        _chosen(header, name, where)
    symbols = [name for name in header if name != date_column and name not in ignored]
    if any(universe.slot_of(symbol) == 0 for symbol in symbols):
        raise InputError(f"{universe.symbols[0]} is cash and has no prices", where=where)
    source = _source(content, where, tuple(symbols))
    days = [parse_day(fields[at], row, where) for row, fields in rows]
    result = {}
    for symbol in symbols:
        column = header.index(symbol)
        entries = tuple(
            Observation(row, day, _price(fields[column], row, where, symbol))
            for day, (row, fields) in zip(days, rows, strict=True)
        )
        result[symbol] = Observed(symbol, source, entries)
    return result


def read_instrument_file(
    symbol: str, path: Path, *, date_column: str = "date", value_column: str = "value"
) -> Observed:
    """Read a file of one instrument; see `parse_instrument`."""
    content = read_bytes(path, MAX_PRICE_BYTES)
    return parse_instrument(symbol, content, path.name, date_column=date_column, value_column=value_column)


def read_wide_file(
    universe: Universe, path: Path, *, date_column: str = "date", ignored: Collection[str] = ()
) -> dict[str, Observed]:
    """Read a table; see `parse_table`."""
    content = read_bytes(path, MAX_PRICE_BYTES)
    return parse_table(universe, content, path.name, date_column=date_column, ignored=ignored)


def wide_csv(observed: Mapping[str, Observed]) -> str:
    """Write rows in the form that `read_wide_file` reads: days rising, a cell empty where there is no price.

    Raises:
        InputError: A day has two prices of an instrument; a table cannot say that.
    """
    by_day: dict[date, dict[str, Decimal]] = {}
    for symbol, rows in observed.items():
        for entry in rows.entries:
            prices = by_day.setdefault(entry.day, {})
            if entry.price is not None and prices.setdefault(symbol, entry.price) != entry.price:
                raise InputError(f"{symbol} has two prices of {entry.day.isoformat()}", where=rows.source.name)
    lines = [",".join(("date", *observed))]
    for day, prices in sorted(by_day.items()):
        cells = (format(prices[symbol], "f") if symbol in prices else "" for symbol in observed)
        lines.append(",".join((day.isoformat(), *cells)))
    return "\n".join(lines) + "\n"
