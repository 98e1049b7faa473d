"""A challenge from the command line, on a chain of its own: asked, answered, claimed, closed, and all that is refused.

One story is told once, in order; `seen` holds what each step showed, so that the tests may run in any order.
"""

from __future__ import annotations

import jsonschema
import pytest
from conftest import ACCOUNT
from inside import Inside
from test_chain_journey import free_port

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.signer import anvil_signer
from zkrisk.cli.schemas import json_schema

pytestmark = [pytest.mark.chain, pytest.mark.xdist_group("cli-challenge")]

BOOK = "instrument,long,short\nUSD,181234.567891,0\nUSDC,20987.654321,0\n"
MARKS = ("181234567891", "181234.567891", "20987654321", "20987.654321")
BOND_WEI = 10**16
HUNTER = ("--signer", "anvil:4")
HUNTER_ADDRESS = anvil_signer(4, ANVIL_CHAIN_ID).address
STRANGER = anvil_signer(5, ANVIL_CHAIN_ID).address


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    program = Inside(tmp_path_factory.mktemp("challenge"))
    program.seen = {}
    program.write("book.csv", BOOK)
    try:
        borrow(program)
        challenged_and_answered(program)
        challenged_and_answered_late(program)
        challenged_and_repaid(program)
        yield program
    finally:
        program("chain", "stop")


def run(program, *words):
    """A step that must succeed, fit the screen, and show no figure of the book; returns its result."""
    shown = program(*words)
    assert shown.code == 0, (words, shown.err)
    silent(shown)
    if "--json" not in words:
        assert max(map(len, shown.out.replace(str(program.folder), ".").splitlines()), default=0) <= 80, words
        return shown
    document = shown.document
    jsonschema.validate(document, json_schema(document["schema"].split("/")[1]))
    return document["result"]


def silent(ran):
    assert not any(mark in ran.out + ran.err for mark in MARKS)


def refused(ran, exit_code, code):
    """One line of the error, the exit code, and no figure of the book."""
    assert ran.code == exit_code, (ran.code, ran.out, ran.err)
    assert f"error[{code}]: " in ran.err and "Traceback" not in ran.err
    silent(ran)


def borrow(program):
    run(program, "init")
    run(program, "chain", "start", "--port", str(free_port()))
    run(program, "chain", "deploy", "--universe", "micro-8")
    run(program, "book", "add", "book.csv", "--name", "main", "--universe", "micro-8")
    run(program, "book", "add", "book.csv", "--name", "other", "--universe", "micro-8")
    run(program, "commit", "main", "--send", "--yes")
    program.seen["look at deposit"] = run(program, "vault", "deposit", "10ETH")
    run(program, "vault", "deposit", "10ETH", "--send", "--yes")
    program.seen["owes nothing"] = program("challenge", ACCOUNT, *HUNTER)
    run(program, "prove", "main", "--action", "draw", "--amount", "1000USDC", "-o", "draw.zkrisk.json")
    run(program, "submit", "draw.zkrisk.json", "--send", "--yes")


def next_epoch(program):
    run(program, "chain", "push", "USDC=1", "--after", "16m")
    run(program, "chain", "snapshot")


def challenged_and_answered(program):
    seen = program.seen
    seen["unasked"] = program("answer", "main")
    seen["look"] = run(program, "challenge", ACCOUNT, *HUNTER)
    seen["declined"] = program("challenge", ACCOUNT, *HUNTER, "--send", "--no-input")
    seen["challenged"] = run(program, "challenge", ACCOUNT, *HUNTER, "--send", "--yes", "--json")
    seen["again"] = program("challenge", ACCOUNT, *HUNTER)
    seen["status"] = run(program, "status")
    seen["too early"] = program("answer", "main")
    seen["close early"] = program("challenge", ACCOUNT, "--close")
    next_epoch(program)
    for words in REFUSED_ANSWERS:
        seen[words] = program("answer", *words)
    seen["look at answer"] = run(program, "answer", "main")
    seen["answered"] = run(program, "answer", "main", "--send", "--yes", "--json")
    seen["after"] = run(program, "status")
    seen["look at claim"] = run(program, "claim")
    seen["claimed"] = run(program, "claim", "--to", STRANGER, "--send", "--yes", "--json")
    seen["claimed again"] = run(program, "claim", "--send", "--yes", "--json")


def challenged_and_answered_late(program):
    """The window is an epoch and an hour of live time; snapshots are sixteen minutes apart."""
    seen = program.seen
    run(program, "challenge", ACCOUNT, *HUNTER, "--send", "--yes")
    for _ in range(4):
        next_epoch(program)
    seen["still in time"] = run(program, "status")
    for _ in range(2):
        next_epoch(program)
    seen["overdue"] = run(program, "status")
    seen["answered late"] = run(program, "answer", "main", "--send", "--yes", "--json")
    seen["back"] = run(program, "claim", *HUNTER, "--send", "--yes", "--json")


def challenged_and_repaid(program):
    seen = program.seen
    run(program, "challenge", ACCOUNT, *HUNTER, "--send", "--yes")
    run(program, "vault", "repay", "1000USDC", "--send", "--yes")
    seen["closed"] = run(program, "challenge", ACCOUNT, "--close", "--send", "--yes", "--json")
    seen["close again"] = program("challenge", ACCOUNT, "--close")
    seen["given back"] = run(program, "claim", *HUNTER, "--send", "--yes", "--json")


REFUSED_ANSWERS = {
    ("other",): (3, "BAD_INPUT"),
    ("book.csv",): (3, "BAD_INPUT"),
    (): (2, "USAGE"),
    ("main", "--signer", "anvil:5"): (3, "BAD_INPUT"),
    ("main", "--account", STRANGER, "--signer", "anvil:5"): (3, "NOT_FOUND"),
    ("main", "--backend", "magic"): (2, "USAGE"),
    ("main", "--deadline", "never"): (3, "BAD_INPUT"),
    ("main", "--send", "--no-input"): (11, "DECLINED"),
    ("main", "--rpc", "http://127.0.0.1:9"): (8, "UNREACHABLE"),
}


def test_a_deposit_says_that_it_ends_what_was_signed_and_the_demonstration_custodian_signs_again(story):
    assert "CUSTODIAN_SIGNED → SELF_DECLARED" in " ".join(story.seen["look at deposit"].err.split())
    assert "CUSTODIAN_SIGNED for" in story.seen["status"].out


def test_an_account_that_owes_nothing_is_not_challenged(story):
    refused(story.seen["owes nothing"], 9, "CONTRACT_REFUSED")
    assert "NothingOwed" in story.seen["owes nothing"].err


def test_challenge_shows_the_bond_and_asks_before_it_sends(story):
    looked = story.seen["look"]
    assert looked.out == "not sent\n" and "pays     0.01 of the chain's coin" in looked.err
    assert f"next: zkrisk challenge {ACCOUNT}" in looked.err
    refused(story.seen["declined"], 11, "DECLINED")


def test_challenge_opens_one_at_a_time(story):
    challenged = story.seen["challenged"]
    assert challenged["bond_wei"] == str(BOND_WEI) and challenged["window_s"] == 3_600
    refused(story.seen["again"], 9, "CONTRACT_REFUSED")
    assert "ChallengeOpen" in story.seen["again"].err


def test_status_says_that_an_answer_is_due(story):
    assert "challenge    OPEN: answer it" in story.seen["status"].out
    assert "next: zkrisk answer main --send" in story.seen["status"].err
    assert "challenge" not in story.seen["after"].out


def test_answer_waits_for_a_challenge_and_for_a_snapshot(story):
    refused(story.seen["unasked"], 3, "NOT_FOUND")
    refused(story.seen["too early"], 3, "BAD_INPUT")
    assert "zkrisk chain snapshot" in story.seen["too early"].err


@pytest.mark.parametrize("words", REFUSED_ANSWERS, ids=lambda words: " ".join(words) or "no book")
def test_answer_refuses_bad_input(story, words):
    refused(story.seen[words], *REFUSED_ANSWERS[words])


def test_answer_in_time_wins_the_bond(story):
    looked = story.seen["look at answer"]
    assert looked.out == "not sent\n" and "bond of 0.01 of the chain's coin: at the desk → yours" in looked.err
    answered = story.seen["answered"]
    assert answered["in_time"] is True and answered["number"] == story.seen["challenged"]["number"]


def test_answer_that_is_late_gives_the_bond_back(story):
    assert "challenge    OPEN: answer it" in story.seen["still in time"].out
    assert "UNANSWERED: time is over; answer late, or be liquidated" in story.seen["overdue"].out
    assert "FAIL" in story.seen["overdue"].out
    assert story.seen["answered late"]["in_time"] is False
    assert story.seen["back"]["claims"] == [{"holder": "desk", "token": None, "units": str(BOND_WEI)}]


def test_claim_pays_what_is_held_once_and_to_whom_it_is_told(story):
    assert story.seen["look at claim"].out == "not sent\n" and "(desk)" in story.seen["look at claim"].err
    claimed = story.seen["claimed"]
    assert claimed["claims"] == [{"holder": "desk", "token": None, "units": str(BOND_WEI)}]
    assert claimed["to"] == STRANGER and len(claimed["tx_hashes"]) == 1
    again = story.seen["claimed again"]
    assert again["claims"] == [] and again["sent"] is False
    assert run(story, "claim").out == f"nothing is held for {ACCOUNT}\n"


def test_challenge_of_who_repaid_is_closed_and_the_bond_goes_back(story):
    refused(story.seen["close early"], 9, "CONTRACT_REFUSED")
    assert "DebtOutstanding" in story.seen["close early"].err
    assert story.seen["closed"]["closed"] is True
    refused(story.seen["close again"], 3, "NOT_FOUND")
    given = story.seen["given back"]
    assert given["claims"][0]["units"] == str(BOND_WEI) and given["to"] == HUNTER_ADDRESS


@pytest.mark.parametrize(("words", "exit_code", "code"), [
    (("challenge",), 2, "USAGE"),
    (("challenge", "0x12"), 3, "BAD_INPUT"),
    (("challenge", ACCOUNT, "--bond", "1"), 2, "USAGE"),
    (("challenge", ACCOUNT, "--rpc", "http://127.0.0.1:9"), 8, "UNREACHABLE"),
    (("claim", "--to", "0x12"), 3, "BAD_INPUT"),
    (("claim", "--signer", "nobody"), 3, "NOT_FOUND"),
    (("claim", "--deployment", "absent.json"), 3, "BAD_FILE"),
])  # fmt: skip
def test_challenge_and_claim_refuse_bad_input(story, words, exit_code, code):
    refused(story(*words), exit_code, code)
