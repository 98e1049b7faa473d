"""Decimal to integer and back, and returns of closes, against fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.risk import simple_return_e6
from zkrisk.book import Book, Position, quantise
from zkrisk.field import from_field, to_field
from zkrisk.fixedpoint import format_scaled_down, format_scaled_up, from_scaled, parse_decimal, scale_down, scale_up
from zkrisk.params import SCALAR_MODULUS
from zkrisk.sheet import load_universe, return_e6_down

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=30)
UNIVERSE = load_universe("micro-8")


@given(DECIMALS, st.integers(0, 18))
def test_scale_any_decimal_brackets_the_exact_value(value, decimals):
    exact = Fraction(value) * 10**decimals
    assert scale_down(value, decimals) == floor(exact)
    assert scale_up(value, decimals) == ceil(exact)


@given(st.integers(-(10**40), 10**40), st.integers(0, 20))
def test_from_scaled_any_integer_is_exact(integer, decimals):
    assert Fraction(from_scaled(integer, decimals)) == Fraction(integer, 10**decimals)


@given(st.integers(-(10**20), 10**20), st.integers(0, 12), st.integers(0, 6))
def test_format_any_integer_rounds_to_the_named_side(integer, decimals, places):
    exact = Fraction(integer, 10**decimals)
    down, up = (f(integer, decimals, places).replace(",", "") for f in (format_scaled_down, format_scaled_up))
    assert Fraction(down) <= exact <= Fraction(up)
    assert Fraction(up) - Fraction(down) <= Fraction(1, 10**places)


@given(st.text(max_size=30))
def test_parse_any_text_is_a_finite_decimal_or_an_error_without_the_text(text):
    try:
        assert parse_decimal(text).is_finite()
    except ValueError as error:
        assert str(error) in {"not a number", "not a finite number", "out of range: more than 60 digits"}


@given(st.integers(-(SCALAR_MODULUS // 2), SCALAR_MODULUS // 2))
def test_field_any_signed_integer_comes_back(value):
    assert from_field(to_field(value)) == value


@given(st.integers(1, 2**63), st.integers(1, 2**63))
def test_return_any_closes_agree_with_the_fraction(previous, close):
    assert return_e6_down(previous, close) == max(-(10**6), min(2**23 - 1, simple_return_e6(previous, close)))


@given(st.decimals(0, 10**9, places=12), st.decimals(0, 10**9, places=12))
def test_quantise_any_position_is_never_better_than_written(long, short):
    book = Book(name="b", universe="micro-8", positions=(Position(instrument="ETH", long=long, short=short),))
    vector = quantise(book, UNIVERSE)
    slot, lot = UNIVERSE.slot_of("ETH"), Fraction(1, 10**8)
    assert 0 <= Fraction(long) - vector.long[slot] * lot < lot
    assert 0 <= vector.short[slot] * lot - Fraction(short) < lot
    assert sum(vector.long) == vector.long[slot]
    assert isinstance(long, Decimal)
