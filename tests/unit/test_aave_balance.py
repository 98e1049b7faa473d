"""Aave's scaled balances: errors first, then a published user and the half that tells the versions apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.errors import InputError
from zkrisk.metrics import BALANCE_RULES, accrued_index_aave, balance_aave

RAY = 10**27


@pytest.mark.parametrize(
    "call",
    [
        lambda: balance_aave(1, RAY, rule="aave-v9"),
        lambda: balance_aave(-1, RAY),
        lambda: balance_aave(1, RAY - 1),
        lambda: accrued_index_aave(RAY - 1, 0, 0),
        lambda: accrued_index_aave(RAY, -1, 0),
        lambda: accrued_index_aave(RAY, 0, -1),
    ],
)
def test_aave_balance_bad_input_is_refused(call):
    with pytest.raises(InputError):
        call()


def test_aave_balance_of_a_real_user():
    """aave-utilities, packages/math-utils, pool-math.test.ts: YFI of 0xa5a6...6e5b, block 11581421."""
    index = accrued_index_aave(1001723339432542553527150680, 22461916953455574582370088, 1609675535 - 1609673617)
    assert balance_aave(161316503206059870, index) == 161594727054623229


def test_aave_balance_half_is_what_tells_the_rules_apart():
    one_and_a_half = RAY + RAY // 2
    assert balance_aave(1, one_and_a_half) == 2
    assert balance_aave(1, one_and_a_half, rule="aave-v3.7") == 1
    assert balance_aave(1, one_and_a_half, rule="aave-v3.7", borrowed=True) == 2
    assert balance_aave(1, one_and_a_half - 1) == 1


@given(st.integers(0, 10**30), st.integers(RAY, 5 * RAY))
def test_aave_balance_any_rules_differ_by_one_at_most(scaled, index):
    down = balance_aave(scaled, index, rule="aave-v3.7")
    up = balance_aave(scaled, index, rule="aave-v3.7", borrowed=True)
    assert down * RAY <= scaled * index <= up * RAY
    assert up - down <= 1
    assert down <= balance_aave(scaled, index, rule=BALANCE_RULES[0]) <= up
