"""``zkrisk book``: private books, kept encrypted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from zkrisk.book import Book, quantise
from zkrisk.book.files import canonical_text
from zkrisk.cli.figures import time_text
from zkrisk.cli.inputs import find_book, is_book_file, parse_columns, read_book_file
from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.errors import InputError
from zkrisk.sheet import load_universe
from zkrisk.store import StoreIndex

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="Your private books.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="BOOK", help="Name in the store.")]
Either = Annotated[str, typer.Argument(metavar="BOOK", help="A stored book, or a CSV or JSON file.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=OWN", help="Own column name, such as qty=size; repeatable."),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="COLUMN", help="A column that is neither held nor owed; repeatable."),
]


@app.command()
def add(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON; - is stdin.")],
    *,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Default: the file's name.")] = None,
    file_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="auto, csv or json.")] = "auto",
    universe: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
    column: Columns = None,
    ignore: Ignored = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and keep nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a book of that name.")] = False,
) -> Outcome:
    """Check a book and keep it in the store.

    \b
    zkrisk book add book.csv --name main
    zkrisk book add positions.csv --column qty=size --ignore price --dry-run
    """
    session: Session = context.obj
    chosen = load_universe(universe or session.config.settings.universe)
    own = parse_columns(column or [])
    book = read_book_file(file, chosen, name=name, file_format=file_format, columns=own, ignored=ignore or [])
    quantise(book, chosen)
    if not dry_run:
        with session.open_store() as store:
            store.add_book(book.name, chosen.id, book.to_dict(), replace=replace)
    said = "would be kept as" if dry_run else "kept as"
    return Outcome(
        schema="book-add",
        result={**_facts(book), "kept": not dry_run},
        lines=[f"{said} '{book.name}': {len(book.positions)} positions, universe {chosen.id}"],
        next=None if dry_run else f"zkrisk risk {book.name}",
    )


@app.command(name="list")
def list_books(context: typer.Context) -> Outcome:
    """Names of the stored books; needs no passphrase."""
    session: Session = context.obj
    books = ()
    if StoreIndex.exists(session.home):
        with session.open_index() as index:
            books = index.books()
    lines = [
        f"  {info.name:<24}{info.universe:<20}v{info.version:<5}{time_text(info.updated_at_unix)}" for info in books
    ]
    result = [
        {"name": i.name, "universe": i.universe, "version": i.version, "updated_at_unix": i.updated_at_unix}
        for i in books
    ]
    return Outcome(
        "book-list", {"books": result}, lines or ["no books"], next=None if books else "zkrisk book add FILE"
    )


@app.command()
def show(context: typer.Context, book: Name) -> Outcome:
    """Positions of a stored book. Private."""
    found, _ = find_book(context.obj, _stored(book), None)
    return Outcome("book-show", found.to_dict(), _position_lines(found), private=True)


@app.command()
def check(
    context: typer.Context,
    book: Either,
    *,
    universe: Annotated[
        str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the book's or the profile's.")
    ] = None,
) -> Outcome:
    """Check that every row is understood and fits the circuits."""
    found, chosen = find_book(context.obj, book, load_universe(universe) if universe else None)
    quantise(found, chosen)
    lines = [f"ok  '{found.name}': {len(found.positions)} positions, all in universe {chosen.id}"]
    return Outcome("book-check", _facts(found), lines)


@app.command()
def diff(context: typer.Context, left: Either, right: Either) -> Outcome:
    """Positions that differ between two books. Private."""
    first, universe = find_book(context.obj, left, None)
    second, _ = find_book(context.obj, right, universe)
    sides = [{p["instrument"]: p for p in book.to_dict()["positions"]} for book in (first, second)]
    changes, lines = [], [f"  {'instrument':<14}{'':<7}{first.name[:24]:>24}{second.name[:24]:>24}"]
    for instrument in sorted(sides[0].keys() | sides[1].keys()):
        for side in ("long", "short"):
            before, after = (book.get(instrument, {}).get(side, "0") for book in sides)
            if before != after:
                changes.append({"instrument": instrument, "side": side.upper(), "before": before, "after": after})
                lines.append(f"  {instrument:<14}{side:<7}{before:>24}{after:>24}")
    return Outcome("book-diff", {"changes": changes}, lines if changes else ["no difference"], private=True)


@app.command()
def export(
    context: typer.Context,
    book: Name,
    *,
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="New file, mode 0600; - is stdout.")] = "-",
) -> Outcome:
    """Write a stored book as JSON. Private, and not encrypted.

    \b
    zkrisk book export main -o main.json
    zkrisk book export main
    """
    found, _ = find_book(context.obj, _stored(book), None)
    if out == "-":
        return Outcome("book-export", found.to_dict(), raw=True, private=True)
    try:
        descriptor = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise InputError(f"the file cannot be created: {error.strerror}", where=out) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(canonical_text(found.to_dict()))
    except OSError as error:
        Path(out).unlink(missing_ok=True)
        raise InputError(f"cannot write the file: {error.strerror}", where=out) from None
    lines = [f"wrote {out}: {len(found.positions)} positions, not encrypted"]
    return Outcome("book-export", {**_facts(found), "file": Path(out).name}, lines)


@app.command()
def remove(context: typer.Context, book: Name) -> Outcome:
    """Remove a book; what opens its commitments stays.

    \b
    zkrisk book remove old
    zkrisk book remove old --yes
    """
    session: Session = context.obj
    with session.open_store() as store:
        store.get_book(book)
        committed = any(info.book == book for info in store.openings())
        if committed:
            session.confirm_by_typing(f"book '{book}' was committed; its openings are kept.", book)
        elif sys.stdin is not None:
            session.confirm(f"Remove book '{book}'?")
        store.remove_book(book)
    return Outcome("book-remove", {"name": book, "removed": True}, [f"removed '{book}'"])


def _stored(name: str) -> str:
    if is_book_file(name):
        raise InputError("this is a file, not a book of the store", hint=f"zkrisk book add {name}")
    return name


def _facts(book: Book) -> dict[str, object]:
    return {"name": book.name, "universe": book.universe, "positions_count": len(book.positions)}


def _position_lines(book: Book) -> list[str]:
    rows = [(p["instrument"], p["long"], p["short"]) for p in book.to_dict()["positions"]]
    title = f"{book.name} · {len(rows)} positions · universe {book.universe}"
    lines = [f"{title:<59} PRIVATE: your screen", "", f"  {'instrument':<16}{'long':>26}{'short':>26}"]
    return [*lines, *(f"  {name:<16}{long:>26}{short:>26}" for name, long, short in rows)]
