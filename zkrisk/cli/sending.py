"""The seam to the chain: who sends a stored commitment, and what the store learns of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkrisk.cli.session import Session
from zkrisk.commitment import Opening
from zkrisk.errors import StoreLocked
from zkrisk.store import OpeningState, Store, StoreIndex

if TYPE_CHECKING:
    from zkrisk.proof.bundle_model import Bundle


@dataclass(frozen=True, slots=True)
class Delivered:
    """A commitment on the chain.

    Attributes:
        to_sign: Fields that a custodian must sign; None when a demonstration custodian did.
    """

    state: OpeningState
    to_sign: dict[str, str] | None = None


CommitmentSender = Callable[[Store, Opening], Delivered]
"""Sends a commitment that is already on the disk: mark_sent, broadcast, wait, mark_confirmed."""


def find_commitment_sender(session: Session, account: str) -> CommitmentSender:
    """Open chain and signer, before anything is stored.

    Raises:
        ChainError, NotFound: The chain or its deployment cannot be reached.
        InputError: The signer is not the account.
    """
    from zkrisk.cli.commands.commit_chain import commitment_sender  # noqa: PLC0415  (web3 takes 0.4 s)

    return commitment_sender(session, account)


def note_active(store: Store, account: str, commitment: int, sequence: int, chain_id: int) -> None:
    """Note that a chain's active commitment is another one than before."""
    store.mark_confirmed(commitment, sequence, chain_id=chain_id)
    for info in store.openings(account):
        if info.commitment != commitment and info.state.is_alive and info.chain_id == chain_id:
            store.mark_retired(info.commitment)


def keep_activated(session: Session, bundle: Bundle) -> None:
    """Note that an update went through, where its opening is stored; a locked store is told later, by `recover`."""
    subject = bundle.statement.subject
    commitment = int(subject.commitment, 16)
    if not StoreIndex.exists(session.home):
        return
    with session.open_index() as index:
        if all(info.commitment != commitment for info in index.openings(subject.account)):
            return
    try:
        with session.open_store() as store:
            note_active(store, subject.account, commitment, subject.sequence, subject.chain_id)
    except StoreLocked:
        session.screen.tell(["  the store is locked and was not told; afterwards: zkrisk store recover"])
