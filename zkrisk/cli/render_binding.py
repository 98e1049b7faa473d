"""What a binding says, for people and as JSON: level, coverage, until when, and who reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Line
from zkrisk.cli.render_text import labelled, until_text
from zkrisk.fixedpoint import format_scaled_down
from zkrisk.params import Assurance
from zkrisk.venue.files import key_sha256

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

KEY_DIGITS = 15
WIDTH = 11


def binding_facts(chain: ChainClient, account: str, commitment: int, bound: Any) -> dict[str, Any]:
    """What the chain says of a commitment after a binding.

    Args:
        bound: Of the event `CommitmentBound`.
    """
    state = chain.account(account)
    names = ("coverageBps", "readersVersion", "until", "lockedUntil")
    coverage_bps, version, until, locked_until = (int(bound[name]) for name in names)
    level, level_until = state.level, state.level_until_unix
    if commitment != state.commitment:
        level = chain.pending_assurance(account)[0]
        level_until = until if level is Assurance.VENUE_SIGNED else 0
    return {
        "level": level.name,
        "level_until_unix": level_until,
        "coverage_bps": coverage_bps,
        "coverage_until_unix": until,
        "locked_until_unix": locked_until,
        **reader_facts(chain, account, version),
    }


def reader_facts(chain: ChainClient, account: str, version: int) -> dict[str, Any]:
    """Who reads what is bound now: hashes of the keys that the chain names, keepers first."""
    _, keys = chain.readers_of(account)
    keepers = len(chain.read(chain.readers.functions.keepersOf(version))) if version else 0
    kinds = ["KEEPER"] * keepers + ["AUDITOR"] * (len(keys) - keepers)
    readers = [{"kind": kind, "key_sha256": key_sha256(key)} for kind, key in zip(kinds, keys, strict=True)]
    return {"readers_version": version, "readers": readers}


def binding_lines(facts: dict[str, Any], now_unix: int) -> list[Line]:
    """For people; `facts` of `binding_facts`."""
    lines: list[Line] = list(
        labelled("level", _dated(facts["level"], facts["level_until_unix"], now_unix), width=WIDTH)
    )
    lines += labelled("coverage", coverage_text(facts, now_unix), width=WIDTH)
    if facts["coverage_bps"]:
        lines += labelled("locked", lock_text(facts["locked_until_unix"]), width=WIDTH)
    return lines + reader_lines(facts)


def lock_text(locked_until_unix: int) -> str:
    """Until when no assets leave the venues' accounts."""
    if not locked_until_unix:
        return "no: a vault lends nothing on what a venue may hand out any time"
    return f"until {time_text(locked_until_unix)}, says every venue"


def set_text(version: int) -> str:
    """The keepers of a version."""
    return f"set {version} of keepers" if version else "nobody else"


def coverage_text(facts: dict[str, Any], now_unix: int) -> str:
    """Share of the assets that venues signed, rounded down, and until when."""
    if not facts["coverage_bps"]:
        return "none: no venue signed assets of this book"
    share = f"{format_scaled_down(facts['coverage_bps'], 2, 2)} % of the assets signed by venues"
    return _dated(share, facts["coverage_until_unix"], now_unix)


def reader_lines(facts: dict[str, Any]) -> list[Line]:
    """Who can read the book, beside its owner."""
    if not facts["readers"]:
        return list(labelled("readers", "nobody else", width=WIDTH))
    lines: list[Line] = []
    for position, reader in enumerate(facts["readers"]):
        name = f"keeper of set {facts['readers_version']}" if reader["kind"] == "KEEPER" else "auditor"
        label = "readers" if position == 0 else ""
        lines += labelled(label, f"{name}, key {reader['key_sha256'][: 7 + KEY_DIGITS]}…", width=WIDTH)
    return lines


def _dated(text: str, until_unix: int, now_unix: int) -> str:
    if not until_unix:
        return text
    return f"{text}, until {time_text(until_unix)} ({until_text(until_unix, now_unix)})"
