"""`zkrisk chain venue show|add|revoke`: whose statements a deployment believes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.chain_access import DEPLOYER, open_chain, open_sender
from zkrisk.cli.figures import time_text
from zkrisk.cli.handed_files import read_document
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.render_text import labelled
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent
from zkrisk.cli.upkeep import Facts, keep_up
from zkrisk.errors import InputError
from zkrisk.venue.files import key_sha256, parse_venue_key

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Keys of venues that sign statements."
)
Venue = Annotated[int, typer.Argument(metavar="VENUE", min=1, max=2**32 - 1, help="Its number in the registry.")]
Send = Annotated[bool, typer.Option("--send", help="Send after asking.")]
RpcUrl = Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
Signer = Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]
YEAR_S = 365 * 86_400
MARGIN_S = 600
KEY_LABEL = 7
MAX_TIME = 2**64 - 1
REGISTRY = "VenueRegistry"


@app.command(name="show")
def show(context: typer.Context, venue: Venue, *, rpc: RpcUrl = None, deployment: File = None) -> Outcome:
    """Every key that a venue ever had."""
    chain = open_chain(context.obj, rpc, deployment).pinned()
    result, lines = venue_facts(chain, venue)
    return Outcome("chain-venue-show", result, lines)


@app.command(name="add")
def add(
    context: typer.Context,
    venue: Venue,
    key: Annotated[str, typer.Argument(metavar="KEY", help="What `issuer show NAME -o KEY` wrote; - is stdin.")],
    *,
    from_unix: Annotated[int | None, typer.Option(metavar="T", min=0, max=MAX_TIME, help="First time signed.")] = None,
    until_unix: Annotated[int | None, typer.Option(metavar="T", min=0, max=MAX_TIME, help="Last; else a year.")] = None,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Register a venue's key, or its next one, which starts after the notice.

    Compare the hash with the venue's own words before anything is sent.

    \b
    zkrisk chain venue add 3 venue-key.json
    zkrisk chain venue add 3 venue-key.json --send --yes
    """
    session: Session = context.obj
    point = parse_venue_key(*read_document(key))
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    known = chain.venue_keys(venue)
    first = from_unix if from_unix is not None else _earliest(chain, is_first=not known)
    last = until_unix if until_unix is not None else first + YEAR_S
    change = (
        f"keys of venue {venue}",
        str(len(known)),
        f"{len(known) + 1}; {key_sha256(point)}, {time_text(first)} to {time_text(last)}",
    )
    call = chain.venues.functions.addKey(venue, *point, first, last)
    return keep_up(
        session,
        chain,
        sender,
        Intent(call, f"add a key of venue {venue}", REGISTRY, [change]),
        schema="chain-venue-add",
        read=lambda: venue_facts(chain, venue),
        send_it=send_it,
    )


@app.command(name="revoke")
def revoke(
    context: typer.Context,
    venue: Venue,
    index: Annotated[int, typer.Argument(metavar="INDEX", min=0, max=2**32 - 1, help="Which of its keys, from 0.")],
    *,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Revoke a key: at once and for ever, also what it signed before.

    \b
    zkrisk chain venue revoke 3 0
    zkrisk chain venue revoke 3 0 --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    known = chain.venue_keys(venue)
    if index >= len(known):
        raise InputError(f"venue {venue} has no key {index}; keys: {len(known)}", hint="zkrisk chain venue show")
    change = (f"key {index} of venue {venue}, {key_sha256(known[index])}", "registered", "revoked for ever")
    call = chain.venues.functions.revokeKey(venue, index)
    return keep_up(
        session,
        chain,
        sender,
        Intent(call, f"revoke key {index} of venue {venue}", REGISTRY, [change]),
        schema="chain-venue-revoke",
        read=lambda: venue_facts(chain, venue),
        send_it=send_it,
    )


def _earliest(chain: ChainClient, *, is_first: bool) -> int:
    """First time of a new key: a first one takes statements that are still young enough, a later one has its notice."""
    now = chain.block_time()
    if is_first:
        return max(0, now - int(chain.read(chain.binder.functions.maxStatementAge())))
    return now + int(chain.read(chain.venues.functions.notice())) + MARGIN_S


def venue_facts(chain: ChainClient, venue: int) -> Facts:
    """What the registry holds of a venue."""
    names = chain.rpc.contracts.fields(REGISTRY, "keyOf")
    rows: list[dict[str, Any]] = []
    for index in range(len(chain.venue_keys(venue))):
        found = dict(zip(names, chain.read(chain.venues.functions.keyOf(venue, index)), strict=True))
        rows.append(
            {
                "index": index,
                "key_sha256": key_sha256((int(found["x"]), int(found["y"]))),
                "valid_from_unix": str(found["validFrom"]),
                "valid_until_unix": str(found["validUntil"]),
                "revoked_at_unix": str(found["revokedAt"]) if found["revokedAt"] else None,
            }
        )
    lines: list[Line] = [f"venue {venue}, keys in the registry: {len(rows)}"]
    for row in rows:
        lines += labelled(f"key {row['index']}", row["key_sha256"], width=KEY_LABEL)
        revoked = row["revoked_at_unix"]
        period = f"{time_text(int(row['valid_from_unix']))} to {time_text(int(row['valid_until_unix']))}"
        lines += labelled("", f"REVOKED {time_text(int(revoked))}" if revoked else period, width=KEY_LABEL)
    return {"venue": venue, "keys": rows}, lines
