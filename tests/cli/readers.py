"""Readers of encrypted books: members of a ceremony with a store each, and changes of the files that they exchange."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from conftest import PASSPHRASE
from inside import Inside

from tests.salts import opening_with
from zkrisk.book import BookVector
from zkrisk.commitment import Opening, commit_with, encrypt
from zkrisk.sheet import load_universe
from zkrisk.store import Store
from zkrisk.viewing.kept import KeptKey, KeptShare
from zkrisk.viewing.key_files import BookCiphertext, KeyFile

OWNER, SALT = 0xA11CE, 0x5EED << 200
HELD, OWED = 7_315_926_438_271_605, 91_827_364_550_193
"""Lots of ETH and of cash."""
ETH = load_universe("standard-32").slot_of("ETH")
MEMBERS = (1, 2, 3)
CONTRIBUTIONS = tuple(f"gives-{member}.json" for member in MEMBERS)


class Readers(Inside):
    """Three members with a store each, who exchange files in one folder."""

    def member(self, number: int, *arguments: str, **options: str):
        """Run as a member."""
        return super().__call__("--home", str(self.store_of(number)), *arguments, **options)

    def store_of(self, number: int) -> Path:
        """Home of a member."""
        return self.folder / f"member-{number}"

    @cached_property
    def secrets(self) -> list[int]:
        """Secret scalars of the members, and of the first member's own key."""
        found = []
        for number in MEMBERS:
            with Store.open(self.store_of(number), PASSPHRASE) as store:
                found.append(KeptShare.decode(store.key("share:keepers")).share.scalar)
        with Store.open(self.store_of(1), PASSPHRASE) as store:
            return [*found, KeptKey.decode(store.key("reader:audit")).scalar]

    def edit(self, name: str, into: str, change) -> str:
        """Write a changed copy of a file; returns its name."""
        document = json.loads((self.folder / name).read_text())
        change(document)
        return self.write(into, json.dumps(document))


def ceremony(readers: Readers, name: str, prefix: str, members: tuple[int, ...], threshold: int) -> None:
    """Let members make a key; every file of it begins with the prefix."""
    for number in members:
        assert (
            readers.member(number, "viewing", "ceremony", "join", name, "-o", f"{prefix}joins-{number}.json").code == 0
        )
    joins = [f"{prefix}joins-{number}.json" for number in members]
    start = ("start", name, *joins, "--threshold", str(threshold), "-o", f"{prefix}ceremony.json")
    assert readers("viewing", "ceremony", *start).code == 0
    gives = [f"{prefix}gives-{number}.json" for number in members]
    for number, file in zip(members, gives, strict=True):
        assert readers.member(number, "viewing", "ceremony", "publish", f"{prefix}ceremony.json", "-o", file).code == 0
    for number in members:
        finish = ("finish", f"{prefix}ceremony.json", *gives, "-o", f"{prefix}key-{number}.json")
        assert readers.member(number, "viewing", "ceremony", *finish).code == 0


def check_secret(readers: Readers, text: str) -> None:
    """Neither a secret scalar nor the book stands in a text."""
    for value in (*readers.secrets, HELD, OWED, SALT):
        assert str(value) not in text and f"{value:x}" not in text
    for value in ("73159264.38271605", "91827364.550193", PASSPHRASE):
        assert value not in text


def keepers_and_auditor(folder: Path) -> Readers:
    """Let two of three keepers and an auditor make their keys, and encrypt a book for both."""
    readers = Readers(folder)
    for number in MEMBERS:
        assert readers.member(number, "init").code == 0
    ceremony(readers, "keepers", "", MEMBERS, 2)
    assert readers.member(1, "viewing", "keygen", "audit").code == 0
    assert readers.member(1, "viewing", "show", "audit", "-o", "audit.json").code == 0
    keys = [
        KeyFile.parse((readers.folder / name).read_text(), name).key.public for name in ("key-1.json", "audit.json")
    ]
    vector = BookVector(*((0,) * slot + (lots,) + (0,) * (31 - slot) for slot, lots in ((ETH, HELD), (0, OWED))))
    text = encrypt(Opening(vector, OWNER, SALT, commit_with(vector, OWNER, SALT)), keys)
    for index, name in enumerate(("book.json", "book-audit.json")):
        readers.write(name, json.dumps(BookCiphertext(text, OWNER, 32, index).to_dict()))
    for number in MEMBERS:
        assert (
            readers.member(number, "viewing", "partial", "keepers", "book.json", "-o", f"part-{number}.json").code == 0
        )
    return readers


def another_book(readers: Readers, name: str, *, key: str = "key-1.json", salt: int = SALT + 1) -> Opening:
    """Encrypt a second book of the owner for one key alone; returns what opens it."""
    public = KeyFile.parse((readers.folder / key).read_text(), key).key.public
    vector = BookVector(*((0,) * slot + (lots,) + (0,) * (31 - slot) for slot, lots in ((ETH, OWED), (0, HELD))))
    opening = opening_with(vector, OWNER, salt)
    readers.write(name, json.dumps(BookCiphertext(encrypt(opening, [public]), OWNER, 32, 0).to_dict()))
    return opening


def replace(*path: object):
    """Return a change that puts the last of the path where the others lead."""
    *steps, last, value = path

    def change(document) -> None:
        for step in steps:
            document = document[step]
        document[last] = value

    return change


def flip_last_digit(*path: object):
    """Return a change of one digit of a text."""
    *steps, last = path

    def change(document) -> None:
        for step in steps:
            document = document[step]
        document[last] = document[last][:-1] + ("0" if document[last][-1] != "0" else "1")

    return change
