"""Books: what the key opens is opened, checked, and sealed; what it does not open is refused; nothing of it leaks."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import json

import pytest

from tests.keeper.fake_chain import BTC, ETH, READER_SECRET, USDC, FakeChain, FakeView, account_address, opening_for
from tests.keeper.keeper_case import LIMITS, SEAL, Watch, add_account, open_state, rounds
from tests.salts import FOREIGN_SALTS, SHUTS_OUT, opening_with
from zkrisk.documents import to_bytes
from zkrisk.errors import BadFile, CommitmentMismatch, StoreCorrupt
from zkrisk.keeper.books import Books, Reader, load_openings, openings_document, seal_material, seal_of
from zkrisk.keeper.follow import Follower
from zkrisk.keeper.scan import revealed, scan
from zkrisk.params import SCALAR_MODULUS
from zkrisk.store.seal import DataKey

OTHER_SECRET = 0xFEDCBA9876543210FEDCBA9876543210
SECRET_LOTS = 987_654_321_012_345
SECRET_SALT = 0x5EC4E7_0123456789ABCDEF0123456789ABCDEF


def secret_book(number: int = 0):
    return opening_for(number, {USDC: SECRET_LOTS}, {ETH: SECRET_LOTS + 1}, SECRET_SALT)


def books_of(state, reader: Reader, seal: DataKey = SEAL) -> Books:
    return Books(state, reader, seal, store_id="test", instruments=8)


def follow(chain: FakeChain, state) -> None:
    Follower(FakeView(chain), state).follow()


def test_book_encrypted_to_the_key_opens_at_any_place_among_the_readers(tmp_path):
    chain = FakeChain()
    for number, recipients in enumerate([(READER_SECRET,), (OTHER_SECRET, READER_SECRET), (READER_SECRET, 5, 6)]):
        chain.commit(number, secret_book(number), recipients=recipients)
    chain.mine()
    with open_state(tmp_path) as state:
        follow(chain, state)
        books = books_of(state, Reader(READER_SECRET))
        assert books.read_new() == 3
        assert books.read_new() == 0
        for number in range(3):
            opening = books.opening(account_address(number))
            assert opening is not None and opening.long[USDC] == SECRET_LOTS
        again = books_of(state, Reader())
        assert len(again.openings()) == 3, "kept, and opened with the seal alone"


def test_C18_book_under_any_salt_of_the_field_is_read_kept_and_handed_over(tmp_path):
    """The circuit takes every salt: whoever could choose one that a keeper refuses could never be liquidated."""
    drawn = [opening_for(number, {USDC: 10_000}, {}) for number in range(len(FOREIGN_SALTS))]
    books = [opening_with(one.vector, one.owner, salt) for one, salt in zip(drawn, FOREIGN_SALTS, strict=True)]
    chain, path = FakeChain(), tmp_path / "openings.json"
    for number, book in enumerate(books):
        chain.commit(number, book)
    chain.mine()
    path.write_bytes(to_bytes(openings_document(books)))
    for name, reader in (("key", Reader(READER_SECRET)), ("handed", Reader(openings=load_openings(path)))):
        with open_state(tmp_path / name) as state:
            follow(chain, state)
            assert books_of(state, reader).read_new() == len(FOREIGN_SALTS)
            again = books_of(state, Reader())
            assert again.refusals() == {}
            assert [again.opening(account_address(number)).salt for number in range(len(books))] == [*FOREIGN_SALTS]


def test_C18_account_under_a_salt_that_nobody_draws_is_liquidated(tmp_path):
    chain, drawn = FakeChain(), opening_for(0, {ETH: 4 * 10**8}, {USDC: 2_000 * 100})
    chain.commit(0, opening_with(drawn.vector, drawn.owner, SHUTS_OUT))
    chain.hold(0, ETH, 10 * 10**18)
    chain.owe(0, 50_000 * 10**6)
    chain.snapshot(3_000)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 4)
        assert [(log.args["account"], log.args["way"]) for log in chain.liquidations()] == [
            (account_address(0), "PROOF")
        ]


def test_book_that_does_not_open_is_refused_and_recorded(tmp_path):
    chain = FakeChain()
    chain.commit(0, secret_book(0), recipients=(OTHER_SECRET,))
    chain.commit(1, secret_book(1))
    chain._logs[-1][1]["ciphertext"][-1] += 1  # a body that the proof would not let through
    chain.commit(2, secret_book(2))
    chain._logs[-1][1]["ciphertext"] = [1, 2, 3]
    chain.mine()
    with open_state(tmp_path) as state:
        follow(chain, state)
        books = books_of(state, Reader(READER_SECRET))
        assert books.read_new() == 0
        refused = books.refusals()
        assert refused.keys() == {account_address(number) for number in range(3)}
        assert refused[account_address(2)] == "malformed"
        assert books.openings() == {}
        # Another ciphertext of the same commitment, now to this key.
        chain.commit(0, secret_book(0))
        chain.mine()
        follow(chain, state)
        assert books.read_new() == 1
        assert account_address(0) not in books.refusals()


def test_refused_book_is_tried_again_by_the_next_process_and_not_before(tmp_path, monkeypatch):
    """It may have been given another key, or be a program that refuses less."""
    chain = FakeChain()
    chain.commit(0, secret_book(0), recipients=(OTHER_SECRET,))
    chain.mine()
    tries = []
    opened = Reader.open
    monkeypatch.setattr(Reader, "open", lambda self, *text: tries.append(text) or opened(self, *text))
    with open_state(tmp_path) as state:
        follow(chain, state)
        wrong = books_of(state, Reader(READER_SECRET))
        assert [wrong.read_new() for _ in range(3)] == [0, 0, 0] and len(tries) == 1
        right = books_of(state, Reader(OTHER_SECRET))
        assert [right.read_new() for _ in range(3)] == [1, 0, 0] and len(tries) == 2
        assert right.refusals() == {}
        assert books_of(state, Reader(OTHER_SECRET)).read_new() == 0 and len(tries) == 2


def test_ciphertext_of_another_account_does_not_open_this_one(tmp_path):
    chain = FakeChain()
    chain.commit(0, secret_book(0))
    stolen = dict(chain._logs[-1][1], account=account_address(1))
    chain._log("BookBound", **stolen)
    chain.mine()
    with open_state(tmp_path) as state:
        follow(chain, state)
        books = books_of(state, Reader(READER_SECRET))
        assert books.read_new() == 1
        assert books.opening(account_address(1)) is None


def test_seal_of_another_store_opens_nothing(tmp_path):
    chain = FakeChain()
    chain.commit(0, secret_book())
    chain.mine()
    with open_state(tmp_path) as state:
        follow(chain, state)
        books_of(state, Reader(READER_SECRET)).read_new()
        with pytest.raises(StoreCorrupt, match="authenticate"):
            books_of(state, Reader(READER_SECRET), DataKey(bytes(32))).openings()


def test_sealed_book_that_was_moved_to_another_account_is_refused(tmp_path):
    chain = FakeChain()
    for number in (0, 1):
        chain.commit(number, secret_book(number))
    chain.mine()
    with open_state(tmp_path) as state:
        follow(chain, state)
        books_of(state, Reader(READER_SECRET)).read_new()
        first, second = state.rows("SELECT name, sealed FROM book ORDER BY name")
        state.run("UPDATE book SET sealed = ? WHERE name = ?", first["sealed"], second["name"])
        with pytest.raises(StoreCorrupt):
            books_of(state, Reader()).openings()


def test_openings_of_a_threshold_key_come_as_a_file(tmp_path):
    chain, opening = FakeChain(), secret_book()
    chain.commit(0, opening, recipients=(OTHER_SECRET,))
    chain.mine()
    path = tmp_path / "openings.json"
    path.write_bytes(to_bytes(openings_document([opening])))
    with open_state(tmp_path / "state") as state:
        follow(chain, state)
        assert books_of(state, Reader()).read_new() == 0
        late = books_of(state, Reader(openings=load_openings(path)))
        assert late.read_new() == 1
        kept = late.opening(account_address(0))
        assert kept is not None and kept.salt == SECRET_SALT


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda row: row.update(salt=str(SECRET_SALT + 1)), CommitmentMismatch),
        (lambda row: row["long"].__setitem__(0, "1"), CommitmentMismatch),
        (lambda row: row["long"].append("0"), BadFile),
        (lambda row: row["long"].__setitem__(0, str(1 << 64)), BadFile),
        (lambda row: row.update(salt=str(SECRET_SALT + SCALAR_MODULUS)), BadFile),
        (lambda row: row.pop("salt"), BadFile),
        (lambda row: row.update(more="1"), BadFile),
    ],
)
def test_openings_file_that_is_wrong_is_refused_without_its_values(tmp_path, change, error):
    document = openings_document([secret_book()])
    change(document["openings"][0])
    path = tmp_path / "openings.json"
    path.write_text(json.dumps(document))
    with pytest.raises(error) as refused:
        load_openings(path)
    assert str(SECRET_LOTS) not in str(refused.value) and str(SECRET_SALT) not in str(refused.value)


def test_seal_key_survives_the_store_and_rubbish_does_not():
    assert seal_of(seal_material(SEAL)) == SEAL
    for rubbish in (b"", b"{}", b'{"seal": "00"}', b"\xff"):
        with pytest.raises(StoreCorrupt):
            seal_of(rubbish)


def test_private_values_are_nowhere_but_sealed(tmp_path, capsys):
    chain = FakeChain()
    add_account(chain, 1, health_bps=10_500)
    chain.commit(0, secret_book())
    chain.hold(0, ETH, 10**18)
    chain.owe(0, 10**13)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path, limits=LIMITS) as watch:
        rounds(watch, chain, 4)
        assert watch.metrics.text().count("zkrisk_keeper_readable_books 2") == 1
        rows = scan(watch.view, watch.state, watch.books)
        shown = repr((rows, watch.books, watch.keeper, watch.state, watch.said, watch.books.openings()))
        said = json.dumps(watch.said) + watch.metrics.text() + shown + "".join(capsys.readouterr())
        [row] = [row for row in rows if row.account == account_address(0)]
        assert revealed(row, {USDC: "USDC"})[0] == {
            "instrument": "USDC", "long_lots": str(SECRET_LOTS), "short_lots": "0",
        }  # fmt: skip
    disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for value in (SECRET_LOTS, SECRET_LOTS + 1, SECRET_SALT, READER_SECRET):
        assert str(value) not in said and f"{value:x}" not in said
        assert str(value).encode() not in disk and f"{value:x}".encode() not in disk
    assert (tmp_path / "keeper.db").stat().st_mode & 0o77 == 0


def test_level_one_account_is_judged_by_its_leg_however_rich_its_book(tmp_path):
    chain = FakeChain()
    chain.commit(0, opening_for(0, {BTC: 10**12}, {}), level=1)
    chain.hold(0, ETH, 10 * 10**18)
    chain.owe(0, 25_000 * 10**6)
    chain.commit(1, opening_for(1, {BTC: 10**12}, {}), level=2)
    chain.hold(1, ETH, 10 * 10**18)
    chain.owe(1, 25_000 * 10**6)
    chain.snapshot(3_000)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 4)
        assert [(log.args["account"], log.args["way"]) for log in chain.liquidations()] == [(account_address(0), "LEG")]
        assert watch.prover.made == 0
        rows = {row.account: row for row in scan(watch.view, watch.state, watch.books)}
        assert rows[account_address(1)].is_liquidatable is False


def test_unanswered_challenge_is_liquidated_without_reading_the_book(tmp_path):
    chain = FakeChain()
    chain.commit(0, opening_for(0, {BTC: 10**12}, {}), recipients=(OTHER_SECRET,))
    chain.hold(0, ETH, 10 * 10**18)
    chain.owe(0, 25_000 * 10**6)
    chain.snapshot(3_000)
    chain.challenge(0)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 2)
        [row] = scan(watch.view, watch.state, watch.books)
        assert row.is_challenged and not row.is_readable
        assert row.distance_percent is None and row.is_liquidatable is None
        assert chain.liquidations() == []
        chain.challenge(0, unanswered_bonus=700)
        chain.mine()
        rounds(watch, chain, 3)
        assert [log.args["way"] for log in chain.liquidations()][:1] == ["SILENCE"]
