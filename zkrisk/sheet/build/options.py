"""What a build is asked to do with its prices, in a form that the sheet keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum

from zkrisk.errors import InputError
from zkrisk.sheet.build.checks import Thresholds
from zkrisk.sheet.build.findings import ALLOWABLE, FindingKind

__all__ = ["BuildOptions", "Split", "Stamp"]


class Stamp(StrEnum):
    """What the date of a row means: the day that closes with this price, or the day that opens with it."""

    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Split:
    """From `day` on there are `new` units for `old` ones: closes before it are multiplied by old / new."""

    symbol: str
    day: date
    new: int
    old: int = 1

    def __post_init__(self) -> None:
        if not (0 < self.new <= 1_000_000 and 0 < self.old <= 1_000_000) or self.new == self.old:
            raise InputError("a split is two different whole numbers of 1 to 1000000")


@dataclass(frozen=True)
class BuildOptions:
    """How prices are read, repaired and judged.

    Attributes:
        last_day: Newest close; default the newest that all instruments have.
        stamp: What the dates mean. An open at 00:00 UTC is the close of the day before: its date goes back by one.
        fill_previous: A missing close repeats the one before, as the contract does for a missing answer.
        max_fill_days: At most so many calendar days in a row.
        allow: Kinds whose errors become warnings.
        splits: To apply.
        shifts: Days to move the dates of an instrument by.
        proxies: Symbol to the symbol whose closes stand in for it; cash stands for a price of one dollar.
        stress_proxies: As proxies, for named crises alone: an instrument may be younger than a crisis.
        synthetic: The prices are generated, not observed.
    """

    last_day: date | None = None
    stamp: Stamp = Stamp.CLOSE
    fill_previous: bool = False
    max_fill_days: int = 3
    allow: frozenset[FindingKind] = frozenset()
    splits: tuple[Split, ...] = ()
    shifts: Mapping[str, int] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)
    stress_proxies: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        if self.allow - ALLOWABLE:
            raise InputError(f"only {', '.join(sorted(ALLOWABLE))} can be allowed")
        if self.max_fill_days < 1:
            raise InputError("at least one day is filled")
        if any(not -31 <= days <= 31 for days in self.shifts.values()):
            raise InputError("a shift is of -31 to 31 days")

    def words(self, last_day: date) -> tuple[str, ...]:
        """The same as flags of the command line, sorted: what a sheet keeps, so that it can be built again.

        Args:
            last_day: The one that was used.
        """
        return tuple(sorted(self._words(last_day)))

    def _words(self, last_day: date) -> Iterator[str]:
        yield f"--last-day {last_day.isoformat()}"
        yield f"--stamp {self.stamp.value}"
        if self.fill_previous:
            yield "--fill previous"
            yield f"--max-fill {self.max_fill_days}"
        yield from (f"--allow {kind.value}" for kind in self.allow)
        yield from (f"--split {s.symbol}:{s.day.isoformat()}:{s.new}:{s.old}" for s in self.splits)
        yield from (f"--shift {symbol}={days}" for symbol, days in self.shifts.items())
        yield from (f"--proxy {symbol}={other}" for symbol, other in self.proxies.items())
        yield from (f"--stress-proxy {symbol}={other}" for symbol, other in self.stress_proxies.items())
        usual = asdict(Thresholds())
        for name, value in asdict(self.thresholds).items():
            if value != usual[name]:
                yield f"--threshold {name}={value}"
        if self.synthetic:
            yield "--synthetic"
