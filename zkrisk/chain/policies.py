"""Policies as the registry keeps them, and back as people write them."""

from __future__ import annotations

from typing import Any

from zkrisk.errors import BadLimit, PolicyMismatch
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import STATEMENTS, Assurance, Tier
from zkrisk.policy import Limits, Policy, tail_count, tail_mass
from zkrisk.sheet import Universe

__all__ = ["folded_values", "limits_struct", "policy_from_chain"]

_FIELDS = {
    "health": "healthMinBps",
    "leverage": "leverageMaxBps",
    "position": "positionMaxBps",
    "hhi": "hhiMaxBps",
    "var": "varMaxBps",
    "expected_shortfall": "expectedShortfallMaxBps",
    "stress": "stressMaxBps",
}


def limits_struct(policy: Policy, universe: Universe) -> dict[str, Any]:
    """Return the contract's Limits struct of a policy."""
    mask = sum(1 << index for index, name in enumerate(STATEMENTS) if policy.is_enabled(name))
    scalars = {field: policy.limit_bps(name) or 0 for name, field in _FIELDS.items()}
    return {
        "enabledMask": mask,
        **scalars,
        "confidenceBps": policy.confidence_bps,
        "maxAgeSeconds": policy.max_age_s,
        "minAssurance": int(policy.min_assurance),
        "minCoverageBps": policy.min_coverage_bps,
        "sectorMaxBps": policy.sector_max_bps(universe.tier, universe.sectors),
    }


def policy_from_chain(limits: dict[str, Any], owner: str, name: str, version: int, universe: Universe) -> Policy:
    """Return the policy that a Limits struct says.

    Raises:
        PolicyMismatch: Its text would not give back the same struct, so it cannot be shown faithfully.
    """
    enabled = {name: bool(limits["enabledMask"] >> index & 1) for index, name in enumerate(STATEMENTS)}
    fields: dict[str, Any] = {}
    for statement, field in _FIELDS.items():
        if enabled[statement]:
            suffix = "min" if statement == "health" else "max"
            fields[f"{statement}_{suffix}"] = _text(limits[field])
    if enabled["sector"]:
        fields["sector_max"] = _sector_text(limits["sectorMaxBps"], universe)
    try:
        policy = Policy(
            name=name,
            version=version,
            owner=owner,
            limits=Limits(**fields),
            confidence=_text(limits["confidenceBps"]),  # type: ignore[arg-type]
            max_age_s=limits["maxAgeSeconds"],
            min_assurance=Assurance(limits["minAssurance"]),
            min_coverage=_text(limits["minCoverageBps"]),  # type: ignore[arg-type]
        )
    except (ValueError, BadLimit):
        raise PolicyMismatch("the registry's policy has a name or a value that no policy file could have") from None
    if limits_struct(policy, universe) != _masked(limits, enabled):
        raise PolicyMismatch(f"policy {name} v{version} has values that its text cannot say")
    return policy


def folded_values(limits: dict[str, Any], tier: Tier) -> list[int]:
    """The POLICY set of a Limits struct, as the registry folds it: also of one that no text could say."""
    enabled = [limits["enabledMask"] >> index & 1 for index in range(len(STATEMENTS))]
    confidence, scenarios = limits["confidenceBps"], tier.scenarios
    tails = [tail_count(scenarios, confidence), tail_mass(scenarios, confidence)]
    return [*enabled, *(limits[field] for field in _FIELDS.values()), *tails, *limits["sectorMaxBps"]]


def _text(bps: int) -> str:
    return str(from_scaled(bps, 4))


def _sector_text(values: list[int], universe: Universe) -> dict[str, str]:
    named = values[: len(universe.sectors)]
    rest = values[len(universe.sectors) :]
    default = rest[0] if rest else max(set(named), key=named.count)
    texts = {name: _text(value) for name, value in zip(universe.sectors, named, strict=True) if value != default}
    return {"default": _text(default), **texts}


def _masked(limits: dict[str, Any], enabled: dict[str, bool]) -> dict[str, Any]:
    """A disabled limit says nothing; the registry keeps what was given, and so does the folded point."""
    shown = {key: list(value) if isinstance(value, (list, tuple)) else value for key, value in limits.items()}
    if not enabled["sector"] and any(shown["sectorMaxBps"]):
        raise PolicyMismatch("a disabled sector limit has a value")
    return shown
