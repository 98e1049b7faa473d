"""Actions of a bundle: their hash from their data, the signals they imply, and the request back from a bundle."""

from __future__ import annotations

from typing import Final

from zkrisk.book import Leg
from zkrisk.errors import InputError
from zkrisk.params import BPS, Action
from zkrisk.proof.bundle_model import ActionData, Statement
from zkrisk.proof.context import (
    ZERO_HASH,
    ContextRequest,
    LegClaim,
    attest_hash,
    liquidate_hash,
    transfer_hash,
    update_hash,
)

__all__ = [
    "LIQUIDATION_THRESHOLD_BPS",
    "action_hash",
    "claims_leg",
    "health_threshold",
    "request_of",
]

LIQUIDATION_THRESHOLD_BPS: Final = BPS


def action_hash(action: Action, data: ActionData) -> bytes:
    """Hash the data of an action, 32 bytes.

    Raises:
        InputError: A field that the action needs is missing, or a value does not fit.
    """
    if action is Action.ATTEST:
        return attest_hash()
    if action is Action.UPDATE and data.commitment is not None:
        return update_hash(int(data.commitment, 16))
    if action in (Action.DRAW, Action.WITHDRAW) and data.token is not None and data.amount is not None:
        return transfer_hash(data.token, data.amount)
    complete = None not in (data.amount, data.seize_slot, data.threshold_bps, data.claims)
    if action is Action.LIQUIDATE and complete:
        claims = [LegClaim(entry.slot, entry.long, entry.short) for entry in data.claims or ()]
        return liquidate_hash(data.amount or 0, data.seize_slot or 0, data.threshold_bps or 0, claims)
    raise InputError(f"the data of {action.name} are not complete")


def health_threshold(data: ActionData) -> int:
    """threshold_bps that the contract demands: the one that the liquidation names, or the one of health."""
    return LIQUIDATION_THRESHOLD_BPS if data.threshold_bps is None else data.threshold_bps


def claims_leg(data: ActionData, instruments: int) -> Leg:
    """The leg that a liquidation names, N lots long and short.

    Raises:
        InputError: Slots are not strictly increasing or not in the universe.
    """
    long, short, last = [0] * instruments, [0] * instruments, -1
    for entry in data.claims or ():
        if not last < entry.slot < instruments:
            raise InputError("the slots of the named leg are not strictly increasing within the universe")
        long[entry.slot], short[entry.slot], last = entry.long, entry.short, entry.slot
    return Leg(tuple(long), tuple(short))


def request_of(statement: Statement) -> ContextRequest:
    """Return every preimage of the context as the statement says them; the action hash is recomputed from its data.

    Raises:
        InputError: The action data are not complete.
    """
    context, subject = statement.context, statement.subject
    return ContextRequest(
        chain_id=subject.chain_id,
        contract=context.contract,
        key_id=bytes.fromhex(statement.circuit.bases_root[2:]),
        policy_id=bytes.fromhex(statement.policy.id[2:]) if statement.policy else ZERO_HASH,
        account=subject.account,
        sequence=subject.sequence,
        beneficiary=context.beneficiary,
        action=Action[context.action],
        action_hash=action_hash(Action[context.action], context.action_data),
        epoch=context.epoch,
        nonce=context.nonce,
        deadline=context.deadline,
    )
