"""Binding a book from the command line, on a chain of its own: readers, venues, and everything that is refused.

One story is told once, in order; `seen` holds what each step showed, so that the tests may run in any order.
"""

from __future__ import annotations

import json

import jsonschema
import pytest
from conftest import ACCOUNT
from inside import Inside
from test_chain_journey import free_port

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.signer import anvil_signer
from zkrisk.cli.schemas import json_schema

pytestmark = [pytest.mark.chain, pytest.mark.xdist_group("cli-bind")]

BOOK = "instrument,long,short\nUSD,412345.678901,0\nUSDC,98765.432109,0\nETH,21.13579246,0\n"
HALF = "instrument,long,short\nUSD,412345.678901,0\n"
MORE = "instrument,long,short\nUSD,412345.678902,0\n"
MARKS = ("412345678901", "412345.678901", "98765432109", "98765.432109", "2113579246", "21.13579246", "412345678902")
"""Quantities of the books, as they are written and in lots."""
VENUE, OTHER_VENUE, LOCKED_UNTIL = 3, 4, 2_000_000_000
STRANGER = anvil_signer(5, ANVIL_CHAIN_ID).address
LIFETIME_S = 7 * 86_400


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    program = Inside(tmp_path_factory.mktemp("bind"))
    program.seen = {}
    for name, text in (("book.csv", BOOK), ("half.csv", HALF), ("more.csv", MORE)):
        program.write(name, text)
    try:
        start(program)
        readers_only(program)
        venue_signs(program)
        yield program
    finally:
        program("chain", "stop")


def run(program, *words):
    """A step that must succeed, fit the screen, and show no figure of the book; returns its result."""
    shown = program(*words)
    assert shown.code == 0, (words, shown.err)
    if "--json" in words:
        document = shown.document
        jsonschema.validate(document, json_schema(document["schema"].split("/")[1]))
        return document["result"]
    silent(shown)
    assert max(map(len, shown.out.replace(str(program.folder), ".").splitlines()), default=0) <= 80, words
    return shown


def silent(ran):
    assert not any(mark in ran.out + ran.err for mark in MARKS)


def refused(ran, exit_code, code):
    """One line of the error, the exit code, and no figure of the book."""
    assert ran.code == exit_code, (ran.code, ran.out, ran.err)
    assert f"error[{code}]: " in ran.err and "Traceback" not in ran.err
    silent(ran)


def start(program):
    run(program, "init")
    run(program, "chain", "start", "--port", str(free_port()))
    run(program, "chain", "deploy", "--universe", "micro-8")
    program.deployment = json.loads((program.home / "chain" / f"deployment-{ANVIL_CHAIN_ID}.json").read_text())
    program.binder = program.deployment["contracts"]["binder"]
    run(program, "book", "add", "book.csv", "--name", "main", "--universe", "micro-8")
    program.seen["uncommitted"] = program("bind", "main")
    run(program, "commit", "main", "--send", "--yes")
    program.seen["nothing to bind"] = program("bind", "main")
    for name in ("keeper", "audit", "other"):
        run(program, "viewing", "keygen", name)
        run(program, "viewing", "show", name, "-o", f"{name}.json")
    program.seen["never bound"] = program("viewing", "fetch", ACCOUNT, "--key", "keeper", "-o", "never.json")


def readers_only(program):
    seen = program.seen
    seen["announce"] = run(program, "chain", "readers", "announce", "keeper.json")
    seen["announced"] = run(program, "chain", "readers", "announce", "keeper.json", "--send", "--yes", "--json")
    seen["synced"] = run(program, "chain", "readers", "sync", "--send", "--yes", "--json")
    seen["unbound"] = run(program, "status")
    run(program, "prove", "main", "--policy", "lender-a", "-o", "unbound.zkrisk.json")
    seen["attest unbound"] = program("submit", "unbound.zkrisk.json")
    seen["look"] = run(program, "bind", "main")
    seen["declined"] = program("bind", "main", "--send", "--no-input")
    seen["bound"] = run(program, "bind", "main", "--send", "--yes", "--json")
    seen["after"] = run(program, "status")
    seen["fetched"] = run(program, "viewing", "fetch", ACCOUNT, "--key", "keeper", "-o", "first.json", "--json")


def venue_signs(program):
    seen = program.seen
    for name in ("main", "fake"):
        run(program, "issuer", "keygen", name)
    run(program, "issuer", "show", "main", "-o", "venue.json")
    seen["venue"] = run(program, "chain", "venue", "add", str(VENUE), "venue.json")
    seen["added"] = run(program, "chain", "venue", "add", str(VENUE), "venue.json", "--send", "--yes", "--json")
    run(program, "chain", "venue", "add", str(OTHER_VENUE), "venue.json", "--send", "--yes")
    seen["half"] = bind(program, sign(program, "half.json", export="half.csv"))
    seen["as of"] = now(program)
    seen["signed"] = bind(program, sign(program, "all.json", lock=True))
    seen["vouched"] = run(program, "status")
    seen["venue bound"] = run(program, "status", "--json")
    seen["left out"] = program("bind", "main", "--statement", sign(program, "other-venue.json", venue=OTHER_VENUE))


def now(program):
    """The chain's time."""
    return run(program, "status", "--json")["block_time_unix"]


def sign(program, name, **options):
    """What a venue hands to the trader; returns the file's name."""
    program.seen.setdefault("files", []).append(name)
    asked = {"export": "book.csv", "key": "main", "venue": VENUE, "owner": ACCOUNT, "chain": ANVIL_CHAIN_ID} | options
    lock = ("--locked-until-unix", str(LOCKED_UNTIL)) if asked.get("lock") else ()
    ran = program(
        "issuer", "sign", asked["export"], "--account-id", "A7", "--venue", str(asked["venue"]),
        "--owner", asked["owner"], "--registry", asked.get("registry", program.binder),
        "--chain-id", str(asked["chain"]), "--as-of-unix", str(asked.get("as_of", now(program))),
        "--universe", asked.get("universe", "micro-8"), "--key", asked["key"], *lock, "-o", name, "--yes",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return name


def bind(program, *files):
    flags = [word for name in files for word in ("--statement", name)]
    return run(program, "bind", "main", *flags, "--send", "--yes", "--json")


def test_a_book_that_is_not_committed_is_not_bound(story):
    refused(story.seen["uncommitted"], 3, "NOT_FOUND")
    assert "zkrisk commit main --send" in story.seen["uncommitted"].err


def test_a_binding_that_says_nothing_to_nobody_is_refused(story):
    refused(story.seen["nothing to bind"], 3, "BAD_INPUT")


def test_keepers_are_announced_after_a_look_and_then_demanded(story):
    looked = story.seen["announce"]
    assert looked.out.startswith("not sent\nno keepers were announced") and "nobody else → set 1" in looked.err
    assert story.seen["announced"]["readers_version"] == 1 and story.seen["announced"]["required_version"] == 0
    assert story.seen["synced"]["required_version"] == 1
    assert "nobody else, but set 1 must be able to read" in story.seen["unbound"].out
    assert "next: zkrisk bind main --send" in story.seen["unbound"].err


def test_an_attestation_of_a_book_that_the_keepers_cannot_read_is_refused(story):
    refused(story.seen["attest unbound"], 9, "CONTRACT_REFUSED")
    assert "ReadersOutdated" in story.seen["attest unbound"].err and "zkrisk bind" in story.seen["attest unbound"].err


def test_bind_shows_and_asks_before_it_sends(story):
    looked = story.seen["look"]
    assert looked.out.startswith("not sent\n") and "keeper of set 1, key sha256:" in looked.out
    for word in ("from", "BookBinder", "gas", "nobody else → set 1 of keepers"):
        assert word in looked.err
    assert "next: zkrisk bind main --send" in looked.err
    refused(story.seen["declined"], 11, "DECLINED")


def test_bind_without_statements_only_gives_the_book_to_the_readers(story):
    bound = story.seen["bound"]
    assert (bound["level"], bound["coverage_bps"], bound["coverage_until_unix"]) == ("CUSTODIAN_SIGNED", 0, 0)
    assert [reader["kind"] for reader in bound["readers"]] == ["KEEPER"] and bound["readers_version"] == 1
    assert "set 1 of keepers can read the book" in story.seen["after"].out


def test_the_reader_opens_what_it_fetched_and_nobody_else_does(story):
    assert story.seen["fetched"]["key_index"] == 0
    opened = story("viewing", "open", "keeper", "first.json", "--reveal", "--universe", "micro-8")
    assert opened.code == 0 and "21.13579246" in opened.out and story.seen["fetched"]["commitment"] in opened.out
    refused(story("viewing", "open", "other", "first.json"), 5, "COMMITMENT_MISMATCH")


@pytest.mark.parametrize(("words", "exit_code", "code", "named"), [
    ((ACCOUNT, "--key", "other"), 3, "NOT_FOUND", "not encrypted to key 'other'"),
    ((ACCOUNT, "--key", "other.json"), 3, "NOT_FOUND", "not encrypted to key 'other'"),
    ((ACCOUNT, "--key", "absent"), 3, "NOT_FOUND", "no reader's key 'absent'"),
    ((ACCOUNT, "--key", "absent.json"), 3, "BAD_FILE", "absent.json"),
    ((ACCOUNT, "--key", "venue.json"), 3, "BAD_FILE", "venue.json"),
    ((ACCOUNT,), 2, "USAGE", "3 reader's keys"),
    ((STRANGER, "--key", "keeper"), 3, "NOT_FOUND", "has no commitment"),
    (("0x12", "--key", "keeper"), 3, "BAD_INPUT", "an account is written as"),
])  # fmt: skip
def test_fetch_refuses_by_name(story, words, exit_code, code, named):
    ran = story("viewing", "fetch", *words, "-o", "refused.json")
    refused(ran, exit_code, code)
    assert named in ran.err and not (story.folder / "refused.json").exists()


def test_fetch_of_a_book_that_was_never_bound_is_refused(story):
    refused(story.seen["never bound"], 3, "NOT_FOUND")
    assert "was never bound" in story.seen["never bound"].err


def test_fetch_writes_the_ciphertext_alone_to_stdout(story):
    ran = story("viewing", "fetch", ACCOUNT, "--key", "keeper.json", "-o", "-", passphrase=None)
    assert ran.code == 0 and ran.document["schema"] == "urn:zkrisk:ciphertext/v1"
    silent(ran)


def test_a_venues_key_is_registered_after_a_look(story):
    assert "keys of venue 3: 0 → 1" in story.seen["venue"].err and story.seen["venue"].out.startswith("not sent\n")
    assert [key["index"] for key in story.seen["added"]["keys"]] == [0]
    shown = run(story, "chain", "venue", "show", str(VENUE))
    assert story.seen["added"]["keys"][0]["key_sha256"] in shown.out


def test_a_part_of_the_book_signed_by_a_venue_is_coverage_without_the_level(story):
    half = story.seen["half"]
    assert 0 < half["coverage_bps"] < 10_000 and half["level"] == "CUSTODIAN_SIGNED"


def test_the_whole_book_signed_by_a_venue_is_venue_signed(story):
    signed = story.seen["signed"]
    assert (signed["level"], signed["coverage_bps"]) == ("VENUE_SIGNED", 10_000)
    assert signed["locked_until_unix"] == LOCKED_UNTIL
    assert abs(signed["coverage_until_unix"] - (story.seen["as of"] + LIFETIME_S)) <= 60
    assert "VENUE_SIGNED for 6 d; venues signed 100.00 % of the assets" in story.seen["vouched"].out
    status = story.seen["venue bound"]
    assert (status["level"], status["coverage_bps"]) == ("VENUE_SIGNED", 10_000)
    assert status["coverage_until_unix"] == signed["coverage_until_unix"]


def test_a_venue_account_that_was_bound_once_cannot_be_left_out(story):
    refused(story.seen["left out"], 9, "CONTRACT_REFUSED")
    assert "VenueAccountMissing" in story.seen["left out"].err


def edited(story, name, change):
    """A statement that somebody changed."""
    document = json.loads((story.folder / "all.json").read_text())
    change(document)
    return story.write(name, json.dumps(document))


REFUSED = {
    "forged.json": ({"key": "fake"}, 5, "PROOF_REJECTED", "no key that the registry has of venue 3"),
    "owner.json": ({"owner": STRANGER}, 3, "BAD_INPUT", f"for account {STRANGER}"),
    "chain.json": ({"chain": 1}, 3, "BAD_INPUT", "for chain 1,"),
    "registry.json": ({"registry": STRANGER}, 3, "BAD_INPUT", f"for contract {STRANGER}"),
    "universe.json": ({"universe": "standard-32"}, 3, "BAD_INPUT", "on universe standard-32"),
    "venue-unknown.json": ({"venue": 77}, 5, "PROOF_REJECTED", "of venue 77"),
    "old.json": ({"as_of": 1_700_000_000}, 9, "CONTRACT_REFUSED", "StatementTimeRefused"),
    "more.json": ({"export": "more.csv"}, 3, "BAD_INPUT", "hold more than the committed book"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_bind_refuses_a_statement_by_name_and_proves_nothing(story, name):
    options, exit_code, code, named = REFUSED[name]
    ran = story("bind", "main", "--statement", sign(story, name, **options), "--send", "--yes")
    refused(ran, exit_code, code)
    assert named in ran.err and "witness" not in ran.err
    assert name == "more.json" or f"  {name}\n" in ran.err


def test_bind_refuses_a_statement_that_was_changed(story):
    raised = edited(story, "raised.json", lambda document: document["long"].__setitem__(0, "1"))
    refused(story("bind", "main", "--statement", raised), 5, "PROOF_REJECTED")
    moved = edited(story, "moved.json", lambda document: document.update(as_of_unix=str(2**40)))
    refused(story("bind", "main", "--statement", moved), 5, "PROOF_REJECTED")
    refused(story("bind", "main", "--statement", story.write("broken.json", "{")), 3, "BAD_FILE")
    refused(story("bind", "main", "--statement", "absent.json"), 3, "BAD_FILE")
    refused(story("bind", "main", "--statement", "venue.json"), 3, "BAD_FILE")


@pytest.mark.parametrize(("words", "exit_code", "code"), [
    (("none",), 3, "BAD_INPUT"),
    (("book.csv",), 3, "BAD_INPUT"),
    ((), 2, "USAGE"),
    (("main", "--signer", "anvil:5"), 3, "BAD_INPUT"),
    (("main", "--account", STRANGER, "--signer", "anvil:5"), 3, "NOT_FOUND"),
    (("main", "--account", "0x12"), 3, "BAD_INPUT"),
    (("main", "--deadline", "never"), 3, "BAD_INPUT"),
    (("main", "--backend", "magic"), 2, "USAGE"),
    (("main", "--statement", "-", "--statement", "-"), 2, "USAGE"),
    (("main", "--statment", "all.json"), 2, "USAGE"),
    (("main", "--rpc", "http://127.0.0.1:9"), 8, "UNREACHABLE"),
    (("main", "--deployment", "absent.json"), 3, "BAD_FILE"),
])  # fmt: skip
def test_bind_refuses_bad_input(story, words, exit_code, code):
    refused(story("bind", *words), exit_code, code)


def test_bind_needs_the_passphrase(story):
    refused(story("bind", "main", passphrase=None), 10, "STORE_LOCKED")


@pytest.mark.parametrize(("words", "exit_code", "code"), [
    (("venue", "add", "0", "venue.json"), 2, "USAGE"),
    (("venue", "add", "5", "keeper.json"), 3, "BAD_FILE"),
    (("venue", "add", "5", "absent.json"), 3, "BAD_FILE"),
    (("venue", "add", "5", "venue.json", "--from-unix", "9", "--until-unix", "8"), 9, "CONTRACT_REFUSED"),
    (("venue", "add", str(VENUE), "venue.json", "--from-unix", "9"), 9, "CONTRACT_REFUSED"),
    (("venue", "add", "5", "venue.json", "--signer", "anvil:5"), 9, "CONTRACT_REFUSED"),
    (("venue", "revoke", str(VENUE), "7"), 3, "BAD_INPUT"),
    (("venue", "revoke", str(VENUE), "0", "--send", "--no-input"), 11, "DECLINED"),
    (("readers", "announce", "venue.json"), 3, "BAD_FILE"),
    (("readers", "announce", "keeper.json", "audit.json", "other.json"), 9, "CONTRACT_REFUSED"),
    (("readers", "announce", "keeper.json", "--signer", "anvil:5"), 9, "CONTRACT_REFUSED"),
    (("readers", "announce", "-", "-"), 2, "USAGE"),
    (("readers", "auditor", ACCOUNT), 2, "USAGE"),
    (("readers", "auditor", ACCOUNT, "audit.json"), 2, "USAGE"),
    (("readers", "auditor", ACCOUNT, "audit.json", "--remove"), 2, "USAGE"),
    (("readers", "auditor", ACCOUNT, "audit.json", "--until-unix", "1"), 9, "CONTRACT_REFUSED"),
    (("readers", "auditor", "0x12", "--remove"), 3, "BAD_INPUT"),
])  # fmt: skip
def test_upkeep_refuses_bad_input(story, words, exit_code, code):
    refused(story("chain", *words), exit_code, code)


def test_an_auditor_reads_what_is_bound_in_its_period_and_a_revoked_key_vouches_for_nothing(story):
    """Last of the story: both change what every other test looks at."""
    until = str(now(story) + 3_600)
    run(story, "chain", "readers", "auditor", ACCOUNT, "audit.json", "--until-unix", until, "--send", "--yes")
    facts = bind(story, sign(story, "audited.json"))
    assert [reader["kind"] for reader in facts["readers"]] == ["KEEPER", "AUDITOR"]
    fetched = run(story, "viewing", "fetch", ACCOUNT, "--key", "audit", "-o", "audited-text.json", "--json")
    assert fetched["key_index"] == 1
    assert story("viewing", "open", "audit", "audited-text.json").code == 0
    assert "auditor, key sha256:" in run(story, "chain", "readers", "show", ACCOUNT).out
    run(story, "chain", "readers", "auditor", ACCOUNT, "--remove", "--send", "--yes")
    assert "auditor" not in run(story, "chain", "readers", "show", ACCOUNT).out
    revoked = run(story, "chain", "venue", "revoke", str(VENUE), "0", "--send", "--yes")
    assert "REVOKED" in revoked.out
    assert "SELF_DECLARED: what was signed counts no more" in run(story, "status").out
    ran = story("bind", "main", "--statement", "audited.json")
    refused(ran, 9, "CONTRACT_REFUSED")
    assert "VenueKeyIsRevoked" in ran.err and "  audited.json\n" in ran.err
