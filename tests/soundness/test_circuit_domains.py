"""Threats to commitments: hashes that open as another, doubled slots, guessable salts."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

from itertools import combinations

import pytest
from harness.cases_instances import sick, sound
from harness.constraints import R
from harness.final import final_circuit
from harness.forge import Values
from harness.oracle import State, inputs
from harness.specs import BOOK_DOMAIN, COMMITMENT_DOMAIN, chain, commitment, packed

from tests.campaigns.grid import GridBook, grid_search
from zkrisk import params
from zkrisk.book import BookVector
from zkrisk.commitment import commit_with, draw_salt
from zkrisk.poseidon import poseidon

N = 8
EMPTY = [0] * N
KINDS = ("compliance", "healthy", "liquidation")


def test_C17_book_state_commitment_and_bare_hash_differ():
    """The same fields under each domain, and without one, hash differently; one cannot be opened as another."""
    fields = packed([1, 2, 3, 4])
    hashes = {
        chain(BOOK_DOMAIN, 2, fields),
        chain(COMMITMENT_DOMAIN, 2, fields),
        chain(BOOK_DOMAIN, 4, fields),
        poseidon(fields),
        poseidon([BOOK_DOMAIN, *fields]),
    }
    assert len(hashes) == 5
    state = chain(BOOK_DOMAIN, 2, fields)
    assert commitment([1, 2], [3, 4], 9, 10) == poseidon([COMMITMENT_DOMAIN, state, 9, 10])
    assert state != commitment([1, 2], [3, 4], 9, 10)


def _accepted(kind: str) -> State:
    """Return a state that the circuit accepts, so that only the commitment can be what refuses."""
    state = sick() if kind == "liquidation" else sound()
    assert final_circuit(f"{kind}-micro").admits(inputs(state, kind))
    return state


@pytest.mark.parametrize("kind", KINDS)
def test_C17_inner_state_of_the_chain_is_no_commitment(kind):
    state = _accepted(kind)
    inner = chain(BOOK_DOMAIN, N, packed([*state.long, *state.short]))
    assert not final_circuit(f"{kind}-micro").admits(inputs(state, kind) | {"commitment": inner})


def test_C18_one_book_under_two_salts_or_owners_has_different_commitments():
    values = {commitment([1] * N, EMPTY, owner, salt) for owner in (1, 2) for salt in (1 << 128, (1 << 128) + 1)}
    assert len(values) == 4


def test_C17_every_domain_tag_is_a_different_text():
    tags = [BOOK_DOMAIN, COMMITMENT_DOMAIN]
    assert tags == [params.POSEIDON_DOMAIN_BOOK, params.POSEIDON_DOMAIN_COMMITMENT]
    # A tag is longer than any quantity: no packed element is one by chance or by choice of three small positions.
    assert len(set(tags)) == 2
    assert all(1 << 100 < tag < R for tag in tags)


@pytest.mark.parametrize("instruments", [8, 32])
def test_C17_no_two_hashes_of_a_commitment_have_the_same_shape(monkeypatch, instruments):
    """Number of inputs and first input tell head, step and commitment apart: none can be opened as another."""
    calls: list[tuple[int, int]] = []

    def recorded(values):
        calls.append((len(values), values[0]))
        return poseidon(values)

    monkeypatch.setattr("zkrisk.commitment.commit.poseidon", recorded)
    book = BookVector(tuple(range(instruments)), (1,) * instruments)
    commit_with(book, 5, 1 << 200)
    head, *steps, last = calls
    assert head[1] == BOOK_DOMAIN
    assert last == (4, COMMITMENT_DOMAIN)
    sizes = {size for size, _ in steps}
    # A step starts with a hash; only where its width is that of another hash could the two meet, and then in a tag.
    assert not sizes & {4, head[0]}
    assert head[0] != 4


def test_C17_length_tells_books_of_different_tiers_with_the_same_lots_apart():
    lots = [5, 6, 7, 8]
    assert chain(BOOK_DOMAIN, 8, packed(lots)) != chain(BOOK_DOMAIN, 32, packed(lots))
    assert commitment(lots, [0] * 4, 9, 10) != commitment([*lots, 0], [0] * 5, 9, 10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["head", "bare", "swapped"])
def test_C17_hash_of_the_same_fields_under_another_tag_opens_nothing(kind, other):
    state = _accepted(kind)
    fields = packed([*state.long, *state.short])
    inner = chain(BOOK_DOMAIN, N, fields)
    wrong = {
        "head": poseidon([BOOK_DOMAIN, inner, state.owner, state.salt]),
        "bare": poseidon([inner, state.owner, state.salt]),
        "swapped": poseidon([COMMITMENT_DOMAIN, chain(COMMITMENT_DOMAIN, N, fields), state.owner, state.salt]),
    }
    assert not final_circuit(f"{kind}-micro").admits(inputs(state, kind) | {"commitment": wrong[other]})


@pytest.mark.parametrize("kind", KINDS)
def test_C12_lots_of_one_slot_counted_in_a_second_slot_open_no_commitment(kind):
    """A book has one place an instrument; the same lots in two places are another book, whatever the prover hashes."""
    state = _accepted(kind)
    doubled = [*state.long[:2], state.long[1], *state.long[3:]]
    circuit, given = final_circuit(f"{kind}-micro"), inputs(state, kind)
    assert not circuit.admits(given | {"long": doubled})
    lie = {"account.book.long[2]": state.long[2]}
    values: Values = circuit.forged(given | {"long": doubled}, lie)
    assert not circuit.accepts_forged(values)


@pytest.mark.parametrize("salt", [0, 1, (1 << 128) - 1, 1 << 128, (1 << 248) - 1, R - 1])
def test_C18_circuits_open_any_salt_because_it_is_its_owners_secret_alone(salt):
    """docs/protocol.md, "Commitment": the client refuses weak salts; a circuit could not tell random from chosen."""
    state = sound().with_(salt=salt)
    circuit = final_circuit("healthy-micro")
    assert circuit.admits(inputs(state, "healthy"))
    assert not circuit.admits(inputs(state, "healthy") | {"salt": (salt + 1) % R})


def test_C18_salts_of_one_book_give_different_commitments_and_so_do_their_books():
    books = [BookVector((lots, *EMPTY[1:]), tuple(EMPTY)) for lots in (0, 1, 2)]
    salts = [draw_salt() for _ in range(20)]
    values = [commit_with(book, 5, salt) for book in books for salt in salts]
    assert all(a != b for a, b in combinations(values, 2))


GRID = GridBook(first=3, second=5)


def test_C18_grid_search_finds_a_position_under_a_guessable_salt():
    for salt in (0, 1, 77):
        target = GRID.commitment(11, 9, salt)
        assert grid_search(target, GRID, bits=12, known_salt=77) == (11, 9, salt)


def test_C18_grid_search_over_every_position_finds_nothing_under_a_drawn_salt():
    target = GRID.commitment(3, 2, draw_salt())
    assert grid_search(target, GRID, bits=14, known_salt=77) is None
