"""`zkrisk answer BOOK`: answer a challenge by a proof that the book is healthy, and nothing else about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.bind_request import chosen_opening, require_own
from zkrisk.cli.chain_access import account_of, open_chain, open_sender
from zkrisk.cli.inputs import default_book, is_book_file
from zkrisk.cli.output import Outcome
from zkrisk.cli.proof_request import backend_of, lifetime_of
from zkrisk.cli.render_text import coin_text, short_hash
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, send, simulate
from zkrisk.errors import InputError, NotFound, ZkRiskError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient, ChallengeView
    from zkrisk.chain.transact import Outcome as Sent
    from zkrisk.chain.transact import Transactor
    from zkrisk.commitment import Opening
    from zkrisk.pipeline_challenge import PreparedAnswer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="answer")
def answer_challenge(
    context: typer.Context,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", hidden=True)] = None,
    *,
    deadline: Annotated[str, typer.Option(metavar="TIME", help="How long, or until when.")] = "15m",
    account: Annotated[str | None, typer.Option(metavar="ADDR", help="Default the profile's.")] = None,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")] = None,
    send_it: Annotated[bool, typer.Option("--send", help="Send after asking.")] = False,
    backend: Annotated[str | None, typer.Option(hidden=True)] = None,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", hidden=True)] = None,
) -> Outcome:
    """Answer the open challenge with a proof that BOOK is healthy.

    It is about the first snapshot after the challenge; in time it earns the bond, late
    it is about the newest one and the bond goes back.

    \b
    zkrisk answer main
    zkrisk answer main --send --yes
    """
    session: Session = context.obj
    name = default_book(session, book)
    if is_book_file(name):
        raise InputError("only a stored and committed book can be answered for", hint=f"zkrisk book add {name}")
    chain, who = open_chain(session, rpc, deployment), account_of(session, account)
    sender = open_sender(session, chain.rpc, signer)
    require_own(who, sender.address)
    try:
        chosen, pinned = backend_of(session, backend), chain.pinned()
        found = _open_challenge(pinned, who)
        opening = chosen_opening(session, pinned, name, who, active=True)
        prepared = _prepare(session, pinned, opening, deadline)
        proof = _prove(session, prepared, opening, chosen)
    except ZkRiskError as error:
        error.hint = error.hint and error.hint.replace("BOOK", name)
        raise
    return _answer(session, chain, sender, (found, prepared, proof), send_it=send_it)


def _open_challenge(chain: ChainClient, account: str) -> ChallengeView:
    """The challenge; looked for before the store is opened.

    Raises:
        NotFound: There is none.
    """
    found = chain.challenge(account)
    if found is None:
        raise NotFound(f"no challenge of {short_hash(account)} is open", hint="zkrisk status")
    return found


def _prepare(session: Session, chain: ChainClient, opening: Opening, deadline: str) -> PreparedAnswer:
    from zkrisk.pipeline_challenge import prepare_answer  # noqa: PLC0415  (--help does without)
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    with session.progress.phase("health") as said:
        prepared = prepare_answer(chain, default_artifacts(), opening, lifetime_s=lifetime_of(chain, deadline))
        said.append(f"holds at epoch {prepared.request.epoch}, re-folded, equals the chain")
    return prepared


def _prove(session: Session, prepared: PreparedAnswer, opening: Opening, backend: str) -> bytes:
    from zkrisk.pipeline_challenge import make_answer  # noqa: PLC0415  (--help does without)

    instance = prepared.instance.name

    def report(phase: str, seconds: float) -> None:
        session.progress.done(phase, {"proof": backend, "witness": instance}.get(phase, ""), seconds)

    return make_answer(prepared, opening, backend=backend, on_progress=report)


def _answer(
    session: Session,
    chain: ChainClient,
    sender: Transactor,
    made: tuple[ChallengeView, PreparedAnswer, bytes],
    *,
    send_it: bool,
) -> Outcome:
    from zkrisk.pipeline_challenge import answer_call  # noqa: PLC0415  (--help does without)

    found, prepared, proof = made
    bond = coin_text(chain.challenge_bond())
    whose = f"goes back to {found.challenger}" if found.unanswered else f"yours: {sender.address}"
    changes = [("challenge", f"number {found.number}, open", "answered"), (f"bond of {bond}", "at the desk", whose)]
    intent = Intent(answer_call(chain, prepared, proof), "answer", "ChallengeDesk", changes)
    simulate(session, chain, sender, intent)
    result: dict[str, Any] = {"sent": False, "number": str(found.number), "epoch": str(prepared.request.epoch)}
    if not send_it:
        command = " ".join(["zkrisk", *session.words, "--send"])
        return Outcome("answer", {**result, "in_time": None}, ["not sent"], next=command)
    return _sent(result, send(session, sender, intent), bond)


def _sent(result: dict[str, Any], outcome: Sent, bond: str) -> Outcome:
    in_time = bool(outcome.event("Answered").args["inTime"])
    result |= {
        "sent": True,
        "in_time": in_time,
        "tx_hash": outcome.tx_hash,
        "block_number": outcome.block_number,
        "gas_used": outcome.gas_used,
    }
    word = f"in time: the bond of {bond} waits for you" if in_time else "late: the bond goes back"
    lines = [
        f"challenge {result['number']} answered {word}",
        f"  block {outcome.block_number}, gas {outcome.gas_used:,}",
        f"  {outcome.tx_hash}",
    ]
    return Outcome("answer", result, lines, next="zkrisk claim --send" if in_time else "zkrisk status")
