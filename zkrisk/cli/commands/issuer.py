"""``zkrisk issuer``: what venues and custodians sign about an account, all that it holds and owes."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.export_files import Export
from zkrisk.cli.handed_files import handed_over, is_document
from zkrisk.cli.kept_keys import VENUE, names_of, put_kept, read_kept
from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.cli.statements import Subject, show_key, show_statement, sign_export, signing_key_lines
from zkrisk.errors import UsageError
from zkrisk.sheet import load_universe
from zkrisk.venue.files import VenueSecrets, key_sha256, venue_key_dict

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="What venues and custodians sign."
)
Universe = Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")]


@app.command()
def keygen(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the key, in the store.")] = "main",
    *,
    tags_of: Annotated[str | None, typer.Option(metavar="KEY", help="Older key whose account tags go on.")] = None,
) -> Outcome:
    """Make a signing key, kept encrypted in the store.

    \b
    zkrisk issuer keygen main
    zkrisk issuer keygen 2027 --tags-of main     a new key, the same accounts
    """
    session: Session = context.obj
    with session.open_store() as store:
        older = None if tags_of is None else VenueSecrets.decode(read_kept(store, VENUE, tags_of)).tag_secret
        secrets = VenueSecrets.draw(older)
        put_kept(store, VENUE, name, secrets.encode())
    key = secrets.key.public
    result = {"name": name, "public_key": venue_key_dict(name, key)["public_key"], "key_sha256": key_sha256(key)}
    return Outcome("issuer-keygen", result, signing_key_lines(name, key), next="zkrisk store backup FILE")


@app.command(name="list")
def list_keys(context: typer.Context) -> Outcome:
    """Signing keys of the store."""
    session: Session = context.obj
    with session.open_store() as store:
        keys = {name: VenueSecrets.decode(read_kept(store, VENUE, name)).key.public for name in names_of(store, VENUE)}
    result = [{"name": name, "key_sha256": key_sha256(key)} for name, key in keys.items()]
    lines = [f"  {row['name']:<24}{row['key_sha256'][:31]}…" for row in result]
    following = None if keys else "zkrisk issuer keygen main"
    return Outcome("issuer-list", {"keys": result}, lines or ["no signing keys"], next=following)


@app.command()
def sign(
    context: typer.Context,
    export: Annotated[str, typer.Argument(metavar="EXPORT", help="All that the account holds and owes; - is stdin.")],
    *,
    account_id: Annotated[str, typer.Option(metavar="ID", help="Your own name of the account.")],
    venue: Annotated[int, typer.Option(metavar="N", help="Your number in the registry.")],
    owner: Annotated[str, typer.Option(metavar="ADDR", help="On-chain account that may use it.")],
    registry: Annotated[str, typer.Option(metavar="ADDR", help="Contract that may accept it.")],
    as_of_unix: Annotated[int, typer.Option(metavar="T", help="When the quantities were read.")],
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="Mode 0600; - is stdout.")],
    chain_id: Annotated[int | None, typer.Option(metavar="N", help="Default the profile's.")] = None,
    locked_until_unix: Annotated[int, typer.Option(metavar="T", help="No assets leave before; 0 is no lock.")] = 0,
    key: Annotated[str, typer.Option(metavar="NAME", help="Signing key.")] = "main",
    file_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="auto, csv, json or ccxt.")] = "auto",
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Neither held nor owed; repeatable.")
    ] = None,
    alias: Annotated[list[str] | None, typer.Option(metavar="THEIRS=OURS", help="Such as XBT=BTC; repeatable.")] = None,
    totals: Annotated[
        str | None, typer.Option(metavar="KIND", help="Of ccxt, where a position is open: wallet or equity.")
    ] = None,
    universe: Annotated[str | None, typer.Option(hidden=True)] = None,
    column: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
) -> Outcome:
    """Sign all that an account holds and owes. The file is private to you and the trader.

    \b
    zkrisk issuer sign export.csv --account-id A7 --venue 3 --owner 0x7099.. \\
      --chain-id 1 --registry 0xC0ff.. --as-of-unix 1790000000 -o a7.json
    zkrisk issuer sign a.json --format ccxt --totals equity --alias XBT=BTC ..
    """
    session: Session = context.obj
    chosen = load_universe(universe or session.config.settings.universe)
    chain = chain_id if chain_id is not None else session.config.settings.chain_id
    if chain is None:
        raise UsageError("missing option '--chain-id'", hint="name one, or set 'chain_id' in the profile")
    subject = Subject(venue, account_id, owner, chain, registry, as_of_unix, locked_until_unix)
    subject.check(session.now_unix())
    account = Export(export, file_format, column or [], alias or [], ignore or [], totals).read(chosen)
    with session.open_store() as store:
        secrets = VenueSecrets.decode(read_kept(store, VENUE, key))
    outcome, document = sign_export(secrets, subject, account, chosen)
    return handed_over(session, outcome, document, out, private=True)


@app.command()
def show(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A statement, or a key of the store.")],
    *,
    key: Annotated[str | None, typer.Option(metavar="FILE|NAME", help="The venue's key as you know it.")] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the quantities. Private.")] = False,
    universe: Universe = None,
    out: Annotated[str | None, typer.Option("--out", "-o", metavar="FILE", help="Write the public key.")] = None,
) -> Outcome:
    """Check a statement's signature and show it; or show the public part of a key.

    \b
    zkrisk issuer show a7.json --key venue-key.json
    zkrisk issuer show main -o venue-key.json
    """
    session: Session = context.obj
    if is_document(subject):
        if out is not None:
            raise UsageError("--out is for the public part of a key", hint="zkrisk issuer show NAME -o FILE")
        return show_statement(session, subject, key, universe, reveal=reveal)
    if key is not None or reveal:
        raise UsageError("--key and --reveal are for a statement's file", hint="zkrisk issuer show FILE --key NAME")
    return show_key(session, subject, out)
