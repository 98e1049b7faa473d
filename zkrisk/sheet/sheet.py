"""The sheet: everything public that a proof is made against, as integers. Same for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from zkrisk.book.files import canonical_bytes, canonical_sha256, parse_json, read_text, write_whole
from zkrisk.errors import BadFile, BadPrice, InputError
from zkrisk.params import CASH_PRICE, PRICE_BITS, Tier
from zkrisk.sheet.origin import Origin, parse_origin
from zkrisk.sheet.parameters import Parameters
from zkrisk.sheet.prices import History, price_lots
from zkrisk.sheet.scenarios import Window, window_from_closes
from zkrisk.sheet.universe import Universe, parse_universe

__all__ = ["Sheet", "day_end_unix", "load_sheet", "parse_sheet", "prices_of_closes"]

_SCHEMA: Final = "urn:zkrisk:sheet/v1"
_MAX_BYTES: Final = 4 << 20
_INT_DIGITS: Final = 25
_FIELDS: Final = frozenset(
    {
        "schema", "universe", "epoch", "as_of_unix", "prices_e16", "blocked", "parameters", "parameters_version",
        "window", "window_ordinal", "synthetic", "warnings",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """Prices of one epoch, parameter rows and scenario window of one universe.

    Attributes:
        prices: N, 10^-16 USD a lot; slot 0 is the constant, unused slots 0.
        blocked: N bits; 1 when the price of the slot may not carry new risk at this epoch.
        window_ordinal: Ordinal of the newest return of the window, from 1.
        synthetic: Prices or window are generated, wherever this sheet shows.
        origin: How it was built, for a sheet that `zkrisk.sheet.build` made; the hash covers it.
    """

    universe: Universe
    epoch: int
    as_of_unix: int
    prices: tuple[int, ...]
    blocked: tuple[int, ...]
    parameters: Parameters
    window: Window
    window_ordinal: int
    parameters_version: int
    synthetic: bool
    warnings: tuple[str, ...] = ()
    origin: Origin | None = None

    def __post_init__(self) -> None:
        size, used = self.universe.size, len(self.universe.instruments)
        if len(self.prices) != size or len(self.blocked) != size:
            raise InputError(f"sheet: not {size} prices and blocked bits")
        if self.prices[0] != CASH_PRICE:
            raise BadPrice("sheet: the price of cash is not the constant")
        if any(not 0 < price < 1 << PRICE_BITS for price in self.prices[:used]) or any(self.prices[used:]):
            raise BadPrice(f"sheet: a price is not in 1 to 2^{PRICE_BITS} - 1, or an unused slot has one")
        if self.blocked[0] or any(bit not in (0, 1) for bit in self.blocked):
            raise InputError("sheet: blocked is not 0 or 1, or cash is blocked")
        if min(self.epoch, self.as_of_unix, self.window_ordinal, self.parameters_version) < 0:
            raise InputError("sheet: an epoch, time, ordinal or version is negative")
        self.parameters.check(self.tier)
        self.window.check(self.tier)

    def __repr__(self) -> str:
        mark = ", synthetic" if self.synthetic else ""
        return f"<Sheet {self.universe.id} epoch {self.epoch}, window to {self.window.last_day}{mark}>"

    @property
    def tier(self) -> Tier:
        """Sizes N, S, R, K."""
        return self.universe.tier

    @classmethod
    def from_history(
        cls,
        universe: Universe,
        history: History,
        *,
        epoch: int = 1,
        as_of_unix: int | None = None,
        prices: Sequence[int] | None = None,
        blocked: Sequence[int] | None = None,
        parameters: Parameters | None = None,
        parameters_version: int = 1,
        window_ordinal: int | None = None,
    ) -> Sheet:
        """Build a sheet: the window from the newest S + 1 closes, prices from the last close unless given.

        Args:
            as_of_unix: Time of the prices; default 00:00 UTC after the last day, when that day closes.
            prices: N prices in 10^-16 USD a lot, of a later moment than the last close.

        Raises:
            EmptyScenarios: Fewer than S + 1 closes.
            BadPrice, InputError: See `Sheet`.
        """
        window = _history_window(universe, history, window_ordinal)
        return cls(
            universe=universe,
            epoch=epoch,
            as_of_unix=day_end_unix(history.days[-1]) if as_of_unix is None else as_of_unix,
            prices=prices_of_closes(universe, history.closes[-1]) if prices is None else tuple(prices),
            blocked=(0,) * universe.size if blocked is None else tuple(blocked),
            parameters=parameters or Parameters.from_universe(universe),
            window=window,
            window_ordinal=universe.tier.scenarios if window_ordinal is None else window_ordinal,
            parameters_version=parameters_version,
            synthetic=history.synthetic,
            warnings=_warnings(history),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form; prices are decimal strings because they may pass 2^53. Without origin there is no such field."""
        document = {
            "schema": _SCHEMA,
            "universe": self.universe.to_dict(),
            "epoch": self.epoch,
            "as_of_unix": self.as_of_unix,
            "prices_e16": [str(price) for price in self.prices],
            "blocked": self.blocked,
            "parameters": self.parameters.to_dict(),
            "parameters_version": self.parameters_version,
            "window": self.window.to_dict(),
            "window_ordinal": self.window_ordinal,
            "synthetic": self.synthetic,
            "warnings": self.warnings,
        }
        return document if self.origin is None else {**document, "origin": self.origin.to_dict()}

    @cached_property
    def sha256(self) -> str:
        """Hash of the whole sheet."""
        return canonical_sha256(self.to_dict())

    @cached_property
    def prices_sha256(self) -> str:
        """Hash of prices and blocked bits."""
        return canonical_sha256({"prices_e16": [str(p) for p in self.prices], "blocked": self.blocked})

    def save(self, path: Path) -> None:
        """Write the RFC 8785 form."""
        write_whole(path, canonical_bytes(self.to_dict()) + b"\n")


def _history_window(universe: Universe, history: History, ordinal: int | None) -> Window:
    if history.universe_id != universe.id:
        raise InputError(f"the history is of universe {history.universe_id}, not {universe.id}")
    labels = [day.isoformat() for day in history.days]
    return window_from_closes(
        universe.tier, labels, history.closes, ordinal=ordinal, seeded=history.synthetic, proxies=history.proxies
    )


def day_end_unix(day: date) -> int:
    """00:00 UTC after a day, when it closes."""
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp())


def prices_of_closes(universe: Universe, answers: Sequence[int]) -> tuple[int, ...]:
    """N prices in 10^-16 USD a lot of one row of closes."""
    used = [price_lots(universe, slot, answers[slot]) for slot in range(1, len(universe.instruments))]
    return (CASH_PRICE, *used, *(0,) * (universe.size - 1 - len(used)))


def _warnings(history: History) -> tuple[str, ...]:
    found = []
    if history.synthetic:
        found.append(f"SYNTHETIC: prices and scenarios are generated (seed {history.seed})")
    if history.proxies:
        found.append(f"PROXY: closes of another instrument stand in for {', '.join(history.proxies)}")
    return tuple(found)


def _int(value: Any) -> int:
    if isinstance(value, str) and len(value) <= _INT_DIGITS and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    raise ValueError("not an integer")


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(_int(value) for value in _list(values))


def _rows(values: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(_ints(row) for row in _list(values))


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError("not a list")
    return values


def _texts(values: Any) -> tuple[str, ...]:
    if not all(type(value) is str for value in _list(values)):
        raise ValueError("not a list of texts")
    return tuple(values)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value


def _window(document: dict[str, Any]) -> Window:
    return Window(
        first_day=_text(document["first_day"]),
        last_day=_text(document["last_day"]),
        days=_texts(document["days"]),
        returns=_rows(document["returns_e6"]),
        seeded=_int(document["seeded"]),
        proxies=_texts(document["proxies"]),
    )


def _parameters(document: dict[str, Any]) -> Parameters:
    return Parameters(
        liquidation_threshold_bps=_ints(document["liquidation_threshold_bps"]),
        borrow_factor_bps=_ints(document["borrow_factor_bps"]),
        sector=_rows(document["sector"]),
        stress_return=_rows(document["stress_return_e6"]),
        stress_ids=_texts(document["stress_ids"]),
        stress_names=_texts(document["stress_names"]),
        sector_names=_texts(document["sector_names"]),
    )


def parse_sheet(text: str, where: str | None = None) -> Sheet:
    """Read a sheet from its JSON form.

    Raises:
        BadFile: Malformed, another schema, or a field that this version does not know.
        BadPrice, InputError: A value out of range.
    """
    document = parse_json(text, where)
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        raise BadFile(f"not a sheet of schema {_SCHEMA}", where=where)
    if document.keys() - _FIELDS - {"origin"}:
        raise BadFile("the sheet has a field that this version does not know", where=where)
    if not isinstance(document.get("synthetic"), bool):
        raise BadFile("the sheet does not say whether it is synthetic", where=where)
    try:
        return Sheet(
            universe=parse_universe(document["universe"], where),
            epoch=_int(document["epoch"]),
            as_of_unix=_int(document["as_of_unix"]),
            prices=_ints(document["prices_e16"]),
            blocked=_ints(document["blocked"]),
            parameters=_parameters(document["parameters"]),
            window=_window(document["window"]),
            window_ordinal=_int(document["window_ordinal"]),
            parameters_version=_int(document["parameters_version"]),
            synthetic=document["synthetic"],
            warnings=_texts(document["warnings"]),
            origin=parse_origin(document["origin"], where) if "origin" in document else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        name = f"field {error}" if isinstance(error, KeyError) else str(error)
        raise BadFile(f"the sheet is malformed: {name}", where=where) from None


def load_sheet(path: Path) -> Sheet:
    """Read a sheet file of at most 4 MiB; see `parse_sheet`."""
    return parse_sheet(read_text(path, _MAX_BYTES), path.name)
