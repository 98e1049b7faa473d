"""A newcomer's way on a chain of their own, and every bad input on it: real processes, real proofs, the micro tier."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import jsonschema
import pytest
from conftest import ACCOUNT, Program

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.signer import anvil_signer
from zkrisk.chain.transact import Transactor
from zkrisk.cli.schemas import json_schema

pytestmark = [pytest.mark.chain, pytest.mark.xdist_group("cli-chain")]

BOOK = "instrument,long,short\nUSD,412345.67,0\nUSDC,98765.43,0\nBTC,1.57913,0\nETH,21.13579,0\n"
MARKS = ("412345", "98765", "157913", "2113579", "1.57913", "21.13579")
FAR = str(2**64 - 1)
NO_ENDPOINT = "http://127.0.0.1:9"
ENOUGH = ("--expect-assurance", "CUSTODIAN_SIGNED")
STRICT = {
    "schema": "urn:zkrisk:policy/v1", "name": "strict", "version": 1, "owner": None, "confidence": "0.975",
    "max_age_s": 3600, "min_assurance": "SELF_DECLARED", "limits": {"leverage_max": "0.1x", "var_max": "90%"},
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    """The commands of a newcomer, in order; each must succeed."""
    program = Program(tmp_path_factory.mktemp("journey"))
    program.port = free_port()
    program.rpc = f"http://127.0.0.1:{program.port}"
    program.write("book.csv", BOOK)
    program.write("strict.json", json.dumps(STRICT))
    steps = (
        ("init",),
        ("chain", "start", "--port", str(program.port)),
        ("chain", "deploy", "--universe", "micro-8"),
        ("policy", "register", "lender-a"),
        ("policy", "register", "strict.json"),
        ("book", "add", "book.csv", "--name", "main", "--universe", "micro-8"),
        ("commit", "main", "--send", "--yes"),
        ("prove", "main", "--policy", "lender-a", "-o", "trader.zkrisk.json"),
    )
    try:
        for step in steps:
            ran = program(*step)
            assert ran.code == 0, (step, ran.err)
            assert not any(mark in ran.out + ran.err for mark in MARKS), step
        yield program
    finally:
        program("chain", "stop")


def refused(ran, exit_code, code):
    """One line of the error, the exit code, and no figure of the book."""
    assert ran.code == exit_code, (ran.code, ran.out, ran.err)
    assert f"error[{code}]: " in ran.err and "Traceback" not in ran.err
    assert not any(mark in ran.out + ran.err for mark in MARKS)


def changed(journey, name, edit):
    document = json.loads((journey.folder / "trader.zkrisk.json").read_text())
    edit(document)
    return journey.write(name, json.dumps(document))


def test_home_that_a_chain_made_first_is_closed_to_others(program):
    started = program("chain", "start", "--port", str(free_port()))
    program("chain", "stop")
    assert started.code == 0 and program.home.stat().st_mode & 0o077 == 0


def test_bundle_holds_nothing_private(journey):
    text = (journey.folder / "trader.zkrisk.json").read_text()
    assert not any(mark in text for mark in (*MARKS, str(journey.folder), "127.0.0.1"))


def test_verify_on_chain_accepts_and_fits_80_columns(journey):
    arguments = ("verify", "trader.zkrisk.json", "--rpc", journey.rpc, "--expect-policy", "lender-a")
    ran = journey(*arguments, *ENOUGH, "--expect-account", ACCOUNT, "--verifier", "native,py_ecc")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("ACCEPTED   until ")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "NOT PROVED" in ran.out and "DEVELOPMENT" in ran.out and "SYNTHETIC" in ran.out
    document = journey(*arguments, *ENOUGH, "--json").document
    jsonschema.validate(document, json_schema("verify"))
    assert document["result"]["verdict"] == "ACCEPTED"


@pytest.mark.parametrize(("flags", "exit_code", "code"), [
    ((), 5, "EXPECTATION_UNMET"),
    ((*ENOUGH, "--expect-policy", "strict"), 5, "EXPECTATION_UNMET"),
    ((*ENOUGH, "--expect-account", "0x" + "11" * 20), 5, "EXPECTATION_UNMET"),
    ((*ENOUGH, "--expect-policy", "no-such-policy"), 3, "NOT_FOUND"),
    ((*ENOUGH, "--expect-account", "0x12"), 3, "BAD_INPUT"),
    ((*ENOUGH, "--verifier", "magic"), 2, "USAGE"),
    ((*ENOUGH, "--at", "2099-01-01T00:00Z"), 6, "EXPIRED"),
    ((*ENOUGH, "--at", "tomorrow"), 3, "BAD_INPUT"),
    ((*ENOUGH, "--deployment", "nothing.json"), 3, "BAD_FILE"),
])  # fmt: skip
def test_verify_on_chain_refuses(journey, flags, exit_code, code):
    refused(journey("verify", "trader.zkrisk.json", "--rpc", journey.rpc, *flags), exit_code, code)


def test_verify_without_chain_and_without_offline_is_incomplete(journey):
    ran = journey("verify", "trader.zkrisk.json", *ENOUGH)
    refused(ran, 7, "INCOMPLETE")
    assert ran.out.startswith("INCOMPLETE")


def flip_proof(document):
    document["proof"]["c"] = "0x" + document["proof"]["a"][2:]


def add_one(document):
    document["signals"][0]["value"] = str(int(document["signals"][0]["value"]) + 1)


def loosen(document):
    document["statement"]["policy"]["limits"][0]["value"] += 1


@pytest.mark.parametrize(("edit", "named"), [
    (flip_proof, "proof (native)"), (add_one, "bundle form"), (loosen, "bundle form"),
])  # fmt: skip
def test_verify_rejects_a_changed_bundle_and_names_the_check(journey, edit, named):
    name = changed(journey, "changed.zkrisk.json", edit)
    ran = journey("verify", name, "--rpc", journey.rpc, *ENOUGH)
    assert ran.code == 5, ran.err
    assert ran.out.startswith("REJECTED\n  FAIL  ") and named in ran.out and "ACCEPTED" not in ran.out
    document = journey("verify", name, "--rpc", journey.rpc, *ENOUGH, "--json").document
    assert document["error"]["exit_code"] == 5 and document["error"]["details"]["checks"]


def test_verify_several_takes_the_worst(journey):
    forged = changed(journey, "forged.zkrisk.json", flip_proof)
    journey.write("broken.zkrisk.json", "{")
    good = "trader.zkrisk.json"
    for names, expected in (((good, good), 0), ((good, "broken.zkrisk.json"), 3), ((good, forged, "none.json"), 5)):
        ran = journey("verify", *names, "--rpc", journey.rpc, *ENOUGH, "--json")
        assert ran.code == expected
        assert len(ran.document["result"]["bundles"]) == len(names)


@pytest.mark.parametrize("command", [
    ("verify", "trader.zkrisk.json"), ("submit", "trader.zkrisk.json"), ("status",), ("vault", "show"),
    ("sheet", "fetch"), ("chain", "snapshot"), ("prove", "main", "--policy", "lender-a"),
    ("policy", "register", "lender-a"),
])  # fmt: skip
def test_unreachable_endpoint_is_exit_8(journey, command):
    refused(journey(*command, "--rpc", NO_ENDPOINT), 8, "UNREACHABLE")


def test_an_address_that_is_none_is_bad_input(journey):
    for url in ("nonsense", "ftp://x", "http://"):
        refused(journey("status", "--rpc", url), 3, "BAD_INPUT")


class _Stub(BaseHTTPRequestHandler):
    """An endpoint of chain 8453 that knows nothing else; on /text it is no endpoint at all."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"jsonrpc": "2.0", "id": asked.get("id", 0), "result": "0x2105"}
        body = b"<html>" if self.path == "/text" else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def stub():
    server = HTTPServer(("127.0.0.1", 0), _Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_wrong_chain_is_exit_8(journey, stub):
    for command in (("verify", "trader.zkrisk.json"), ("submit", "trader.zkrisk.json")):
        ran = journey(*command, "--rpc", f"{stub}/secret-key")
        refused(ran, 8, "WRONG_CHAIN")
        assert "8453" in ran.err and "31337" in ran.err and "secret-key" not in ran.err
    refused(journey("status", "--rpc", journey.rpc, ZKRISK_CHAIN_ID="8453"), 8, "WRONG_CHAIN")


def test_an_endpoint_that_talks_something_else_is_no_bug(journey, stub):
    ran = journey("chain", "info", "--rpc", f"{stub}/text")
    assert ran.code == 8 and "error[" in ran.err


def test_development_keys_are_refused_on_a_real_chain(journey, stub):
    journey.write("feeds.json", "{}")
    ran = journey("chain", "deploy", "--universe", "micro-8", "--rpc", stub, "--feeds", "feeds.json", "--yes")
    refused(ran, 12, "DEVELOPMENT_KEY")
    refused(journey("chain", "deploy", "--rpc", stub), 3, "BAD_INPUT")


@pytest.mark.parametrize(("flags", "exit_code", "code"), [
    (("--policy", "strict"), 4, "POLICY_NOT_MET"),
    (("--policy", "unknown"), 3, "NOT_FOUND"),
    ((), 2, "USAGE"),
    (("--policy", "lender-a", "--action", "dance"), 2, "USAGE"),
    (("--policy", "lender-a", "--tier", "standard"), 3, "BAD_INPUT"),
    (("--policy", "lender-a", "--epoch", "-1"), 3, "BAD_INPUT"),
    (("--policy", "lender-a", "--deadline", "never"), 3, "BAD_INPUT"),
    (("--policy", "lender-a", "--account", "0x" + "11" * 20), 3, "NOT_FOUND"),
    (("--action", "draw", "--amount", "NaNUSDC"), 2, "USAGE"),
    (("--action", "draw", "--amount", "0USDC"), 3, "BAD_INPUT"),
    (("--action", "draw", "--amount", "5DOGE"), 3, "BAD_INPUT"),
    (("--action", "draw", "--amount", "999999USDC"), 4, "POLICY_NOT_MET"),
    (("--action", "draw", "--amount", "5USDC", "--vault", "none"), 3, "NOT_FOUND"),
    (("--action", "update"), 3, "NOT_FOUND"),
    (("--action", "liquidate", "--amount", "5USDC"), 2, "USAGE"),
])  # fmt: skip
def test_prove_refuses_before_proving(journey, flags, exit_code, code):
    ran = journey("prove", "main", *flags, "-o", "never.zkrisk.json")
    refused(ran, exit_code, code)
    assert not (journey.folder / "never.zkrisk.json").exists() and "witness" not in ran.err


def test_prove_names_failing_limits_only(journey):
    ran = journey("prove", "main", "--policy", "strict", "--json", "-o", "never.zkrisk.json")
    assert ran.code == 4 and ran.document["error"]["limits"] == ["LEVERAGE"]
    assert "no proof was made" in ran.document["error"]["where"]


def test_prove_of_a_file_or_another_book_is_bad_input(journey):
    refused(journey("prove", "book.csv", "--policy", "lender-a"), 3, "BAD_INPUT")
    refused(journey("prove", "other", "--policy", "lender-a"), 3, "BAD_INPUT")


def test_wrong_passphrase_is_exit_10(journey):
    refused(journey("prove", "main", "--policy", "lender-a", passphrase="wrong"), 10, "STORE_LOCKED")  # noqa: S106
    refused(journey("prove", "main", "--policy", "lender-a", passphrase=None), 10, "STORE_LOCKED")


def test_prove_asks_before_a_file_is_replaced(journey):
    before = (journey.folder / "trader.zkrisk.json").read_bytes()
    refused(journey("prove", "main", "--policy", "lender-a", "-o", "trader.zkrisk.json"), 11, "DECLINED")
    assert (journey.folder / "trader.zkrisk.json").read_bytes() == before


def test_pack_verifies_offline_and_unpack_gives_the_same_bytes(journey):
    assert journey("bundle", "pack", "trader.zkrisk.json").code == 0
    packed = "trader.packed.zkrisk.json"
    ran = journey("verify", packed, "--offline", *ENOUGH)
    assert ran.code == 0 and ran.out.startswith("VALID OFFLINE") and "CHAIN WOULD ADD" in ran.out
    claims = [line for line in ran.out.splitlines() if line.strip().startswith(("level", "covered"))]
    assert len(claims) == 2 and all(line.endswith(", the sender's word") for line in claims)
    refused(journey("verify", packed, "--offline", *ENOUGH, "--at", "2099-01-01"), 6, "EXPIRED")
    assert journey("bundle", "unpack", packed).code == 0
    thin = (journey.folder / "trader.thin.zkrisk.json").read_bytes()
    assert thin == (journey.folder / "trader.zkrisk.json").read_bytes()
    assert journey("bundle", "unpack", packed, "--snarkjs", "out").code == 0
    assert {path.name for path in (journey.folder / "out").iterdir()} == {
        "proof.json", "public.json", "verification_key.json",
    }  # fmt: skip
    shown = journey("bundle", "show", packed)
    assert shown.code == 0 and shown.out.startswith("NOT VERIFIED")
    refused(journey("bundle", "unpack", "trader.zkrisk.json", "--snarkjs", "out2"), 3, "BAD_FILE")


def test_prove_offline_from_what_was_fetched_is_what_the_chain_takes(journey):
    refused(journey("prove", "main", "--policy", "lender-a", "--offline", "--action", "draw"), 2, "USAGE")
    assert journey("sheet", "fetch").code == 0
    flags = ("--policy", "lender-a", "--offline", "-o", "offline.zkrisk.json", "--rpc", NO_ENDPOINT)
    ran = journey("prove", "main", *flags)
    assert ran.code == 0, ran.err
    assert journey("submit", "offline.zkrisk.json", "--dry-run").out == "not sent\n"
    refused(journey("prove", "main", *flags, "--account", "0x" + "11" * 20), 3, "NOT_FOUND")


def test_sheet_built_from_the_feeds_has_the_window_of_the_fetched_one(journey):
    assert journey("sheet", "fetch", "-o", "fetched.json").code == 0
    window = json.loads((journey.folder / "fetched.json").read_text())["window"]
    ran = journey("sheet", "build", "--feeds", "--last-day", window["last_day"], "-o", "from-feeds.json", "--json")
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.document, json_schema("sheet-build"))
    built = json.loads((journey.folder / "from-feeds.json").read_text())
    assert sorted(zip(built["window"]["days"], built["window"]["returns_e6"], strict=True)) == sorted(
        zip(window["days"], window["returns_e6"], strict=True)
    )
    assert built["synthetic"] is True and "SYNTHETIC" in {w["code"] for w in ran.document["warnings"]}
    assert all(source["name"].startswith("chain:31337:0x") for source in built["origin"]["sources"])
    flags = ("--policy", "lender-a", "--offline", "--sheet", "from-feeds.json", "--pack", "--rpc", NO_ENDPOINT)
    proved = journey("prove", "main", *flags, "-o", "built.zkrisk.json")
    assert proved.code == 0, proved.err
    moment = str(built["as_of_unix"] + 60)
    checked = journey("verify", "built.zkrisk.json", "--offline", *ENOUGH, "--at", moment)
    assert checked.code == 0 and checked.out.startswith("VALID OFFLINE"), checked.err
    refused(journey("submit", "built.zkrisk.json", "--dry-run"), 9, "CONTRACT_REFUSED")


@pytest.mark.parametrize(("flags", "exit_code", "code"), [
    (("--signer", "anvil:5"), 3, "BAD_INPUT"),
    (("--signer", "nobody"), 3, "NOT_FOUND"),
    (("--max-fee", "NaN"), 3, "BAD_INPUT"),
    (("--timeout", "soon"), 3, "BAD_INPUT"),
    (("--dry-run", "--send"), 2, "USAGE"),
    (("--send", "--no-input"), 11, "DECLINED"),
])  # fmt: skip
def test_submit_refuses_and_sends_nothing(journey, flags, exit_code, code):
    refused(journey("submit", "trader.zkrisk.json", *flags), exit_code, code)
    assert journey("status", "--json").document["result"]["attestations"] == []


def test_keystore_with_a_wrong_passphrase_is_exit_10(journey):
    from eth_account import Account  # noqa: PLC0415

    journey.write("key.json", json.dumps(Account.encrypt("0x" + "17" * 32, "right", iterations=2)))
    ran = journey("submit", "trader.zkrisk.json", "--signer", "key.json", passphrase="wrong")  # noqa: S106
    refused(ran, 10, "STORE_LOCKED")
    journey.write("nokey.json", "[1]")
    refused(journey("submit", "trader.zkrisk.json", "--signer", "nokey.json"), 3, "BAD_FILE")


def test_vault_and_fetch_and_audit(journey):
    assert journey("sheet", "fetch").code == 0
    assert journey("risk", "main", "--policy", "lender-a").code == 0
    shown = journey("vault", "deposit", "10ETH")
    assert shown.code == 0 and shown.out == "not sent\n" and "0.00 ETH → 10.00 ETH" in shown.err
    assert journey("vault", "deposit", "10ETH", "--send", "--yes").code == 0
    refused(journey("vault", "repay", "5ETH"), 3, "BAD_INPUT")
    refused(journey("vault", "repay", "5USDC", "--send", "--yes"), 9, "CONTRACT_REFUSED")
    assert "10.00 ETH escrow" in journey("vault", "show").out
    audited = journey("sheet", "audit")
    assert audited.code == 0 and "FAIL" not in audited.out


def test_submit_shows_then_sends_then_status_and_a_replay_is_refused(journey):
    proved = journey("prove", "main", "--policy", "lender-a", "-o", "fresh.zkrisk.json", "--yes")
    assert proved.code == 0, proved.err
    looked = journey("submit", "fresh.zkrisk.json")
    assert looked.code == 0 and looked.out == "not sent\n"
    for word in ("from", "to", "chain", "action", "gas", "none yet →"):
        assert word in looked.err
    sent = journey("submit", "fresh.zkrisk.json", "--send", "--yes", "--json")
    assert sent.code == 0 and sent.document["result"]["events"] == ["Attested"]
    refused(journey("submit", "fresh.zkrisk.json", "--send", "--yes"), 9, "CONTRACT_REFUSED")
    status = journey("status")
    assert status.code == 0 and "lender-a v1" in status.out and max(map(len, status.out.splitlines())) <= 80
    assert journey("status", "--within", "2h").code == 6
    refused(journey("status", "0x12"), 3, "BAD_INPUT")
    for command in (("status",), ("vault", "show"), ("chain", "info")):
        document = journey(*command, "--json").document
        jsonschema.validate(document, json_schema("-".join(command)))


def test_report_for_a_lender_has_the_history_that_the_contract_recorded(journey):
    status = journey("status", "--json").document["result"]
    arguments = ("report", "fresh.zkrisk.json", "--for", "lender", "--rpc", journey.rpc, *ENOUGH)
    ran = journey(*arguments, "-o", "lender.html", "--yes")
    assert ran.code == 0, ran.err
    found = journey(*arguments, "--json").document["result"]
    assert found["history"]["origin"] == "CHAIN" and found["verification"]["verdict"] == "ACCEPTED"
    last = found["history"]["rows"][-1]
    assert last["until_unix"] in json.dumps(status) and last["identifier"].startswith("0x")
    page = (journey.folder / "lender.html").read_text()
    assert last["identifier"] in page and not any(mark in page for mark in MARKS)


def test_report_for_the_owner_lists_the_bundle_that_was_proved(journey):
    found = journey("report", "main", "--sheet", "latest", "--policy", "lender-a", "--json")
    assert found.code == 0, found.err
    rows = found.document["result"]["attestations"]["rows"]
    assert "lender-a v1" in {row["policy"] for row in rows}


def test_chain_stops_and_goes_on_where_it_was(journey):
    before = journey("status", "--json").document["result"]["commitment"]
    refused(journey("chain", "start"), 11, "STORE_CONFLICT")
    assert journey("chain", "stop").code == 0
    refused(journey("chain", "stop"), 3, "NOT_FOUND")
    refused(journey("status"), 2, "USAGE")
    resumed = journey("chain", "start", "--port", str(journey.port))
    assert resumed.code == 0, resumed.err
    assert journey("status", "--json").document["result"]["commitment"] == before
    assert journey("chain", "roll").code == 0


@pytest.mark.parametrize("place", [("context", "deadline"), ("validity", "expires_at_unix")])
def test_bundle_with_a_time_beyond_every_calendar_is_shown(journey, place):
    part, name = place
    shown = journey("bundle", "show", changed(journey, "late.json", lambda d: d["statement"][part].update({name: FAR})))
    assert shown.code == 0 and f"unix time {FAR}" in shown.out


@pytest.mark.parametrize("policy", ["0x" + "zz" * 32, "0x12"])
def test_policy_id_that_is_none_is_not_found(journey, policy):
    refused(journey("prove", "main", "--policy", policy), 3, "NOT_FOUND")


def test_deadline_far_away_is_proved_and_shown(journey):
    ran = journey("prove", "main", "--policy", "lender-a", "--deadline", "999999999d", "-o", "far.zkrisk.json")
    assert ran.code == 0 and "unix time 8" in ran.out


def test_commitment_that_somebody_copied_is_not_proved_for_the_copier(journey):
    """A copy counts for its sender, who cannot open it; it is no reason for the owner's client to fail oddly."""
    chain = ChainClient(Rpc(journey.rpc), DeploymentFile.load(journey.home / "chain" / "deployment-31337.json"))
    copier = Transactor(chain.rpc, anvil_signer(5, ANVIL_CHAIN_ID))
    copier.send(chain.manager.functions.commit(chain.account(ACCOUNT).commitment))
    ran = journey("prove", "main", "--policy", "lender-a", "--account", copier.address)
    refused(ran, 5, "COMMITMENT_MISMATCH")
    assert "bound to another account" in ran.err
