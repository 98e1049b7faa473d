"""From what an exchange shows to what slots hold: sizes, entries and wallets become quantities of a book.

Equity of the booked form is wallet + funding + unrealised profit at any mark, and no entry price reaches a circuit:

linear    size in the contract's slot, -size·entry in cash                 cash + size·mark
inverse   contracts/entry coins in the contract's slot, -contracts in cash  (wallet + contracts/entry)·mark - contracts
option    size in the option's slot, -size·anchor in cash                   cash + size·(premium + anchor)
lending   balance/index in the slot of its side                             stored·index·price

Everything is a Decimal in human units and private. Only quotients are rounded, to the bad side: held down, owed up.
`zkrisk.book.quantise` makes lots of the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Context, Decimal, Inexact
from typing import Any, Final

from zkrisk.book.models import Position, parse_quantity
from zkrisk.errors import BadPrice, BadQuantity, InputError
from zkrisk.params import BPS, RATIO_BITS

__all__ = [
    "InverseHolding",
    "LendingHolding",
    "LinearHolding",
    "OptionHolding",
    "booked",
    "inverse_pnl_coins",
    "margin_factors",
    "shocked_pnl_coins",
]

_EXACT: Final = Context(prec=300, traps=[Inexact])
_WIDE: Final = Context(prec=120, rounding=ROUND_FLOOR)
_UNIT: Final = Decimal(1).scaleb(-18)
_ZERO: Final = Decimal(0)


def _price(price: object) -> Decimal:
    parsed = parse_quantity(price)
    if parsed <= 0:
        raise BadPrice("an entry or a mark is not positive")
    return parsed


def _quotient_down(numerator: Decimal, denominator: Decimal) -> Decimal:
    """To 18 decimals, toward minus infinity: held down, owed up."""
    return _WIDE.divide(numerator, denominator).quantize(_UNIT, context=_WIDE)


@dataclass(frozen=True, slots=True)
class LinearHolding:
    """An open linear perpetual or dated future.

    Attributes:
        symbol: Of the slot.
        size: Units, negative is short.
        entry: Average entry price, USD a unit.
        funding: USD accrued and not yet in the wallet; negative is owed.
    """

    symbol: str
    size: Decimal = field(repr=False)
    entry: Decimal = field(repr=False)
    funding: Decimal = field(default=_ZERO, repr=False)


@dataclass(frozen=True, slots=True)
class InverseHolding:
    """An open inverse perpetual or future.

    Attributes:
        symbol: Of the contract's slot, which counts coins at the contract's mark.
        coin: Symbol of the slot of the coin that margins it.
        contracts_usd: Face value in USD, negative is short.
        entry: Average entry price, USD a coin; the harmonic mean of the fills, as such venues show it.
        funding: Coins accrued and not yet in the wallet.
    """

    symbol: str
    coin: str
    contracts_usd: Decimal = field(repr=False)
    entry: Decimal = field(repr=False)
    funding: Decimal = field(default=_ZERO, repr=False)


@dataclass(frozen=True, slots=True)
class OptionHolding:
    """Options held or written; the premium is already in a wallet.

    Attributes:
        symbol: Of the slot.
        size: Units, negative is written.
        anchor_usd: The anchor of the slot's terms, public.
    """

    symbol: str
    size: Decimal = field(repr=False)
    anchor_usd: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class LendingHolding:
    """A balance in a lending market, as its user sees it: interest included.

    Attributes:
        symbol: Of the slot of the supplied or the borrowed side.
        balance: Units of the underlying, negative is borrowed.
        index: Units of the underlying for one stored unit, public.
    """

    symbol: str
    balance: Decimal = field(repr=False)
    index: Decimal = Decimal(1)


Holding = LinearHolding | InverseHolding | OptionHolding | LendingHolding


class _Ledger:
    """Wallets net; what contracts hold long and short stays apart, because gross exposure counts both."""

    def __init__(self, wallets: Mapping[str, Decimal]) -> None:
        self.net = {symbol: parse_quantity(amount) for symbol, amount in wallets.items()}
        self.long: dict[str, Decimal] = defaultdict(Decimal)
        self.short: dict[str, Decimal] = defaultdict(Decimal)

    def pay(self, symbol: str, amount: Decimal) -> None:
        self.net[symbol] = _EXACT.add(self.net.get(symbol, _ZERO), amount)

    def hold(self, symbol: str, quantity: Decimal) -> None:
        side = self.short if quantity < 0 else self.long
        side[symbol] = _EXACT.add(side[symbol], quantity.copy_abs())

    def positions(self) -> tuple[Position, ...]:
        for symbol, amount in self.net.items():
            self.hold(symbol, amount)
        symbols = dict.fromkeys((*self.net, *self.long, *self.short))
        return tuple(Position(instrument=s, long=self.long[s], short=self.short[s]) for s in symbols)


def _book_linear(ledger: _Ledger, cash: str, holding: LinearHolding) -> None:
    size = parse_quantity(holding.size)
    ledger.hold(holding.symbol, size)
    ledger.pay(cash, _EXACT.multiply(size.copy_negate(), _price(holding.entry)))
    ledger.pay(cash, parse_quantity(holding.funding))


def _book_inverse(ledger: _Ledger, cash: str, holding: InverseHolding) -> None:
    contracts = parse_quantity(holding.contracts_usd)
    ledger.hold(holding.symbol, _quotient_down(contracts, _price(holding.entry)))
    ledger.pay(cash, contracts.copy_negate())
    ledger.pay(holding.coin, parse_quantity(holding.funding))


def _book_option(ledger: _Ledger, cash: str, holding: OptionHolding) -> None:
    size, anchor = parse_quantity(holding.size), parse_quantity(holding.anchor_usd)
    if anchor < 0:
        raise BadQuantity("the anchor of an option is negative")
    ledger.hold(holding.symbol, size)
    ledger.pay(cash, _EXACT.multiply(size.copy_negate(), anchor))


def _book_lending(ledger: _Ledger, _: str, holding: LendingHolding) -> None:
    ledger.hold(holding.symbol, _quotient_down(parse_quantity(holding.balance), _price(holding.index)))


_BOOK: Final[dict[type[Any], Callable[[_Ledger, str, Any], None]]] = {
    LinearHolding: _book_linear,
    InverseHolding: _book_inverse,
    OptionHolding: _book_option,
    LendingHolding: _book_lending,
}


def booked(cash: str, wallets: Mapping[str, Decimal], holdings: Sequence[Holding] = ()) -> tuple[Position, ...]:
    """Positions of a book for the wallets and the open contracts of an account.

    Args:
        cash: Symbol of slot 0.
        wallets: Balance by symbol, settled funding and premiums included, unrealised profit not; negative is borrowed.
        holdings: Open contracts and options; a symbol may be there twice, long and short.

    Returns:
        One position a symbol: wallets and what contracts owe in cash are netted, contracts are not.

    Raises:
        BadQuantity, BadPrice: Not a number, out of range, or a price that is not positive; never shows it.
        InputError: A contract's slot is a wallet's: the coins of a contract are not the coins of a wallet.
    """
    ledger = _Ledger(wallets)
    ledger.pay(cash, _ZERO)
    coins = {holding.coin for holding in holdings if isinstance(holding, InverseHolding)}
    for holding in holdings:
        if holding.symbol in {cash, *wallets, *coins} or cash in coins:
            raise InputError(f"the slot of contract {holding.symbol} is a wallet's too, or cash margins an inverse one")
        _BOOK[type(holding)](ledger, cash, holding)
    return ledger.positions()


def inverse_pnl_coins(contracts_usd: Decimal, entry: Decimal, mark: Decimal) -> Decimal:
    """Unrealised profit of an inverse contract in coins, contracts·(1/entry - 1/mark), rounded down to 10^-18."""
    contracts, first, last = parse_quantity(contracts_usd), _price(entry), _price(mark)
    numerator = _EXACT.multiply(contracts, _EXACT.subtract(last, first))
    return _quotient_down(numerator, _EXACT.multiply(first, last))


def shocked_pnl_coins(coins: Decimal, shock: Decimal) -> Decimal:
    """Profit in coins of an inverse contract worth so many coins when the price moves by a share s: Q·s/(1 + s).

    Args:
        coins: Q, contracts over the price before the move; negative is short.
        shock: s, above -1.

    Returns:
        Rounded down to 10^-18 of a coin.

    Raises:
        BadPrice: A fall of 100 % or more: a coin that is worth nothing pays no debt.
    """
    quantity, share = parse_quantity(coins), parse_quantity(shock)
    if share <= -1:
        raise BadPrice("the price falls by 100 % or more")
    return _quotient_down(_EXACT.multiply(quantity, share), _EXACT.add(share, 1))


def margin_factors(maintenance_bps: int) -> tuple[int, int]:
    """Liquidation threshold and borrow factor of a derivative slot, bps: 10^4 - mm and 10^4 + mm.

    With these a health factor of 1 is equity = mm of the notional at the mark, long or short: the exchange's own rule.

    Raises:
        InputError: Not in 0 to 10^4 bps.
    """
    if type(maintenance_bps) is not int or not 0 <= maintenance_bps <= BPS < 1 << (RATIO_BITS - 1):
        raise InputError(f"a maintenance margin is not in 0 to {BPS} bps")
    return BPS - maintenance_bps, BPS + maintenance_bps
