"""kill -9 at every write point of the store: what was acknowledged, or is on the chain, opens (threats.md L5).

A worker process commits books and "sends" each commitment by appending it to a synced file, as a chain would keep it.
It is killed before a chosen SQL statement, or at a chosen line of the store's code. The kill is injected from
here; the store has no switch for it.
"""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import sys
import types
from pathlib import Path

import pytest

from zkrisk.book import BookVector
from zkrisk.errors import NotFound, StoreError
from zkrisk.store import OpeningState, Store, create, database, sealed

OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
VECTOR = BookVector(long=(1, 2, 3, 4, 5, 6, 7, 8), short=(0,) * 8)
SURVIVED = 0


def kill_self() -> None:
    """End this process as a power cut would: no handler, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_statement(number: int) -> None:
    """Die before the number-th SQL statement from now on."""
    real, seen = database._connect, [0]

    def trace(statement: str) -> None:
        seen[0] += 1
        if seen[0] == number:
            kill_self()

    def connect(path: Path) -> sqlite3.Connection:
        connection = real(path)
        connection.set_trace_callback(trace)
        return connection

    database._connect = connect


def kill_at_line(number: int) -> None:
    """Die at the number-th line that runs in the store's package from now on."""
    package, seen = str(Path(database.__file__).parent), [0]

    def trace(frame: types.FrameType, event: str, argument: object):
        if not frame.f_code.co_filename.startswith(package):
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == number:
                kill_self()
        return trace

    sys.settrace(trace)


def run_and_kill(work, inject, number: int) -> bool:
    """Run work in a child that dies at a point; returns whether it survived, which ends the search."""
    child = os.fork()
    if child == 0:
        inject(number)
        work()
        os._exit(SURVIVED)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == SURVIVED, "the worker failed by itself"
    return not os.WIFSIGNALED(status)


def append_synced(path: Path, text: str) -> None:
    """Write a line as an acknowledged fact."""
    with path.open("a") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())


@pytest.fixture(autouse=True)
def quick_key_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember derived keys: a hundred openings with the same passphrase."""
    monkeypatch.setattr(sealed, "derive_key", functools.cache(sealed.derive_key))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Store.create(tmp_path / "home", "pass") as store:
        store.add_book("main", "standard-32", {"quantity": "1"})
    return tmp_path / "home"


def commit_and_send(store: Store, chain: Path) -> None:
    """The order that the pipeline keeps."""
    opening = store.commit(VECTOR, OWNER, book="main", chain_id=31337)
    store.mark_sent(opening.commitment, "0x" + "11" * 32, chain_id=31337)
    append_synced(chain, str(opening.commitment))
    store.mark_confirmed(opening.commitment, 1, chain_id=31337)
    append_synced(chain.with_suffix(".confirmed"), str(opening.commitment))


def check_all(home: Path, chain: Path) -> None:
    """Everything on the chain opens; everything that was acknowledged as confirmed is so."""
    on_chain = chain.read_text().split() if chain.exists() else []
    confirmed_path = chain.with_suffix(".confirmed")
    confirmed = confirmed_path.read_text().split() if confirmed_path.exists() else []
    with Store.open(home, "pass") as store:
        states = {info.commitment: info.state for info in store.openings()}
        for line in on_chain:
            assert store.opening_for(int(line)).long == VECTOR.long
            assert states[int(line)] in (OpeningState.SENT, OpeningState.CONFIRMED)
        assert all(states[int(line)] is OpeningState.CONFIRMED for line in confirmed)
        assert store.get_book("main").content == {"quantity": "1"}


@pytest.mark.parametrize(("inject", "step"), [(kill_at_statement, 1), (kill_at_line, 23)], ids=["statement", "line"])
def test_l5_kill_while_committing_loses_nothing(home, tmp_path, inject, step):
    chain, number, store = tmp_path / "chain", 1, Store.open(home, "pass")
    before = (home / "store.db").read_bytes()
    while not run_and_kill(lambda: commit_and_send(store, chain), inject, number):
        check_all(home, chain)
        (home / "store.db").write_bytes(before)
        for path in tmp_path.glob("chain*"):
            path.unlink()
        number += step
    check_all(home, chain)
    assert number > 20 * step


def test_l5_kill_while_creating_leaves_no_store_or_a_whole_one(tmp_path):
    home, number = tmp_path / "home", 1
    while not run_and_kill(lambda: Store.create(home, "pass").close(), kill_at_statement, number):
        try:
            Store.open(home, "pass").close()
            (home / "store.db").unlink()
        except NotFound:
            pass
        number += 1
    assert number > 10


def test_l5_kill_while_rekeying_leaves_one_passphrase_that_opens_all(home):
    with Store.open(home, "pass") as store:
        commitment, number = store.commit(VECTOR, OWNER).commitment, 1
        while not run_and_kill(lambda: store.rekey("new"), kill_at_statement, number):
            with Store.open(home, "pass") as same:
                assert same.opening_for(commitment).long == VECTOR.long
            number += 1
    with Store.open(home, "new") as changed:
        assert changed.opening_for(commitment).long == VECTOR.long
    assert number > 10


def kill_at_file_step(number: int) -> None:
    """Die before the number-th step that makes a file durable or gives it a name."""
    seen = [0]

    def counted(real):
        def step(*arguments, **named):
            seen[0] += 1
            if seen[0] == number:
                kill_self()
            return real(*arguments, **named)

        return step

    for name in ("link", "replace", "fsync"):
        setattr(create.os, name, counted(getattr(create.os, name)))


def test_l5_kill_while_restoring_leaves_a_store_that_opens(home, tmp_path):
    with Store.open(home, "pass") as store:
        commitment = store.commit(VECTOR, OWNER).commitment
        store.backup(tmp_path / "backup.zkb")
    number = 1
    while not run_and_kill(
        lambda: Store.restore(home, tmp_path / "backup.zkb", "pass").close(), kill_at_file_step, number
    ):
        with Store.open(home, "pass") as store:
            assert store.opening_for(commitment).long == VECTOR.long
        number += 1
    assert number > 5


def test_full_disk_is_an_error_and_loses_nothing(home, monkeypatch):
    real = database._connect

    def small(path: Path) -> sqlite3.Connection:
        connection = real(path)
        connection.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096}")
        return connection

    with Store.open(home, "pass") as store:
        kept = store.commit(VECTOR, OWNER).commitment
        monkeypatch.setattr(database, "_connect", small)
        with pytest.raises(StoreError, match="SQLITE_FULL"):
            for _ in range(200):
                kept = store.commit(VECTOR, OWNER).commitment
        monkeypatch.undo()
        assert store.opening_for(kept).long == VECTOR.long
    with Store.open(home, "pass") as store:
        assert store.opening_for(kept).long == VECTOR.long
