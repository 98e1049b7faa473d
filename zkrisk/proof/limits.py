"""A policy as the lines of a bundle, and back from the lines to the values that are folded.

The text that a verifier shows is made from values that fold to the proved point; the lines only say which values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import InputError, PolicyMismatch
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import BPS, POLICY_SCALARS, RATIO_BITS, STATEMENTS, Assurance, Tier
from zkrisk.policy import Policy, tail_count, tail_mass
from zkrisk.proof.bundle_model import LimitClaim

__all__ = ["LimitValues", "limit_lines", "limit_values", "limits_sha256", "policy_of"]

_SCALARS: Final = tuple(name for name in STATEMENTS if name != "sector")


@dataclass(frozen=True, slots=True)
class LimitValues:
    """What the lines say.

    Attributes:
        public: The POLICY set in the protocol's order. What is below is not in the proof.
    """

    public: tuple[int, ...]
    confidence_bps: int
    max_age_s: int
    min_assurance: Assurance
    min_coverage_bps: int


def limit_lines(policy: Policy, tier: Tier, sectors: Sequence[str] | None) -> tuple[LimitClaim, ...]:
    """Write every limit of a policy, the disabled ones too."""
    values = policy.public_values(tier, sectors)
    scalars = dict(zip(POLICY_SCALARS, values[len(STATEMENTS) :], strict=False))
    lines = []
    for statement in STATEMENTS:
        enabled = policy.is_enabled(statement)
        if statement == "sector":
            limits = values[-tier.sectors :]
            lines += [_line(f"sector[{k}]", "LE", limit, "BPS", enabled) for k, limit in enumerate(limits)]
        elif statement == "health":
            lines.append(_line(statement, "GE", scalars["health_min_bps"], "BPS", enabled))
        else:
            lines.append(_line(statement, "LE", scalars[f"{statement}_max_bps"], "BPS", enabled))
    lines.append(_line("confidence", "EQ", policy.confidence_bps, "BPS"))
    lines.append(_line("max_age", "LE", policy.max_age_s, "SECONDS"))
    lines.append(_line("min_assurance", "GE", int(policy.min_assurance), "LEVEL"))
    lines.append(_line("min_coverage", "GE", policy.min_coverage_bps, "BPS"))
    return tuple(lines)


def _line(name: str, op: str, value: int, unit: str, enabled: bool = True) -> LimitClaim:
    return LimitClaim.model_validate({"name": name, "op": op, "value": value, "unit": unit, "enabled": enabled})


def limits_sha256(lines: Sequence[LimitClaim]) -> str:
    """Hash of the lines."""
    return canonical_sha256([line.model_dump(mode="json") for line in lines])


def _expected(tier: Tier) -> list[tuple[str, str, str]]:
    sectors = [(f"sector[{k}]", "LE", "BPS") for k in range(tier.sectors)]
    lines: list[tuple[str, str, str]] = []
    for statement in STATEMENTS:
        operator = "GE" if statement == "health" else "LE"
        lines += sectors if statement == "sector" else [(statement, operator, "BPS")]
    frame = [("confidence", "EQ", "BPS"), ("max_age", "LE", "SECONDS"), ("min_assurance", "GE", "LEVEL")]
    return [*lines, *frame, ("min_coverage", "GE", "BPS")]


def limit_values(lines: Sequence[LimitClaim], tier: Tier) -> LimitValues:
    """Read the lines.

    Raises:
        PolicyMismatch: They are not the lines of a policy of the tier, or a value is out of range.
    """
    if [(line.name, line.op, line.unit) for line in lines] != _expected(tier):
        raise PolicyMismatch(f"the limits are not those of a policy of tier {tier.name}, in order")
    by_name = {line.name: line for line in lines}
    sectors = [by_name[f"sector[{k}]"] for k in range(tier.sectors)]
    confidence, level = by_name["confidence"].value, by_name["min_assurance"].value
    coverage = by_name["min_coverage"].value
    frame = [by_name[name] for name in ("confidence", "max_age", "min_assurance", "min_coverage")]
    if not all(line.enabled for line in frame) or len({line.enabled for line in sectors}) != 1:
        raise PolicyMismatch("the limits enable a statement in part")
    limits = [by_name[name] for name in _SCALARS]
    if any(line.value >= 1 << RATIO_BITS for line in (*limits, *sectors)):
        raise PolicyMismatch(f"a limit is not below 2^{RATIO_BITS} basis points")
    if not 0 < confidence < BPS or level not in set(Assurance) or coverage > BPS:
        raise PolicyMismatch("the confidence, the assurance level or the coverage of the limits does not exist")
    enabled = [int((sectors[0] if name == "sector" else by_name[name]).enabled) for name in STATEMENTS]
    tail = (tail_count(tier.scenarios, confidence), tail_mass(tier.scenarios, confidence))
    public = (*enabled, *(line.value for line in limits), *tail, *(line.value for line in sectors))
    return LimitValues(public, confidence, by_name["max_age"].value, Assurance(level), coverage)


def policy_of(
    values: LimitValues, tier: Tier, sectors: Sequence[str], name: str = "policy", version: int = 1
) -> Policy:
    """Return the policy that has these values, for its text; sectors that the universe lacks are left out.

    Raises:
        PolicyMismatch: No policy has them.
    """
    enabled = dict(zip(STATEMENTS, values.public, strict=False))
    scalars = dict(zip(_SCALARS, values.public[len(STATEMENTS) :], strict=False))
    limits: dict[str, Any] = {
        ("health_min" if statement == "health" else f"{statement}_max"): str(from_scaled(limit, 4))
        for statement, limit in scalars.items()
        if enabled[statement]
    }
    if enabled["sector"]:
        by_slot = [str(from_scaled(limit, 4)) for limit in values.public[-tier.sectors :]]
        default = by_slot[-1]
        named = {name: limit for name, limit in zip(sectors, by_slot, strict=False) if limit != default}
        limits["sector_max"] = {"default": default, **named}
    fields = {
        "name": name,
        "version": version,
        "limits": limits,
        "confidence": str(from_scaled(values.confidence_bps, 4)),
        "max_age_s": values.max_age_s,
        "min_assurance": values.min_assurance,
        "min_coverage": str(from_scaled(values.min_coverage_bps, 4)),
    }
    try:
        policy = Policy.model_validate(fields)
        same = tuple(policy.public_values(tier, sectors)) == values.public
    except (ValidationError, InputError) as error:
        raise PolicyMismatch("the limits are not those of any policy") from error
    if not same:
        raise PolicyMismatch("the limits are not those of any policy: a disabled one is not 0")
    return policy
