"""Encrypted copies of a store, and putting one back without losing what only the present one can open."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zkrisk.errors import InputError, NotFound, StoreConflict, StoreCorrupt
from zkrisk.store.create import make_home, publish_file
from zkrisk.store.database import RECORD, Database, checked_rows, file_errors, sync_path
from zkrisk.store.index import STORE_FILE
from zkrisk.store.sealed import SealedRecords, unlock


def write_backup(database: Database, records: SealedRecords, path: Path) -> None:
    """Copy a store to a new file, authenticate the copy, then give it its name.

    Raises:
        InputError: The file exists.
        NotFound: Its folder does not.
        StoreError: The disk does not take it.
    """
    path = path.absolute()
    if not path.parent.is_dir():
        raise NotFound("the folder of the backup does not exist", where=str(path.parent))
    building = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with file_errors(path):
        try:
            database.copy_to(building)
            copy = Database(building)
            records.over(copy).verify_all()
            copy.close()
            publish_file(building, path)
        except FileExistsError as error:
            raise InputError("the file of the backup exists already", where=str(path)) from error
        finally:
            building.unlink(missing_ok=True)
        sync_path(path.parent)


def restore_file(home: Path, path: Path, passphrase: str, now_unix: int) -> None:
    """Authenticate a backup and put it in the place of the store; the old files are renamed, never deleted.

    Raises:
        NotFound: There is no such backup.
        StoreConflict: The present store can open a commitment that the backup cannot, or has a key that it has not.
        StoreLocked, StoreCorrupt: The backup does not open.
        StoreError: The disk does not take it.
    """
    if not path.is_file():
        raise NotFound("there is no such backup", where=str(path))
    make_home(home)
    building = home / f".{STORE_FILE}.{secrets.token_hex(8)}"
    source = Database(path)
    with file_errors(home):
        try:
            source.copy_to(building)
            kept = _irreplaceable_after_unlock(building, passphrase)
            _refuse_loss(home / STORE_FILE, kept)
            _put_aside(home, now_unix)
            os.replace(building, home / STORE_FILE)
        finally:
            source.close()
            building.unlink(missing_ok=True)
        sync_path(home)


def _irreplaceable_after_unlock(path: Path, passphrase: str) -> dict[str, set[object]]:
    database = Database(path)
    try:
        unlock(database, passphrase)
        return _irreplaceable(database)
    finally:
        database.close()


def _irreplaceable(database: Database) -> dict[str, set[object]]:
    """Openings and keys: what nobody can make again."""
    with database.read() as connection:
        rows = {kind: checked_rows(connection, RECORD, kind=kind) for kind in ("opening", "key")}
        return {kind: {row["record_id"] for row in found} for kind, found in rows.items()}


def _refuse_loss(present: Path, kept: dict[str, set[object]]) -> None:
    """A store that cannot be read is no reason to refuse: it is why one restores, and it is kept aside."""
    if not present.is_file():
        return
    database = Database(present)
    try:
        lost = {kind: len(names - kept[kind]) for kind, names in _irreplaceable(database).items()}
    except StoreCorrupt:
        return
    finally:
        database.close()
    if any(lost.values()):
        raise StoreConflict(
            f"the present store opens {lost['opening']} commitments and has {lost['key']} keys that the backup has not",
            hint="restore into another --home, or back up the present store first",
        )


def _put_aside(home: Path, now_unix: int) -> None:
    """Give the old store a second name, so that the replacement is one step, and move a journal out of the way.

    A journal is there only when the store could not be read; left behind, it would be played into the restored file.
    """
    suffix = f"replaced-{now_unix}-{secrets.token_hex(4)}"
    present, journal = home / STORE_FILE, home / f"{STORE_FILE}-journal"
    if present.exists():
        os.link(present, home / f"{STORE_FILE}.{suffix}")
    if journal.exists():
        os.replace(journal, home / f"{STORE_FILE}.{suffix}-journal")
    sync_path(home)
