"""A policy in one line, as a lender reads it."""

from __future__ import annotations

from zkrisk.fixedpoint import from_scaled
from zkrisk.params import STATEMENTS
from zkrisk.policy.models import Policy

__all__ = ["disabled_text", "limit_text", "percent_text", "policy_text", "statement_label"]

_LABELS = {
    "health": "health",
    "leverage": "gross",
    "position": "position",
    "sector": "sector",
    "hhi": "HHI",
    "var": "VaR",
    "expected_shortfall": "ES",
    "stress": "stress",
}


def _plain(value_bps: int, decimals: int, places: int = 0) -> str:
    text = format(from_scaled(value_bps, decimals), "f")
    whole, _, fraction = text.partition(".")
    kept = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{kept}" if kept else whole


def percent_text(bps: int) -> str:
    """``30 %`` of 3000, exactly."""
    return f"{_plain(bps, 2)} %"


def limit_text(statement: str, bps: int) -> str:
    """``≥ 1.25``, ``≤ 4.00x``, ``≤ 30 %``, exactly."""
    if statement == "health":
        return f"≥ {_plain(bps, 4, 2)}"
    if statement == "leverage":
        return f"≤ {_plain(bps, 4, 2)}x"
    if statement == "hhi":
        return f"≤ {_plain(bps, 4, 2)}"
    return f"≤ {percent_text(bps)}"


def statement_label(statement: str, confidence_bps: int) -> str:
    """``VaR 97.5`` and the like."""
    label = _LABELS[statement]
    return f"{label} {_plain(confidence_bps, 2)}" if statement in {"var", "expected_shortfall"} else label


def _sector_text(policy: Policy) -> str:
    chosen = policy.limits.sector_max
    if chosen is None:
        return ""
    parts = [] if chosen.default is None else [limit_text("sector", chosen.default)]
    parts += [f"{name} {limit_text('sector', bps)}" for name, bps in sorted(chosen.by_name.items())]
    return f"sector {', '.join(parts)}"


def policy_text(policy: Policy) -> str:
    """``health ≥ 1.25 · gross ≤ 4.00x · …``, only what is enabled."""
    parts = []
    for statement in policy.enabled:
        bps = policy.limit_bps(statement) if statement != "sector" else None
        label = statement_label(statement, policy.confidence_bps)
        parts.append(_sector_text(policy) if bps is None else f"{label} {limit_text(statement, bps)}")
    return " · ".join(parts)


def disabled_text(policy: Policy) -> str:
    """Labels of the statements that the policy does not limit, ``HHI, stress``; empty when all are."""
    return ", ".join(_LABELS[name] for name in STATEMENTS if not policy.is_enabled(name))
