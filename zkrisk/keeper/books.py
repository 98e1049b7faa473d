"""Books that the keeper may read: decrypted from the event log, compared with the commitment, sealed at rest.

Nothing here prints a quantity, a salt or a key. What does not open is refused with a public reason and tried again when
another ciphertext of the same commitment appears, and once by every process: with a key, openings or a program that the
one before it did not have.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from zkrisk.book import BookVector
from zkrisk.book.files import read_text
from zkrisk.commitment import Ciphertext, Opening, format_address, packed_length, parse_address
from zkrisk.documents import Fields, read_fields
from zkrisk.errors import BadFile, CommitmentMismatch, InputError, StoreCorrupt
from zkrisk.keeper.reader import REFUSED, OpeningsFile, Reader
from zkrisk.keeper.state import KeeperState
from zkrisk.params import QUANTITY_BITS, SCALAR_MODULUS
from zkrisk.store.codec import decode_opening, encode_opening
from zkrisk.store.seal import DataKey, RecordPlace

__all__ = ["OPENINGS_SCHEMA", "Books", "OpeningsFile", "Reader", "load_openings", "openings_document"]

OPENINGS_SCHEMA: Final = "urn:zkrisk:openings/v1"
_NAMES: Final = ("account", "commitment", "salt", "long", "short")
_MOST_OPENINGS: Final = 100_000
_MOST_SLOTS: Final = 1 << 12


class Books:
    """Openings of the state's commitments.

    Args:
        seal: Encrypts openings at rest; lives in the keeper's store, not beside the state.
        store_id: Names the state in what is sealed, so that records of another one do not open.
        instruments: N.
    """

    def __init__(self, state: KeeperState, reader: Reader, seal: DataKey, *, store_id: str, instruments: int) -> None:
        self._state = state
        self._reader = reader
        self._seal = seal
        self._store_id = store_id
        self._instruments = instruments
        self._open: dict[str, Opening] = {}
        self._tried: set[str] = set()

    def __repr__(self) -> str:
        return f"<Books {len(self._open)} open, private>"

    def look_again(self) -> bool:
        """Look whether the reader was given other openings; those of refused books are to be tried again then.

        Raises:
            BadFile, CommitmentMismatch: The file that they come in is no such file now; what it gave still counts.
        """
        is_given = self._reader.look_again()
        if is_given:
            self._tried.clear()
        return is_given

    def read_new(self, accounts: Iterable[str] | None = None) -> int:
        """Try every ciphertext that this process did not try yet; return how many books could be opened now.

        Args:
            accounts: Those that got ciphertexts since the last time; None looks through all.
        """
        opened = 0
        for name, digest in self._untried(accounts):
            self._tried.add(name)
            text = self._state.fact("text", name)
            sealed, refusal = None, None
            try:
                opening = self._decrypt(name, text)
            except (InputError, CommitmentMismatch) as error:
                refusal = REFUSED if isinstance(error, CommitmentMismatch) else "malformed"
            else:
                sealed = self._seal.seal(self._place(name), encode_opening(opening))
                self._open[name] = opening
                opened += 1
            with self._state.write():
                self._state.run("INSERT OR REPLACE INTO book VALUES (?, ?, ?, ?)", name, sealed, refusal, digest)
        return opened

    def opening(self, account: str) -> Opening | None:
        """Return the opening of an account's active commitment, None where it cannot be read.

        Raises:
            StoreCorrupt: What is kept of it does not authenticate.
        """
        active = self._state.fact("commitment", account)
        return self._kept(f"{active['commitment']}:{account}") if active else None

    def openings(self) -> dict[str, Opening]:
        """Return all openings of active commitments, by account."""
        active = self._state.facts("commitment")
        found = {account: self._kept(f"{fact['commitment']}:{account}") for account, fact in active.items()}
        return {account: opening for account, opening in found.items() if opening is not None}

    def refusals(self) -> dict[str, str]:
        """Return why texts of active commitments were refused, by account."""
        refused = {row["name"]: row["refusal"] for row in self._state.rows("SELECT name, refusal FROM book")}
        active = self._state.facts("commitment")
        named = {account: refused.get(f"{fact['commitment']}:{account}") for account, fact in active.items()}
        return {account: reason for account, reason in named.items() if reason}

    def forget_replaced(self) -> int:
        """Drop ciphertexts and books of commitments that can never count again; return of how many.

        A commitment that another one replaced, active or waiting, cannot be made a second time. What replaced it may
        still be undone as long as the state has undo information about the account's commitments.
        """
        active, pending = self._state.facts("commitment"), self._state.facts("pending")
        undoable = self._state.rows("SELECT DISTINCT name FROM undo WHERE kind IN ('commitment', 'pending')")
        recent, dead = {row["name"] for row in undoable}, []
        for row in self._state.rows("SELECT name FROM fact WHERE kind = 'bound'"):
            account, _, commitment = row["name"].partition(":")
            kept = {facts[account]["commitment"] for facts in (active, pending) if account in facts}
            if account in active and account not in recent and commitment not in kept:
                dead.append((account, commitment))
        with self._state.write():
            for account, commitment in dead:
                name = f"{commitment}:{account}"
                self._state.run("DELETE FROM fact WHERE kind = 'bound' AND name = ?", f"{account}:{commitment}")
                self._state.run("DELETE FROM fact WHERE kind = 'text' AND name = ?", name)
                self._state.run("DELETE FROM book WHERE name = ?", name)
                self._open.pop(name, None)
                self._tried.discard(name)
        return len(dead)

    def _untried(self, accounts: Iterable[str] | None) -> Iterable[tuple[str, str]]:
        for name in self._unread() if accounts is None else self._bound_to(accounts):
            text = self._state.rows("SELECT value FROM fact WHERE kind = 'text' AND name = ?", name)
            known = self._state.rows("SELECT sealed, text_sha256 FROM book WHERE name = ?", name)
            if not text or (known and known[0]["sealed"] is not None):
                continue
            digest = hashlib.sha256(text[0]["value"].encode()).hexdigest()
            if name not in self._tried or not known or known[0]["text_sha256"] != digest:
                yield name, digest

    def _unread(self) -> list[str]:
        """Name every ciphertext that was not opened."""
        sql = (
            "SELECT fact.name FROM fact LEFT JOIN book ON book.name = fact.name"
            " WHERE fact.kind = 'text' AND book.sealed IS NULL"
        )
        return [row["name"] for row in self._state.rows(sql)]

    def _bound_to(self, accounts: Iterable[str]) -> list[str]:
        """Name the ciphertexts of some accounts."""
        bound = [name for account in accounts for name in self._state.facts("bound", f"{account}:")]
        return [f"{commitment}:{account}" for account, _, commitment in (name.partition(":") for name in bound)]

    def _decrypt(self, name: str, fact: Mapping[str, Any]) -> Opening:
        elements = [int(element) for element in fact["elements"]]
        places = len(elements) - 2 - packed_length(self._instruments)
        if places < 1:
            raise InputError("the ciphertext is too short for this universe")
        text = Ciphertext.from_elements(int(name.partition(":")[0], 16), elements, places)
        return self._reader.open(text, parse_address(fact["account"]), self._instruments)

    def _kept(self, name: str) -> Opening | None:
        """Return a kept opening, or one that was handed over for a commitment without a ciphertext."""
        if name not in self._open:
            rows = self._state.rows("SELECT sealed FROM book WHERE name = ?", name)
            if not rows or rows[0]["sealed"] is None:
                commitment, _, account = name.partition(":")
                return self._reader.given(int(commitment, 16), parse_address(account), self._instruments)
            plain = self._seal.unseal(self._place(name), rows[0]["sealed"])
            try:
                self._open[name] = decode_opening(plain, int(name.partition(":")[0], 16))
            except (KeyError, ValueError, InputError):
                raise StoreCorrupt("a kept opening is not readable by this program") from None
        return self._open[name]

    def _place(self, name: str) -> RecordPlace:
        commitment, _, account = name.partition(":")
        return RecordPlace(self._store_id, "opening", commitment, 1, account, "{}", 0)


def openings_document(openings: Sequence[Opening]) -> dict[str, Any]:
    """Return the file in which those who open books together hand openings to a keeper. Private."""
    rows = [
        {
            "account": format_address(opening.owner),
            "commitment": f"{opening.commitment:#066x}",
            "salt": str(opening.salt),
            "long": [str(lots) for lots in opening.long],
            "short": [str(lots) for lots in opening.short],
        }
        for opening in openings
    ]
    return {"schema": OPENINGS_SCHEMA, "openings": rows}


def load_openings(path: Path) -> dict[int, Opening]:
    """Read such a file; every opening is compared with its commitment.

    Raises:
        BadFile: Not such a file.
        CommitmentMismatch: An entry does not give its commitment.
    """
    fields = read_fields(read_text(path), OPENINGS_SCHEMA, ("openings",), path.name)
    found: dict[int, Opening] = {}
    for row in fields.items("openings", _MOST_OPENINGS):
        entry = Fields(row, _NAMES, path.name)
        long = entry.integers("long", _MOST_SLOTS, QUANTITY_BITS)
        short = entry.integers("short", _MOST_SLOTS, QUANTITY_BITS)
        if len(long) != len(short):
            raise BadFile("an opening has not as many long as short entries", where=path.name)
        salt, commitment = entry.integer("salt"), entry.word("commitment")
        if salt >= SCALAR_MODULUS:
            raise entry.bad("field 'salt'", "is not below the order of the field")
        opening = Opening(BookVector(long, short), entry.address("account"), salt, commitment)
        opening.check()
        found[commitment] = opening
    return found


def seal_of(material: bytes) -> DataKey:
    """Return the key that seals openings from what the store kept of it.

    Raises:
        StoreCorrupt: It is not such a key.
    """
    try:
        encoded = json.loads(material)["seal"]
        secret = bytes.fromhex(encoded)
    except (ValueError, KeyError, TypeError):
        secret = b""
    if len(secret) != 32:
        raise StoreCorrupt("the keeper's key in the store is not readable by this program")
    return DataKey(secret)


def seal_material(key: DataKey) -> bytes:
    """Return what the store keeps of the key."""
    return json.dumps({"seal": key.secret.hex()}).encode()
