"""The queue: crashes, races, reorganisations and a bad network neither lose a liquidation nor make two of one."""

from __future__ import annotations

import contextlib
import copy
import functools
import itertools
from pathlib import Path

import pytest

from tests.keeper.chain_server import ChainServer, RemoteView, in_child, kill_self
from tests.keeper.fake_chain import KEEPERS, FakeChain, FakeView, account_address
from tests.keeper.keeper_case import Watch, add_account, dice, market_of, open_state, rounds
from zkrisk.errors import ChainError, ProofError
from zkrisk.keeper.model import Fees
from zkrisk.keeper.queue import ItemState, Queue
from zkrisk.keeper.send import Sending


def crash(chain: FakeChain, numbers: list[int], eth_usd: int = 2_400) -> set[str]:
    """Let the price fall; returns who is liquidatable then."""
    chain.snapshot(eth_usd)
    chain.mine()
    below = {account_address(number) for number in numbers if chain.is_below(number)}
    assert 0 < len(below) < len(numbers)
    return below


def check_once(chain: FakeChain, below: set[str]) -> None:
    assert sorted(log.args["account"] for log in chain.liquidations()) == sorted(below)


# ---- kill -9


@pytest.mark.parametrize("kills", [14, 100])
def test_kill_at_random_moments_liquidates_each_account_once(tmp_path, kills):
    rng, chain = dice(kills), FakeChain()
    numbers = market_of(chain, 5, seed=3)
    below = crash(chain, numbers)
    chain.mines_when_asked = True
    dead = 0
    with ChainServer(chain, tmp_path) as server:
        work = functools.partial(one_life, server.address, tmp_path / "state", count=10)
        for turn in range(kills):
            dead += not in_child(functools.partial(work, life=rng.randrange(1, 320)))
            if turn % 4 == 3:
                server.drive("reorganise", rng.randrange(1, 4))
            if turn % 7 == 6:
                server.drive("snapshot", 2_400)
                server.drive("mine")
        assert in_child(functools.partial(work, life=None))
        assert sorted(log.args["account"] for log in server.drive("liquidations")) == sorted(below)
    with open_state(tmp_path / "state") as state:
        queue = Queue(state)
        assert queue.open_items() == []
        assert {item.order.account for item in queue.items() if item.state.value == "mined"} == below
    assert dead > kills // 2


def test_kill_all_along_a_liquidation_ends_in_one(tmp_path):
    """The step is a statement of the database, or a request to the chain before it leaves or after it was answered.

    Every third step: between a transaction that leaves and the next thing that is written lie more.
    """
    template, steps = FakeChain(), 0
    add_account(template, 0, health_bps=10_500)
    template.snapshot(2_600)
    template.mine()
    template.mines_when_asked = True
    survived = False
    while not survived:
        steps += 3
        folder = tmp_path / str(steps)
        folder.mkdir()
        with ChainServer(copy.deepcopy(template), folder) as server:
            survived = in_child(functools.partial(one_life, server.address, folder / "state", steps, 3))
            assert in_child(functools.partial(one_life, server.address, folder / "state", None, 5))
            assert len(server.drive("liquidations")) == 1, steps
        with open_state(folder / "state") as state:
            assert [item.state.value for item in Queue(state).items()] == ["mined"], steps
    assert steps > 100


def one_life(address: str, folder: Path, life: int | None, count: int) -> None:
    """Some rounds of a keeper that is killed at a step."""
    left = [life]

    def step(_: object = None) -> None:
        if left[0] is not None:
            left[0] -= 1
            if left[0] <= 0:
                kill_self()

    with Watch(None, folder, view=RemoteView(address, step=step)) as watch:
        watch.state._connection.set_trace_callback(step)
        for _ in range(count):
            watch.keeper.round()


# ---- races


@pytest.mark.parametrize("seed", range(4))
def test_two_keepers_racing_liquidate_each_account_once_and_nothing_is_stuck(tmp_path, seed):
    rng, chain = dice(seed), FakeChain()
    numbers = market_of(chain, 6, seed=seed)
    with Watch(chain, tmp_path / "a") as one, Watch(chain, tmp_path / "b", keeper=KEEPERS[1]) as two:
        below = crash(chain, numbers)
        for _ in range(12):
            for watch in rng.sample([one, two], 2):
                if rng.random() < 0.8:
                    watch.keeper.round()
                if rng.random() < 0.3:
                    chain.mine()
            chain.mine()
            if rng.random() < 0.2:
                chain.reorganise(2)
        rounds(one, chain, 4)
        rounds(two, chain, 4)
        check_once(chain, below)
        for watch in (one, two):
            assert watch.keeper.queue.open_items() == []
            assert set(watch.states()) <= {"mined", "lost", "stale"}
        assert one.states().count("mined") + two.states().count("mined") == len(below)


def test_race_that_is_lost_in_the_block_ends_as_lost(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 4, seed=2)
    with Watch(chain, tmp_path / "a") as one, Watch(chain, tmp_path / "b", keeper=KEEPERS[1]) as two:
        below = crash(chain, numbers)
        one.keeper.round()
        two.keeper.round()
        assert one.states() == two.states() == ["sent"] * len(below)
        chain.mine()
        rounds(one, chain, 1)
        rounds(two, chain, 1)
        assert one.states() == ["mined"] * len(below)
        assert two.states() == ["lost"] * len(below)
        check_once(chain, below)


# ---- reorganisations


def test_reorganisation_that_drops_a_liquidation_sends_it_again(tmp_path):
    for returns in (True, False):
        chain = FakeChain()
        numbers = market_of(chain, 5, seed=4)
        with Watch(chain, tmp_path / str(returns)) as watch:
            below = crash(chain, numbers)
            rounds(watch, chain, 3)
            assert set(watch.states()) == {"mined"}
            chain.reorganise(4 - 1, length=0, returns=returns)
            chain.mine(5)
            rounds(watch, chain, 5)
            assert set(watch.states()) == {"mined"}
            check_once(chain, below)
            assert watch.prover.made == len(below), "the proof that was kept is sent again"


def test_reorganisation_that_drops_the_epoch_ends_what_was_sent(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 5, seed=4)
    with Watch(chain, tmp_path) as watch:
        crash(chain, numbers)
        rounds(watch, chain, 2)
        chain.reorganise(len(chain.blocks) - 2, length=0, returns=False)
        chain.mine(8)
        rounds(watch, chain, 6)
        assert chain.liquidations() == []
        assert watch.keeper.queue.open_items() == []
        below = crash(chain, numbers, 2_300)
        rounds(watch, chain, 4)
        check_once(chain, below)


def test_nonce_that_nobody_sends_again_after_a_reorganisation_is_used_up(tmp_path):
    """Something else of the signer, an approval say, was in the dropped blocks: what waits behind it is not stuck."""
    chain = FakeChain()
    numbers = market_of(chain, 5, seed=4)
    with Watch(chain, tmp_path) as watch:
        below, kept, view = crash(chain, numbers), len(chain.blocks), FakeView(chain)
        view.broadcast(view.sign(None, 0, view.fees()).raw)
        chain.mine()
        rounds(watch, chain, 3)
        assert set(watch.states()) == {"mined"}
        chain.reorganise(len(chain.blocks) - kept, length=0, returns=False)
        chain.mine()
        assert view.sender_nonce() == 0
        rounds(watch, chain, 6)
        assert set(watch.states()) == {"mined"}
        check_once(chain, below)


def test_liquidation_that_was_given_up_and_is_in_a_block_after_all_counts_as_mined(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 5, seed=4)
    with Watch(chain, tmp_path) as watch:
        below = crash(chain, numbers)
        watch.keeper.round()
        assert set(watch.states()) == {"sent"}
        for item in watch.keeper.queue.open_items():
            watch.keeper.queue.move(item, ItemState.LOST, reason="as the chain was before a reorganisation")
        chain.mine()
        rounds(watch, chain, 2)
        assert set(watch.states()) == {"mined"} and len(watch.states()) == len(below)
        check_once(chain, below)


# ---- a bad network


@pytest.mark.parametrize("seed", range(3))
def test_requests_and_sends_that_fail_are_repeated_without_harm(tmp_path, seed):
    chain, noise = FakeChain(), dice(seed)
    numbers = market_of(chain, 5, seed=5)
    with Watch(chain, tmp_path) as watch:
        below = crash(chain, numbers)
        failures = 0

        def trouble(name: str) -> None:
            nonlocal failures
            if noise.random() < (0.5 if "broadcast" in name else 0.06):
                failures += 1
                raise ChainError("no answer")

        watch.view.trouble = trouble
        for _ in range(30):
            with contextlib.suppress(ChainError):
                watch.keeper.round()
            chain.mine()
        watch.view.trouble = lambda name: None
        rounds(watch, chain, 4)
        assert failures > 5
        check_once(chain, below)
        assert watch.keeper.queue.open_items() == []


def test_transaction_that_waits_is_paid_more_for_within_the_limits(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    sending = Sending(patience_blocks=2, most_attempts=4, most_fee_wei=3 * 10**9)
    with Watch(chain, tmp_path, sending=sending) as watch:
        for _ in range(12):
            watch.keeper.round()
            held = dict(chain.pool)
            chain.pool.clear()  # no block takes it
            chain.mine()
            chain.pool.update(held)
        item = watch.keeper.queue.items()[0]
        fees = [attempt.fees for attempt in watch.keeper.queue.attempts(item)]
        assert len(fees) == 4
        assert {attempt.nonce for attempt in watch.keeper.queue.attempts(item)} == {0}
        assert all(8 * after.most >= 9 * before.most for before, after in itertools.pairwise(fees))
        assert all(fee.most <= 3 * 10**9 for fee in fees)
        assert len(watch.events("replaced")) == 3
        rounds(watch, chain, 2)
        assert watch.states() == ["mined"]


def test_fee_that_is_raised_is_at_least_an_eighth_more():
    for most in (1, 7, 8, 10**9, 10**9 + 1):
        assert 8 * Fees(most, 1).raised().most >= 9 * most
        assert Fees(most, most).raised().tip > most


def test_transaction_of_an_epoch_that_is_over_is_taken_back(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        held = dict(chain.pool)
        chain.pool.clear()
        chain.snapshot(3_500)
        chain.mine()
        chain.pool.update(held)
        watch.keeper.round()
        rounds(watch, chain, 2)
        assert watch.states() == ["stale"]
        assert chain.liquidations() == []
        assert chain.newest.world.counts[KEEPERS[0]] == 1, "the nonce is used by the empty transaction"


def test_nonce_that_somebody_else_used_is_replaced(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        watch.keeper.round()
        chain.pool.clear()
        other = FakeView(chain)
        other.broadcast(other.sign(None, 0, Fees(10**10, 10**9)).raw)
        chain.mine()
        rounds(watch, chain, 3)
        assert watch.states() == ["mined"]
        assert len(chain.liquidations()) == 1


def test_proof_that_fails_is_tried_again_and_not_for_ever(tmp_path):
    chain = FakeChain()
    add_account(chain, 0, health_bps=10_500)
    chain.snapshot(2_600)
    chain.mine()
    with Watch(chain, tmp_path) as watch:
        real, failures = watch.prover.prove, [2]

        def prove(order, opening):
            if failures[0]:
                failures[0] -= 1
                raise ProofError("no memory")
            return real(order, opening)

        watch.prover.prove = prove
        rounds(watch, chain, 4)
        assert watch.states() == ["mined"]
    with Watch(chain, tmp_path / "other") as watch:
        add_account(chain, 1, health_bps=10_500)
        chain.mine()
        watch.prover.prove = lambda order, opening: (_ for _ in ()).throw(ProofError("broken"))
        rounds(watch, chain, 5)
        assert watch.states() == ["failed"]
        assert len(watch.events("unproved")) == 3


def test_in_flight_is_bounded(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 12)
    with Watch(chain, tmp_path, sending=Sending(most_in_flight=2)) as watch:
        below = crash(chain, numbers)
        assert len(below) > 3
        watch.keeper.round()
        assert watch.states().count("sent") == 2
        assert watch.states().count("proved") == len(below) - 2
        rounds(watch, chain, 6)
        check_once(chain, below)


def test_dry_run_tells_and_does_nothing(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 5, seed=5)
    with Watch(chain, tmp_path, is_dry=True) as watch:
        below = crash(chain, numbers)
        rounds(watch, chain, 2)
        assert {facts["account"] for facts in watch.events("would")} == below
        assert watch.states() == []
        assert chain.pool == {} and chain.liquidations() == []
        assert watch.prover.made == 0
