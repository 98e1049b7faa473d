"""Borrowers who move their own account while a keeper proves: what that costs them, and that it stops no keeper."""

from __future__ import annotations

import pytest

from tests.keeper.fake_chain import ETH, FakeChain, account_address
from tests.keeper.keeper_case import Watch, add_account, market_of, rounds
from zkrisk.errors import ChainError
from zkrisk.keeper.appraise import narrowing
from zkrisk.keeper.model import Order, Way
from zkrisk.keeper.queue import ItemState, Queue
from zkrisk.keeper.send import Sending


def fallen(eth_usd: int) -> FakeChain:
    chain = FakeChain()
    add_account(chain, 1, health_bps=10_500)
    chain.snapshot(eth_usd)
    chain.mine()
    return chain


def moving(watch: Watch, chain: FakeChain, times: int, move) -> list[int]:
    """Let something happen in a block between each proof and its sending; returns the margins of the proofs."""
    real, margins = watch.prover.prove, []

    def prove(order, opening):
        proof = real(order, opening)
        margins.append(order.margin_bps)
        if len(margins) <= times:
            move()
            chain.mine()
        return proof

    watch.prover.prove = prove
    return margins


def test_top_ups_of_dust_do_not_stop_a_keeper_for_an_epoch(tmp_path):
    chain = fallen(2_500)
    with Watch(chain, tmp_path) as watch:

        def top_up() -> None:
            chain.hold(1, ETH, chain._account(1).escrow[ETH] * 10_002 // 10_000)

        margins = moving(watch, chain, 6, top_up)
        rounds(watch, chain, 6)
        assert watch.states() == ["mined"]
        assert margins == [1, 10], "two basis points are within the second margin"


@pytest.mark.parametrize("share_bps", [2, 20, 200])
def test_margin_grows_until_a_move_of_that_size_is_within_it(tmp_path, share_bps):
    chain = fallen(2_300)
    with Watch(chain, tmp_path) as watch:

        def repay() -> None:
            chain.owe(1, chain._account(1).units * (10_000 - share_bps) // 10_000)

        margins = moving(watch, chain, 6, repay)
        rounds(watch, chain, 9)
        assert watch.states() == ["mined"]
        assert margins[:-1] == [1, 10, 100][: len(str(share_bps))] and margins[-1] > share_bps
        assert watch.keeper.queue.items()[0].tries == 0


def test_margin_is_as_wide_as_leaves_the_account_liquidatable(tmp_path):
    """It is below by little: a wide margin would show nothing, and none at all is better than no proof."""
    chain = fallen(2_850)
    collateral, debt = chain.sums(chain._world, chain._account(1), with_book=True)
    assert 9_950 < collateral // debt < 10_000
    with Watch(chain, tmp_path) as watch:

        def top_up() -> None:
            chain.hold(1, ETH, chain._account(1).escrow[ETH] * 10_002 // 10_000)

        margins = moving(watch, chain, 4, top_up)
        rounds(watch, chain, 9)
        assert watch.states() == ["mined"]
        assert max(margins) < 100
        assert list(narrowing(100)) == [100, 50, 25, 12, 6, 3, 1, 0]


def test_moves_that_cannot_be_outdone_use_up_no_tries_and_end_with_the_epoch(tmp_path):
    chain = fallen(2_500)
    with Watch(chain, tmp_path, sending=Sending(most_tries=3)) as watch:
        refusal = watch.view.refusal
        watch.view.refusal = lambda order: "LegClaimTooHigh"
        rounds(watch, chain, 9)
        assert watch.states() == ["lost"]
        watch.view.refusal = refusal
        rounds(watch, chain, 4)
        assert set(watch.states()) == {"mined"}
        assert not chain.is_below(1)


def test_other_refusals_still_use_up_tries(tmp_path):
    chain = fallen(2_500)
    with Watch(chain, tmp_path) as watch:
        watch.view.refusal = lambda order: "ProofRejected"
        rounds(watch, chain, 9)
        assert watch.states() == ["failed"]
        assert watch.prover.made == 3


def test_margin_is_kept_over_a_restart(tmp_path):
    chain = fallen(2_500)
    with Watch(chain, tmp_path) as watch:
        queue = Queue(watch.state)
        order = Order(account_address(1), "0x", Way.PROOF, 1, 0, 9_500, 1, ETH, 100)
        item = queue.add(order, 3)
        assert item is not None and queue.get(item.id).order.margin_bps == 100
        assert queue.margins(1) == {account_address(1): 100} and queue.margins(2) == {}
        queue.move(item, ItemState.LOST, reason="LegClaimTooLow")
        assert queue.margins(1) == {account_address(1): 1_000}
        queue.move(item, ItemState.LOST, reason="OTHER_BOOK")
        assert queue.margins(1) == {account_address(1): 100}


def test_node_that_fails_while_proofs_are_prepared_uses_up_no_tries(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 5, seed=5)
    chain.snapshot(2_400)
    chain.mine()
    below = {account_address(number) for number in numbers if chain.is_below(number)}
    with Watch(chain, tmp_path) as watch:
        real, left = watch.prover.prove, [4 * len(below)]

        def prove(order, opening):
            if left[0]:
                left[0] -= 1
                raise ChainError("no answer")
            return real(order, opening)

        watch.prover.prove = prove
        rounds(watch, chain, 8)
        assert left == [0] and set(watch.states()) == {"mined"}
        assert {log.args["account"] for log in chain.liquidations()} == below
