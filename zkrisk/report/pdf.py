"""A page as PDF, printed by WeasyPrint (extra ``pdf``), which may fetch nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from zkrisk.errors import EnvironmentBroken, MissingTool
from zkrisk.report.kind import PDF_MARK, kind_of_report

__all__ = ["render_pdf"]


def render_pdf(html: str) -> bytes:
    """Print a page of `zkrisk.report.page.render_page` with its print style sheet.

    Raises:
        MissingTool: WeasyPrint is not installed.
        EnvironmentBroken: The system's Pango, which it needs, is not.
    """
    try:
        weasyprint: Any = import_module("weasyprint")
    except ModuleNotFoundError as error:
        raise MissingTool("weasyprint is not installed", hint="pip install 'zkrisk[pdf]'") from error
    except OSError as error:
        raise EnvironmentBroken("weasyprint finds no Pango on this system", hint="install libpango-1.0") from error
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    page = weasyprint.HTML(string=html, base_url=None, url_fetcher=nothing)
    content: bytes = page.write_pdf(pdf_identifier=f"{PDF_MARK}{kind_of_report(html.encode())}".encode())
    return content
