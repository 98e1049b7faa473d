"""Keepers on the fake chain, and the accounts that they watch."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.keeper.fake_chain import BTC, ETH, KEEPERS, READER_SECRET, USDC, FakeChain, FakeProver, FakeView, opening_for
from zkrisk.cli.event_schemas import KEEPER_EVENTS
from zkrisk.keeper.appraise import Limits
from zkrisk.keeper.books import Books, Reader
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.money import NativePrice
from zkrisk.keeper.service import Keeper, Settings
from zkrisk.keeper.state import KeeperState
from zkrisk.store.seal import DataKey

SEAL = DataKey(bytes(range(32)))
LIMITS = Limits(native=NativePrice(slot=ETH, lot_decimals=8))


def dice(seed: int) -> random.Random:
    """The same chances every time."""
    return random.Random(seed)  # noqa: S311


def open_state(folder: Path) -> KeeperState:
    """A state that does not wait for the disk: the tests' processes die, their machine does not."""
    state = KeeperState(folder, "fake:1")
    state.run("PRAGMA synchronous=OFF")
    return state


class Watch:
    """A keeper with its folder, its connection, and everything that it said."""

    def __init__(self, chain: FakeChain, folder: Path, *, keeper: str = KEEPERS[0], view: Any = None, **settings: Any):
        self.view = view or FakeView(chain, keeper)
        self.state = open_state(folder)
        self.books = Books(self.state, Reader(READER_SECRET), SEAL, store_id="test", instruments=self.view.instruments)
        self.prover, self.metrics = FakeProver(self.view), Metrics()
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.keeper = Keeper(
            self.view, self.state, self.books, self.prover, Settings(**{"limits": LIMITS, **settings}),
            tell=self._hear, metrics=self.metrics, clock=lambda: 0.0,
        )  # fmt: skip

    def _hear(self, event: str, facts: Mapping[str, Any]) -> None:
        always, maybe = KEEPER_EVENTS[event]
        assert always.keys() <= facts.keys() <= {**always, **maybe}.keys(), f"{event} is not as it is promised"
        self.said.append((event, dict(facts)))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.state.close()

    def events(self, name: str) -> list[dict[str, Any]]:
        return [facts for event, facts in self.said if event == name]

    def states(self) -> list[str]:
        return [item.state.value for item in self.keeper.queue.items()]


def add_account(chain: FakeChain, number: int, *, health_bps: int, eth_usd: int = 3_000, **committed: Any) -> None:
    """An account that owes 25 000 dollars: its escrow and its book together give a health factor at a price.

    The book holds 4 ETH and owes 2 000 dollars elsewhere, which nobody can see.
    """
    opening = opening_for(number, {ETH: 4 * 10**8, BTC: 10**6}, {USDC: 2_000 * 100})
    chain.commit(number, opening, **committed)
    owed = 27_000 * 10**2 * 10**14 * 10_000 * health_bps // 10_000
    seen = 4 * 10**8 * eth_usd * 10**8 * 8_000 + 10**6 * 60_000 * 10**8 * 7_500
    lots = -(-(owed - seen) // (eth_usd * 10**8 * 8_000))
    chain.hold(number, ETH, lots * 10**10)
    chain.owe(number, 25_000 * 10**6)


def market_of(chain: FakeChain, accounts: int, seed: int = 1) -> list[int]:
    """Accounts with health factors of 1.05 to 1.6 at 3 000 dollars, in some order; returns them by number."""
    factors = [10_500 + 5_500 * number // accounts for number in range(accounts)]
    dice(seed).shuffle(factors)
    for number, health_bps in enumerate(factors):
        add_account(chain, number, health_bps=health_bps)
    chain.snapshot(3_000)
    chain.mine()
    return list(range(accounts))


def rounds(watch: Watch, chain: FakeChain, count: int) -> None:
    """So many rounds, a block after each."""
    for _ in range(count):
        watch.keeper.round()
        chain.mine()
