"""Commitments: vectors, packing, salts, and what is never printed."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

from types import SimpleNamespace

import pytest

from zkrisk.commitment import Opening, commit_with, commitment_of, draw_salt, format_address, pack, parse_address
from zkrisk.errors import CommitmentMismatch, InputError, RangeExceeded
from zkrisk.params import SCALAR_MODULUS
from zkrisk.poseidon import poseidon

OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SALT = (1 << 247) + 12345
LARGEST = (1 << 64) - 1

# Provenance: circomlibjs 0.1.7's Poseidon and a second implementation of docs/protocol.md in JavaScript.
VECTORS = [
    (8, "ramp", OWNER, SALT, 2517957322366856254548004640260863432281365369883918985626689596725767973738),
    (8, "max", OWNER, (1 << 248) - 1, 18888630642621094083449589781046414889350708438076399397113052589321593495207),
    (8, "zero", 1, 1 << 128, 739342542450858181162714676252134056438783015321874774248455286580070901255),
    (32, "ramp", OWNER, SALT, 16501992393650551053564999952558732095547474939177220238658562580022398658224),
    (32, "max", OWNER, (1 << 248) - 1, 2911574606657775803236086147813822910962626975328017421786560612314698037220),
    (32, "zero", 1, 1 << 128, 12922276507259240971564433115376473485793776676984987847829920980025766761712),
]


def book(instruments: int, shape: str = "ramp") -> SimpleNamespace:
    """A book vector of a test shape."""
    sides = {
        "ramp": ([(i + 1) * 1_000_003 for i in range(instruments)], [i * i for i in range(instruments)]),
        "max": ([LARGEST] * instruments, [LARGEST] * instruments),
        "zero": ([0] * instruments, [0] * instruments),
    }
    long, short = sides[shape]
    return SimpleNamespace(long=tuple(long), short=tuple(short))


@pytest.mark.parametrize(("instruments", "shape", "owner", "salt", "expected"), VECTORS)
def test_commit_with_vector_equals_circomlibjs(instruments, shape, owner, salt, expected):
    assert commit_with(book(instruments, shape), owner, salt) == expected
    assert commitment_of(book(instruments, shape), owner, salt) == expected


def test_poseidon_known_vector_matches():
    assert poseidon([1, 2]) == 7853200120776062878684798364095072458815029376092732009249414926327459813530


@pytest.mark.parametrize("inputs", [[], [0] * 17, [-1], [SCALAR_MODULUS], [True], [1.0], ["1"]])
def test_poseidon_outside_the_field_refused(inputs):
    with pytest.raises(RangeExceeded):
        poseidon(inputs)


def test_pack_standard_tier_has_22_elements():
    packed = pack(book(32))
    assert len(packed) == 22
    assert packed[0] == 1_000_003 + (2_000_006 << 64) + (3_000_009 << 128)
    assert packed[21] == 31 * 31


@pytest.mark.parametrize("quantity", [-1, 1 << 64, 1.5, True, None])
def test_pack_bad_quantity_refused_without_showing_it(quantity):
    vector = SimpleNamespace(long=(0, 0), short=(0, quantity))
    with pytest.raises(RangeExceeded, match="slot 1: the short quantity") as caught:
        pack(vector)
    assert str(quantity) not in str(caught.value).replace("slot 1", "") or quantity is None


@pytest.mark.parametrize(("long", "short"), [((), ()), ((1,), (1, 2))])
def test_pack_uneven_sides_refused(long, short):
    with pytest.raises(RangeExceeded):
        pack(SimpleNamespace(long=long, short=short))


@pytest.mark.parametrize("salt", [0, 1, (1 << 128) - 1, 1 << 248, SCALAR_MODULUS, -5, 1.0, True])
def test_C18_commit_with_weak_salt_refused(salt):
    with pytest.raises(RangeExceeded, match="a salt is an integer in"):
        commit_with(book(8), OWNER, salt)


@pytest.mark.parametrize("salt", [SCALAR_MODULUS, SCALAR_MODULUS + 5, -1, True, 1.0])
def test_opening_whose_salt_is_no_element_of_the_field_refused(salt):
    """5 and r + 5 would be two openings of one commitment."""
    with pytest.raises(RangeExceeded):
        commitment_of(book(8), OWNER, salt)
    with pytest.raises(RangeExceeded):
        Opening(book(8), parse_address(OWNER), salt, commitment_of(book(8), OWNER, 5)).check()


def test_C18_draw_salt_two_commitments_of_one_book_differ():
    salts = {draw_salt() for _ in range(1_000)}
    assert len(salts) == 1_000
    assert all(1 << 128 <= salt < 1 << 248 for salt in salts)
    assert commit_with(book(8), OWNER, draw_salt()) != commit_with(book(8), OWNER, draw_salt())


def test_C18_draw_salt_repeats_a_small_draw(monkeypatch):
    draws = iter([0, (1 << 128) - 1, 1 << 200])
    monkeypatch.setattr("zkrisk.commitment.salt.secrets.randbits", lambda bits: next(draws))
    assert draw_salt() == 1 << 200


@pytest.mark.parametrize(
    "owner",
    [0, 1 << 160, -1, True, 1.0, "", "0x", "0x" + "0" * 40, "70997970C51812dc3A010C7d01b50e0d17dc79C8", OWNER + "0"],
)
def test_parse_address_bad_refused(owner):
    with pytest.raises(InputError):
        parse_address(owner)


def test_parse_address_wrong_checksum_refused():
    with pytest.raises(InputError, match="EIP-55"):
        parse_address(OWNER.replace("C5", "c5"))


def test_parse_address_lower_case_accepted_and_formatted():
    assert format_address(parse_address(OWNER.lower())) == OWNER


def test_opening_repr_shows_no_private_value():
    vector = SimpleNamespace(long=(987654321123, 0), short=(0, 0))
    opening = Opening(vector, parse_address(OWNER), SALT, commit_with(vector, OWNER, SALT))
    shown = repr(opening) + str(opening)
    assert "987654321123" not in shown and str(SALT) not in shown and f"{SALT:x}" not in shown
    opening.check()


def test_opening_check_of_other_book_refused():
    opening = Opening(book(8), parse_address(OWNER), SALT, commit_with(book(8, "zero"), OWNER, SALT))
    with pytest.raises(CommitmentMismatch):
        opening.check()
