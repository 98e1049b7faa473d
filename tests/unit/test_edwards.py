"""The curve of venue and reader keys: its group law, and which keys are refused."""

from __future__ import annotations

import random

import pytest

from tests.unit.torsion import point_of_order
from zkrisk.edwards import BASE, NEUTRAL, add_points, check_public_key, draw_scalar, is_on_curve, multiply, negate
from zkrisk.edwards import public_key as key_of
from zkrisk.errors import InputError, RangeExceeded
from zkrisk.params import EDWARDS_ORDER, SCALAR_MODULUS

ORDER_TWO = (0, SCALAR_MODULUS - 1)


def slow_multiple(point: tuple[int, int], scalar: int) -> tuple[int, int]:
    """Add a point to itself."""
    total = NEUTRAL
    for _ in range(scalar):
        total = add_points(total, point)
    return total


@pytest.mark.parametrize("scalar", [0, 1, 2, 3, 7, 8, 64, 129])
def test_multiply_equals_repeated_addition(scalar: int) -> None:
    assert multiply(BASE, scalar) == slow_multiple(BASE, scalar)


def test_group_law_holds_for_random_points() -> None:
    numbers = random.Random(4)  # noqa: S311  repeatable cases, no secrets
    for _ in range(5):
        a, b = numbers.randrange(EDWARDS_ORDER), numbers.randrange(EDWARDS_ORDER)
        p, q = multiply(BASE, a), multiply(BASE, b)
        assert is_on_curve(p)
        assert add_points(p, q) == add_points(q, p) == multiply(BASE, (a + b) % EDWARDS_ORDER)
        assert add_points(p, negate(p)) == NEUTRAL
        assert add_points(p, NEUTRAL) == p


def test_base_has_the_order_of_the_subgroup() -> None:
    assert multiply(BASE, EDWARDS_ORDER) == NEUTRAL
    assert multiply(BASE, EDWARDS_ORDER - 1) == negate(BASE)


def test_scalar_out_of_range_is_not_reduced() -> None:
    for scalar in (-1, 1 << 251):
        with pytest.raises(RangeExceeded):
            multiply(BASE, scalar)
    for scalar in (0, EDWARDS_ORDER, EDWARDS_ORDER + 1):
        with pytest.raises(RangeExceeded):
            key_of(scalar)


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (NEUTRAL, "prime order"),
        (ORDER_TWO, "prime order"),
        (point_of_order(4), "prime order"),
        (point_of_order(8), "prime order"),
        (add_points(BASE, ORDER_TWO), "prime order"),
        (add_points(BASE, point_of_order(4)), "prime order"),
        ((1, 1), "not a point"),
        ((BASE[0] + SCALAR_MODULUS, BASE[1]), "not a point"),
        ((BASE[0], BASE[1] - SCALAR_MODULUS), "not a point"),
    ],
)
def test_key_of_another_order_or_off_the_curve_is_refused(point: tuple[int, int], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_public_key(point, "the key")


def test_drawn_scalars_differ_and_give_keys_of_the_subgroup() -> None:
    one, two = draw_scalar(), draw_scalar()
    assert one != two
    check_public_key(key_of(one), "the key")
