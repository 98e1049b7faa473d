# ruff: noqa: RUF001  (characters that look like others are the point)
"""Books as texts: what each must become is computed from the text alone, in fractions."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from zkrisk.book import Book, BookVector, parse_csv_book, parse_json_book, quantise
from zkrisk.commitment import Opening
from zkrisk.errors import BadQuantity, InputError, RangeExceeded
from zkrisk.sheet import load_universe
from zkrisk.store.codec import decode_opening, encode_opening

__all__ = ["NO_NUMBERS", "UNIVERSE", "Line", "check_files", "random_book"]

UNIVERSE: Final = load_universe("micro-8")
_SYMBOLS: Final = UNIVERSE.symbols
_EDGES: Final = tuple(base + step for base in (0, 2**53, 2**63, 2**64) for step in (-1, 0, 1) if base + step >= 0)
NO_NUMBERS: Final = (
    "nan", "NaN", "sNaN", "inf", "-Infinity", "1e308", "1e-308", "5e-324", "1e999", "1e9999", "1_000", "1,000",
    "1 000", "1'000", "0x10", "1e", "e1", "--1", "+-1", "1.2.3", "½", "١٢٣", "１２３", "٣.٥", "1\u200b", "−1",
    "2^53", "1/2", "$1", "1%", "true", "null", "9" * 61, "0." + "1" * 61, "9" * 5_000, ".", "+", "\u221e", "1e+-1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One position as it is written.

    Attributes:
        quantities: Column to text.
        exact: Column to what the text says.
    """

    symbol: str
    quantities: dict[str, str]
    exact: dict[str, Fraction]


def random_book(rng: random.Random) -> tuple[Line, ...]:
    """Draw positions in one of the forms; both sides of a position may be set."""
    symbols = rng.sample(_SYMBOLS, rng.randrange(1, len(_SYMBOLS) + 1))
    return tuple(_line(symbol, rng) for symbol in symbols)


def _line(symbol: str, rng: random.Random) -> Line:
    decimals = UNIVERSE.decimals_of(UNIVERSE.slot_of(symbol))
    drawn = {side: _number(decimals, rng) for side in ("long", "short")}
    return Line(symbol, {s: text for s, (text, _) in drawn.items()}, {s: exact for s, (_, exact) in drawn.items()})


def _number(decimals: int, rng: random.Random) -> tuple[str, Fraction]:
    """A number that is not negative, as one of the texts that mean it."""
    kind = rng.randrange(5)
    if kind == 0:
        value = Fraction(rng.choice(_EDGES), 10**decimals)
    elif kind == 1:  # a hair beside an edge
        value = Fraction(rng.choice(_EDGES), 10**decimals) + Fraction(rng.choice((-1, 1)), 10 ** rng.randrange(20, 40))
    elif kind == 2:
        value = Fraction(rng.randrange(10 ** rng.randrange(1, 30)), 10 ** rng.randrange(0, 40))
    elif kind == 3:
        value = Fraction(rng.randrange(2**64), 10**decimals)
    else:
        value = Fraction(0)
    return _written(abs(value), rng), abs(value)


def _written(value: Fraction, rng: random.Random) -> str:
    """One of the texts that mean a value: plain, or with an exponent."""
    if value == 0 and rng.random() < 0.3:
        return rng.choice(("-0", "-0.0", "0e5", "+0", ".0", "-0E-7"))
    shift = rng.choice((0, 0, 0, 1, 5, -3))
    if shift == 0:
        return _plain(value)
    sign = "+" if shift > 0 and rng.random() < 0.5 else ""
    return f"{_plain(value / Fraction(10) ** shift)}{rng.choice('eE')}{sign}{shift}"


def _plain(value: Fraction) -> str:
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def check_files(lines: tuple[Line, ...], rng: random.Random) -> BookVector:
    """Read the book from CSV and JSON, write it, read it again, and take it through an opening.

    Returns:
        Its lots; where a side does not fit, of the positions that do.

    Raises:
        AssertionError: Two ways differ, a rounding is on the wrong side, or a wrong text was taken.
    """
    _check_refused(lines, rng)
    fitting = tuple(line for line in lines if _fits(line))
    if fitting != lines:
        for read in (_from_csv, _from_json):
            _must_raise(RangeExceeded, lambda read=read: read(lines, rng))
    books = [_from_csv(fitting, rng), _from_json(fitting, rng)]
    books.append(parse_json_book(json.dumps(books[0].to_dict()), UNIVERSE))
    vectors = [quantise(book, UNIVERSE) for book in books]
    expected = _lots(fitting)
    assert all((vector.long, vector.short) == expected for vector in vectors), "lots differ from the exact ones"
    kept = decode_opening(encode_opening(Opening(vectors[0], 1, 2, 3)), 3)
    assert (kept.long, kept.short) == expected, "an opening does not come back"
    return vectors[0]


def _lots(lines: tuple[Line, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Assets rounded down, liabilities up."""
    long, short = [0] * UNIVERSE.size, [0] * UNIVERSE.size
    for line in lines:
        slot = UNIVERSE.slot_of(line.symbol)
        scale = 10 ** UNIVERSE.decimals_of(slot)
        long[slot], short[slot] = floor(line.exact["long"] * scale), ceil(line.exact["short"] * scale)
    return tuple(long), tuple(short)


def _fits(line: Line) -> bool:
    scale = 10 ** UNIVERSE.decimals_of(UNIVERSE.slot_of(line.symbol))
    return floor(line.exact["long"] * scale) < 2**64 and ceil(line.exact["short"] * scale) < 2**64


def _from_csv(lines: tuple[Line, ...], rng: random.Random) -> Book:
    text, blank = io.StringIO(newline=""), rng.choice(("", " ", "\t", "\u00a0"))
    writer = csv.writer(text, lineterminator=rng.choice(("\n", "\r\n")), quoting=rng.choice((csv.QUOTE_ALL, 0)))
    writer.writerow(("instrument", "long", "short"))
    writer.writerows(
        (line.symbol, f"{blank}{line.quantities['long']}", f"{line.quantities['short']}{blank}") for line in lines
    )
    return parse_csv_book(text.getvalue(), UNIVERSE, name="book")


def _from_json(lines: tuple[Line, ...], rng: random.Random) -> Book:
    """As texts, or as JSON numbers where JSON can write them."""
    entries = []
    for line in lines:
        sides = {side: _json_number(text, rng) for side, text in line.quantities.items()}
        entries.append(f'{{"instrument": "{line.symbol}", "long": {sides["long"]}, "short": {sides["short"]}}}')
    return parse_json_book(f'{{"positions": [{", ".join(entries)}]}}', UNIVERSE, name="book")


def _json_number(text: str, rng: random.Random) -> str:
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text)
    return text if rng.random() < 0.5 else json.dumps(text)


def _check_refused(lines: tuple[Line, ...], rng: random.Random) -> None:
    """One quantity replaced by a text that is no number, or by a negative one."""
    chosen = rng.randrange(len(lines))
    side = rng.choice(("long", "short"))
    wrong = rng.choice((*NO_NUMBERS, "-1", "-1e-30"))
    line = lines[chosen]
    edited = (*lines[:chosen], _replaced(line, side, wrong), *lines[chosen + 1 :])
    kept = tuple(entry for entry in edited if entry is edited[chosen] or _fits(entry))
    _must_raise(BadQuantity, lambda: parse_json_book(_as_texts(kept), UNIVERSE, name="book"))
    _must_raise(BadQuantity, lambda: _from_csv(kept, rng))


def _replaced(line: Line, side: str, text: str) -> Line:
    """The same line with another text on one side."""
    return Line(line.symbol, {**line.quantities, side: text}, line.exact)


def _as_texts(lines: tuple[Line, ...]) -> str:
    return json.dumps({"positions": [{"instrument": line.symbol, **line.quantities} for line in lines]})


def _must_raise(kind: type[InputError], work: Callable[[], object]) -> None:
    try:
        work()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")
