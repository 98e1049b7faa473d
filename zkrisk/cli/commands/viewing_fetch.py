"""`zkrisk viewing fetch`: the verb of `viewing` that needs a chain; `register(app)` adds it to the noun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.chain_access import account_of, open_chain
from zkrisk.cli.handed_files import handed_over, is_document, read_document
from zkrisk.cli.kept_keys import READER, SHARE, names_of, read_kept
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.render_text import short_hash
from zkrisk.cli.session import Session
from zkrisk.commitment import parse_address
from zkrisk.errors import NotFound, UsageError
from zkrisk.venue.files import key_sha256
from zkrisk.viewing.kept import KeptKey, KeptShare
from zkrisk.viewing.key_files import BookCiphertext, KeyFile

if TYPE_CHECKING:
    from zkrisk.chain.bindings import BoundBook
    from zkrisk.chain.client import ChainClient


def register(app: typer.Typer) -> None:
    """Add the verb to the noun's application."""
    app.command(name="fetch")(fetch)


def fetch(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose book.")],
    *,
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="The ciphertext; - is stdout.")],
    key: Annotated[str | None, typer.Option(metavar="FILE|NAME", help="The reader's; default the only one.")] = None,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome:
    """Read the ciphertext of an account's active book from the chain, for one reader's key.

    \b
    zkrisk viewing fetch 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 -o ciphertext.json
    zkrisk viewing fetch 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --key keepers-key.json -o -
    """
    session: Session = context.obj
    public = _reader(session, key)
    chain, who = open_chain(session, rpc, deployment).pinned(), account_of(session, account)
    bound = _bound(chain, who)
    place = _place(chain, bound, public)
    document = BookCiphertext(bound.text, parse_address(who), chain.universe.size, place)
    result: dict[str, Any] = {
        "account": who,
        "commitment": f"{bound.text.commitment:#066x}",
        "block_number": bound.block_number,
        "readers_version": bound.readers_version,
        "key_sha256": key_sha256(public.key.public),
        "key_index": place,
    }
    lines: list[Line] = [
        f"ciphertext of {who}",
        f"  commitment  {result['commitment']}",
        f"  bound in    block {bound.block_number}, to set {bound.readers_version} of keepers",
        f"  key         '{public.name}', reader {place}",
    ]
    verb = "partial" if public.key.verification else "open"
    outcome = Outcome("viewing-fetch", result, lines, next=f"zkrisk viewing {verb} {public.name} {out}")
    return handed_over(session, outcome, document.to_dict(), out)


def _reader(session: Session, text: str | None) -> KeyFile:
    """Public part of the key: of a file, of the store, or the only one there.

    Raises:
        NotFound: The store has no such key, or none at all.
        UsageError: It has several.
    """
    if text is not None and is_document(text):
        return KeyFile.parse(*read_document(text))
    with session.open_store() as store:
        kinds = {name: kind for kind in (SHARE, READER) for name in names_of(store, kind)}
        if text is None and len(kinds) > 1:
            raise UsageError(
                f"the store has {len(kinds)} reader's keys", hint="--key NAME, one of: zkrisk viewing list"
            )
        if text is None and not kinds:
            raise NotFound("the store has no reader's key", hint="--key FILE, or zkrisk viewing keygen NAME")
        name = next(iter(kinds)) if text is None else text
        kind = kinds.get(name, READER)
        plain = read_kept(store, kind, name)
    return KeptShare.decode(plain).public if kind == SHARE else KeptKey.decode(plain).public


def _bound(chain: ChainClient, account: str) -> BoundBook:
    """The newest binding of the active commitment.

    Raises:
        NotFound: The account has no commitment, or its commitment was never bound.
    """
    from zkrisk.chain.bindings import newest_binding  # noqa: PLC0415  (web3 takes 0.4 s)

    commitment = chain.account(account).commitment
    if not commitment:
        raise NotFound(f"account {short_hash(account)} has no commitment on chain {chain.chain_id}")
    found = newest_binding(chain, account, commitment)
    if found is None:
        raise NotFound(
            f"commitment {short_hash(commitment)} of {short_hash(account)} was never bound: nobody else can read it",
            hint="its owner binds it: zkrisk bind BOOK --send",
        )
    return found


def _place(chain: ChainClient, bound: BoundBook, public: KeyFile) -> int:
    """Which wrap is for the key.

    Raises:
        NotFound: None is.
    """
    from zkrisk.chain.bindings import reader_place  # noqa: PLC0415  (web3 takes 0.4 s)

    place = reader_place(chain, bound, public.key.public)
    if place is None:
        raise NotFound(
            f"the book is not encrypted to key '{public.name}': set {bound.readers_version} of keepers reads it",
            hint=f"zkrisk chain readers show {bound.account}",
        )
    return place
