"""``zkrisk viewing``: keys that read encrypted books, whole or in shares, and what they open."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zkrisk.cli.commands import viewing_ceremony, viewing_fetch
from zkrisk.cli.handed_files import handed_over, read_document
from zkrisk.cli.kept_keys import READER, SHARE, names_of, put_kept, read_kept
from zkrisk.cli.opened import key_lines, key_result, opened_outcome
from zkrisk.cli.openings_file import check_openings_file, keep_opening
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.session import Session
from zkrisk.commitment import decrypt, decrypt_with_shared
from zkrisk.edwards import draw_scalar
from zkrisk.errors import InputError, UsageError
from zkrisk.viewing.kept import KeptKey, KeptShare
from zkrisk.viewing.key_files import BookCiphertext, KeyFile, parse_part, part_dict
from zkrisk.viewing.threshold import combine as combine_parts
from zkrisk.viewing.threshold import partial_decrypt

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Keys that read encrypted books."
)
app.add_typer(viewing_ceremony.app, name="ceremony")
viewing_fetch.register(app)

Ciphertext = Annotated[str, typer.Argument(metavar="CIPHERTEXT", help="What stands on the chain; - is stdin.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show the quantities. Private.")]
Universe = Annotated[
    str | None, typer.Option(metavar="NAME", help="NAME or FILE, for --reveal; default the profile's.")
]


@app.command()
def keygen(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the key, in the store.")] = "main",
) -> Outcome:
    """Make a key that one holder has whole, kept encrypted in the store.

    \b
    zkrisk viewing keygen audit-2027
    zkrisk viewing show audit-2027 -o audit-2027.json     its public part
    """
    session: Session = context.obj
    kept = KeptKey(name, draw_scalar())
    with session.open_store() as store:
        put_kept(store, READER, name, kept.encode())
    result, lines = key_result(kept.public), [*key_lines(kept.public)]
    return Outcome("viewing-keygen", result, lines, next="zkrisk store backup FILE")


@app.command(name="list")
def list_keys(context: typer.Context) -> Outcome:
    """Keys and shares of the store."""
    session: Session = context.obj
    lines: list[Line] = []
    keys: list[dict[str, Any]] = []
    with session.open_store() as store:
        for name in names_of(store, READER):
            keys.append({"name": name, "kind": "WHOLE", "member": None, "threshold": 1, "members_count": 0})
            lines.append(f"  {name:<24}whole")
        for name in names_of(store, SHARE):
            kept = KeptShare.decode(read_kept(store, SHARE, name))
            member, key = kept.share.member, kept.public.key
            row = {"member": member, "threshold": key.threshold, "members_count": len(key.verification)}
            keys.append({"name": name, "kind": "SHARE", **row})
            lines.append(
                f"  {name:<24}share of member {member}; {key.threshold} of {len(key.verification)} open a book"
            )
    following = None if keys else "zkrisk viewing keygen NAME"
    return Outcome("viewing-list", {"keys": keys}, lines or ["no reader's keys"], next=following)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A key or a ceremony of the store.")],
    *,
    out: Annotated[str | None, typer.Option("--out", "-o", metavar="FILE", help="Write the public key.")] = None,
) -> Outcome:
    """Show the public part of a key.

    \b
    zkrisk viewing show audit-2027
    zkrisk viewing show keepers -o keepers.json
    """
    session: Session = context.obj
    with session.open_store() as store:
        is_share = name in names_of(store, SHARE)
        if is_share and name in names_of(store, READER):
            raise InputError(f"'{name}' is the name of a key and of a ceremony", hint="zkrisk viewing list")
        plain = read_kept(store, SHARE if is_share else READER, name)
    public = KeptShare.decode(plain).public if is_share else KeptKey.decode(plain).public
    outcome = Outcome("viewing-show", key_result(public), [*key_lines(public)])
    return handed_over(session, outcome, public.to_dict(), out)


@app.command()
def partial(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The ceremony that your share is of.")],
    ciphertext: Ciphertext,
    *,
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="Mode 0600; - is stdout.")],
) -> Outcome:
    """Give your part of one decryption, with a proof that your share made it.

    As many parts as the threshold open the book. Read the ciphertext from the chain
    yourself: a part made for one that somebody sent you may open another account's book.

    \b
    zkrisk viewing partial keepers ciphertext.json -o part-2.json
    zkrisk viewing partial keepers - -o part-2.json < ciphertext.json
    """
    session: Session = context.obj
    found = BookCiphertext.parse(*read_document(ciphertext))
    with session.open_store() as store:
        kept = KeptShare.decode(read_kept(store, SHARE, name))
    part = partial_decrypt(kept.share, found.text.ephemeral, found.label())
    commitment = f"{found.text.commitment:#066x}"
    lines: list[Line] = [f"part of member {part.member} of '{name}'", f"  commitment  {commitment}"]
    result = {"name": name, "member": part.member, "commitment": commitment}
    document = part_dict(kept.public.key.public, found.text.commitment, part)
    outcome = Outcome("viewing-partial", result, lines, next="zkrisk viewing combine KEY CIPHERTEXT PART...")
    return handed_over(session, outcome, document, out, private=True)


@app.command()
def combine(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The public key's file.")],
    ciphertext: Ciphertext,
    parts: Annotated[list[str], typer.Argument(metavar="PART...", help="Parts, at least as many as the threshold.")],
    *,
    reveal: Reveal = False,
    keep: Annotated[
        str | None, typer.Option("--keep-openings", metavar="FILE", help="Add it to this file. Private.")
    ] = None,
    universe: Universe = None,
) -> Outcome:
    """Open a book with the parts of enough members; a wrong part names its member.

    \b
    zkrisk viewing combine keepers.json ciphertext.json part-1.json part-2.json
    zkrisk viewing combine keepers.json ciphertext.json part-*.json --reveal
    zkrisk viewing combine KEY CIPHERTEXT PART... --keep-openings openings.json
    """
    if [key, ciphertext, *parts].count("-") > 1:
        raise UsageError("only one of the files can be -", hint="zkrisk viewing combine --help")
    if keep is not None:
        check_openings_file(keep)
    public = KeyFile.parse(*read_document(key))
    if not public.key.verification:
        raise InputError("one holder has this key whole: it has no parts", hint="zkrisk viewing open NAME CIPHERTEXT")
    found = BookCiphertext.parse(*read_document(ciphertext))
    read = [parse_part(*read_document(part), public.key.public, found.text.commitment) for part in parts]
    shared = combine_parts(public.key, found.text.ephemeral, read, found.label())
    opening = decrypt_with_shared(found.text, found.key_index, shared, found.owner, found.instruments)
    members = sorted({part.member for part in read})
    outcome = opened_outcome(context.obj, "viewing-combine", opening, universe, reveal=reveal)
    outcome.result["members"] = members
    outcome.lines = [*outcome.lines, f"  parts       ok, of members {', '.join(map(str, members))}"]
    return outcome if keep is None else keep_opening(context.obj, outcome, opening, keep)


@app.command(name="open")
def open_book(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A key that the store has whole.")],
    ciphertext: Ciphertext,
    *,
    reveal: Reveal = False,
    universe: Universe = None,
) -> Outcome:
    """Open a book with a key of one's own, and compare it with the commitment.

    \b
    zkrisk viewing open audit-2027 ciphertext.json
    zkrisk viewing open audit-2027 ciphertext.json --reveal
    """
    session: Session = context.obj
    found = BookCiphertext.parse(*read_document(ciphertext))
    with session.open_store() as store:
        kept = KeptKey.decode(read_kept(store, READER, name))
    opening = decrypt(found.text, found.key_index, kept.scalar, found.owner, found.instruments)
    return opened_outcome(session, "viewing-open", opening, universe, reveal=reveal)
