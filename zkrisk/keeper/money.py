"""What a liquidation repays and seizes, and whether it pays: the vault's integers (ICreditVault), then gas.

Values are in 10^-16 USD at the epoch's prices. What the keeper gets is rounded down, what it pays up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zkrisk.fixedpoint import div_down, div_up
from zkrisk.keeper.model import AccountNow, Fees, Market, VaultTerms, Way
from zkrisk.params import BPS

__all__ = [
    "CLOSE_FACTOR_BPS",
    "DEEP_THRESHOLD_BPS",
    "MAXIMUM_BONUS_THRESHOLD_BPS",
    "NativePrice",
    "Offer",
    "Plan",
    "best_plan",
    "bonus_bps",
    "gas_value_up",
    "repayable",
]

CLOSE_FACTOR_BPS = 5_000
DEEP_THRESHOLD_BPS = 9_500
MAXIMUM_BONUS_THRESHOLD_BPS = 9_000
CHALLENGER_PARTS = 5
_INTEREST_PARTS = 100
"""A hundredth is more interest than an epoch brings."""
_WEI = 10**18


@dataclass(frozen=True, slots=True)
class NativePrice:
    """What gas is paid in.

    Attributes:
        slot: Whose price it has, None for a fixed one.
        lot_decimals: Decimals of a lot of that slot.
        fixed: 10^-16 USD for a whole one, where there is no slot.
    """

    slot: int | None = None
    lot_decimals: int = 0
    fixed: int = 0

    def of(self, market: Market) -> int:
        """Return the price of a whole one, 10^-16 USD."""
        return self.fixed if self.slot is None else market.prices[self.slot] * 10**self.lot_decimals


@dataclass(frozen=True, slots=True)
class Offer:
    """What a keeper shows and has.

    Attributes:
        threshold_bps: The health factor is shown to be below it, at most 10 000.
        funds: Most that it can repay, asset units.
        haircut_bps: Share of what is seized that selling it costs.
    """

    way: Way
    threshold_bps: int
    funds: int
    haircut_bps: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What one liquidation would do.

    Attributes:
        seize_slot: Named slot, taken first.
        wanted: To be named as the amount: a little more than is repaid, so that interest until then is covered.
        repaid: Asset units.
        seized: Token units by slot, for the keeper.
        gain: Value of what is seized less that of what is repaid, before gas; may be negative.
    """

    seize_slot: int
    wanted: int
    repaid: int
    seized: Mapping[int, int]
    gain: int


def bonus_bps(terms: VaultTerms, threshold_bps: int) -> int:
    """Return what is seized above the repaid, linear from the least at 10 000 to the most at 9 000, rounded down."""
    span = BPS - MAXIMUM_BONUS_THRESHOLD_BPS
    depth, room = BPS - min(threshold_bps, BPS), terms.maximum_bonus_bps - terms.bonus_bps
    return terms.bonus_bps + (div_down(room * depth, span) if depth < span else room)


def repayable(debt: int, minimum_debt: int, threshold_bps: int) -> int:
    """Return what one liquidation may repay at most: half, rounded up; all when deep or when dust would remain."""
    most = div_up(debt * CLOSE_FACTOR_BPS, BPS)
    return debt if threshold_bps <= DEEP_THRESHOLD_BPS or debt - most < minimum_debt else most


def gas_value_up(gas_units: int, fees: Fees, native_price: int) -> int:
    """Return what a transaction costs at most, 10^-16 USD."""
    return div_up(gas_units * fees.most * native_price, _WEI)


def best_plan(
    now: AccountNow, terms: VaultTerms, market: Market, exponents: Mapping[int, int], offer: Offer
) -> Plan | None:
    """Return the plan that gains most, over the slots that can be named first; None when nothing can be repaid.

    An account whose vault holds no escrow of it gives a plan that repays and seizes nothing: its debt is written off.
    """
    offered = _offered(now.debt, terms, offer)
    slots = sorted(slot for slot, units in now.escrow.items() if units)
    if not slots:
        # Nothing is pulled for nothing: any amount will do that would leave no dust.
        wanted = 1 if now.debt > terms.minimum_debt else 2 * now.debt
        return Plan(terms.collateral[0], wanted, 0, {}, 0) if terms.collateral else None
    if offered <= 0:
        return None
    plans = [_plan(now, terms, market, exponents, offer, first=slot, offered=offered) for slot in slots]
    return max(plans, key=lambda plan: (plan.gain, -plan.seize_slot))


def _offered(debt: int, terms: VaultTerms, offer: Offer) -> int:
    """Cut to the close factor and to the funds, and so that no dust of a debt remains."""
    offered = min(offer.funds, repayable(debt, terms.minimum_debt, offer.threshold_bps))
    is_dust_left = offered != debt and debt - offered < terms.minimum_debt
    return debt - terms.minimum_debt if is_dust_left else offered


def _plan(
    now: AccountNow,
    terms: VaultTerms,
    market: Market,
    exponents: Mapping[int, int],
    offer: Offer,
    *,
    first: int,
    offered: int,
) -> Plan:
    bonus = bonus_bps(terms, offer.threshold_bps) if offer.way is not Way.SILENCE else now.silence_bonus_bps or 0
    repaid, seized = 0, {}
    for slot in (first, *(other for other in sorted(now.escrow) if other != first)):
        if repaid == offered:
            break
        ratio = _Ratio.of(market, exponents, slot, terms.asset_slot, bonus)
        paid, taken = ratio.seizable(offered - repaid, now.escrow.get(slot, 0))
        repaid += paid
        if taken:
            seized[slot] = taken - _challengers_part(taken, bonus, offer.way)
    got = sum(_value(slot, units, market, exponents, up=False) for slot, units in seized.items())
    cost = _value(terms.asset_slot, repaid, market, exponents, up=True)
    is_cut = repayable(now.debt, terms.minimum_debt, offer.threshold_bps) == offered
    wanted = min(offer.funds, offered + offered // _INTEREST_PARTS + 1) if is_cut else offered
    return Plan(first, wanted, repaid, seized, div_down(got * (BPS - offer.haircut_bps), BPS) - cost)


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Units of a collateral for one asset unit, the bonus included, as VaultPricing computes them: up / down."""

    up: int
    down: int

    @classmethod
    def of(cls, market: Market, exponents: Mapping[int, int], slot: int, asset_slot: int, bonus: int) -> _Ratio:
        exponent = exponents[slot] - exponents[asset_slot]
        scale_up, scale_down = (10**exponent, 1) if exponent >= 0 else (1, 10**-exponent)
        return cls(market.prices[asset_slot] * (BPS + bonus) * scale_up, market.prices[slot] * BPS * scale_down)

    def seizable(self, offered: int, escrow: int) -> tuple[int, int]:
        """What the vault takes for an offer, (paid, seized); an escrow that is worth less is taken whole."""
        if not escrow or not self.down or not self.up:
            return 0, 0
        units = div_down(offered * self.up, self.down)
        return (offered, units) if units <= escrow else (div_up(escrow * self.down, self.up), escrow)


def _challengers_part(seized: int, bonus: int, way: Way) -> int:
    """One fifth of the bonus goes to who challenged."""
    return div_down(seized * bonus, BPS + bonus) // CHALLENGER_PARTS if way is Way.SILENCE else 0


def _value(slot: int, units: int, market: Market, exponents: Mapping[int, int], *, up: bool) -> int:
    exponent = exponents[slot]
    numerator, denominator = units * market.prices[slot], 1
    if exponent >= 0:
        denominator = 10**exponent
    else:
        numerator *= 10**-exponent
    return div_up(numerator, denominator) if up else div_down(numerator, denominator)
