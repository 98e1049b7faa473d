"""Named crises and any other span: the worst move of a leading instrument, and what the others did on the same days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from zkrisk.errors import InputError
from zkrisk.sheet.build.scenario_sets import ScenarioSet
from zkrisk.sheet.prices import History, calendar_days
from zkrisk.sheet.scenarios import return_e6_down
from zkrisk.sheet.universe import Kind, Universe

__all__ = ["CRISES", "PEAK", "Crisis", "crisis_set", "default_lead", "find_crisis"]

PEAK: Final = 0
"""A horizon of no fixed length: from a peak to the lowest close after it."""
_SPAN: Final = re.compile(r"worst:(\d{4}-\d{2}-\d{2}):(\d{4}-\d{2}-\d{2}):(\d{1,3}|peak)", re.ASCII)
_OWN: Final = "worst"


@dataclass(frozen=True, slots=True)
class Crisis:
    """A span of days in which the worst moves are looked for.

    Attributes:
        first_day: Oldest close.
        last_day: Newest close; also the last day of the window that a crisis names.
        horizons: Closes from the first to the last of a move, less one; PEAK for peak to trough.
    """

    id: str
    name: str
    first_day: date
    last_day: date
    horizons: tuple[int, ...]

    def row_id(self, horizon: int) -> str:
        """Id of the stress row."""
        return f"{self.id}-peak" if horizon == PEAK else f"{self.id}-{horizon}d"

    def row_name(self, horizon: int) -> str:
        """The same for people."""
        return f"{self.name}, peak to trough" if horizon == PEAK else f"{self.name}, worst {horizon} days"


CRISES: Final = (
    Crisis("mar-2020", "March 2020", date(2020, 2, 10), date(2020, 4, 10), (7, 30)),
    Crisis("may-2021", "May 2021", date(2021, 5, 1), date(2021, 6, 30), (30, PEAK)),
    Crisis("luna-2022-05", "LUNA May 2022", date(2022, 5, 1), date(2022, 5, 31), (7,)),
    Crisis("ftx-2022-11", "FTX November 2022", date(2022, 11, 1), date(2022, 11, 30), (2, 7, PEAK)),
)


def find_crisis(text: str) -> Crisis | None:
    """A crisis by name, by the id of one of its rows, or ``worst:FIRST:LAST:DAYS|peak``; None when it is none of them.

    Raises:
        InputError: A span that is not one.
    """
    for crisis in CRISES:
        if text == crisis.id:
            return crisis
        for horizon in crisis.horizons:
            if text == crisis.row_id(horizon):
                return Crisis(crisis.id, crisis.name, crisis.first_day, crisis.last_day, (horizon,))
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    try:
        first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
    except ValueError:
        raise InputError("worst:FIRST:LAST:DAYS needs two dates and a number of days or 'peak'") from None
    horizon = PEAK if match[3] == "peak" else int(match[3])
    if last <= first or (match[3] != "peak" and not 1 <= horizon <= (last - first).days):
        raise InputError("worst:FIRST:LAST:DAYS: the last day is after the first, and the move fits between them")
    return Crisis(f"{_OWN}-{first:%Y%m%d}-{last:%Y%m%d}", f"{first} to {last}", first, last, (horizon,))


def default_lead(universe: Universe) -> str:
    """BTC where there is one, else the first instrument that is neither cash nor a stablecoin.

    Raises:
        InputError: There is none.
    """
    if "BTC" in universe.symbols:
        return "BTC"
    for entry in universe.instruments:
        if entry.kind not in (Kind.CASH, Kind.STABLECOIN):
            return entry.symbol
    raise InputError("no instrument leads a crisis", hint="--lead SYMBOL")


def _worst(closes: list[int], horizon: int) -> tuple[int, int]:
    """First and last place of the lowest return; the earlier one of two that are equal."""
    if horizon != PEAK:
        pairs = [(place, place + horizon) for place in range(len(closes) - horizon)]
    else:
        pairs = [(max(range(end), key=closes.__getitem__), end) for end in range(1, len(closes))]
    return min(pairs, key=lambda pair: return_e6_down(closes[pair[0]], closes[pair[1]]))


def crisis_set(universe: Universe, history: History, crisis: Crisis, lead: str) -> ScenarioSet:
    """Stress rows of a crisis: each instrument's return between the closes of the lead's worst move.

    Args:
        history: Closes of all days of the crisis.
        lead: The instrument whose worst move is looked for.

    Raises:
        UnknownInstrument: The lead is not in the universe.
        InputError: The history is not of those days, or too short for a horizon.
    """
    slot = universe.slot_of(lead)
    if slot == 0 or list(history.days) != calendar_days(universe, crisis.first_day, crisis.last_day):
        raise InputError(
            f"{crisis.id} needs closes of {crisis.first_day} to {crisis.last_day}, and no cash as its lead"
        )
    if len(history.days) <= max(crisis.horizons):
        raise InputError(f"{crisis.id}: {len(history.days)} closes are too few")
    column = [row[slot] for row in history.closes]
    rows, ids, names, spans = [], [], [], []
    for horizon in crisis.horizons:
        start, end = _worst(column, horizon)
        before, after = history.closes[start], history.closes[end]
        rows.append(tuple(return_e6_down(a, b) for a, b in zip(before[1:], after[1:], strict=True)))
        ids.append(crisis.row_id(horizon))
        names.append(crisis.row_name(horizon))
        spans.append(f"{history.days[start]} to {history.days[end]}")
    proxied = f"; by proxy: {', '.join(history.proxies)}" if history.proxies else ""
    return ScenarioSet(
        name=crisis.id,
        source=f"closes of {' and of '.join(spans)}, the worst of {lead}{proxied}",
        hypothetical=history.synthetic,
        symbols=universe.symbols[1:],
        ids=tuple(ids),
        names=tuple(names),
        returns=tuple(rows),
    )
