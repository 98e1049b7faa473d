"""The terms of every instrument: what the slot holds, in public, before there is a market.

A unit is what a book counts: a coin, a contract of one coin, one option, one share of a pool; a lot is 10^-decimals of
it. The USD value of a unit is a function of the terms and a market (`zkrisk.pricing.value`), so that a scenario is
priced by the same function as today.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from zkrisk.errors import BadFile
from zkrisk.params import PRICE_EXPONENT
from zkrisk.pricing.black import OptionType
from zkrisk.pricing.fields import Exact, Integer, Name, Positive, Public, Unix, first_problem

__all__ = [
    "Basket",
    "Component",
    "DatedFuture",
    "InversePerpetual",
    "LendingPosition",
    "LinearPerpetual",
    "LpToken",
    "Option",
    "PoolShare",
    "Spot",
    "StakedToken",
    "Terms",
    "parse_terms",
    "underlyings_of",
]

_SCHEMA: Final = "urn:zkrisk:instruments/v1"


class _Listed(Public):
    """What all have: the symbol of the slot and how fine a lot is."""

    symbol: Name
    decimals: Annotated[Integer, Field(ge=0, le=PRICE_EXPONENT)] = 8


class Spot(_Listed):
    """One unit of an underlying."""

    kind: Literal["spot"] = "spot"
    underlying: Name


class LendingPosition(_Listed):
    """One unit of what a lending market stores: a balance before its index (a scaled balance).

    Interest accrues in the public index, so a book that nothing happened to stays the same book. Supplied and borrowed
    balances have indices, and so slots, of their own.
    """

    kind: Literal["lending"] = "lending"
    underlying: Name
    side: Literal["supplied", "borrowed"]


class LinearPerpetual(_Listed):
    """A perpetual for one unit of the underlying, margined in USD. Funding accrues to cash, not to the price."""

    kind: Literal["linear-perpetual"] = "linear-perpetual"
    underlying: Name


class InversePerpetual(_Listed):
    """A perpetual margined in the coin: contracts of 1 USD. The slot counts coins at the contract's mark.

    A contract of N USD entered at e is N/e coins in this slot and -N of cash; see `zkrisk.pricing.booking`.
    """

    kind: Literal["inverse-perpetual"] = "inverse-perpetual"
    underlying: Name


class DatedFuture(_Listed):
    """A future for one unit of the underlying at a date; margined in USD, marked at its own price."""

    kind: Literal["future"] = "future"
    underlying: Name
    expiry_unix: Unix


class Option(_Listed):
    """A European option on one unit of the underlying.

    Attributes:
        settlement: ``usd`` pays max(S - K, 0) dollars. ``coin`` pays the same value in coins, and its premium is quoted
            in coins of the forward: C(F, K)/F, worth S·C(F, K)/F dollars.
        anchor_usd: Dollars a unit that the slot holds besides the option; the book owes them in cash. It keeps returns
            below their bound, and the price of a worthless option above zero (docs/instruments.md).
    """

    kind: Literal["option"] = "option"
    underlying: Name
    type: OptionType
    strike: Positive
    expiry_unix: Unix
    settlement: Literal["usd", "coin"] = "usd"
    anchor_usd: Annotated[Exact, Field(ge=0)] = Decimal(0)


class StakedToken(_Listed):
    """A token that redeems for units of its underlying: the public rate, or its own quoted price."""

    kind: Literal["staked"] = "staked"
    underlying: Name


class Component(Public):
    """Units of one underlying in a unit of a basket."""

    underlying: Name
    units: Positive


class Basket(_Listed):
    """A fixed number of units of each underlying: an index token, a vault share. Value is linear in every price."""

    kind: Literal["basket"] = "basket"
    components: tuple[Component, ...] = Field(min_length=1, max_length=16)

    @model_validator(mode="after")
    def _distinct(self) -> Basket:
        _check_distinct([component.underlying for component in self.components])
        return self


class PoolShare(Public):
    """Units of one underlying behind a share of a pool, and its weight; only the ratios of weights mean anything."""

    underlying: Name
    units: Positive
    weight: Positive


class LpToken(_Listed):
    """A share of a pool.

    Attributes:
        model: ``geometric``: a constant-product or weighted pool that arbitrage keeps at its weights, worth
            prod (units_i price_i / weight_i)^weight_i; two halves move by sqrt((1 + a)(1 + b)). ``basket``: the units
            held fast, which ignores what arbitrage takes: never below the geometric value after a move, so only for
            pools that do not trade.
    """

    kind: Literal["lp"] = "lp"
    model: Literal["geometric", "basket"] = "geometric"
    components: tuple[PoolShare, ...] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _distinct(self) -> LpToken:
        _check_distinct([component.underlying for component in self.components])
        return self

    def weight_of(self, component: PoolShare) -> Fraction:
        """Weight of a component; all of them add up to 1."""
        return Fraction(component.weight) / sum(Fraction(part.weight) for part in self.components)


Terms = (
    Spot | LendingPosition | LinearPerpetual | InversePerpetual | DatedFuture | Option | StakedToken | Basket | LpToken
)
_TERMS: Final = TypeAdapter(tuple[Annotated[Terms, Field(discriminator="kind")], ...])


def _check_distinct(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("an underlying is there twice")


def underlyings_of(terms: Terms) -> tuple[str, ...]:
    """What the value of an instrument depends on."""
    if isinstance(terms, (Basket, LpToken)):
        return tuple(component.underlying for component in terms.components)
    return (terms.underlying,)


def parse_terms(document: Any, where: str | None = None) -> tuple[Terms, ...]:
    """Read a list of terms from parsed JSON: ``{"schema": "urn:zkrisk:instruments/v1", "instruments": [...]}``.

    Raises:
        BadFile: Another schema, a field that is missing, unknown or out of range, or a symbol twice.
    """
    if (
        not isinstance(document, dict)
        or document.get("schema") != _SCHEMA
        or set(document) != {"schema", "instruments"}
    ):
        raise BadFile(f"not a list of instruments of schema {_SCHEMA}", where=where)
    try:
        terms = _TERMS.validate_python(document["instruments"])
    except ValidationError as error:
        raise BadFile(f"instruments: {first_problem(error)}", where=where) from None
    symbols = [entry.symbol for entry in terms]
    if len(set(symbols)) != len(symbols):
        raise BadFile("instruments: a symbol is there twice", where=where)
    return terms
