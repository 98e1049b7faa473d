"""Whatever the chain drops and whenever the process dies, the facts of the follower are those of the chain."""

from __future__ import annotations

import os
import random
import signal

import pytest

from tests.keeper.fake_chain import ETH, USDC, FakeChain, FakeView, account_address
from tests.keeper.keeper_case import dice, open_state
from zkrisk.errors import ChainError, StoreConflict, StoreError
from zkrisk.keeper.follow import Follower
from zkrisk.keeper.state import KeeperState

LENGTH = 14


def happen(chain: FakeChain, rng: random.Random) -> None:
    """A few events of one block."""
    for _ in range(rng.randrange(4)):
        number, amount = rng.randrange(4), rng.choice([0, rng.randrange(1, 10**9)])
        act = rng.choice(["hold", "owe", "credit", "challenge", "answer", "snapshot"])
        if act == "hold":
            chain.hold(number, rng.choice([ETH, USDC]), amount)
        elif act == "owe":
            chain.owe(number, amount)
        elif act == "credit":
            chain.credit(number, USDC, amount)
        elif act == "challenge":
            chain.challenge(number)
        elif act == "answer":
            chain._log("Answered", account=account_address(number), number=1, inTime=True)
        else:
            chain.snapshot(rng.randrange(1_000, 4_000))


def grow(chain: FakeChain, rng: random.Random, blocks: int) -> None:
    for _ in range(blocks):
        happen(chain, rng)
        chain.mine()


def facts(state: KeeperState) -> list[tuple[str, str, str]]:
    return sorted(tuple(row) for row in state.rows("SELECT kind, name, value FROM fact"))


def fresh_facts(chain: FakeChain, folder) -> list[tuple[str, str, str]]:
    """What a keeper knows that reads the chain as it stands from its first block."""
    with open_state(folder) as state:
        Follower(FakeView(chain), state).follow()
        return facts(state)


@pytest.mark.parametrize("depth", range(1, LENGTH + 1))
def test_reorganisation_of_any_depth_at_any_position_leaves_the_facts_of_the_new_chain(tmp_path, depth):
    for position in range(depth, LENGTH + 1):
        rng, chain = dice(100 * depth + position), FakeChain()
        with open_state(tmp_path / f"{position}") as state:
            follower = Follower(FakeView(chain), state, range_blocks=rng.choice([1, 3, 100]))
            for _ in range(position):
                grow(chain, rng, 1)
                if rng.random() < 0.7:
                    follower.follow()
            follower.follow()
            chain.reorganise(depth, length=0)
            grow(chain, rng, rng.randrange(depth + 3))
            chain.mine()
            result = follower.follow()
            assert result.undone is not None
            assert facts(state) == fresh_facts(chain, tmp_path / f"{position}-fresh")
            assert follower.checkpoint() == chain.newest.head.number


def test_reorganisation_deeper_than_what_is_kept_reads_everything_again(tmp_path):
    rng, chain = dice(5), FakeChain()
    with open_state(tmp_path / "state") as state:
        follower = Follower(FakeView(chain), state, keep_blocks=4)
        for _ in range(30):
            grow(chain, rng, 1)
            follower.follow()
        kept = state.rows("SELECT min(block) low FROM undo")[0]["low"]
        assert kept > 20, "undo information is pruned"
        chain.reorganise(3)
        assert not follower.follow().is_rebuilt
        chain.reorganise(25, length=0)
        grow(chain, rng, 30)
        assert follower.follow().is_rebuilt
        assert facts(state) == fresh_facts(chain, tmp_path / "fresh")


def test_ranges_are_bounded_and_the_checkpoint_goes_on_after_a_restart(tmp_path):
    rng, chain = dice(6), FakeChain()
    grow(chain, rng, 50)
    asked = []

    class Counting(FakeView):
        def logs(self, first, last):
            asked.append((first, last))
            return super().logs(first, last)

    for _ in range(2):
        with open_state(tmp_path / "state") as state:
            Follower(Counting(chain), state, range_blocks=7).follow()
    assert [last - first + 1 for first, last in asked] == [7] * 7 + [1]
    assert asked[0][0] == 1 and asked[-1][1] == 50


@pytest.mark.parametrize("request_name", ["logs", "block"])
@pytest.mark.parametrize("when", range(1, 6))
def test_reorganisation_while_reading_is_noticed_and_nothing_is_half_done(tmp_path, request_name, when):
    rng, chain = dice(when), FakeChain()
    grow(chain, rng, 8)
    view, seen = FakeView(chain), [0]

    def trouble(name: str) -> None:
        if name == request_name:
            seen[0] += 1
            if seen[0] == when:
                chain.reorganise(6, length=0)
                grow(chain, rng, 7)

    with open_state(tmp_path / "state") as state:
        follower = Follower(view, state, range_blocks=1)
        follower.follow()
        grow(chain, rng, 6)
        view.trouble = trouble
        for _ in range(4):
            try:
                follower.follow()
            except ChainError:
                continue
        follower.follow()
        assert seen[0] >= when
        assert facts(state) == fresh_facts(chain, tmp_path / "fresh")


def test_requests_that_fail_at_any_point_cost_a_retry_and_nothing_else(tmp_path):
    rng, chain = dice(8), FakeChain()
    view, noise = FakeView(chain), dice(9)

    def trouble(name: str) -> None:
        if noise.random() < 0.2:
            raise ChainError("no answer")

    with open_state(tmp_path / "state") as state:
        follower, failures = Follower(view, state, range_blocks=2), 0
        view.trouble = trouble
        for turn in range(60):
            if turn % 3 == 0:
                grow(chain, rng, 1)
            if turn % 11 == 10:
                chain.reorganise(2)
            try:
                follower.follow()
            except ChainError:
                failures += 1
        view.trouble = lambda name: None
        follower.follow()
        assert failures > 5
        assert facts(state) == fresh_facts(chain, tmp_path / "fresh")


def _kill_at(state: KeeperState, number: int) -> None:
    """Die before the number-th SQL statement, as a power cut would."""
    seen = [0]

    def trace(statement: str) -> None:
        seen[0] += 1
        if seen[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    state._connection.set_trace_callback(trace)


def _follow_and_die(folder, chain: FakeChain, number: int) -> bool:
    """Follow in a child that dies at a statement; returns whether it survived."""
    child = os.fork()
    if child == 0:
        with open_state(folder) as state:
            _kill_at(state, number)
            Follower(FakeView(chain), state, keep_blocks=6, range_blocks=3).follow()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return not os.WIFSIGNALED(status)


def test_kill_at_any_statement_while_following_and_undoing_loses_nothing(tmp_path):
    rng, chain, killed = dice(11), FakeChain(), 0
    for turn in range(40):
        grow(chain, rng, 2)
        if turn % 2:
            chain.reorganise(rng.randrange(1, 4), length=0)
            grow(chain, rng, 5)
        number = rng.randrange(1, 60)
        killed += not _follow_and_die(tmp_path / "state", chain, number)
        if turn % 5 == 4:
            with open_state(tmp_path / "state") as state:
                Follower(FakeView(chain), state, keep_blocks=6, range_blocks=3).follow()
                assert facts(state) == fresh_facts(chain, tmp_path / f"fresh-{turn}")
    assert killed > 15


def test_state_of_another_deployment_or_of_a_running_keeper_is_refused(tmp_path):
    with KeeperState(tmp_path / "state", "fake:1"), pytest.raises(StoreConflict, match="another keeper"):
        KeeperState(tmp_path / "state", "fake:1")
    with pytest.raises(StoreConflict, match="another deployment"):
        KeeperState(tmp_path / "state", "fake:2")
    KeeperState(tmp_path / "state", "fake:1").close()


def test_file_that_is_no_state_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "keeper.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="cannot be used") as refused:
        KeeperState(tmp_path, "fake:1")
    assert "rebuilt" in (refused.value.hint or "")


def test_events_of_other_blocks_than_asked_for_are_refused(tmp_path):
    chain = FakeChain()
    grow(chain, dice(1), 5)

    class Lying(FakeView):
        def logs(self, first, last):
            return super().logs(0, 5)

    with KeeperState(tmp_path, "fake:1") as state:
        with pytest.raises(ChainError, match="other blocks"):
            Follower(Lying(chain), state, range_blocks=2).follow()
        assert facts(state) == []


def test_events_of_another_fork_than_the_blocks_are_refused(tmp_path):
    chain = FakeChain()
    for amount in range(1, 7):
        chain.hold(0, ETH, amount)
        chain.mine()
    old = [log for block in chain.blocks for log in block.logs]
    chain.reorganise(3)

    class Lagging(FakeView):
        def logs(self, first, last):
            return [log for log in old if first <= log.block <= last]

    with open_state(tmp_path / "state") as state:
        with pytest.raises(ChainError, match="changed"):
            Follower(Lagging(chain), state).follow()
        assert facts(state) == []
        Follower(FakeView(chain), state).follow()
        assert facts(state) == fresh_facts(chain, tmp_path / "fresh")
