"""What a keeper reads again and what it forgets: openings that come later, books that were replaced."""

from __future__ import annotations

import hashlib
import os
from types import SimpleNamespace
from unittest import mock

import pytest

from tests.keeper.fake_chain import ETH, READER_SECRET, FakeChain, account_address, opening_for
from tests.keeper.keeper_case import SEAL, Watch, rounds
from zkrisk.documents import to_bytes
from zkrisk.errors import BadFile, ChainError
from zkrisk.keeper import books as books_module
from zkrisk.keeper.books import Books, OpeningsFile, Reader, load_openings, openings_document

OTHER_SECRET = 0xFEDCBA9876543210FEDCBA9876543210


def write(path, openings) -> None:
    """Replace the file as a whole, as `viewing combine` does."""
    partial = path.with_name("partial")
    partial.write_bytes(to_bytes(openings_document(openings)))
    os.replace(partial, path)


def with_file(watch: Watch, path) -> None:
    """Let the keeper read a file of openings instead of a key."""
    reader = Reader(openings=OpeningsFile(path, load_openings))
    books = Books(watch.state, reader, SEAL, store_id="test", instruments=8)
    for owner in (watch, watch.keeper, watch.keeper._appraiser, watch.keeper._watch, watch.keeper._catch_up):
        setattr(owner, "books" if owner is watch else "_books", books)


@pytest.fixture
def chain():
    """Two accounts below the threshold, whose books only a threshold of members can open."""
    chain = FakeChain()
    for number in (1, 2):
        chain.commit(number, book(number), recipients=(OTHER_SECRET,))
        chain.hold(number, ETH, 9 * 10**18)
        chain.owe(number, 25_000 * 10**6)
    chain.snapshot(2_000)
    chain.mine()
    return chain


def book(number: int):
    return opening_for(number, {ETH: 10**8}, {})


# ---- openings that are handed over


def test_openings_that_are_added_to_the_file_while_the_keeper_runs_are_used(tmp_path, chain):
    path = tmp_path / "openings.json"
    write(path, [])
    with Watch(chain, tmp_path / "state") as watch:
        with_file(watch, path)
        rounds(watch, chain, 2)
        assert watch.states() == []
        write(path, [book(1)])
        rounds(watch, chain, 3)
        assert [log.args["account"] for log in chain.liquidations()] == [account_address(1)]
        write(path, [book(1), book(2)])
        rounds(watch, chain, 3)
        assert {log.args["account"] for log in chain.liquidations()} == {account_address(1), account_address(2)}


def test_openings_that_came_in_a_round_that_failed_are_used_afterwards(tmp_path, chain):
    path = tmp_path / "openings.json"
    write(path, [])
    with Watch(chain, tmp_path / "state") as watch:
        with_file(watch, path)
        rounds(watch, chain, 2)
        write(path, [book(1)])
        left = [1]

        def trouble(name: str) -> None:
            if name == "exponents" and left[0]:
                left[0] -= 1
                raise ChainError("no answer")

        watch.view.trouble = trouble
        with pytest.raises(ChainError):
            watch.keeper.round()
        rounds(watch, chain, 3)
        assert [log.args["account"] for log in chain.liquidations()] == [account_address(1)]


def test_file_that_is_wrong_or_gone_for_a_while_stops_nothing(tmp_path, chain):
    path = tmp_path / "openings.json"
    write(path, [book(1)])
    with Watch(chain, tmp_path / "state") as watch:
        with_file(watch, path)
        path.write_text('{"schema": "urn:zkrisk:op')
        rounds(watch, chain, 3)
        assert [facts["part"] for facts in watch.events("error")] == ["openings"], "told once"
        assert [log.args["account"] for log in chain.liquidations()] == [account_address(1)], (
            "what it gave still counts"
        )
        path.unlink()
        rounds(watch, chain, 1)
        write(path, [book(2)])
        rounds(watch, chain, 3)
        assert len(chain.liquidations()) == 2
        assert len(watch.events("error")) == 1


def test_file_that_is_not_there_at_the_start_is_refused(tmp_path):
    with pytest.raises(BadFile):
        OpeningsFile(tmp_path / "absent.json", load_openings)


def test_file_shows_nothing_of_itself(tmp_path):
    write(tmp_path / "openings.json", [book(1)])
    shown = OpeningsFile(tmp_path / "openings.json", load_openings)
    assert str(book(1).salt) not in repr(shown) + repr(Reader(openings=shown))


# ---- what is not done again


def test_ciphertexts_that_were_tried_are_not_looked_at_again(tmp_path):
    chain = FakeChain()
    for number in range(12):
        chain.commit(number, book(number), recipients=(READER_SECRET if number % 2 else OTHER_SECRET,))
    chain.snapshot(3_000)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        counted = mock.Mock(wraps=hashlib.sha256)
        with mock.patch.object(books_module, "hashlib", SimpleNamespace(sha256=counted)):
            for number in range(5):
                chain.hold(number, ETH, 10**18 + number)
                chain.mine()
                watch.keeper.round()
            assert counted.call_count <= 5, "only the account's own refused ciphertexts"
            chain.commit(20, book(20))
            chain.mine()
            watch.keeper.round()
        assert watch.books.opening(account_address(20)) is not None


# ---- what is dropped


def recommit(chain: FakeChain, number: int, turn: int):
    opening = opening_for(number, {ETH: turn * 10**8}, {}, salt=(5 << 200) + 100 * number + turn)
    chain.commit(number, opening)
    return opening


def kept(watch: Watch) -> tuple[int, int, int]:
    texts = len(watch.state.facts("text"))
    return texts, len(watch.state.rows("SELECT name FROM book")), len(watch.keeper._books._open)


def test_books_that_were_replaced_are_dropped_once_no_reorganisation_brings_them_back(tmp_path):
    chain = FakeChain()
    for turn in range(1, 9):
        recommit(chain, 1, turn)
        chain.mine()
    last = recommit(chain, 2, 1)
    chain.snapshot(3_000)
    chain.mine()
    with Watch(chain, tmp_path, keep_blocks=6) as watch:
        watch.keeper.round()
        assert kept(watch) == (9, 9, 9), "their replacement may still be undone"
        chain.mine(10)
        watch.keeper.round()
        chain.snapshot(3_000)
        chain.mine()
        watch.keeper.round()
        assert kept(watch) == (2, 2, 2)
        opening = watch.books.opening(account_address(2))
        assert opening is not None and opening.commitment == last.commitment
    with Watch(chain, tmp_path, keep_blocks=6) as watch:
        watch.keeper.round()
        assert watch.events("read") == [] and kept(watch) == (2, 2, 2)


def test_book_that_waits_to_become_active_is_kept(tmp_path):
    chain = FakeChain()
    recommit(chain, 1, 1)
    chain.mine()
    second = opening_for(1, {ETH: 7}, {}, salt=(6 << 200) + 1)
    before = dict(vars(chain._account(1)))
    chain.commit(1, second)
    vars(chain._account(1)).update(before)
    name, args = chain._logs[0]
    assert name == "Committed"
    chain._logs[0] = (name, {**args, "active": False})
    chain.snapshot(3_000)
    chain.mine(20)
    with Watch(chain, tmp_path, keep_blocks=6) as watch:
        watch.keeper.round()
        chain.snapshot(3_000)
        chain.mine()
        watch.keeper.round()
        assert kept(watch) == (2, 2, 2)
        chain._log("CommitmentActivated", account=account_address(1), commitment=second.commitment, sequence=2)
        chain._account(1).commitment = second.commitment
        chain.mine(20)
        watch.keeper.round()
        chain.snapshot(3_000)
        chain.mine()
        watch.keeper.round()
        assert kept(watch) == (1, 1, 1)
        opening = watch.books.opening(account_address(1))
        assert opening is not None and opening.commitment == second.commitment
