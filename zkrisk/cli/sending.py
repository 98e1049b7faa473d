"""The seam to the chain: who sends a stored commitment."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from zkrisk.cli.session import Session
from zkrisk.commitment import Opening
from zkrisk.errors import EnvironmentBroken
from zkrisk.store import OpeningState, Store

CommitmentSender = Callable[[Store, Opening], OpeningState]
"""Sends a commitment that is already on the disk: mark_sent, broadcast, wait, mark_confirmed; returns the new state."""

PIPELINE = "zkrisk.pipeline"


def find_commitment_sender(session: Session) -> CommitmentSender:
    """Ask the pipeline for a sender, before anything is stored.

    The pipeline offers ``commitment_sender(session) -> CommitmentSender``.

    Raises:
        EnvironmentBroken: This installation has no chain client.
    """
    if find_spec(PIPELINE) is None or not hasattr(import_module(PIPELINE), "commitment_sender"):
        raise EnvironmentBroken("this installation cannot send", hint="zkrisk commit BOOK    stores it without sending")
    sender: CommitmentSender = import_module(PIPELINE).commitment_sender(session)
    return sender
