"""A report in a notebook: the table, the frame, and what importing does not load."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from zkrisk.book import parse_csv_book, quantise
from zkrisk.errors import MissingTool
from zkrisk.metrics import metric_rows, notebook, risk
from zkrisk.policy import load_policy
from zkrisk.sheet import Sheet, load_universe, synthetic_history

ROOT = Path(__file__).resolve().parents[2]
UNIVERSE = load_universe("micro-8")
SHEET = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=3, last_day=date(2026, 11, 20)))
BOOK = quantise(
    parse_csv_book("instrument,long,short\nETH,200,0\nUSD,0,90000\nSOL,0,100", UNIVERSE, name="main"), UNIVERSE
)
LAZY = ("jinja2", "matplotlib", "pandas", "numpy", "web3", "weasyprint")


class Cells(HTMLParser):
    """Texts of the table's cells by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def report(policy="lender-a"):
    return risk(BOOK, SHEET, load_policy(policy) if policy else None)


def test_frame_without_pandas_names_the_command_that_installs_it(monkeypatch):
    def missing(name: str):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(notebook, "import_module", missing)
    with pytest.raises(MissingTool, match="pandas") as caught:
        report().to_frame()
    assert caught.value.hint == "pip install 'zkrisk[frames]'"


def test_frame_has_the_integers_of_the_report():
    pytest.importorskip("pandas")
    found, frame = report(), report().to_frame()
    assert list(frame.index) == [row.key for row in metric_rows(found)]
    assert frame.loc["health_factor", "value"] == found.health_factor.bps_down()
    assert frame.loc["equity", "value"] == int(found.values.to_dict()["equity_cents"])
    assert frame.loc["gross_leverage", "limit_bps"] == 40_000
    assert frame.loc["gross_leverage", "headroom_bps"] == 40_000 - found.gross_leverage.bps_up()
    assert [str(frame[name].dtype) for name in ("value", "limit_bps", "use_bps", "headroom_bps")] == ["Int64"] * 4
    assert frame["limit_bps"].isna()["equity"]


def test_frame_of_a_metric_without_a_value_has_none_and_its_status():
    pytest.importorskip("pandas")
    free = quantise(parse_csv_book("instrument,long,short\nETH,1,0", UNIVERSE, name="m"), UNIVERSE)
    frame = risk(free, SHEET).to_frame()
    assert frame["value"].isna()["health_factor"] and frame.loc["health_factor", "status"] == "NO_DEBT"


def test_table_has_the_rows_of_the_report_and_says_private():
    found = report()
    html = found._repr_html_()
    assert "PRIVATE" in html and "synthetic" in html
    rows = [row for row in Cells(html).rows if row]
    assert [row[1] for row in rows] == [row.text for row in metric_rows(found)]
    limited = {row[0]: row for row in rows if row[2]}
    assert limited["health factor"][2] == "≥ 1.2500" and limited["health factor"][4] in ("ok", "WARN", "FAIL")
    assert len(limited) == 7


def test_table_escapes_names():
    from dataclasses import replace  # noqa: PLC0415

    row = replace(metric_rows(report())[0], label="<script>", subject="<b>&")
    html = notebook.html_table("<i>", [row])
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html and "&lt;script&gt;" in html


def test_short_forms_show_no_figure():
    difference = report() - report()
    for shown in (repr(difference), repr(difference["equity"]), repr(metric_rows(report())[0])):
        assert not any(character.isdigit() for character in shown.replace(str(len(difference.changes)), ""))


def test_importing_and_computing_loads_nothing_of_the_extras():
    code = (
        "import sys, zkrisk, zkrisk.metrics, zkrisk.report.what_if, zkrisk.report.figures, zkrisk.report.kind\n"
        f"print(*[name for name in {LAZY!r} if name in sys.modules and name != 'numpy'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize("command", ["report", "whatif"])
def test_help_loads_nothing_of_the_extras(command):
    code = (
        "import sys\nfrom zkrisk.cli import main\n"
        f"try:\n    main([{command!r}, '--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.stdout.write('LOADED ' + ' '.join(n for n in {LAZY!r} if n in sys.modules and n != 'numpy'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.endswith("LOADED ")
