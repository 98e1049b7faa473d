"""Figures of a page: each is looked up in the document, and says where and in which unit.

``<data value="149243240" data-unit="CENTS" data-path="/margin/0/amount_cents">1,492,432.40</data>``: who reads the page
with a program gets the document's integers back, and a test compares all of them with the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Any, Final

from zkrisk.metrics import Status, Unit
from zkrisk.metrics.text import WORDS, figure_text, minus, signed

__all__ = ["NONE", "Figures", "spelled"]

NONE: Final = "\N{EN DASH}"
_AFTER_CALENDAR: Final = 253_402_300_800


def spelled(value: Any, unit: str) -> str:
    """Text of a document's value.

    Args:
        unit: CENTS, SHARE, RATIO or TIMES for integers in cents or basis points, after ``CHANGE_`` with a sign, after
            ``ROOM_`` with points for shares; COUNT; UNIX for a time in UTC; DECIMAL for decimal text; TEXT.
    """
    kind, _, rest = unit.partition("_")
    if unit in Unit.__members__:
        return figure_text(int(value), Unit[unit])
    if kind == "CHANGE":
        return signed(int(value), Unit[rest])
    if kind == "ROOM":
        return figure_text(int(value), Unit[rest]).replace(" %", " pt")
    return _PLAIN[unit](value)


def _time(value: Any) -> str:
    seconds = int(value)
    if not 0 <= seconds < _AFTER_CALENDAR:
        return f"unix time {seconds}"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


_PLAIN: Final[Mapping[str, Callable[[Any], str]]] = {
    "COUNT": lambda value: minus(f"{int(value):,}"),
    "DECIMAL": lambda value: minus(f"{Decimal(value):,f}"),
    "TEXT": str,
    "UNIX": _time,
}


class Figures:
    """Looks values up by JSON pointer and marks them up."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def at(self, path: str) -> Any:
        """Value under a JSON pointer without escapes, such as ``/margin/0/amount_cents``.

        Raises:
            KeyError, IndexError: There is none; a bug of the template.
        """
        value: Any = self._document
        for step in path.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value

    def show(self, path: str, unit: str) -> str:
        """HTML of a value; a dash for null."""
        value = self.at(path)
        if value is None:
            return NONE
        return (
            f'<data value="{escape(str(value))}" data-unit="{unit}" data-path="{escape(path)}">'
            f"{escape(spelled(value, unit))}</data>"
        )

    def metric(self, path: str) -> str:
        """HTML of a metric row's value in its own unit, or the word for why there is none."""
        row = self.at(path)
        if row["value"] is None:
            return escape(WORDS[Status(row["status"])])
        return self.show(f"{path}/value", row["unit"])

    def tagged(self, path: str, name: str, unit: str) -> str:
        """HTML of a tagged ratio's value, or the word of its status."""
        ratio = self.at(path)
        if ratio["status"] != Status.OK:
            return escape(WORDS[Status(ratio["status"])])
        return self.show(f"{path}/{name}", unit)
