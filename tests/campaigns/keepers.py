"""Keepers that race, are killed and lose blocks: every liquidatable account is liquidated once for each finding.

`python -m tests.campaigns.keepers --kills 100 --seed 7`. Two keepers with signers of their own are processes on one
real chain, with real proofs. Prices fall while they run; one of them is killed with SIGKILL at a moment of its work and
started again on what it left, and the chain drops blocks under both. Rounds come in pairs: the second of a pair goes on
with both states after the chain has lost everything that the first did.

The seed gives the plan of every pair; which instruction a kill meets is the machine's, so that a replay is another try.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.campaigns.keepers_check import Accounts, Wrong, check_race, require
from tests.campaigns.keepers_stage import KEEPERS, borrowers, endow_keepers, fall, race_stage
from tests.campaigns.keepers_worker import KeeperProcess
from tests.campaigns.record import recording
from tests.chain.chain_stage import Stage
from zkrisk.chain.client import ChainClient
from zkrisk.commitment import Opening

__all__ = ["Plan", "Race", "main"]

_PATIENCE_S: Final = 300.0
_TICK_S: Final = 0.02
_LOOK_S: Final = 0.5
_EVENTS: Final = ("read", "found", "proved", "sent", "mined")
_FURTHEST: Final = ("sent", "proved", "proving", "found")


@dataclass(frozen=True)
class Plan:
    """What is done to the keepers in a round, at most: it ends when nothing is left to liquidate."""

    kills: int
    reorganisations: int
    percent: int

    @classmethod
    def draw(cls, rng: random.Random, most_kills: int) -> Plan:
        """Draw one."""
        return cls(min(most_kills, rng.randrange(5, 13)), rng.randrange(3), rng.randrange(60, 66))


@dataclass
class _Aim:
    """When the next kill comes: at an event of the victim's process, or a while after it started."""

    victim: KeeperProcess
    event: str | None
    after_s: float
    since: float | None = None

    def is_due(self) -> bool:
        told = self.victim.events()
        if "started" not in told:
            return False
        self.since = self.since or time.monotonic()
        return self.event in told or time.monotonic() - self.since >= self.after_s


@dataclass
class Race:
    """Two keepers on a stage, from a base that every round begins at.

    Attributes:
        seen: What was reached: kills by how far the victim's liquidations had got, reorganisations, liquidations.
    """

    stage: Stage
    folder: Path
    seen: Counter[str] = field(default_factory=Counter)
    openings: Mapping[str, Opening] = field(init=False)
    keepers: list[KeeperProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.openings = borrowers(self.stage)
        endow_keepers(self.stage)
        self._answers = dict(self.stage.scene.answers)
        self._base = self._raw("evm_snapshot")

    def _raw(self, method: str, *arguments: Any) -> Any:
        return self.stage.chain.rpc.raw(method, list(arguments))

    def back_to_base(self, rng: random.Random) -> None:
        """Drop all blocks since the base, and mine others in their place."""
        self._raw("evm_setAutomine", True)
        self._raw("anvil_dropAllTransactions")
        self._raw("evm_revert", self._base)
        self._base = self._raw("evm_snapshot")
        scene = self.stage.scene
        scene.chain = ChainClient(scene.chain.rpc, scene.chain.file)
        for _ in range(rng.randrange(1, 4)):
            self._other_block(rng)

    def _other_block(self, rng: random.Random) -> None:
        self._raw("evm_increaseTime", rng.randrange(1, 5))
        self._raw("evm_mine")

    def fresh_keepers(self, name: str) -> None:
        """Make keepers that know nothing."""
        anvil, file = self.stage.scene.anvil, self.stage.scene.world.file
        books = list(self.openings.values())
        self.keepers = [KeeperProcess(self.folder / name / str(n), n, anvil.url, file, books) for n in KEEPERS]

    def round(self, plan: Plan, rng: random.Random) -> None:
        """Let the price fall under the keepers, disturb them until all is liquidated, and check.

        Raises:
            Wrong: Something was liquidated twice, or not, or is stuck, or a state says something else than the chain.
        """
        self.back_to_base(rng)
        try:
            for keeper in self.keepers:
                keeper.start()
            fall(self.stage, self._answers, plan.percent)
            accounts = Accounts(self.stage.chain, self.openings)
            below = accounts.liquidatable() + [event.args["account"] for event in accounts.liquidations()]
            require(0 < len(set(below)) < len(self.openings), "the fall is to leave some below and some healthy")
            self._raw("evm_setAutomine", False)
            self._disturb(plan, rng, accounts)
            for keeper in self.keepers:
                code = keeper.stop()
                require(code == 0, f"a keeper ended with {code}: {keeper.last_words()}")
        finally:
            for keeper in self.keepers:
                keeper.stop()
            self._raw("evm_setAutomine", True)
        done = check_race(accounts, self.keepers)
        liquidated = {event.args["account"] for event in done}
        require(set(below) == liquidated, f"below were {sorted(set(below))}, liquidated {sorted(liquidated)}")
        self.seen["rounds"] += 1
        self.seen["liquidations"] += len(done)

    def _disturb(self, plan: Plan, rng: random.Random, accounts: Accounts) -> None:
        """Mine, kill and drop blocks until both keepers have nothing left to do."""
        floor, snapshot = accounts.chain.rpc.block_number(), self._raw("evm_snapshot")
        end = time.monotonic() + _PATIENCE_S
        kills, drops, aim = plan.kills, plan.reorganisations, self._aim(rng)
        next_block, next_look, next_drop = 0.0, 0.0, time.monotonic() + rng.uniform(2.0, 5.0)
        while True:
            now = time.monotonic()
            for keeper in self.keepers:
                require(not keeper.has_ended(), f"a keeper ended by itself: {keeper.last_words()}")
            require(now < end, f"stuck: {[keeper.open_items() for keeper in self.keepers]}")
            if now >= next_block:
                self._raw("evm_mine")
                next_block = now + rng.uniform(0.1, 1.0)
            if kills and aim.is_due():
                self._killed(aim.victim, rng)
                kills, aim = kills - 1, self._aim(rng)
            if drops and now >= next_drop:
                snapshot = self._drop(rng, floor, snapshot)
                drops, next_drop = drops - 1, now + rng.uniform(2.0, 5.0)
            if now >= next_look:
                next_look = now + _LOOK_S
                if not drops and self._is_done(accounts):
                    return
            time.sleep(_TICK_S)

    def _aim(self, rng: random.Random) -> _Aim:
        event = rng.choice(_EVENTS) if rng.random() < 0.5 else None
        return _Aim(rng.choice(self.keepers), event, rng.uniform(0.0, 1.5))

    def _killed(self, victim: KeeperProcess, rng: random.Random) -> None:
        left = victim.kill()
        furthest = next((state for state in _FURTHEST if left.get(state)), "nothing open")
        self.seen[f"killed at {furthest}"] += 1
        self.seen["kills"] += 1
        time.sleep(rng.uniform(0.0, 0.3))
        victim.start()

    def _drop(self, rng: random.Random, floor: int, snapshot: Any) -> Any:
        """Let the chain forget blocks after the fall: all of them, or the newest."""
        depth = self.stage.chain.rpc.block_number() - floor
        if depth > 0 and rng.random() < 0.5:
            self._raw("anvil_reorg", rng.randrange(1, depth + 1), [])
            self.seen["newest blocks dropped"] += 1
        else:
            self._raw("evm_revert", snapshot)
            snapshot = self._raw("evm_snapshot")
            self.seen["all blocks dropped"] += 1
        self._raw("evm_setAutomine", False)
        self._other_block(rng)
        return snapshot

    def _is_done(self, accounts: Accounts) -> bool:
        """Whether nobody is left to liquidate, no liquidation is under way, and both have read the newest block."""
        if any(keeper.open_items() != 0 for keeper in self.keepers) or accounts.liquidatable():
            return False
        head, until = accounts.chain.rpc.block_number(), time.monotonic() + 2.0
        while time.monotonic() < until:
            if all(keeper.checkpoint() == head and keeper.open_items() == 0 for keeper in self.keepers):
                return True
            time.sleep(_TICK_S)
        return False


def _pair(race: Race, number: int, seed: int, most_kills: int) -> None:
    """Two rounds: with keepers that know nothing, and with the same after the chain lost what they did."""
    rng = random.Random(f"keepers {seed} {number}")  # noqa: S311  (replayed)
    race.fresh_keepers(str(number))
    for half in range(2):
        before = race.seen["kills"]
        race.round(Plan.draw(rng, most_kills), rng)
        most_kills -= race.seen["kills"] - before
        kept = {key: count for key, count in sorted(race.seen.items())}
        print(f"  pair {number}, round {half}: {kept}", flush=True)
        if not most_kills:
            return


def main() -> int:
    """Run the command line; returns 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.keepers")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first pair, to repeat one")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    try:
        _campaign(given.kills, seed, given.first)
    except _Failed as failed:
        print(f"FAIL {failed}")
        print(f"again: python -m tests.campaigns.keepers --kills 5 --seed {seed} --first {failed.number}")
        return 1
    return 0


def _campaign(kills: int, seed: int, first: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="zkrisk-keepers-") as folder,
        race_stage() as stage,
        recording("keeper-kills", seed) as reached,
    ):
        race, number = Race(stage, Path(folder)), first
        while race.seen["kills"] < kills:
            try:
                _pair(race, number, seed, kills - race.seen["kills"])
            except Wrong as wrong:
                raise _Failed(number, wrong) from wrong
            number += 1
        note = ", ".join(f"{count} {name}" for name, count in sorted(race.seen.items()) if name != "kills")
        reached |= {"figure": race.seen["kills"], "note": note}
        print(f"  {race.seen['kills']} kills: {note}", flush=True)


class _Failed(Exception):
    def __init__(self, number: int, wrong: Wrong) -> None:
        super().__init__(f"pair {number}: {wrong}")
        self.number = number


if __name__ == "__main__":
    sys.exit(main())
