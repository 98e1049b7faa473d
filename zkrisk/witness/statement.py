"""What a proof states: the public signals, in the order of docs/protocol.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from zkrisk.book import Leg
from zkrisk.errors import InputError
from zkrisk.params import POLICY_SCALARS, SCALAR_MODULUS, STATEMENTS, CircuitKind, Tier

__all__ = [
    "ComplianceStatement",
    "HealthStatement",
    "SignalRange",
    "SignalSet",
    "field_element",
    "signal_layout",
    "signal_ranges",
]


class SignalSet(IntEnum):
    """How a public signal reaches the verification equation; the order is the order of the signals."""

    DYNAMIC = 0
    LEG = 1
    PRICES = 2
    POLICY = 3
    PARAMETERS = 4
    WINDOW = 5


@dataclass(frozen=True, slots=True)
class SignalRange:
    """Public signals first … first + count - 1, counted from 1 (0 is the constant)."""

    first: int
    count: int


def field_element(value: int) -> int:
    """Return a signed integer as an element of the scalar field."""
    return value % SCALAR_MODULUS


def signal_layout(kind: CircuitKind, tier: Tier) -> tuple[tuple[str, SignalSet, int], ...]:
    """Return (name, set, number of values) of every public input, in order."""
    n = tier.instruments
    leg = (("leg_long", SignalSet.LEG, n), ("leg_short", SignalSet.LEG, n))
    weights = (
        ("liquidation_threshold_bps", SignalSet.PARAMETERS, n),
        ("borrow_factor_bps", SignalSet.PARAMETERS, n),
    )
    subject = tuple((name, SignalSet.DYNAMIC, 1) for name in ("commitment", "owner", "context"))
    price = ("price", SignalSet.PRICES, n - 1)
    if kind is not CircuitKind.COMPLIANCE:
        return (*subject, ("threshold_bps", SignalSet.DYNAMIC, 1), *leg, price, *weights)
    policy = (
        ("enabled", SignalSet.POLICY, len(STATEMENTS)),
        *((name, SignalSet.POLICY, 1) for name in POLICY_SCALARS),
        ("sector_max_bps", SignalSet.POLICY, tier.sectors),
    )
    return (
        *subject,
        *leg,
        price,
        ("blocked", SignalSet.PRICES, n - 1),
        *policy,
        *weights,
        ("sector", SignalSet.PARAMETERS, tier.sectors * n),
        ("stress_return", SignalSet.PARAMETERS, tier.stresses * n),
        ("window_return", SignalSet.WINDOW, tier.scenarios * n),
    )


def signal_ranges(kind: CircuitKind, tier: Tier) -> dict[SignalSet, SignalRange]:
    """Return the index range of each set, disjoint and covering every public signal."""
    ranges: dict[SignalSet, SignalRange] = {}
    first = 1
    for signal_set in SignalSet:
        count = sum(size for _, member, size in signal_layout(kind, tier) if member is signal_set)
        ranges[signal_set] = SignalRange(first, count)
        first += count
    return ranges


@dataclass(frozen=True, slots=True)
class ComplianceStatement:
    """The public inputs of the compliance circuit.

    Attributes:
        prices: N prices in 10^-16 USD a lot; slot 0 is the constant and not a signal.
        blocked: N bits; slot 0 is 0 and not a signal.
        policy_values: The POLICY set in order (`Policy.public_values`).
        liquidation_threshold_bps, borrow_factor_bps: N each.
        sector: K rows of N bits.
        stress_return: R rows of N signed returns in 10^-6.
        window_return: S rows of N signed returns in 10^-6.
    """

    tier: Tier
    commitment: int
    owner: int
    context: int
    leg: Leg
    prices: tuple[int, ...]
    blocked: tuple[int, ...]
    policy_values: tuple[int, ...]
    liquidation_threshold_bps: tuple[int, ...]
    borrow_factor_bps: tuple[int, ...]
    sector: tuple[tuple[int, ...], ...]
    stress_return: tuple[tuple[int, ...], ...]
    window_return: tuple[tuple[int, ...], ...]

    kind = CircuitKind.COMPLIANCE

    def named_signals(self) -> dict[str, tuple[int, ...]]:
        """Return input name → field elements, row-major, in the order of the signals."""
        scalars = len(STATEMENTS)
        enabled, rest = self.policy_values[:scalars], self.policy_values[scalars:]
        policy = {"enabled": enabled}
        policy |= {name: (rest[i],) for i, name in enumerate(POLICY_SCALARS)}
        policy["sector_max_bps"] = rest[len(POLICY_SCALARS) :]
        values: dict[str, Sequence[int]] = {
            "commitment": (self.commitment,),
            "owner": (self.owner,),
            "context": (self.context,),
            "leg_long": self.leg.long,
            "leg_short": self.leg.short,
            "price": self.prices[1:],
            "blocked": self.blocked[1:],
            **policy,
            "liquidation_threshold_bps": self.liquidation_threshold_bps,
            "borrow_factor_bps": self.borrow_factor_bps,
            "sector": _flat(self.sector),
            "stress_return": _flat(self.stress_return),
            "window_return": _flat(self.window_return),
        }
        return _checked(self.kind, self.tier, values)

    def public_signals(self) -> tuple[int, ...]:
        """Return all public signals in order, as field elements."""
        return _flat(tuple(self.named_signals().values()))


@dataclass(frozen=True, slots=True)
class HealthStatement:
    """The public inputs of the healthy and the liquidation circuit."""

    kind: CircuitKind
    tier: Tier
    commitment: int
    owner: int
    context: int
    threshold_bps: int
    leg: Leg
    prices: tuple[int, ...]
    liquidation_threshold_bps: tuple[int, ...]
    borrow_factor_bps: tuple[int, ...]

    def named_signals(self) -> dict[str, tuple[int, ...]]:
        """Return input name → field elements, in the order of the signals."""
        values: dict[str, Sequence[int]] = {
            "commitment": (self.commitment,),
            "owner": (self.owner,),
            "context": (self.context,),
            "threshold_bps": (self.threshold_bps,),
            "leg_long": self.leg.long,
            "leg_short": self.leg.short,
            "price": self.prices[1:],
            "liquidation_threshold_bps": self.liquidation_threshold_bps,
            "borrow_factor_bps": self.borrow_factor_bps,
        }
        return _checked(self.kind, self.tier, values)

    def public_signals(self) -> tuple[int, ...]:
        """Return all public signals in order, as field elements."""
        return _flat(tuple(self.named_signals().values()))


def _flat(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(value for row in rows for value in row)


def _checked(kind: CircuitKind, tier: Tier, values: dict[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Bring values into the order of the layout and check every count."""
    named: dict[str, tuple[int, ...]] = {}
    for name, _, count in signal_layout(kind, tier):
        given = values[name]
        if len(given) != count:
            raise InputError(f"public input '{name}' has {len(given)} values, tier {tier.name} needs {count}")
        named[name] = tuple(field_element(value) for value in given)
    return named
