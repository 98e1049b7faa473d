"""`zkrisk chain readers show|announce|sync|auditor`: who can read the books of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.chain_access import DEPLOYER, account_of, open_chain, open_sender
from zkrisk.cli.figures import time_text
from zkrisk.cli.handed_files import STDIN, read_document
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.render_binding import reader_facts, reader_lines, set_text
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent
from zkrisk.cli.upkeep import Facts, keep_up
from zkrisk.errors import UsageError
from zkrisk.venue.files import key_sha256
from zkrisk.viewing.key_files import KeyFile

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.edwards import Point

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Keepers and auditors that read books."
)
Send = Annotated[bool, typer.Option("--send", help="Send after asking.")]
RpcUrl = Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
Signer = Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose books.")]
MAX_TIME = 2**64 - 1
READER_KEYS = "ReaderKeys"
NOBODY = "0x" + 40 * "0"


@app.command(name="show")
def show(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="With its auditor.")] = None,
    *,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Who can read what is bound now."""
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment).pinned()
    result, lines = _facts(chain, NOBODY if account is None else account_of(session, account))
    return Outcome("chain-readers-show", result, lines)


@app.command(name="announce")
def announce(
    context: typer.Context,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="What `viewing show NAME -o KEY` wrote.")],
    *,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Announce the next set of keepers; the first counts at once, a later one after the notice.

    \b
    zkrisk chain readers announce keepers-key.json
    zkrisk chain readers announce keepers-key.json second.json --send --yes
    """
    session: Session = context.obj
    if keys.count(STDIN) > 1:
        raise UsageError("only one of the files can be -", hint="zkrisk chain readers announce --help")
    points = [_public_key(name) for name in keys]
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    current = int(chain.read(chain.readers.functions.currentVersion()))
    notice = int(chain.read(chain.readers.functions.notice()))
    when = f"after {notice} s" if current else "at once"
    hashes = " and ".join(key_sha256(point) for point in points)
    change = ("keepers", set_text(current), f"set {current + 1}, {when}: {hashes}")
    call = chain.readers.functions.announceKeepers(points)
    return keep_up(
        session,
        chain,
        sender,
        Intent(call, "announce the next keepers", READER_KEYS, [change]),
        schema="chain-readers-announce",
        read=lambda: _facts(chain, NOBODY),
        send_it=send_it,
        following="zkrisk chain readers sync --send",
    )


@app.command(name="sync")
def sync(
    context: typer.Context,
    *,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Demand from now on that books are bound to the current keepers; anyone may.

    \b
    zkrisk chain readers sync
    zkrisk chain readers sync --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    required, current = chain.required_readers(), int(chain.read(chain.readers.functions.currentVersion()))
    change = ("keepers that must be able to read", set_text(required), set_text(max(required, current)))
    return keep_up(
        session,
        chain,
        sender,
        Intent(chain.binder.functions.syncReaders(), "demand the current keepers", "BookBinder", [change]),
        schema="chain-readers-sync",
        read=lambda: _facts(chain, NOBODY),
        send_it=send_it,
        following="zkrisk bind BOOK --send",
    )


@app.command(name="auditor")
def auditor(
    context: typer.Context,
    account: Account,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="What `viewing show NAME -o KEY` wrote.")] = None,
    *,
    from_unix: Annotated[int | None, typer.Option(metavar="T", min=0, max=MAX_TIME, help="Default now.")] = None,
    until_unix: Annotated[int | None, typer.Option(metavar="T", min=0, max=MAX_TIME, help="Last time bound.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the auditor away.")] = False,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Let a key read what an account binds in a period, or no longer.

    \b
    zkrisk chain readers auditor 0x… audit-2027.json --until-unix 1830000000 --send
    zkrisk chain readers auditor 0x… --remove --send
    """
    session: Session = context.obj
    if remove == (key is not None) or (remove and (from_unix, until_unix) != (None, None)):
        raise UsageError("give a key's file, or --remove", hint="zkrisk chain readers auditor --help")
    if not remove and until_unix is None:
        raise UsageError("missing option '--until-unix'", hint="zkrisk chain readers auditor --help")
    point = None if key is None else _public_key(key)
    chain, who = open_chain(session, rpc, deployment), account_of(session, account)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    return keep_up(
        session,
        chain,
        sender,
        _auditing(chain, who, point, (from_unix, until_unix)),
        schema="chain-readers-auditor",
        read=lambda: _facts(chain, who),
        send_it=send_it,
        following=f"zkrisk chain readers show {who}",
    )


def _auditing(chain: ChainClient, account: str, key: Point | None, period: tuple[int | None, int | None]) -> Intent:
    """The call that sets an auditor, or takes one away when there is no key."""
    before = auditor_text(chain, account)
    if key is None:
        call = chain.readers.functions.removeAuditor(account)
        return Intent(call, f"remove the auditor of {account}", READER_KEYS, [("auditor", before, "none")])
    first, last = period[0] if period[0] is not None else chain.block_time(), period[1] or 0
    after = f"{key_sha256(key)}, {time_text(first)} to {time_text(last)}"
    call = chain.readers.functions.setAuditor(account, key, first, last)
    return Intent(call, f"set the auditor of {account}", READER_KEYS, [("auditor", before, after)])


def auditor_text(chain: ChainClient, account: str) -> str:
    """Auditor of an account with its period, as the contract keeps it."""
    (x, y), first, last, appointed = chain.read(chain.readers.functions.auditorOf(account))
    if not x:
        return "none"
    by = ", appointed" if appointed else ""
    return f"{key_sha256((int(x), int(y)))}, {time_text(first)} to {time_text(last)}{by}"


def _public_key(name: str) -> Point:
    return KeyFile.parse(*read_document(name)).key.public


def _facts(chain: ChainClient, account: str) -> Facts:
    """Readers of an account now, and which set is demanded."""
    version = int(chain.read(chain.readers.functions.currentVersion()))
    facts = reader_facts(chain, account, version)
    result = {**facts, "required_version": chain.required_readers()}
    if not version:
        return result, ["no keepers were announced", *reader_lines(facts)]
    demanded = "it is demanded" if result["required_version"] == version else "it is not demanded yet"
    lines: list[Line] = [f"set {version} of keepers is current; {demanded}"]
    return result, lines + reader_lines(facts)
