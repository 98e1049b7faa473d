"""What venues sign, from their export to the trader's check of it; and everything that no venue should sign."""

from __future__ import annotations

import json
import time

import jsonschema
import pytest
from conftest import ACCOUNT, PASSPHRASE, Program
from inside import Inside
from test_bad_input import check_refusal

from zkrisk.cli.schemas import json_schema
from zkrisk.sheet import load_universe
from zkrisk.store import Store
from zkrisk.venue.files import StatementFile, VenueSecrets

REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
ACCOUNT_ID = "cust-7f3a91"
AS_OF = 1_790_000_000
LONG, SHORT = "73159264.38271605", "91827364.550193"
LOTS = ("7315926438271605", "91827364550193")
CSV = f"instrument,long,short\nETH,{LONG},0\nUSDC,0,{SHORT}\n"
CCXT = json.dumps(
    {
        "balance": {
            "XETH": {"total": LONG},
            "USDC": {"total": "0", "debt": SHORT},
            "SHIB": {"total": "5"},
            "total": {"XETH": LONG},
        }
    }
)
SUBJECT = (
    "--account-id", ACCOUNT_ID, "--venue", "3", "--owner", ACCOUNT, "--registry", REGISTRY,
    "--chain-id", "31337", "--as-of-unix", str(AS_OF),
)  # fmt: skip


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A venue with a key, the exports of an account and one statement."""
    program = Inside(tmp_path_factory.mktemp("venue"))
    assert program("init").code == 0
    assert program("issuer", "keygen").code == 0
    program.write("export.csv", CSV)
    program.write("account.json", CCXT)
    assert program("issuer", "sign", "export.csv", *SUBJECT, "-o", "signed.json").code == 0
    assert program("issuer", "show", "main", "-o", "venue-key.json").code == 0
    return program


def statement(program: Program, name: str) -> StatementFile:
    return StatementFile.parse((program.folder / name).read_text(), name)


def check_secret(program: Program, text: str) -> None:
    """Neither what the venue keeps nor what the account holds stands in a text."""
    with Store.open(program.home, PASSPHRASE) as store:
        kept = VenueSecrets.decode(store.key("venue:main"))
    secrets = [kept.seed.hex(), kept.tag_secret.hex(), str(kept.key._scalar), str(kept.tag_of(ACCOUNT_ID))]
    for value in (*secrets, LONG, SHORT, *LOTS, ACCOUNT_ID, PASSPHRASE):
        assert value not in text


def test_signed_export_is_checked_shown_and_private(venue):
    path = venue.folder / "signed.json"
    assert path.stat().st_mode & 0o777 == 0o600
    shown = venue("issuer", "show", "signed.json", "--key", "venue-key.json", passphrase=None)
    assert shown.code == 0 and "ok, by the key that was given" in shown.out and shown.err == ""
    asked = venue("issuer", "show", "signed.json", "--key", "main", "--json")
    jsonschema.validate(asked.document, json_schema("issuer-show"))
    assert asked.document["result"]["key_checked"] is True and "private" not in asked.document
    check_secret(venue, shown.out + asked.out)
    assert ACCOUNT_ID not in path.read_text()


def test_statement_says_what_was_signed(venue):
    said = statement(venue, "signed.json").signed.statement
    assert (said.venue, said.chain, said.timestamp, said.locked_until) == (3, 31337, AS_OF, 0)
    assert (said.owner, said.registry) == (int(ACCOUNT, 16), int(REGISTRY, 16))
    universe = load_universe("standard-32")
    held = {universe.symbol_of(slot): lots for slot, lots in enumerate(said.vector.long) if lots}
    owed = {universe.symbol_of(slot): lots for slot, lots in enumerate(said.vector.short) if lots}
    assert (held, owed) == ({"ETH": int(LOTS[0])}, {"USDC": int(LOTS[1])})


def test_quantities_are_shown_only_when_asked_for(venue):
    shown = venue("issuer", "show", "signed.json", "--reveal", "--json", passphrase=None)
    assert shown.document["private"] is True
    rows = {row["instrument"]: (row["long"], row["short"]) for row in shown.document["result"]["positions"]}
    assert rows == {"ETH": (LONG, "0.00000000"), "USDC": ("0.000000", SHORT)}
    warned = [warning["code"] for warning in shown.document["warnings"]]
    assert warned == ["KEY_NOT_CHECKED"]


def test_exchange_account_gives_the_same_statement_and_says_what_it_left_out(venue):
    arguments = ("--format", "ccxt", "--alias", "XETH=ETH", "--json")
    ran = venue("issuer", "sign", "account.json", *SUBJECT, *arguments, "-o", "ccxt.json")
    jsonschema.validate(ran.document, json_schema("issuer-sign"))
    assert ran.document["result"]["omitted_count"] == 1
    assert [warning["code"] for warning in ran.document["warnings"]] == ["ASSETS_OMITTED"]
    assert statement(venue, "ccxt.json") == statement(venue, "signed.json")
    check_secret(venue, ran.out + ran.err)


def test_statement_goes_through_pipes_alone(venue):
    ran = venue("issuer", "sign", "-", *SUBJECT, "-o", "-", stdin=CSV)
    assert json.loads(ran.out) == statement(venue, "signed.json").to_dict()
    assert venue("issuer", "show", "-", "--key", "venue-key.json", stdin=ran.out).code == 0


def test_new_key_knows_the_accounts_of_the_old_one_and_an_unrelated_one_does_not(venue):
    for name, flags in (("next", ("--tags-of", "main")), ("unrelated", ())):
        made = venue("issuer", "keygen", name, *flags, "--json")
        jsonschema.validate(made.document, json_schema("issuer-keygen"))
        assert venue("issuer", "sign", "export.csv", *SUBJECT, "--key", name, "-o", f"{name}.json").code == 0
    tags = {
        name: statement(venue, f"{name}.json").signed.statement.account_tag for name in ("signed", "next", "unrelated")
    }
    assert tags["signed"] == tags["next"] != tags["unrelated"]
    assert statement(venue, "next.json").key != statement(venue, "signed.json").key
    assert {row["name"] for row in venue("issuer", "list", "--json").document["result"]["keys"]} >= {"main", "next"}
    check_refusal(venue("issuer", "show", "next.json", "--key", "venue-key.json"), 5, "KEY_MISMATCH")


def test_empty_account_is_a_statement_too(venue):
    venue.write("empty.csv", "instrument,long,short\n")
    ran = venue("issuer", "sign", "empty.csv", *SUBJECT, "-o", "empty.json")
    assert ran.code == 0 and "an empty account" in ran.out
    assert not any(statement(venue, "empty.json").signed.statement.vector.long)


def changed(**fields: str) -> tuple[str, ...]:
    """Return the subject with other values."""
    values = dict(zip(SUBJECT[::2], SUBJECT[1::2], strict=True)) | {
        "--" + name.replace("_", "-"): value for name, value in fields.items()
    }
    return tuple(word for pair in values.items() for word in pair)


BAD_EXPORTS = {
    "unknown.csv": (f"instrument,long,short\nWSTETHX,{LONG},0\n", "UNKNOWN_INSTRUMENT"),
    "negative.csv": (f"instrument,long,short\nETH,-{LONG},0\n", "BAD_QUANTITY"),
    "malformed.json": ('{"positions": [', "BAD_FILE"),
}
BAD_SUBJECTS = {
    "nobody": (changed(owner="0x12"), 3, "BAD_INPUT"),
    "no contract": (changed(registry="0x" + "0" * 40), 3, "BAD_INPUT"),
    "venue 0": (changed(venue="0"), 3, "RANGE_EXCEEDED"),
    "venue of 33 bits": (changed(venue=str(1 << 32)), 3, "RANGE_EXCEEDED"),
    "chain 0": (changed(chain_id="0"), 3, "RANGE_EXCEEDED"),
    "lock in the past": (changed(locked_until_unix=str(AS_OF)), 3, "BAD_INPUT"),
    "account with a space": (changed(account_id="a b"), 3, "BAD_INPUT"),
    "no signing key": (changed(key="other"), 3, "NOT_FOUND"),
    "format": (changed(format="xml"), 2, "USAGE"),
    "alias in a CSV": (changed(alias="XBT=BTC"), 2, "USAGE"),
    "totals in a CSV": (changed(totals="wallet"), 2, "USAGE"),
    "folder that is not there": (changed(out="nowhere/x.json"), 3, "BAD_INPUT"),
}


@pytest.mark.parametrize("name", [*BAD_EXPORTS, "missing.csv"])
def test_bad_export_is_refused_and_nothing_is_written(venue, name):
    text, code = BAD_EXPORTS.get(name, (None, "BAD_FILE"))
    if text is not None:
        venue.write(name, text)
    ran = venue("issuer", "sign", name, *SUBJECT, "-o", "never.json")
    check_refusal(ran, 3, code)
    check_secret(venue, ran.err)
    assert not (venue.folder / "never.json").exists()


INCOMPLETE = {
    "debt.csv": (f"instrument,long,short,debt\nETH,{LONG},0,{SHORT}\n", ()),
    "borrowed.csv": (f"instrument,qty,borrowed\nETH,{LONG},{SHORT}\n", ()),
    "debt.json": (json.dumps([{"instrument": "ETH", "long": LONG, "debt": SHORT}]), ()),
    "sums.json": (json.dumps({"balance": {"ETH": {"total": LONG}, "debt": {"USDC": SHORT}}}), ("--format", "ccxt")),
    "loans.json": (json.dumps({"balance": {"ETH": {"total": LONG}}, "loans": [SHORT]}), ("--format", "ccxt")),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_export_with_a_debt_in_a_place_that_is_not_read_is_refused(venue, name):
    text, flags = INCOMPLETE[name]
    venue.write(name, text)
    ran = venue("issuer", "sign", name, *SUBJECT, *flags, "-o", "never.json")
    check_refusal(ran, 3, "BAD_FILE")
    assert "book add" not in ran.err
    check_secret(venue, ran.err)
    assert not (venue.folder / "never.json").exists()


def test_column_that_is_neither_held_nor_owed_is_ignored_by_name(venue):
    venue.write("priced.csv", f"instrument,long,short,price\nETH,{LONG},0,3000\nUSDC,0,{SHORT},1\n")
    refused = venue("issuer", "sign", "priced.csv", *SUBJECT, "-o", "never.json")
    check_refusal(refused, 3, "BAD_FILE")
    assert "zkrisk issuer sign priced.csv --ignore price" in refused.err
    assert venue("issuer", "sign", "priced.csv", *SUBJECT, "--ignore", "price", "-o", "priced.json").code == 0
    assert statement(venue, "priced.json") == statement(venue, "signed.json")


def test_open_position_is_signed_only_when_it_is_said_what_the_totals_are(venue):
    position = {"symbol": "ETH/USDC:USDC", "side": "short", "contracts": 2, "contractSize": 1, "entryPrice": 3000}
    account = {"balance": {"USDC": {"total": "1000"}}, "positions": [{**position, "markPrice": "2500"}]}
    venue.write("open.json", json.dumps(account))
    arguments = ("issuer", "sign", "open.json", *SUBJECT, "--format", "ccxt")
    check_refusal(venue(*arguments, "-o", "never.json"), 3, "BAD_INPUT")
    check_refusal(venue(*arguments, "--totals", "net", "-o", "never.json"), 2, "USAGE")
    slot = load_universe("standard-32").slot_of("USDC")
    for totals, cash in (("wallet", 7000), ("equity", 6000)):
        assert venue(*arguments, "--totals", totals, "-o", f"{totals}.json").code == 0
        assert statement(venue, f"{totals}.json").signed.statement.vector.long[slot] == cash * 10**6


def test_debt_that_the_universe_does_not_list_is_refused(venue):
    venue.write("owes.json", json.dumps({"balance": {"SHIB": {"total": "0", "debt": SHORT}}}))
    ran = venue("issuer", "sign", "owes.json", *SUBJECT, "--format", "ccxt", "-o", "never.json")
    check_refusal(ran, 3, "UNKNOWN_INSTRUMENT")
    check_secret(venue, ran.err)


@pytest.mark.parametrize("name", BAD_SUBJECTS)
def test_bad_subject_is_refused_and_nothing_is_written(venue, name):
    arguments, exit_code, code = BAD_SUBJECTS[name]
    out = () if "--out" in arguments else ("-o", "never.json")
    ran = venue("issuer", "sign", "export.csv", *arguments, *out)
    check_refusal(ran, exit_code, code)
    check_secret(venue, ran.err)
    assert not (venue.folder / "never.json").exists()


def test_quantities_of_the_future_are_not_signed(venue):
    ran = venue("issuer", "sign", "export.csv", *changed(as_of_unix=str(int(time.time()) + 3600)), "-o", "never.json")
    check_refusal(ran, 3, "BAD_INPUT")


LOCKED = (("keygen", "second"), ("list",), ("show", "main"), ("sign", "export.csv", *SUBJECT, "-o", "never.json"))


@pytest.mark.parametrize("command", LOCKED, ids=lambda words: words[0])
def test_wrong_passphrase_signs_nothing_and_loses_nothing(venue, command):
    before = (venue.home / "store.db").read_bytes()
    check_refusal(venue("issuer", *command, passphrase="wrong"), 10, "STORE_LOCKED")  # noqa: S106
    assert (venue.home / "store.db").read_bytes() == before
    assert not (venue.folder / "never.json").exists()


def test_key_is_never_replaced_nor_a_statement_without_asking(venue):
    before = (venue.home / "store.db").read_bytes()
    check_refusal(ran := venue("issuer", "keygen", "main"), 11, "STORE_CONFLICT")
    assert "there is a signing key 'main' already" in ran.err
    assert (venue.home / "store.db").read_bytes() == before
    signed = (venue.folder / "signed.json").read_bytes()
    again = ("issuer", "sign", "export.csv", *changed(venue="4"), "-o", "signed.json")
    check_refusal(venue(*again), 11, "DECLINED")
    assert (venue.folder / "signed.json").read_bytes() == signed


def edited(program: Program, fields: dict[str, object]) -> str:
    """Write the statement with other fields; returns its name."""
    document = json.loads((program.folder / "signed.json").read_text()) | fields
    return program.write("edited.json", json.dumps(document))


@pytest.mark.parametrize(("fields", "exit_code", "code"), [
    ({"owner": REGISTRY}, 5, "PROOF_REJECTED"),
    ({"as_of_unix": str(AS_OF + 1)}, 5, "PROOF_REJECTED"),
    ({"public_key": {"x": "0", "y": "1"}}, 3, "BAD_INPUT"),
    ({"schema": "urn:zkrisk:venue-key/v1"}, 3, "BAD_FILE"),
    ({"venue": "-3"}, 3, "BAD_FILE"),
])  # fmt: skip
def test_statement_that_was_changed_is_refused(venue, fields, exit_code, code):
    ran = venue("issuer", "show", edited(venue, fields), "--reveal", passphrase=None)
    check_refusal(ran, exit_code, code)
    check_secret(venue, ran.err)


def test_statement_of_another_universe_is_not_revealed_under_the_wrong_names(venue):
    swapped = load_universe("standard-32").to_dict()
    first, second = swapped["instruments"][1:3]
    first["symbol"], second["symbol"] = second["symbol"], first["symbol"]
    venue.write("swapped.json", json.dumps(swapped))
    for universe in ("micro-8", "swapped.json"):
        ran = venue("issuer", "show", "signed.json", "--reveal", "--universe", universe, passphrase=None)
        check_refusal(ran, 3, "BAD_INPUT")
        check_secret(venue, ran.err)


def test_process_of_its_own_signs_the_same_and_leaves_the_secrets_encrypted(venue):
    process = Program(venue.folder)
    assert process("issuer", "sign", "export.csv", *SUBJECT, "-o", "process.json").code == 0
    assert (venue.folder / "process.json").read_bytes() == (venue.folder / "signed.json").read_bytes()
    assert process("issuer", "show", "process.json", "--key", "venue-key.json", passphrase=None).code == 0
    assert process("store", "backup", "copy.zkb").code == 0
    text = (venue.home / "store.db").read_bytes() + (venue.folder / "copy.zkb").read_bytes()
    check_secret(venue, text.decode("latin-1"))
