"""`zkrisk commit BOOK --send`: the part of `commit` that needs a chain; the command calls `commitment_sender`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkrisk.cli.chain_access import open_chain, open_sender
from zkrisk.cli.custody import fields_to_sign, sign_as_demonstration
from zkrisk.cli.render_text import short_hash
from zkrisk.cli.sending import Delivered, note_active
from zkrisk.cli.transactions import Intent, is_synthetic, send, simulate
from zkrisk.errors import InputError
from zkrisk.store import OpeningState

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.sending import CommitmentSender
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening
    from zkrisk.store import Store


def commitment_sender(session: Session, account: str) -> CommitmentSender:
    """Open chain and signer before anything is stored; returns what sends a stored commitment.

    Raises:
        InputError: The signer is not the account.
    """
    chain = open_chain(session, None)
    sender = open_sender(session, chain.rpc)
    if sender.address != account:
        raise InputError(f"the account is {account}, the signer is {sender.address}", hint="set its signer")

    def deliver(store: Store, opening: Opening) -> Delivered:
        return _deliver(session, chain, sender, store, opening)

    return deliver


def _deliver(session: Session, chain: ChainClient, sender: Transactor, store: Store, opening: Opening) -> Delivered:
    commitment, before = opening.commitment, chain.account(sender.address)
    changes = [("commitment", short_hash(before.commitment) if before.commitment else "none", short_hash(commitment))]
    intent = Intent(chain.manager.functions.commit(commitment), "commit", "RiskManager", changes)
    simulate(session, chain, sender, intent)
    outcome = send(
        session, sender, intent, lambda tx: store.mark_sent(commitment, tx, chain_id=chain.chain_id)
    )  # fmt: skip
    event = outcome.event("Committed")
    state, sequence = OpeningState.SENT, int(event.args["sequence"])
    _retire_unproved(store, chain, sender.address, {commitment, before.commitment})
    if event.args["active"]:
        state = OpeningState.CONFIRMED
        note_active(store, sender.address, commitment, sequence, chain.chain_id)
    if is_synthetic(chain):
        sign_as_demonstration(session, chain, sender.address, commitment, sequence)
        return Delivered(state)
    return Delivered(state, fields_to_sign(chain, sender.address, commitment, sequence))


def _retire_unproved(store: Store, chain: ChainClient, account: str, kept: set[int]) -> None:
    """A commitment that waited for its proof is given up when another is sent."""
    for info in store.openings(account):
        if info.state is OpeningState.SENT and info.chain_id == chain.chain_id and info.commitment not in kept:
            store.mark_retired(info.commitment)
