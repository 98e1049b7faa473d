"""``zkrisk commit``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zkrisk.book import BookVector, quantise
from zkrisk.cli.chain_access import account_of
from zkrisk.cli.custody import attach_statement, signing_lines
from zkrisk.cli.inputs import default_book, is_book_file, stored_book
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.sending import Delivered, find_commitment_sender
from zkrisk.cli.session import Session
from zkrisk.commitment import Opening, format_address
from zkrisk.errors import InputError, StoreConflict, UsageError
from zkrisk.sheet import load_universe
from zkrisk.store import OpeningState, Store

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="commit")
def commit(
    context: typer.Context,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", help="A stored book; default the profile's.")] = None,
    *,
    account: Annotated[str | None, typer.Option(metavar="ADDR", help="Default the profile's. [ZKRISK_ACCOUNT]")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="ADDR", help="Address that the circuit sees; default the account.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to the chain after storing it.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Needed when a commitment is alive.")] = False,
    statement: Annotated[
        str | None, typer.Option(metavar="FILE", help="Commit nothing; attach what a custodian signed.")
    ] = None,
) -> Outcome:
    """Draw a fresh salt, keep the opening in the store, print the commitment.

    \b
    zkrisk commit main --account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    zkrisk commit main --send
    zkrisk commit main --statement signed.json --send
    """
    session: Session = context.obj
    name = default_book(session, book)
    if is_book_file(name):
        raise InputError("only a stored book can be committed", hint=f"zkrisk book add {name}")
    if statement is not None:
        if replace:
            raise UsageError("--statement and --replace exclude each other", hint="zkrisk commit --help")
        return attach_statement(session, name, statement, owner or account, send_it=send)
    holder = account_of(session, owner or account)
    sender = find_commitment_sender(session, holder) if send else None
    with session.open_store() as store:
        _refuse_second(store, holder, replace=replace)
        opening = store.commit(_vector(store, name), holder, book=name, chain_id=session.config.settings.chain_id or 0)
        sent = sender(store, opening) if sender else Delivered(OpeningState.PREPARED)
        backed_up = store.info().backed_up_at_unix is not None
    return _outcome(name, opening, sent, backed_up=backed_up)


def _vector(store: Store, name: str) -> BookVector:
    entry = store.get_book(name)
    universe = load_universe(entry.info.universe)
    return quantise(stored_book(entry.content, universe), universe)


def _refuse_second(store: Store, holder: str, *, replace: bool) -> None:
    alive = [info for info in store.openings(holder) if info.state.is_alive]
    if alive and not replace:
        raise StoreConflict(
            f"account {holder} has a live commitment {alive[-1].commitment:#066x} ({alive[-1].state})",
            hint="add --replace; the old one stays active until the new one is proved",
        )


def _outcome(name: str, opening: Opening, sent: Delivered, *, backed_up: bool) -> Outcome:
    commitment, account, state = f"{opening.commitment:#066x}", format_address(opening.owner), sent.state
    result: dict[str, Any] = {"book": name, "account": account, "commitment": commitment, "state": state.value}
    result |= {"backed_up": backed_up, "to_sign": sent.to_sign}
    lines: list[Line] = [
        f"commitment  {commitment}",
        f"account     {account}",
        f"state       {state.value}: the opening is stored" + ("" if state.is_alive else ", nothing was sent"),
    ]
    if sent.to_sign:
        lines += signing_lines(sent.to_sign)
    return Outcome("commit", result, lines, next=_following(name, sent, backed_up=backed_up))


def _following(name: str, sent: Delivered, *, backed_up: bool) -> str | None:
    if not backed_up:
        return "zkrisk store backup FILE"
    if sent.to_sign:
        return f"zkrisk commit {name} --statement FILE"
    if sent.state is OpeningState.SENT:
        return f"zkrisk prove {name} --action update"
    return f"zkrisk prove {name} --policy NAME" if sent.state is OpeningState.CONFIRMED else None
