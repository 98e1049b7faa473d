"""What a verification found: named checks, and only values that the verifier recomputed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from zkrisk.book import Leg
from zkrisk.errors import BadFile, InputError, KeyFileInvalid, KeyMismatch, ProofRejected, VerificationError
from zkrisk.params import Action, Assurance, CircuitKind
from zkrisk.policy import Policy

__all__ = ["Check", "Checklist", "ProvedPolicy", "Status", "Verification"]

Status = Literal["ok", "failed", "not checked"]
_INCOMPLETE_EXIT = 7


@dataclass(frozen=True, slots=True)
class Check:
    """One named check.

    Attributes:
        detail: One line of public facts; empty when the name says it all.
        code: Code of the error when it failed.
    """

    name: str
    status: Status
    detail: str = ""
    code: str | None = None

    def to_dict(self) -> dict[str, str]:
        """JSON form."""
        found = {"name": self.name, "status": self.status, "detail": self.detail, "code": self.code}
        return {name: value for name, value in found.items() if value}


class Checklist:
    """Runs checks, keeps going after a failure, and raises the worst one at the end."""

    def __init__(self) -> None:
        self._checks: list[Check] = []
        self._failures: list[VerificationError] = []

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks in the order in which they were made."""
        return tuple(self._checks)

    def run(self, name: str, step: Callable[[], str | None]) -> bool:
        """Make a check; `step` returns a detail or raises. Tells whether it held; a malformed file ends everything."""
        try:
            self._checks.append(Check(name, "ok", step() or ""))
            return True
        except VerificationError as error:
            self._fail(name, error)
        except BadFile:
            raise
        except KeyFileInvalid as error:
            self._fail(name, KeyMismatch(error.message))
        except InputError as error:
            self._fail(name, ProofRejected(error.message))
        return False

    def skip(self, name: str, why: str) -> None:
        """Note a check that was not made and need not be."""
        self._checks.append(Check(name, "not checked", why))

    def _fail(self, name: str, error: VerificationError) -> None:
        unmade = error.exit_code == _INCOMPLETE_EXIT
        self._checks.append(Check(name, "not checked" if unmade else "failed", error.message, error.code))
        self._failures.append(error)

    def has_failed(self, *names: str) -> bool:
        """Tell whether one of these checks, or any when none is named, did not hold."""
        return any(c.code is not None and (not names or c.name in names) for c in self._checks)

    def raise_worst(self) -> None:
        """Raise the first failure of the worst kind: rejected before expired before incomplete."""
        if not self._failures:
            return
        worst = min(self._failures, key=lambda error: error.exit_code)
        failed = next(c for c in self._checks if c.code == worst.code and c.detail == worst.message)
        rest = [check for check in self._checks if check is not failed]
        worst.where = worst.where or f"check '{failed.name}'"
        worst.details["checks"] = [check.to_dict() for check in (failed, *rest)]
        raise worst


@dataclass(frozen=True, slots=True)
class ProvedPolicy:
    """The policy that was proved.

    Attributes:
        policy_id: 32 bytes, bound by the context.
        name, version, owner: From the registry, or recomputed from the id's preimages; None when neither could be done.
            Everybody may register a policy of the same name.
        policy: Limits that fold to the proved point. Age and assurance are in no fold: from the registry when
            `registered`, else the sender's words.
        text, disabled: Made from `policy`.
        registered: The limits are those that the registry holds under this id.
    """

    policy_id: bytes
    name: str | None
    version: int | None
    policy: Policy
    text: str
    disabled: str
    registered: bool
    owner: str | None = None


@dataclass(frozen=True)
class Verification:
    """The record of a verification in which nothing that was asked for failed.

    Attributes:
        offline: Nothing was read from a chain; `chain_would_add` says what that leaves open.
        assurance: Level of the commitment: from the chain, or the sender's claim when `assurance_is_claim`.
        coverage_bps: Share of the book's assets that venues signed, likewise.
        key_class: DEVELOPMENT or CEREMONY from the trust store or the local artefacts; None when unknown.
        until_unix: The last second at which it holds.
        policy: For compliance only.
        threshold_bps: Of the health factor; for healthy and liquidation only.
        synthetic: The sheet says that its prices are generated.
        checks: Every check, made or not.
        not_proved: Sentences that belong on the first screen.
        note: The sender's unverified words.
    """

    identifier: str
    offline: bool
    kind: CircuitKind
    chain_id: int
    account: str
    commitment: int
    sequence: int
    action: Action
    contract: str
    beneficiary: str
    deadline_unix: int
    policy: ProvedPolicy | None
    threshold_bps: int | None
    epoch: int
    as_of_unix: int
    window_first_day: str | None
    window_last_day: str | None
    window_rows: int | None
    leg: Leg
    synthetic: bool
    assurance: Assurance
    coverage_bps: int
    assurance_is_claim: bool
    key_id: bytes
    key_class: str | None
    until_unix: int
    checks: tuple[Check, ...]
    not_proved: tuple[str, ...]
    chain_would_add: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    note: str | None = field(default=None)

    def __bool__(self) -> NoReturn:
        raise TypeError("use the exception, or result.checks: a verification is no truth value")

    @property
    def until(self) -> int:
        """`until_unix`."""
        return self.until_unix

    @property
    def verdict(self) -> str:
        """First words of the answer: ``ACCEPTED`` or ``VALID OFFLINE``."""
        return "VALID OFFLINE" if self.offline else "ACCEPTED"

    def is_expired(self, at_unix: int) -> bool:
        """Tell whether it no longer holds at a time."""
        return at_unix > self.until_unix

    def to_dict(self) -> dict[str, Any]:
        """JSON form with integers; big ones as decimal strings."""
        policy = self.policy
        met = None if policy is None else {
            "id": "0x" + policy.policy_id.hex(), "name": policy.name, "version": policy.version, "text": policy.text,
            "owner": policy.owner,
            "disabled": policy.disabled, "registered": policy.registered,
        }  # fmt: skip
        slots = zip(self.leg.long, self.leg.short, strict=True)
        return {
            "verdict": self.verdict,
            "identifier": self.identifier,
            "kind": self.kind.name,
            "chain_id": str(self.chain_id),
            "account": self.account,
            "commitment": f"{self.commitment:#066x}",
            "sequence": str(self.sequence),
            "action": self.action.name,
            "contract": self.contract,
            "beneficiary": self.beneficiary,
            "deadline_unix": str(self.deadline_unix),
            "policy": met,
            "threshold_bps": self.threshold_bps,
            "epoch": str(self.epoch),
            "as_of_unix": str(self.as_of_unix),
            "window": {"first_day": self.window_first_day, "last_day": self.window_last_day, "rows": self.window_rows},
            "leg": [{"slot": i, "long": str(a), "short": str(b)} for i, (a, b) in enumerate(slots) if a or b],
            "synthetic": self.synthetic,
            "assurance": {
                "level": self.assurance.name,
                "coverage_bps": self.coverage_bps,
                "claimed_only": self.assurance_is_claim,
            },
            "key": {"id": "0x" + self.key_id.hex(), "class": self.key_class},
            "until_unix": str(self.until_unix),
            "checks": [check.to_dict() for check in self.checks],
            "not_proved": list(self.not_proved),
            "chain_would_add": list(self.chain_would_add),
            "warnings": list(self.warnings),
            "unverified_note": self.note,
        }
