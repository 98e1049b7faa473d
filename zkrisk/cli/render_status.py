"""The screen of `status`, and its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from zkrisk.cli.account_status import AccountStatus, AttestationStatus, CreditStatus
from zkrisk.cli.figures import age_text, time_text
from zkrisk.cli.output import Line
from zkrisk.cli.render_text import labelled, left_text, short_hash, token_text
from zkrisk.fixedpoint import format_scaled_down
from zkrisk.params import Assurance

LABEL = 13
SOON_S = 3_600


def status_result(found: AccountStatus) -> dict[str, Any]:
    """JSON form."""
    result = asdict(found)
    result |= {
        "commitment": f"{found.commitment:#066x}" if found.commitment else None,
        "pending_commitment": f"{found.pending_commitment:#066x}" if found.pending_commitment else None,
        "sequence": str(found.sequence),
        "epoch": str(found.epoch),
        "attestations": [asdict(entry) for entry in found.attestations],
        "credits": [_credit_result(entry) for entry in found.credits],
        "due": found.due,
    }
    return result


def _credit_result(entry: CreditStatus) -> dict[str, Any]:
    return {
        "vault": entry.vault,
        "asset": entry.asset,
        "debt_units": str(entry.debt_units),
        "limit_units": str(entry.limit_units),
        "escrow": [{"token": symbol, "units": str(units)} for symbol, units in entry.escrow],
    }


def status_lines(found: AccountStatus) -> list[Line]:
    """For people."""
    now = found.block_time_unix
    age = f"epoch {found.epoch}, {age_text(now - found.epoch_time_unix)} old" if found.epoch else "no snapshot yet"
    lines: list[Line] = [f"account {short_hash(found.account)} · chain {found.chain_id} ({found.chain}) · {age}"]
    lines += labelled("commitment", _commitment(found), width=LABEL)
    if found.pending_commitment:
        lines += labelled("", f"{short_hash(found.pending_commitment)} waits for its proof", width=LABEL)
    if found.commitment:
        lines += labelled("level", _level(found), width=LABEL)
        lines += labelled("readers", _readers(found), width=LABEL)
    lines += _duty(found)
    if found.waiting:
        lines += labelled("", f"{found.waiting} stored and not known to be on the chain", width=LABEL)
    lines += _attestation_lines(found)
    for entry in found.credits:
        lines += labelled("credit", _credit(entry), width=LABEL)
    return lines


def _commitment(found: AccountStatus) -> str:
    if not found.commitment:
        return "none"
    parts = [f"seq {found.sequence}"]
    if found.committed_at_unix is not None:
        parts.append(f"{age_text(max(0, found.block_time_unix - found.committed_at_unix))} old")
    parts.append("opening stored" if found.opening_state else "opening NOT in this store")
    if found.opening_state:
        at = found.backed_up_at_unix
        fresh = at is not None and at >= (found.committed_at_unix or 0)
        parts.append(
            f"backed up {age_text(max(0, found.block_time_unix - (at or 0)))} ago" if fresh else "NOT backed up"
        )
    return ", ".join(parts)


def _level(found: AccountStatus) -> str:
    text = found.level
    if found.level == Assurance.SELF_DECLARED.name:
        text += ": what was signed counts no more" if found.level_until_unix else ""
    else:
        text += f" for {left_text(found.level_until_unix - found.block_time_unix)}"
    if found.coverage_bps:
        share = format_scaled_down(found.coverage_bps, 2, 2)
        left = left_text(found.coverage_until_unix - found.block_time_unix)
        text += f"; venues signed {share} % of the assets, for {left}"
    return text


def _readers(found: AccountStatus) -> str:
    if found.readers_version < found.readers_required:
        now = f"set {found.readers_version} of keepers" if found.readers_version else "nobody else"
        return f"{now}, but set {found.readers_required} must be able to read the book: bind it"
    return f"set {found.readers_version} of keepers can read the book" if found.readers_version else "nobody else"


def _duty(found: AccountStatus) -> Iterator[Line]:
    """What the account is asked for, where it is."""
    if found.mode == "REDUCING":
        yield [(f"  {'mode':<{LABEL}}{'REDUCING: attest before drawing or withdrawing':<58} ", ""), ("WARN", "warn")]
    if found.challenge:
        text = "answer it" if found.challenge == "OPEN" else "time is over; answer late, or be liquidated"
        mark = ("WARN", "warn") if found.challenge == "OPEN" else ("FAIL", "fail")
        yield [(f"  {'challenge':<{LABEL}}{found.challenge + ': ' + text:<58} ", ""), mark]


def _attestation_lines(found: AccountStatus) -> Iterator[Line]:
    if not found.attestations:
        yield from labelled("attestation", "none", width=LABEL)
    for position, entry in enumerate(found.attestations):
        word, text = _attestation(found.block_time_unix, entry)
        label = "attestation" if position == 0 else ""
        style = {"ok": "ok", "WARN": "warn", "FAIL": "fail"}[word]
        yield [(f"  {label:<{LABEL}}{text:<58} ", ""), (word, style)]


def _attestation(now: int, entry: AttestationStatus) -> tuple[str, str]:
    name = f"{entry.name[:16]} v{entry.version}"
    left = entry.until_unix - now
    if entry.is_compliant:
        day = "" if left < 86_400 else f"{time_text(entry.until_unix)[:10]} "
        clock = datetime.fromtimestamp(entry.until_unix, UTC).strftime("%H:%M UTC")
        text = f"{name:<14} lives {left_text(left):<9} renew before {day}{clock}"
        return ("WARN" if left <= SOON_S else "ok"), text
    if left < 0:
        return "FAIL", f"{name:<14} lapsed {age_text(-left)} ago"
    return "FAIL", f"{name:<14} superseded: book, key or parameters changed"


def _credit(entry: CreditStatus) -> str:
    decimals = dict(entry.decimals)
    debt = token_text(entry.debt_units, decimals[entry.asset], "").strip()
    limit = token_text(entry.limit_units, decimals[entry.asset], entry.asset)
    escrow = ", ".join(token_text(units, decimals[symbol], symbol) for symbol, units in entry.escrow)
    return f"{entry.vault}: drawn {debt} of {limit}" + (f"   escrow {escrow}" if escrow else "")
