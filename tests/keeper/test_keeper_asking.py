"""What an epoch costs in requests: healthy customers next to none, and the deepest accounts are liquidated first."""

from __future__ import annotations

from collections import Counter

from tests.keeper.fake_chain import BTC, ETH, FakeChain, account_address, opening_for
from tests.keeper.keeper_case import Watch, add_account, rounds
from zkrisk.errors import ChainError


def counting(watch: Watch) -> Counter[str]:
    found: Counter[str] = Counter()
    watch.view.trouble = lambda name: found.update([name])
    return found


def customers(chain: FakeChain, count: int) -> None:
    """Healthy by their books, and far below the threshold by escrow alone."""
    for number in range(count):
        chain.commit(number, opening_for(number, {ETH: 20 * 10**8}, {}))
        chain.hold(number, ETH, 5 * 10**18)
        chain.owe(number, 25_000 * 10**6)
    chain.snapshot(3_000)
    chain.mine()


def test_healthy_customers_are_asked_about_together_once_an_epoch(tmp_path):
    chain = FakeChain()
    customers(chain, 60)
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        chain.snapshot(3_001)
        chain.mine()
        asked = counting(watch)
        watch.keeper.round()
        assert asked["account_now"] == 0 and asked["leg_alone"] == 1
        assert sum(asked.values()) < 20
        asked.clear()
        watch.keeper.round()
        assert asked["leg_alone"] == 0
        assert watch.states() == []


def test_account_that_nobody_vouches_for_is_found_among_customers_in_the_round_of_its_event(tmp_path):
    chain = FakeChain()
    customers(chain, 20)
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 2)
        chain.commit(3, opening_for(3, {BTC: 10**12}, {}, salt=(9 << 200)), level=1)
        chain.mine()
        rounds(watch, chain, 3)
        assert [(log.args["account"], log.args["way"]) for log in chain.liquidations()] == [(account_address(3), "LEG")]


def test_question_about_customers_that_fails_stops_nothing_and_is_asked_again(tmp_path):
    chain = FakeChain()
    customers(chain, 20)
    chain.commit(3, opening_for(3, {BTC: 10**12}, {}, salt=(9 << 200)), level=1)
    add_account(chain, 30, health_bps=9_900)
    chain.mine()
    with Watch(chain, tmp_path) as watch:

        def trouble(name: str) -> None:
            if name == "leg_alone":
                raise ChainError("too many requests at once")

        watch.view.trouble = trouble
        rounds(watch, chain, 3)
        assert {log.args["account"] for log in chain.liquidations()} == {account_address(30)}
        watch.view.trouble = lambda name: None
        rounds(watch, chain, 3)
        assert {log.args["account"] for log in chain.liquidations()} == {account_address(30), account_address(3)}


def test_deepest_accounts_are_liquidated_before_the_others_are_asked_about(tmp_path):
    chain = FakeChain()
    factors = {number: 10_500 + 10 * (number * 37 % 40) for number in range(40)}
    for number, health_bps in factors.items():
        add_account(chain, number, health_bps=health_bps)
    chain.snapshot(2_500)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        real, after = watch.view.accounts_now, []

        def accounts_now(accounts):
            after.append((list(accounts), watch.states().count("sent") + watch.states().count("proved")))
            return real(accounts)

        watch.view.accounts_now = accounts_now
        watch.keeper.round()
        asked = [account for accounts, _ in after for account in accounts]
        assert asked == [account_address(number) for number in sorted(factors, key=lambda number: factors[number])]
        assert [done for _, done in after] == [0, 16, 32]
        watch.view.accounts_now = real
        rounds(watch, chain, 12)
        assert len(chain.liquidations()) == 40


def test_epoch_that_ends_while_accounts_are_worked_on_ends_the_scan(tmp_path):
    chain = FakeChain()
    for number in range(20):
        add_account(chain, number, health_bps=10_500)
    chain.snapshot(2_500)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        real = watch.prover.prove

        def prove(order, opening):
            if watch.prover.made == 15:
                chain.snapshot(2_500)
                chain.mine()
            return real(order, opening)

        watch.prover.prove = prove
        watch.keeper.round()
        assert {item.order.epoch for item in watch.keeper.queue.items()} == {1}
        assert len(watch.states()) == 16
        rounds(watch, chain, 8)
        assert len({log.args["account"] for log in chain.liquidations()}) == 20
