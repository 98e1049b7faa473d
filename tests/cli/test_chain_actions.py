"""Every action that needs a proof, and a custodian's statement, on a chain of their own: real processes, micro tier.

One story is told once, in order: draw, update, withdraw, repay, the market turns, a keeper liquidates.
"""

from __future__ import annotations

import json

import pytest
from conftest import ACCOUNT, Program
from test_chain_journey import free_port, refused

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.signer import CustodianStatement, anvil_signer, sign_statement
from zkrisk.cli.custody import read_statement
from zkrisk.errors import BadFile

pytestmark = [pytest.mark.chain, pytest.mark.xdist_group("cli-actions")]

FIRST = "instrument,long,short\nUSD,180000,0\nUSDC,20000,0\nETH,0.5,0\n"
SECOND = "instrument,long,short\nUSD,150000,0\nUSDC,20000,0\nBTC,0,0.3\nETH,0.5,0\n"
CUSTODIAN, KEEPER, STRANGER = 3, 4, 5


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Everything in order; `seen` holds what each step showed, so that the tests may run in any order."""
    program = Program(tmp_path_factory.mktemp("actions"))
    program.seen = {}
    program.write("first.csv", FIRST)
    program.write("second.csv", SECOND)
    try:
        run(program, "init")
        run(program, "chain", "start", "--port", str(free_port()))
        run(program, "chain", "deploy", "--universe", "micro-8")
        run(program, "book", "add", "first.csv", "--name", "first", "--universe", "micro-8")
        run(program, "book", "add", "second.csv", "--name", "second", "--universe", "micro-8")
        run(program, "commit", "first", "--send", "--yes")
        run(program, "vault", "deposit", "10ETH", "--send", "--yes")
        borrow_and_replace(program)
        market_turns(program)
        yield program
    finally:
        program("chain", "stop")


def run(program, *words):
    """A step that must succeed."""
    ran = program(*words)
    assert ran.code == 0, (words, ran.err)
    return ran


def borrow_and_replace(program):
    act(program, "first", "draw", "--amount", "20000USDC")
    program.seen["commit"] = run(program, "commit", "second", "--replace", "--send", "--yes", "--json").document[
        "result"
    ]
    program.seen["pending"] = run(program, "status", "--json").document["result"]
    act(program, "second", "update")
    program.seen["updated"] = run(program, "status", "--json").document["result"]
    act(program, "second", "withdraw", "--amount", "1ETH")
    run(program, "vault", "repay", "1000USDC", "--send", "--yes")
    program.seen["repay"] = credit(program)


def market_turns(program):
    keeper = ("--account", ACCOUNT, "--beneficiary", anvil_signer(KEEPER, ANVIL_CHAIN_ID).address, "--seize", "ETH")
    liquidate = ("liquidate", *keeper, "--amount", "5000USDC")
    program.seen["healthy"] = program("prove", "second", "--action", *liquidate)
    for _ in range(2):  # a jump this large is believed when the next snapshot sees it again
        run(program, "chain", "push", "BTC=900000", "--after", "16m")
        run(program, "chain", "snapshot")
    act(program, "second", *liquidate, signer=("--signer", f"anvil:{KEEPER}"))
    program.seen["claim"] = run(program, "claim", "--signer", f"anvil:{KEEPER}", "--send", "--yes", "--json").document


def act(program, book, action, *flags, signer=()):
    """Prove and submit; keeps the names of the events and the credit afterwards."""
    name = f"{action}.zkrisk.json"
    run(program, "prove", book, "--action", action, *flags, "-o", name)
    sent = run(program, "submit", name, *signer, "--send", "--yes", "--json")
    program.seen[action] = (sent.document["result"]["events"], *credit(program))


def credit(program):
    """Debt and escrow in token units."""
    shown = run(program, "vault", "show", "--json").document["result"]
    return int(shown["debt_units"]), int(shown["escrow"][0]["units"])


def test_draw(story):
    events, debt, escrow = story.seen["draw"]
    assert "Drawn" in events and debt == 20_000 * 10**6 and escrow == 10 * 10**18


def test_draw_above_the_vaults_limit_is_refused_in_tokens(story):
    ran = story("prove", "second", "--action", "draw", "--amount", "999999USDC")
    refused(ran, 4, "POLICY_NOT_MET")
    assert "9.00 USDC, the vault lends this account at most " in ran.err


def test_update_while_debt_is_outstanding(story):
    assert story.seen["commit"]["state"] == "SENT" and story.seen["commit"]["to_sign"] is None
    assert story.seen["pending"]["due"] == "zkrisk prove second --action update"
    assert "CommitmentActivated" in story.seen["update"][0]
    status = story.seen["updated"]
    assert status["opening_book"] == "second" and status["opening_state"] == "CONFIRMED" and not status["waiting"]
    assert status["level"] == "CUSTODIAN_SIGNED" and status["sequence"] == "2"


def test_withdraw(story):
    assert story.seen["withdraw"][2] == 9 * 10**18
    refused(story("prove", "second", "--action", "withdraw", "--amount", "50ETH"), 3, "BAD_INPUT")


def test_repay(story):
    assert story.seen["repay"][0] == 19_000 * 10**6


@pytest.mark.parametrize(("price", "exit_code", "code"), [
    ("BTC", 2, "USAGE"), ("DOGE=1", 3, "BAD_INPUT"), ("BTC=0", 3, "BAD_INPUT"), ("BTC=much", 3, "BAD_INPUT"),
])  # fmt: skip
def test_push_refuses(story, price, exit_code, code):
    refused(story("chain", "push", price), exit_code, code)


def test_liquidate_by_a_keeper_who_was_handed_the_opening(story):
    refused(story.seen["healthy"], 4, "POLICY_NOT_MET")
    events, debt, escrow = story.seen["liquidate"]
    assert "Liquidated" in events and debt < story.seen["repay"][0] and escrow < story.seen["repay"][1]
    claims = story.seen["claim"]["result"]["claims"]
    seized = story.seen["repay"][1] - escrow
    assert claims == [{"holder": "vault usdc", "token": "ETH", "units": str(seized)}]
    again = story("submit", "liquidate.zkrisk.json", "--signer", f"anvil:{KEEPER}", "--send", "--yes")
    refused(again, 9, "CONTRACT_REFUSED")


def signed_file(story, name, to_sign, *, signer=CUSTODIAN, **changed):
    """What a custodian hands back for the fields that `commit` printed."""
    as_of = story("status", "--json").document["result"]["block_time_unix"]
    values = {"account": to_sign["account"], "commitment": int(to_sign["commitment"], 16), "as_of_unix": as_of}
    statement = CustodianStatement(**{**values, "sequence": int(to_sign["sequence"]), **changed})
    signature = sign_statement(
        anvil_signer(signer, ANVIL_CHAIN_ID), statement,
        chain_id=int(to_sign["chain_id"]), registry=to_sign["verifying_contract"],
    )  # fmt: skip
    document = {
        "account": statement.account,
        "commitment": to_sign["commitment"],
        "sequence": str(statement.sequence),
        "as_of_unix": statement.as_of_unix,
        "signature": "0x" + signature.hex(),
    }
    return story.write(name, json.dumps(document))


@pytest.fixture(scope="module")
def to_sign(story):
    """What `commit` prints where no demonstration custodian signs."""
    path = story.home / "chain" / f"deployment-{ANVIL_CHAIN_ID}.json"
    known = path.read_text()
    path.write_text(json.dumps({**json.loads(known), "synthetic": False}))
    ran = story("commit", "first", "--replace", "--send", "--yes", "--json")
    path.write_text(known)
    assert ran.code == 0, ran.err
    return ran.document["result"]["to_sign"]


def test_statement_of_a_custodian_is_attached(story, to_sign):
    assert to_sign["account"] == ACCOUNT and to_sign["chain_id"] == str(ANVIL_CHAIN_ID)
    name = signed_file(story, "signed.json", to_sign)
    looked = story("commit", "first", "--statement", name)
    assert looked.code == 0 and looked.out == "not sent\n", looked.err
    assert "SELF_DECLARED → CUSTODIAN_SIGNED" in looked.err
    refused(story("commit", "first", "--statement", name, "--send", "--no-input"), 11, "DECLINED")
    sent = story("commit", "first", "--statement", name, "--send", "--yes", "--json")
    assert sent.code == 0, sent.err
    assert sent.document["result"]["custodian"] == anvil_signer(CUSTODIAN, ANVIL_CHAIN_ID).address


def test_statement_refuses(story, to_sign):
    good = signed_file(story, "good.json", to_sign)
    for name, arguments in (
        ("stranger.json", {"signer": STRANGER}), ("other.json", {"sequence": 99}), ("old.json", {"as_of_unix": 1}),
    ):  # fmt: skip
        refused(story("commit", "first", "--statement", signed_file(story, name, to_sign, **arguments)),
                9, "CONTRACT_REFUSED")  # fmt: skip
    refused(story("commit", "second", "--statement", good), 3, "BAD_INPUT")
    refused(story("commit", "first", "--statement", good, "--account", "0x" + "11" * 20), 3, "BAD_INPUT")
    refused(story("commit", "first", "--statement", good, "--replace"), 2, "USAGE")
    refused(story("commit", "first", "--statement", "none.json"), 3, "BAD_FILE")


GOOD = {"account": ACCOUNT, "commitment": "0x1", "sequence": "2", "as_of_unix": 3, "signature": "0x" + "00" * 65}


def test_statement_file_is_read_in_either_base(tmp_path):
    path = tmp_path / "statement.json"
    path.write_text(json.dumps({**GOOD, "commitment": "17", "sequence": "0x2"}))
    assert read_statement(path).statement == CustodianStatement(ACCOUNT, 17, 2, 3)


@pytest.mark.parametrize(("field", "value"), [
    ("signature", "0x12"), ("sequence", "-1"), ("sequence", str(1 << 64)), ("account", "0x1"), ("commitment", "x"),
    ("commitment", None), ("as_of_unix", 1.5), ("extra", 1),
])  # fmt: skip
def test_malformed_statement_file_is_a_bad_file(tmp_path, field, value):
    path = tmp_path / "statement.json"
    path.write_text(json.dumps({**GOOD, field: value}))
    with pytest.raises(BadFile):
        read_statement(path)


def test_submit_says_when_another_than_the_signer_is_paid(story):
    """A liquidation of somebody else's making takes the sender's tokens and gives the collateral to its maker."""
    keeper = anvil_signer(KEEPER, ANVIL_CHAIN_ID).address
    own = story("submit", "liquidate.zkrisk.json", "--signer", f"anvil:{KEEPER}")
    other = story("submit", "liquidate.zkrisk.json", "--signer", "anvil:7")
    assert f"paid to  {keeper}\n" in own.err
    assert f"paid to  {keeper}, NOT THE SIGNER\n" in other.err
