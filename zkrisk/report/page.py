"""A document as one HTML file that needs nothing else: no script, no network, fonts of the reader's system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from zkrisk.errors import MissingTool
from zkrisk.report.figures import Figures

__all__ = ["DOCUMENT_ID", "render_page"]

DOCUMENT_ID: Final = "zkrisk-document"
_TEMPLATES: Final = Path(__file__).parent / "templates"
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise MissingTool(f"{package} is not installed", hint="pip install 'zkrisk[report]'") from error


def embedded(document: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: sorted keys, and nothing that could end the element."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return "".join(_ESCAPES.get(character, character) for character in text)


def render_page(document: Mapping[str, Any]) -> str:
    """Write the page of an owner's or a lender's document. The same document gives the same bytes.

    Raises:
        MissingTool: jinja2 or matplotlib is not installed.
    """
    jinja2, markup = _load("jinja2"), _load("markupsafe").Markup
    _load("matplotlib")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = Figures(document)
    charts = _charts(document)
    text: str = environment.get_template(f"{document['kind'].lower()}.html.j2").render(
        doc=document,
        show=lambda path, unit: markup(figures.show(path, unit)),
        metric=lambda path: markup(figures.metric(path)),
        tagged=lambda path, name, unit: markup(figures.tagged(path, name, unit)),
        chart={name: markup(svg) for name, svg in charts.items()},
        embedded=markup(embedded(document)),
        document_id=DOCUMENT_ID,
        style=markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )
    return text


def _charts(document: Mapping[str, Any]) -> dict[str, str]:
    if document["kind"] != "OWNER":
        return {}
    from zkrisk.report.charts import draw_all  # noqa: PLC0415  (matplotlib takes 0.3 s)

    return draw_all(document)
