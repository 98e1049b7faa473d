"""Documents of strangers: whatever stands where, a reader of pricing refuses with an error of ours or gives a model."""

from __future__ import annotations

import json
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pricing_case import DOCUMENT, MARKET, SURFACE, TERMS, shock
from zkrisk.book.files import parse_json
from zkrisk.errors import ZkRiskError
from zkrisk.pricing import build_rows, market_document, parse_market, parse_surface, parse_terms

SCENARIOS = [shock(100_000, -100_000, 5, vol_e6=200_000)]
ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    "",
    "x",
    "NaN",
    "1e39",
    "1e-39",
    "4.99",
    "9" * 61,
    2**70,
    1_800_000_001,
    2**40 - 1,
    [],
    {},
    [[]],
]


def places(document, path=()):
    """Paths to everything in a document but its root."""
    entries = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, entry in entries:
        yield (*path, key)
        yield from places(entry, (*path, key))


def changed(draw, document):
    """The document with one to three things replaced or gone."""
    document = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        *parents, key = draw(st.sampled_from(list(places(document)) or [("schema",)]))
        target = document
        for step in parents:
            target = target[step]
        if draw(st.booleans()) or isinstance(target, list):
            target[key] = deepcopy(draw(st.sampled_from(ODD)))
        else:
            target.pop(key, None)
    return json.dumps(document)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_parse_surface_changed_document_is_a_surface_or_refused(data):
    try:
        surface = parse_surface(changed(data.draw, SURFACE.to_dict()))
    except ZkRiskError:
        return
    assert parse_surface(json.dumps(surface.to_dict())) == surface
    assert surface.volatility(surface.smiles[0].expiry_unix, 0.1) > 0
    surface.butterfly_warnings()


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_parse_market_changed_document_gives_rows_or_is_refused(data):
    text = changed(data.draw, market_document(MARKET))
    try:
        rows = build_rows(TERMS, parse_market(text), SCENARIOS, 20)
    except ZkRiskError:
        return
    assert all(type(figure) is int for row in (rows.prices, *rows.greeks, *rows.returns) for figure in row)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_parse_terms_changed_document_gives_rows_or_is_refused(data):
    text = changed(data.draw, DOCUMENT)
    try:
        rows = build_rows(parse_terms(parse_json(text)), MARKET, SCENARIOS, 20)
    except ZkRiskError:
        return
    assert all(type(figure) is int for row in (rows.prices, *rows.greeks, *rows.returns) for figure in row)
