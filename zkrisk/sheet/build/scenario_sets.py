"""Scenario sets: rows of returns with a name, a source and a hash, for the window or for stress rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import RETURN_BITS, RETURN_EXPONENT, RETURN_SCALE
from zkrisk.sheet.origin import TEXT_LIMIT, RowSource
from zkrisk.sheet.parameters import Row
from zkrisk.sheet.prices import History
from zkrisk.sheet.scenarios import Window, return_e6_down, window_from_rows
from zkrisk.sheet.sheet import Sheet
from zkrisk.sheet.universe import Universe

__all__ = ["SCHEMA", "ScenarioSet", "rolling_set", "window_set"]

SCHEMA: Final = "urn:zkrisk:scenarios/v1"


@dataclass(frozen=True)
class ScenarioSet:
    """Rows of returns.

    Attributes:
        name: Short, for people and for `--scenarios`.
        source: What it was made from, in one line.
        hypothetical: Not what was observed.
        symbols: Instruments of the columns; cash has none.
        ids: One a row: ISO days in order of time for a window, ids for stress rows; each once.
        names: One a row, for people.
        returns: Rows x symbols, 10^-6, toward minus infinity, -10^6 to 2^23 - 1.
        clamped: Returns that were cut to that range.
    """

    name: str
    source: str
    hypothetical: bool
    symbols: tuple[str, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    returns: tuple[Row, ...]
    clamped: int = 0

    def __post_init__(self) -> None:
        count = len(self.returns)
        if not count:
            raise EmptyScenarios(f"scenario set {self.name} has no rows")
        if len(self.ids) != count or len(self.names) != count or len(set(self.ids)) != count:
            raise InputError(f"scenario set {self.name}: not one id and one name a row, each id once")
        if len(set(self.symbols)) != len(self.symbols) or any(len(row) != len(self.symbols) for row in self.returns):
            raise InputError(f"scenario set {self.name}: not one return for each of its instruments")
        if any(not -RETURN_SCALE <= value < 1 << RETURN_BITS for row in self.returns for value in row):
            raise InputError(f"scenario set {self.name}: a return is outside -10^6 to 2^{RETURN_BITS} - 1")

    @cached_property
    def sha256(self) -> str:
        """Hash of symbols, ids and returns."""
        return canonical_sha256({"symbols": self.symbols, "ids": self.ids, "returns_e6": self.returns})

    @property
    def row_source(self) -> RowSource:
        """What a sheet keeps of it; a long source is cut."""
        text = self.source if len(self.source) <= TEXT_LIMIT else self.source[: TEXT_LIMIT - 3] + "..."
        return RowSource(self.name, text, self.sha256)

    def rows(self, universe: Universe) -> tuple[Row, ...]:
        """Rows of N in slot order; cash and unused slots are 0.

        Raises:
            InputError: An instrument of the universe has no column.
            UnknownInstrument: A column is not of the universe.
        """
        place = {symbol: column for column, symbol in enumerate(self.symbols)}
        for symbol in self.symbols:
            if universe.slot_of(symbol) == 0:
                raise InputError(f"scenario set {self.name} moves cash")
        for symbol in universe.symbols[1:]:
            if symbol not in place:
                raise InputError(f"scenario set {self.name} has no returns of {symbol}")
        unused = (0,) * (universe.size - len(universe.instruments))
        return tuple((0, *(row[place[symbol]] for symbol in universe.symbols[1:]), *unused) for row in self.returns)

    def window(
        self, universe: Universe, *, ordinal: int | None = None, observed: bool, proxies: Sequence[str] = ()
    ) -> Window:
        """The window of S rows.

        Args:
            observed: The closes behind it were observed; a hypothetical set is not, whatever this says.

        Raises:
            EmptyScenarios: Not S rows.
            InputError: See `rows`.
        """
        seeded = self.hypothetical or not observed
        rows = self.rows(universe)
        return window_from_rows(universe.tier, self.ids, rows, ordinal=ordinal, seeded=seeded, proxies=proxies)

    def to_dict(self) -> dict[str, Any]:
        """JSON form, which `read_scenario_file` takes; returns are decimals, exact."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "source": self.source,
            "hypothetical": self.hypothetical,
            "rows": [
                {
                    "id": row_id,
                    "name": name,
                    "returns": {
                        symbol: format(from_scaled(value, RETURN_EXPONENT), "f")
                        for symbol, value in zip(self.symbols, row, strict=True)
                    },
                }
                for row_id, name, row in zip(self.ids, self.names, self.returns, strict=True)
            ],
        }


def rolling_set(
    universe: Universe, history: History, *, name: str = "rolling", count: int | None = None
) -> ScenarioSet:
    """The newest S returns of a history, one a day.

    Raises:
        EmptyScenarios: Fewer than S + 1 closes.
    """
    wanted = universe.tier.scenarios
    if len(history.closes) < wanted + 1:
        raise EmptyScenarios(f"{len(history.closes)} closes give fewer than {wanted} returns")
    closes, days = history.closes[-wanted - 1 :], [day.isoformat() for day in history.days[-wanted:]]
    returns = tuple(
        tuple(return_e6_down(a, b) for a, b in zip(before[1:], after[1:], strict=True))
        for before, after in pairwise(closes)
    )
    return ScenarioSet(
        name=name,
        source=f"daily closes of {days[0]} to {days[-1]}, one return a day",
        hypothetical=history.synthetic,
        symbols=universe.symbols[1:],
        ids=tuple(days),
        names=tuple(days),
        returns=returns,
    )


def window_set(sheet: Sheet) -> ScenarioSet:
    """The window of a sheet as a set, in order of time."""
    window, universe, count = sheet.window, sheet.universe, sheet.tier.scenarios
    used = len(universe.instruments)
    places = [ordinal % count for ordinal in range(sheet.window_ordinal - count + 1, sheet.window_ordinal + 1)]
    ids = tuple(window.days[place] for place in places)
    return ScenarioSet(
        name="rolling",
        source=f"window of sheet {sheet.sha256}",
        hypothetical=window.seeded > 0,
        symbols=universe.symbols[1:],
        ids=ids,
        names=ids,
        returns=tuple(window.returns[place][1:used] for place in places),
    )
