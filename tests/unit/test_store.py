"""The encrypted store: what it keeps, what it refuses, and what it never shows."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from zkrisk.book import BookVector
from zkrisk.errors import InputError, NotFound, StoreConflict, StoreCorrupt, StoreError, StoreLocked
from zkrisk.store import ChainCommitment, KdfProfile, OpeningState, Store, StoreIndex, normalise_passphrase

OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
FRAKTUR = "".join(chr(0x1D51E + ord(c) - ord("a")) for c in "testpassword") + "\U0001f511"  # of ERC-2335
MARKED = 987654321123
VECTOR = BookVector(long=(MARKED, 5, 0, 0, 0, 0, 0, 0), short=(0, 0, 7, 0, 0, 0, 0, 0))
CONTENT = {"schema": "urn:zkrisk:book/v1", "positions": [{"instrument": "ETH", "long": "987654321.123", "short": "0"}]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path):
    ticks = iter(range(1_700_000_000, 1_800_000_000))
    with Store.create(home, "correct horse", clock=lambda: next(ticks)) as opened:
        yield opened


def edit(home: Path, statement: str, *values: object) -> None:
    """Change the file behind the store's back."""
    connection = sqlite3.connect(home / "store.db")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_create_existing_store_refused(store, home):
    with pytest.raises(StoreConflict):
        Store.create(home, "correct horse")


def test_create_modes_are_private(store, home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "store.db").stat().st_mode) == 0o600


def test_open_widened_mode_is_narrowed(store, home):
    (home / "store.db").chmod(0o644)
    Store.open(home, "correct horse").close()
    assert stat.S_IMODE((home / "store.db").stat().st_mode) == 0o600


def test_open_missing_store_refused(home):
    with pytest.raises(NotFound):
        Store.open(home, "correct horse")
    with pytest.raises(NotFound):
        StoreIndex.at(home)


@pytest.mark.parametrize("passphrase", ["wrong", "", "\x00\x1f\x7f", "Correct horse"])
def test_open_wrong_passphrase_is_locked(store, home, passphrase):
    with pytest.raises(StoreLocked) as caught:
        Store.open(home, passphrase)
    assert "correct horse" not in repr(caught.value)


@pytest.mark.parametrize("passphrase", ["", "\x07\x9f"])
def test_create_empty_passphrase_refused(home, passphrase):
    with pytest.raises(StoreLocked):
        Store.create(home, passphrase)


def test_l9_composed_and_decomposed_passphrase_unlock(home):
    Store.create(home, "Ängström\u0085 ﬁn\u0007").close()
    Store.open(home, "A\u0308ngstro\u0308m fin").close()
    assert normalise_passphrase(FRAKTUR).hex() == "7465737470617373776f7264f09f9491"


def test_book_round_trip(store):
    entry = store.add_book("main", "standard-32", CONTENT)
    assert store.get_book("main").content == CONTENT
    assert [(info.name, info.universe, info.version) for info in store.books()] == [("main", "standard-32", 1)]
    assert "987654321" not in repr(entry) + repr(store)
    with pytest.raises(StoreConflict):
        store.add_book("main", "standard-32", {})
    store.add_book("main", "standard-32", {}, replace=True)
    assert store.get_book("main").info.version == 2
    store.remove_book("main")
    with pytest.raises(NotFound):
        store.get_book("main")
    with pytest.raises(NotFound):
        store.remove_book("main")


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a b", "x" * 65, "-rf", "a/b", "é"])
def test_add_book_bad_name_refused(store, name):
    with pytest.raises(InputError):
        store.add_book(name, "standard-32", CONTENT)


def test_commit_is_on_disk_before_it_returns(store, home):
    opening = store.commit(VECTOR, OWNER, book="main", chain_id=31337)
    with Store.open(home, "correct horse") as other:
        again = other.opening_for(opening.commitment)
    assert (again.long, again.short, again.salt, again.owner) == (
        VECTOR.long,
        VECTOR.short,
        opening.salt,
        int(OWNER, 16),
    )


def test_c18_two_commitments_of_one_book_differ(store):
    assert store.commit(VECTOR, OWNER).commitment != store.commit(VECTOR, OWNER).commitment


def test_index_needs_no_passphrase_and_has_no_private_value(store, home):
    store.add_book("main", "standard-32", CONTENT)
    opening = store.commit(VECTOR, OWNER, book="main", chain_id=31337)
    store.add_public("bundle", "a.zkrisk.json", {"account": OWNER})
    with StoreIndex.at(home) as index:
        shown = repr((index.books(), index.openings(), index.info(), index.public("bundle")))
        assert index.openings(OTHER) == ()
        assert index.openings(OWNER)[0].commitment == opening.commitment
    raw = (home / "store.db").read_bytes()
    for secret in ("987654321", str(opening.salt), f"{opening.salt:x}", "ETH", str(MARKED)):
        assert secret not in shown
        assert secret.encode() not in raw


def test_states_move_forward(store):
    first = store.commit(VECTOR, OWNER, book="main").commitment
    assert store.openings()[0].state is OpeningState.PREPARED
    assert store.mark_sent(first, "0x" + "11" * 32, chain_id=31337).state is OpeningState.SENT
    info = store.mark_confirmed(first, 4, chain_id=31337)
    assert (info.state, info.sequence, info.tx_hash, info.chain_id) == (
        OpeningState.CONFIRMED,
        4,
        "0x" + "11" * 32,
        31337,
    )
    with pytest.raises(StoreConflict):
        store.mark_sent(first, "0x" + "22" * 32, chain_id=31337)
    assert store.current_opening(OWNER).commitment == first
    assert store.mark_retired(first).state is OpeningState.RETIRED
    with pytest.raises(NotFound):
        store.current_opening(OWNER)
    assert store.opening_for(first).long == VECTOR.long
    with pytest.raises(NotFound):
        store.mark_sent(first + 1, "0x", chain_id=1)


def test_remove_book_with_live_commitment_refused(store):
    store.add_book("main", "standard-32", CONTENT)
    commitment = store.commit(VECTOR, OWNER, book="main").commitment
    store.mark_sent(commitment, "0x" + "11" * 32, chain_id=31337)
    with pytest.raises(StoreConflict) as caught:
        store.remove_book("main")
    assert caught.value.exit_code == 11
    store.mark_retired(commitment)
    store.remove_book("main")
    assert store.opening_for(commitment).short == VECTOR.short


def test_recover_matches_retires_and_names_the_unknown(store):
    old, new, lost = (store.commit(VECTOR, OWNER, book="main").commitment for _ in range(3))
    store.mark_confirmed(old, 1, chain_id=31337)
    report = store.recover()
    assert {info.commitment for info in report.prepared} == {new, lost}
    on_chain = {OWNER: [ChainCommitment(new, 2), ChainCommitment(12345, 3)]}
    report = store.recover(lambda account: on_chain.get(account, []), chain_id=31337)
    assert [info.commitment for info in report.matched] == [new]
    assert [info.commitment for info in report.retired] == [old]
    assert report.unknown == (ChainCommitment(12345, 3),)
    assert [info.commitment for info in report.prepared] == [lost]


def test_settings_and_keys_round_trip(store):
    store.set_setting("alerts", {"to": "me"})
    store.put_key("viewing", b"\x01" * 32)
    assert store.setting("alerts") == {"to": "me"}
    assert store.key("viewing") == b"\x01" * 32
    with pytest.raises(NotFound):
        store.key("other")


def test_kept_key_is_never_replaced_and_a_backup_without_it_is_refused(store, home):
    store.backup(home / "old.zkb")
    store.put_key("viewing", b"\x01" * 32)
    with pytest.raises(StoreConflict, match="'viewing'"):
        store.put_key("viewing", b"\x02" * 32)
    assert store.key("viewing") == b"\x01" * 32 and store.key_names() == ("viewing",)
    with pytest.raises(StoreConflict, match="1 keys"):
        Store.restore(home, home / "old.zkb", "correct horse")
    store.backup(home / "new.zkb")
    with Store.restore(home, home / "new.zkb", "correct horse") as restored:
        assert restored.key("viewing") == b"\x01" * 32


def test_rekey_new_passphrase_opens_and_old_does_not(store, home):
    opening = store.commit(VECTOR, OWNER)
    before = (home / "store.db").read_bytes()
    store.rekey("another")
    with pytest.raises(StoreLocked):
        Store.open(home, "correct horse")
    with Store.open(home, "another") as reopened:
        assert reopened.opening_for(opening.commitment).salt == opening.salt
    assert store.opening_for(opening.commitment).salt == opening.salt
    assert before != (home / "store.db").read_bytes()


def test_backup_restores_into_another_home(store, tmp_path):
    opening = store.commit(VECTOR, OWNER)
    backup = tmp_path / "backup.zkb"
    store.backup(backup)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert store.info().backed_up_at_unix is not None
    with pytest.raises(InputError):
        store.backup(backup)
    with Store.restore(tmp_path / "elsewhere", backup, "correct horse") as restored:
        assert restored.opening_for(opening.commitment).long == VECTOR.long


def test_restore_that_would_lose_an_opening_refused(store, home, tmp_path):
    store.backup(tmp_path / "old.zkb")
    opening = store.commit(VECTOR, OWNER)
    with pytest.raises(StoreConflict, match="1 commitments"):
        Store.restore(home, tmp_path / "old.zkb", "correct horse")
    assert store.opening_for(opening.commitment).salt == opening.salt


def test_restore_over_damaged_store_keeps_the_old_file(store, home, tmp_path):
    store.backup(tmp_path / "good.zkb")
    (home / "store.db").write_bytes(b"\x00" * 4096)
    with pytest.raises(StoreCorrupt):
        Store.open(home, "correct horse")
    Store.restore(home, tmp_path / "good.zkb", "correct horse").close()
    assert len(list(home.glob("store.db.replaced-*"))) == 1


@pytest.mark.parametrize("passphrase", ["wrong", ""])
def test_restore_wrong_passphrase_changes_nothing(store, home, tmp_path, passphrase):
    store.backup(tmp_path / "b.zkb")
    before = (home / "store.db").read_bytes()
    with pytest.raises(StoreLocked):
        Store.restore(home, tmp_path / "b.zkb", passphrase)
    assert (home / "store.db").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["store.db"]


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 8},
        {"passes": 1},
        {"lanes": 1},
        {"algorithm": "argon2i"},
        {"version": 16},
        {"memory_kib": 1 << 30},
    ],
)
def test_l3_kdf_downgrade_refused(store, home, change):
    profile = {**KdfProfile().to_dict(), **change}
    with pytest.raises(StoreCorrupt):
        KdfProfile(**profile).check()
    with pytest.raises(StoreCorrupt):
        Store.create(home.parent / "weak", "x", kdf=KdfProfile(**profile))
    edit(home, "UPDATE header SET kdf = ?", json.dumps(profile))
    with pytest.raises(StoreCorrupt):
        Store.open(home, "correct horse")


def test_busy_store_is_an_error_and_not_a_hang(store, home, monkeypatch):
    monkeypatch.setattr("zkrisk.store.database.BUSY_TIMEOUT_S", 0.05)
    blocker = sqlite3.connect(home / "store.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="SQLITE_BUSY"):
        store.commit(VECTOR, OWNER)
    blocker.execute("ROLLBACK")
    blocker.close()
    store.commit(VECTOR, OWNER)
