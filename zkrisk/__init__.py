"""Private risk attestation: book → sheet → metrics → commitment → witness → proof → chain.

Names are loaded when they are used: importing this package opens no connection, reads no environment, and imports
neither web3 nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Book": "zkrisk.book",
    "Bundle": "zkrisk.proof.bundle_model",
    "OwnerInputs": "zkrisk.report.owner",
    "Policy": "zkrisk.policy",
    "Prover": "zkrisk._prover",
    "RiskDiff": "zkrisk.metrics",
    "RiskReport": "zkrisk.metrics",
    "Sheet": "zkrisk.sheet",
    "Store": "zkrisk.store",
    "Trade": "zkrisk.book",
    "Universe": "zkrisk.sheet",
    "Verdict": "zkrisk.metrics",
    "ZkRiskError": "zkrisk.errors",
    "load_book": "zkrisk.book",
    "load_bundle": "zkrisk.proof.bundle",
    "load_policy": "zkrisk.policy",
    "load_sheet": "zkrisk.sheet",
    "load_universe": "zkrisk.sheet",
    "owner_document": "zkrisk.report.owner",
    "prove": "zkrisk.proof.prove",
    "quantise": "zkrisk.book",
    "render_page": "zkrisk.report.page",
    "risk": "zkrisk.metrics",
    "synthetic_history": "zkrisk.sheet",
    "what_if": "zkrisk.report.what_if",
}

__all__ = sorted(["__version__", *_HOMES])  # noqa: PLE0605  (names come from _HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'zkrisk' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
