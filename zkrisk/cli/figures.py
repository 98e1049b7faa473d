"""Figures as people read them. Everything rounds to the bad side; nothing prints as 100.0 % and fails."""

from __future__ import annotations

from datetime import UTC, datetime

from zkrisk.fixedpoint import div_down, div_up, format_scaled_down, format_scaled_up
from zkrisk.metrics import Ratio
from zkrisk.metrics.text import WORDS, minus

EIGHTHS = " ▏▎▍▌▋▊▉"
WARN_FROM_BPS = 7_500
LARGEST_SHOWN = 9_999
AFTER_CALENDAR = 253_402_300_800
"""First second of the year 10000."""


def status_word(*, holds: bool, use_bps: int | None) -> str:
    """``ok`` below 75 % of a limit, ``WARN`` up to it, ``FAIL`` beyond."""
    if not holds:
        return "FAIL"
    return "WARN" if use_bps is not None and use_bps >= WARN_FROM_BPS else "ok"


def times_text(ratio: Ratio, *, rounds_up: bool, suffix: str = "") -> str:
    """A ratio with two decimals."""
    if not ratio.is_defined:
        return WORDS[ratio.status]
    hundredths = ratio.scaled_up(100) if rounds_up else ratio.scaled_down(100)
    if abs(hundredths) > LARGEST_SHOWN * 100:
        return f"{'>' if hundredths > 0 else '<-'}{LARGEST_SHOWN:,}{suffix}"
    return format_scaled_down(hundredths, 2, 2) + suffix


def share_text(ratio: Ratio) -> str:
    """A loss or share in per cent with one decimal, rounded up."""
    if not ratio.is_defined:
        return WORDS[ratio.status]
    tenths = ratio.scaled_up(1_000)
    if abs(tenths) > LARGEST_SHOWN * 10:
        return f"{'>' if tenths > 0 else '<-'}{LARGEST_SHOWN:,} %"
    return format_scaled_down(tenths, 1, 1) + " %"


def limit_times(bps: int, suffix: str = "") -> str:
    """A limit as a ratio, exactly."""
    places = 2 if bps % 100 == 0 else 4
    return format_scaled_down(bps, 4, places) + suffix


def limit_share(bps: int) -> str:
    """A limit in per cent, exactly."""
    return format_scaled_down(bps, 2, 1 if bps % 10 == 0 else 2) + " %"


def use_text(use_bps: int | None) -> str:
    """Use of a limit in per cent, rounded up."""
    return "-" if use_bps is None else format_scaled_up(min(use_bps, LARGEST_SHOWN * 100), 2, 1) + " %"


def headroom_text(bps: int | None, kind: str) -> str:
    """Distance to a limit, rounded down; negative when it fails."""
    if bps is None:
        return "-"
    if kind == "share":
        return minus(format_scaled_down(bps, 2, 1)) + " pt"
    return minus(format_scaled_down(bps, 4, 2)) + ("x" if kind == "times" else "")


def move_text(ratio: Ratio, sign: str) -> str:
    """A price move in per cent with one decimal, rounded down: nearer than it is."""
    return sign + format_scaled_down(ratio.scaled_down(1_000), 1, 1) + " %"


def bar(part: int, whole: int, width: int) -> str:
    """A bar of eighths of a column, rounded down; empty for nothing and for negative values."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = div_down(min(part, whole) * width * 8, whole)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``13th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def time_text(unix: int) -> str:
    """Minutes in UTC; a time that no calendar has, which a sender's file may name, as its number."""
    if unix >= AFTER_CALENDAR:
        return f"unix time {unix}"
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M UTC")


def day_text(unix: int) -> str:
    """Day in UTC; see `time_text`."""
    if unix >= AFTER_CALENDAR:
        return f"unix time {unix}"
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d")


def age_text(seconds: int) -> str:
    """An age in its largest unit, rounded up."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{div_up(seconds, length)} {unit}"
    return f"{max(0, seconds)} s"
