"""What books are opened with: a secret of one's own, and openings that members of a threshold key gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zkrisk.commitment import Ciphertext, Opening, decrypt_with_shared
from zkrisk.edwards import check_public_key, multiply
from zkrisk.errors import CommitmentMismatch

__all__ = ["REFUSED", "OpeningsFile", "Reader"]

REFUSED: Final = "not encrypted to this key, or not of this commitment"


class OpeningsFile(Mapping[int, Opening]):
    """Openings in a file that is added to while a keeper runs, by commitment. Private.

    Args:
        load: Reads and checks the file.

    Raises:
        BadFile, CommitmentMismatch: See `zkrisk.keeper.books.load_openings`.
    """

    def __init__(self, path: Path, load: Callable[[Path], Mapping[int, Opening]]) -> None:
        self._path = path
        self._load = load
        self._seen = self._mark()
        self._openings = load(path)

    def __getitem__(self, commitment: int) -> Opening:
        return self._openings[commitment]

    def __iter__(self) -> Iterator[int]:
        return iter(self._openings)

    def __len__(self) -> int:
        return len(self._openings)

    def __repr__(self) -> str:
        return f"<OpeningsFile, {len(self)} openings, private>"

    def look_again(self) -> bool:
        """Read the file where it changed; tell whether it has other openings now. One that is gone changes nothing.

        Raises:
            BadFile, CommitmentMismatch: It is no such file any more; told once for each change.
        """
        mark = self._mark()
        if mark is None or mark == self._seen:
            return False
        self._seen = mark
        before, self._openings = self._openings, self._load(self._path)
        return self._openings.keys() != before.keys()

    def _mark(self) -> tuple[int, ...] | None:
        """What a change of the file changes: it is replaced as a whole, or written in place."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class Reader:
    """What the keeper opens books with: a secret scalar of its own, openings that a threshold of members gave, or both.

    Attributes:
        scalar: Secret of a reader's key, None without one.
        openings: By commitment.
    """

    scalar: int | None = field(default=None, repr=False)
    openings: Mapping[int, Opening] = field(default_factory=dict, repr=False)

    def look_again(self) -> bool:
        """Read the file again that openings come in; tell whether there are others now.

        Raises:
            BadFile, CommitmentMismatch: See `OpeningsFile.look_again`.
        """
        return isinstance(self.openings, OpeningsFile) and self.openings.look_again()

    def given(self, commitment: int, owner: int, instruments: int) -> Opening | None:
        """Return the opening that was handed over for an account's commitment."""
        found = self.openings.get(commitment)
        is_right = found is not None and found.owner == owner and len(found.long) == instruments
        return found if is_right else None

    def open(self, text: Ciphertext, owner: int, instruments: int) -> Opening:
        """Open a book.

        Raises:
            CommitmentMismatch: It does not open the commitment with what this reader has.
            InputError: The ciphertext is malformed.
        """
        given = self.given(text.commitment, owner, instruments)
        if given is not None:
            return given
        if self.scalar is None:
            raise CommitmentMismatch(REFUSED)
        check_public_key(text.ephemeral, "the ephemeral key")
        shared = multiply(text.ephemeral, self.scalar)
        for position, wrap in enumerate(text.wraps):
            if wrap:
                try:
                    return decrypt_with_shared(text, position, shared, owner, instruments)
                except CommitmentMismatch:
                    continue
        raise CommitmentMismatch(REFUSED)
