"""The inequalities of docs/protocol.md in plain integers, and states to try them on; imports no metric of zkrisk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.specs import BPS, CASH, CENT, SCALE, commitment

STATEMENTS = ("health", "leverage", "position", "sector", "hhi", "var", "expected_shortfall", "stress")


@dataclass(frozen=True)
class State:
    """A book, a leg, a sheet and a policy. Lists have one entry a slot, cash first."""

    long: list[int]
    short: list[int]
    leg_long: list[int]
    leg_short: list[int]
    price: list[int]
    blocked: list[int]
    lt: list[int]
    bf: list[int]
    sector: list[list[int]]
    stress: list[list[int]]
    window: list[list[int]]
    enabled: dict[str, int]
    limit: dict[str, int]
    sector_limit: list[int]
    tail_count: int
    tail_mass: int
    t: int
    owner: int = 0xABCDEF
    salt: int = (1 << 247) + 99
    context: int = 77
    threshold: int = 10_000

    def total(self, side: str) -> list[int]:
        """Return book plus leg of one side."""
        return [a + b for a, b in zip(getattr(self, side), getattr(self, f"leg_{side}"), strict=True)]

    def values(self, side: str) -> list[int]:
        """Return the values of one side, 10^-16 USD."""
        return [q * p for q, p in zip(self.total(side), self.price, strict=True)]

    @property
    def net(self) -> list[int]:
        """Net values, 10^-16 USD."""
        return [a - b for a, b in zip(self.values("long"), self.values("short"), strict=True)]

    @property
    def equity(self) -> int:
        """E, 10^-16 USD."""
        return sum(self.net)

    @property
    def cents(self) -> list[int]:
        """x, floored."""
        return [value // CENT for value in self.net]

    def losses(self, rows: list[list[int]]) -> list[int]:
        """Return the losses of scenario rows, 10^-6 cents."""
        cents = self.cents
        return [len(cents) * SCALE - sum(a * b for a, b in zip(row, cents, strict=True)) for row in rows]

    def with_(self, **changes: object) -> State:
        """Return a copy with some fields replaced; `en` and `li` update enabled bits and limits."""
        enabled = {**self.enabled, **changes.pop("en", {})}  # type: ignore[dict-item]
        limit = {**self.limit, **changes.pop("li", {})}  # type: ignore[dict-item]
        return replace(self, enabled=enabled, limit=limit, **changes)  # type: ignore[arg-type]


def health_gap(s: State, threshold: int) -> int:
    """Return 10^4 Σ L p lt - h Σ S p bf."""
    assets = sum(a * b for a, b in zip(s.values("long"), s.lt, strict=True))
    debts = sum(a * b for a, b in zip(s.values("short"), s.bf, strict=True))
    return BPS * assets - threshold * debts


def representable(s: State) -> bool:
    """Whether the widths of docs/protocol.md hold: quantities, net values, cents, and t beside every loss."""
    quantities = all(0 <= q < 1 << 64 for q in (*s.long, *s.short))
    near = all(-(1 << 82) < loss - s.t <= 1 << 82 for loss in s.losses(s.window))
    return (
        quantities
        and near
        and all(abs(n) < 1 << 96 for n in s.net[1:])
        and all(-1 << 49 <= x < 1 << 49 for x in s.cents)
    )


def magnitudes(s: State) -> list[int]:
    """Return |n_i| of the risky slots."""
    return [abs(n) for n in s.net[1:]]


def _leverage(s: State) -> int:
    gross = sum(s.values("long")[1:]) + sum(s.values("short")[1:])
    return s.limit["leverage"] * s.equity - BPS * gross


def _sector(s: State) -> int:
    sums = [sum(m * b for m, b in zip(magnitudes(s), row[1:], strict=True)) for row in s.sector]
    return min(c * s.equity - BPS * total for c, total in zip(s.sector_limit, sums, strict=True))


def _hhi(s: State) -> int:
    return s.limit["hhi"] * sum(magnitudes(s)) ** 2 - BPS * sum(m * m for m in magnitudes(s))


def _var(s: State) -> int:
    count = sum(loss > s.t for loss in s.losses(s.window))
    return min(s.tail_count - count, 100 * s.limit["var"] * sum(s.cents) - s.t)


def _expected_shortfall(s: State) -> int:
    excess = sum(max(loss - s.t, 0) for loss in s.losses(s.window))
    return s.tail_mass * (100 * s.limit["expected_shortfall"] * sum(s.cents) - s.t) - BPS * excess


# Statement → limit minus use in the statement's own unit; it holds when this is not negative.
ROOM: dict[str, Callable[[State], int]] = {
    "health": lambda s: health_gap(s, s.limit["health"]),
    "leverage": _leverage,
    "position": lambda s: s.limit["position"] * s.equity - BPS * max(magnitudes(s)),
    "sector": _sector,
    "hhi": _hhi,
    "var": _var,
    "expected_shortfall": _expected_shortfall,
    "stress": lambda s: 100 * s.limit["stress"] * sum(s.cents) - max(s.losses(s.stress)),
}


def compliant(s: State) -> bool:
    """Whether the compliance circuit must accept."""
    held = [a + b for a, b in zip(s.total("long"), s.total("short"), strict=True)]
    open_ = all(not b or not q for b, q in zip(s.blocked, held, strict=True))
    return (
        representable(s)
        and s.equity > 0
        and open_
        and all(ROOM[name](s) >= 0 for name in STATEMENTS if s.enabled[name])
    )


def inputs(s: State, kind: str) -> dict[str, object]:
    """Return the inputs of a circuit, nested, with the commitment to the book as it is."""
    common: dict[str, object] = {
        "commitment": commitment(s.long, s.short, s.owner, s.salt),
        "owner": s.owner,
        "context": s.context,
        "leg_long": s.leg_long,
        "leg_short": s.leg_short,
        "price": s.price[1:],
        "liquidation_threshold_bps": s.lt,
        "borrow_factor_bps": s.bf,
        "long": s.long,
        "short": s.short,
        "salt": s.salt,
    }
    if kind != "compliance":
        return common | {"threshold_bps": s.threshold}
    return common | policy_inputs(s) | {
        "blocked": s.blocked[1:],
        "sector": s.sector,
        "stress_return": s.stress,
        "window_return": s.window,
    }  # fmt: skip


def policy_inputs(s: State) -> dict[str, object]:
    """Return the inputs of `compliance` that a policy and the prover's t decide."""
    names = ("health_min", *(f"{name}_max" for name in ("leverage", "position", "hhi", "var", "expected_shortfall")))
    limits = {f"{name}_bps": s.limit[name.rpartition("_")[0]] for name in (*names, "stress_max")}
    return limits | {
        "enabled": [s.enabled[name] for name in STATEMENTS],
        "tail_count": s.tail_count,
        "tail_mass": s.tail_mass,
        "sector_max_bps": s.sector_limit,
        "tail_threshold": s.t,
    }


def base_state() -> State:
    """Return a healthy micro book in which every slot is held and no public input is 0."""
    n, s, r = 8, 16, 4
    usd = 10**16
    price = [CASH, *(usd * (i + 3) // 10**4 for i in range(1, n))]
    return State(
        long=[(50_000 + i) * (10**6 if i == 0 else 10**3) for i in range(n)],
        short=[(1_000 + i) * (10**6 if i == 0 else 10**2) for i in range(n)],
        leg_long=[3 + i for i in range(n)],
        leg_short=[2 + i for i in range(n)],
        price=price,
        blocked=[0] * n,
        lt=[9_500 - 100 * i for i in range(n)],
        bf=[10_000 + 100 * i for i in range(n)],
        sector=[[1 + k] + [int(i % 2 == k) for i in range(1, n)] for k in range(2)],
        stress=[[-(10**5) * (1 + i + j) // 2 for i in range(n)] for j in range(r)],
        window=[[((-1) ** (i + j)) * 10**4 * (1 + (3 * i + 5 * j) % 7) for i in range(n)] for j in range(s)],
        enabled=dict.fromkeys(STATEMENTS, 1),
        limit={
            "health": 11_000, "leverage": 60_000, "position": 9_000, "hhi": 9_000, "var": 5_000,
            "expected_shortfall": 6_000, "stress": 9_500,
        },
        sector_limit=[9_900, 9_800],
        tail_count=1,
        tail_mass=500 * s,
        t=0,
    )  # fmt: skip


def at_quantile(s: State) -> State:
    """Return the state with t at the (tail_count + 1)-th largest loss, as an honest prover sets it."""
    return s.with_(t=sorted(s.losses(s.window), reverse=True)[s.tail_count])
