"""The encrypted store, open."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import rfc8785
from sqlalchemy import Connection

from zkrisk.commitment import BookQuantities, Opening, commit_with, draw_salt, format_address, parse_address
from zkrisk.errors import InputError, NotFound, StoreConflict
from zkrisk.store.backup import restore_file, write_backup
from zkrisk.store.codec import decode_opening, decode_plain, encode_opening, opening_id, opening_public
from zkrisk.store.create import create_store
from zkrisk.store.database import RECORD, checked_rows
from zkrisk.store.index import Clock, StoreIndex, book_info, open_database, opening_info, system_clock
from zkrisk.store.kdf import SALT_BYTES, KdfProfile
from zkrisk.store.records import BookEntry, ChainCommitment, OpeningInfo, OpeningState, RecoveryReport
from zkrisk.store.sealed import SealedRecords, unlock, update_header

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Lookup = Callable[[str], Iterable[ChainCommitment]]


class Store(StoreIndex):
    """Books, openings, settings and key material, encrypted under a passphrase.

    Every method that writes returns after the write is on the disk. Use as a context manager.
    """

    def __init__(self, index: StoreIndex, records: SealedRecords) -> None:
        super().__init__(index._database, index._clock)
        self._records = records

    @classmethod
    def create(cls, home: Path, passphrase: str, *, kdf: KdfProfile | None = None, clock: Clock = system_clock) -> Self:
        """Make an empty store in a folder of mode 0700 and open it.

        Raises:
            StoreConflict: There is one already.
            StoreLocked: The passphrase is empty.
        """
        create_store(home, passphrase, kdf or KdfProfile(), clock())
        return cls.open(home, passphrase, clock=clock)

    @classmethod
    def open(cls, home: Path, passphrase: str, *, clock: Clock = system_clock) -> Self:
        """Open a store and authenticate everything in it.

        Raises:
            NotFound: There is no store.
            StoreLocked: The passphrase is wrong.
            StoreCorrupt: The file is damaged, or was changed by somebody without the passphrase.
        """
        database = open_database(home)
        try:
            return cls(StoreIndex(database, clock), unlock(database, passphrase))
        except BaseException:
            database.close()
            raise

    def __repr__(self) -> str:
        """Show where it is and nothing of what is in it."""
        return f"<Store {self._database.path}, open>"

    def add_book(self, name: str, universe: str, content: dict[str, Any], *, replace: bool = False) -> BookEntry:
        """Keep a book in its human form; quantities as strings.

        Raises:
            InputError: The name is not 1 to 64 letters, digits, dots, dashes or underscores.
            StoreConflict: The name is taken and `replace` was not said.
        """
        if _NAME.fullmatch(name) is None:
            raise InputError(
                "a book's name is 1 to 64 letters, digits, dots, dashes or underscores, no dot or dash first"
            )
        with self._records.write() as connection:
            if not replace and self._records.find(connection, "book", name) is not None:
                raise StoreConflict(
                    f"there is a book '{name}' already", hint=f"zkrisk book add FILE --name {name} --replace"
                )
            public = {"universe": universe}
            plaintext = rfc8785.dumps(content)
            self._records.put(connection, "book", name, plaintext, public=public, account="", now_unix=self._clock())
        return self.get_book(name)

    def get_book(self, name: str) -> BookEntry:
        """Read a book.

        Raises:
            NotFound: There is none of that name.
        """
        with self._database.read() as connection:
            found, plaintext = self._records.get(connection, "book", name)
            return BookEntry(book_info(found.row), decode_plain(plaintext))

    def remove_book(self, name: str) -> None:
        """Remove a book; the openings made from it stay.

        Raises:
            NotFound: There is none of that name.
            StoreConflict: A commitment to it is alive.
        """
        with self._records.write() as connection:
            self._records.get(connection, "book", name)
            for row in checked_rows(connection, RECORD, kind="opening"):
                info = opening_info(row)
                if info.book == name and info.state.is_alive:
                    raise StoreConflict(
                        f"book '{name}' has a live commitment {info.commitment:#066x} ({info.state})",
                        hint="replace or close it on the chain first, then: zkrisk store recover",
                    )
            self._records.remove(connection, "book", name)

    def commit(self, vector: BookQuantities, owner: int | str, *, book: str = "", chain_id: int = 0) -> Opening:
        """Draw a salt, commit, and keep the opening on the disk before returning it.

        Write first, send second: only a commitment that this returned may go to a chain.

        Args:
            vector: Book in lots.
            owner: Account that the commitment is bound to.
            book: Name of the stored book it comes from.
            chain_id: Chain it is meant for; 0 when not known yet.
        """
        account, salt = parse_address(owner), draw_salt()
        opening = Opening(vector, account, salt, commit_with(vector, account, salt))
        now = self._clock()
        public = opening_public(book=book, chain_id=chain_id, state=OpeningState.PREPARED, created_at_unix=now)
        with self._records.write() as connection:
            if self._records.find(connection, "opening", opening_id(opening.commitment)) is not None:
                raise StoreConflict("a salt was drawn twice: the random source of this machine is broken")
            self._put_opening(connection, opening_id(opening.commitment), encode_opening(opening), public, account)
        return self.opening_for(opening.commitment)

    def opening_for(self, commitment: int) -> Opening:
        """Read what opens a commitment and recompute it.

        Raises:
            NotFound: This store did not make it.
            CommitmentMismatch: The opening does not give it.
        """
        with self._database.read() as connection:
            _, plaintext = self._records.get(connection, "opening", opening_id(commitment))
        opening = decode_opening(plaintext, commitment)
        opening.check()
        return opening

    def current_opening(self, account: int | str, *, chain_id: int | None = None) -> OpeningInfo:
        """Public line of the newest confirmed commitment of an account.

        Raises:
            NotFound: None is confirmed.
        """
        confirmed = [
            info
            for info in self.openings(account)
            if info.state is OpeningState.CONFIRMED and chain_id in (None, info.chain_id)
        ]
        if not confirmed:
            raise NotFound("no commitment of this account is confirmed", hint="zkrisk commit BOOK --send")
        return max(confirmed, key=lambda info: info.sequence or 0)

    def mark_sent(self, commitment: int, tx_hash: str, *, chain_id: int) -> OpeningInfo:
        """Note the transaction of a commitment; call it before the signed transaction leaves this machine.

        Raises:
            StoreConflict: It is confirmed or retired already.
        """
        changed = {"state": OpeningState.SENT, "tx_hash": tx_hash, "chain_id": str(chain_id)}
        return self._move(commitment, changed, allowed={OpeningState.PREPARED, OpeningState.SENT})

    def mark_confirmed(self, commitment: int, sequence: int, *, chain_id: int) -> OpeningInfo:
        """Note that the chain holds a commitment under a sequence. The chain is right whatever the state was."""
        changed = {"state": OpeningState.CONFIRMED, "sequence": str(sequence), "chain_id": str(chain_id)}
        return self._move(commitment, changed, allowed=set(OpeningState))

    def mark_retired(self, commitment: int) -> OpeningInfo:
        """Note that a commitment was replaced or given up; its opening is kept."""
        return self._move(commitment, {"state": OpeningState.RETIRED}, allowed=set(OpeningState))

    def recover(self, lookup: Lookup | None = None, *, chain_id: int = 0) -> RecoveryReport:
        """Compare the openings with the chain after a crash.

        Args:
            lookup: Gives the active and pending commitments of an account; None leaves the chain out.
            chain_id: Chain that `lookup` reads.
        """
        unknown: list[ChainCommitment] = []
        moved: list[OpeningInfo] = []
        for account in sorted({info.account for info in self.openings()}) if lookup else ():
            known = {info.commitment: info for info in self.openings(account)}
            held = tuple(lookup(account)) if lookup else ()
            unknown += [there for there in held if there.commitment not in known]
            moved += self._match(known, held, chain_id)
        return RecoveryReport(
            prepared=tuple(i for i in self.openings() if i.state in (OpeningState.PREPARED, OpeningState.SENT)),
            matched=tuple(info for info in moved if info.state is OpeningState.CONFIRMED),
            retired=tuple(info for info in moved if info.state is OpeningState.RETIRED),
            unknown=tuple(unknown),
        )

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a private setting (any JSON value)."""
        with self._records.write() as connection:
            plaintext = rfc8785.dumps(value)
            self._records.put(connection, "setting", name, plaintext, public={}, account="", now_unix=self._clock())

    def setting(self, name: str) -> Any:
        """Read a private setting; NotFound when there is none."""
        with self._database.read() as connection:
            return decode_plain(self._records.get(connection, "setting", name)[1])

    def put_key(self, name: str, material: bytes) -> None:
        """Keep key material; chain keys belong into Ethereum keystores instead.

        Raises:
            StoreConflict: The name is taken: nobody could make the older key again.
        """
        with self._records.write() as connection:
            if self._records.find(connection, "key", name) is not None:
                raise StoreConflict(f"there is a key '{name}' already", hint="choose another name")
            self._records.put(connection, "key", name, material, public={}, account="", now_unix=self._clock())

    def key_names(self) -> tuple[str, ...]:
        """Names of all kept keys, sorted."""
        with self._database.read() as connection:
            return tuple(sorted(str(row["record_id"]) for row in checked_rows(connection, RECORD, kind="key")))

    def key(self, name: str) -> bytes:
        """Read key material; NotFound when there is none."""
        with self._database.read() as connection:
            return self._records.get(connection, "key", name)[1]

    def backup(self, path: Path) -> None:
        """Write an encrypted copy under the same passphrase and check that it is whole.

        Raises:
            InputError: The file exists.
        """
        write_backup(self._database, self._records, path)
        with self._database.write() as connection:
            update_header(connection, backed_up_at_unix=self._clock())

    @classmethod
    def restore(cls, home: Path, path: Path, passphrase: str, *, clock: Clock = system_clock) -> Self:
        """Put a backup in the place of the store; the old file is kept beside it.

        Raises:
            NotFound: There is no such backup.
            StoreConflict: The present store can open a commitment that the backup cannot.
            StoreLocked, StoreCorrupt: The backup does not open.
        """
        restore_file(home, path, passphrase, clock())
        return cls.open(home, passphrase, clock=clock)

    def rekey(self, passphrase: str, *, kdf: KdfProfile | None = None) -> None:
        """Encrypt everything under a fresh data key and a new passphrase. Old backups keep the old passphrase."""
        self._records.rekey(passphrase, secrets.token_bytes(SALT_BYTES), kdf or KdfProfile())

    def _put_opening(
        self, connection: Connection, record_id: str, plaintext: bytes, public: dict[str, Any], account: int | str
    ) -> None:
        self._records.put(
            connection,
            "opening",
            record_id,
            plaintext,
            public=public,
            account=format_address(parse_address(account)),
            now_unix=self._clock(),
        )

    def _move(self, commitment: int, changed: dict[str, Any], allowed: set[OpeningState]) -> OpeningInfo:
        record_id = opening_id(commitment)
        with self._records.write() as connection:
            found, plaintext = self._records.get(connection, "opening", record_id)
            info = opening_info(found.row)
            if info.state not in allowed:
                raise StoreConflict(
                    f"commitment {commitment:#066x} is {info.state}, it cannot become {changed['state']}"
                )
            public = {**decode_plain(found.place.public.encode()), **changed}
            self._put_opening(connection, record_id, plaintext, public, info.account)
        with self._database.read() as connection:
            return opening_info(checked_rows(connection, RECORD, kind="opening", record_id=record_id)[0])

    def _match(
        self, known: dict[int, OpeningInfo], held: tuple[ChainCommitment, ...], chain_id: int
    ) -> list[OpeningInfo]:
        """Move the openings of one account to where the chain has them; returns those that moved."""
        moved: list[OpeningInfo] = []
        for there in held:
            info = known.get(there.commitment)
            wanted = (OpeningState.CONFIRMED, there.sequence, chain_id)
            if info is not None and (info.state, info.sequence, info.chain_id) != wanted:
                moved.append(self.mark_confirmed(there.commitment, there.sequence, chain_id=chain_id))
        current = {there.commitment for there in held}
        for info in known.values():
            confirmed_here = info.state is OpeningState.CONFIRMED and info.chain_id == chain_id
            if confirmed_here and info.commitment not in current:
                moved.append(self.mark_retired(info.commitment))
        return moved
