"""`zkrisk chain start|deploy|info|push|snapshot|roll|venue|readers|stop`: a local chain and a deployment on one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.chain_access import (
    DEPLOYER,
    DEVELOPMENT_CHAIN,
    chain_folder,
    chain_name,
    deployment_path,
    open_chain,
    open_rpc,
    open_sender,
)
from zkrisk.cli.commands import chain_readers, chain_venue
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Outcome
from zkrisk.cli.render_chain import CONTRACTS, chain_facts, chain_lines
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import ask_unless_local, is_synthetic, parse_seconds, reporter
from zkrisk.errors import BadFile, InputError, UsageError
from zkrisk.fixedpoint import parse_decimal, scale_exact

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.deployment import DeploymentFile
    from zkrisk.chain.rpc import Rpc
    from zkrisk.sheet import Universe

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="A chain and a deployment.")
app.add_typer(chain_venue.app, name="venue")
app.add_typer(chain_readers.app, name="readers")
RpcUrl = Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
Signer = Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]
DAY_S = 86_400


@app.command(name="start")
def start(
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="Of the loopback interface.")] = 8545,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the chain that was stopped.")] = False,
) -> Outcome:
    """Run a local chain in the background; it goes on where it was stopped.

    \b
    zkrisk chain start
    zkrisk chain start --fresh --port 8546
    """
    from zkrisk.chain.background import forget_state, start_local  # noqa: PLC0415  (web3 takes 0.4 s)

    session: Session = context.obj
    session.made_home()
    folder = chain_folder(session)
    if fresh and (folder / "anvil.state").exists():
        session.confirm("forget the stopped chain and its deployment?")
        forget_state(folder)
    with session.progress.phase("chain") as said:
        chain, resumed = start_local(folder, port=port, now_unix=session.now_unix())
        said.append(f"anvil {DEVELOPMENT_CHAIN}, {chain.url}")
    known = deployment_path(session, DEVELOPMENT_CHAIN)
    if not resumed:
        known.unlink(missing_ok=True)
    word = "goes on" if resumed else "is empty"
    result = {"chain_id": DEVELOPMENT_CHAIN, "rpc_url": chain.url, "pid": chain.pid, "resumed": resumed}
    lines = [f"local chain {DEVELOPMENT_CHAIN} {word} at {chain.url} (process {chain.pid})"]
    following = "zkrisk status" if resumed and known.is_file() else "zkrisk chain deploy"
    return Outcome("chain-start", result, lines, next=following)


@app.command(name="stop")
def stop(context: typer.Context) -> Outcome:
    """Keep the local chain's state and end it.

    \b
    zkrisk chain stop
    zkrisk chain stop --json
    """
    from zkrisk.chain.background import stop_local  # noqa: PLC0415  (web3 takes 0.4 s)

    session: Session = context.obj
    with session.progress.phase("chain", "state kept"):
        chain = stop_local(chain_folder(session))
    return Outcome(
        "chain-stop",
        {"pid": chain.pid, "state_kept": True},
        [f"stopped; its state is kept in {chain_folder(session)}"],
        next="zkrisk chain start",
    )


@app.command(name="deploy")
def deploy(
    context: typer.Context,
    *,
    universe: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
    policy: Annotated[str, typer.Option(metavar="NAME", help="Of the development vault.")] = "lender-a",
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of the synthetic prices on a development chain.")
    ] = 2026,
    feeds: Annotated[str | None, typer.Option(metavar="FILE", help="JSON: symbol to feed; needed elsewhere.")] = None,
    rpc: RpcUrl = None,
    signer: Signer = None,
) -> Outcome:
    """Deploy the contracts; on chain 31337 with mock feeds, a full window and a vault.

    \b
    zkrisk chain deploy
    zkrisk chain deploy --rpc URL --signer deployer --feeds feeds.json
    """
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415  (--help does without)
    from zkrisk.sheet import load_universe  # noqa: PLC0415

    session: Session = context.obj
    connection = open_rpc(session, rpc)
    chosen = load_universe(universe or session.config.settings.universe)
    session.made_home()
    path, artifacts = deployment_path(session, connection.chain_id), default_artifacts()
    if path.is_file():
        session.confirm(f"a deployment on chain {connection.chain_id} is known; put another in its place?")
    if connection.chain_id == DEVELOPMENT_CHAIN and feeds is None:
        from zkrisk.chain.development import deploy_development  # noqa: PLC0415
        from zkrisk.policy import load_policy  # noqa: PLC0415

        with session.progress.phase("deploy", f"{chosen.id}, synthetic prices, seed {seed}"):
            file = deploy_development(
                connection, artifacts, chosen, load_policy(policy), seed=seed, on_progress=reporter(session)
            )
    else:
        file = _deploy_real(session, connection, chosen, _feeds(feeds), signer)
    file.save(path)
    chain = open_chain(session, rpc)
    lines = [*chain_lines(chain), f"wrote {path}"]
    result = {"path": str(path), **chain_facts(chain)}
    return Outcome("chain-deploy", result, lines, next=f"zkrisk policy register {policy}")


def _deploy_real(
    session: Session, rpc: Rpc, universe: Universe, feeds: dict[str, str], signer: str | None
) -> DeploymentFile:
    """Deploy with real feeds; keys that must not be on this chain are refused before anything is asked."""
    from zkrisk.chain.deploy import DeployPlan, check_key, check_keys  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.deploy import deploy as deploy_all  # noqa: PLC0415
    from zkrisk.params import CircuitKind  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    artifacts = default_artifacts()
    keys = {kind: artifacts.instance(kind, universe.tier) for kind in CircuitKind}
    check_keys(keys, rpc.chain_id)
    bind_keys = artifacts.bind_instances(universe.tier)
    for instance in bind_keys:
        check_key(instance, rpc.chain_id)
    first_day = rpc.block_time() // DAY_S - universe.tier.scenarios - 1
    plan = DeployPlan(universe=universe, keys=keys, genesis_day=first_day, feeds=feeds, bind_keys=bind_keys)
    sender = open_sender(session, rpc, signer, DEPLOYER)
    name = chain_name(rpc.chain_id)
    what = f"{len(CONTRACTS)} contracts and {len(keys) + len(bind_keys)} keys"
    text = f"{sender.address} deploys {what} on {name} (chain {rpc.chain_id}), {rpc.name}"
    session.confirm_by_typing(text, name)
    with session.progress.phase("deploy", universe.id):
        return deploy_all(sender, plan, reporter(session))


def _feeds(text: str | None) -> dict[str, str]:
    """Read symbol to feed.

    Raises:
        InputError: There is no file, and this chain needs one.
        BadFile: Malformed.
    """
    from zkrisk.book.files import parse_json, read_text  # noqa: PLC0415  (--help does without)
    from zkrisk.commitment import format_address, parse_address  # noqa: PLC0415

    if text is None:
        raise InputError("mock feeds are for chain 31337 only", hint="--feeds FILE")
    document = parse_json(read_text(Path(text)), text)
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise BadFile("not an object of symbol and feed address", where=text)
    return {symbol: format_address(parse_address(str(value))) for symbol, value in document.items()}


@app.command(name="info")
def info(context: typer.Context, *, rpc: RpcUrl = None, deployment: File = None) -> Outcome:
    """Where the contracts are, and how fresh prices and window are."""
    chain = open_chain(context.obj, rpc, deployment).pinned()
    return Outcome("chain-info", chain_facts(chain), chain_lines(chain))


@app.command(name="push")
def push(
    context: typer.Context,
    prices: Annotated[list[str], typer.Argument(metavar="SYMBOL=PRICE...", help="Dollars, such as ETH=1800.")],
    *,
    after: Annotated[str, typer.Option(metavar="TIME", help="Move the chain's clock on first, such as 15m.")] = "0s",
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Publish prices in the mock feeds of a development chain; the next snapshot takes them.

    A jump beyond a feed's deviation cap is believed when a second snapshot sees it again.

    \b
    zkrisk chain push ETH=1800
    zkrisk chain push ETH=1800 BTC=60000 --after 15m
    """
    session: Session = context.obj
    chain, seconds = open_chain(session, rpc, deployment), parse_seconds(after) if after != "0s" else 0
    if not is_synthetic(chain):
        raise InputError(f"the feeds on chain {chain.chain_id} are not mock feeds of a development chain")
    answers = dict(_answer(chain, text) for text in prices)
    from zkrisk.chain.development import role  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.feeds import push_prices  # noqa: PLC0415

    with session.progress.phase("feeds") as said:
        chain.rpc.raw("evm_increaseTime", [seconds])
        chain.rpc.raw("evm_mine", [])
        time = chain.rpc.block_time()
        push_prices(role(chain.rpc, "deployer"), chain.file, answers, time)
        said.append(f"{', '.join(prices)}, at the chain's {time_text(time)}")
    result = {"answers": {symbol: str(answer) for symbol, answer in answers.items()}, "time_unix": time}
    return Outcome("chain-push", result, [f"{len(answers)} prices published"], next="zkrisk chain snapshot")


def _answer(chain: ChainClient, text: str) -> tuple[str, int]:
    """Symbol and the feed's integer of ``ETH=1800``.

    Raises:
        UsageError: Not of that form.
        InputError: No such feed; a price that is not above zero, or finer than the feed.
    """
    symbol, sign, number = text.partition("=")
    if not sign:
        raise UsageError("a price is a symbol and dollars, such as ETH=1800", hint="zkrisk chain push --help")
    if symbol not in chain.file.feeds:
        known = ", ".join(sorted(chain.file.feeds))
        raise InputError(f"the deployment has no feed '{symbol[:64]}'; known: {known}")
    feed = chain.rpc.contract("MockFeed", chain.file.feeds[symbol])
    decimals = int(chain.read(feed.functions.decimals()))
    try:
        answer = scale_exact(parse_decimal(number), decimals)
    except ValueError:
        raise InputError(f"the price of {symbol} is not a number of at most {decimals} decimals") from None
    if answer <= 0:
        raise InputError(f"the price of {symbol} is not above zero")
    return symbol, answer


@app.command(name="snapshot")
def snapshot(context: typer.Context, *, rpc: RpcUrl = None, signer: Signer = None, deployment: File = None) -> Outcome:
    """Take the snapshot of the running epoch, fold it, count the time in which accounts must act; anyone may.

    \b
    zkrisk chain snapshot
    zkrisk chain snapshot --rpc URL --signer keeper --yes
    """
    from zkrisk.chain.fold import fold_sheet  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.operate import take_snapshot  # noqa: PLC0415

    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    ask_unless_local(session, chain, sender, "take a snapshot and fold it")
    if is_synthetic(chain):
        from zkrisk.chain.development import refresh_feeds  # noqa: PLC0415

        with session.progress.phase("feeds", "synthetic prices published again"):
            refresh_feeds(chain.rpc, chain.file)
    with session.progress.phase("snapshot") as said:
        epoch, outcome = take_snapshot(sender, chain)
        said.append(f"epoch {epoch}, gas {outcome.gas_used:,}")
    with session.progress.phase("fold") as said:
        folds = fold_sheet(sender, chain, epoch)
        said.append(", ".join(f"{kind.name.lower()} {out.gas_used:,}" for kind, out in folds.items()))
    with session.progress.phase("live time") as said:
        counted = sender.send(chain.heartbeat.functions.poke())
        said.append(f"counted, gas {counted.gas_used:,}")
    gas = {kind.name: out.gas_used for kind, out in folds.items()}
    result = {"epoch": epoch, "snapshot_gas": outcome.gas_used, "fold_gas": gas, "count_gas": counted.gas_used}
    return Outcome("chain-snapshot", result, [f"epoch {epoch} has its snapshot, folded for {len(folds)} circuits"])


@app.command(name="roll")
def roll(context: typer.Context, *, rpc: RpcUrl = None, signer: Signer = None, deployment: File = None) -> Outcome:
    """Record the closes of the days that are over, and roll them into the window; anyone may.

    \b
    zkrisk chain roll
    zkrisk chain roll --rpc URL --signer keeper --yes
    """
    from zkrisk.chain.operate import record_closes, roll_window  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.refold import registered_key  # noqa: PLC0415
    from zkrisk.params import CircuitKind  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    key = registered_key(chain, default_artifacts().instance(CircuitKind.COMPLIANCE, chain.tier()))
    ask_unless_local(session, chain, sender, "record closes and roll the window")
    with session.progress.phase("closes") as said:
        days = record_closes(sender, chain, on_progress=reporter(session))
        said.append(f"{days} recorded")
    with session.progress.phase("window") as said:
        rows = len(roll_window(sender, chain, key, reporter(session)))
        said.append(f"{rows} rows rolled")
    lines = [f"{days} closes recorded, {rows} rows rolled" if days or rows else "nothing to do: the window is current"]
    following = "zkrisk chain snapshot" if rows else None
    return Outcome("chain-roll", {"closes": days, "rows": rows}, lines, next=following)
