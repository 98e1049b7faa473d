"""`zkrisk status [ACCOUNT]`: commitments, attestations and credit, and what is due next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.account_status import AccountStatus, read_status
from zkrisk.cli.chain_access import account_of, open_chain
from zkrisk.cli.output import Outcome, encode
from zkrisk.cli.render_status import status_lines, status_result
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import parse_seconds
from zkrisk.errors import Expired, UsageError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

app = typer.Typer(rich_markup_mode=None, add_completion=False)
WATCH_S = 12


@app.command(name="status")
def show_status(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="Default the profile's.")] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Again every 12 s; with --json a line each.")] = False,
    within: Annotated[str, typer.Option(metavar="TIME", help="Exit 6 when something expires sooner.")] = "24h",
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome | int:
    """Accounts, expiries, epochs, and what is due next.

    \b
    zkrisk status
    zkrisk status 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --within 2h
    """
    session: Session = context.obj
    seconds = parse_seconds(within)
    asked = any(word == "--within" or word.startswith("--within=") for word in session.words)
    chain = open_chain(session, rpc, deployment)
    who = account_of(session, account)
    if watch:
        return _watch(session, chain, who)
    found = read_status(session, chain.pinned(), who)
    due = asked and found.expires_within(seconds)
    return Outcome(
        "status",
        status_result(found),
        status_lines(found),
        next=found.due,
        exit_code=Expired.exit_code if due else 0,
    )


def _watch(session: Session, chain: ChainClient, who: str) -> int:
    """Show the state again and again until it is interrupted."""
    if session.flags.quiet:
        raise UsageError("--watch and --quiet exclude each other")
    last: AccountStatus | None = None
    while True:
        found = read_status(session, chain.pinned(), who)
        if found != last:
            if session.flags.json:
                event = {"event": "status", "at_unix": found.block_time_unix, **status_result(found)}
                session.screen.say([encode(event)])
            else:
                session.screen.say([*status_lines(found), ""])
        last = found
        time.sleep(WATCH_S)
