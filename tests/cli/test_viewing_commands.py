"""Readers' keys: a ceremony of three stores, books opened in parts or alone, and whoever cheats is named."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import json
from threading import Thread
from types import SimpleNamespace

import jsonschema
import pytest
from conftest import PASSPHRASE, Program
from readers import (
    CONTRIBUTIONS,
    ETH,
    HELD,
    MEMBERS,
    OWED,
    OWNER,
    SALT,
    Readers,
    another_book,
    ceremony,
    check_secret,
    flip_last_digit,
    keepers_and_auditor,
    replace,
)
from test_bad_input import check_refusal

from tests.salts import FOREIGN_SALTS, opening_with
from tests.unit.torsion import SMALL_ORDERS, lucky_part
from zkrisk.book import BookVector
from zkrisk.cli import openings_file
from zkrisk.cli.output import Outcome
from zkrisk.cli.schemas import json_schema
from zkrisk.errors import StoreConflict
from zkrisk.keeper.books import load_openings
from zkrisk.params import EDWARDS_ORDER, SCALAR_MODULUS
from zkrisk.store import Store
from zkrisk.viewing.ceremony_files import contribution_dict, parse_ceremony
from zkrisk.viewing.key_files import BookCiphertext, KeyFile, part_dict
from zkrisk.viewing.threshold import deal


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Readers:
    """Three keepers, an auditor and a book."""
    return keepers_and_auditor(tmp_path_factory.mktemp("readers"))


def test_members_write_one_key_and_nothing_that_they_exchanged_holds_a_share(readers):
    keys = {(readers.folder / f"key-{number}.json").read_bytes() for number in MEMBERS}
    assert len(keys) == 1
    check_secret(readers, "".join(path.read_text() for path in sorted(readers.folder.glob("*.json"))))
    stores = b"".join((readers.store_of(number) / "store.db").read_bytes() for number in MEMBERS)
    check_secret(readers, stores.decode("latin-1"))


def test_every_step_says_what_its_schema_promises(readers):
    steps = {
        "viewing-ceremony-join": (1, "ceremony", "join", "keepers", "-o", "again.json"),
        "viewing-ceremony-publish": (1, "ceremony", "publish", "ceremony.json", "-o", "again-gives.json"),
        "viewing-ceremony-check": (1, "ceremony", "check", "ceremony.json", *CONTRIBUTIONS),
        "viewing-ceremony-finish": (1, "ceremony", "finish", "ceremony.json", *CONTRIBUTIONS, "-o", "again-key.json"),
        "viewing-list": (1, "list"),
        "viewing-show": (2, "show", "keepers"),
        "viewing-partial": (2, "partial", "keepers", "book.json", "-o", "again-part.json"),
        "viewing-combine": (1, "combine", "key-1.json", "book.json", "part-1.json", "part-3.json"),
        "viewing-open": (1, "open", "audit", "book-audit.json"),
    }
    for schema, (member, *words) in steps.items():
        ran = readers.member(member, "viewing", *words, "--json")
        assert ran.code == 0, (schema, ran.out)
        jsonschema.validate(ran.document, json_schema(schema))
        check_secret(readers, ran.out + ran.err)


def test_steps_done_again_give_the_same_files(readers):
    """Also when they were done before: whoever publishes twice would send different values to different members."""
    for name, words in (
        ("joins-1.json", ("ceremony", "join", "keepers")),
        ("gives-1.json", ("ceremony", "publish", "ceremony.json")),
        ("key-1.json", ("ceremony", "finish", "ceremony.json", *CONTRIBUTIONS)),
    ):
        assert readers.member(1, "viewing", *words, "-o", "once-more.json", "--yes").code == 0
        assert (readers.folder / "once-more.json").read_bytes() == (readers.folder / name).read_bytes()


@pytest.mark.parametrize("parts", [(1, 2), (1, 3), (2, 3), (1, 2, 3), (3, 3, 1)])
def test_any_two_parts_open_the_book_and_show_it_only_when_asked(readers, parts):
    arguments = ("viewing", "combine", "key-2.json", "book.json", *(f"part-{number}.json" for number in parts))
    quiet = readers(*arguments, passphrase=None)
    assert quiet.code == 0 and "the book gives the commitment" in quiet.out
    check_secret(readers, quiet.out + quiet.err)
    shown = readers(*arguments, "--reveal", "--json", passphrase=None).document
    assert shown["private"] is True and shown["result"]["members"] == sorted(set(parts))
    assert shown["result"]["positions"] == [
        {"instrument": "USD", "long": "0.000000", "short": "91827364.550193"},
        {"instrument": "ETH", "long": "73159264.38271605", "short": "0.00000000"},
    ]


def test_openings_are_added_to_the_keepers_file_which_its_owner_alone_reads(readers):
    """A second book joins the first, the same one again changes nothing, and none of it is said."""
    file = readers.folder / "handed.json"
    other = another_book(readers, "other.json")
    for number, name in enumerate(("book.json", "other.json", "book.json")):
        if number:
            file.chmod(0o644)
        parts = [f"keep-{number}-{member}.json" for member in (1, 3)]
        for member, part in zip((1, 3), parts, strict=True):
            assert readers.member(member, "viewing", "partial", "keepers", name, "-o", part).code == 0
        ran = readers(
            "viewing", "combine", "key-1.json", name, *parts, "--keep-openings", "handed.json", passphrase=None
        )
        assert ran.code == 0 and f"{min(number + 1, 2)} opening" in ran.out, ran.err
        check_secret(readers, ran.out + ran.err)
        assert file.stat().st_mode & 0o777 == 0o600
    found = load_openings(file)
    assert {opening.owner for opening in found.values()} == {OWNER} and len(found) == 2
    assert found[other.commitment].salt == other.salt
    [opening] = [opening for commitment, opening in found.items() if commitment != other.commitment]
    assert (opening.long[ETH], opening.short[0], opening.salt) == (HELD, OWED, SALT)
    assert not list(readers.folder.glob(".handed*")), "no part of it is left behind"


@pytest.mark.parametrize("salt", FOREIGN_SALTS, ids=hex)
def test_C18_book_under_a_salt_that_nobody_draws_opens_with_a_key_and_in_parts(readers, salt):
    """The circuit takes any: an owner who chose one that readers refuse would have shut them out."""
    another_book(readers, "sealed.json", key="audit.json", salt=salt)
    opened = readers.member(1, "viewing", "open", "audit", "sealed.json", "--reveal")
    assert opened.code == 0 and "918273.64550193" in opened.out, opened.err
    book = another_book(readers, "shared.json", salt=salt)
    for member in (1, 3):
        part = ("viewing", "partial", "keepers", "shared.json", "-o", f"any-{member}.json", "--yes")
        assert readers.member(member, *part).code == 0
    combine = ("viewing", "combine", "key-1.json", "shared.json", "any-1.json", "any-3.json")
    ran = readers(*combine, "--keep-openings", "any.json", passphrase=None)
    assert ran.code == 0, ran.err
    assert load_openings(readers.folder / "any.json")[book.commitment].salt == salt


def test_two_commands_at_once_keep_both_openings(tmp_path, monkeypatch):
    """The second one comes while the first has read the file and not yet replaced it."""
    session, file = SimpleNamespace(), str(tmp_path / "handed.json")
    vector = BookVector((1, 0), (0, 0))
    first, second = (opening_with(vector, OWNER, salt) for salt in (SALT, SALT + 1))
    keep = lambda opening: openings_file.keep_opening(session, Outcome("viewing-combine", {}, []), opening, file)  # noqa: E731
    late = Thread(target=keep, args=(second,))
    write = openings_file.write_file

    def interrupted(*arguments: object, **options: object) -> str:
        if not late.ident:
            late.start()
            # Without a lock it is done by then; with one it waits for this command.
            late.join(0.3)
        return write(*arguments, **options)

    monkeypatch.setattr(openings_file, "write_file", interrupted)
    keep(first)
    late.join()
    assert load_openings(tmp_path / "handed.json").keys() == {first.commitment, second.commitment}
    assert (tmp_path / "handed.json.lock").stat().st_mode & 0o777 == 0o600


def test_lock_of_the_openings_is_no_link_that_somebody_left(readers):
    target = readers.folder / "elsewhere"
    (readers.folder / "linked.json.lock").symlink_to(target)
    parts = ("part-1.json", "part-3.json")
    ran = readers("viewing", "combine", "key-1.json", "book.json", *parts, "--keep-openings", "linked.json")
    check_refusal(ran, 3, "BAD_INPUT")
    assert not target.exists() and not (readers.folder / "linked.json").exists()


def test_part_is_its_members_alone_to_read(readers):
    assert (readers.folder / "part-1.json").stat().st_mode & 0o777 == 0o600
    check_secret(readers, (readers.folder / "part-1.json").read_text())


def test_key_of_one_holder_opens_its_wrap_and_no_other(readers):
    opened = readers.member(1, "viewing", "open", "audit", "book-audit.json", "--reveal")
    assert opened.code == 0 and "73159264.38271605" in opened.out
    ran = readers.member(1, "viewing", "open", "audit", "book.json", "--reveal")
    check_refusal(ran, 5, "COMMITMENT_MISMATCH")


def test_processes_of_their_own_open_the_book(readers):
    process = Program(readers.folder)
    part = process("--home", str(readers.store_of(2)), "viewing", "partial", "keepers", "-", "-o", "-",
                   stdin=(readers.folder / "book.json").read_text())  # fmt: skip
    opened = process(
        "viewing", "combine", "key-1.json", "book.json", "part-1.json", "-", stdin=part.out, passphrase=None
    )
    assert opened.code == 0 and "members 1, 2" in opened.out
    check_secret(readers, part.err + opened.out + opened.err)


@pytest.mark.parametrize("change", [
    flip_last_digit("proof", "response"), replace("proof", "challenge", str(EDWARDS_ORDER)),
    lambda document: document["commitments"].reverse(),
])  # fmt: skip
def test_contribution_that_proves_nothing_names_its_member_to_everybody(readers, change):
    readers.edit("gives-2.json", "forged.json", change)
    files = ("gives-1.json", "forged.json", "gives-3.json")
    check_refusal(ran := readers("viewing", "ceremony", "check", "ceremony.json", *files), 5, "PROOF_REJECTED")
    assert "member 2" in ran.err


def test_value_that_is_sealed_wrongly_names_its_member_and_changes_no_store(readers):
    """What `check` cannot see: only the receiver can open it."""
    readers.edit("gives-2.json", "corrupted.json", flip_last_digit("sealed", 0))
    files = ("gives-1.json", "corrupted.json", "gives-3.json")
    assert readers("viewing", "ceremony", "check", "ceremony.json", *files).code == 0
    before = (readers.store_of(1) / "store.db").read_bytes()
    ran = readers.member(1, "viewing", "ceremony", "finish", "ceremony.json", *files, "-o", "never.json")
    check_refusal(ran, 5, "PROOF_REJECTED")
    assert "member 2" in ran.err
    ran = readers.member(3, "viewing", "ceremony", "finish", "ceremony.json", *files, "-o", "never.json")
    check_refusal(ran, 11, "STORE_CONFLICT")
    assert (readers.store_of(1) / "store.db").read_bytes() == before and not (readers.folder / "never.json").exists()


def test_contribution_in_ones_own_name_that_somebody_else_made_is_noticed(readers):
    """Who could replace everybody's contribution on the way to a member would know the key."""
    dealing = parse_ceremony((readers.folder / "ceremony.json").read_text(), "ceremony.json")
    files = []
    for number in MEMBERS:
        files.append(
            readers.write(f"theirs-{number}.json", json.dumps(contribution_dict(dealing, deal(dealing, number))))
        )
    assert readers("viewing", "ceremony", "check", "ceremony.json", *files).code == 0
    ran = readers.member(2, "viewing", "ceremony", "finish", "ceremony.json", *files, "-o", "never.json")
    check_refusal(ran, 5, "PROOF_REJECTED")
    assert "not the one that this store published" in ran.err


@pytest.mark.parametrize("change", [
    flip_last_digit("proof", "response"), flip_last_digit("point", "x"), replace("point", {"x": "0", "y": "1"}),
])  # fmt: skip
def test_wrong_part_names_its_member_and_opens_nothing(readers, change):
    readers.edit("part-2.json", "forged.json", change)
    ran = readers("viewing", "combine", "key-1.json", "book.json", "part-3.json", "forged.json", "--reveal")
    check_refusal(ran, 5, "PROOF_REJECTED")
    assert "member 2" in ran.err
    check_secret(readers, ran.err)


@pytest.mark.parametrize("order", SMALL_ORDERS)
def test_L7_part_that_is_off_by_a_point_of_small_order_names_its_member(readers, order):
    book = BookCiphertext.parse((readers.folder / "book.json").read_text(), "book.json")
    key = KeyFile.parse((readers.folder / "key-1.json").read_text(), "key-1.json").key.public
    part = lucky_part(2, readers.secrets[1], book.text.ephemeral, book.label(), order)
    readers.write("lucky.json", json.dumps(part_dict(key, book.text.commitment, part)))
    ran = readers("viewing", "combine", "key-1.json", "book.json", "part-1.json", "lucky.json", "--reveal")
    check_refusal(ran, 5, "PROOF_REJECTED")
    assert "member 2" in ran.err
    check_secret(readers, ran.err)


@pytest.fixture(scope="module")
def another(readers: Readers) -> Readers:
    """A second ceremony of the first member alone, with its part of the same book."""
    ceremony(readers, "solo", "solo-", (1,), 1)
    assert readers.member(1, "viewing", "partial", "solo", "book.json", "-o", "solo-part.json").code == 0
    return readers


REFUSED = {
    "too few parts": (("combine", "key-1.json", "book.json", "part-1.json"), 3, "BAD_INPUT"),
    "one part twice": (("combine", "key-1.json", "book.json", "part-1.json", "part-1.json"), 3, "BAD_INPUT"),
    "part of another ceremony": (
        ("combine", "key-1.json", "book.json", "part-1.json", "solo-part.json"), 3, "BAD_INPUT"),
    "key of another ceremony": (("combine", "solo-key-1.json", "book.json", "part-1.json"), 3, "BAD_INPUT"),
    "key that has no parts": (("combine", "audit.json", "book.json", "part-1.json"), 3, "BAD_INPUT"),
    "missing part": (("combine", "key-1.json", "book.json", "part-1.json", "missing.json"), 3, "BAD_FILE"),
    "ciphertext as a key": (("combine", "book.json", "book.json", "part-1.json"), 3, "BAD_FILE"),
    "stdin twice": (("combine", "-", "-", "part-1.json"), 2, "USAGE"),
    "openings on the screen": (
        ("combine", "key-1.json", "book.json", "part-1.json", "part-3.json", "--keep-openings", "-"), 2, "USAGE"),
    "openings into another file": (
        ("combine", "key-1.json", "book.json", "part-1.json", "part-3.json", "--keep-openings", "key-1.json"),
        3, "BAD_FILE"),
    "openings of too few parts": (
        ("combine", "key-1.json", "book.json", "part-1.json", "--keep-openings", "never.json"), 3, "BAD_INPUT"),
    "share that is not there": (("partial", "nobody", "book.json", "-o", "never.json"), 3, "NOT_FOUND"),
    "key as a share": (("partial", "audit", "book.json", "-o", "never.json"), 3, "NOT_FOUND"),
    "key that is not there": (("open", "nobody", "book.json"), 3, "NOT_FOUND"),
    "share as a key": (("open", "keepers", "book.json"), 3, "NOT_FOUND"),
    "name of a key": (("keygen", "../x"), 3, "BAD_INPUT"),
    "key again": (("keygen", "audit"), 11, "STORE_CONFLICT"),
    "contribution missing": (("ceremony", "check", "ceremony.json", *CONTRIBUTIONS[:2]), 3, "BAD_INPUT"),
    "contribution to another ceremony": (
        ("ceremony", "check", "ceremony.json", *CONTRIBUTIONS[:2], "solo-gives-1.json"), 3, "BAD_INPUT"),
    "threshold above the members": (
        ("ceremony", "start", "keepers", "joins-1.json", "--threshold", "2", "-o", "never.json"), 3, "RANGE_EXCEEDED"),
    "one member twice": (
        ("ceremony", "start", "keepers", "joins-1.json", "joins-1.json", "--threshold", "1", "-o", "never.json"),
        3, "BAD_INPUT"),
    "member of another ceremony": (
        ("ceremony", "start", "keepers", "solo-joins-1.json", "--threshold", "1", "-o", "never.json"), 3, "BAD_INPUT"),
    "ceremony that nobody joined": (("ceremony", "publish", "foreign.json", "-o", "never.json"), 3, "NOT_FOUND"),
    "ceremony without this member": (("ceremony", "publish", "without.json", "-o", "never.json"), 3, "BAD_INPUT"),
    "second ceremony of one name": (("ceremony", "publish", "alone.json", "-o", "never.json"), 3, "BAD_INPUT"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line_and_nothing_is_lost(another, name):
    arguments, exit_code, code = REFUSED[name]
    another.edit("ceremony.json", "foreign.json", replace("name", "foreign"))
    another.edit("ceremony.json", "without.json", lambda document: document.update(
        threshold=1, members=[{**document["members"][1], "member": 1}]))  # fmt: skip
    another.edit("ceremony.json", "alone.json", lambda document: document.update(
        threshold=1, members=document["members"][:1]))  # fmt: skip
    store = another.store_of(1) / "store.db"
    before = store.read_bytes()
    ran = another.member(1, "viewing", *arguments)
    check_refusal(ran, exit_code, code)
    check_secret(another, ran.err)
    assert store.read_bytes() == before and not (another.folder / "never.json").exists()


@pytest.mark.parametrize("change", [
    flip_last_digit("wraps", 0), flip_last_digit("body", 3), replace("owner", "0x" + "11" * 20),
])  # fmt: skip
def test_ciphertext_that_was_changed_does_not_open(readers, change):
    readers.edit("book.json", "changed.json", change)
    parts = ("part-1.json", "part-2.json", "--reveal")
    ran = readers("viewing", "combine", "key-1.json", "changed.json", *parts, passphrase=None)
    check_refusal(ran, 5, "COMMITMENT_MISMATCH")
    check_secret(readers, ran.err)


@pytest.mark.parametrize(("change", "code"), [
    (replace("key_index", 2), "BAD_FILE"), (replace("instruments", 34), "BAD_FILE"),
    (replace("body", 0, str(SCALAR_MODULUS)), "BAD_FILE"), (replace("commitment", "0x12"), "BAD_FILE"),
    (replace("salt", "1"), "BAD_FILE"), (replace("ephemeral", {"x": "0", "y": str(SCALAR_MODULUS - 1)}), "BAD_INPUT"),
])  # fmt: skip
def test_malformed_ciphertext_gets_no_part(readers, change, code):
    readers.edit("book.json", "malformed.json", change)
    ran = readers.member(1, "viewing", "partial", "keepers", "malformed.json", "-o", "never.json")
    check_refusal(ran, 3, code)
    assert not (readers.folder / "never.json").exists()


@pytest.mark.parametrize("words", [
    ("keygen", "second"), ("list",), ("show", "audit"), ("open", "audit", "book-audit.json"),
    ("partial", "keepers", "book.json", "-o", "never.json"), ("ceremony", "join", "second", "-o", "never.json"),
    ("ceremony", "publish", "ceremony.json", "-o", "never.json"),
    ("ceremony", "finish", "ceremony.json", *CONTRIBUTIONS, "-o", "never.json"),
], ids=" ".join)  # fmt: skip
def test_wrong_passphrase_opens_nothing_and_loses_nothing(readers, words):
    before = (readers.store_of(1) / "store.db").read_bytes()
    check_refusal(readers.member(1, "viewing", *words, passphrase="wrong"), 10, "STORE_LOCKED")  # noqa: S106
    assert (readers.store_of(1) / "store.db").read_bytes() == before
    assert not (readers.folder / "never.json").exists()


def test_older_backup_does_not_take_a_share_away(another):
    assert another.member(3, "store", "backup", "old.zkb").code == 0
    assert another.member(3, "viewing", "keygen", "later").code == 0
    with pytest.raises(StoreConflict, match="1 keys"):
        Store.restore(another.store_of(3), another.folder / "old.zkb", PASSPHRASE)
