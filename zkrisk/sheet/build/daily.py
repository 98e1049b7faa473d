"""A series of sheets, one a day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from zkrisk.errors import EmptyScenarios
from zkrisk.fixedpoint import div_down
from zkrisk.sheet.parameters import Parameters
from zkrisk.sheet.prices import History
from zkrisk.sheet.scenarios import return_row, window_from_rows
from zkrisk.sheet.sheet import Sheet, day_end_unix, prices_of_closes
from zkrisk.sheet.universe import Universe

__all__ = ["daily_sheets"]

_DAY_S: Final = 86_400


def daily_sheets(universe: Universe, history: History, *, first_ordinal: int | None = None) -> Iterator[Sheet]:
    """One sheet a day, from the first day that has S returns before it to the last, as a chain would roll them.

    The epoch of each is the unix day on which its last close ends, and the ordinal of its newest return is one more
    than that of the sheet before; so each window differs from the one before in one row.

    Args:
        first_ordinal: Of the first sheet's newest return; default S.

    Raises:
        EmptyScenarios: Not even one sheet.
    """
    tier, count = universe.tier, universe.tier.scenarios
    if len(history.closes) < count + 1:
        raise EmptyScenarios(f"{len(history.closes)} closes give fewer than the {count} returns of tier {tier.name}")
    rows = [return_row(before, after, tier.instruments) for before, after in pairwise(history.closes)]
    labels, parameters = [day.isoformat() for day in history.days], Parameters.from_universe(universe)
    for place in range(count, len(history.days)):
        ordinal = (count if first_ordinal is None else first_ordinal) + place - count
        as_of = day_end_unix(history.days[place])
        yield Sheet(
            universe=universe,
            epoch=div_down(as_of, _DAY_S),
            as_of_unix=as_of,
            prices=prices_of_closes(universe, history.closes[place]),
            blocked=(0,) * universe.size,
            parameters=parameters,
            window=window_from_rows(
                tier,
                labels[place - count + 1 : place + 1],
                rows[place - count : place],
                ordinal=ordinal,
                seeded=history.synthetic,
                proxies=history.proxies,
            ),
            window_ordinal=ordinal,
            parameters_version=1,
            synthetic=history.synthetic,
        )
