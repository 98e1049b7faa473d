"""Sealed records: every write keeps the manifest true, every read authenticates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlalchemy import Connection, delete, insert, select, update

from zkrisk.errors import NotFound, StoreConflict, StoreCorrupt, StoreLocked
from zkrisk.store.database import FORMAT, HEADER, RECORD, Database, checked_rows, row_checksum, rows_checksum
from zkrisk.store.index import read_header
from zkrisk.store.kdf import KdfProfile, derive_key
from zkrisk.store.seal import DataKey, RecordPlace, unwrap_key, wrap_key

HEADER_ID = 1


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A record as it stands in the table, still closed."""

    place: RecordPlace
    sealed: bytes
    row: dict[str, Any]


class SealedRecords:
    """The record table under one data key.

    Args:
        wrapped_key: The data key as the header held it when it was opened.
    """

    def __init__(self, database: Database, data_key: DataKey, store_id: str, wrapped_key: bytes) -> None:
        self._database = database
        self._data_key = data_key
        self._store_id = store_id
        self._wrapped_key = wrapped_key
        self._expected: dict[tuple[str, str], tuple[int, bytes]] = {}

    def over(self, database: Database) -> SealedRecords:
        """The same key over a copy of the store."""
        return SealedRecords(database, self._data_key, self._store_id, self._wrapped_key)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, on records that authenticate; the manifest is renewed at its end.

        The manifest vouches for what this program wrote and for nothing else: a record that somebody took out since the
        store was opened, or that a trigger in the file takes out now, would otherwise be gone with our signature.

        Raises:
            StoreConflict: The key was changed since the store was opened.
            StoreCorrupt: The records are not those of the manifest, or not those that were written here.
        """
        with self._database.write() as connection:
            self._expected = self._authenticated(connection)
            yield connection
            self._renew_manifest(connection)

    def put(
        self,
        connection: Connection,
        kind: str,
        record_id: str,
        plaintext: bytes,
        *,
        public: dict[str, Any],
        account: str,
        now_unix: int,
    ) -> None:
        """Seal and write a record, replacing its older version."""
        older = self.find(connection, kind, record_id)
        place = RecordPlace(
            store_id=self._store_id,
            kind=kind,
            record_id=record_id,
            version=1 if older is None else older.place.version + 1,
            account=account,
            public=rfc8785.dumps(public).decode(),
            updated_at_unix=now_unix,
        )
        self._write_row(connection, place, self._data_key.seal(place, plaintext))

    def find(self, connection: Connection, kind: str, record_id: str) -> SealedRow | None:
        """Find a record, closed; None when there is none."""
        rows = checked_rows(connection, RECORD, kind=kind, record_id=record_id)
        return self._closed(rows[0]) if rows else None

    def get(self, connection: Connection, kind: str, record_id: str) -> tuple[SealedRow, bytes]:
        """Read and open a record.

        Raises:
            NotFound: There is none.
            StoreCorrupt: It does not authenticate.
        """
        found = self.find(connection, kind, record_id)
        if found is None:
            raise NotFound(
                f"the store has no {kind} '{record_id}'", hint=f"zkrisk {kind} list" if kind == "book" else None
            )
        return found, self._data_key.unseal(found.place, found.sealed)

    def remove(self, connection: Connection, kind: str, record_id: str) -> None:
        """Delete a record."""
        connection.execute(delete(RECORD).where(RECORD.c.kind == kind, RECORD.c.record_id == record_id))
        self._expected.pop((kind, record_id), None)

    def verify_all(self) -> None:
        """Authenticate every record and that none is missing, old or added.

        Raises:
            StoreCorrupt: Something does not fit.
        """
        with self._database.read() as connection:
            header = read_header(connection)
            rows = [self._closed(row) for row in checked_rows(connection, RECORD)]
        for row in rows:
            self._data_key.unseal(row.place, row.sealed)
        self._check_manifest(rows, header)

    def rekey(self, passphrase: str, salt: bytes, profile: KdfProfile) -> None:
        """Draw a new data key, seal everything under it and wrap it with a new passphrase, in one transaction.

        Raises:
            StoreConflict, StoreCorrupt: See `write`.
        """
        old, fresh = self._data_key, DataKey.draw()
        with self._database.write() as connection:
            self._expected = self._authenticated(connection)
            for row in [self._closed(row) for row in checked_rows(connection, RECORD)]:
                self._write_row(connection, row.place, fresh.seal(row.place, old.unseal(row.place, row.sealed)))
            wrapped = write_key(connection, self._store_id, fresh, passphrase=passphrase, salt=salt, profile=profile)
            self._renew_manifest(connection, fresh)
        # Only now: had the disk refused, what is sealed later under the fresh key could never be opened again.
        self._data_key, self._wrapped_key = fresh, wrapped

    def _authenticated(self, connection: Connection) -> dict[tuple[str, str], tuple[int, bytes]]:
        """Return version and sealed bytes of every record, which are those of the manifest."""
        header = read_header(connection)
        if header["wrapped_key"] != self._wrapped_key:
            raise StoreConflict("the passphrase was changed since the store was opened", hint="open the store again")
        rows = [self._closed(row) for row in checked_rows(connection, RECORD)]
        self._check_manifest(rows, header)
        return _by_name(rows)

    def _check_manifest(self, rows: list[SealedRow], header: dict[str, Any]) -> None:
        if self._data_key.manifest(_manifest_lines(rows)) != header["manifest"]:
            raise StoreCorrupt("records are missing or were put back", hint="zkrisk store restore BACKUP")

    def _closed(self, row: dict[str, Any]) -> SealedRow:
        names = ("kind", "record_id", "version", "account", "public", "updated_at_unix")
        return SealedRow(RecordPlace(self._store_id, *(row[name] for name in names)), row["sealed"], row)

    def _write_row(self, connection: Connection, place: RecordPlace, sealed: bytes) -> None:
        row: dict[str, object] = {
            "kind": place.kind,
            "record_id": place.record_id,
            "version": place.version,
            "account": place.account,
            "public": place.public,
            "updated_at_unix": place.updated_at_unix,
            "sealed": sealed,
        }
        row["checksum"] = row_checksum(row)
        self.remove(connection, place.kind, place.record_id)
        connection.execute(insert(RECORD).values(**row))
        self._expected[place.kind, place.record_id] = (place.version, sealed)

    def _renew_manifest(self, connection: Connection, data_key: DataKey | None = None) -> None:
        rows = [self._closed(row) for row in checked_rows(connection, RECORD)]
        if _by_name(rows) != self._expected:
            raise StoreCorrupt("the file changes records that nobody wrote", hint="zkrisk store restore BACKUP")
        manifest = (data_key or self._data_key).manifest(_manifest_lines(rows))
        update_header(connection, manifest=manifest, rows_checksum=rows_checksum(connection))


def update_header(connection: Connection, **changed: object) -> None:
    """Change columns of the header and renew its checksum."""
    header = {**connection.execute(select(HEADER)).one()._mapping, **changed}
    connection.execute(update(HEADER).values(**changed, checksum=row_checksum(header)))


def write_header(
    connection: Connection,
    store_id: str,
    data_key: DataKey,
    *,
    passphrase: str,
    salt: bytes,
    profile: KdfProfile,
    now_unix: int,
) -> None:
    """Write the header of a new store."""
    row: dict[str, object] = {
        "id": HEADER_ID,
        "format": FORMAT,
        "store_id": store_id,
        "created_at_unix": now_unix,
        "backed_up_at_unix": 0,
        "kdf": "",
        "salt": b"",
        "wrapped_key": b"",
        "manifest": data_key.manifest([]),
        "rows_checksum": rows_checksum(connection),
        "checksum": "",
    }
    connection.execute(insert(HEADER).values(**row))
    write_key(connection, store_id, data_key, passphrase=passphrase, salt=salt, profile=profile)


def write_key(
    connection: Connection, store_id: str, data_key: DataKey, *, passphrase: str, salt: bytes, profile: KdfProfile
) -> bytes:
    """Wrap the data key under a passphrase and put it into the header; returns it wrapped."""
    kdf = rfc8785.dumps(profile.to_dict()).decode()
    wrapped = wrap_key(derive_key(passphrase, salt, profile), data_key, _wrap_context(store_id, kdf, salt))
    update_header(connection, kdf=kdf, salt=salt, wrapped_key=wrapped)
    return wrapped


def unlock(database: Database, passphrase: str) -> SealedRecords:
    """Open the data key with a passphrase and authenticate everything under it.

    Raises:
        StoreLocked: The passphrase is wrong.
        StoreCorrupt: The store is damaged or its key derivation is below the policy.
    """
    with database.read() as connection:
        header: dict[str, Any] = read_header(connection)
    profile = _read_profile(header["kdf"])
    passphrase_key = derive_key(passphrase, header["salt"], profile)
    context = _wrap_context(header["store_id"], header["kdf"], header["salt"])
    data_key = unwrap_key(passphrase_key, header["wrapped_key"], context)
    if data_key is None:
        raise StoreLocked("wrong passphrase", where=str(database.path))
    records = SealedRecords(database, data_key, header["store_id"], header["wrapped_key"])
    records.verify_all()
    return records


def _wrap_context(store_id: str, kdf: str, salt: bytes) -> str:
    return rfc8785.dumps([FORMAT, store_id, kdf, salt.hex()]).decode()


def _read_profile(text: str) -> KdfProfile:
    try:
        return KdfProfile(**json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreCorrupt("the parameters of the key derivation are damaged") from error


def _by_name(rows: list[SealedRow]) -> dict[tuple[str, str], tuple[int, bytes]]:
    return {(row.place.kind, row.place.record_id): (row.place.version, row.sealed) for row in rows}


def _manifest_lines(rows: list[SealedRow]) -> list[tuple[str, str, int, bytes]]:
    return [(row.place.kind, row.place.record_id, row.place.version, row.sealed) for row in rows]
