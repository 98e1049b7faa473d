"""What every template claims, in plain integers: true on an accepted witness, false on a refused one."""

from __future__ import annotations

from collections.abc import Callable

from harness.case import View
from harness.constraints import R
from harness.specs_binding import BINDING_SPECS
from zkrisk.poseidon import poseidon

BPS, CASH, CENT, SCALE = 10**4, 10**10, 10**14, 10**6
BOOK_DOMAIN = int.from_bytes(b"zkrisk.book.v1", "big")
COMMITMENT_DOMAIN = int.from_bytes(b"zkrisk.commitment.v1", "big")


def chain(domain: int, length: int, elements: list[int]) -> int:
    """Return the Poseidon chain of docs/protocol.md."""
    state = poseidon([domain, length, *elements[:14]])
    for start in range(14, len(elements), 15):
        state = poseidon([state, *elements[start : start + 15]])
    return state


def packed(quantities: list[int]) -> list[int]:
    """Return three quantities to an element, in the field."""
    padded = [*quantities, 0, 0]
    return [
        sum(q << (64 * k) for k, q in enumerate(padded[j : j + 3])) % R for j in range(0, len(quantities), 3)
    ]  # fmt: skip


def commitment(long: list[int], short: list[int], owner: int, salt: int) -> int:
    """Return the commitment of docs/protocol.md, also for quantities out of range."""
    state = chain(BOOK_DOMAIN, len(long), packed([*long, *short]))
    return poseidon([COMMITMENT_DOMAIN, state, owner % R, salt % R])


def book_hash(v: View, n: int) -> tuple[list[int], int]:
    """The packed book and its hash."""
    elements = packed([*v.list("long", n), *v.list("short", n)])
    return elements, chain(BOOK_DOMAIN, n, elements)


def in_range(v: View, bits: int) -> bool:
    """0 <= in < 2^BITS, and the bits are those of in."""
    return v["in"] < 1 << bits and all(v[f"bit[{i}]"] == (v["in"] >> i) & 1 for i in range(bits))


def at_most(v: View, bits: int) -> bool:
    """enabled = 0, or value <= limit within the width."""
    honest = v["headroom"] == v["enabled"] * (v["limit"] - v["value"]) % R and v["range.in"] == v["headroom"]
    return honest and (v["enabled"] == 0 or 0 <= v.signed("limit") - v.signed("value") < 1 << bits)


def absolute(v: View, bits: int) -> bool:
    """out = |in| below 2^BITS."""
    return v["out"] == abs(v.signed("in")) < 1 << bits


def floor(v: View, divisor: int, _: int, bits: int) -> bool:
    """quotient and remainder of the floor."""
    quotient, remainder = v.signed("quotient"), v["remainder"]
    return (quotient, remainder) == divmod(v.signed("dividend"), divisor) and -(1 << bits) <= quotient < 1 << bits


def not_blocked(v: View, n: int) -> bool:
    """Nothing is held where blocked."""
    return all(
        not v[f"blocked[{i - 1}]"] or v[f"total_long[{i}]"] == v[f"total_short[{i}]"] == 0 for i in range(1, n)
    )  # fmt: skip


def valuation(v: View, n: int) -> bool:
    """total * price, both sides."""
    price = [CASH, *v.list("price", n - 1)]
    return all(
        v.list(f"{side}_value", n) == [q * p for q, p in zip(v.list(f"total_{side}", n), price, strict=True)]
        for side in ("long", "short")
    )


def exposure(v: View, n: int) -> bool:
    """Net exposures and their totals."""
    long, short = v.list("long_value", n), v.list("short_value", n)
    net = [a - b for a, b in zip(long, short, strict=True)]
    cents = [value // CENT for value in net]
    return (
        v.list("exposure_cents", n) == cents
        and v.list("magnitude", n - 1) == [abs(value) for value in net[1:]]
        and all(abs(value) < 1 << 96 for value in net)
        and all(-(1 << 49) <= value < 1 << 49 for value in cents)
        and v.signed("equity") == sum(net)
        and v.signed("equity_cents") == sum(cents)
        and v.signed("gross") == sum(long[1:]) + sum(short[1:])
    )


def health_gap(v: View, n: int) -> bool:
    """gap = 10^4 * sum(long * lt) - threshold * sum(short * bf)."""
    assets = zip(v.list("long_value", n), v.list("liquidation_threshold_bps", n), strict=True)
    debts = zip(v.list("short_value", n), v.list("borrow_factor_bps", n), strict=True)
    required = v.signed("threshold_bps") * sum(a * b for a, b in debts)
    return v.signed("gap") == BPS * sum(a * b for a, b in assets) - required


def healthy(v: View, _: int) -> bool:
    """enabled = 0, or gap >= 0 within the width of honest gaps."""
    return v["enabled"] == 0 or 0 <= v.signed("gap") < 1 << 171


def liquidatable(v: View, _: int) -> bool:
    """gap <= -1 within the width of honest gaps."""
    return -(1 << 171) <= v.signed("gap") <= -1


def leverage(v: View, _: int) -> bool:
    """10^4 G <= l E."""
    return v["enabled"] == 0 or BPS * v.signed("gross") <= v.signed("limit_bps") * v.signed("equity")


def position(v: View, n: int) -> bool:
    """10^4 |n_i| <= c E for every i."""
    allowed = v.signed("limit_bps") * v.signed("equity")
    return v["enabled"] == 0 or all(BPS * m <= allowed for m in v.list("magnitude", n - 1))


def sectors(v: View, n: int, k: int) -> bool:
    """10^4 sum |n_i| <= c_k E for every sector."""
    magnitude = v.list("magnitude", n - 1)
    totals = [sum(m * b for m, b in zip(magnitude, v.list(f"sector[{s}]", n)[1:], strict=True)) for s in range(k)]
    limits = [limit * v.signed("equity") for limit in v.list("limit_bps", k)]
    squares = all(v[f"cash_square[{s}]"] == v[f"sector[{s}][0]"] ** 2 % R for s in range(k))
    return squares and (v["enabled"] == 0 or all(BPS * a <= b for a, b in zip(totals, limits, strict=True)))


def herfindahl(v: View, n: int) -> bool:
    """10^4 sum n^2 <= h (sum |n|)^2."""
    magnitude = v.list("magnitude", n - 1)
    return v["enabled"] == 0 or BPS * sum(m * m for m in magnitude) <= v.signed("limit_bps") * sum(magnitude) ** 2


def scenario(v: View, n: int) -> bool:
    """loss = -sum(return * exposure) + N 10^6."""
    gain = sum(a * b for a, b in zip(v.list("exposure_cents", n), v.list("return_e6", n), strict=True))
    return v.signed("loss") == n * SCALE - gain


def part(v: View) -> bool:
    """beyond and excess of one scenario."""
    gap = v.signed("loss") - v.signed("t")
    close = -(1 << 82) < gap <= 1 << 82
    return close and v["beyond"] == int(gap > 0) and v.signed("excess") == max(gap, 0)


def tail(v: View, _: int, s: int) -> bool:
    """Statements 4 and 5 at t."""
    t, mass, cents = v.signed("tail_threshold"), v.signed("tail_mass"), v.signed("equity_cents")
    losses = v.list("loss", s)
    excess = sum(max(loss - t, 0) for loss in losses)
    few = sum(loss > t for loss in losses) <= v.signed("tail_count")
    var = v["var_enabled"] == 0 or (few and t <= 100 * v.signed("var_max_bps") * cents)
    return var and (v["es_enabled"] == 0 or mass * t + BPS * excess <= mass * 100 * v.signed("es_max_bps") * cents)


def stress(v: View, _: int, r: int) -> bool:
    """loss <= 100 s sum X for every row."""
    allowed = 100 * v.signed("limit_bps") * v.signed("equity_cents")
    return v["enabled"] == 0 or all(loss <= allowed for loss in v.list("loss", r))


def account(v: View, n: int) -> bool:
    """Ranges, the opening, totals, and the context."""
    long, short = ([v[f"{side}[{i}]"] for i in range(n)] for side in ("long", "short"))
    totals = all(
        v[f"total_{side}[{i}]"] == (v[f"{side}[{i}]"] + v[f"leg_{side}[{i}]"]) % R
        for side in ("long", "short")
        for i in range(n)
    )
    return (
        totals
        and all(q < 1 << 64 for q in (*long, *short))
        and v["commitment"] == commitment(long, short, v["owner"], v["salt"])
        and v["context_square"] == v["context"] ** 2 % R
    )


SPECS: dict[str, Callable[..., bool]] = {
    "AssertBit": lambda v: v["in"] in (0, 1),
    "AssertRange": in_range,
    "AssertSignedRange": lambda v, bits: (
        -(1 << bits) <= v.signed("in") < 1 << bits and v["range.in"] == (v["in"] + (1 << bits)) % R
    ),
    "AssertAtMost": at_most,
    "Absolute": absolute,
    "FloorDivide": floor,
    "AssertNotBlocked": not_blocked,
    "Valuation": valuation,
    "Exposure": exposure,
    "AssertSolvent": lambda v, _: 1 <= v.signed("equity") <= 1 << 98,
    "HealthGap": health_gap,
    "AssertHealthy": healthy,
    "AssertLiquidatable": liquidatable,
    "AssertLeverage": leverage,
    "AssertPosition": position,
    "AssertSectors": sectors,
    "AssertHerfindahl": herfindahl,
    "ScenarioLoss": scenario,
    "TailPart": part,
    "AssertTail": tail,
    "AssertStress": stress,
    **BINDING_SPECS,
    "PackQuantities": lambda v, n: v.list("packed", (n + 2) // 3) == packed(v.list("quantity", n)),
    "HashChain": lambda v, domain, length, n: v["out"] == chain(domain, length, [v[f"element[{i}]"] for i in range(n)]),
    "BookHash": lambda v, n: book_hash(v, n) == (v.list("packed", -(-2 * n // 3)), v["hash"]),
    "BookCommitment": lambda v, n: (
        book_hash(v, n) == (v.list("packed", -(-2 * n // 3)), v["book_hash"])
        and v["commitment"] == commitment(v.list("long", n), v.list("short", n), v["owner"], v["salt"])
    ),
    "BoundBook": account,
}
