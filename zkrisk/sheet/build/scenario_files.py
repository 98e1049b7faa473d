"""Your own scenarios in a file: CSV or JSON of returns per instrument, read strictly.

CSV has a column ``id`` (or ``date``), maybe ``name``, and one column for every instrument but cash. JSON is what
`ScenarioSet.to_dict` writes. A return is a decimal fraction, -0.05 for five per cent down, rounded to 10^-6 toward
minus infinity. The set counts as hypothetical: nobody checked where its returns come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from zkrisk.book.files import decode_text, parse_json, read_bytes
from zkrisk.errors import BadFile
from zkrisk.fixedpoint import parse_decimal, scale_down
from zkrisk.params import RETURN_BITS, RETURN_EXPONENT, RETURN_SCALE
from zkrisk.sheet.build.scenario_sets import SCHEMA, ScenarioSet
from zkrisk.sheet.prices import MAX_PRICE_BYTES, csv_table
from zkrisk.sheet.universe import Universe

__all__ = ["parse_scenarios", "read_scenario_file"]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}", re.ASCII)
_NAME_LIMIT: Final = 100
_SOURCE_LIMIT: Final = 400
_IDS: Final = ("id", "date")
_Row = tuple[str, str, tuple[int, ...]]
_FIELDS: Final = {"schema", "name", "source", "hypothetical", "rows"}


def _return_e6(text: Any, place: str, where: str) -> int:
    if not isinstance(text, str):
        raise BadFile(f"{place}: the return is not a number", where=where)
    try:
        value = scale_down(parse_decimal(text), RETURN_EXPONENT)
    except ValueError as error:
        raise BadFile(f"{place}: the return is {error}", where=where) from None
    if not -RETURN_SCALE <= value < 1 << RETURN_BITS:
        raise BadFile(f"{place}: the return is not in -1 to {(1 << RETURN_BITS) - 1} millionths", where=where)
    return value


def _label(text: Any, place: str, where: str) -> str:
    if type(text) is not str or not _ID.fullmatch(text):
        raise BadFile(f"{place}: an id is 1 to 48 of a-z, 0-9 and '-'", where=where)
    return text


def _words(text: Any, limit: int, place: str, where: str) -> str:
    if type(text) is not str or not 0 < len(text) <= limit or not text.isprintable():
        raise BadFile(f"{place}: not a printable text of at most {limit} characters", where=where)
    return text


def _check_columns(universe: Universe, symbols: Iterable[str], place: str, where: str) -> None:
    given = set(symbols)
    for symbol in given:
        if universe.slot_of(symbol) == 0:
            raise BadFile(f"{place}: cash does not move", where=where)
    for symbol in universe.symbols[1:]:
        if symbol not in given:
            raise BadFile(f"{place}: no return of {symbol}", where=where)


def _from_csv(text: str, universe: Universe, where: str) -> ScenarioSet:
    header, rows = csv_table(text, where)
    id_column = next((name for name in _IDS if name in header), None)
    if id_column is None or not rows:
        raise BadFile("scenarios have a column 'id' or 'date', and rows", where=where)
    symbols = [name for name in header if name not in (id_column, "name")]
    _check_columns(universe, symbols, "header", where)
    found: list[_Row] = []
    for row, fields in rows:
        cells = dict(zip(header, (cell.strip() for cell in fields), strict=True))
        row_id = _label(cells[id_column], f"row {row}", where)
        name = _words(cells.get("name") or row_id, _NAME_LIMIT, f"row {row}", where)
        values = tuple(_return_e6(cells[s], f"row {row}, column '{s}'", where) for s in universe.symbols[1:])
        found.append((row_id, name, values))
    return _made(universe, Path(where).stem[:_NAME_LIMIT], f"returns in {where}", found, where)


def _row(document: Any, place: str, universe: Universe, where: str) -> _Row:
    if not isinstance(document, dict) or not {"id", "returns"} <= document.keys() <= {"id", "name", "returns"}:
        raise BadFile(f"{place}: not an object of id, name and returns", where=where)
    returns = document["returns"]
    if not isinstance(returns, Mapping):
        raise BadFile(f"{place}: the returns are no object", where=where)
    _check_columns(universe, returns, place, where)
    row_id = _label(document["id"], place, where)
    values = tuple(_return_e6(returns[symbol], f"{place}, {symbol}", where) for symbol in universe.symbols[1:])
    return row_id, _words(document.get("name", row_id), _NAME_LIMIT, place, where), values


def _from_json(text: str, universe: Universe, where: str) -> ScenarioSet:
    document = parse_json(text, where)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BadFile(f"not scenarios of schema {SCHEMA}", where=where)
    if document.keys() - _FIELDS or not isinstance(document.get("rows"), list):
        raise BadFile(f"scenarios have the fields {', '.join(sorted(_FIELDS))}, rows being a list", where=where)
    rows = [_row(row, f"row {place}", universe, where) for place, row in enumerate(document["rows"], start=1)]
    name = _words(document.get("name", Path(where).stem), _NAME_LIMIT, "name", where)
    source = _words(document.get("source", f"returns in {where}"), _SOURCE_LIMIT, "source", where)
    return _made(universe, name, source, rows, where)


def _made(universe: Universe, name: str, source: str, rows: Sequence[_Row], where: str) -> ScenarioSet:
    ids = tuple(row[0] for row in rows)
    if not ids or len(set(ids)) != len(ids):
        raise BadFile("there are no rows, or an id is there twice", where=where)
    return ScenarioSet(
        name=_words(name, _NAME_LIMIT, "name", where),
        source=source,
        hypothetical=True,
        symbols=universe.symbols[1:],
        ids=ids,
        names=tuple(row[1] for row in rows),
        returns=tuple(row[2] for row in rows),
    )


def parse_scenarios(text: str, universe: Universe, *, where: str = "scenarios.csv") -> ScenarioSet:
    """Read a scenario set.

    Args:
        text: JSON when it begins with a brace, else CSV.
        universe: Every instrument but cash must have a return in every row.
        where: File name, for messages and as the name of a CSV set.

    Raises:
        BadFile: Malformed, with the row: a return that is missing, no number or out of range; an id twice.
        UnknownInstrument: A column that is not in the universe.
    """
    parse = _from_json if text.lstrip()[:1] == "{" else _from_csv
    return parse(text, universe, where)


def read_scenario_file(path: Path, universe: Universe) -> ScenarioSet:
    """Read a file; see `parse_scenarios`."""
    return parse_scenarios(decode_text(read_bytes(path, MAX_PRICE_BYTES), path.name), universe, where=path.name)
