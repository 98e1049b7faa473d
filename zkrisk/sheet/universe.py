"""The universe: which instruments there are, in which slot, in which unit, with which public risk parameters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from zkrisk.book.files import canonical_sha256, parse_json, read_text
from zkrisk.book.models import unknown_instrument
from zkrisk.errors import BadFile, NotFound, RangeExceeded
from zkrisk.fixedpoint import parse_decimal, scale_exact
from zkrisk.params import BPS, CASH_DECIMALS, PRICE_EXPONENT, RATIO_BITS, RETURN_BITS, RETURN_EXPONENT, TIERS, Tier

__all__ = ["Instrument", "Kind", "Stress", "Universe", "bundled_universes", "load_universe", "parse_universe"]

_FOLDER: Final = Path(__file__).parent / "universes"
_RATIO_LIMIT: Final = 1 << RATIO_BITS


class Kind(StrEnum):
    """What a slot holds."""

    CASH = "CASH"
    STABLECOIN = "STABLECOIN"
    SPOT = "SPOT"
    PERPETUAL = "PERPETUAL"
    FUTURE = "FUTURE"
    OPTION = "OPTION"
    FX = "FX"
    INDEX = "INDEX"
    COMMODITY = "COMMODITY"


def _integer(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value


_Int = Annotated[int, BeforeValidator(_integer), Field(strict=True)]
_Bps = Annotated[int, BeforeValidator(_integer), Field(strict=True, ge=0, lt=_RATIO_LIMIT)]
_Name = Annotated[str, Field(min_length=1, max_length=100)]
_Symbol = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,15}$")]


class _Public(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Instrument(_Public):
    """One slot. A lot is 10^-decimals units; a feed answer is in 10^-feed_decimals USD a unit."""

    slot: _Int = Field(ge=0)
    symbol: _Symbol
    name: _Name
    kind: Kind
    decimals: _Int = Field(ge=0, le=PRICE_EXPONENT)
    feed_decimals: _Int = Field(ge=0, le=PRICE_EXPONENT)
    heartbeat_s: _Int = Field(ge=0)
    sector: str | None = None
    liquidation_threshold_bps: _Bps = Field(le=BPS)
    borrow_factor_bps: _Bps = Field(ge=BPS)

    @model_validator(mode="after")
    def _consistent(self) -> Instrument:
        if self.decimals + self.feed_decimals > PRICE_EXPONENT:
            raise ValueError(f"decimals + feed_decimals is above {PRICE_EXPONENT}: the price would be truncated")
        if (self.slot == 0) != (self.kind is Kind.CASH):
            raise ValueError("slot 0, and only slot 0, is CASH")
        if self.slot == 0 and (self.decimals != CASH_DECIMALS or self.sector is not None):
            raise ValueError(f"cash has {CASH_DECIMALS} decimals and no sector")
        if self.slot == 0 and (self.liquidation_threshold_bps, self.borrow_factor_bps) != (BPS, BPS):
            raise ValueError("cash counts in full on both sides")
        return self

    @property
    def price_factor(self) -> int:
        """10^-16 USD a lot for one unit of the feed's answer."""
        return 10 ** (PRICE_EXPONENT - self.decimals - self.feed_decimals)


class Stress(_Public):
    """A named set of returns; an instrument that is not named moves by the default."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    name: _Name
    source: Annotated[str, Field(max_length=400)] = ""
    hypothetical: bool
    default: str = "0"
    returns: dict[str, str]

    def return_e6(self, symbol: str) -> int:
        """Return of an instrument in 10^-6, exactly."""
        return _return_e6(self.returns.get(symbol, self.default))


def _return_e6(text: str) -> int:
    value = scale_exact(parse_decimal(text), RETURN_EXPONENT)
    if not -(10**RETURN_EXPONENT) <= value < 1 << RETURN_BITS:
        raise ValueError(f"a stress return is not in -1 to 2^{RETURN_BITS} - 1 millionths")
    return value


class Universe(_Public):
    """Instruments in slot order, sectors, calendar and stress scenarios. Slots beyond the instruments are unused."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    tier_name: str = Field(alias="tier")
    calendar: tuple[Annotated[_Int, Field(ge=1, le=7)], ...] = Field(min_length=1, max_length=7)
    sectors: tuple[_Name, ...]
    instruments: tuple[Instrument, ...] = Field(min_length=1)
    stresses: tuple[Stress, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Universe:
        if self.tier_name not in TIERS:
            raise ValueError(f"the tier is not one of {', '.join(TIERS)}")
        tier, symbols = self.tier, self.symbols
        if len(self.instruments) > tier.instruments or len(self.stresses) > tier.stresses:
            raise ValueError(f"tier {tier.name} has {tier.instruments} slots and {tier.stresses} stress rows")
        if len(self.sectors) > tier.sectors or len(set(self.sectors)) != len(self.sectors):
            raise ValueError(f"tier {tier.name} has {tier.sectors} sectors, each with its own name")
        if [entry.slot for entry in self.instruments] != list(range(len(self.instruments))):
            raise ValueError("slots are not 0, 1, 2 and so on in order")
        if len(set(symbols)) != len(symbols) or len({s.id for s in self.stresses}) != len(self.stresses):
            raise ValueError("a symbol or a stress id is there twice")
        if list(self.calendar) != sorted(set(self.calendar)):
            raise ValueError("the calendar is not a rising list of ISO weekdays")
        for entry in self.instruments[1:]:
            if entry.sector is not None and entry.sector not in self.sectors:
                raise ValueError(f"the sector of {entry.symbol} is not in the list")
        for stress in self.stresses:
            self._check_stress(stress, set(symbols))
        return self

    @staticmethod
    def _check_stress(stress: Stress, symbols: set[str]) -> None:
        unknown = stress.returns.keys() - symbols
        if unknown or "USD" in stress.returns:
            raise ValueError(f"stress {stress.id} moves cash or an instrument that is not in the universe")
        for text in (stress.default, *stress.returns.values()):
            _return_e6(text)

    @property
    def tier(self) -> Tier:
        """Sizes N, S, R, K."""
        return TIERS[self.tier_name]

    @property
    def size(self) -> int:
        """N, unused slots included."""
        return self.tier.instruments

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Symbols of the slots in use, in order."""
        return tuple(entry.symbol for entry in self.instruments)

    @cached_property
    def _slots(self) -> dict[str, int]:
        return {entry.symbol: entry.slot for entry in self.instruments}

    def slot_of(self, symbol: str) -> int:
        """Slot of a symbol.

        Raises:
            UnknownInstrument: Not in the universe.
        """
        try:
            return self._slots[symbol]
        except KeyError:
            raise unknown_instrument(symbol, self.id, self.symbols) from None

    def symbol_of(self, slot: int) -> str:
        """Symbol of a slot, or ``slot i`` when it is unused."""
        return self.symbols[slot] if 0 <= slot < len(self.symbols) else f"slot {slot}"

    def decimals_of(self, slot: int) -> int:
        """d_i: a lot of the slot is 10^-d_i units."""
        return self.instruments[slot].decimals

    def is_calendar_day(self, day: date) -> bool:
        """Tell whether the universe has a close on that day."""
        return day.isoweekday() in self.calendar

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `parse_universe` reads it back."""
        return {"schema": "urn:zkrisk:universe/v1", **self.model_dump(mode="json", by_alias=True)}

    @cached_property
    def sha256(self) -> str:
        """Hash of the RFC 8785 form."""
        return canonical_sha256(self.to_dict())

    def unit_price(self, slot: int, price: int) -> Decimal:
        """USD a unit of a price in 10^-16 USD a lot, exactly."""
        sign, digits, exponent = Decimal(price).as_tuple()
        shift = self.decimals_of(slot) - PRICE_EXPONENT
        return Decimal((sign, digits, int(exponent) + shift))


def parse_universe(document: Any, where: str | None = None) -> Universe:
    """Build a universe from parsed JSON.

    Raises:
        BadFile: A field is missing, unknown or inconsistent; the message names it.
    """
    if not isinstance(document, dict):
        raise BadFile("the universe is not a JSON object", where=where)
    fields = {key: value for key, value in document.items() if key != "schema"}
    if document.get("schema", "urn:zkrisk:universe/v1") != "urn:zkrisk:universe/v1":
        raise BadFile("the universe has another schema than urn:zkrisk:universe/v1", where=where)
    try:
        return Universe.model_validate(fields)
    except (ValidationError, RangeExceeded) as error:
        raise BadFile(f"universe: {first_problem(error)}", where=where) from None


def first_problem(error: Exception) -> str:
    """One line of the first validation error: the place and what is wrong there."""
    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def bundled_universes() -> tuple[str, ...]:
    """Names of the universes that come with zkrisk."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load_universe(name_or_path: str | Path) -> Universe:
    """Read a universe: one that comes with zkrisk by its name, or a JSON file by its path.

    Raises:
        NotFound: No universe of that name.
        BadFile: The file is malformed.
    """
    path = Path(name_or_path)
    if path.suffix != ".json":
        if path.name not in bundled_universes():
            known = ", ".join(bundled_universes())
            raise NotFound("the universe is not one that comes with zkrisk", hint=f"one of {known}, or a .json file")
        path = _FOLDER / f"{path.name}.json"
    return parse_universe(parse_json(read_text(path), path.name), path.name)
