"""Price histories: daily closes as integer feed answers, checked for what silently ruins a VaR.

A gap, a duplicate day, a zero or a NaN is an error that names the day, never a zero return.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from zkrisk.book.files import read_text
from zkrisk.errors import BadFile, BadPrice, InputError
from zkrisk.fixedpoint import parse_decimal, scale_down
from zkrisk.params import PRICE_BITS
from zkrisk.sheet.universe import Universe

__all__ = [
    "MAX_CELLS",
    "MAX_PRICE_BYTES",
    "History",
    "Series",
    "calendar_days",
    "csv_table",
    "history_from_files",
    "history_from_series",
    "parse_series",
    "parse_wide",
    "price_lots",
]

MAX_PRICE_BYTES: Final = 16 << 20
"""Of one file of prices."""
MAX_CELLS: Final = 1 << 21
"""The largest tier's instruments over forty years are fewer."""
_CELL_LIMIT: Final = 80
Series = dict[date, Decimal]


@dataclass(frozen=True)
class History:
    """Daily closes of every instrument of a universe.

    Attributes:
        universe_id: Whose instruments.
        days: Calendar days, rising, without a gap.
        closes: D x (instruments in use), integer feed answers; slot 0 is one.
        synthetic: Generated, not observed.
        seed: Of a synthetic history.
        proxies: Symbols whose closes are another instrument's.
    """

    universe_id: str
    days: tuple[date, ...]
    closes: tuple[tuple[int, ...], ...]
    synthetic: bool = False
    seed: int | None = None
    proxies: tuple[str, ...] = ()


def _parse_day(text: str, row: int, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadFile(f"row {row}: the date is not YYYY-MM-DD", where=where) from None


def _parse_price(text: str, row: int, where: str, column: str) -> Decimal:
    place = f"{where}, column '{column[:_CELL_LIMIT]}'"
    try:
        value = parse_decimal(text)
    except ValueError as error:
        raise BadPrice(f"row {row}: the price is {error}", where=place) from None
    if value <= 0:
        raise BadPrice(f"row {row}: the price is not positive", where=place)
    return value


def csv_table(text: str, where: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Split CSV into its header and its rows, each with its line number; empty lines are dropped.

    Raises:
        BadFile: Not CSV, empty, too many cells, a column twice, or a row of another length than the header.
    """
    if text.count(",") + text.count("\n") + text.count("\r") > MAX_CELLS:
        raise BadFile(f"the file has more than {MAX_CELLS} cells", where=where)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, fields) for fields in reader if any(cell.strip() for cell in fields)]
    except csv.Error:
        raise BadFile("not CSV", where=where) from None
    if not rows:
        raise BadFile("the file is empty", where=where)
    header = [cell.strip() for cell in rows[0][1]]
    if len(set(header)) != len(header):
        raise BadFile("the header has a column twice", where=where)
    for row, fields in rows[1:]:
        if len(fields) != len(header):
            raise BadFile(f"row {row}: {len(fields)} columns, the header has {len(header)}", where=where)
    return header, rows[1:]


def _column(text: str, date_column: str, columns: Sequence[str] | None, where: str) -> dict[str, Series]:
    header, rows = csv_table(text, where)
    if date_column not in header:
        raise BadFile(f"the header has no column '{date_column}'", where=where)
    chosen = [name for name in header if name != date_column] if columns is None else list(columns)
    for name in chosen:
        if name not in header:
            raise BadFile(f"the header has no column '{name}'", where=where)
    at, result = header.index(date_column), {name: Series() for name in chosen}
    for row, fields in rows:
        day = _parse_day(fields[at], row, where)
        for name in chosen:
            if day in result[name]:
                raise BadPrice(f"row {row}: {day.isoformat()} is there twice", where=where)
            result[name][day] = _parse_price(fields[header.index(name)], row, where, name)
    return result


def parse_series(text: str, *, where: str = "prices.csv", date_column: str = "date", column: str = "value") -> Series:
    """Read one instrument's closes from CSV with a date and a value column; rows in any order, others ignored.

    Raises:
        BadFile, BadPrice: With the row: not a date, NaN, zero, negative, or the same day twice.
    """
    return _column(text, date_column, [column], where)[column]


def parse_wide(text: str, *, where: str = "prices.csv", date_column: str = "date") -> dict[str, Series]:
    """Read closes from CSV with a date column and one column an instrument; errors as `parse_series`."""
    return _column(text, date_column, None, where)


def price_lots(universe: Universe, slot: int, answer: int) -> int:
    """Price of a lot in 10^-16 USD of an integer feed answer, exact because d_i + feed decimals <= 16.

    Raises:
        BadPrice: Not positive, or 2^64 or more.
    """
    entry = universe.instruments[slot]
    price = answer * entry.price_factor
    if not 0 < price < 1 << PRICE_BITS:
        raise BadPrice(f"the price of {entry.symbol} is not in 1 to 2^{PRICE_BITS} - 1 of 10^-16 USD a lot")
    return price


def _answer(universe: Universe, slot: int, price: Decimal, day: date) -> int:
    entry = universe.instruments[slot]
    answer = scale_down(price, entry.feed_decimals)
    if answer <= 0:
        raise BadPrice(
            f"{day.isoformat()}: the price of {entry.symbol} is below one unit of {entry.feed_decimals} decimals"
        )
    price_lots(universe, slot, answer)
    return answer


def calendar_days(universe: Universe, first: date, last: date) -> list[date]:
    """Days of the universe's calendar from first to last, both included."""
    span = (last - first).days + 1
    return [day for day in (first + timedelta(days=i) for i in range(span)) if universe.is_calendar_day(day)]


def _sources(universe: Universe, series: Mapping[str, Series], proxies: Mapping[str, str]) -> dict[str, str]:
    """Symbol of every instrument but cash to the symbol whose closes it takes."""
    for symbol in (*series, *proxies, *proxies.values()):
        universe.slot_of(symbol)
    source = {symbol: proxies.get(symbol, symbol) for symbol in universe.symbols[1:]}
    for symbol, origin in source.items():
        if not series.get(origin):
            raise InputError(f"{symbol} has no prices and no proxy")
    return source


def _close_row(
    universe: Universe, series: Mapping[str, Series], source: Mapping[str, str], day: date
) -> tuple[int, ...]:
    row = [10 ** universe.instruments[0].feed_decimals]
    for slot, (symbol, origin) in enumerate(source.items(), start=1):
        price = series[origin].get(day)
        if price is None:
            raise BadPrice(f"{symbol} has no price of {day.isoformat()}")
        row.append(_answer(universe, slot, price, day))
    return tuple(row)


def history_from_series(
    universe: Universe,
    series: Mapping[str, Series],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    proxies: Mapping[str, str] | None = None,
) -> History:
    """Join the closes of all instruments on the universe's calendar. Closes round down to the feed's decimals.

    Args:
        universe: Whose instruments.
        series: Closes by symbol; cash needs none.
        first_day: Oldest day; default the first that all have.
        last_day: Newest day; default the last that all have.
        proxies: Symbol to the symbol whose closes stand in for it.

    Raises:
        UnknownInstrument: A symbol is not in the universe.
        InputError: An instrument has neither closes nor a proxy.
        BadPrice: A day is missing (it is named), or a price is out of range.
    """
    stand_ins = dict(proxies or {})
    source = _sources(universe, series, stand_ins)
    used = [series[origin] for origin in source.values()]
    first = first_day or max(min(entry) for entry in used)
    last = last_day or min(max(entry) for entry in used)
    days = calendar_days(universe, first, last)
    if not days:
        raise BadPrice("the instruments have no day in common")
    closes = tuple(_close_row(universe, series, source, day) for day in days)
    return History(universe.id, tuple(days), closes, proxies=tuple(sorted(stand_ins)))


def history_from_files(
    universe: Universe,
    files: Mapping[str, Path] | Path,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    proxies: Mapping[str, str] | None = None,
) -> History:
    """Read a wide file, or one date,value file a symbol; see `history_from_series`."""
    if isinstance(files, Path):
        series = parse_wide(read_text(files, MAX_PRICE_BYTES), where=files.name)
    else:
        series = {s: parse_series(read_text(p, MAX_PRICE_BYTES), where=p.name) for s, p in files.items()}
    return history_from_series(universe, series, first_day=first_day, last_day=last_day, proxies=proxies)
