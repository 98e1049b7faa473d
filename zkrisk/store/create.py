"""A new store appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zkrisk.errors import StoreConflict, StoreError
from zkrisk.store.database import Database, create_private_file, file_errors, sync_path
from zkrisk.store.index import STORE_FILE
from zkrisk.store.kdf import SALT_BYTES, KdfProfile, normalise_passphrase
from zkrisk.store.seal import DataKey
from zkrisk.store.sealed import write_header


def create_store(home: Path, passphrase: str, profile: KdfProfile, now_unix: int) -> None:
    """Build the store under another name, sync it, then give it its name.

    Raises:
        StoreConflict: There is a store already.
        StoreLocked: The passphrase is empty.
        StoreError: The disk does not take it.
    """
    profile.check()
    normalise_passphrase(passphrase)
    make_home(home)
    target = home / STORE_FILE
    if target.exists():
        raise _taken(home)
    building = home / f".{STORE_FILE}.{secrets.token_hex(8)}"
    create_private_file(building)
    with file_errors(home):
        try:
            _fill(building, passphrase, profile, now_unix)
            publish_file(building, target)
        except FileExistsError as error:
            raise _taken(home) from error
        finally:
            building.unlink(missing_ok=True)
        sync_path(home)


def make_home(home: Path) -> None:
    """Create the folder with mode 0700; one that exists is left as it is."""
    try:
        if not home.is_dir():
            home.mkdir(parents=True, mode=0o700)
            sync_path(home.parent)
    except OSError as error:
        raise StoreError(f"cannot create the folder of the store: {error.strerror}", where=str(home)) from error


def publish_file(source: Path, target: Path) -> None:
    """Give a synced file its final name, never over another; atomic."""
    sync_path(source)
    os.link(source, target)
    sync_path(target.parent)


def _fill(path: Path, passphrase: str, profile: KdfProfile, now_unix: int) -> None:
    database = Database(path)
    try:
        database.create_tables()
        with database.write() as connection:
            salt = secrets.token_bytes(SALT_BYTES)
            write_header(
                connection,
                secrets.token_hex(16),
                DataKey.draw(),
                passphrase=passphrase,
                salt=salt,
                profile=profile,
                now_unix=now_unix,
            )
    finally:
        database.close()


def _taken(home: Path) -> StoreConflict:
    return StoreConflict("there is a store already", where=str(home), hint="zkrisk store info")
