"""Documents and pages that the tests of this folder look at: a book with debt, a flip, long names and a history."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from html.parser import HTMLParser
from typing import Any

from zkrisk.book import Trade, parse_csv_book
from zkrisk.policy import load_policy
from zkrisk.report.attestations import Attested
from zkrisk.report.owner import OwnerInputs, owner_document
from zkrisk.report.page import render_page
from zkrisk.sheet import Sheet, load_universe, synthetic_history

LAST = date(2026, 11, 20)
STANDARD = load_universe("standard-32")
SHEET = Sheet.from_history(STANDARD, synthetic_history(STANDARD, seed=7, last_day=LAST))
BOOK = "instrument,long,short\nUSD,250000,0\nETH,200,0\nSOL,0,300\nBTC,1.5,0\nUSDC,0,120000\nLINK,4000,100\n"
DAY = 86_400


def inputs(**changes: Any) -> OwnerInputs:
    end = SHEET.as_of_unix
    given: dict[str, Any] = {
        "book": parse_csv_book(BOOK, STANDARD, name="main"),
        "sheet": SHEET,
        "policy": load_policy("lender-a"),
        "confidences": [9_750, 9_900],
        "history": synthetic_history(STANDARD, seed=7, last_day=LAST, days=506),
        "trades": [Trade("ETH", "-240"), Trade("BTC", "0.5", "91000")],
        "attestations": [
            Attested("sha256:" + "0" * 64, "lender-a v3", 1, end - 9 * DAY, end - 7 * DAY, "SELF_DECLARED"),
            Attested("sha256:" + "1" * 64, "lender-a v3", 9, end - 2 * DAY, end + DAY, "CUSTODIAN_SIGNED"),
        ],
    }
    return OwnerInputs(**{**given, **changes})


@cache
def document() -> dict[str, Any]:
    return owner_document(inputs())


@cache
def page() -> str:
    return render_page(document())


class Reader(HTMLParser):
    """Takes a page apart: figures, the text outside of them, texts of charts, attributes, the embedded JSON."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.figures: list[tuple[dict[str, str], str]] = []
        self.loose: list[str] = []
        self.drawn: list[str] = []
        self.scales: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.embedded = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in ("meta", "br", "use", "path", "rect") or tag in ("path", "rect"):
            self._open.append((tag, found))
        if tag == "data":
            self.figures.append((found, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = [tag for tag, _ in self._open]
        if "script" in inside:
            self.embedded += data
        elif "data" in inside:
            self.figures[-1] = (self.figures[-1][0], self.figures[-1][1] + data)
        elif "svg" in inside and "text" in inside:
            ticks = any(re.search(r"-[xy]tick_\d+$", found.get("id", "")) for _, found in self._open)
            (self.scales if ticks else self.drawn).append(data)
        elif not {"style", "svg"} & set(inside):
            self.loose.append(data)
