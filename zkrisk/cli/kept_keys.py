"""Keys that the store keeps, by kind and name; and documents handed over as files."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkrisk.book.files import MAX_FILE_BYTES, read_text
from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.output import Line, Outcome
from zkrisk.documents import to_bytes
from zkrisk.errors import BadFile, InputError, NotFound, StoreConflict
from zkrisk.store import Store

if TYPE_CHECKING:
    from zkrisk.cli.session import Session

__all__ = [
    "CONTRIBUTION",
    "READER",
    "SHARE",
    "TRANSPORT",
    "VENUE",
    "names_of",
    "put_kept",
    "read_document",
    "read_kept",
]

VENUE: Final = "venue"
READER: Final = "reader"
SHARE: Final = "share"
TRANSPORT: Final = "transport"
CONTRIBUTION: Final = "contribution"
WORDS: Final = {
    VENUE: ("signing key", "zkrisk issuer list"),
    READER: ("reader's key", "zkrisk viewing list"),
    SHARE: ("share of a reader's key", "zkrisk viewing list"),
    TRANSPORT: ("place in a ceremony", "zkrisk viewing ceremony join NAME -o FILE"),
    CONTRIBUTION: ("contribution to a ceremony", "zkrisk viewing ceremony publish FILE -o FILE"),
}
"""What the kinds are called, and the command that helps where there is none."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}", re.ASCII)
STDIN: Final = "-"


def check_name(name: str) -> str:
    """Refuse a name that cannot stand in the store or in a file.

    Raises:
        InputError: Not 1 to 48 letters, digits, dots, dashes or underscores.
    """
    if _NAME.fullmatch(name) is None:
        raise InputError("a name is 1 to 48 letters, digits, dots, dashes or underscores, no dot or dash first")
    return name


def put_kept(store: Store, kind: str, name: str, material: bytes) -> None:
    """Keep a key.

    Raises:
        StoreConflict: There is one of that kind and name: it is never replaced, nobody could make it again.
    """
    if name in names_of(store, kind):
        raise StoreConflict(f"there is a {WORDS[kind][0]} '{name}' already; it is not replaced", hint=WORDS[kind][1])
    store.put_key(f"{kind}:{check_name(name)}", material)


def read_kept(store: Store, kind: str, name: str) -> bytes:
    """Read a key.

    Raises:
        NotFound: There is none of that kind and name.
    """
    if name not in names_of(store, kind):
        raise NotFound(f"the store has no {WORDS[kind][0]} '{check_name(name)}'", hint=WORDS[kind][1])
    return store.key(f"{kind}:{name}")


def names_of(store: Store, kind: str) -> tuple[str, ...]:
    """Names of the keys of a kind."""
    marked = f"{kind}:"
    return tuple(name.removeprefix(marked) for name in store.key_names() if name.startswith(marked))


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
    said: list[Line] = [f"wrote {written}" + (": private, and not encrypted" if private else "")]
    outcome.result["file"] = Path(out).name
    outcome.lines = [*outcome.lines, *said]
    return outcome
