"""Money: what the keeper expects to repay and seize is what the vault does, and only what pays is queued."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from tests.keeper.fake_chain import (
    BTC,
    ETH,
    EXPONENTS,
    FACTORS,
    KEEPERS,
    MINIMUM_DEBT,
    THRESHOLDS,
    USDC,
    FakeChain,
    FakeView,
    account_address,
    opening_for,
    prices,
)
from tests.keeper.keeper_case import LIMITS, Watch, add_account, dice, rounds
from zkrisk.keeper.model import AccountNow, Fees, Market, Order, VaultTerms, Way
from zkrisk.keeper.money import (
    NativePrice,
    Offer,
    best_plan,
    bonus_bps,
    gas_value_up,
    repayable,
)

TERMS = VaultTerms("0xv", USDC, 400, 1_000, MINIMUM_DEBT, (ETH, BTC))
MARKET = Market(1, prices(3_000), THRESHOLDS, FACTORS)


def test_bonus_is_linear_in_the_proved_depth_and_rounded_down():
    expected = {10_000: 400, 9_999: 400, 9_998: 401, 9_500: 700, 9_001: 999, 9_000: 1_000, 8_000: 1_000, 1: 1_000}
    assert {threshold: bonus_bps(TERMS, threshold) for threshold in expected} == expected


def test_close_factor_is_half_rounded_up_and_all_when_deep_or_dust():
    assert repayable(2_000 * 10**6 + 1, MINIMUM_DEBT, 9_501) == 1_000 * 10**6 + 1
    assert repayable(2_000 * 10**6, MINIMUM_DEBT, 9_500) == 2_000 * 10**6
    assert repayable(2 * MINIMUM_DEBT - 2, MINIMUM_DEBT, 10_000) == 2 * MINIMUM_DEBT - 2


def test_gas_is_rounded_up_against_the_keeper():
    price = NativePrice(slot=ETH, lot_decimals=8).of(MARKET)
    assert price == 3_000 * 10**16
    assert gas_value_up(600_000, Fees(2 * 10**9, 1), price) == 36 * 10**15
    assert gas_value_up(1, Fees(1, 1), 5) == 1
    assert NativePrice(fixed=5).of(MARKET) == 5


@pytest.mark.parametrize("seed", range(4))
def test_plan_random_accounts_is_what_the_vault_does(seed):
    rng, done = dice(seed), 0
    for turn in range(250):
        chain = FakeChain()
        chain.commit(0, opening_for(0, {}, {}), level=1, recipients=())
        units = {ETH: rng.randrange(1, 20 * 10**18), BTC: rng.choice([0, rng.randrange(1, 10**8)])}
        for slot, amount in units.items():
            chain.hold(0, slot, amount)
        chain.owe(0, rng.randrange(MINIMUM_DEBT, 50_000 * 10**6))
        chain._world.index = 10**18 + rng.randrange(10**17)
        chain._world.funds[KEEPERS[0]] = rng.choice([10**15, rng.randrange(1, 30_000 * 10**6)])
        chain.snapshot(rng.randrange(500, 4_000))
        chain.mine()
        if not chain.is_below(0):
            continue
        view = FakeView(chain)
        now, market = view.account_now(account_address(0)), view.market()
        collateral, debt = chain.sums(chain.newest.world, chain._account(0), with_book=False)
        threshold = collateral // debt + 1
        offer = Offer(Way.LEG, threshold, view.funds(""))
        plan = best_plan(now, TERMS, market, EXPONENTS, offer)
        if plan is None:
            continue
        world = copy.deepcopy(chain.newest.world)
        order = Order(account_address(0), "", Way.LEG, 1, 0, threshold, plan.wanted, plan.seize_slot)
        chain.liquidate(world, KEEPERS[0], order, lambda name, **args: None)
        before = chain.newest.world.funds[KEEPERS[0]]
        assert before - world.funds[KEEPERS[0]] == plan.repaid, turn
        got = {slot: amount for slot, amount in world.claims.get(KEEPERS[0], {}).items() if amount}
        assert got == {slot: amount for slot, amount in plan.seized.items() if amount}
        done += 1
    assert done > 60


def test_plan_takes_what_one_slot_lacks_from_the_other():
    now = AccountNow(1, 2, "0xv", 10_000 * 10**6, {ETH: 10**16, BTC: 10**8}, None, 0)  # type: ignore[arg-type]
    plan = best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, 10**12))
    assert plan is not None
    assert plan.seized.keys() == {ETH, BTC}
    assert plan.seized[ETH] == 10**16
    assert plan.repaid == 10_000 * 10**6
    assert 999 * 10**16 < plan.gain <= 1_000 * 10**16


def test_plan_for_silence_leaves_the_challenger_a_fifth_of_the_bonus():
    now = AccountNow(1, 2, "0xv", 10_000 * 10**6, {BTC: 10**8}, None, 0, silence_bonus_bps=1_000)  # type: ignore[arg-type]
    plan = best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.SILENCE, 10_000, 10**12))
    assert plan is not None
    assert plan.repaid == 5_000 * 10**6
    assert 399 * 10**16 < plan.gain <= 400 * 10**16


def test_plan_leaves_no_dust_and_is_none_without_funds():
    now = AccountNow(1, 2, "0xv", 1_200 * 10**6, {ETH: 10**18}, None, 0)  # type: ignore[arg-type]
    less = best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, 800 * 10**6))
    assert less is not None and less.repaid == now.debt - MINIMUM_DEBT
    assert best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, 0)) is None
    small = dataclasses.replace(now, debt=MINIMUM_DEBT + 1)
    half = best_plan(small, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, MINIMUM_DEBT - 1))
    assert half is not None and half.repaid == 1


def test_haircut_lowers_the_gain():
    now = AccountNow(1, 2, "0xv", 10_000 * 10**6, {ETH: 10**19}, None, 0)  # type: ignore[arg-type]
    full = best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, 10**12))
    less = best_plan(now, TERMS, MARKET, EXPONENTS, Offer(Way.PROOF, 9_000, 10**12, haircut_bps=100))
    assert full is not None and less is not None
    assert less.gain == full.gain - 110 * 10**16


# ---- in the service


def test_liquidation_that_gas_eats_up_is_not_queued_until_it_pays(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    chain.base_fee = 10**12  # a gas price of 2 000 gwei: some 3 000 dollars
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 3)
        assert watch.states() == [] and watch.prover.made == 0
        assert watch.events("skipped") == [{"account": account_address(0), "reason": "DOES_NOT_PAY"}]
        chain.base_fee = 10**9
        rounds(watch, chain, 2)
        assert watch.states() == ["mined"]


def test_liquidation_that_stops_paying_before_it_is_sent_waits_and_ends_with_its_epoch(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        real = watch.prover.prove

        def prove(order, opening):
            chain.base_fee = 10**12
            return real(order, opening)

        watch.prover.prove = prove
        rounds(watch, chain, 2)
        assert watch.states() == ["proved"] and not chain.pool
        chain.snapshot(3_500)
        chain.mine()
        rounds(watch, chain, 1)
        assert watch.states() == ["stale"]


@pytest.mark.parametrize("told", [False, True])
def test_debt_without_escrow_is_written_off_only_if_told(tmp_path, told):
    chain = FakeChain()
    chain.commit(0, opening_for(0, {ETH: 10}, {}))
    chain.owe(0, 5_000 * 10**6)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path, limits=dataclasses.replace(LIMITS, writes_off=told)) as watch:
        rounds(watch, chain, 4)
        assert watch.states() == (["mined"] if told else [])
        assert (chain.newest.world.accounts[account_address(0)].units == 0) is told


def test_least_profit_is_kept(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path, limits=dataclasses.replace(LIMITS, least_profit=10**21)) as watch:
        rounds(watch, chain, 2)
        assert watch.states() == []


def test_funds_for_one_at_a_time_are_not_promised_twice(tmp_path):
    chain = FakeChain()
    for number in range(3):
        add_account(chain, number, health_bps=10_500)
    chain.snapshot(2_600)
    chain._world.funds[KEEPERS[0]] = 40_000 * 10**6
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        sent = [item.order.repay for item in watch.keeper.queue.items() if item.state.value == "sent"]
        assert 0 < len(sent) < 3 and sum(sent) <= 40_000 * 10**6
        rounds(watch, chain, 6)
        assert chain.liquidations(), "what there is money for is done"
        assert all(ok for block in chain.blocks for ok in block.receipts.values()), "no transaction failed"
        assert chain.newest.world.funds[KEEPERS[0]] >= 0
