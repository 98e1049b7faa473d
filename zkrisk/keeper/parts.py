"""Parts of a round that may fail without the others: one account, or upkeep, stops no liquidation of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from zkrisk.errors import ChainError, Unreachable
from zkrisk.keeper.metrics import Metrics

__all__ = ["Parts", "Tell"]

Tell = Callable[[str, Mapping[str, Any]], None]

_MOST_UNANSWERED: Final = 3
"""So many parts in a row without any answer from the node, and the round ends: each costs a time-out."""


class Parts:
    """Tells and counts what fails.

    Args:
        tell: As the keeper's.
    """

    def __init__(self, tell: Tell, metrics: Metrics) -> None:
        self._tell = tell
        self._metrics = metrics
        self._unanswered = 0

    @contextmanager
    def part(self, name: str, account: str | None = None) -> Iterator[None]:
        """Go on after a ChainError of what is done within.

        Raises:
            Unreachable: The node has not answered for some parts in a row.
        """
        try:
            yield
        except ChainError as error:
            self._unanswered = self._unanswered + 1 if isinstance(error, Unreachable) else 0
            if self._unanswered >= _MOST_UNANSWERED:
                raise
            self._metrics.add("failures_total", f'part="{name}"')
            facts = {"code": error.code, "message": error.message, "part": name}
            self._tell("error", facts | ({"account": account} if account else {}))
        else:
            self._unanswered = 0
