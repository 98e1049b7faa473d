"""The integer Cholesky factor gives the covariance back, also where instruments are copies, sums or do not move."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from hypothesis import given
from hypothesis import strategies as st

from zkrisk.analytics.monte_carlo import _cholesky, _covariance_scaled

UNIT = 10**9


@st.composite
def histories(draw):
    """Rows of up to five columns, of which some are nought, a copy, or a sum of others."""
    days = draw(st.integers(2, 12))
    columns = [draw(st.lists(st.integers(-(10**5), 10**5), min_size=days, max_size=days))]
    for kind in draw(st.lists(st.sampled_from(["own", "nought", "copy", "sum", "tiny"]), max_size=4)):
        made = {
            "own": lambda: draw(st.lists(st.integers(-(10**5), 10**5), min_size=days, max_size=days)),
            "nought": lambda: [0] * days,
            "copy": lambda: list(columns[0]),
            "sum": lambda: [sum(row) for row in zip(*columns, strict=True)],
            "tiny": lambda: draw(st.lists(st.integers(-1, 1), min_size=days, max_size=days)),
        }
        columns.append(made[kind]())
    return list(zip(*columns, strict=True))


@given(histories())
def test_covariance_any_history_is_exact_but_for_one_floor(rows):
    found = _covariance_scaled(rows)
    means = [Fraction(sum(column), len(rows)) for column in zip(*rows, strict=True)]
    for i, row in enumerate(found):
        for j, entry in enumerate(row):
            exact = sum((day[i] - means[i]) * (day[j] - means[j]) for day in rows) / (len(rows) - 1) * UNIT**2
            assert 0 <= exact - entry < 1


@given(histories())
def test_cholesky_any_covariance_comes_back_within_a_unit_of_return(rows):
    """What a dropped pivot leaves out is below one 10^-6 of deviation; by Cauchy and Schwarz no product hides more."""
    wanted = _covariance_scaled(rows)
    factor = _cholesky(wanted)
    size = len(factor)
    square = [[*row, *(0 for _ in range(size - len(row)))] for row in factor]
    for i in range(size):
        for j in range(i + 1):
            back = sum(a * b for a, b in zip(square[i], square[j], strict=True))
            bound = 3 * UNIT * (isqrt(wanted[i][i]) + isqrt(wanted[j][j]) + UNIT)
            assert abs(back - wanted[i][j]) <= bound
