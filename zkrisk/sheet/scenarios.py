"""Scenario returns from stored closes, with the integer rule that the contract uses too.

``ret = floor((close_d - close_(d-1)) * 10^6 / close_(d-1))``, toward minus infinity for both signs, then clamped to
[-10^6, 2^23 - 1]. Slot 0 and unused slots return 0. Returns have ordinals from 1, and return o lives in row o mod S of
the window, as in the contract: VaR counts, so the order of the rows means nothing to it, but the fold depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import BadPrice, EmptyScenarios, InputError
from zkrisk.params import Tier
from zkrisk.pricing.returns import return_of_change_e6_down
from zkrisk.sheet.parameters import Row, check_return_rows

__all__ = ["Window", "return_e6_down", "return_row", "window_from_closes"]


def return_e6_down(previous_close: int, close: int) -> int:
    """Return of one instrument over one day in 10^-6, rounded toward minus infinity and clamped.

    Raises:
        BadPrice: A close is not positive.
    """
    if previous_close <= 0 or close <= 0:
        raise BadPrice("a close is not positive")
    return return_of_change_e6_down(close - previous_close, previous_close)


def return_row(previous_closes: Sequence[int], closes: Sequence[int], size: int) -> Row:
    """Returns of one day for N slots: slot 0 and slots beyond the closes are 0."""
    moved = tuple(return_e6_down(a, b) for a, b in zip(previous_closes[1:], closes[1:], strict=True))
    return (0, *moved, *(0,) * (size - 1 - len(moved)))


@dataclass(frozen=True)
class Window:
    """S scenario rows in the slot order of the contract, with their days (of the later close).

    Attributes:
        first_day: Oldest day, ISO.
        last_day: Newest day, ISO.
        days: Day of each row, slot order, S.
        returns: S x N, 10^-6.
        seeded: Rows that rest on a seed instead of observed closes.
        proxies: Instruments whose closes are another instrument's.
    """

    first_day: str
    last_day: str
    days: tuple[str, ...]
    returns: tuple[Row, ...]
    seeded: int = 0
    proxies: tuple[str, ...] = ()

    def check(self, tier: Tier) -> None:
        """Check shapes and ranges.

        Raises:
            InputError: See `check_return_rows`.
        """
        check_return_rows(self.returns, tier.scenarios, tier.instruments, "window")
        if len(self.days) != tier.scenarios or (min(self.days), max(self.days)) != (self.first_day, self.last_day):
            raise InputError("window: the days do not belong to the rows")

    def rows(self) -> tuple[Row, ...]:
        """All rows in the order of the WINDOW set."""
        return self.returns

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "first_day": self.first_day,
            "last_day": self.last_day,
            "days": self.days,
            "returns_e6": self.returns,
            "seeded": self.seeded,
            "proxies": self.proxies,
        }

    @cached_property
    def sha256(self) -> str:
        """Hash of the returns in slot order."""
        return canonical_sha256([list(row) for row in self.returns])


def window_from_closes(
    tier: Tier,
    days: Sequence[str],
    closes: Sequence[Sequence[int]],
    *,
    ordinal: int | None = None,
    seeded: bool = False,
    proxies: Sequence[str] = (),
) -> Window:
    """Build the window of the newest S returns.

    Args:
        tier: Sizes.
        days: ISO days, rising, one a row of closes.
        closes: D x (instruments in use), integer feed answers, slot 0 ignored.
        ordinal: Ordinal of the newest return, from 1; default S, as after genesis.
        seeded: The closes are generated.
        proxies: Symbols whose closes are another instrument's.

    Raises:
        EmptyScenarios: Fewer than S + 1 closes.
        InputError: The ordinal is below S.
    """
    count = tier.scenarios
    if len(closes) < count + 1:
        raise EmptyScenarios(f"{len(closes)} closes give fewer than the {count} returns of tier {tier.name}")
    chosen = count if ordinal is None else ordinal
    if chosen < count:
        raise InputError(f"window ordinal {chosen} is below {count}: the window is not complete")
    recent, labels = closes[-count - 1 :], list(days[-count:])
    chronological = [return_row(a, b, tier.instruments) for a, b in pairwise(recent)]
    turn = (-chosen - 1) % count
    return Window(
        first_day=labels[0],
        last_day=labels[-1],
        days=tuple(labels[turn:] + labels[:turn]),
        returns=tuple(chronological[turn:] + chronological[:turn]),
        seeded=count if seeded else 0,
        proxies=tuple(proxies),
    )
