"""Bindings on the client: sums, coverage, and the lists that contract and circuit share."""

from __future__ import annotations

import dataclasses

import pytest

from zkrisk.book import BookVector
from zkrisk.commitment import Opening, commit_with
from zkrisk.edwards import public_key
from zkrisk.errors import InputError, ProofRejected, RangeExceeded
from zkrisk.params import BPS, CASH_PRICE, SCALAR_MODULUS
from zkrisk.venue import VenueKey, VenueStatement
from zkrisk.witness.binding import BookPart, binding_inputs, binding_of, coverage_bps

OWNER = 0xA11CE
KEY = VenueKey.from_seed(bytes([9] * 32))
PRICES = (3 * CASH_PRICE,)
READER = public_key(77)


def vector(*lots: int) -> BookVector:
    """Return a book of two slots: long, long, short, short."""
    return BookVector(lots[:2], lots[2:])


def part(book: BookVector, venue: int = 1) -> BookPart:
    """Return a signed part."""
    said = VenueStatement(venue, 5, OWNER, 1, 0xC0FFEE, 1_800_000_000, 0, book)
    return BookPart.of_venue(said.sign(KEY), KEY.public)


def opening(book: BookVector) -> Opening:
    """Return a commitment."""
    salt = (1 << 200) + 1
    return Opening(vector=book, owner=OWNER, salt=salt, commitment=commit_with(book, OWNER, salt))


@pytest.mark.parametrize(
    ("signed", "unsigned", "expected"),
    [
        ((10, 0), (0, 0), BPS),
        ((0, 0), (10, 0), 0),
        ((0, 0), (0, 0), 0),
        ((10, 0), (10, 0), 5_000),
        ((0, 10), (10, 0), 7_500),
        ((1, 0), (2, 0), 3_333),
        ((2, 0), (1, 0), 6_666),
        ((9_999, 0), (1, 0), 9_999),
        ((10**18, 0), (1, 0), 9_999),
    ],
)
def test_coverage_is_the_signed_share_rounded_down(
    signed: tuple[int, int], unsigned: tuple[int, int], expected: int
) -> None:
    parts = [part(vector(*signed, 0, 0)), BookPart(vector(*unsigned, 0, 0))]
    assert coverage_bps(parts, PRICES) == expected


def test_coverage_of_one_part_needs_no_prices() -> None:
    assert coverage_bps([part(vector(1, 1, 1, 1))], ()) == BPS
    assert coverage_bps([BookPart(vector(1, 1, 1, 1))], ()) == 0


def test_book_must_be_the_sum_of_its_parts() -> None:
    parts = [part(vector(1, 2, 3, 4)), BookPart(vector(10, 20, 30, 40))]
    bound = binding_of(opening(vector(11, 22, 33, 44)), parts, [READER], chain=1, registry=0xC0FFEE, prices=PRICES)
    assert bound.parts[1] == (0, 0, 1, 0, 0, 0)
    for book in (vector(11, 22, 33, 45), vector(10, 22, 33, 44)):
        with pytest.raises(InputError, match="sum of its parts"):
            binding_of(opening(book), parts, [READER], chain=1, registry=0xC0FFEE, prices=PRICES)


def test_sum_that_does_not_fit_is_refused() -> None:
    most = (1 << 64) - 1
    parts = [part(vector(most, 0, 0, 0)), BookPart(vector(1, 0, 0, 0))]
    with pytest.raises(RangeExceeded):
        binding_of(opening(vector(0, 0, 0, 0)), parts, [READER], chain=1, registry=0xC0FFEE, prices=PRICES)


def test_prices_are_wanted_for_more_than_one_part() -> None:
    parts = [part(vector(1, 0, 0, 0)), BookPart(vector(0, 0, 0, 0))]
    with pytest.raises(InputError, match="prices"):
        binding_of(opening(vector(1, 0, 0, 0)), parts, [READER], chain=1, registry=0xC0FFEE)


def test_statement_that_the_key_did_not_sign_makes_no_part() -> None:
    said = VenueStatement(1, 5, OWNER, 1, 0xC0FFEE, 1_800_000_000, 0, vector(1, 0, 0, 0)).sign(KEY)
    with pytest.raises(ProofRejected):
        BookPart.of_venue(said, public_key(5))


def test_fingerprint_depends_on_every_value_and_on_the_context() -> None:
    book = vector(1, 2, 3, 4)
    bound = binding_of(opening(book), [part(book)], [READER], chain=1, registry=0xC0FFEE)
    context = 12_345
    values = (*bound.chosen(), *bound.ciphertext.elements())
    direct = sum(v * pow(context, len(values) - 1 - i, SCALAR_MODULUS) for i, v in enumerate(values)) % SCALAR_MODULUS
    assert bound.fingerprint(context) == direct
    assert bound.fingerprint(context + 1) != direct
    other = dataclasses.replace(bound, registry=0xC0FFEF)
    assert other.digest() != bound.digest()
    assert bound.public_signals(context) == (bound.digest(), context, direct)


def test_inputs_want_the_opening_of_the_binding() -> None:
    book = vector(1, 2, 3, 4)
    bound = binding_of(opening(book), [part(book)], [READER], chain=1, registry=0xC0FFEE)
    with pytest.raises(InputError, match="another commitment"):
        binding_inputs(bound, opening(vector(1, 2, 3, 5)), [part(book)], 5)


def test_private_values_do_not_show() -> None:
    book = vector(987_654_321, 2, 3, 4)
    assert "987654321" not in repr(part(book))
