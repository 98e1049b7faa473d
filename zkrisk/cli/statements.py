"""Statements of venues: signing an export, and what a statement says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zkrisk.book import Book, quantise
from zkrisk.cli.figures import time_text
from zkrisk.cli.handed_files import handed_over, is_document, read_document
from zkrisk.cli.kept_keys import VENUE, read_kept
from zkrisk.cli.lots import position_lines, positions_of
from zkrisk.cli.opened import point_lines
from zkrisk.cli.output import Line, Outcome
from zkrisk.commitment import format_address, parse_address
from zkrisk.documents import point_dict
from zkrisk.edwards import Point
from zkrisk.errors import InputError, KeyMismatch
from zkrisk.sheet import Universe, load_universe
from zkrisk.venue import VenueStatement, nullifier_of
from zkrisk.venue.exchange import ExchangeAccount
from zkrisk.venue.files import StatementFile, VenueSecrets, key_sha256, parse_venue_key, venue_key_dict

if TYPE_CHECKING:
    from zkrisk.cli.session import Session

_ACCOUNT_ID: Final = re.compile(r"[!-~]{1,128}", re.ASCII)
"""Printable ASCII without spaces: two spellings that look the same would be two accounts, and back two owners."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a statement is for, as typed.

    Attributes:
        account_id: The venue's own name of the account. Private.
    """

    venue: int
    account_id: str = field(repr=False)
    owner: str
    chain_id: int
    registry: str
    as_of_unix: int
    locked_until_unix: int

    def check(self, now_unix: int) -> None:
        """Refuse what no venue can know or mean.

        Raises:
            InputError: The quantities were read in the future, the lock ends before that, or the account has no
                plain name.
        """
        if self.as_of_unix > now_unix:
            raise InputError(f"--as-of-unix {self.as_of_unix} is in the future: now is {now_unix}")
        if 0 < self.locked_until_unix <= self.as_of_unix:
            raise InputError(
                f"the lock ends at {self.locked_until_unix}, not after --as-of-unix {self.as_of_unix}",
                hint="--locked-until-unix 0 where there is no lock",
            )
        if _ACCOUNT_ID.fullmatch(self.account_id) is None:
            raise InputError("an account id is 1 to 128 printable ASCII characters without spaces")


def sign_export(
    secrets: VenueSecrets, subject: Subject, account: ExchangeAccount, universe: Universe
) -> tuple[Outcome, dict[str, Any]]:
    """Sign an account and check the signature; returns what to say and the statement's file, which is private."""
    statement = VenueStatement(
        venue=subject.venue,
        account_tag=secrets.tag_of(subject.account_id),
        owner=parse_address(subject.owner),
        chain=subject.chain_id,
        registry=parse_address(subject.registry),
        timestamp=subject.as_of_unix,
        locked_until=subject.locked_until_unix,
        vector=quantise(account.book, universe),
    )
    signed = statement.sign(secrets.key)
    signed.check(secrets.key.public)
    file = StatementFile(signed, secrets.key.public, universe.id, universe.sha256)
    count = _count(account.book)
    lines = [*_lines(file), f"  positions    {count}" + ("" if count else ": an empty account")]
    result = {**_facts(file), "positions_count": count, "omitted_count": len(account.omitted)}
    warnings = _omitted_warnings(account, universe)
    return Outcome("issuer-sign", result, lines, warnings=warnings, next="zkrisk issuer show FILE"), file.to_dict()


def show_statement(session: Session, text: str, key: str | None, universe: str | None, *, reveal: bool) -> Outcome:
    """Check the signature of a statement's file, and say what it says.

    Raises:
        ProofRejected: It is not signed by the key that it names.
        KeyMismatch: That key is not the one that was given.
    """
    content, where = read_document(text)
    file = StatementFile.parse(content, where)
    known = None if key is None else _known_key(session, key)
    file.signed.check(file.key)
    if known not in (None, file.key):
        theirs, wanted = (f"{key_sha256(one)[:19]}…" for one in (file.key, known))
        raise KeyMismatch(f"the statement is signed by key {theirs}, not by {wanted}", where=where)
    result: dict[str, Any] = {**_facts(file), "key_checked": known is not None, "positions": None}
    lines = list(_lines(file))
    lines.append(f"  signature    ok, by the key {'that was given' if known else 'in the file'}")
    if reveal:
        chosen = load_universe(universe or session.config.settings.universe)
        if (chosen.sha256, chosen.size) != (file.universe_sha256, len(file.signed.statement.vector.long)):
            raise InputError(f"the statement is not on universe {chosen.id}", where=where, hint="add --universe")
        result["positions"] = positions_of(file.signed.statement.vector, chosen)
        lines += position_lines(result["positions"])
    warnings = [] if known else [("KEY_NOT_CHECKED", "nothing here says whose key it is; add --key")]
    return Outcome("issuer-show", result, lines, warnings=warnings, private=reveal)


def show_key(session: Session, name: str, out: str | None) -> Outcome:
    """Say the public part of a signing key, and write it."""
    with session.open_store() as store:
        key = VenueSecrets.decode(read_kept(store, VENUE, name)).key.public
    result: dict[str, Any] = {"name": name, "public_key": point_dict(key), "key_sha256": key_sha256(key)}
    outcome = Outcome("issuer-show-key", result, signing_key_lines(name, key))
    return handed_over(session, outcome, venue_key_dict(name, key), out)


def signing_key_lines(name: str, key: Point) -> list[Line]:
    """Show a venue's public key."""
    return [f"signing key '{name}'", *point_lines(key), f"  key  {key_sha256(key)}"]


def _known_key(session: Session, text: str) -> Point:
    if is_document(text):
        return parse_venue_key(*read_document(text))
    with session.open_store() as store:
        return VenueSecrets.decode(read_kept(store, VENUE, text)).key.public


def _facts(file: StatementFile) -> dict[str, Any]:
    """What the chain will hold too; not the account's tag, by which its statements are told from others."""
    said: VenueStatement = file.signed.statement
    return {
        "venue": said.venue,
        "nullifier": f"{nullifier_of(said.venue, said.account_tag):#066x}",
        "owner": format_address(said.owner),
        "chain_id": str(said.chain),
        "registry": format_address(said.registry),
        "as_of_unix": str(said.timestamp),
        "locked_until_unix": str(said.locked_until),
        "universe": file.universe,
        "public_key": point_dict(file.key),
        "key_sha256": key_sha256(file.key),
    }


def _lines(file: StatementFile) -> list[Line]:
    said = file.signed.statement
    lock = time_text(said.locked_until) if said.locked_until else "none"
    return [
        f"statement of venue {said.venue}: all that one account holds and owes there",
        f"  owner        {format_address(said.owner)} on chain {said.chain}",
        f"  registry     {format_address(said.registry)}",
        f"  as of        {time_text(said.timestamp)}",
        f"  lock until   {lock}",
        f"  universe     {file.universe}",
        f"  key          {key_sha256(file.key)[:45]}…",
    ]


def _count(book: Book) -> int:
    return sum(1 for position in book.positions if position.long or position.short)


def _omitted_warnings(account: ExchangeAccount, universe: Universe) -> list[tuple[str, str]]:
    if not account.omitted:
        return []
    count = len(account.omitted)
    text = f"{count} currencies held are not in universe {universe.id} and count for nothing; none of them is owed"
    return [("ASSETS_OMITTED", text)]
