"""What ``COMMAND --json`` promises, written once. Within v1 fields are only added.

Shapes: ``str``, ``int``, ``bool`` and ``decimal`` (an integer as text, because it may pass 2^53); a ``?`` in front
allows null; a dict is an object with all its keys, a list an array of its one entry, ``any`` anything.
"""

from __future__ import annotations

from typing import Any

from zkrisk.cli.event_schemas import KEEPER_EVENTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PRIMITIVES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "decimal": {"type": "string", "pattern": "^-?[0-9]+$"},
    "any": {},
}
BOOK_FACTS = {"name": "str", "universe": "str", "positions_count": "int"}
OPENING = {
    "commitment": "str",
    "account": "str",
    "book": "str",
    "chain_id": "decimal",
    "state": "str",
    "sequence": "?decimal",
    "tx_hash": "?str",
    "created_at_unix": "int",
}
POLICY_FACTS = {"name": "str", "version": "int", "text": "str", "sha256": "str", "enabled": ["str"]}
SHEET_REPORT = {
    "schema": "str",
    "universe": "str",
    "rules": "str",
    "first_day": "str",
    "last_day": "str",
    "closes": "int",
    "series": [
        {
            "instrument": "str",
            "source": "str",
            "rows": "int",
            "first_day": "?str",
            "last_day": "?str",
            "used": "int",
        }
    ],
    "findings": [
        {"kind": "str", "severity": "str", "instrument": "str", "count": "int", "days": ["str"], "message": "str"}
    ],
}
SCENARIO_SOURCE = {"name": "str", "source": "str", "sha256": "str"}
SHEET_ORIGIN = {
    "rules": "str",
    "options": ["str"],
    "sources": [{"name": "str", "sha256": "str", "instruments": ["str"]}],
    "window": SCENARIO_SOURCE,
    "stresses": [SCENARIO_SOURCE],
    "report_sha256": "str",
}
SHEET_FACTS = {
    "universe": "str",
    "universe_sha256": "str",
    "sheet_sha256": "str",
    "epoch": "int",
    "as_of_unix": "int",
    "synthetic": "bool",
    "window": {"first_day": "str", "last_day": "str", "rows": "int"},
}
BOOK = {"name": "str", "universe": "str", "positions": [{"instrument": "str", "long": "str", "short": "str"}]}
POINT = {"x": "decimal", "y": "decimal"}
VENUE_KEY = {"name": "str", "public_key": POINT, "key_sha256": "str"}
STATEMENT_FACTS = {
    "venue": "int",
    "nullifier": "str",
    "owner": "str",
    "chain_id": "decimal",
    "registry": "str",
    "as_of_unix": "decimal",
    "locked_until_unix": "decimal",
    "universe": "str",
    "public_key": POINT,
    "key_sha256": "str",
}
READER_KEY = {
    "name": "str",
    "public_key": POINT,
    "threshold": "int",
    "members_count": "int",
    "transcript_sha256": "?str",
}
CEREMONY_FACTS = {"name": "str", "threshold": "int", "members_count": "int", "ceremony_sha256": "str"}
OPENED = {"owner": "str", "commitment": "str", "matches": "bool", "positions": "any"}
READERS = {"readers_version": "int", "readers": [{"kind": "str", "key_sha256": "str"}]}
UPKEEP = {"sent": "bool", "tx_hash": "?str"}
VENUE_FACTS = {
    "venue": "int",
    "keys": [
        {
            "index": "int",
            "key_sha256": "str",
            "valid_from_unix": "decimal",
            "valid_until_unix": "decimal",
            "revoked_at_unix": "?decimal",
        }
    ],
}
READERS_NOW = {**READERS, "required_version": "int"}
STORE_COUNTS = {"path": "str", "store_id": "str", "books_count": "int", "openings": "any"}

METRIC_ROW = {
    "metric": "str",
    "label": "str",
    "subject": "?str",
    "unit": "str",
    "status": "str",
    "value": "?decimal",
    "limit_bps": "?decimal",
    "use_bps": "?decimal",
    "headroom_bps": "?decimal",
    "word": "str",
}

RESULTS: dict[str, Any] = {
    "version": {"version": "str"},
    "keeper-scan": {
        "epoch": "int",
        "accounts": [
            {
                "account": "str",
                "vault": "str",
                "assurance": "str",
                "debt_units": "decimal",
                "distance_percent": "?int",
                "liquidatable": "?bool",
                "readable": "bool",
                "challenged": "bool",
                "refusal": "?str",
                "positions": "any",
            }
        ],
    },
    "init": {"home": "str", "config": "str", "config_written": "bool"},
    "config": {"path": "str"},
    "bench-prove": {
        "instance": "str",
        "rows": "int",
        "wires": "int",
        "kernels": ["str"],
        "witness_share_percent": "int",
        "times": [{"prover": "str", "median_us": "int", "min_us": "int", "max_us": "int"}],
    },
    "doctor": {"findings": [{"word": "str", "what": "str", "fact": "str", "repair": "str"}]},
    "book-add": {**BOOK_FACTS, "kept": "bool"},
    "book-list": {"books": [{"name": "str", "universe": "str", "version": "int", "updated_at_unix": "int"}]},
    "book-show": BOOK,
    "book-export": BOOK_FACTS,
    "book-check": BOOK_FACTS,
    "book-diff": {"changes": [{"instrument": "str", "side": "str", "before": "str", "after": "str"}]},
    "book-remove": {"name": "str", "removed": "bool"},
    "policy-list": {"policies": [POLICY_FACTS]},
    "policy-show": {**POLICY_FACTS, "limits_bps": "any", "confidence_bps": "int", "max_age_s": "int"},
    "policy-check": {**POLICY_FACTS, "universe": "str", "public_values": ["int"]},
    "policy-diff": {"changes": [{"field": "str", "before": "?str", "after": "?str"}]},
    "sheet-show": {"universe": "str", "universe_sha256": "str", "instruments": [{"slot": "int", "symbol": "str"}]},
    "sheet-check": {**SHEET_FACTS, "blocked": ["str"]},
    "sheet-diff": {"prices": [{"instrument": "str", "before_usd": "str", "after_usd": "str"}], "window_equal": "bool"},
    "sheet-build": {"path": "?str", **SHEET_FACTS, "origin": SHEET_ORIGIN, "reports": {"prices": SHEET_REPORT}},
    "sheet-scenarios-list": {"scenarios": [{"name": "str", "use": "str", "what": "str"}]},
    "sheet-scenarios-show": {
        **SCENARIO_SOURCE,
        "hypothetical": "bool",
        "rows": "int",
        "mean_correlation_bps": "?int",
        "instruments": [{"symbol": "str", "volatility_e6": "int", "worst_e6": "int", "best_e6": "int"}],
    },
    "commit": {"book": "str", "account": "str", "commitment": "str", "state": "str", "backed_up": "bool"},
    "commit-statement": {"account": "str", "commitment": "str", "sequence": "decimal", "sent": "bool"},
    "store-info": {
        **STORE_COUNTS,
        "format": "int",
        "created_at_unix": "int",
        "backed_up_at_unix": "?int",
        "kdf": "any",
    },
    "store-backup": {"file": "str", "openings_count": "int"},
    "store-restore": STORE_COUNTS,
    "store-rekey": {"store_id": "str", "rekeyed": "bool"},
    "store-recover": {
        "prepared": [OPENING],
        "matched": [OPENING],
        "retired": [OPENING],
        "unknown": [{"commitment": "str", "sequence": "decimal"}],
    },
    "issuer-keygen": VENUE_KEY,
    "issuer-list": {"keys": [{"name": "str", "key_sha256": "str"}]},
    "issuer-sign": {**STATEMENT_FACTS, "positions_count": "int", "omitted_count": "int"},
    "issuer-show": {**STATEMENT_FACTS, "key_checked": "bool", "positions": "any"},
    "issuer-show-key": VENUE_KEY,
    "viewing-keygen": READER_KEY,
    "viewing-list": {
        "keys": [{"name": "str", "kind": "str", "member": "?int", "threshold": "int", "members_count": "int"}]
    },
    "viewing-show": READER_KEY,
    "viewing-ceremony-join": {"name": "str", "transport_key": "str"},
    "viewing-ceremony-start": {**CEREMONY_FACTS, "members": [{"member": "int", "transport_key": "str"}]},
    "viewing-ceremony-publish": {**CEREMONY_FACTS, "member": "int", "contribution_sha256": "str"},
    "viewing-ceremony-check": READER_KEY,
    "viewing-ceremony-finish": {**READER_KEY, "member": "int"},
    "viewing-partial": {"name": "str", "member": "int", "commitment": "str"},
    "viewing-combine": {**OPENED, "members": ["int"]},
    "viewing-open": OPENED,
    "viewing-fetch": {
        "account": "str",
        "commitment": "str",
        "block_number": "int",
        "readers_version": "int",
        "key_sha256": "str",
        "key_index": "int",
    },
    "bind": {
        "sent": "bool",
        "commitment": "str",
        "coverage_bps": "int",
        "coverage_until_unix": "int",
        **READERS,
    },
    "answer": {"sent": "bool", "number": "decimal", "epoch": "decimal", "in_time": "?bool"},
    "challenge": {"sent": "bool", "account": "str", "number": "?decimal", "bond_wei": "decimal", "closed": "bool"},
    "claim": {
        "sent": "bool",
        "to": "str",
        "claims": [{"holder": "str", "token": "?str", "units": "decimal"}],
        "tx_hashes": ["str"],
    },
    "chain-venue-show": VENUE_FACTS,
    "chain-venue-add": {**UPKEEP, **VENUE_FACTS},
    "chain-venue-revoke": {**UPKEEP, **VENUE_FACTS},
    "chain-readers-show": READERS_NOW,
    "chain-readers-announce": {**UPKEEP, **READERS_NOW},
    "chain-readers-sync": {**UPKEEP, **READERS_NOW},
    "chain-readers-auditor": {**UPKEEP, **READERS_NOW},
    "risk": {
        "book": "str",
        "private": "bool",
        "sheet": {"universe": "str", "sha256": "str", "epoch": "int", "as_of_unix": "int", "synthetic": "bool"},
        "positions_count": "int",
        "assets_cents": "decimal",
        "after_haircuts_cents": "decimal",
        "debt_cents": "decimal",
        "equity_cents": "decimal",
        "gross_cents": "decimal",
        "health_factor": "any",
        "loan_to_value": "any",
        "gross_leverage": "any",
        "net_leverage": "any",
        "largest_position": "any",
        "sectors": ["any"],
        "hhi": "any",
        "tails": [{"confidence_bps": "int", "order": "int", "var_loss_cents": "decimal"}],
        "stresses": [{"id": "str", "name": "str", "loss_cents": "decimal"}],
        "distances": [{"level_bps": "int", "common": "any", "nearest": "any"}],
        "verdict": "any",
    },
    "report": {"kind": "str", "private": "bool", "synthetic": "bool"},
    "whatif": {
        "book": "str",
        "private": "bool",
        "trades": [
            {
                "instrument": "str",
                "side": "str",
                "units": "str",
                "price_usd": "str",
                "fee_usd": "str",
                "cash_change_usd": "str",
            }
        ],
        "metrics": [
            {
                "metric": "str",
                "label": "str",
                "unit": "str",
                "before": METRIC_ROW,
                "after": METRIC_ROW,
                "change": "?decimal",
            }
        ],
        "verdict": {"before": "any", "after": "any"},
    },
}

OPEN_RESULTS = (
    "bundle-file", "bundle-show", "bundle-unpack", "chain-deploy", "chain-info", "chain-push", "chain-roll",
    "chain-snapshot", "chain-start", "chain-stop", "policy-register", "prove", "sheet-audit", "sheet-fetch",
    "sheet-fold", "status", "submit", "trust-add", "trust-list", "trust-remove", "trust-show", "vault-deposit",
    "vault-liquidate", "vault-repay", "vault-show", "verify",
)  # fmt: skip
"""Commands whose envelope is fixed and whose result is not yet promised field by field."""

RESULTS.update(dict.fromkeys(OPEN_RESULTS, "any"))


LINES = {"keeper-run": KEEPER_EVENTS}
"""Commands that say one object a line, without the envelope."""

NAMES = (*RESULTS, *LINES)


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema of a whole document, or of one line.

    Args:
        name: One of NAMES.
    """
    if name in LINES:
        lines = [_line(event, *fields) for event, fields in LINES[name].items()]
        return {"$schema": DRAFT, "$id": f"urn:zkrisk:cli/{name}/v1", "oneOf": lines}
    envelope = {
        "schema": "str",
        "tool_version": "str",
        "as_of_unix": "int",
        "result": RESULTS[name],
        "warnings": [{"code": "str", "message": "str"}],
    }
    document = _expand(envelope)
    document["properties"]["schema"] = {"const": f"urn:zkrisk:cli/{name}/v1"}
    return {"$schema": DRAFT, "$id": f"urn:zkrisk:cli/{name}/v1", **document}


def _line(event: str, always: dict[str, Any], maybe: dict[str, Any]) -> dict[str, Any]:
    line = _expand({"event": "str", "at_unix": "int", **always})
    line["properties"] |= {"event": {"const": event}, **_expand(maybe)["properties"]}
    return line


def _expand(shape: Any) -> dict[str, Any]:
    if isinstance(shape, dict):
        return {
            "type": "object",
            "properties": {key: _expand(value) for key, value in shape.items()},
            "required": sorted(shape),
        }
    if isinstance(shape, list):
        return {"type": "array", "items": _expand(shape[0])}
    if shape.startswith("?"):
        return {"anyOf": [PRIMITIVES[shape[1:]], {"type": "null"}]}
    return PRIMITIVES[shape]
