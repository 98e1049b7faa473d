"""What a check of a policy says, limit by limit. Private: it holds measured values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zkrisk.errors import PolicyNotMet
from zkrisk.metrics.ratio import Ratio

__all__ = ["LimitCheck", "Verdict"]


@dataclass(frozen=True, slots=True, repr=False)
class LimitCheck:
    """One statement against its limit.

    Attributes:
        statement: Of STATEMENTS.
        enabled: The policy limits it; a disabled statement holds.
        holds: The protocol's integer inequality, times the enabled bit.
        measured: Exact value; one is 10^4 bps.
        measured_bps: The value rounded to the bad side; None when tagged.
        limit_bps: None when disabled.
        use_bps: Share of the limit in use, rounded up; at most 10^4 exactly when the limit holds. None when disabled,
            tagged, or the limit is 0.
        headroom_bps: Distance to the limit, rounded down; negative when it fails.
        subject: Instrument, sector or stress row that decides, if there is one.
    """

    statement: str
    enabled: bool
    holds: bool
    measured: Ratio
    measured_bps: int | None
    limit_bps: int | None
    use_bps: int | None
    headroom_bps: int | None
    subject: str | None = None

    def __repr__(self) -> str:
        return f"<LimitCheck {self.statement}, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form, integers in bps (as text where they may pass 2^53)."""
        return {
            "statement": self.statement.upper(),
            "enabled": self.enabled,
            "holds": self.holds,
            "status": str(self.measured.status),
            "measured_bps": _text(self.measured_bps),
            "limit_bps": self.limit_bps,
            "use_bps": _text(self.use_bps),
            "headroom_bps": _text(self.headroom_bps),
            "subject": self.subject,
        }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """All statements of a policy on one book and sheet, with the two that are always on.

    Attributes:
        limits: Eight checks in the protocol's order, disabled ones included.
        equity_positive: E > 0.
        blocked_held: Symbols of blocked slots in which the account holds or owes something.
        tail_threshold: The t that VaR and expected shortfall were checked at, 10^-6 cents.
    """

    policy_name: str
    policy_version: int
    limits: tuple[LimitCheck, ...]
    equity_positive: bool
    blocked_held: tuple[str, ...]
    tail_threshold: int

    def __repr__(self) -> str:
        return f"<Verdict of {self.policy_name} v{self.policy_version}, private>"

    def __bool__(self) -> bool:
        raise TypeError("use verdict.holds or verdict.require()")

    def __getitem__(self, statement: str) -> LimitCheck:
        return next(check for check in self.limits if check.statement == statement)

    @property
    def holds(self) -> bool:
        """Tell whether every enabled limit holds, equity is positive and nothing blocked is held."""
        return not self.failures

    @property
    def failures(self) -> tuple[str, ...]:
        """Names of what fails, UPPER_SNAKE; EQUITY and BLOCKED are always on."""
        names = [check.statement.upper() for check in self.limits if not check.holds]
        names += [] if self.equity_positive else ["EQUITY"]
        return (*names, *(["BLOCKED"] if self.blocked_held else []))

    @property
    def worst(self) -> LimitCheck | None:
        """The enabled limit that fails first, or else is used most; None without limits."""
        enabled = [check for check in self.limits if check.enabled]
        return max(enabled, key=lambda check: (not check.holds, check.use_bps or 0), default=None)

    def require(self) -> None:
        """Return when everything holds.

        Raises:
            PolicyNotMet: Names the limits that fail, never by how much.
        """
        failures = self.failures
        if not failures:
            return
        always_on = (not self.equity_positive) + bool(self.blocked_held)
        total = sum(check.enabled for check in self.limits) + always_on
        limits, fail = ("limit" if total == 1 else "limits"), ("fails" if len(failures) == 1 else "fail")
        others, policy = total - len(failures), f"{self.policy_name} v{self.policy_version}"
        raise PolicyNotMet(
            f"{len(failures)} of {total} {limits} {fail}: {', '.join(failures)} (policy {policy})",
            where=f"no proof was made; the other {others} hold" if others else "no proof was made",
            hint=f"zkrisk risk BOOK --policy {self.policy_name}",
            details={"limits": list(failures)},
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "policy": {"name": self.policy_name, "version": self.policy_version},
            "holds": self.holds,
            "failures": list(self.failures),
            "limits": [check.to_dict() for check in self.limits],
            "equity_positive": self.equity_positive,
            "blocked_held": list(self.blocked_held),
            "tail_threshold_e6_cents": str(self.tail_threshold),
        }
