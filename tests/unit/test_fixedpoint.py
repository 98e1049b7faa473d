"""Fixed point and field: tables, negative cases first."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from zkrisk.errors import RangeExceeded
from zkrisk.field import from_field, is_field_element, to_field
from zkrisk.fixedpoint import (
    div_up,
    format_scaled_down,
    format_scaled_up,
    parse_decimal,
    scale_down,
    scale_exact,
    scale_up,
)
from zkrisk.params import SCALAR_MODULUS


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaN",
        "sNaN",
        "inf",
        "-Infinity",
        "1e400",
        "1e-400",
        "1e61",
        "0x10",
        "1,000",
        "1_000",
        "٣",
        "1 2",
        "--1",
    ],
)
def test_parse_decimal_not_a_number_raises(text):
    with pytest.raises(ValueError, match=r"number|range"):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1.50", "1.50"), (" -2 ", "-2"), ("+.5", "0.5"), ("1e-8", "1E-8"), ("7.", "7")]
)
def test_parse_decimal_number_is_exact(text, value):
    assert parse_decimal(text) == Decimal(value)


def test_scale_exact_too_fine_raises():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        scale_exact(Decimal("0.001"), 2)


def test_scale_not_finite_raises():
    with pytest.raises(ValueError, match="finite"):
        scale_down(Decimal("NaN"), 2)


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [("1.239", 123, 124), ("-1.239", -124, -123), ("1.23", 123, 123), ("0", 0, 0), ("1e3", 10**5, 10**5)],
)
def test_scale_rounds_to_the_named_side(value, down, up):
    assert (scale_down(Decimal(value), 2), scale_up(Decimal(value), 2)) == (down, up)


def test_scale_ignores_the_decimal_context():
    with localcontext() as context:
        context.prec = 3
        assert scale_down(Decimal("123456789.987654321"), 9) == 123456789987654321


def test_format_never_hides_a_breach():
    assert format_scaled_up(100001, 5, 2) == "1.01"
    assert format_scaled_down(99999, 5, 2) == "0.99"
    assert format_scaled_down(-1, 4, 2) == "-0.01"
    assert format_scaled_up(123456789, 2, 2) == "1,234,567.89"
    assert div_up(-7, 2) == -3


def test_field_sign_would_be_lost_raises():
    with pytest.raises(RangeExceeded):
        to_field(SCALAR_MODULUS // 2 + 1)
    with pytest.raises(RangeExceeded):
        from_field(SCALAR_MODULUS)


def test_field_negative_is_the_complement():
    assert to_field(-1) == SCALAR_MODULUS - 1
    assert from_field(SCALAR_MODULUS - 1) == -1
    assert is_field_element(0)
    assert not is_field_element(-1)
