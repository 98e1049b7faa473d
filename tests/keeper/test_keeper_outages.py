"""A node that fails for a while, refuses long answers, or fails for one account: what else is due is done."""

from __future__ import annotations

import contextlib

import pytest

from tests.keeper.fake_chain import ETH, FakeChain, FakeView, account_address
from tests.keeper.keeper_case import Watch, add_account, dice, market_of, open_state, rounds
from zkrisk.errors import ChainError, ContractRefused, TransactionTimeout, Unreachable
from zkrisk.keeper.follow import Follower


def fails_at(when: int, name: str):
    """Trouble: one request of a kind fails, the others do not."""
    left = [when]

    def trouble(asked: str) -> None:
        if asked == name:
            left[0] -= 1
            if left[0] == 0:
                raise Unreachable("the request timed out")

    return trouble


def healthy_accounts(chain: FakeChain) -> None:
    """So many that a few that change do not lead to loading all of them."""
    for number in range(100, 140):
        add_account(chain, number, health_bps=15_500)
    chain.snapshot(3_000)
    chain.mine()


# ---- accounts that changed while something failed


@pytest.mark.parametrize(
    ("name", "when", "range_blocks"),
    [("exponents", 1, 2_000), ("logs", 3, 1), ("head", 1, 2_000), ("market", 1, 2_000)],
)
def test_account_that_came_in_a_round_that_failed_is_watched_afterwards(tmp_path, name, when, range_blocks):
    chain = FakeChain()
    healthy_accounts(chain)
    with Watch(chain, tmp_path, range_blocks=range_blocks) as watch:
        watch.keeper.round()
        add_account(chain, 2, health_bps=10_500)
        chain.mine(3)
        watch.view.trouble = fails_at(when, name)
        with pytest.raises(ChainError):
            watch.keeper.round()
        watch.view.trouble = lambda name: None
        chain.snapshot(2_500)
        chain.mine()
        assert chain.is_below(2)
        rounds(watch, chain, 3)
        assert [log.args["account"] for log in chain.liquidations()] == [account_address(2)]


def test_deposit_that_a_reorganisation_dropped_is_forgotten_although_the_round_failed(tmp_path):
    chain = FakeChain()
    healthy_accounts(chain)
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        add_account(chain, 2, health_bps=10_500)
        chain.mine()
        watch.keeper.round()
        chain.hold(2, ETH, 10**24)
        chain.mine()
        watch.keeper.round()
        chain.reorganise(1, length=2)
        watch.view.trouble = fails_at(1, "logs")
        with pytest.raises(ChainError):
            watch.keeper.round()
        assert watch.events("reorganised") == []
        watch.view.trouble = lambda name: None
        chain.snapshot(2_500)
        chain.mine()
        rounds(watch, chain, 3)
        assert [log.args["account"] for log in chain.liquidations()] == [account_address(2)]
        assert len(watch.events("reorganised")) == 1, "told once, when the round gets so far"


@pytest.mark.parametrize("seed", range(3))
def test_what_is_watched_after_any_failures_is_what_a_new_keeper_would_watch(tmp_path, seed):
    rng, chain = dice(seed), FakeChain()
    healthy_accounts(chain)

    def trouble(name: str) -> None:
        if rng.random() < 0.15:
            raise ChainError("no answer")

    with Watch(chain, tmp_path / "a", keep_blocks=6, range_blocks=2) as watch:
        for _ in range(30):
            number = rng.randrange(100, 108)
            chain.hold(number, ETH, rng.randrange(10**18, 10**19))
            if rng.random() < 0.3:
                chain.owe(number, rng.randrange(10**9, 10**10))
            chain.mine(rng.randrange(1, 3))
            if rng.random() < 0.3:
                chain.reorganise(rng.randrange(1, 5))
            watch.view.trouble = trouble
            with contextlib.suppress(ChainError):
                watch.keeper.round()
        watch.view.trouble = lambda name: None
        watch.keeper.round()
        with Watch(chain, tmp_path / "b") as fresh:
            fresh.keeper.round()
            assert watched(watch) == watched(fresh)


def watched(watch: Watch) -> dict:
    holdings = watch.keeper._watch._whole.holdings()
    return {h.account: (h.book, dict(h.escrow), dict(h.credits), h.debt) for h in holdings}


# ---- parts of a round


def test_upkeep_that_fails_stops_no_liquidation_and_is_counted(tmp_path):
    chain = FakeChain()
    add_account(chain, 1, health_bps=10_500)
    chain.snapshot(2_500)
    chain.mine()
    with Watch(chain, tmp_path, takes_snapshots=True) as watch:

        def trouble(name: str) -> None:
            if name == "upkeep":
                raise TransactionTimeout("the snapshot is in no block")

        watch.view.trouble = trouble
        rounds(watch, chain, 3)
        assert watch.states() == ["mined"]
        assert 'zkrisk_keeper_failures_total{part="upkeep"} 3' in watch.metrics.text()
        assert [facts["part"] for facts in watch.events("error")] == ["upkeep"] * 3


def test_account_about_which_the_node_does_not_answer_stops_no_other(tmp_path):
    chain = FakeChain()
    for number in (1, 2, 3):
        add_account(chain, number, health_bps=10_500)
    chain.snapshot(2_500)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        real = watch.view.account_now

        def account_now(account: str):
            if account == account_address(2):
                raise ContractRefused("a view that reverts")
            return real(account)

        watch.view.account_now = account_now
        rounds(watch, chain, 4)
        done = {log.args["account"] for log in chain.liquidations()}
        assert done == {account_address(1), account_address(3)}
        assert {facts["account"] for facts in watch.events("error")} == {account_address(2)}
        watch.view.account_now = real
        rounds(watch, chain, 3)
        assert watch.states() == ["mined"] * 3


def test_item_that_cannot_be_settled_or_worked_on_stops_no_other(tmp_path):
    chain = FakeChain()
    for number in (1, 2):
        add_account(chain, number, health_bps=10_500)
    chain.snapshot(2_500)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        settle, refusal = watch.keeper._sender.settle, watch.view.refusal
        bad = account_address(1)

        def failing(item, *rest):
            if item.order.account == bad:
                raise ChainError("no answer about this transaction")
            return settle(item, *rest)

        def refused(order):
            if order.account == bad:
                raise ChainError("no answer to the simulation")
            return refusal(order)

        watch.view.refusal = refused
        rounds(watch, chain, 2)
        assert sorted(watch.states()) == ["mined", "proved"]
        watch.view.refusal, watch.keeper._sender.settle = refusal, failing
        rounds(watch, chain, 2)
        assert sorted(watch.states()) == ["mined", "sent"]
        watch.keeper._sender.settle = settle
        rounds(watch, chain, 1)
        assert watch.states() == ["mined", "mined"]


def test_node_that_answers_nothing_any_more_ends_the_round_after_a_few_requests(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 12)
    with Watch(chain, tmp_path) as watch:
        chain.snapshot(2_000)
        chain.mine()
        assert sum(chain.is_below(number) for number in numbers) > 6
        asked = []

        def refused(order):
            asked.append(order.account)
            raise Unreachable("the request timed out")

        watch.view.refusal = refused
        with pytest.raises(Unreachable):
            watch.keeper.round()
        assert len(asked) == 3


# ---- nodes that limit an answer


class Limited(FakeView):
    """Refuses more than so many blocks at once."""

    def __init__(self, chain: FakeChain, most: int, error: ChainError) -> None:
        super().__init__(chain)
        self.most, self.error, self.spans = most, error, []

    def logs(self, first, last):
        self.spans.append(last - first + 1)
        if last - first >= self.most:
            raise self.error
        return super().logs(first, last)


@pytest.mark.parametrize("most", [1, 10])
def test_follower_gets_past_a_node_that_limits_its_answers(tmp_path, most):
    chain = FakeChain()
    add_account(chain, 1, health_bps=10_500)
    chain.mine(100)
    view = Limited(chain, most, ChainError("query returned more than 10000 results"))
    with open_state(tmp_path) as state:
        follower = Follower(view, state)
        follower.follow()
        assert follower.checkpoint() == chain.newest.head.number
        assert state.fact("debt", account_address(1)) is not None
        view.most, view.spans = 10**6, []
        chain.mine(500)
        follower.follow()
        assert max(view.spans) > 4 * most, "it asks for more again"


def test_follower_asks_a_node_that_times_out_for_less_in_the_next_round(tmp_path):
    chain = FakeChain()
    chain.mine(100)
    view = Limited(chain, 20, Unreachable("the request timed out"))
    with open_state(tmp_path) as state:
        follower, failures = Follower(view, state), 0
        for _ in range(8):
            try:
                follower.follow()
            except Unreachable:
                failures += 1
        assert failures <= 4 and follower.checkpoint() == chain.newest.head.number


def test_follower_does_not_hide_a_node_that_refuses_every_block(tmp_path):
    chain = FakeChain()
    chain.mine(10)
    view = Limited(chain, 0, ChainError("the method is not allowed"))
    with open_state(tmp_path) as state, pytest.raises(ChainError, match="not allowed"):
        Follower(view, state).follow()
