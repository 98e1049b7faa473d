"""Tables, durability and file modes. Nothing here knows a key.

Durability: a rollback journal with ``synchronous=EXTRA`` syncs the database and the directory before a commit returns.
A write-ahead log would be as durable, but a damaged log is cut short silently, and acknowledged writes with it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rfc8785
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from zkrisk.errors import StoreCorrupt, StoreError

FORMAT = 1
BUSY_TIMEOUT_S = 10.0
WRITE_OPTION = "zkrisk_write"
_NOT_THE_DATA = {
    "SQLITE_BUSY": ("another program is writing to it", "run it again"),
    "SQLITE_LOCKED": ("another program is writing to it", "run it again"),
    "SQLITE_FULL": ("the disk is full", "make space and run it again; nothing that was kept is lost"),
    "SQLITE_IOERR": ("the disk refuses to read or write", "make space or mend the disk, then run it again"),
    "SQLITE_READONLY": ("its file or folder is read-only", None),
    "SQLITE_CANTOPEN": ("its file or journal cannot be opened or made", None),
}

METADATA = MetaData()

HEADER = Table(
    "header",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("format", Integer, nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("created_at_unix", BigInteger, nullable=False),
    Column("backed_up_at_unix", BigInteger, nullable=False),
    Column("kdf", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("rows_checksum", String(64), nullable=False),
    Column("checksum", String(64), nullable=False),
)

RECORD = Table(
    "record",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("record_id", String(80), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("account", String(42), nullable=False),
    Column("public", Text, nullable=False),
    Column("updated_at_unix", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
)

PUBLIC = Table(
    "public_entry",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("facts", Text, nullable=False),
    Column("updated_at_unix", BigInteger, nullable=False),
    Column("checksum", String(64), nullable=False),
)


class Database:
    """One SQLite file, reached through SQLAlchemy so that another engine can take its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _make_engine(path)

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def check(self) -> None:
        """Compare every page, and every index with its table: a search through a damaged index just finds nothing.

        Raises:
            StoreCorrupt: The file is damaged.
        """
        with self.read() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
                raise _damaged(self.path, "integrity_check")

    def create_tables(self) -> None:
        """Write an empty schema."""
        with self.write() as connection:
            METADATA.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with _translated(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that no other writer can enter; when this returns, it is on the disk."""
        with _translated(self.path), self._engine.connect() as connection:
            marked = connection.execution_options(**{WRITE_OPTION: True})
            with marked.begin():
                yield marked

    def copy_to(self, target: Path) -> None:
        """Copy a consistent state to a new file of mode 0600 and sync it."""
        create_private_file(target)
        with _translated(self.path), self._engine.connect() as connection:
            destination = sqlite3.connect(target)
            try:
                connection.connection.driver_connection.backup(destination)
            finally:
                destination.close()
        sync_path(target)
        sync_path(target.parent)


def row_checksum(row: dict[str, object]) -> str:
    """Hash the columns of a row; finds damage, not forgery, and needs no key."""
    plain = {
        name: value.hex() if isinstance(value, bytes) else value for name, value in row.items() if name != "checksum"
    }
    return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()


def rows_checksum(connection: Connection) -> str:
    """Hash which records there are; like `row_checksum` it needs no key."""
    found = connection.execute(select(RECORD.c.checksum).order_by(RECORD.c.checksum)).scalars()
    return hashlib.sha256("".join(str(checksum) for checksum in found).encode()).hexdigest()


def checked_rows(connection: Connection, table: Table, **equal: str) -> list[dict[str, object]]:
    """Read rows in key order and compare each with its checksum.

    Raises:
        StoreCorrupt: A column has the wrong type or a row was damaged.
    """
    query = select(table).order_by(*table.primary_key.columns)
    for name, wanted in equal.items():
        query = query.where(table.c[name] == wanted)
    return [_checked(table, row) for row in connection.execute(query)]


def create_private_file(path: Path) -> None:
    """Create an empty file that only its owner can read; refuses one that exists."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(f"cannot create {path.name}: {error.strerror}", where=str(path.parent)) from error


def sync_path(path: Path) -> None:
    """Wait until a file or directory is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(table: Table, row: Row[tuple[object, ...]]) -> dict[str, object]:
    values: dict[str, object] = dict(row._mapping)
    for column in table.columns:
        if type(values[column.name]) is not column.type.python_type:
            raise StoreCorrupt(f"table '{table.name}' is damaged", hint="zkrisk store restore BACKUP")
    try:
        intact = values["checksum"] == row_checksum(values)
    except rfc8785.CanonicalizationError:
        intact = False
    if not intact:
        raise StoreCorrupt(f"a row of table '{table.name}' is damaged", hint="zkrisk store restore BACKUP")
    return values


def _make_engine(path: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITE_OPTION, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn driver errors into ours; their texts name tables, never values."""
    try:
        yield
    except UnicodeDecodeError:  # text that is no text, or an error of SQLite that quotes it
        raise _damaged(path, "SQLITE_CORRUPT") from None
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        name = getattr(cause, "sqlite_errorname", "SQLITE_UNKNOWN")
        for start, (reason, hint) in _NOT_THE_DATA.items():
            if name.startswith(start):
                message = f"the store cannot be used now: {reason} ({name})"
                raise StoreError(message, where=str(path), hint=hint) from error
        raise _damaged(path, name) from error


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn what the system refuses (a full disk, a failed sync) into our error, around steps on whole files."""
    try:
        yield
    except OSError as error:
        message = f"the files of the store cannot be written: {error.strerror}"
        raise StoreError(message, where=str(path), hint="nothing that was kept is lost; run it again") from error


def _damaged(path: Path, name: str) -> StoreCorrupt:
    return StoreCorrupt(f"the store is damaged ({name})", where=str(path), hint="zkrisk store restore BACKUP")
