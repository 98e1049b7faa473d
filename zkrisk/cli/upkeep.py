"""One call of a deployment's upkeep: simulated and shown, sent with ``--send`` after asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.transactions import Intent, send, simulate

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.session import Session

Facts = tuple[dict[str, Any], list[Line]]
"""What the chain says afterwards, as JSON and for people."""


def keep_up(
    session: Session,
    chain: ChainClient,
    sender: Transactor,
    intent: Intent,
    *,
    schema: str,
    read: Callable[[], Facts],
    send_it: bool,
    following: str | None = None,
) -> Outcome:
    """Simulate a call, send it when that was asked for, and say what the chain holds now.

    Args:
        read: Reads the chain; called when everything else is done.
        following: A command that makes sense after sending.
    """
    simulate(session, chain, sender, intent)
    sent: dict[str, Any] = {"sent": False, "tx_hash": None}
    lines: list[Line] = ["not sent"]
    if send_it:
        outcome = send(session, sender, intent)
        sent = {"sent": True, "tx_hash": outcome.tx_hash}
        cost = f"  block {outcome.block_number}, gas {outcome.gas_used:,}"
        lines = [f"done: {intent.action}", cost, f"  {outcome.tx_hash}"]
    result, facts = read()
    again = " ".join(["zkrisk", *session.words, "--send"])
    return Outcome(schema, {**sent, **result}, [*lines, *facts], next=following if send_it else again)
