"""Preparing an attestation from what was fetched before, without asking a chain.

The result says nothing about the present: whether key, sheet, commitment and nonce are still current is found out by
whoever verifies it on the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from zkrisk.book import Leg
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.commitment import Opening, format_address
from zkrisk.errors import BadFile, CommitmentMismatch, SheetStale
from zkrisk.metrics import check
from zkrisk.params import Action, Assurance, CircuitKind
from zkrisk.pipeline import Prepared, require_assurance
from zkrisk.policy import Policy
from zkrisk.proof.actions import action_hash
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.bundle_model import ActionData, PolicyOrigin
from zkrisk.proof.context import ContextRequest
from zkrisk.sheet import Sheet

__all__ = ["AccountCard", "prepare_attest_offline", "read_card"]


@dataclass(frozen=True, slots=True)
class AccountCard:
    """The public state of an account when it was last asked for."""

    commitment: int
    sequence: int
    level: Assurance
    coverage_bps: int
    nonce: int
    leg: Leg

    def to_dict(self) -> dict[str, Any]:
        """JSON form; integers as text."""
        return {
            "commitment": str(self.commitment),
            "sequence": str(self.sequence),
            "level": self.level.name,
            "coverage_bps": str(self.coverage_bps),
            "nonce": str(self.nonce),
            "leg_long": [str(value) for value in self.leg.long],
            "leg_short": [str(value) for value in self.leg.short],
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Read `to_dict`.

        Raises:
            BadFile: Malformed.
        """
        try:
            leg = Leg(tuple(map(int, facts["leg_long"])), tuple(map(int, facts["leg_short"])))
            numbers = {name: int(facts[name]) for name in ("commitment", "sequence", "coverage_bps", "nonce")}
            return cls(level=Assurance[facts["level"]], leg=leg, **numbers)
        except (KeyError, TypeError, ValueError):
            raise BadFile("what was fetched of the account is malformed", hint="zkrisk sheet fetch") from None


def read_card(chain: ChainClient, account: str) -> AccountCard:
    """Ask a chain for an account's public state."""
    state = chain.account(account)
    nonce = chain.nonce(account, int(Action.ATTEST))
    leg = chain.leg(account, chain.newest_epoch())
    return AccountCard(state.commitment, state.sequence, state.level, state.coverage_bps, nonce, leg)


def prepare_attest_offline(
    file: DeploymentFile,
    artifacts: Artifacts,
    opening: Opening,
    sheet: Sheet,
    *,
    policy: Policy,
    policy_id: bytes,
    card: AccountCard,
    deadline_unix: int,
) -> Prepared:
    """Check the limits and put the request together, as `zkrisk.pipeline.prepare_attest` does on a chain.

    Raises:
        PolicyNotMet: A limit fails, or the level is too low.
        CommitmentMismatch: The opening is not of the commitment that was fetched.
        SheetStale: The sheet is of another universe than the deployment.
    """
    _require_current(file, opening, sheet, card)
    verdict = check(policy, opening, card.leg, sheet)
    verdict.require()
    require_assurance(card.level, card.coverage_bps, policy)
    account = format_address(opening.owner)
    request = ContextRequest(
        chain_id=file.chain_id,
        contract=file.contracts.manager,
        key_id=artifacts.instance(CircuitKind.COMPLIANCE, sheet.tier).key().key_id,
        policy_id=policy_id,
        account=account,
        sequence=card.sequence,
        beneficiary=account,
        action=Action.ATTEST,
        action_hash=action_hash(Action.ATTEST, ActionData()),
        epoch=sheet.epoch,
        nonce=card.nonce,
        deadline=deadline_unix,
    )
    origin = policy.owner and PolicyOrigin(registry=file.contracts.policies, owner=policy.owner, name=policy.name)
    data, level = ActionData(), card.level
    return Prepared(
        request, data, opening.commitment, sheet, card.leg, level, policy, origin or None, verdict,
        coverage_bps=card.coverage_bps,
    )  # fmt: skip


def _require_current(file: DeploymentFile, opening: Opening, sheet: Sheet, card: AccountCard) -> None:
    if card.commitment != opening.commitment:
        raise CommitmentMismatch("the opening is not of the commitment that was fetched", hint="zkrisk sheet fetch")
    if sheet.universe.sha256 != file.universe.sha256 or sheet.epoch == 0:
        raise SheetStale("the sheet is not one of this deployment", hint="zkrisk sheet fetch")
