"""The part of the store that is readable without a passphrase."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import rfc8785
from sqlalchemy import Connection, delete, insert

from zkrisk.commitment import format_address, parse_address
from zkrisk.errors import NotFound, StoreCorrupt, StoreError
from zkrisk.store.database import FORMAT, HEADER, PUBLIC, RECORD, Database, checked_rows, row_checksum, rows_checksum
from zkrisk.store.records import BookInfo, OpeningInfo, OpeningState, PublicEntry, StoreInfo

STORE_FILE = "store.db"
Clock = Callable[[], int]


def system_clock() -> int:
    """Seconds since 1970; the default of the outer functions, replaced in tests."""
    return int(time.time())


class StoreIndex:
    """Names, accounts, commitments, states and times; and the list of public artefacts.

    Read without a passphrase, so it is only as true as the file: damage is found, a forgery only when the store is
    opened.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def at(cls, home: Path, *, clock: Clock = system_clock) -> Self:
        """Open the index of a store.

        Raises:
            NotFound: There is no store.
        """
        return cls(open_database(home), clock)

    @staticmethod
    def exists(home: Path) -> bool:
        """Whether a home has a store."""
        return (home / STORE_FILE).is_file()

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def books(self) -> tuple[BookInfo, ...]:
        """Public lines of all books, by name."""
        with self._database.read() as connection:
            read_header(connection)
            return tuple(book_info(row) for row in checked_rows(connection, RECORD, kind="book"))

    def openings(self, account: int | str | None = None) -> tuple[OpeningInfo, ...]:
        """Public lines of all openings, or of one account, oldest first."""
        wanted = {} if account is None else {"account": format_address(parse_address(account))}
        with self._database.read() as connection:
            read_header(connection)
            rows = checked_rows(connection, RECORD, kind="opening", **wanted)
        found = [opening_info(row) for row in rows]
        return tuple(sorted(found, key=lambda info: (info.created_at_unix, info.commitment)))

    def add_public(self, kind: str, name: str, facts: dict[str, Any]) -> None:
        """Put a public artefact (sheet, attestation, bundle) into the index, replacing its line."""
        row: dict[str, object] = {
            "kind": kind,
            "name": name,
            "facts": rfc8785.dumps(facts).decode(),
            "updated_at_unix": self._clock(),
        }
        row["checksum"] = row_checksum(row)
        with self._database.write() as connection:
            connection.execute(delete(PUBLIC).where(PUBLIC.c.kind == kind, PUBLIC.c.name == name))
            connection.execute(insert(PUBLIC).values(**row))

    def public(self, kind: str) -> tuple[PublicEntry, ...]:
        """Lines of the index of one kind, newest first."""
        with self._database.read() as connection:
            rows = checked_rows(connection, PUBLIC, kind=kind)
        with _readable(kind):
            entries = [
                PublicEntry(
                    str(row["kind"]), str(row["name"]), json.loads(str(row["facts"])), int(str(row["updated_at_unix"]))
                )
                for row in rows
            ]
        return tuple(sorted(entries, key=lambda entry: (-entry.updated_at_unix, entry.name)))

    def info(self) -> StoreInfo:
        """Public facts about the store."""
        with self._database.read() as connection:
            header = read_header(connection)
            books = len(checked_rows(connection, RECORD, kind="book"))
            openings = [opening_info(row) for row in checked_rows(connection, RECORD, kind="opening")]
        with _readable("header"):
            kdf = json.loads(str(header["kdf"]))
        return StoreInfo(
            path=str(self._database.path),
            store_id=str(header["store_id"]),
            format=FORMAT,
            created_at_unix=int(str(header["created_at_unix"])),
            backed_up_at_unix=int(str(header["backed_up_at_unix"])) or None,
            books=books,
            openings={state.value: sum(info.state is state for info in openings) for state in OpeningState},
            kdf=kdf,
        )


def open_database(home: Path) -> Database:
    """Open the store's file; its modes are narrowed when a copy has widened them.

    Raises:
        NotFound: There is no store.
        StoreCorrupt: The file is damaged.
        StoreError: The file belongs to somebody else.
    """
    path = home / STORE_FILE
    if not path.is_file():
        raise NotFound("there is no store yet", where=str(home), hint="zkrisk init")
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"cannot use the store: {error.strerror}", where=str(path)) from error
    database = Database(path)
    database.check()
    return database


def read_header(connection: Connection) -> dict[str, object]:
    """Read the one header row.

    Raises:
        StoreCorrupt: It is missing, damaged, or of a newer format.
    """
    rows = checked_rows(connection, HEADER)
    if len(rows) != 1:
        raise StoreCorrupt("the store has no header", hint="zkrisk store restore BACKUP")
    if rows[0]["format"] != FORMAT:
        raise StoreCorrupt(f"the store has format {rows[0]['format']}, this program reads {FORMAT}")
    if rows[0]["rows_checksum"] != rows_checksum(connection):
        raise StoreCorrupt("records are missing", hint="zkrisk store restore BACKUP")
    return rows[0]


@contextmanager
def _readable(kind: str) -> Iterator[None]:
    """What is read without a passphrase may be anybody's writing, checksum and all."""
    try:
        yield
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StoreCorrupt(f"a public line of kind '{kind}' is not readable by this program") from None


@_readable("book")
def book_info(row: dict[str, Any]) -> BookInfo:
    """Public line of a book's row."""
    return BookInfo(row["record_id"], json.loads(row["public"])["universe"], row["version"], row["updated_at_unix"])


@_readable("opening")
def opening_info(row: dict[str, Any]) -> OpeningInfo:
    """Public line of an opening's row."""
    public = json.loads(row["public"])
    return OpeningInfo(
        commitment=int(row["record_id"], 16),
        account=row["account"],
        book=public["book"],
        chain_id=int(public["chain_id"]),
        state=OpeningState(public["state"]),
        created_at_unix=public["created_at_unix"],
        updated_at_unix=row["updated_at_unix"],
        sequence=None if public["sequence"] is None else int(public["sequence"]),
        tx_hash=public["tx_hash"],
    )
