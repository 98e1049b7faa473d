"""Books from CSV and JSON. Errors name the row and the column, never what stands there.

CSV forms, by header: ``instrument,long,short``; ``instrument,qty`` (negative is short); ``instrument,side,qty`` (side
is long, short, buy or sell). Rows are numbered as a spreadsheet shows them, the header being row 1; positions of a JSON
book from 1. A column or a field that is not known refuses the file unless it is named as ignored: a debt may be in it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from zkrisk.book.columns import COMMAND, Columns, check_ignored, read_header
from zkrisk.book.files import parse_json, read_text
from zkrisk.book.models import Book, Listing, Position, is_name_printable, parse_quantity
from zkrisk.book.quantise import quantise_position
from zkrisk.errors import BadFile, BadQuantity, InputError

__all__ = ["load_book", "parse_csv_book", "parse_json_book"]

_FIELDS: Final = frozenset({"instrument", "long", "short", "qty"})
_HEADER: Final = frozenset({"schema", "name", "universe", "positions"})
_SCHEMA: Final = "urn:zkrisk:book/v1"
_SIDES: Final = {"long": "long", "buy": "long", "short": "short", "sell": "short"}
_MAX_ROWS: Final = 10_000
_Sides = dict[str, Decimal]


def load_book(
    path: Path | str,
    universe: Listing,
    *,
    name: str | None = None,
    file_format: str = "auto",
    columns: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
    command: str = COMMAND,
) -> Book:
    """Read a book from a file.

    Args:
        path: CSV or JSON, at most 1 MiB.
        universe: Whose instruments the names are.
        name: Name of the book; the file's stem when not given (JSON: the name it holds).
        file_format: ``csv``, ``json`` or ``auto`` (by the ending).
        columns: Canonical column to the file's own, as in ``{"qty": "size"}``.
        ignored: Columns or fields of the file that are neither held nor owed; any other that is not known is refused.
        command: What hints begin with.

    Raises:
        BadFile, BadQuantity, UnknownInstrument, RangeExceeded, InputError: With row and column.
    """
    path = Path(path)
    chosen = path.suffix.lower().lstrip(".") if file_format == "auto" else file_format
    if chosen not in {"csv", "json"}:
        raise BadFile("the format is not known; it must be csv or json", where=path.name, hint="use --format csv")
    text = read_text(path)
    if chosen == "json":
        return parse_json_book(text, universe, name=name, where=path.name, ignored=ignored)
    return parse_csv_book(
        text,
        universe,
        name=name or path.stem,
        where=path.name,
        columns=columns,
        ignored=ignored,
        command=command,
    )


def _fail(error: InputError, row: int, where: str, column: str | None = None) -> InputError:
    place = f"{where}, column '{column}'" if column else where
    return type(error)(f"row {row}: {error.message}", where=place, hint=error.hint)


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadFile(f"row {reader.line_num}: not CSV", where=where) from None
        if any(entry.strip() for entry in fields):
            if reader.line_num > _MAX_ROWS:
                raise BadFile(f"more than {_MAX_ROWS} rows", where=where)
            yield reader.line_num, fields


def _cell_quantity(text: str, column: str, *, signed: bool, hint: str) -> Decimal:
    if not text.strip():
        if column in {"long", "short"}:
            return Decimal(0)
        raise BadQuantity("the quantity is empty")
    quantity = parse_quantity(text)
    if quantity < 0 and not signed:
        raise BadQuantity("negative quantity; shorts go in column 'short'", hint=hint)
    return quantity


def _csv_sides(cells: Mapping[str, str], row: int, form: tuple[str, ...], where: str, hint: str) -> _Sides:
    """The sides that a CSV row sets, in units."""
    column = "long"
    try:
        if form == ("long", "short"):
            sides = {}
            for column in form:
                sides[column] = _cell_quantity(cells[column], column, signed=False, hint=hint)
            return sides
        if form == ("qty",):
            column = "qty"
            quantity = _cell_quantity(cells["qty"], "qty", signed=True, hint=hint)
            return {"short": quantity.copy_negate()} if quantity < 0 else {"long": quantity}
        column = "side"
        side = _SIDES.get(cells["side"].strip().lower())
        if side is None:
            raise BadQuantity("the side is not long, short, buy or sell")
        column = "qty"
        return {side: _cell_quantity(cells["qty"], "qty", signed=False, hint=hint)}
    except InputError as error:
        raise _fail(error, row, where, column) from None


class _Collector:
    """Positions by instrument, refusing a side that is set twice."""

    def __init__(self, universe: Listing, where: str) -> None:
        self.universe, self.where = universe, where
        self.sides: dict[str, _Sides] = {}
        self.rows: dict[tuple[str, str], int] = {}

    def add(self, row: int, name: str, sides: _Sides) -> None:
        try:
            self.universe.slot_of(name)
        except InputError as error:
            raise _fail(error, row, self.where, "instrument") from None
        for side, quantity in sides.items():
            if (name, side) in self.rows:
                first = self.rows[name, side]
                shown = f"'{name}'" if is_name_printable(name) else "the instrument"
                raise _fail(InputError(f"{shown} is already in row {first}"), row, self.where, "instrument")
            self.rows[name, side] = row
            self.sides.setdefault(name, {})[side] = quantity
        try:
            quantise_position(Position(instrument=name, **sides), self.universe)
        except InputError as error:
            raise _fail(error, row, self.where) from None

    def book(self, name: str) -> Book:
        positions = tuple(Position(instrument=symbol, **sides) for symbol, sides in self.sides.items())
        return named_book(name, self.universe, positions, self.where)


def named_book(name: str, universe: Listing, positions: tuple[Position, ...], where: str | None) -> Book:
    """Build a book, a bad name becoming an InputError."""
    try:
        return Book(name=name, universe=universe.id, positions=positions)
    except ValueError:
        raise InputError("a book's name is 1 to 64 letters, digits, dots, dashes or underscores", where=where) from None


def parse_csv_book(
    text: str,
    universe: Listing,
    *,
    name: str,
    where: str = "book.csv",
    columns: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
    command: str = COMMAND,
) -> Book:
    """Read a book from CSV text; see the module for the forms and `load_book` for arguments and errors."""
    rows = _rows(text, where)
    first = next(rows, None)
    if first is None:
        raise BadFile("the file is empty", where=where)
    header: Columns = read_header(first[1], columns or {}, ignored, where, command)
    collector, hint = _Collector(universe, where), f"{command} {where} --column side=direction"
    for row, fields in rows:
        cells = header.cells(fields, row, where)
        collector.add(row, cells["instrument"].strip(), _csv_sides(cells, row, header.form, where, hint))
    return collector.book(name)


def parse_json_book(
    text: str, universe: Listing, *, name: str | None = None, where: str = "book.json", ignored: Collection[str] = ()
) -> Book:
    """Read a book from JSON text: an object with positions (and name, universe), or the list of positions alone.

    Each position is an object with ``instrument`` and ``long``/``short`` or ``qty``; numbers are read as written, never
    through a float. See `load_book` for ``ignored``.
    """
    document = parse_json(text, where)
    check_ignored(ignored, _FIELDS | _HEADER, where)
    header: dict[str, Any] = document if isinstance(document, dict) else {"positions": document}
    if header.get("universe", universe.id) != universe.id:
        raise InputError(f"the book is of another universe than {universe.id}", where=where)
    positions = header.get("positions")
    if not isinstance(positions, list) or len(positions) > _MAX_ROWS:
        raise BadFile("'positions' is not a list of positions", where=where)
    if header.keys() - _HEADER - set(ignored) or header.get("schema", _SCHEMA) != _SCHEMA:
        raise BadFile("the book has a field that is not known", where=where)
    collector = _Collector(universe, where)
    for row, entry in enumerate(positions, start=1):
        instrument, sides = _json_sides(entry, row, where, ignored)
        collector.add(row, instrument, sides)
    chosen = name or header.get("name") or Path(where).stem
    return collector.book(chosen if isinstance(chosen, str) else "")


def _json_sides(entry: Any, row: int, where: str, ignored: Collection[str]) -> tuple[str, _Sides]:
    if not isinstance(entry, dict) or not isinstance(entry.get("instrument"), str):
        raise BadFile(f"row {row}: not an object with 'instrument'", where=where)
    keys = entry.keys() - {"instrument"} - set(ignored)
    if not keys or not (keys <= {"long", "short"} or keys == {"qty"}):
        raise BadFile(f"row {row}: needs 'long' and 'short', or 'qty', and nothing else", where=where)
    column = ""
    try:
        sides = {}
        for column in sorted(keys):
            sides[column] = parse_quantity(entry[column])
            if column != "qty" and sides[column] < 0:
                raise BadQuantity("negative quantity; shorts go in column 'short'")
    except InputError as error:
        raise _fail(error, row, where, column) from None
    if "qty" in sides:
        quantity = sides["qty"]
        sides = {"short": quantity.copy_negate()} if quantity < 0 else {"long": quantity}
    return entry["instrument"].strip(), sides
