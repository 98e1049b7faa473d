"""The seam to the chain: who sends a stored commitment."""

from __future__ import annotations

from collections.abc import Callable

from zkrisk.cli.session import Session
from zkrisk.commitment import Opening
from zkrisk.store import OpeningState, Store

CommitmentSender = Callable[[Store, Opening], OpeningState]
"""Sends a commitment that is already on the disk: mark_sent, broadcast, wait, mark_confirmed; returns the new state."""


def find_commitment_sender(session: Session, account: str) -> CommitmentSender:
    """Open chain and signer, before anything is stored.

    Raises:
        ChainError, NotFound: The chain or its deployment cannot be reached.
        InputError: The signer is not the account.
    """
    from zkrisk.cli.commands.commit_chain import commitment_sender  # noqa: PLC0415  (web3 takes 0.4 s)

    return commitment_sender(session, account)
