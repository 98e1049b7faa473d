"""The page says what the document says, all of it exactly, and needs nothing else."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from report_case import BOOK, STANDARD, Reader, document, inputs, page

from tests.unit import test_bundle_case as case
from zkrisk.book import parse_csv_book
from zkrisk.cli.output import encode
from zkrisk.errors import EmptyScenarios, MissingTool
from zkrisk.report import page as page_module
from zkrisk.report.attestations import Attested
from zkrisk.report.kind import kind_of_report
from zkrisk.report.lender import lender_document
from zkrisk.report.owner import owner_document
from zkrisk.report.page import DOCUMENT_ID, render_page
from zkrisk.sheet import Sheet, synthetic_history

ROOT = Path(__file__).resolve().parents[2]
NOT_FIGURES = ("VaR", "1d")
"""Digits that name a horizon and no amount."""


def lender(note: str | None = "for your file"):
    bundle = case.packed().model_copy(update={"note": note})
    return lender_document(case.without_chain(bundle), bundle, case.sheet().as_of_unix + 5)


def point(found, path: str):
    for step in path.split("/")[1:]:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def money(cents: int) -> str:
    return f"{Decimal(cents) / 100:,.2f}"


def expected(value: str, unit: str) -> str:
    """Text of a figure, worked out again with Decimal."""
    kind, _, rest = unit.rpartition("_")
    if rest in ("CENTS", "SHARE", "RATIO", "TIMES"):
        number = int(value)
        suffix = {"CENTS": "", "RATIO": "", "TIMES": "x", "SHARE": " pt" if kind else " %"}[rest]
        size = abs(number) if kind == "CHANGE" else number
        text = money(size) if rest in ("CENTS", "SHARE") else f"{Decimal(size) / 10_000:,.4f}"
        sign = "" if kind != "CHANGE" or not number else "+" if number > 0 else "\N{MINUS SIGN}"
        return sign + text.replace("-", "\N{MINUS SIGN}") + suffix
    if unit == "COUNT":
        return f"{int(value):,}"
    if unit != "DECIMAL":
        return value
    whole, point, fraction = value.removeprefix("-").partition(".")
    return ("\N{MINUS SIGN}" if value.startswith("-") else "") + f"{int(whole):,}{point}{fraction}"


PAGES = {"owner": (document, page), "lender": (lender, lambda: render_page(lender()))}


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_of_the_page_is_the_documents(name):
    made, html = (call() for call in PAGES[name])
    found = Reader(html)
    assert json.loads(found.embedded) == made
    assert len(found.figures) > 40
    for attributes, text in found.figures:
        value = point(json.loads(found.embedded), attributes["data-path"])
        assert str(value) == attributes["value"], attributes
        if attributes["data-unit"] == "UNIX":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", text)
            continue
        assert text == expected(attributes["value"], attributes["data-unit"]), attributes


@pytest.mark.parametrize("name", PAGES)
def test_no_number_stands_on_the_page_outside_of_a_figure(name):
    made, html = (call() for call in PAGES[name])
    loose = [text for text in Reader(html).loose if re.search(r"\d", text)]
    known = {made.get("book"), *(check["name"] for check in made.get("verification", {}).get("checks", ()))}
    titles = [text for text in loose if text not in known and not text.startswith(("PRIVATE risk", "Attestation of"))]
    assert [text for text in titles if text.strip(": ") not in known] == []


def test_numbers_in_the_charts_are_the_documents_but_for_the_scales():
    found = Reader(page())
    shown = {text for _, text in found.figures}
    levels = {text.removesuffix(" %").rstrip("0").rstrip(".") + " %" for text in shown if text.endswith(" %")}
    drawn = [text.strip() for text in found.drawn if re.search(r"\d", text)]
    assert len(drawn) > 20
    for text in drawn:
        name, colon, amount = text.partition(": ")
        assert not colon or amount in shown or text in shown, text
        assert not re.search(r"\d", re.sub(r"[\d.]+ %| 1d", "", name)) or _is_named(name, shown), text
        assert all(level in levels for level in re.findall(r"[\d.]+ %", name)), text
    assert all(re.fullmatch(r"\N{MINUS SIGN}?\d+(\.\d+)?(k|m|bn|tn)?|\d{4}-\d\d-\d\d", text)
               or _is_named(text, shown) for text in found.scales if re.search(r"\d", text))  # fmt: skip


def _is_named(text: str, shown: set[str]) -> bool:
    """Whether a text is a name of the document, or a line of one that was broken."""
    return any(text.removesuffix(" …").removesuffix(" 1d") in name for name in shown if not name[:1].isdigit())


def test_every_chart_has_a_table_with_what_it_draws():
    shown = {attributes["data-path"] for attributes, _ in Reader(page()).figures}
    made = document()
    for name, fields in (("drawdown", ("equity_cents",)), ("backtest", ("loss_cents", "value_at_risk_cents"))):
        for place in range(len(made[name]["rows"])):
            assert {f"/{name}/rows/{place}/{field}" for field in fields} <= shown
    for place in range(len(made["losses"]["bins"])):
        assert f"/losses/bins/{place}/count" in shown
    for place in range(len(made["distance"]["curve"])):
        assert f"/distance/curve/{place}/health_factor_bps" in shown


@pytest.mark.parametrize("name", PAGES)
def test_the_page_loads_nothing_and_runs_nothing(name):
    html = PAGES[name][1]()
    found = Reader(html)
    for tag, attributes in found.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "image", "foreignobject", "form"), tag
        assert not {"src", "srcset", "href", "action"} & set(attributes)
        assert not [key for key in attributes if key.startswith("on")]
        assert attributes.get("xlink:href", "#").startswith("#")
        assert tag != "script" or attributes == {"type": "application/json", "id": DOCUMENT_ID}
    policies = [attributes["content"] for tag, attributes in found.tags if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not re.search(r"url\((?!#)|@import|@font-face", html)
    for width in ("wide", "narrow"):
        charts = [attributes for tag, attributes in found.tags if tag == "svg" and attributes["class"] == width]
        assert len(charts) == (10 if name == "owner" else 0)
    names = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(names) == len(set(names))


def test_the_same_inputs_give_the_same_bytes_in_every_process():
    code = "import sys; from report_case import page; sys.stdout.write(page())"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'report'}", "PATH": os.environ["PATH"], "TZ": "Asia/Tokyo"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**environment, "PYTHONHASHSEED": "77"}, capture_output=True,
        check=True, timeout=120,
    )  # fmt: skip
    assert ran.stdout.decode() == page()
    assert ran.stderr == b""


def test_the_document_is_one_that_the_command_line_can_say():
    encode(document())
    encode(lender())


def test_hostile_text_does_not_leave_its_place():
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
    made = copy.deepcopy(document())
    made["stresses"]["rows"][0]["name"] = made["metrics"][-1]["subject"] = made["book"] = hostile
    for html in (render_page(made), render_page(lender(note=hostile))):
        found = Reader(html)
        assert [tag for tag, _ in found.tags].count("script") == 1
        assert "img" not in [tag for tag, _ in found.tags]
        assert hostile in found.embedded.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")


def test_a_lenders_page_has_nothing_of_the_book():
    html = render_page(lender())
    for lots in (*case.LONG, *case.SHORT):
        if lots:
            assert str(lots) not in html and f"{lots:,}" not in html and f"{lots:x}" not in html
    assert f"{case.SALT:x}" not in html and "PRIVATE" not in html
    assert kind_of_report(html.encode()) == "LENDER" and kind_of_report(page().encode()) == "OWNER"
    assert kind_of_report(b"<html>") is None and kind_of_report(b"%PDF-1.7") is None


def test_a_lenders_history_is_the_chains_when_one_was_read():
    bundle, end = case.attest().bundle, case.sheet().as_of_unix
    rows = [Attested(f"0x{place}", "lender-a v3", place, end - place * 7_200, end - place * 7_200 + 3_600, "RECORDED")
            for place in (0, 1, 2)]  # fmt: skip
    for recorded, origin, words in (
        (rows, "CHAIN", "recorded, with"),
        ([], "CHAIN", "no attestation"),
        (None, "BUNDLE", "alone"),
    ):
        made = lender_document(case.online(bundle), bundle, end + 600, recorded)
        assert made["history"]["origin"] == origin and words in render_page(made)
        assert len(made["history"]["rows"]) == (1 if recorded is None else len(recorded))
    states = [
        piece["state"]
        for piece in lender_document(case.online(bundle), bundle, end + 600, rows)["history"]["strips"][0]["pieces"]
    ]
    assert states == ["HELD", "LAPSED", "HELD", "LAPSED", "HELD"]


def test_a_lenders_document_of_another_bundle_is_refused():
    with pytest.raises(ValueError, match="another bundle"):
        lender_document(case.without_chain(case.packed()), case.liquidate().bundle, 0)


def test_the_owners_page_says_private_on_every_page_and_synthetic_where_it_is():
    html = page()
    assert "PRIVATE" in html.partition("@page")[2] and '<div class="strip">PRIVATE' in html
    assert "<title>PRIVATE" in html and "SYNTHETIC PRICES" in html
    assert "Out of sample" in html and "In sample" not in html


def test_margin_components_and_bins_add_up():
    made = document()
    steps = {step["label"]: int(step["amount_cents"]) for step in made["margin"]}
    assert steps["assets"] + steps["haircuts"] == steps["after haircuts"]
    assert steps["after haircuts"] + steps["weighted debt"] == steps["headroom"]
    parts = made["components"]
    total = sum(int(row["var_part_e6_cents"]) for row in parts["rows"]) + int(parts["slack_e6_cents"])
    assert total == int(parts["var_loss_e6_cents"])
    scale = int(parts["shortfall_denominator"])
    tail = sum(int(row["shortfall_part_numerator"]) for row in parts["rows"]) + int(parts["slack_e6_cents"]) * scale
    assert -(-tail // (scale * 10**6)) == int(parts["shortfall_cents"])
    assert sum(row["count"] for row in made["losses"]["bins"]) == made["losses"]["scenarios_count"] == 252


def test_sections_agree_with_the_metrics():
    made = document()
    rows = {row["metric"]: row for row in made["metrics"]}
    assert made["margin"][0]["amount_cents"] == rows["assets"]["value"]
    assert made["margin"][2]["amount_cents"] == rows["after_haircuts"]["value"]
    assert made["components"]["var_loss_cents"] == rows["var_loss_9750"]["value"]
    assert made["components"]["shortfall_cents"] == rows["es_loss_9750"]["value"]
    assert made["stresses"]["rows"][0]["loss_cents"] == rows["worst_stress_loss"]["value"]
    still = next(row for row in made["distance"]["curve"] if row["move_bps"] == 0)
    assert still["health_factor_bps"] == rows["health_factor"]["value"]
    assert made["what_if"]["verdict"]["before"] == made["risk"]["verdict"]


def test_without_a_history_the_backtest_says_that_it_is_in_sample():
    made = owner_document(inputs(history=None))
    assert made["backtest"]["out_of_sample"] is False
    assert [test["exceptions_count"] for test in made["backtest"]["tests"]] == [2, 6]
    html = render_page(made)
    assert "In sample" in html and "Out of sample" not in html


def test_a_history_that_is_too_short_is_refused():
    short = synthetic_history(STANDARD, seed=7, last_day=inputs().history.days[-1], days=253)
    with pytest.raises(EmptyScenarios, match="254"):
        owner_document(inputs(history=short))


@pytest.mark.parametrize("text", ["USD,0,0\n", "ETH,0,10\n", "ETH,1,0\nUSD,0,1000000\n"])
def test_books_at_the_edge_have_a_page(text):
    book = parse_csv_book("instrument,long,short\n" + text, STANDARD, name="edge")
    html = render_page(owner_document(inputs(book=book, trades=(), attestations=(), history=None)))
    assert "nan" not in html.lower().replace("finance", "") and Reader(html).embedded


def test_sheet_without_debt_or_stress_has_a_page():
    universe = STANDARD.model_copy(update={"stresses": ()})
    sheet = Sheet.from_history(universe, synthetic_history(STANDARD, seed=7, last_day=inputs().history.days[-1]))
    book = parse_csv_book(BOOK.replace("USDC,0,120000", "USDC,5,0"), universe, name="edge")
    assert "no stress scenarios" in render_page(owner_document(inputs(sheet=sheet, book=book, trades=())))


def test_strip_has_held_and_lapsed_pieces_without_a_gap():
    strip = document()["attestations"]["strips"][0]
    assert [piece["state"] for piece in strip["pieces"]] == ["HELD", "LAPSED", "HELD"]
    assert strip["longest_lapse_s"] == str(5 * 86_400)
    ends = [(int(piece["from_unix"]), int(piece["until_unix"])) for piece in strip["pieces"]]
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    assert sum(piece["width_bps"] for piece in strip["pieces"]) == 10_000


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, package):
    real = page_module.import_module

    def without(name: str):
        if name == package:
            raise ModuleNotFoundError(name=name)
        return real(name)

    monkeypatch.setattr(page_module, "import_module", without)
    with pytest.raises(MissingTool, match=package) as caught:
        render_page(document())
    assert caught.value.hint == "pip install 'zkrisk[report]'"
