"""`zkrisk bind BOOK`: give a committed book to its readers, and show which of it venues signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.bind_request import (
    HandedStatements,
    chosen_opening,
    read_statements,
    require_own,
    statements_named,
)
from zkrisk.cli.chain_access import account_of, open_chain, open_sender
from zkrisk.cli.inputs import default_book, is_book_file
from zkrisk.cli.output import Outcome
from zkrisk.cli.proof_request import backend_of, lifetime_of
from zkrisk.cli.render_binding import (
    binding_facts,
    binding_lines,
    coverage_text,
    reader_facts,
    reader_lines,
    set_text,
)
from zkrisk.cli.render_text import short_hash
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, is_synthetic, send, simulate
from zkrisk.errors import InputError, ZkRiskError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Outcome as Sent
    from zkrisk.chain.transact import Transactor
    from zkrisk.commitment import Opening
    from zkrisk.pipeline_binding import PreparedBinding
    from zkrisk.proof.binding import Binding

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="bind")
def bind_book(
    context: typer.Context,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", hidden=True)] = None,
    *,
    statement: Annotated[list[str] | None, typer.Option(metavar="FILE", help="Of a venue; repeatable.")] = None,
    active: Annotated[bool, typer.Option("--active", help="The active commitment, though another waits.")] = False,
    deadline: Annotated[str, typer.Option(metavar="TIME", help="How long, or until when.")] = "15m",
    account: Annotated[str | None, typer.Option(metavar="ADDR", help="Default the profile's.")] = None,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")] = None,
    send_it: Annotated[bool, typer.Option("--send", help="Send after asking.")] = False,
    backend: Annotated[str | None, typer.Option(hidden=True)] = None,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", hidden=True)] = None,
) -> Outcome:
    """Encrypt a committed BOOK to the readers that the chain names, by proof.

    With statements of venues it also shows which share of the book they signed; what
    the book holds beyond them counts as signed by nobody.

    \b
    zkrisk bind main --send
    zkrisk bind main --statement kraken.json --statement okx.json --send --yes
    """
    session: Session = context.obj
    name, chosen = default_book(session, book), backend_of(session, backend)
    if is_book_file(name):
        raise InputError("only a stored and committed book can be bound", hint=f"zkrisk book add {name}")
    chain, who = open_chain(session, rpc, deployment), account_of(session, account)
    sender = open_sender(session, chain.rpc, signer)
    require_own(who, sender.address)
    handed = read_statements(chain, who, statement or [])
    if is_synthetic(chain):
        chain.rpc.raw("evm_mine", [])  # a development chain's clock stands between blocks; statements are of now
    try:
        found = _prepare(session, chain.pinned(), Asked(name, who, handed, active=active, deadline=deadline))
        return _bind(session, chain, sender, found, backend=chosen, send_it=send_it)
    except ZkRiskError as error:
        error.hint = error.hint and error.hint.replace("BOOK", name)
        raise


@dataclass(frozen=True)
class Asked:
    """What was asked for, as it was written."""

    book: str
    account: str
    handed: HandedStatements
    active: bool
    deadline: str


@dataclass(frozen=True)
class Found:
    """What it comes to. Private because of the opening."""

    asked: Asked
    opening: Opening = field(repr=False)
    prepared: PreparedBinding
    until_unix: int


def _prepare(session: Session, chain: ChainClient, asked: Asked) -> Found:
    """Let the contract judge everything but the proof; nothing is proved when it refuses."""
    from zkrisk.pipeline_binding import binding_until, check_binding, prepare_binding  # noqa: PLC0415  (--help)
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    lifetime = lifetime_of(chain, asked.deadline)
    opening = chosen_opening(session, chain, asked.book, asked.account, active=asked.active)
    with session.progress.phase("statements") as said:
        with statements_named(asked.handed):
            prepared = prepare_binding(chain, default_artifacts(), opening, asked.handed.signed, lifetime_s=lifetime)
        _require_use(prepared)
        with statements_named(asked.handed, prepared):
            check_binding(chain, prepared, opening)
            until = binding_until(chain, prepared)
        said.append(_count_text(prepared))
    return Found(asked, opening, prepared, until)


def _require_use(prepared: PreparedBinding) -> None:
    """Refuse a binding that would say nothing to nobody.

    Raises:
        InputError: The chain names no readers, and no venue signed anything.
    """
    if not prepared.readers and all(part.signed is None for part in prepared.parts):
        raise InputError(
            "the chain names nobody who reads books, and no venue's statement was given: there is nothing to bind",
            hint="zkrisk bind BOOK --statement FILE",
        )


def _count_text(prepared: PreparedBinding) -> str:
    signed = sum(part.signed is not None for part in prepared.parts)
    readers = len(prepared.readers)
    return f"{signed} of venues, {readers} reader{'' if readers == 1 else 's'}; the contract takes them"


def _bind(
    session: Session, chain: ChainClient, sender: Transactor, found: Found, *, backend: str, send_it: bool
) -> Outcome:
    from zkrisk.pipeline_binding import bind_call, make_binding  # noqa: PLC0415  (--help does without)

    instance = found.prepared.instance.name

    def report(phase: str, seconds: float) -> None:
        session.progress.done(phase, {"proof": backend, "witness": instance}.get(phase, ""), seconds)

    binding = make_binding(found.prepared, found.opening, backend=backend, on_progress=report)
    changes = _changes(chain, found, binding)
    intent = Intent(bind_call(chain, found.prepared, binding), "bind", "BookBinder", changes)
    with statements_named(found.asked.handed, found.prepared):
        simulate(session, chain, sender, intent)
        if not send_it:
            return _not_sent(session, chain, found, binding)
        outcome = send(session, sender, intent)
    return _sent(chain, found, outcome)


def _changes(chain: ChainClient, found: Found, binding: Binding) -> list[tuple[str, str, str]]:
    """Coverage and readers, from the chain and from what the contract has just judged."""
    from zkrisk.chain.bindings import newest_binding  # noqa: PLC0415  (web3 takes 0.4 s)

    account = found.asked.account
    state, now = chain.account(account), chain.block_time()
    is_active = found.prepared.commitment == state.commitment
    pending = chain.pending_assurance(account)
    level, coverage = (state.level, state.coverage_bps) if is_active else pending
    before = {"coverage_bps": coverage, "coverage_until_unix": state.coverage_until_unix if is_active else 0}
    after = {"coverage_bps": binding.statement.coverage_bps, "coverage_until_unix": found.until_unix}
    readers = set_text(found.prepared.readers_version)
    bound = newest_binding(chain, account, found.prepared.commitment)
    which = f"{short_hash(found.prepared.commitment)} ({'active' if is_active else 'waits for its proof'})"
    changes = [(f"readers of {which}", set_text(bound.readers_version if bound else 0), readers)]
    if level.name != level_after(level.name, after["coverage_bps"]):
        changes.append(("level", level.name, level_after(level.name, after["coverage_bps"])))
    if before["coverage_bps"] or after["coverage_bps"]:
        changes.append(("coverage", coverage_text(before, now), coverage_text(after, now)))
    return changes


def level_after(level: str, coverage_bps: int) -> str:
    """The level that the contract gives: a later binding counts, also when it tells less good."""
    from zkrisk.params import BPS, Assurance  # noqa: PLC0415  (--help does without)

    if coverage_bps == BPS:
        return Assurance.VENUE_SIGNED.name
    return Assurance.SELF_DECLARED.name if level == Assurance.VENUE_SIGNED.name else level


def _not_sent(session: Session, chain: ChainClient, found: Found, binding: Binding) -> Outcome:
    facts = reader_facts(chain, found.asked.account, found.prepared.readers_version)
    result: dict[str, Any] = {
        "sent": False,
        "commitment": f"{found.prepared.commitment:#066x}",
        "coverage_bps": binding.statement.coverage_bps,
        "coverage_until_unix": found.until_unix,
        **facts,
    }
    command = " ".join(["zkrisk", *session.words, "--send"])
    return Outcome("bind", result, ["not sent", *reader_lines(facts)], next=command)


def _sent(chain: ChainClient, found: Found, outcome: Sent) -> Outcome:
    bound = outcome.event("CommitmentBound").args["bound"]
    facts = binding_facts(chain, found.asked.account, found.prepared.commitment, bound)
    result: dict[str, Any] = {
        "sent": True,
        "commitment": f"{found.prepared.commitment:#066x}",
        "tx_hash": outcome.tx_hash,
        "block_number": outcome.block_number,
        "gas_used": outcome.gas_used,
        **facts,
    }
    lines = [
        f"bound in block {outcome.block_number}, gas {outcome.gas_used:,}",
        f"  {outcome.tx_hash}",
        *binding_lines(facts, chain.block_time()),
    ]
    return Outcome("bind", result, lines, next="zkrisk status")
