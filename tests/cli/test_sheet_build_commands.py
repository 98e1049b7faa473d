"""`sheet build` and `sheet scenarios`: what they refuse, what they write, and that the rest of `sheet` reads it."""

from __future__ import annotations

import json
import random
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT
from inside import Inside

from tests.unit.exchange_server import Exchange, serving
from zkrisk.book.files import canonical_sha256
from zkrisk.cli.schemas import json_schema
from zkrisk.sheet import load_sheet

LAST_DAY = date(2026, 1, 31)
DAYS = [LAST_DAY - timedelta(days=n) for n in range(119, -1, -1)]
PROXIES = ("--proxy", "USDC=USD", "--proxy", "ETH-PERP=ETH")
BUILD = ("sheet", "build", "--universe", "micro-8", "--prices", "closes.csv", *PROXIES)


def closes() -> list[list[str]]:
    """A wide table of three coins, with its header."""
    made, level = random.Random(4), {"ETH": 3_000.0, "BTC": 80_000.0, "SOL": 200.0}  # noqa: S311
    rows = [["date", *level]]
    for day in DAYS:
        common = made.gauss(0, 0.025)
        for coin in level:
            level[coin] *= 1 + common + made.gauss(0, 0.008)
        rows.append([day.isoformat(), *(f"{price:.2f}" for price in level.values())])
    return rows


def table(rows: list[list[str]]) -> str:
    """CSV."""
    return "\n".join(",".join(row) for row in rows) + "\n"


@pytest.fixture
def priced(tmp_path):
    """A folder with a table of closes and a book."""
    program = Inside(tmp_path)
    program.write("closes.csv", table(closes()))
    program.write("book.csv", "instrument,long,short\nUSD,250000,0\nETH,20,0\nSOL,0,30\n")
    return program


def broken(name: str) -> str:
    """A table with one thing wrong."""
    rows = closes()
    if name == "GAP":
        rows[-5][3] = ""
    if name == "NON_POSITIVE":
        rows[-5][3] = "0"
    if name == "DUPLICATE":
        rows.append([*rows[-5][:3], "1"])
    if name == "SPLIT":
        rows[-5:] = [[*row[:3], f"{float(row[3]) / 10:.2f}"] for row in rows[-5:]]
    if name == "OUTLIER":
        rows[-5][3] = f"{float(rows[-5][3]) * 1.6:.2f}"
    if name == "STALE":
        rows[-12:] = [[*row[:3], rows[-13][3]] for row in rows[-12:]]
    if name == "MISALIGNED":
        column = [row[3] for row in rows[1:]]
        rows[1:] = [[*row[:3], value] for row, value in zip(rows[1:], column[:1] + column[:-1], strict=True)]
    if name == "FUTURE":
        rows = [
            rows[0],
            *([(date.fromisoformat(row[0]) + timedelta(days=9_999)).isoformat(), *row[1:]] for row in rows[1:]),
        ]
    return table(rows)


@pytest.mark.parametrize(
    "name", ["GAP", "NON_POSITIVE", "DUPLICATE", "SPLIT", "OUTLIER", "STALE", "MISALIGNED", "FUTURE"]
)
def test_prices_with_an_error_build_nothing_and_the_report_says_why(priced, name):
    priced.write("closes.csv", broken(name))
    ran = priced(*BUILD, "-o", "sheet.json", "--report", "report.json")
    assert ran.code == 3 and f"error[PRICES_REFUSED]: {name} in " in ran.err and "  try: " in ran.err
    assert f"  FAIL  {name:<15}" in ran.out and "Traceback" not in ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    assert not (priced.folder / "sheet.json").exists()
    kept = json.loads((priced.folder / "report.json").read_text())["reports"]["prices"]
    asked = priced(*BUILD, "-o", "sheet.json", "--json")
    error = asked.document["error"]
    assert (asked.code, error["code"], error["exit_code"]) == (3, "PRICES_REFUSED", 3)
    assert error["details"]["findings"] == kept["findings"]
    assert name in {finding["kind"] for finding in kept["findings"] if finding["severity"] == "ERROR"}


REPAIRS = {
    "GAP": ("--fill", "previous"),
    "SPLIT": ("--split", f"SOL:{DAYS[-5]}:10:1"),
    "OUTLIER": ("--allow", "outlier"),
    "STALE": ("--allow", "STALE"),
    "MISALIGNED": ("--shift", "SOL=-1", "--last-day", DAYS[-2].isoformat()),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_repaired_prices_build_a_sheet_that_says_so(priced, name):
    priced.write("closes.csv", broken(name))
    ran = priced(*BUILD, *REPAIRS[name], "-o", "sheet.json", "--json")
    assert ran.code == 0, ran.err
    sheet = load_sheet(priced.folder / "sheet.json")
    kinds = {"GAP": "FILLED", "SPLIT": "SPLIT_APPLIED", "MISALIGNED": "SHIFTED"}
    assert any(text.startswith(f"{kinds.get(name, name)}: SOL: ") for text in sheet.warnings)
    assert {w["code"] for w in ran.document["warnings"]} >= {kinds.get(name, name), "PROXY"}
    assert " ".join(REPAIRS[name][:2]).replace("outlier", "OUTLIER") in sheet.origin.options


def test_built_sheet_is_shown_checked_compared_and_used(priced):
    ran = priced(*BUILD, "--json", "--report", "report.json")
    document = ran.document
    assert ran.code == 0, ran.err
    jsonschema.validate(document, json_schema("sheet-build"))
    name = document["result"]["path"]
    assert name == "micro-8-2026-01-31.json" and document["result"]["synthetic"] is False
    report = json.loads((priced.folder / "report.json").read_text())
    assert document["result"]["origin"]["report_sha256"] == canonical_sha256(report)
    shown = priced("sheet", "show", name)
    assert "closes.csv (ETH, BTC, SOL)" in shown.out and "DEMO" not in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert priced("sheet", "show", name, "--json").document["result"]["origin"] == document["result"]["origin"]
    assert (
        priced("sheet", "check", name, "--json").document["result"]["sheet_sha256"]
        == document["result"]["sheet_sha256"]
    )
    priced(*BUILD, "--last-day", DAYS[-2].isoformat())
    compared = priced("sheet", "diff", name, "micro-8-2026-01-30.json", "--json").document["result"]
    assert {change["instrument"] for change in compared["prices"]} == {"ETH", "BTC", "ETH-PERP", "SOL"}
    assert (compared["parameters_equal"], compared["window_equal"], compared["origin_equal"]) == (True, False, False)
    priced("init")
    risk = priced("risk", "book.csv", "--sheet", name, "--json")
    assert risk.code == 0 and risk.document["result"]["sheet"]["synthetic"] is False, risk.err


def test_screen_has_the_figures_of_the_json(priced):
    result = priced(*BUILD, "--dry-run", "--json").document["result"]
    ran = priced(*BUILD, "--dry-run")
    assert ran.code == 0 and result["path"] is None and "nothing written" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    for facts in result["reports"]["prices"]["series"]:
        assert f"{facts['instrument']:<13}{facts['rows']:>6}{facts['used']:>6}" in ran.out
    assert list(priced.folder.glob("*.json")) == []


def test_the_same_command_builds_the_same_bytes(priced):
    assert priced(*BUILD, "-o", "a.json").code == priced(*BUILD, "-o", "b.json").code == 0
    assert (priced.folder / "a.json").read_bytes() == (priced.folder / "b.json").read_bytes()
    assert priced(*BUILD, "-o", "a.json").code == 11


def test_stdin_and_stdout_are_files(priced):
    text = (priced.folder / "closes.csv").read_text()
    piped = ("sheet", "build", "--universe", "micro-8", "--prices", "-", *PROXIES)
    ran = priced(*piped, "-o", "-", stdin=text)
    assert ran.code == 0 and list(priced.folder.glob("*.json")) == []
    priced.write("piped.json", ran.out)
    assert priced("sheet", "check", "piped.json").code == 0
    assert priced(*BUILD, "-o", "own.json").code == 0
    piped_sheet, own = (load_sheet(priced.folder / name) for name in ("piped.json", "own.json"))
    assert piped_sheet.origin.sources[0].name == "stdin" and piped_sheet.window == own.window
    assert piped_sheet.origin.sources[0].sha256 == own.origin.sources[0].sha256
    assert priced(*piped, stdin="").code == 3


def test_files_of_one_instrument_each_build_the_same_prices(priced):
    rows = closes()
    for column, coin in enumerate(rows[0][1:], start=1):
        text = table([["", "code", "day", "close"], *(["7", "X", row[0], row[column]] for row in rows[:0:-1])])
        priced.write(f"{coin}.csv", text)
    files = [argument for coin in ("BTC", "ETH", "SOL") for argument in ("--prices", f"{coin}=./{coin}.csv")]
    ran = priced("sheet", "build", "--universe", "micro-8", *files, *PROXIES, "--date-column", "day", "--value-column",
                 "close", "-o", "own.json", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert {w["code"] for w in ran.document["warnings"]} == {"PROXY", "UNSORTED"}
    priced(*BUILD, "-o", "wide.json")
    own, wide = (load_sheet(priced.folder / name) for name in ("own.json", "wide.json"))
    assert (own.prices, own.window) == (wide.prices, wide.window)


@pytest.mark.parametrize(("arguments", "code", "message"), [
    ((), 2, "one of them"), (("--prices", "closes.csv", "--feeds"), 2, "one of them"),
    (("--prices", "closes.csv", "--market", "ETH=ETH/USD"), 2, "for '--ccxt'"),
    (("--prices", "closes.csv", "--rpc", "http://127.0.0.1:1"), 2, "for '--feeds'"),
    (("--prices", "closes.csv", "--prices", "SOL=closes.csv"), 3, "no column 'value'"),
    (("--prices", "closes.csv", "--prices", "closes.csv"), 2, "two files"),
    (("--prices", "USD=closes.csv"), 3, "is cash"), (("--prices", "DOGE=closes.csv"), 3, "DOGE"),
    (("--prices", "missing.csv"), 3, "cannot read"), (("--prices", "closes.csv"), 3, "no prices and no proxy"),
    (("--prices", "closes.csv", *PROXIES, "--stamp", "noon"), 2, "close or open"),
    (("--prices", "closes.csv", *PROXIES, "--fill", "zero"), 2, "'--fill' is previous"),
    (("--prices", "closes.csv", *PROXIES, "--last-day", "2026-1-1x"), 2, "YYYY-MM-DD"),
    (("--prices", "closes.csv", *PROXIES, "--allow", "EVERYTHING"), 2, "'--allow' is one of"),
    (("--prices", "closes.csv", *PROXIES, "--allow", "GAP"), 3, "can be allowed"),
    (("--prices", "closes.csv", *PROXIES, "--split", "SOL:2:1"), 2, "SYMBOL:DAY:NEW:OLD"),
    (("--prices", "closes.csv", *PROXIES, "--shift", "SOL=one"), 2, "'--shift' is written"),
    (("--prices", "closes.csv", *PROXIES, "--proxy", "USDC=ETH"), 2, "each name once"),
    (("--prices", "closes.csv", *PROXIES, "--threshold", "sigma=3"), 2, "'--threshold' is of"),
    (("--prices", "closes.csv", *PROXIES, "--max-fill", "0"), 3, "at least one day"),
    (("--prices", "closes.csv", *PROXIES, "--scenarios", "nothing"), 3, "no scenario set"),
    (("--prices", "closes.csv", *PROXIES, "--scenarios", "missing.csv"), 3, "cannot read"),
    (("--prices", "closes.csv", *PROXIES, "--stress", "mar-2020", "--replace-stresses"), 3, "GAP in"),
    (("--prices", "closes.csv", *PROXIES, "--epoch", "-1"), 3, "negative"),
    (("--prices", "closes.csv", *PROXIES, "--last-day", "0001-01-01"), 3, "does not reach back"),
    (("--prices", "closes.csv", *PROXIES, "--last-day", "9999-12-31"), 3, "GAP in"),
    (("--ccxt", "kraken", "--market", "ETH=ETH/USD", *PROXIES, "--last-day", "0001-01-01"), 3, "from 2009-01-03"),
    (("--ccxt", "kraken", "--market", "ETH=ETH/USD", *PROXIES, "--last-day", "9999-12-31"), 3, "to yesterday"),
    (("--ccxt", "kraken", "--market", "ETH=ETH/USD", *PROXIES, "--stamp", "open"), 2, "is for files"),
    (("--prices", "closes.csv", *PROXIES, "-o", "nowhere/x.json"), 3, "cannot write"),
])  # fmt: skip
def test_bad_arguments_refused_in_one_line(priced, arguments, code, message):
    ran = priced("sheet", "build", "--universe", "micro-8", *arguments)
    assert ran.code == code and message in ran.err and "Traceback" not in ran.err, ran.err
    assert list(priced.folder.glob("*.json")) == []


def test_scenarios_are_listed_and_the_named_ones_build(priced):
    listed = priced("sheet", "scenarios", "list", "--json").document
    jsonschema.validate(listed, json_schema("sheet-scenarios-list"))
    names = [row["name"] for row in listed["result"]["scenarios"]]
    assert names[:3] == ["rolling", "correlation-0.9", "spread-x10"] and "ftx-2022-11" in names
    assert max(map(len, priced("sheet", "scenarios", "list").out.splitlines())) <= 80
    for name in names[:3]:
        ran = priced(*BUILD, "--scenarios", name, "-o", f"{name}.json", "--json")
        assert ran.code == 0, ran.err
        result = ran.document["result"]
        assert (result["synthetic"], result["origin"]["window"]["name"]) == (name != "rolling", name)


def test_scenarios_of_a_sheet_are_shown_written_and_built_with(priced):
    priced(*BUILD, "-o", "sheet.json")
    ran = priced("sheet", "scenarios", "show", "correlation-0.9", "--sheet", "sheet.json", "-o", "own.json", "--json")
    document = ran.document
    jsonschema.validate(document, json_schema("sheet-scenarios-show"))
    assert document["result"]["rows"] == 16
    read = priced("sheet", "scenarios", "show", "own.json", "--universe", "micro-8", "--json").document["result"]
    assert (read["sha256"], read["instruments"]) == (document["result"]["sha256"], document["result"]["instruments"])
    built = priced(*BUILD, "--scenarios", "own.json", "-o", "with.json", "--json").document["result"]
    assert built["origin"]["window"]["sha256"] == read["sha256"] and built["synthetic"] is True
    named = priced(*BUILD, "--scenarios", "correlation-0.9", "-o", "named.json", "--json").document["result"]
    assert named["origin"]["window"]["sha256"] == read["sha256"]
    screen = priced("sheet", "scenarios", "show", "own.json", "--universe", "micro-8").out
    assert max(map(len, screen.splitlines())) <= 80 and "mean correlation 0.9" in screen


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (("show", "mar-2020"), 3, "found in prices"), (("show", "nothing", "--sheet", "synthetic:1"), 3, "no scenario set"),
    (("show", "missing.json"), 3, "cannot read"), (("show",), 2, "missing argument"), (("shwo",), 2, "shwo"),
    (("show", "spread-x10", "--sheet", "synthetic:1", "--spread", "WSTETH"), 2, "'--spread' is written"),
])  # fmt: skip
def test_bad_scenario_arguments_refused(priced, arguments, code, message):
    ran = priced("sheet", "scenarios", *arguments)
    assert ran.code == code and message in ran.err.lower().replace("'shwo'", "shwo"), ran.err


def test_own_stress_rows_and_a_worst_move_stand_in_the_sheet(priced):
    priced.write("own.csv", "id,name,USDC,ETH,BTC,ETH-PERP,SOL\nbad,Bad day,0,-0.3,-0.2,-0.3,-0.45\n")
    worst = f"worst:{DAYS[-60]}:{DAYS[-1]}:5"
    ran = priced(
        *BUILD, "--stress", "own.csv", "--stress", worst, "--replace-stresses", "--lead", "SOL", "-o", "s.json"
    )
    assert ran.code == 0, ran.err
    rows = load_sheet(priced.folder / "s.json").parameters
    assert rows.stress_ids[0] == "bad" and rows.stress_names[0] == "Bad day"
    assert rows.stress_return[0] == (0, 0, -300_000, -200_000, -300_000, -450_000, 0, 0)
    sol = [float(row[3]) for row in closes()[-60:]]
    lowest = min(sol[n + 5] / sol[n] - 1 for n in range(55))
    assert abs(rows.stress_return[1][5] / 10**6 - lowest) < 2e-6
    risk = priced("risk", "book.csv", "--sheet", "s.json", "--json")
    assert {"bad"} <= {stress["id"] for stress in risk.document["result"]["stresses"]}


def test_exchange_gives_the_same_prices_and_keeps_them_as_a_file(priced):
    pytest.importorskip("ccxt", reason="ccxt is an extra: pip install 'zkrisk[ccxt]'")
    rows = closes()
    by_pair = {f"{coin.lower()}usd": {date.fromisoformat(row[0]): row[column] for row in rows[1:]}
               for column, coin in enumerate(rows[0]) if column}  # fmt: skip
    markets = [argument for coin in ("BTC", "ETH", "SOL") for argument in ("--market", f"{coin}={coin}/USD")]
    with serving(Exchange(by_pair)) as exchange:
        priced.write("ccxt.json", json.dumps({"urls": exchange.options["urls"]}))
        ran = priced("sheet", "build", "--universe", "micro-8", "--ccxt", "bitstamp", *markets, *PROXIES, "--last-day",
                     LAST_DAY.isoformat(), "--ccxt-config", "ccxt.json", "--keep-prices", "kept.csv", "-o", "x.json",
                     "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert {source["name"] for source in ran.document["result"]["origin"]["sources"]} == {
        f"ccxt:bitstamp:{coin}/USD" for coin in ("BTC", "ETH", "SOL")
    }
    kept = [line.split(",") for line in (priced.folder / "kept.csv").read_text().splitlines()]
    assert sorted(kept[0]) == ["BTC", "ETH", "SOL", "date"] and len(kept) == 121
    priced("sheet", "build", "--universe", "micro-8", "--prices", "kept.csv", *PROXIES, "-o", "again.json")
    own, again = (load_sheet(priced.folder / name) for name in ("x.json", "again.json"))
    assert (own.prices, own.window) == (again.prices, again.window)


def test_without_ccxt_the_extra_is_named(priced, monkeypatch):
    monkeypatch.setitem(sys.modules, "ccxt", None)
    ran = priced("sheet", "build", "--universe", "micro-8", "--ccxt", "kraken", "--market", "ETH=ETH/USD", *PROXIES)
    assert ran.code == 12 and "MISSING_TOOL" in ran.err and "zkrisk[ccxt]" in ran.err


def test_commands_of_the_page_run_as_they_stand_there(priced):
    page = (ROOT / "docs" / "sheets.md").read_text()
    rows = closes()
    for column, coin in enumerate(rows[0][1:], start=1):
        text = table([["date", "value"], *([row[0], row[column]] for row in rows[1:])])
        priced.write(f"{coin.lower()}.csv", text)
    priced.write("mine.csv", "id,USDC,ETH,BTC,ETH-PERP,SOL\nbad,0,-0.3,-0.2,-0.3,-0.45\n")
    blocks = re.findall(r"```\n(zkrisk .*?)```", page, re.DOTALL)
    commands = [line.split()[1:] for block in blocks for line in block.splitlines()]
    assert len(commands) == 9
    for command in commands:
        ran = priced(*command)
        assert ran.code == 0, (command, ran.err)


def test_python_of_the_page_runs(priced, monkeypatch):
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "sheets.md").read_text(), re.DOTALL)
    assert example is not None
    monkeypatch.chdir(priced.folder)
    names = {"Path": Path, "now_unix": int(datetime(2026, 2, 2, tzinfo=UTC).timestamp())}
    exec(compile(example.group(1), "sheets.md", "exec"), names)  # noqa: S102
    assert len(names["sheets"]) == 100 - 16 and names["built"].sheet.window.last_day == LAST_DAY.isoformat()
