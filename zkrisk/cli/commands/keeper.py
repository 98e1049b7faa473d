"""``zkrisk keeper``: watches accounts, and liquidates those that may be."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.keeper_access import Access, Money, Opened, allow_vaults, limits_of, open_prover, opened
from zkrisk.cli.output import Line, Outcome, encode
from zkrisk.cli.render_keeper import event_line, scan_lines, scan_result
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import parse_gwei
from zkrisk.errors import InputError

if TYPE_CHECKING:
    from zkrisk.keeper.service import Keeper, Settings

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Watch accounts by their books, and liquidate those below the threshold.",
)

Key = Annotated[str | None, typer.Option(metavar="NAME", help="Reader's key of the store; default the only one.")]
Openings = Annotated[str | None, typer.Option(metavar="FILE", help="Openings that a threshold of members gave.")]
Folder = Annotated[str | None, typer.Option("--state", metavar="DIR", help="Default in the home.", hidden=True)]
RpcUrl = Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]
INTERRUPTED = 130


@app.command()
def scan(
    context: typer.Context,
    *,
    key: Key = None,
    openings: Openings = None,
    folder: Folder = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what they hold. Private.")] = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Accounts that owe, by their distance to liquidation. Nothing is sent.

    \b
    zkrisk keeper scan
    zkrisk keeper scan --json --key audit-2027
    """
    from zkrisk.keeper.follow import Follower  # noqa: PLC0415  (--help does without)
    from zkrisk.keeper.scan import scan as scan_accounts  # noqa: PLC0415

    session: Session = context.obj
    access = Access(key, openings, folder, rpc, deployment, only_looks=True)
    with opened(session, access) as found:
        with session.progress.phase("follow") as said:
            said.append(f"{Follower(found.chain, found.state).follow().logs} events")
        with session.progress.phase("read") as said:
            said.append(f"{found.books.read_new()} new books")
        rows = scan_accounts(found.chain, found.state, found.books)
        epoch = found.chain.market().epoch
        result = scan_result(rows, epoch, found.client.universe, reveal=reveal)
        lines = scan_lines(rows, epoch, found.client.universe, reveal=reveal)
    return Outcome("keeper-scan", result, lines, private=reveal)


@app.command()
def run(
    context: typer.Context,
    *,
    key: Key = None,
    openings: Openings = None,
    folder: Folder = None,
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; prove and send nothing.")] = False,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="Take snapshots, fold, count time.")] = False,
    poll: Annotated[int, typer.Option(metavar="S", help="Seconds between rounds.")] = 12,
    metrics_port: Annotated[int | None, typer.Option(metavar="P", help="Serve /metrics on localhost.")] = None,
    min_profit: Annotated[str, typer.Option(metavar="USD", help="Least profit after gas.")] = "0",
    haircut_bps: Annotated[int, typer.Option(metavar="BPS", help="Cost of selling what is seized.", hidden=True)] = 50,
    native: Annotated[str, typer.Option(metavar="COIN", help="Gas is paid in: symbol or USD.", hidden=True)] = "ETH",
    max_fee: Annotated[str | None, typer.Option(metavar="GWEI", help="Most that one gas may cost.")] = None,
    allowance: Annotated[str | None, typer.Option("--allow", metavar="AMOUNT", help="Let the vault take it.")] = None,
    write_off: Annotated[bool, typer.Option("--write-off", help="Also end debts without escrow.", hidden=True)] = False,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N.")] = None,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> int:
    """Follow the chain, read books, and liquidate what pays, until it is stopped.

    Stopped or killed at any moment, it goes on where it was.

    \b
    zkrisk keeper run --signer keeper --allow 50000USDC --metrics-port 9469
    zkrisk keeper run --once --dry-run --json
    """
    session: Session = context.obj
    if poll < 0:
        raise InputError("the seconds between rounds are negative", hint="--poll 12")
    access = Access(key, openings, folder, rpc, deployment, signer=signer)
    with opened(session, access) as found:
        limits = limits_of(found.client, Money(min_profit, haircut_bps, native, write_off))
        if allowance is not None and not dry_run:
            allow_vaults(session, found, allowance)
        settings = _settings(limits, parse_gwei(max_fee), dry_run=dry_run, snapshot=snapshot)
        return _run(session, found, settings, poll_s=None if once else poll, metrics_port=metrics_port)


def _settings(limits: Any, most_fee_wei: int | None, *, dry_run: bool, snapshot: bool) -> Settings:
    from zkrisk.keeper.send import Sending  # noqa: PLC0415
    from zkrisk.keeper.service import Settings  # noqa: PLC0415

    sending = Sending(most_fee_wei=most_fee_wei)
    return Settings(limits=limits, sending=sending, takes_snapshots=snapshot, is_dry=dry_run)


def _run(session: Session, found: Opened, settings: Settings, *, poll_s: int | None, metrics_port: int | None) -> int:
    """Run until SIGINT or SIGTERM, or one round; returns the exit code."""
    from zkrisk.keeper.metrics import Metrics, MetricsServer  # noqa: PLC0415
    from zkrisk.keeper.service import Keeper  # noqa: PLC0415

    metrics = Metrics()

    def tell(event: str, facts: Mapping[str, Any]) -> None:
        line = {"event": event, "at_unix": session.now_unix(), **facts}
        said: Line = encode(line) if session.flags.json else event_line(line)
        if not session.flags.quiet or session.flags.json:
            session.screen.say([said])

    keeper = Keeper(
        found.chain, found.state, found.books, open_prover(found.client, found.chain.keeper), settings,
        tell=tell, metrics=metrics, clock=time.perf_counter,
    )  # fmt: skip
    tell("started", {"keeper": found.chain.keeper, "chain_id": str(found.client.chain_id), "dry_run": settings.is_dry})
    if metrics_port is None:
        return _rounds(keeper, poll_s)
    with MetricsServer(metrics, metrics_port) as server:
        tell("serving", {"port": server.port})
        return _rounds(keeper, poll_s)


def _rounds(keeper: Keeper, poll_s: int | None) -> int:
    """Finish the round that is under way when a signal comes."""
    stop, caught = threading.Event(), []

    def on_signal(number: int, _: object) -> None:
        caught.append(number)
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if poll_s is None:
            keeper.round()
        else:
            keeper.run(stop, poll_s)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return INTERRUPTED if signal.SIGINT in caught else 0
