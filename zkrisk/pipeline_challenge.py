"""Challenges on a chain: making one, and answering that a book is healthy at the epoch that was asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zkrisk.book import Leg
from zkrisk.chain.client import ChainClient
from zkrisk.chain.refold import checked_sheet, registered_key
from zkrisk.chain.submit import proof_struct
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.commitment import Opening, format_address
from zkrisk.errors import CommitmentMismatch, InputError, NotFound, PolicyNotMet
from zkrisk.metrics import is_healthy
from zkrisk.params import Action, CircuitKind
from zkrisk.pipeline import DEFAULT_LIFETIME_S
from zkrisk.proof.actions import LIQUIDATION_THRESHOLD_BPS
from zkrisk.proof.artifacts import Artifacts, Instance
from zkrisk.proof.context import ZERO_HASH, ContextRequest
from zkrisk.proof.folding import statement_of
from zkrisk.proof.groth16 import Progress
from zkrisk.proof.prove import prove
from zkrisk.sheet import Sheet

__all__ = [
    "PreparedAnswer",
    "answer_call",
    "answerable_epochs",
    "make_answer",
    "prepare_answer",
    "submit_answer",
    "submit_challenge",
]


@dataclass(frozen=True)
class PreparedAnswer:
    """An answer that is to be proved. Public.

    Attributes:
        leg: On-chain lots as they stand, debts with interest to the epoch's end.
    """

    instance: Instance
    request: ContextRequest
    commitment: int
    sheet: Sheet = field(repr=False)
    leg: Leg


def answerable_epochs(chain: ChainClient, account: str) -> tuple[int, ...]:
    """Return the epochs that an answer may be about: in time the first since the challenge, and the newest.

    Raises:
        NotFound: No challenge is open.
        InputError: There was no snapshot since.
    """
    found = chain.challenge(account)
    if found is None:
        raise NotFound(f"no challenge of {account} is open", hint="zkrisk status")
    newest = chain.newest_epoch()
    if newest <= found.epoch:
        raise InputError("there was no snapshot since the challenge", hint="zkrisk chain snapshot")
    if found.unanswered:
        return (newest,)
    for epoch in range(found.epoch + 1, newest):
        if chain.has_epoch(epoch):
            return epoch, newest
    return (newest,)


def prepare_answer(
    chain: ChainClient, artifacts: Artifacts, opening: Opening, *, lifetime_s: int = DEFAULT_LIFETIME_S
) -> PreparedAnswer:
    """Prepare the proof that the account is healthy at the epoch that the challenge asks about, or else at the newest.

    Raises:
        PolicyNotMet: It is at neither.
        NotFound, InputError: See `answerable_epochs`.
        CommitmentMismatch, KeyMismatch, SheetStale, SheetMismatch: The chain and the files here differ.
    """
    account = format_address(opening.owner)
    state, epochs, found = chain.account(account), answerable_epochs(chain, account), chain.challenge(account)
    if state.commitment != opening.commitment:
        raise CommitmentMismatch("the opening is not of the commitment that the chain holds")
    instance = artifacts.instance(CircuitKind.HEALTHY, chain.tier())
    key = registered_key(chain, instance)
    for epoch in epochs:
        sheet, leg = checked_sheet(chain, key, epoch), chain.leg(account, epoch)
        is_active = state.activated_unix <= chain.epoch_time(epoch)
        if is_active and is_healthy(opening, leg, sheet, LIQUIDATION_THRESHOLD_BPS):
            break
    else:
        raise PolicyNotMet(
            f"the account is not healthy at epoch {' or '.join(map(str, epochs))}",
            where="no proof was made",
            hint="repay or add escrow first",
            details={"limits": ["HEALTH"]},
        )
    request = ContextRequest(
        chain_id=chain.chain_id, contract=chain.deployment.challenges, key_id=key.key_id, policy_id=ZERO_HASH,
        account=account, sequence=state.sequence, beneficiary=account, action=Action.ANSWER, action_hash=ZERO_HASH,
        epoch=epoch, nonce=found.number if found else 0, deadline=chain.block_time() + lifetime_s,
    )  # fmt: skip
    return PreparedAnswer(instance, request, opening.commitment, sheet, leg)


def make_answer(
    prepared: PreparedAnswer, opening: Opening, *, backend: str = "native", on_progress: Progress | None = None
) -> bytes:
    """Prove it, 256 bytes; errors as `prove`."""
    dynamic = (prepared.commitment, opening.owner, prepared.request.signal(), LIQUIDATION_THRESHOLD_BPS)
    statement = statement_of(CircuitKind.HEALTHY, prepared.sheet, dynamic, prepared.leg)
    return prove(prepared.instance, statement, opening, backend=backend, on_progress=on_progress)


def answer_call(chain: ChainClient, prepared: PreparedAnswer, proof: bytes) -> Any:
    """Return the bound contract function."""
    asked = prepared.request
    return chain.challenges.functions.answer((asked.nonce, asked.epoch, asked.deadline), proof_struct(proof))


def submit_answer(chain: ChainClient, sender: Transactor, prepared: PreparedAnswer, proof: bytes) -> Outcome:
    """Send it, simulated first.

    Raises:
        InputError: The signer is not the account.
        ContractRefused: By name, in `details`.
    """
    asked = prepared.request
    if sender.address != asked.account:
        raise InputError(f"the answer is of {asked.account}, the signer is {sender.address}", hint="give its --signer")
    return sender.send(answer_call(chain, prepared, proof))


def submit_challenge(chain: ChainClient, sender: Transactor, account: str) -> Outcome:
    """Challenge an account with the desk's bond, simulated first; ContractRefused by name."""
    return sender.send(chain.challenges.functions.challenge(account), value=chain.challenge_bond())
