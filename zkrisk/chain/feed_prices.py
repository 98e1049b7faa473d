"""Daily closes as the feeds of a deployment have them: the last round before 00:00 UTC, read again from the feeds."""

from __future__ import annotations

from datetime import date, timedelta

from zkrisk.book.files import canonical_sha256
from zkrisk.chain.audit_feeds import FeedHistory
from zkrisk.chain.client import ChainClient
from zkrisk.chain.feeds import unix_day
from zkrisk.fixedpoint import div_down, from_scaled
from zkrisk.sheet import Source
from zkrisk.sheet.build import Observation, Observed

__all__ = ["feed_observations"]


def feed_observations(chain: ChainClient, first_day: date, last_day: date) -> dict[str, Observed]:
    """Closes by symbol, in feed units, one for each calendar day.

    A day whose last round has no usable answer has no price here; a feed that has published nothing since repeats its
    last round, which validation names when it lasts.

    Raises:
        BadPrice: A feed has no round before the first midnight.
        Unreachable: The node does not answer.
    """
    universe, history = chain.universe, FeedHistory(chain)
    days = [first_day + timedelta(days=place) for place in range((last_day - first_day).days + 1)]
    closes = [history.closes(unix_day(day), None) for day in days if universe.is_calendar_day(day)]
    labels = [day for day in days if universe.is_calendar_day(day)]
    result = {}
    for entry in universe.instruments[1:]:
        answers = [div_down(row[entry.slot], entry.price_factor) for row in closes]
        rows = [[day.isoformat(), str(answer)] for day, answer in zip(labels, answers, strict=True)]
        name = f"chain:{chain.chain_id}:{chain.file.feeds[entry.symbol]}"
        result[entry.symbol] = Observed(
            entry.symbol,
            Source(name, canonical_sha256(rows), (entry.symbol,)),
            tuple(
                Observation(place, day, from_scaled(answer, entry.feed_decimals) if answer else None)
                for place, (day, answer) in enumerate(zip(labels, answers, strict=True), start=1)
            ),
        )
    return result
