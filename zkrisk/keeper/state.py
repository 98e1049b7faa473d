"""What the keeper keeps: one SQLite file, in which everything that belongs together moves in one transaction.

Facts are what the chain said; each change of a fact keeps what was there before, so that the blocks of a fork that
lost can be undone. Books and the queue are no facts: an opening is right whatever the chain does, and a transaction was
sent whatever the chain forgets.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from zkrisk.errors import StoreConflict, StoreCorrupt, StoreError

__all__ = ["KeeperState"]

_FORMAT = "2"
_BUSY_TIMEOUT_S = 10.0
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE anchor (block INTEGER PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE fact (
  kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE undo (
  block INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, before TEXT, PRIMARY KEY (block, kind, name)
) WITHOUT ROWID;
CREATE TABLE book (
  name TEXT PRIMARY KEY, sealed BLOB, refusal TEXT, text_sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE item (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, vault TEXT NOT NULL, way TEXT NOT NULL, epoch INTEGER NOT NULL,
  nonce INTEGER NOT NULL, turn INTEGER NOT NULL, threshold_bps INTEGER NOT NULL, repay TEXT NOT NULL,
  seize_slot INTEGER NOT NULL, margin_bps INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  payload TEXT, reason TEXT, block INTEGER,
  UNIQUE (account, epoch, nonce, turn)
);
CREATE TABLE attempt (
  tx_hash TEXT PRIMARY KEY, item INTEGER NOT NULL REFERENCES item (id), nonce INTEGER NOT NULL, most TEXT NOT NULL,
  tip TEXT NOT NULL, block INTEGER NOT NULL, is_empty INTEGER NOT NULL, raw BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX item_state ON item (state);
CREATE INDEX attempt_item ON attempt (item);
"""


class KeeperState:
    """The open file. One keeper at a time; use as a context manager.

    Args:
        folder: Made with mode 0700 where it is not there.
        identity: Of chain and deployment (`ChainView.identity`): a state is never followed on another chain.

    Raises:
        StoreConflict: Another keeper runs on this folder, or the state is of another deployment.
        StoreCorrupt: The file is no keeper's state.
        StoreError: The folder cannot be used.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.path = folder / "keeper.db"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StoreError(f"the keeper's folder cannot be used: {error.strerror}", where=str(folder)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StoreConflict("another keeper runs on this folder", where=str(folder)) from None
        try:
            self._connection = self._open()
            self._identify(identity)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<KeeperState {self.path}>"

    def close(self) -> None:
        """Give file and folder back."""
        self._connection.close()
        os.close(self._lock)

    # ---- transactions

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction; when this returns, it is on the disk. Within another one it is part of that."""
        if self._connection.in_transaction:
            yield
            return
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; return the row it inserted."""
        with self._translated():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Read rows, each with its names."""
        with self._translated():
            return self._connection.execute(sql, values).fetchall()

    # ---- facts

    def fact(self, kind: str, name: str) -> Any:
        """Return a fact, None where there is none."""
        found = self.rows("SELECT value FROM fact WHERE kind = ? AND name = ?", kind, name)
        return json.loads(found[0]["value"]) if found else None

    def facts(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """Return the facts of a kind whose names begin so, by name."""
        if prefix:
            sql = "SELECT name, value FROM fact WHERE kind = ? AND name >= ? AND name < ?"
            found = self.rows(sql, kind, prefix, prefix + "\U0010ffff")
        else:
            found = self.rows("SELECT name, value FROM fact WHERE kind = ?", kind)
        return {row["name"]: json.loads(row["value"]) for row in found}

    def put_fact(self, block: int, kind: str, name: str, value: Any) -> None:
        """Change a fact, None takes it away; what was there before the block is kept for `undo_above`."""
        self.run(
            "INSERT OR IGNORE INTO undo VALUES (?, ?, ?, (SELECT value FROM fact WHERE kind = ? AND name = ?))",
            block, kind, name, kind, name,
        )  # fmt: skip
        if value is None:
            self.run("DELETE FROM fact WHERE kind = ? AND name = ?", kind, name)
        else:
            self.run("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", kind, name, json.dumps(value, sort_keys=True))

    def undo_above(self, block: int) -> set[tuple[str, str]]:
        """Bring every fact back to what it was after a block; return kind and name of those that changed."""
        changed = set()
        for row in self.rows("SELECT kind, name, before FROM undo WHERE block > ? ORDER BY block DESC", block):
            changed.add((row["kind"], row["name"]))
            if row["before"] is None:
                self.run("DELETE FROM fact WHERE kind = ? AND name = ?", row["kind"], row["name"])
            else:
                self.run("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", row["kind"], row["name"], row["before"])
        self.run("DELETE FROM undo WHERE block > ?", block)
        self.run("DELETE FROM anchor WHERE block > ?", block)
        return changed

    def forget_facts(self) -> None:
        """Drop everything the chain said, to read it again from the first block."""
        for table in ("fact", "undo", "anchor"):
            self.run(f"DELETE FROM {table}")  # noqa: S608  (one of three words)

    # ---- opening the file

    def _open(self) -> sqlite3.Connection:
        with self._translated():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF"):
                connection.execute(f"PRAGMA {pragma}")
            return connection

    def _identify(self, identity: str) -> None:
        with self.write():
            if not self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table'"):
                for statement in _TABLES.split(";\n"):
                    if statement.strip():
                        self.run(statement)
                self.run("INSERT INTO meta VALUES ('format', ?), ('identity', ?)", _FORMAT, identity)
            known = {row["name"]: row["value"] for row in self.rows("SELECT name, value FROM meta")}
        if known.get("format") != _FORMAT:
            raise StoreCorrupt("the file is no keeper's state of this version", where=str(self.path))
        if known.get("identity") != identity:
            raise StoreConflict(
                "the keeper's state is of another deployment", where=str(self.path), hint="give another --state folder"
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "SQLITE_UNKNOWN")
            kind = StoreCorrupt if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB") else StoreError
            raise kind(
                f"the keeper's state cannot be used ({name})",
                where=str(self.path),
                hint="a damaged state is rebuilt from the chain: move it away and run again",
            ) from error
