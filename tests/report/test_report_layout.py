"""The pages in headless Chromium at the widths of a desk and of a phone: nothing overlaps, nothing is too wide."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest
from report_case import STANDARD, inputs, page

from tests.unit import test_bundle_case as case
from zkrisk.book import Trade, parse_csv_book
from zkrisk.report.lender import lender_document
from zkrisk.report.owner import owner_document
from zkrisk.report.page import render_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
WIDTHS = (1280, 390)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
MEASURE = f"<script>{(Path(__file__).parent / 'measure.js').read_text(encoding='utf-8')}</script>"


def measure(html: str, width: int, folder: Path) -> dict:
    """Lay a page out in a frame of a width and measure it.

    A window of Chromium is at least 500 wide. The page's policy lets no script run: the copy that is measured has none.
    """
    copy, count = POLICY.subn("", html)
    assert count == 1
    framed = escape(copy.replace("</body>", MEASURE + "</body>"))
    file = folder / "page.html"
    file.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">'
        f'<iframe style="border:0;width:{width}px;height:2000px" srcdoc="{framed}"></iframe>',
        encoding="utf-8",
    )
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--dump-dom"]
    flags += [f"--user-data-dir={folder / 'profile'}", "--window-size=1400,2000"]
    ran = subprocess.run(
        [str(CHROMIUM), *flags, file.as_uri()], capture_output=True, encoding="utf-8", timeout=120, check=True
    )
    found = re.search(r'<pre id="measured">(.*?)</pre>', ran.stdout, re.DOTALL)
    assert found is not None, ran.stderr[-1000:]
    return json.loads(unescape(found[1]))


def small() -> str:
    """A page with as little on it as there can be: no policy, no debt, no history."""

    book = parse_csv_book("instrument,long,short\nUSD,1,0\n", STANDARD, name="a" * 64)
    return render_page(owner_document(inputs(book=book, policy=None, history=None, trades=(), attestations=())))


def large() -> str:
    """Every instrument, both sides, with as many digits as fit a circuit; far beyond every limit."""
    rows = [f"{symbol},{7_000_000 if symbol == 'USD' else 1_234.56},{777.125}" for symbol in STANDARD.symbols]
    rows[1:9] = [row.replace("1234.56", "8765432.1") for row in rows[1:9]]
    book = parse_csv_book("instrument,long,short\n" + "\n".join(rows), STANDARD, name="everything")
    trades = [Trade("BTC", "-20000000.12345678")]
    return render_page(owner_document(inputs(book=book, confidences=[9_500, 9_750, 9_900], trades=trades)))


PAGES = {
    "owner": page,
    "owner with everything": large,
    "owner with nothing": small,
    "lender offline": lambda: render_page(
        lender_document(case.without_chain(case.packed()), case.packed(), case.sheet().as_of_unix)
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_both_widths_and_nothing_overlaps(name, tmp_path):
    html = PAGES[name]()
    for width in WIDTHS:
        found = measure(html, width, tmp_path)
        assert found["width"] == width
        assert found["beyond"] == [], width
        assert found["scroll"] <= width
        assert found["overlaps"] == [], width
    assert (found["tiles"] > 10) == name.startswith("owner")
    assert (found["charts"] > 4) == name.startswith("owner")


def test_measure_finds_what_is_too_wide_and_what_overlaps(tmp_path):
    wide = page().replace("</header>", '<p style="width:3000px">wide</p></header>')
    assert measure(wide, 390, tmp_path)["beyond"]
    over = page().replace('<div class="now">', '<div class="now" style="margin-top:-30px">')
    assert measure(over, 1280, tmp_path)["overlaps"]
