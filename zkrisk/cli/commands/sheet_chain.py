"""`zkrisk sheet fetch|fold|audit`: the verbs of `sheet` that need a chain; `register(app)` adds them to the noun."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.bundle_files import size_text, write_file
from zkrisk.cli.chain_access import DEPLOYER, open_chain, open_sender
from zkrisk.cli.fetched import keep_state
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import ask_unless_local, reporter
from zkrisk.errors import InputError, SheetStale

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.sheet import Sheet

RpcUrl = Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
Epoch = Annotated[str, typer.Option(metavar="N|latest", help="Which snapshot.")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the noun's application."""
    app.command(name="fetch")(fetch_sheet)
    app.command(name="fold")(fold_sheets)
    app.command(name="audit")(audit_deployment)


def chosen_epoch(chain: ChainClient, text: str) -> int:
    """Read an epoch argument.

    Raises:
        InputError: Neither a number nor ``latest``.
        SheetStale: There is no snapshot yet.
    """
    if text != "latest" and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise InputError("--epoch is a number or 'latest'", hint="--epoch latest")
    epoch = chain.newest_epoch() if text == "latest" else int(text)
    if epoch == 0:
        raise SheetStale("there is no snapshot yet", hint="zkrisk chain snapshot")
    return epoch


def fetch_sheet(
    context: typer.Context,
    *,
    rpc: RpcUrl = None,
    epoch: Epoch = "latest",
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Default in the home.")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Fold it again, compare with the chain.")] = True,
    deployment: File = None,
) -> Outcome:
    """Read a sheet from a chain's storage, fold it again, and keep it.

    \b
    zkrisk sheet fetch
    zkrisk sheet fetch --rpc URL --epoch 490 --out sheet.json
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment).pinned()
    number = chosen_epoch(chain, epoch)
    with session.progress.phase("sheet") as said:
        sheet = _checked(chain, number) if check else chain.sheet(number)
        said.append(f"epoch {number} re-folded, equals the chain" if check else f"epoch {number}, not compared")
    path, size = _keep(session, chain, sheet, out)
    result = {"path": path, "bytes": size, "epoch": number, "as_of_unix": sheet.as_of_unix, "checked": check}
    lines = [f"wrote {path}   {size_text(size)}, prices of {time_text(sheet.as_of_unix)}"]
    marks = [("SYNTHETIC", "prices and scenarios are generated")] if sheet.synthetic else []
    return Outcome("sheet-fetch", result, lines, warnings=marks, next=f"zkrisk risk BOOK --sheet {path}")


def _checked(chain: ChainClient, epoch: int) -> Sheet:
    from zkrisk.chain.refold import checked_sheet, registered_key  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.params import CircuitKind  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    key = registered_key(chain, default_artifacts().instance(CircuitKind.COMPLIANCE, chain.tier()))
    return checked_sheet(chain, key, epoch)


def _keep(session: Session, chain: ChainClient, sheet: Sheet, out: str | None) -> tuple[str, int]:
    """Write the sheet; where there is a store, note it and the account's public state, for `prove --offline`."""
    from zkrisk.book.files import canonical_bytes  # noqa: PLC0415  (--help does without)
    from zkrisk.store import StoreIndex  # noqa: PLC0415

    content = canonical_bytes(sheet.to_dict()) + b"\n"
    folder = session.home / "sheets"
    if out is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{chain.chain_id}-{sheet.epoch}.json"
        target.unlink(missing_ok=True)
        out = str(target)
    path = write_file(session, out, content)
    if StoreIndex.exists(session.home):
        with session.open_index() as index:
            facts = {"path": os.path.abspath(path), "sha256": sheet.sha256}
            index.add_public("sheet", f"{chain.chain_id}-{sheet.epoch}", facts)
            keep_state(session, chain, index)
    return path, len(content)


def fold_sheets(
    context: typer.Context,
    *,
    rpc: RpcUrl = None,
    epoch: Epoch = "latest",
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N.")] = None,
    deployment: File = None,
) -> Outcome:
    """Fold a snapshot on the chain for the circuits that lack it; anyone may.

    \b
    zkrisk sheet fold
    zkrisk sheet fold --rpc URL --epoch 490 --signer keeper --yes
    """
    from zkrisk.chain.fold import fold_sheet  # noqa: PLC0415  (web3 takes 0.4 s)

    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    number = chosen_epoch(chain, epoch)
    sender = open_sender(session, chain.rpc, signer, DEPLOYER)
    ask_unless_local(session, chain, sender, f"fold epoch {number}")
    with session.progress.phase("fold") as said:
        done = {kind.name: outcome.gas_used for kind, outcome in fold_sheet(sender, chain, number).items()}
        said.append(", ".join(f"{name.lower()} {gas:,}" for name, gas in done.items()) or "nothing to do")
    lines = [f"epoch {number}: {len(done)} folded" if done else f"epoch {number} is folded for every circuit"]
    return Outcome("sheet-fold", {"epoch": number, "fold_gas": done}, lines)


def audit_deployment(context: typer.Context, *, rpc: RpcUrl = None, deployment: File = None) -> Outcome:
    """Recompute every folded point of a deployment from events and feeds; exit 5 when one differs.

    \b
    zkrisk sheet audit
    zkrisk sheet audit --rpc URL --deployment FILE
    """
    from zkrisk.chain.audit import audit  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.params import CircuitKind  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    session: Session = context.obj
    chain = open_chain(session, rpc, deployment).pinned()
    artifacts = default_artifacts()
    keys = {kind: artifacts.instance(kind, chain.tier()).key() for kind in CircuitKind}
    with session.progress.phase("audit") as said:
        report = audit(chain, keys, reporter(session))
        said.append(f"{len(report.findings)} points and values recomputed")
    lines: list[Line] = [
        [("  ", ""), ("FAIL", "fail"), (f" {finding.what}: {finding.problem}", "")] for finding in report.problems
    ]
    held = Counter(finding.what.split()[0] for finding in report.findings if not finding.problem)
    lines += [[("  ", ""), ("ok", "ok"), (f"   {count:>4} x {name}", "")] for name, count in sorted(held.items())]
    if report.problems and not session.flags.json:
        session.screen.say(lines)
    report.require()
    return Outcome("sheet-audit", {"checks": [finding.what for finding in report.findings]}, lines)
