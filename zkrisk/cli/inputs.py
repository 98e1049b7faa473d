"""From what is typed to what the library takes: books, sheets, policies, universes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from zkrisk.book import Book, load_book, parse_csv_book, parse_json_book
from zkrisk.book.columns import COMMAND
from zkrisk.cli.session import Session
from zkrisk.errors import BadFile, InputError, NotFound, UsageError
from zkrisk.policy import Policy, load_policy, parse_bps
from zkrisk.sheet import Sheet, Universe, load_sheet, load_universe, synthetic_history

SYNTHETIC = re.compile(r"synthetic:(\d{1,9})", re.ASCII)
MAX_STDIN_BYTES = 1 << 20
DEFAULT_CONFIDENCE_BPS = 9_900


def is_book_file(text: str) -> bool:
    """Whether a book argument names a file and not a book of the store."""
    return text == "-" or "/" in text or Path(text).suffix.lower() in (".csv", ".json")


def parse_columns(pairs: list[str]) -> dict[str, str]:
    """Read ``qty=size`` pairs.

    Raises:
        UsageError: No ``=``.
    """
    columns = {}
    for pair in pairs:
        canonical, equals, own = pair.partition("=")
        if not equals or not canonical or not own:
            raise UsageError("option '--column' is written NAME=COLUMN", hint="--column qty=size")
        columns[canonical] = own
    return columns


def read_book_file(
    text: str,
    universe: Universe,
    *,
    name: str | None = None,
    file_format: str = "auto",
    columns: dict[str, str] | None = None,
    ignored: Collection[str] = (),
    command: str = COMMAND,
) -> Book:
    """Read a book from a file, or from stdin when it is ``-``; hints begin with the command."""
    if file_format not in ("auto", "csv", "json"):
        raise UsageError("option '--format' is one of auto, csv, json")
    if text != "-":
        return load_book(
            Path(text),
            universe,
            name=name,
            file_format=file_format,
            columns=columns,
            ignored=ignored,
            command=command,
        )
    content = sys.stdin.buffer.read(MAX_STDIN_BYTES + 1)
    if len(content) > MAX_STDIN_BYTES:
        raise BadFile(f"stdin has more than {MAX_STDIN_BYTES} bytes", where="-")
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("stdin is not UTF-8 text", where="-") from None
    if file_format == "json" or (file_format == "auto" and decoded.lstrip()[:1] in ("{", "[")):
        return parse_json_book(decoded, universe, name=name or "stdin", where="-", ignored=ignored)
    return parse_csv_book(
        decoded, universe, name=name or "stdin", where="-", columns=columns, ignored=ignored, command=command
    )


def stored_book(content: dict[str, Any], universe: Universe) -> Book:
    """Read a book of the store."""
    return parse_json_book(json.dumps(content), universe, where=str(content.get("name", "store")))


def find_book(session: Session, text: str, universe: Universe | None) -> tuple[Book, Universe]:
    """Read a book argument; the universe is the given one, else the book's own."""
    if is_book_file(text):
        chosen = universe or load_universe(session.config.settings.universe)
        return read_book_file(text, chosen), chosen
    with session.open_store() as store:
        entry = store.get_book(text)
    chosen = universe or load_universe(entry.info.universe)
    return stored_book(entry.content, chosen), chosen


def default_book(session: Session, text: str | None) -> str:
    """The argument, else the profile's book.

    Raises:
        UsageError: Neither is there.
    """
    chosen = text or session.config.settings.book
    if not chosen:
        raise UsageError("missing argument 'BOOK'", hint="name one, or set 'book' in the profile")
    return chosen


def find_sheet(session: Session, text: str | None, universe_name: str | None) -> Sheet:
    """Read a sheet argument: a file, ``latest`` or ``synthetic:SEED``.

    Raises:
        NotFound: There is no latest sheet.
    """
    chosen = text or session.config.settings.sheet or "latest"
    match = SYNTHETIC.fullmatch(chosen)
    if match:
        universe = load_universe(universe_name or session.config.settings.universe)
        return synthetic_sheet(universe, int(match[1]), session.now_unix())
    return load_latest(session) if chosen == "latest" else load_sheet(Path(chosen))


def synthetic_sheet(universe: Universe, seed: int, now_unix: int) -> Sheet:
    """Make up a sheet whose last close is yesterday's; it says everywhere that it is synthetic."""
    last_day = (datetime.fromtimestamp(now_unix, UTC) - timedelta(days=1)).date()
    return Sheet.from_history(universe, synthetic_history(universe, seed=seed, last_day=last_day))


def load_latest(session: Session) -> Sheet:
    """Read the newest sheet of the index."""
    if (session.home / "store.db").is_file():
        with session.open_index() as index:
            for entry in index.public("sheet"):
                path = Path(str(entry.facts.get("path", "")))
                if path.is_file():
                    return load_sheet(path)
    raise NotFound("no sheet was fetched yet", hint="zkrisk sheet fetch --rpc URL    or    --sheet synthetic:7")


def find_policy(session: Session, text: str | None) -> Policy | None:
    """Read a policy argument, else the profile's; None when there is neither."""
    chosen = text or session.config.settings.policy
    return load_policy(chosen) if chosen else None


def parse_confidence(text: str) -> int:
    """Read a confidence level in per cent (99, 97.5) or as a fraction (0.99), in basis points.

    Raises:
        BadLimit: Not a number.
        InputError: Not between 0 and 1.
    """
    stripped = text.strip().removesuffix("%").strip()
    is_fraction = stripped.startswith(("0.", "."))
    bps = parse_bps(stripped if is_fraction else stripped + "%")
    if not 0 < bps < 10_000:
        raise InputError("a confidence level is between 0 and 100 %", hint="--confidence 99")
    return bps


def parse_levels(texts: list[str] | None, policy: Policy | None) -> list[int]:
    """Confidence levels in basis points: those that were typed, else the policy's, else 99 %."""
    if texts:
        return [parse_confidence(text) for text in texts]
    return [policy.confidence_bps if policy else DEFAULT_CONFIDENCE_BPS]


def synthetic_warnings(sheet: Sheet) -> list[tuple[str, str]]:
    """Warnings of a sheet as code and message."""
    return [(warning.partition(":")[0], warning.partition(":")[2].strip()) for warning in sheet.warnings]
