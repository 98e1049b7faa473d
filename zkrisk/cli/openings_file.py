"""The file of openings that those who open books together hand to a keeper, one opening after the other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.handed_files import STDIN
from zkrisk.documents import to_bytes
from zkrisk.errors import InputError, UsageError

if TYPE_CHECKING:
    from zkrisk.cli.output import Outcome
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening

__all__ = ["check_openings_file", "keep_opening"]


def check_openings_file(text: str) -> None:
    """Refuse, before anything is opened, what the openings cannot be kept in.

    Raises:
        UsageError: It is ``-``: an opening is not shown, and a keeper reads a file.
        BadFile: What is there is no file of openings.
        CommitmentMismatch: An opening in it does not give its commitment.
    """
    from zkrisk.keeper.books import load_openings  # noqa: PLC0415  (--help does without numpy)

    if text == STDIN:
        raise UsageError("openings are kept in a file", hint="--keep-openings FILE")
    if Path(text).exists():
        load_openings(Path(text))


def keep_opening(session: Session, outcome: Outcome, opening: Opening, text: str) -> Outcome:
    """Add an opening to the file, which is made where it is not there, and say so in what the command says.

    What the file has is kept and one opening of a commitment is enough, so nothing is lost and nobody is asked. The
    file is replaced as a whole and is its owner's alone to read, whatever it was before. Of several commands at once
    each waits for the one before it.

    Raises:
        InputError: The file, or the lock beside it, cannot be written.
        BadFile, CommitmentMismatch: As `check_openings_file`.
    """
    from zkrisk.keeper.books import load_openings, openings_document  # noqa: PLC0415

    with _alone(Path(text)):
        kept = load_openings(Path(text)) if Path(text).exists() else {}
        kept[opening.commitment] = opening
        content = to_bytes(openings_document(list(kept.values())))
        written = write_file(session, text, content, private=True, may_replace=True)
    outcome.result["file"] = Path(text).name
    said = f"wrote {written}, {len(kept)} opening{'s' if len(kept) > 1 else ''}: private, and not encrypted"
    outcome.lines = [*outcome.lines, said]
    outcome.next = "zkrisk keeper run --openings FILE"
    return outcome


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other commands from a file between reading and replacing it.

    The lock is on a file beside it, which stays: the file itself is another one after each replacement, and a lock that
    is deleted could be held twice.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        lock = os.open(beside, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(f"cannot write the file: {error.strerror}", where=str(beside)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
