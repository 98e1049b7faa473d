"""`whatif`: what it refuses and says nothing about, then what it shows."""

from __future__ import annotations

import jsonschema
import pytest
from canary import CANARY_BOOK, forms, hits
from inside import Inside

from zkrisk.cli.schemas import json_schema

BOOK = "instrument,long,short\nUSD,250000,0\nETH,200,0\nSOL,0,300\n"
SHEET = ("--sheet", "synthetic:7", "--policy", "lender-a")


@pytest.fixture
def inside(tmp_path):
    run = Inside(tmp_path)
    run.write("b.csv", BOOK)
    return run


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("--trade", "ETH"), 2),
        (("--trade", ":5"), 2),
        (("--trade", "ETH:"), 2),
        (("--trade", "ETH:0"), 3),
        (("--trade", "ETH:1e999"), 3),
        (("--trade", "ETH:nan"), 3),
        (("--trade", "NOPE:1"), 3),
        (("--trade", "USD:1"), 3),
        (("--trade", "ETH:1", "--price", "ETH:0"), 3),
        (("--trade", "ETH:1", "--price", "BTC:5"), 2),
        (("--trade", "ETH:1", "--price", "ETH:5", "--price", "ETH:6"), 2),
        (("--trade", "ETH:1", "--fee", "-5bps"), 3),
        (("--trade", "ETH:1e30"), 3),
        (("--trade", "ETH:1", "--confidence", "101"), 3),
    ],
)
def test_whatif_bad_trades_are_refused(inside, arguments, code):
    ran = inside("whatif", "b.csv", *SHEET, *arguments, "--json")
    assert ran.code == code, ran.out
    assert ran.document["error"]["exit_code"] == code and ran.err == ""


def test_whatif_errors_say_nothing_of_the_book_or_the_trade(inside):
    inside.write("m.csv", CANARY_BOOK)
    secret = "73159264.38271605"  # noqa: S105  (a quantity)
    for bad in (f"NOPE:{secret}", f"{secret}:ETH", f"ETH:{secret}e40", f"ETH:{secret}x", f"{secret}"):
        ran = inside("whatif", "m.csv", *SHEET, "--trade", bad)
        assert ran.code in (2, 3), ran.out
        assert hits((ran.out + ran.err).encode(), forms()) == []


def test_whatif_is_private_fits_its_schema_and_leaves_the_book(inside):
    ran = inside("whatif", "b.csv", *SHEET, "--trade", "ETH:-40", "--trade", "BTC:+0.5", "--fee", "5bps", "--json")
    assert ran.code == 0
    jsonschema.validate(ran.document, json_schema("whatif"))
    assert ran.document["private"] is True
    assert (inside.folder / "b.csv").read_text() == BOOK


def test_whatif_sides_are_what_risk_says_of_the_two_books(inside):
    inside.write("after.csv", "instrument,long,short\nUSD,849850,0\nETH,0,50\nSOL,0,300\n")
    arguments = ("--trade", "ETH:-250", "--price", "ETH:2400", "--fee", "150")
    found = inside("whatif", "b.csv", *SHEET, *arguments, "--json").document["result"]
    rows = {row["metric"]: row for row in found["metrics"]}
    for side, file in (("before", "b.csv"), ("after", "after.csv")):
        risk = inside("risk", file, *SHEET, "--json").document["result"]
        assert found["verdict"][side] == risk["verdict"]
        for key in ("assets", "after_haircuts", "debt", "equity", "gross"):
            assert rows[key][side]["value"] == risk[f"{key}_cents"]
        assert rows["health_factor"][side]["value"] == risk["health_factor"]["zkrisk"]["health_factor_bps"]
        assert rows["gross_leverage"][side]["value"] == risk["gross_leverage"]["leverage_bps"]
        assert rows["es_loss_9750"][side]["value"] == risk["tails"][0]["expected_shortfall_loss_cents"]
        assert rows["worst_stress_loss"][side]["value"] == risk["stresses"][0]["loss_cents"]
    for row in found["metrics"]:
        if row["change"] is not None:
            assert int(row["change"]) == int(row["after"]["value"]) - int(row["before"]["value"])


def test_whatif_screen_fits_80_columns_and_shows_both_verdicts(inside):
    ran = inside("whatif", "b.csv", *SHEET, "--trade", "ETH:-250", "--fee", "0.1%", "--positions-not-an-option")
    assert ran.code == 2
    ran = inside("whatif", "b.csv", *SHEET, "--trade", "ETH:-250", "--fee", "0.1%", "--confidence", "99")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "PRIVATE: your screen" in ran.out and "before" in ran.out and "limits hold" in ran.out
    assert "sell 250 ETH" in ran.out and "FAIL → " in ran.out


@pytest.mark.parametrize(("trade", "code"), [("ETH:-190", 0), ("ETH:+500", 4)])
def test_whatif_fail_on_breach_is_about_the_book_after(inside, trade, code):
    arguments = ("whatif", "b.csv", *SHEET, "--trade", trade, "--json")
    assert inside(*arguments).code == 0
    ran = inside(*arguments, "--fail-on-breach")
    assert ran.code == code
    assert ran.document["result"]["verdict"]["after"]["holds"] is (code == 0)


def test_whatif_of_a_stored_book(inside):
    assert inside("init").code == 0
    assert inside("book", "add", "b.csv", "--name", "main").code == 0
    assert inside("whatif", "main", *SHEET, "--trade", "ETH:1").code == 0


def test_whatif_screen_keeps_its_columns_when_a_figure_is_huge(inside):
    inside.write("dust.csv", "instrument,long,short\nUSD,0,0.000001\nETH,2000,0\n")
    ran = inside("whatif", "dust.csv", *SHEET, "--trade", "SOL:1")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80 and "huge" in ran.out
