"""`report`: what it refuses, which files it writes, and that the page is the JSON."""

from __future__ import annotations

import json
import re
import stat

import jsonschema
import pytest
from canary import CANARY_BOOK, forms, hits
from inside import Inside

from tests.unit import test_bundle_case as case
from zkrisk.cli.schemas import json_schema
from zkrisk.proof.bundle import Bundle, to_bytes
from zkrisk.report.kind import kind_of_report
from zkrisk.store import Store, StoreIndex

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
BOOK = "instrument,long,short\nUSD,250000,0\nETH,200,0\nSOL,0,300\n"
OWN = ("--sheet", "synthetic:7", "--policy", "lender-a")
LENDER = ("--for", "lender", "--offline", "--at", "2026-11-21T00:10Z", "--expect-assurance", "CUSTODIAN_SIGNED")


@pytest.fixture
def inside(tmp_path):
    run = Inside(tmp_path)
    run.write("b.csv", BOOK)
    return run


@pytest.fixture
def with_bundle(inside):
    (inside.folder / "t.zkrisk.json").write_bytes(to_bytes(case.packed()))
    return inside


def embedded(html: str):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)[1])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("b.csv", "--for", "everybody", *OWN), 2),
        (("b.csv", "--offline", *OWN), 2),
        (("b.csv", "--rpc", "http://127.0.0.1:1", *OWN), 2),
        (("--for", "lender"), 2),
        (("b.csv", "--for", "lender", "--policy", "lender-a"), 2),
        (("b.csv", "--for", "lender", "--trade", "ETH:1"), 2),
        (("b.csv", "--for", "lender", "--offline"), 3),
        (("b.csv", "--history", "missing.csv", *OWN), 3),
        (("b.csv", "--trade", "ETH:0", *OWN), 3),
        (("b.csv", "--price", "ETH:5", *OWN), 2),
        (("b.csv", "-o", "no/such/folder.html", *OWN), 3),
    ],
)
def test_report_refuses_what_makes_no_sense_and_writes_nothing(inside, arguments, code):
    ran = inside("report", *arguments)
    assert ran.code == code, ran.err
    assert not list(inside.folder.glob("*.html"))


def test_report_json_is_the_document_of_the_page(inside):
    arguments = ("report", "b.csv", *OWN, "--trade", "ETH:-40")
    said = inside(*arguments, "--json")
    assert said.code == 0 and said.document["private"] is True
    jsonschema.validate(said.document, json_schema("report"))
    assert not list(inside.folder.glob("*.html"))
    assert inside(*arguments).code == 0
    path = inside.folder / "b-risk.html"
    assert embedded(path.read_text()) == said.document["result"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_report_says_of_the_book_what_risk_and_whatif_say(inside):
    result = inside("report", "b.csv", *OWN, "--trade", "ETH:-40", "--json").document["result"]
    risk = inside("risk", "b.csv", *OWN, "--positions", "--json").document["result"]
    assert {**result["risk"], "book": "b"} == risk
    what_if = inside("whatif", "b.csv", *OWN, "--trade", "ETH:-40", "--json").document["result"]
    assert {**result["what_if"], "book": "b", "private": True} == what_if


def test_report_with_a_history_of_its_own_instruments_alone(inside):
    closes = inside("report", "b.csv", *OWN, "--history", "synthetic:3", "--json").document["result"]
    assert closes["backtest"]["out_of_sample"] and closes["backtest"]["tests"][0]["observations"] == 253
    days = [row["day"] for row in closes["drawdown"]["rows"]]
    lines = [f"{day},{2000 + 7 * (place % 31)},{100 + place % 17}" for place, day in enumerate(days)]
    inside.write("h.csv", "date,ETH,SOL\n" + "\n".join(lines))
    found = inside("report", "b.csv", *OWN, "--history", "h.csv", "--json")
    assert found.code == 0, found.out
    rows = found.document["result"]["drawdown"]["rows"]
    assert [row["equity_cents"] for row in rows] == [
        str(100 * (250_000 + 200 * (2000 + 7 * (place % 31)) - 300 * (100 + place % 17))) for place in range(len(days))
    ]
    inside.write("h.csv", "date,ETH\n" + "\n".join(line.rpartition(",")[0] for line in lines))
    refused = inside("report", "b.csv", *OWN, "--history", "h.csv")
    assert refused.code == 3 and "SOL" in refused.err


def test_report_for_a_lender_holds_what_was_verified(with_bundle):
    ran = with_bundle("report", "t.zkrisk.json", *LENDER)
    assert ran.code == 0, ran.err
    found = embedded((with_bundle.folder / "t-lender.html").read_text())
    said = with_bundle("report", "t.zkrisk.json", *LENDER, "--json").document
    assert found == said["result"] and "private" not in said and found["private"] is False
    verify = with_bundle("verify", "t.zkrisk.json", *LENDER[2:], "--json").document["result"]
    assert found["verification"] == verify


@pytest.mark.parametrize(
    ("change", "code"), [(("--expect-assurance", "VENUE_SIGNED"), 5), (("--at", "2027-01-01T00:00Z"), 6)]
)
def test_report_of_a_bundle_that_does_not_hold_is_not_written(with_bundle, change, code):
    ran = with_bundle("report", "t.zkrisk.json", *LENDER, *change)
    assert ran.code == code, ran.err
    assert not list(with_bundle.folder.glob("*.html"))


def test_report_of_a_tampered_bundle_is_not_written(with_bundle):
    document = json.loads((with_bundle.folder / "t.zkrisk.json").read_text())
    document["statement"]["subject"]["sequence"] += 1
    with_bundle.write("t.zkrisk.json", json.dumps(document))
    assert with_bundle("report", "t.zkrisk.json", *LENDER).code == 5
    assert not list(with_bundle.folder.glob("*.html"))


def test_report_of_one_reader_is_never_written_over_that_of_the_other(with_bundle):
    owner, lender = ("report", "b.csv", *OWN), ("report", "t.zkrisk.json", *LENDER)
    for first, second, kind in ((owner, lender, "OWNER"), (lender, owner, "LENDER")):
        file = f"{kind}.html"
        assert with_bundle(*first, "-o", file).code == 0
        refused = with_bundle(*second, "-o", file, "--yes")
        assert refused.code == 3 and "not written over" in refused.err
        assert kind_of_report((with_bundle.folder / file).read_bytes()) == kind
        assert with_bundle(*first, "-o", file).code == 11
        assert with_bundle(*first, "-o", file, "--yes").code == 0


def test_report_errors_say_nothing_of_the_book(inside):
    inside.write("m.csv", CANARY_BOOK)
    for arguments in (("--history", "missing.csv"), ("--trade", "NOPE:1"), ("-o", "no/such/file.html")):
        ran = inside("report", "m.csv", *OWN, *arguments)
        assert ran.code == 3
        assert hits((ran.out + ran.err).encode(), forms()) == []


def test_report_lists_the_attestations_of_its_own_book_alone(inside):
    assert inside("init").code == 0
    for name in ("main", "other"):
        assert inside("book", "add", "b.csv", "--name", name).code == 0
        assert inside("commit", name, "--account", ACCOUNT).code == 0
    with StoreIndex.at(inside.home) as index:
        openings = {info.book: info.commitment for info in index.openings()}
    for name, commitment in openings.items():
        (inside.folder / f"{name}.zkrisk.json").write_bytes(to_bytes(_of_commitment(commitment)))
    inside.write("broken.zkrisk.json", "{}")
    with Store.open(inside.home, "correct horse") as store:
        for name in ("main", "other", "broken", "missing"):
            store.add_public("bundle", name, {"path": str(inside.folder / f"{name}.zkrisk.json")})
    found = inside("report", "main", *OWN, "--json").document["result"]["attestations"]
    assert [row["policy"] for row in found["rows"]] == ["lender-a v3"]
    assert inside("report", "b.csv", *OWN, "--json").document["result"]["attestations"]["rows"] == []


def _of_commitment(commitment: int) -> Bundle:
    """A bundle with the commitment of another book: the index does not verify what it lists."""
    bundle = case.attest().bundle
    first, *rest = bundle.signals
    return bundle.model_copy(update={"signals": (first.model_copy(update={"value": commitment}), *rest)})
