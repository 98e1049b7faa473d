"""A policy: limits on risk metrics, written by people, exact in basis points. A limit that is not set is disabled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import BadLimit, EmptyScenarios
from zkrisk.fixedpoint import from_scaled, parse_decimal, scale_exact
from zkrisk.params import BPS, POLICY_SCALARS, RATIO_BITS, STATEMENTS, Assurance, Tier

__all__ = ["Limits", "Policy", "SectorLimits", "parse_bps", "tail_count", "tail_mass"]

_RATIO_LIMIT: Final = 1 << RATIO_BITS
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def parse_bps(value: object) -> int:
    """Read a ratio such as ``1.25``, ``4x`` or ``30 %`` as basis points, exactly.

    Raises:
        BadLimit: A float, not a number, finer than a basis point, negative, or 2^20 or more.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise BadLimit("a limit is not written as text, such as '1.25' or '30%'")
    text = str(value).strip()
    percent = text.endswith("%")
    try:
        number = parse_decimal(text.removesuffix("%").removesuffix("x").strip())
        bps = scale_exact(number, 2 if percent else 4)
    except ValueError as error:
        reason = "finer than a basis point" if "decimals" in str(error) else str(error)
        raise BadLimit(f"a limit is {reason}", hint="write '30%' or '1.25'") from None
    if not 0 <= bps < _RATIO_LIMIT:
        raise BadLimit(f"a limit is not in 0 to 2^{RATIO_BITS} - 1 basis points")
    return bps


def tail_count(scenarios: int, confidence_bps: int) -> int:
    """Count the scenario losses that may exceed the value at risk, k.

    Integers only: in floats ``(1 - 0.9) * 10`` is just below 1 and the cut-off moves by one.

    Args:
        scenarios: Rows of the scenario matrix, at least 1.
        confidence_bps: Confidence level in basis points, 1 to 9999; 9_750 is 97.5 %.

    Returns:
        ``(10_000 - confidence_bps) * scenarios / 10_000``, rounded down.

    Raises:
        EmptyScenarios: There are no scenarios.
        BadLimit: The confidence level is not between 0 and 1.

    Source: Rockafellar and Uryasev 2002, definition 1.
    """
    return tail_mass(scenarios, confidence_bps) // BPS


def tail_mass(scenarios: int, confidence_bps: int) -> int:
    """(10_000 - confidence_bps) * scenarios, the tail's probability times S * 10^4; arguments as `tail_count`."""
    if scenarios < 1:
        raise EmptyScenarios("there are no scenarios")
    if not 0 < confidence_bps < BPS:
        raise BadLimit("a confidence level is not between 0 and 1", hint="write 0.975 for 97.5 %")
    return (BPS - confidence_bps) * scenarios


def _field(statement: str) -> str:
    return f"{statement}_min" if statement == "health" else f"{statement}_max"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectorLimits(_Frozen):
    """Limit of every sector: by name, else the default. In basis points of equity."""

    default: int | None = None
    by_name: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, SectorLimits):
            return value
        if not isinstance(value, Mapping):
            return {"default": parse_bps(value)}
        if set(value) <= {"default", "by_name"} and isinstance(value.get("by_name"), Mapping):
            named, default = value["by_name"], value.get("default")
        else:
            named, default = {k: v for k, v in value.items() if k != "default"}, value.get("default")
        if default is None and not named:
            raise BadLimit("sector_max has neither a default nor a sector")
        return {
            "default": None if default is None else parse_bps(default),
            "by_name": {str(name): parse_bps(limit) for name, limit in named.items()},
        }

    def values(self, sectors: Sequence[str] | None, count: int) -> list[int]:
        """Limits of K sectors in the universe's order; sectors that the universe lacks get the default or 0.

        Raises:
            BadLimit: A named sector is not in the universe, or one has no limit.
        """
        if sectors is None:
            if self.by_name:
                raise BadLimit("the policy names sectors: the universe's sectors are needed")
            return [self.default or 0] * count
        unknown = sorted(self.by_name.keys() - set(sectors))
        if unknown:
            raise BadLimit(f"the policy limits sector {unknown[0]}, which the universe does not have")
        missing = [name for name in sectors if name not in self.by_name]
        if missing and self.default is None:
            raise BadLimit(f"the policy has no limit for sector {missing[0]} and no default")
        limits = [self.by_name.get(name, self.default or 0) for name in sectors]
        return limits + [self.default or 0] * (count - len(sectors))


class Limits(_Frozen):
    """One limit a statement, in basis points; None is disabled. Written as '1.25', '4x' or '30%'."""

    health_min: int | None = None
    leverage_max: int | None = None
    position_max: int | None = None
    sector_max: SectorLimits | None = None
    hhi_max: int | None = None
    var_max: int | None = None
    expected_shortfall_max: int | None = None
    stress_max: int | None = None

    @field_validator(
        "health_min",
        "leverage_max",
        "position_max",
        "hhi_max",
        "var_max",
        "expected_shortfall_max",
        "stress_max",
        mode="before",
    )
    @classmethod
    def _bps(cls, value: object) -> int | None:
        return None if value is None else parse_bps(value)

    @model_validator(mode="after")
    def _meaningful(self) -> Limits:
        if self.health_min == 0:
            raise BadLimit("health_min is 0: that limits nothing; leave it out to disable it")
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise BadLimit("every limit is disabled: the policy says nothing")
        return self


class Policy(_Frozen):
    """Limits, confidence level and what a holder must show besides.

    Attributes:
        confidence_bps: Of VaR and expected shortfall both; written as ``confidence: '0.975'``.
        max_age_s: How long an attestation lives, from the time of its prices.
        min_assurance: Lowest assurance level accepted.
        min_coverage_bps: Least share of the assets that venues signed; written as ``min_coverage: '80%'``.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    version: int = Field(strict=True, ge=1, lt=1 << 32)
    owner: str | None = None
    limits: Limits
    confidence_bps: int = Field(alias="confidence")
    max_age_s: int = Field(strict=True, ge=1, lt=1 << 32)
    min_assurance: Assurance
    min_coverage_bps: int = Field(alias="min_coverage", default=0)

    @field_validator("owner")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise BadLimit("the owner is not an address of 0x and 40 hex digits")
        return value

    @field_validator("confidence_bps", mode="before")
    @classmethod
    def _confidence(cls, value: object) -> int:
        bps = parse_bps(value)
        tail_mass(1, bps)
        return bps

    @field_validator("min_assurance", mode="before")
    @classmethod
    def _level(cls, value: object) -> Assurance:
        if isinstance(value, Assurance):
            return value
        if not isinstance(value, str) or value not in Assurance.__members__:
            raise BadLimit(f"min_assurance is not one of {', '.join(Assurance.__members__)}")
        return Assurance[value]

    @field_validator("min_coverage_bps", mode="before")
    @classmethod
    def _coverage(cls, value: object) -> int:
        bps = parse_bps(value)
        if bps > BPS:
            raise BadLimit("min_coverage is above 100%")
        return bps

    def limit_bps(self, statement: str) -> int | None:
        """Limit of a statement other than sector, None when disabled."""
        value: int | None = getattr(self.limits, _field(statement))
        return value

    def is_enabled(self, statement: str) -> bool:
        """Tell whether the policy limits a statement of STATEMENTS."""
        return getattr(self.limits, _field(statement)) is not None

    def to_text(self) -> str:
        """One line: ``health ≥ 1.25 · gross ≤ 4.00x · …``."""
        from zkrisk.policy.text import policy_text  # noqa: PLC0415  (text reads the model)

        return policy_text(self)

    @property
    def enabled(self) -> tuple[str, ...]:
        """Statements that are limited, in the protocol's order."""
        return tuple(name for name in STATEMENTS if self.is_enabled(name))

    def sector_max_bps(self, tier: Tier, sectors: Sequence[str] | None = None) -> list[int]:
        """Limits of K sectors; zeros when the statement is disabled. See `SectorLimits.values`."""
        chosen = self.limits.sector_max
        return [0] * tier.sectors if chosen is None else chosen.values(sectors, tier.sectors)

    def public_values(self, tier: Tier, sectors: Sequence[str] | None = None) -> list[int]:
        """The POLICY set in the protocol's order: enabled bits, scalars, sector_max_bps[K]. Disabled limits are 0.

        Args:
            tier: Sizes S and K.
            sectors: Names in the universe's order; needed when the policy names sectors.
        """
        derived = {
            "tail_count": tail_count(tier.scenarios, self.confidence_bps),
            "tail_mass": tail_mass(tier.scenarios, self.confidence_bps),
        }
        enabled = [int(self.is_enabled(name)) for name in STATEMENTS]
        scalars = [
            derived[name] if name in derived else self.limit_bps(name.rsplit("_", 2)[0]) or 0 for name in POLICY_SCALARS
        ]
        return enabled + scalars + self.sector_max_bps(tier, sectors)

    def canonical(self) -> dict[str, Any]:
        """What the policy means, in basis points: '30%' and '0.3' are the same policy."""
        limits = {name: self.limit_bps(name) for name in STATEMENTS if name != "sector" and self.is_enabled(name)}
        chosen = self.limits.sector_max
        sector = None if chosen is None else {"default": chosen.default, "by_name": chosen.by_name}
        return {**self._frame(), "limits_bps": limits, "sector_max_bps": sector}

    def _frame(self) -> dict[str, Any]:
        return {
            "schema": "urn:zkrisk:policy/v1",
            "name": self.name,
            "version": self.version,
            "owner": None if self.owner is None else self.owner.lower(),
            "confidence_bps": self.confidence_bps,
            "max_age_s": self.max_age_s,
            "min_assurance": self.min_assurance.name,
            "min_coverage_bps": self.min_coverage_bps,
        }

    @cached_property
    def sha256(self) -> str:
        """Hash of `canonical`."""
        return canonical_sha256(self.canonical())

    def to_dict(self) -> dict[str, Any]:
        """The file's JSON form; `parse_policy` reads it back."""
        limits: dict[str, Any] = {}
        for statement in STATEMENTS:
            if statement != "sector" and self.is_enabled(statement):
                limits[_field(statement)] = str(from_scaled(self.limit_bps(statement) or 0, 4))
        if self.limits.sector_max is not None:
            pairs = {"default": self.limits.sector_max.default, **self.limits.sector_max.by_name}
            limits["sector_max"] = {k: str(from_scaled(v, 4)) for k, v in pairs.items() if v is not None}
        frame = self._frame()
        frame["owner"] = self.owner
        frame["confidence"] = str(from_scaled(frame.pop("confidence_bps"), 4))
        frame["min_coverage"] = str(from_scaled(frame.pop("min_coverage_bps"), 4))
        return {**frame, "limits": limits}
