"""Documents handed over as files: read from a path or stdin, written with what a command says of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkrisk.book.files import MAX_FILE_BYTES, read_text
from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.output import Outcome
from zkrisk.documents import to_bytes
from zkrisk.errors import BadFile

if TYPE_CHECKING:
    from zkrisk.cli.session import Session

__all__ = ["handed_over", "is_document", "read_document"]

STDIN: Final = "-"


def is_document(text: str) -> bool:
    """Whether an argument names a file and not a key of the store."""
    return text == STDIN or "/" in text or text.endswith(".json")


def read_document(text: str) -> tuple[str, str]:
    """Read a document from a file, or from stdin when it is ``-``; returns it with its name for messages.

    Raises:
        BadFile: It cannot be read, or is no text.
    """
    if text != STDIN:
        return read_text(Path(text)), Path(text).name
    content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise BadFile(f"stdin has more than {MAX_FILE_BYTES} bytes", where=STDIN)
    try:
        return content.decode("utf-8-sig"), STDIN
    except UnicodeDecodeError:
        raise BadFile("stdin is not UTF-8 text", where=STDIN) from None


def handed_over(
    session: Session, outcome: Outcome, document: dict[str, Any], out: str | None, *, private: bool = False
) -> Outcome:
    """Write a document that a command made, and add the file to what the command says.

    Args:
        outcome: Of the command.
        document: What is handed over.
        out: Its file; ``-`` is stdout, which then has the document alone, and None writes none.
        private: Nobody but its owner may read the file.
    """
    if out == STDIN:
        return Outcome(outcome.schema, document, raw=True, private=private, warnings=outcome.warnings)
    if out is None:
        return outcome
    written = write_file(session, out, to_bytes(document), private=private)
    outcome.result["file"] = Path(out).name
    outcome.lines = [*outcome.lines, f"wrote {written}" + (": private, and not encrypted" if private else "")]
    return outcome
