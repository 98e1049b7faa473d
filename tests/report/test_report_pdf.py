"""The printed report: nothing is fetched, the same bytes again, and whose it is can be told."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from report_case import page

from tests.unit import test_bundle_case as case
from zkrisk.errors import MissingTool
from zkrisk.report import pdf as pdf_module
from zkrisk.report.kind import kind_of_report
from zkrisk.report.lender import lender_document
from zkrisk.report.page import render_page
from zkrisk.report.pdf import render_pdf


def lender() -> str:
    return render_page(lender_document(case.without_chain(case.packed()), case.packed(), case.sheet().as_of_unix))


def test_without_weasyprint_the_command_that_installs_it_is_named(monkeypatch):
    def missing(name: str):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(pdf_module, "import_module", missing)
    with pytest.raises(MissingTool, match="weasyprint") as caught:
        render_pdf(page())
    assert caught.value.hint == "pip install 'zkrisk[pdf]'"


@pytest.mark.parametrize(("html", "kind"), [(page, "OWNER"), (lender, "LENDER")])
def test_pdf_is_one_and_says_whose_it_is(html, kind):
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    content = render_pdf(html())
    assert content.startswith(b"%PDF-") and kind_of_report(content) == kind


def test_pdf_fetches_nothing():
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        hostile = f'<meta name="zkrisk-report" content="LENDER"><link rel="stylesheet" href="{place}/a.css">'
        content = render_pdf(f'{hostile}<img src="{place}/x.png"><img src="file:///etc/hostname"><p>text</p>')
        server.shutdown()
    assert kind_of_report(content) == "LENDER" and asked == []
