"""Somebody else writes the store's file: nothing is ever decrypted wrongly (threats.md L3)."""

# ruff: noqa: S608, SIM118
from __future__ import annotations

import functools
import random
import sqlite3
from pathlib import Path

import pytest

from zkrisk.book import BookVector
from zkrisk.errors import StoreConflict, StoreCorrupt, StoreError
from zkrisk.store import Store, StoreIndex, database, sealed

OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
VECTOR = BookVector(long=(1, 2, 3, 4, 5, 6, 7, 8), short=(0,) * 8)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small store; the key derivation is remembered, so that thousands of openings stay quick."""
    monkeypatch.setattr(sealed, "derive_key", functools.cache(sealed.derive_key))
    with Store.create(tmp_path / "home", "correct horse") as store:
        store.add_book("main", "standard-32", {"quantity": "987654321.123"})
        store.add_book("spare", "standard-32", {"quantity": "1"})
        store.commit(VECTOR, OWNER, book="main")
        store.commit(VECTOR, OTHER, book="main")
    return tmp_path / "home"


def forge(home: Path, *statements: str) -> None:
    """Change rows and make every unkeyed checksum fit again, as an attacker would."""
    connection = sqlite3.connect(home / "store.db")
    connection.row_factory = sqlite3.Row
    for statement in statements:
        connection.execute(statement)
    for row in connection.execute("SELECT rowid, * FROM record").fetchall():
        values = {name: row[name] for name in row.keys() if name != "rowid"}
        connection.execute(
            "UPDATE record SET checksum = ? WHERE rowid = ?", (database.row_checksum(values), row["rowid"])
        )
    checksums = sorted(row[0] for row in connection.execute("SELECT checksum FROM record"))
    header = dict(connection.execute("SELECT * FROM header").fetchone())
    header["rows_checksum"] = database.hashlib.sha256("".join(checksums).encode()).hexdigest()
    connection.execute(
        "UPDATE header SET rows_checksum = ?, checksum = ?", (header["rows_checksum"], database.row_checksum(header))
    )
    connection.commit()
    connection.close()


FORGERIES = {
    "swapped contents": (
        "UPDATE record SET sealed = (SELECT sealed FROM record WHERE record_id = 'spare') WHERE record_id = 'main'",
    ),
    "swapped openings": (
        "CREATE TEMP TABLE old AS SELECT record_id, sealed FROM record WHERE kind = 'opening'",
        "UPDATE record SET sealed = (SELECT sealed FROM old WHERE old.record_id <> record.record_id)"
        " WHERE kind = 'opening'",
    ),
    "renamed book": ("UPDATE record SET record_id = 'other' WHERE record_id = 'main'",),
    "other account": (f"UPDATE record SET account = '{OTHER}' WHERE kind = 'opening' AND account = '{OWNER}'",),
    "other state": ("UPDATE record SET public = replace(public, 'PREPARED', 'RETIRED') WHERE kind = 'opening'",),
    "other version": ("UPDATE record SET version = 2 WHERE record_id = 'main'",),
    "other time": ("UPDATE record SET updated_at_unix = 1 WHERE record_id = 'main'",),
    "other kind": ("UPDATE record SET kind = 'setting' WHERE record_id = 'main'",),
    "record removed": ("DELETE FROM record WHERE record_id = 'spare'",),
    "other store": ("UPDATE header SET store_id = 'deadbeef'",),
}


@pytest.mark.parametrize("statements", FORGERIES.values(), ids=FORGERIES.keys())
def test_l3_forged_row_with_true_checksums_refused(home, statements):
    forge(home)
    Store.open(home, "correct horse").close()
    forge(home, *statements)
    with pytest.raises(StoreError):
        Store.open(home, "correct horse")


def test_l3_older_version_put_back_refused(home):
    connection = sqlite3.connect(home / "store.db")
    old = connection.execute("SELECT * FROM record WHERE record_id = 'main'").fetchone()
    with Store.open(home, "correct horse") as store:
        store.add_book("main", "standard-32", {"quantity": "2"}, replace=True)
    connection.execute("DELETE FROM record WHERE record_id = 'main'")
    connection.execute(f"INSERT INTO record VALUES ({','.join('?' * len(old))})", old)
    connection.commit()
    connection.close()
    forge(home)
    with pytest.raises(StoreCorrupt, match="put back"):
        Store.open(home, "correct horse")


def test_l3_record_of_another_store_refused(home, tmp_path):
    with Store.create(tmp_path / "second", "correct horse") as store:
        store.add_book("main", "standard-32", {"quantity": "3"})
    forge(
        home,
        f"ATTACH '{tmp_path / 'second' / 'store.db'}' AS second",
        "UPDATE record SET sealed = (SELECT sealed FROM second.record WHERE record_id = 'main')"
        " WHERE record_id = 'main'",
    )
    with pytest.raises(StoreCorrupt):
        Store.open(home, "correct horse")


TAKEN_OUT = {
    "since it was opened": "DELETE FROM record WHERE record_id = 'spare'",
    "by a trigger": "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record WHERE record_id = 'spare'; END",
    "put in by a trigger": "CREATE TRIGGER t AFTER INSERT ON record BEGIN INSERT INTO record"
    " SELECT kind, 'copy', version, account, public, updated_at_unix, sealed, checksum FROM record"
    " WHERE record_id = 'spare'; END",
}


@pytest.mark.parametrize("statement", TAKEN_OUT.values(), ids=TAKEN_OUT.keys())
def test_l3_manifest_never_vouches_for_records_that_somebody_else_changed(home, statement):
    with Store.open(home, "correct horse") as store:
        forge(home, statement)
        writes = (lambda: store.commit(VECTOR, OWNER), lambda: store.rekey("new"), lambda: store.set_setting("a", 1))
        for write in writes:
            with pytest.raises(StoreCorrupt):
                write()


def test_l5_key_changed_by_another_program_stops_the_first_before_it_writes(home):
    with Store.open(home, "correct horse") as first, Store.open(home, "correct horse") as second:
        second.rekey("new")
        kept = second.commit(VECTOR, OWNER).commitment
        for write in (lambda: first.commit(VECTOR, OWNER), lambda: first.rekey("third")):
            with pytest.raises(StoreConflict, match="passphrase was changed"):
                write()
    with Store.open(home, "new") as store:
        assert store.opening_for(kept).long == VECTOR.long


@pytest.mark.parametrize("text", ["[]", "{}", "{", "[" * 100_000, '{"universe": 1' + "0" * 5_000 + "}"])
@pytest.mark.parametrize("kind", ["book", "opening"])
def test_l3_public_line_that_is_none_is_named_without_a_passphrase(home, kind, text):
    forge(home, f"UPDATE record SET public = '{text}' WHERE kind = '{kind}'")
    with StoreIndex.at(home) as index, pytest.raises(StoreCorrupt):
        index.books()
        index.openings()


def contents(home: Path) -> object:
    """Everything that the store gives back."""
    with Store.open(home, "correct horse") as store:
        openings = [store.opening_for(info.commitment) for info in store.openings()]
        private = [(opening.long, opening.short, opening.salt, opening.owner) for opening in openings]
        return [store.get_book(info.name).content for info in store.books()], private, store.openings(), store.info()


def public_contents(home: Path) -> object:
    """Everything that the index gives back."""
    with StoreIndex.at(home) as index:
        return index.books(), index.openings(), index.info()


def flip_all(home: Path, positions: list[int]) -> int:
    """Flip one bit at each position in turn; returns how many flips were refused."""
    path = home / "store.db"
    original, refused, choice = path.read_bytes(), 0, random.Random(7)  # noqa: S311  repeatable
    expected, expected_public = contents(home), public_contents(home)
    for position in positions:
        changed = bytearray(original)
        changed[position] ^= 1 << choice.randrange(8)
        path.write_bytes(changed)
        for read, wanted in ((contents, expected), (public_contents, expected_public)):
            try:
                assert read(home) == wanted, f"byte {position} changed what is read"
            except StoreError:
                refused += 1
    path.write_bytes(original)
    return refused


def used_positions(home: Path) -> list[int]:
    """Bytes that hold something; the rest of a page is never read."""
    return [position for position, byte in enumerate((home / "store.db").read_bytes()) if byte]


def test_l3_flipped_byte_is_refused_or_without_effect(home):
    positions = used_positions(home)
    assert flip_all(home, positions[::17]) > len(positions) // 17


@pytest.mark.slow
def test_l3_every_flipped_byte_is_refused_or_without_effect(home):
    used = used_positions(home)
    unused = sorted(set(range((home / "store.db").stat().st_size)) - set(used))
    assert flip_all(home, used + unused[::101]) > len(used)
