"""Readers' keys and the books that they open, as a command says them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zkrisk.cli.lots import position_lines, positions_of
from zkrisk.cli.output import Line, Outcome
from zkrisk.commitment import Opening, format_address
from zkrisk.documents import point_dict
from zkrisk.edwards import Point
from zkrisk.sheet import load_universe
from zkrisk.viewing.key_files import KeyFile

if TYPE_CHECKING:
    from zkrisk.cli.session import Session

__all__ = ["key_lines", "key_result", "opened_outcome", "point_lines"]


def key_result(file: KeyFile) -> dict[str, Any]:
    """Public facts of a key."""
    return {
        "name": file.name,
        "public_key": point_dict(file.key.public),
        "threshold": file.key.threshold,
        "members_count": len(file.key.verification),
        "transcript_sha256": file.transcript_sha256,
    }


def key_lines(file: KeyFile) -> Iterator[Line]:
    """The same for people."""
    members = len(file.key.verification)
    yield f"reader's key '{file.name}'" + (
        f": {file.key.threshold} of {members} members open a book" if members else ""
    )
    yield from point_lines(file.key.public)
    if file.transcript_sha256 is not None:
        yield "  transcript of the ceremony, the same for every member"
        yield f"       {file.transcript_sha256}"


def point_lines(point: Point) -> Iterator[Line]:
    """Show a public key, in hexadecimal so that it fits the screen."""
    yield from (f"  {axis}    {value:#066x}" for axis, value in zip("xy", point, strict=True))


def opened_outcome(session: Session, schema: str, opening: Opening, universe: str | None, *, reveal: bool) -> Outcome:
    """Say that a book opened to its commitment, and what is in it when that is asked for.

    Args:
        opening: What a key opened; that it gives the commitment was checked.
        universe: Whose instruments the slots are, for `reveal`.
    """
    commitment, owner = f"{opening.commitment:#066x}", format_address(opening.owner)
    result: dict[str, Any] = {"owner": owner, "commitment": commitment, "matches": True, "positions": None}
    lines: list[Line] = [
        "opened: the book gives the commitment",
        f"  owner       {owner}",
        f"  commitment  {commitment}",
    ]
    if reveal:
        chosen = load_universe(universe or session.config.settings.universe)
        result["positions"] = positions_of(opening.vector, chosen)
        lines += position_lines(result["positions"])
    return Outcome(schema, result, lines, private=reveal)
