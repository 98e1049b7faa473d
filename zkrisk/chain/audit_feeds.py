"""Prices found again in the feeds, for an audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from zkrisk.chain.client import ChainClient
from zkrisk.chain.feeds import PHASE_BITS, close_round
from zkrisk.errors import ContractRefused
from zkrisk.params import PRICE_BITS

__all__ = ["FeedHistory"]

_DAY: Final = 86_400
_AHEAD: Final = 100


@dataclass(frozen=True, slots=True)
class _Round:
    answer: int
    updated_at: int


class _Feed:
    """Rounds of one feed, each read once; searched forwards from the last place."""

    def __init__(self, chain: ChainClient, address: str, factor: int) -> None:
        self._chain = chain
        self.address = address
        self.factor = factor
        self.contract: Any = chain.rpc.contract("MockFeed", address)
        self.rounds: dict[int, _Round | None] = {}
        self.place = 0
        self.latest: int | None = None

    def at(self, round_id: int) -> _Round | None:
        """One round, None when there is none."""
        if round_id not in self.rounds:
            self._load(round_id)
        return self.rounds[round_id]

    def _load(self, round_id: int) -> None:
        """Read a round, and those after it with it while they are known to exist."""
        if self.latest is None:
            self.latest = int(self._chain.read(self.contract.functions.latestRoundData())[0])
        last = max(round_id, min(round_id + _AHEAD - 1, self.latest))
        if self.latest >> PHASE_BITS != round_id >> PHASE_BITS:
            last = round_id
        wanted = range(round_id, last + 1)
        views = [self.contract.functions.getRoundData(number) for number in wanted]
        try:
            answers = self._chain.rpc.call_many(views, self._chain.block)
        except ContractRefused:
            self.rounds[round_id] = None
            return
        for number, (_, answer, _, updated_at, _) in zip(wanted, answers, strict=True):
            self.rounds[number] = _Round(answer, updated_at) if updated_at else None

    def last_before(self, time: int) -> _Round | None:
        """The last round before a time."""
        known = self.at(self.place) if self.place else None
        if known is None or known.updated_at >= time:
            self.place = close_round(self._chain.rpc, self.address, time)
        while True:
            after = self.at(self.place + 1)
            if after is None:
                first_of_next = ((self.place >> PHASE_BITS) + 1 << PHASE_BITS) | 1
                after = self.at(first_of_next)
                if after is None or after.updated_at >= time:
                    return self.at(self.place)
                self.place = first_of_next
            elif after.updated_at >= time:
                return self.at(self.place)
            else:
                self.place += 1


class FeedHistory:
    """What the feeds of a deployment said and when."""

    def __init__(self, chain: ChainClient) -> None:
        universe = chain.universe
        self._size = universe.size
        self._feeds = {
            entry.slot: _Feed(chain, chain.file.feeds[entry.symbol], entry.price_factor)
            for entry in universe.instruments[1:]
        }

    def closes(self, day: int, previous: tuple[int, ...] | None) -> tuple[int, ...]:
        """Closes of a day as recordClose takes them; an unusable answer repeats the close before."""
        prices = [0] * self._size
        for slot, feed in self._feeds.items():
            price = _price(feed.last_before((day + 1) * _DAY), feed.factor)
            prices[slot] = price or (previous[slot] if previous else 0)
        return tuple(prices)

    def prices_at(self, time: int) -> tuple[int, ...]:
        """Prices of the latest rounds at a time, 0 where there is none."""
        prices = [0] * self._size
        for slot, feed in self._feeds.items():
            prices[slot] = _price(feed.last_before(time + 1), feed.factor)
        return tuple(prices)


def _price(found: _Round | None, factor: int) -> int:
    """Price of a lot as the contract computes it, 0 when the answer is none."""
    if found is None or found.answer <= 0:
        return 0
    price = found.answer * factor
    return price if price < 1 << PRICE_BITS else 0
