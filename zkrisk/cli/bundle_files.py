"""Bundles and other public files, read from a path or stdin and written whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zkrisk.book.files import write_whole
from zkrisk.errors import BadFile, InputError

if TYPE_CHECKING:
    from zkrisk.cli.session import Session
    from zkrisk.proof.bundle_model import Bundle

SUFFIX = ".zkrisk.json"


def read_bundle(text: str) -> Bundle:
    """Read a bundle from a file, or from stdin when it is ``-``.

    Raises:
        BadFile: Missing or malformed.
    """
    from zkrisk.proof.bundle import MAX_BUNDLE_BYTES, load_bundle, parse_bundle  # noqa: PLC0415  (0.2 s)

    if text != "-":
        return load_bundle(Path(text))
    try:
        return parse_bundle(sys.stdin.buffer.read(MAX_BUNDLE_BYTES + 1).decode("utf-8-sig"), "-")
    except UnicodeDecodeError:
        raise BadFile("stdin is not UTF-8 text", where="-") from None


def write_file(session: Session, text: str, content: bytes, *, private: bool = False, may_replace: bool = False) -> str:
    """Write a file that appears whole or not at all; asks before an existing one is replaced, follows no link.

    Args:
        text: Path.
        content: All of it.
        private: Nobody else may read it, from its first byte on: mode 0600.
        may_replace: Do not ask: what an existing file says is in the new one too.

    Returns:
        The path as shown.

    Raises:
        Declined: It exists and nobody said yes.
        InputError: It cannot be written.
    """
    path = Path(text)
    if path.exists() and not may_replace:
        session.confirm(f"{path.name} exists; replace it?")
    try:
        write_whole(path, content, private=private)
    except OSError as error:
        raise InputError(f"cannot write the file: {error.strerror}", where=str(path)) from None
    return text


def sibling(text: str, kind: str) -> str:
    """``NAME.KIND.zkrisk.json`` beside ``NAME.zkrisk.json``."""
    path = Path(text)
    stem = path.name.removesuffix(SUFFIX).removesuffix(".json")
    for old in (".packed", ".thin"):
        stem = stem.removesuffix(old)
    return str(path.with_name(f"{stem}.{kind}{SUFFIX}"))


def size_text(count: int) -> str:
    """Size in KiB, rounded up to a tenth."""
    tenths = -(-count * 10 // 1024)
    return f"{tenths // 10}.{tenths % 10} KiB"
