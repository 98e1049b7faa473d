"""What a line of ``keeper run --json`` promises, by event. Within v1 events and optional fields are only added."""

from __future__ import annotations

from typing import Any

__all__ = ["KEEPER_EVENTS"]

_ORDER = {"account": "str", "epoch": "int", "way": "str", "threshold_bps": "int"}
_ENDED = {"epoch": "int", "way": "str", "reason": "str"}

KEEPER_EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "started": ({"keeper": "str", "chain_id": "decimal", "dry_run": "bool"}, {}),
    "serving": ({"port": "int"}, {}),
    "upkeep": ({"what": "str"}, {}),
    "reorganised": ({"block": "int", "rebuilt": "bool"}, {}),
    "read": ({"books": "int"}, {}),
    "skipped": ({"account": "str", "reason": "str"}, {}),
    "would": (_ORDER, {}),
    "found": (_ORDER, {}),
    "proved": ({"account": "str"}, {"epoch": "int", "reason": "str"}),
    "unproved": ({"account": "str", "code": "str"}, {}),
    "sent": ({"account": "str", "nonce": "int"}, {}),
    "unsent": ({"code": "str"}, {}),
    "replaced": ({"account": "str", "nonce": "int", "empty": "bool"}, {}),
    "filled": ({"nonce": "int"}, {}),
    "mined": ({"account": "str"}, _ENDED),
    "failed": ({"account": "str"}, _ENDED),
    "stale": ({"account": "str"}, _ENDED),
    "lost": ({"account": "str"}, _ENDED),
    "error": ({"code": "str", "message": "str"}, {"part": "str", "account": "str"}),
}
"""Fields that are always there, and fields that may be. Every line also has ``event`` and ``at_unix``."""
