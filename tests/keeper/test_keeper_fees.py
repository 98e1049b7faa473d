"""What empty transactions may cost: a network that takes nothing for hours is not paid for it, and nothing is stuck."""

from __future__ import annotations

import pytest

from tests.keeper.fake_chain import FakeChain, FakeView
from tests.keeper.keeper_case import Watch, add_account, market_of, rounds
from zkrisk.keeper.fees import MOST_FOR_EMPTY
from zkrisk.keeper.model import Fees


class Silent(FakeView):
    """A network that takes nothing while it is told so."""

    takes = False

    def broadcast(self, raw: bytes) -> None:
        if self.takes:
            super().broadcast(raw)


def silent_chain() -> tuple[FakeChain, Silent]:
    chain = FakeChain()
    add_account(chain, 1, health_bps=10_500)
    chain.snapshot(2_500)
    chain.mine()
    return chain, Silent(chain)


def pointless(watch: Watch, chain: FakeChain) -> None:
    """Send a liquidation that no block takes, and let the price recover."""
    rounds(watch, chain, 2)
    assert watch.states() == ["sent"]
    chain.snapshot(3_500)
    chain.mine()


def test_empty_transaction_costs_at_most_a_few_times_what_is_asked_and_gets_in_later(tmp_path):
    chain, view = silent_chain()
    with Watch(chain, tmp_path, view=view) as watch:
        pointless(watch, chain)
        rounds(watch, chain, 200)
        [item] = watch.keeper.queue.items()
        attempts = watch.keeper.queue.attempts(item)
        assert attempts[-1].is_empty
        assert max(attempt.fees.most for attempt in attempts) <= MOST_FOR_EMPTY * view.fees().most
        assert len(attempts) < 20, "it is sent again, not signed again"
        view.takes = True
        rounds(watch, chain, 3)
        assert watch.states() == ["stale"]
        assert view.sender_nonce() == 1


def test_empty_transaction_follows_a_base_fee_that_rises_and_no_further(tmp_path):
    chain, view = silent_chain()
    with Watch(chain, tmp_path, view=view) as watch:
        pointless(watch, chain)
        rounds(watch, chain, 100)
        chain.base_fee *= 100
        rounds(watch, chain, 100)
        [item] = watch.keeper.queue.items()
        newest = watch.keeper.queue.attempts(item)[-1]
        assert view.fees().most <= newest.fees.most <= MOST_FOR_EMPTY * view.fees().most
        chain.base_fee //= 100
        count = len(watch.keeper.queue.attempts(item))
        rounds(watch, chain, 50)
        assert len(watch.keeper.queue.attempts(item)) == count
        view.takes = True
        rounds(watch, chain, 3)
        assert watch.states() == ["stale"]


def test_empty_transaction_replaces_a_liquidation_that_was_dearer_than_that(tmp_path):
    """It has to offer more than what it takes back, or the network would keep the liquidation."""
    chain, view = silent_chain()
    chain.base_fee = 50 * 10**9
    view.takes = True
    with Watch(chain, tmp_path, view=view) as watch:
        watch.keeper.round()
        held = dict(chain.pool)
        chain.pool.clear()
        chain.base_fee = 10**9
        chain.snapshot(3_500)
        chain.mine()
        chain.pool.update(held)
        rounds(watch, chain, 3)
        assert watch.states() == ["stale"]
        assert chain.liquidations() == []


@pytest.mark.parametrize("quiet_rounds", [1, 80])
def test_gap_below_what_waits_is_filled_at_a_bounded_price(tmp_path, quiet_rounds):
    chain = FakeChain()
    market_of(chain, 5, seed=4)
    view = Silent(chain)
    view.takes = True
    with Watch(chain, tmp_path, view=view) as watch:
        chain.snapshot(2_400)
        chain.mine()
        kept = len(chain.blocks)
        view.broadcast(view.sign(None, 0, Fees(10**10, 10**9)).raw)
        chain.mine()
        rounds(watch, chain, 3)
        chain.reorganise(len(chain.blocks) - kept, length=0, returns=False)
        chain.mine()
        view.takes = False
        rounds(watch, chain, quiet_rounds)
        filled = watch.keeper.queue.attempts_at(0)
        assert filled and filled[-1].fees.most <= MOST_FOR_EMPTY * view.fees().most
        view.takes = True
        rounds(watch, chain, 8)
        assert set(watch.states()) == {"mined"}
