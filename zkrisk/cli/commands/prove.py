"""`zkrisk prove BOOK`: check the limits, build witness and proof, write a bundle."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.chain_access import DEVELOPMENT_CHAIN, account_of, open_chain
from zkrisk.cli.inputs import default_book, is_book_file
from zkrisk.cli.output import Outcome
from zkrisk.cli.proof_request import ACTIONS, ProofRequest, backend_of, prepare
from zkrisk.cli.render_proof import bundle_name, proof_lines, proof_result
from zkrisk.cli.render_text import command_text
from zkrisk.cli.session import Session
from zkrisk.errors import InputError, UsageError, ZkRiskError
from zkrisk.params import Assurance

if TYPE_CHECKING:
    from zkrisk.commitment import Opening
    from zkrisk.pipeline import Prepared
    from zkrisk.proof.bundle_model import Bundle

app = typer.Typer(rich_markup_mode=None, add_completion=False)
LABELS = {
    "proof": "{backend}, verified before writing",
    "witness": "{instance}",
    "self-check": "verified before writing",
}


@app.command(name="prove")
def prove_book(
    context: typer.Context,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", hidden=True)] = None,
    *,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="Registered; default the profile's.")] = None,
    action: Annotated[str, typer.Option(metavar="NAME", help=f"{', '.join(ACTIONS)}.", show_default=False)] = "attest",
    amount: Annotated[str | None, typer.Option(metavar="TEXT", help="Such as 25000USDC.")] = None,
    beneficiary: Annotated[str | None, typer.Option(metavar="ADDR", help="Who receives; default the account.")] = None,
    deadline: Annotated[str, typer.Option(metavar="TIME", help="How long, or until when.")] = "15m",
    epoch: Annotated[str, typer.Option(metavar="N|latest", help="Which snapshot.")] = "latest",
    account: Annotated[str | None, typer.Option(metavar="ADDR", help="Default the profile's.")] = None,
    vault: Annotated[str | None, typer.Option(metavar="NAME", help="Default the only one.")] = None,
    seize: Annotated[str | None, typer.Option(metavar="TOKEN", help="Collateral to take, for liquidate.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="FILE", hidden=True)] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Attest without asking a chain.")] = False,
    tier: Annotated[str | None, typer.Option(hidden=True)] = None,
    backend: Annotated[str | None, typer.Option(hidden=True)] = None,
    threads: Annotated[int | None, typer.Option(min=0, hidden=True)] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="The bundle's file.")] = None,
    pack: Annotated[bool, typer.Option("--pack", help="Make it self-contained.")] = False,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", hidden=True)] = None,
) -> Outcome:
    """Check a committed BOOK's limits, prove them, write a bundle, send nothing.

    \b
    zkrisk prove main --policy lender-a -o trader.zkrisk.json
    zkrisk prove main --action draw --amount 25000USDC
    Rarely needed: --sheet --tier --backend --threads --deployment, in docs/cli.md
    """
    session: Session = context.obj
    name, settings = default_book(session, book), session.config.settings
    _check(name, action, sheet, offline=offline)
    request = ProofRequest(
        name, account_of(session, account), action, policy or settings.policy, amount, beneficiary, deadline, epoch,
        vault, seize, tier=tier or settings.tier, sheet=sheet, deployment=deployment,
    )  # fmt: skip
    return _make(session, request, Making(backend, threads, out, packed=pack), rpc, offline=offline)


@dataclass(frozen=True, slots=True)
class Making:
    """Who proves, on how many threads, and where the bundle goes; None is the setting or the usual name."""

    backend: str | None
    threads: int | None
    file: str | None
    packed: bool


def _make(session: Session, request: ProofRequest, making: Making, rpc: str | None, *, offline: bool) -> Outcome:
    settings, backend = session.config.settings, backend_of(session, making.backend)
    _limit_threads(settings.threads if making.threads is None else making.threads)
    chain = None if offline else open_chain(session, rpc, request.deployment).pinned()
    try:
        prepared, opening = prepare(session, chain, request)
        bundle = _prove(session, prepared, opening, backend, packed=making.packed)
    except ZkRiskError as error:
        error.hint = error.hint and error.hint.replace("BOOK", request.book)
        raise
    endpoint = chain.rpc.name if chain is not None and chain.chain_id == DEVELOPMENT_CHAIN else "URL"
    return _written(session, prepared, bundle, making.file, endpoint)


def _check(book: str, action: str, sheet: str | None, *, offline: bool) -> None:
    if action not in ACTIONS:
        raise UsageError(f"option '--action' is one of {', '.join(ACTIONS)}")
    if is_book_file(book):
        raise InputError("only a stored and committed book can be proved", hint=f"zkrisk book add {book}")
    if sheet is not None and not offline:
        raise UsageError("--sheet goes with --offline; otherwise the chain's sheet counts", hint="zkrisk prove --help")
    if offline and action != "attest":
        raise UsageError("--offline is for --action attest: the others need the state of the vault")


def _limit_threads(threads: int) -> None:
    """The prover reads this once, when it is first used."""
    if threads:
        os.environ["RAYON_NUM_THREADS"] = str(threads)


def _prove(session: Session, prepared: Prepared, opening: Opening, backend: str, *, packed: bool) -> Bundle:
    from zkrisk.pipeline import make_bundle  # noqa: PLC0415  (--help does without)
    from zkrisk.proof.artifacts import default_artifacts, instance_name  # noqa: PLC0415

    words = {"backend": backend, "instance": instance_name(prepared.kind, prepared.sheet.tier).replace("-", "/")}

    def report(phase: str, seconds: float) -> None:
        session.progress.done(phase, LABELS.get(phase, "").format(**words), seconds)

    return make_bundle(prepared, default_artifacts(), opening, backend=backend, packed=packed, on_progress=report)


def _written(session: Session, prepared: Prepared, bundle: Bundle, out: str | None, endpoint: str) -> Outcome:
    from zkrisk.proof.bundle import to_bytes  # noqa: PLC0415  (--help does without)
    from zkrisk.store import StoreIndex  # noqa: PLC0415

    content = to_bytes(bundle)
    path = write_file(session, out or bundle_name(prepared), content)
    result = {"path": path, "bytes": len(content), **proof_result(bundle)}
    if StoreIndex.exists(session.home):
        with session.open_index() as index:
            index.add_public("bundle", result["identifier"], {"path": os.path.abspath(path)})
    lines = proof_lines(prepared, bundle, path, len(content))
    return Outcome("prove", result, lines, next=_following(path, endpoint, prepared))


def _following(path: str, endpoint: str, prepared: Prepared) -> str:
    level = prepared.assurance
    enough = "" if level is Assurance.VENUE_SIGNED else f" --expect-assurance {level.name}"
    verify = command_text(f"zkrisk verify {path} --rpc {endpoint}{enough}")
    return f"{verify}\n  or: zkrisk submit {path}"
