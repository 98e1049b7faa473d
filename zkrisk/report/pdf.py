"""A page as PDF, printed by WeasyPrint (extra ``pdf``), which may fetch nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NoReturn

from zkrisk.errors import EnvironmentBroken, MissingTool

__all__ = ["render_pdf"]


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError("a report loads nothing")


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
    page = weasyprint.HTML(string=html, base_url=None, url_fetcher=_refuse)
    content: bytes = page.write_pdf(pdf_identifier=b"zkrisk-report")
    return content
