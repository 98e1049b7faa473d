"""``zkrisk viewing ceremony``: members make a key that none of them has. Everything that they exchange is public."""

from __future__ import annotations

from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from zkrisk.book.files import canonical_sha256
from zkrisk.cli.handed_files import handed_over, read_document
from zkrisk.cli.kept_keys import CONTRIBUTION, SHARE, TRANSPORT, check_name, names_of, put_kept, read_kept
from zkrisk.cli.opened import key_lines, key_result
from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.documents import to_bytes
from zkrisk.errors import InputError, ProofRejected, StoreConflict
from zkrisk.store import Store
from zkrisk.viewing.ceremony_files import (
    ceremony_dict,
    check_dealing,
    contribution_dict,
    member_dict,
    parse_ceremony,
    parse_contribution,
    parse_member,
    transcript_sha256,
)
from zkrisk.viewing.kept import KeptShare, decode_transport, encode_transport
from zkrisk.viewing.key_files import KeyFile
from zkrisk.viewing.threshold import Deal, Dealing, deal, public_result
from zkrisk.viewing.threshold import finish as finish_dealing

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Make a key that no member has alone: join, start, publish, check, finish.",
)
Out = Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="- is stdout.")]
Ceremony = Annotated[str, typer.Argument(metavar="CEREMONY", help="The file that `start` wrote.")]
Contributions = Annotated[list[str], typer.Argument(metavar="CONTRIBUTION...", help="One file of every member.")]


@app.command()
def join(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the ceremony.")],
    *,
    out: Out,
) -> Outcome:
    """Every member: make the key that the others seal values for you to.

    \b
    zkrisk viewing ceremony join keepers -o ann.json
    zkrisk viewing ceremony start keepers --threshold 2 ann.json ben.json eve.json -o keepers.json
    """
    session: Session = context.obj
    with session.open_store() as store:
        if name not in names_of(store, TRANSPORT):
            put_kept(store, TRANSPORT, name, encode_transport(X25519PrivateKey.generate()))
        public = decode_transport(read_kept(store, TRANSPORT, name)).public_key().public_bytes_raw()
    document = member_dict(name, public)
    result = {"name": name, "transport_key": document["transport_key"]}
    lines = [f"ceremony '{name}': give this file to who starts it", f"  key  {document['transport_key']}"]
    return handed_over(session, Outcome("viewing-ceremony-join", result, lines), document, out)


@app.command()
def start(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the ceremony.")],
    members: Annotated[list[str], typer.Argument(metavar="MEMBER...", help="What `join` wrote, in order.")],
    *,
    threshold: Annotated[int, typer.Option(metavar="T", help="Members that open a book together.")],
    out: Out,
) -> Outcome:
    """One of the members, or anybody: write down who takes part.

    \b
    zkrisk viewing ceremony start keepers --threshold 2 ann.json ben.json eve.json -o keepers.json
    zkrisk viewing ceremony publish keepers.json -o ben-contributes.json
    """
    check_name(name)
    keys: dict[int, bytes] = {}
    for number, text in enumerate(members, start=1):
        content, where = read_document(text)
        theirs, keys[number] = parse_member(content, where)
        if theirs != name:
            raise InputError(f"member {number} joined ceremony {theirs}, not {name}", where=where)
    dealing = Dealing(name, threshold, keys)
    check_dealing(dealing)
    document = ceremony_dict(dealing)
    result = {**_facts(dealing), "members": document["members"]}
    lines = [_title(dealing), *(f"  member {row['member']:<4}{row['transport_key']}" for row in document["members"])]
    lines.append("every member compares its own line, and the others' with those who sent them")
    outcome = Outcome("viewing-ceremony-start", result, lines, next="zkrisk viewing ceremony publish CEREMONY -o FILE")
    return handed_over(context.obj, outcome, document, out)


@app.command()
def publish(context: typer.Context, ceremony: Ceremony, *, out: Out) -> Outcome:
    """Every member: contribute. Done again, it gives the same contribution.

    \b
    zkrisk viewing ceremony publish keepers.json -o ben-contributes.json
    zkrisk viewing ceremony check keepers.json *-contributes.json
    """
    session: Session = context.obj
    dealing = parse_ceremony(*read_document(ceremony))
    with session.open_store() as store:
        member = _member(store, dealing)
        if dealing.name not in names_of(store, CONTRIBUTION):
            put_kept(store, CONTRIBUTION, dealing.name, to_bytes(contribution_dict(dealing, deal(dealing, member))))
        document = contribution_dict(dealing, _own(store, dealing))
    result = {**_facts(dealing), "member": member, "contribution_sha256": canonical_sha256(document)}
    lines = [_title(dealing), f"  contribution of member {member}: give the file to every other member"]
    outcome = Outcome("viewing-ceremony-publish", result, lines, next="zkrisk viewing ceremony check CEREMONY FILE...")
    return handed_over(session, outcome, document, out)


@app.command()
def check(context: typer.Context, ceremony: Ceremony, contributions: Contributions) -> Outcome:
    """Anybody: check all contributions; who cheats in public is named.

    \b
    zkrisk viewing ceremony check keepers.json *-contributes.json
    zkrisk viewing ceremony finish keepers.json *-contributes.json -o keepers-key.json
    """
    dealing, deals = _read(ceremony, contributions)
    public = KeyFile(dealing.name, public_result(dealing, deals), transcript_sha256(dealing, deals))
    lines = [f"ok  the contributions of all {len(deals)} members", *key_lines(public)]
    following = "zkrisk viewing ceremony finish CEREMONY CONTRIBUTION... -o FILE"
    return Outcome("viewing-ceremony-check", key_result(public), lines, next=following)


@app.command()
def finish(context: typer.Context, ceremony: Ceremony, contributions: Contributions, *, out: Out) -> Outcome:
    """Every member: check what everybody sent you, keep your share, write the public key.

    A member whose value is wrong is named; start again without it.

    \b
    zkrisk viewing ceremony finish keepers.json *-contributes.json -o keepers-key.json
    zkrisk viewing partial keepers ciphertext.json -o part.json
    """
    session: Session = context.obj
    dealing, deals = _read(ceremony, contributions)
    with session.open_store() as store:
        member = _member(store, dealing)
        _require_own(deals, _own(store, dealing))
        key, share = finish_dealing(dealing, deals, member, decode_transport(read_kept(store, TRANSPORT, dealing.name)))
        kept = KeptShare(share, KeyFile(dealing.name, key, transcript_sha256(dealing, deals)))
        _keep(store, kept)
    lines = [*key_lines(kept.public), f"share of member {member} kept in the store"]
    lines.append("compare the transcript with every member before anybody uses the key")
    outcome = Outcome("viewing-ceremony-finish", {**key_result(kept.public), "member": member}, lines)
    outcome.next = "zkrisk store backup FILE"
    return handed_over(session, outcome, kept.public.to_dict(), out)


def _read(ceremony: str, contributions: list[str]) -> tuple[Dealing, list[Deal]]:
    dealing = parse_ceremony(*read_document(ceremony))
    return dealing, [parse_contribution(*read_document(text), dealing) for text in contributions]


def _member(store: Store, dealing: Dealing) -> int:
    """Return this store's number in a ceremony.

    Raises:
        NotFound: It never joined one of that name.
        InputError: Its key is not among the members'.
    """
    own = decode_transport(read_kept(store, TRANSPORT, dealing.name)).public_key().public_bytes_raw()
    for number, key in dealing.members.items():
        if key == own:
            return number
    raise InputError(f"this store's key is not among the members of ceremony {dealing.name}")


def _own(store: Store, dealing: Dealing) -> Deal:
    """Return what this store contributed.

    Raises:
        NotFound: Nothing yet.
        InputError: To another ceremony of that name: its values must not be used in two.
    """
    plain = read_kept(store, CONTRIBUTION, dealing.name).decode()
    try:
        return parse_contribution(plain, "store", dealing)
    except InputError:
        raise InputError(
            f"this store contributed to another ceremony '{dealing.name}'",
            hint="start the new one under another name, from `join` on",
        ) from None


def _require_own(deals: list[Deal], own: Deal) -> None:
    """What goes into the key must be one's own contribution: then nobody else knows the key, whoever sent the rest."""
    for one in deals:
        if one.dealer == own.dealer and one != own:
            raise ProofRejected(f"the contribution of member {own.dealer} is not the one that this store published")


def _keep(store: Store, kept: KeptShare) -> None:
    name = kept.public.name
    if name not in names_of(store, SHARE):
        put_kept(store, SHARE, name, kept.encode())
    elif KeptShare.decode(read_kept(store, SHARE, name)) != kept:
        raise StoreConflict(
            f"the store has a share of ceremony '{name}' from other contributions; it is not replaced",
            hint="zkrisk viewing show " + name,
        )


def _facts(dealing: Dealing) -> dict[str, object]:
    digest = canonical_sha256(ceremony_dict(dealing))
    return {
        "name": dealing.name,
        "threshold": dealing.threshold,
        "members_count": len(dealing.members),
        "ceremony_sha256": digest,
    }


def _title(dealing: Dealing) -> str:
    return f"ceremony '{dealing.name}': {dealing.threshold} of {len(dealing.members)} members will open a book"
