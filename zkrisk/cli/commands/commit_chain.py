"""`zkrisk commit BOOK --send`: the part of `commit` that needs a chain; the command calls `commitment_sender`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkrisk.cli.chain_access import open_chain, open_sender
from zkrisk.cli.render_text import short_hash
from zkrisk.cli.transactions import Intent, is_synthetic, send, simulate
from zkrisk.errors import InputError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Outcome, Transactor
    from zkrisk.cli.sending import CommitmentSender
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening
    from zkrisk.store import OpeningState, Store


def commitment_sender(session: Session, account: str) -> CommitmentSender:
    """Open chain and signer before anything is stored; returns what sends a stored commitment.

    Raises:
        InputError: The signer is not the account.
    """
    chain = open_chain(session, None)
    sender = open_sender(session, chain.rpc)
    if sender.address != account:
        raise InputError(f"the account is {account}, the signer is {sender.address}", hint="set its signer")

    def deliver(store: Store, opening: Opening) -> OpeningState:
        return _deliver(session, chain, sender, store, opening)

    return deliver


def _deliver(session: Session, chain: ChainClient, sender: Transactor, store: Store, opening: Opening) -> OpeningState:
    from zkrisk.store import OpeningState  # noqa: PLC0415  (--help does without)

    commitment, before = opening.commitment, chain.account(sender.address)
    changes = [("commitment", short_hash(before.commitment) if before.commitment else "none", short_hash(commitment))]
    intent = Intent(chain.manager.functions.commit(commitment), "commit", "RiskManager", changes)
    simulate(session, chain, sender, intent)
    outcome = send(
        session, sender, intent, lambda tx: store.mark_sent(commitment, tx, chain_id=chain.chain_id)
    )  # fmt: skip
    event = outcome.event("Committed")
    if not event.args["active"]:
        session.screen.tell(["  it waits until the old one's debt is proved for: zkrisk prove BOOK --action update"])
        return OpeningState.SENT
    store.mark_confirmed(commitment, int(event.args["sequence"]), chain_id=chain.chain_id)
    for info in store.openings(sender.address):
        if info.commitment != commitment and info.state.is_alive and info.chain_id == chain.chain_id:
            store.mark_retired(info.commitment)
    if is_synthetic(chain):
        _sign(session, chain, sender.address)
    return OpeningState.CONFIRMED


def _sign(session: Session, chain: ChainClient, account: str) -> Outcome:
    """On a development chain a custodian whose key everybody knows signs everything."""
    from zkrisk.chain.development import sign_custody  # noqa: PLC0415  (web3 takes 0.4 s)

    with session.progress.phase("custodian", "a demonstration custodian signed: CUSTODIAN_SIGNED"):
        return sign_custody(chain, account)
