"""What a verification says, in 80 columns. Only recomputed values; the sender's words are labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zkrisk.cli.figures import limit_times, time_text
from zkrisk.cli.output import Line, one_line
from zkrisk.cli.render_text import columns, labelled, short_hash, together, until_text
from zkrisk.errors import VerificationError
from zkrisk.fixedpoint import from_scaled
from zkrisk.proof.verification import Verification

WORDS = {5: "REJECTED", 6: "EXPIRED", 7: "INCOMPLETE"}
MARKS = {"ok": "ok", "failed": "FAIL", "not checked": "--"}
STYLES = {"ok": "ok", "FAIL": "fail", "--": ""}


def verification_lines(found: Verification, now_unix: int, name: str | None = None) -> list[Line]:
    """A bundle that holds."""
    away = until_text(found.until_unix, now_unix)
    lines: list[Line] = [
        [(found.verdict, "ok"), (f"   until {time_text(found.until_unix)} ({away})", "")],
    ]
    if name is not None:
        lines += labelled("file", one_line(name))
    lines += labelled("who", _who(found))
    lines += labelled("met" if found.policy else "shown", _what(found))
    if found.action.name not in ("ATTEST",):
        lines += labelled("for", f"{found.action.name} at {found.contract}, paid to {short_hash(found.beneficiary)}")
    lines += labelled("as of", _as_of(found))
    word = ", the sender's word" if found.assurance_is_claim else ""
    lines += labelled("level", found.assurance.name + word)
    lines += labelled("covered", f"{from_scaled(found.coverage_bps, 2)} % of the assets signed by venues{word}")
    checks = [check.to_dict() for check in found.checks]
    lines += columns([f"{MARKS[str(c['status'])]:<4}{c['name']}" for c in checks], first="checked")
    if found.chain_would_add:
        lines += labelled("CHAIN WOULD ADD", "; ".join(found.chain_would_add), width=17)
    lines += labelled("NOT PROVED", _not_proved(found), width=12)
    if found.note:
        lines += labelled("unverified note from the sender:", one_line(found.note), width=33)
    return lines


def _who(found: Verification) -> str:
    current = any(check.name == "commitment stored" and check.status == "ok" for check in found.checks)
    return (
        f"{short_hash(found.account)} on chain {found.chain_id}, commitment {short_hash(found.commitment)} "
        f"({'current, ' if current else ''}seq {found.sequence})"
    )


def _what(found: Verification) -> str:
    policy = found.policy
    if policy is None:
        side = "below" if found.kind.name == "LIQUIDATION" else "at least"
        return f"health factor {side} {limit_times(found.threshold_bps or 0)}"
    name = f"{policy.name} v{policy.version}" if policy.name else f"policy {short_hash(policy.policy_id)}"
    by = f" of {short_hash(policy.owner)}" if policy.owner else ""
    text = f"{name}{by}: {together(policy.text)}"
    return f"{text}   disabled: {together(policy.disabled, ', ')}" if policy.disabled else text


def _as_of(found: Verification) -> str:
    text = f"epoch {found.epoch}, prices of {time_text(found.as_of_unix)}"
    if found.window_rows:
        text += f", window of {found.window_rows} days to {found.window_last_day}"
    return text + (", SYNTHETIC" if found.synthetic else "")


def _not_proved(found: Verification) -> str:
    return f"{'; '.join(found.not_proved)}.  Key class: {found.key_class or 'unknown'}"


def failure_lines(error: VerificationError, name: str | None = None) -> list[Line]:
    """A bundle that does not hold: the failing check first, then the rest of the list."""
    word = WORDS.get(error.exit_code, "REJECTED")
    checks = failed_checks(error)
    lines: list[Line] = [[(word, "fail" if error.exit_code == 5 else "warn")]]
    if name is not None:
        lines += labelled("file", one_line(name))
    for check in checks:
        mark = MARKS[check["status"]]
        if check.get("code"):
            body = list(labelled("", f"{check['name']}: {one_line(check.get('detail', ''))}", indent=0, width=8))
            lines.append([("  ", ""), (f"{mark:<6}", STYLES[mark] or "warn"), (body[0][8:], "")])
            lines += body[1:]
    rest = [f"{MARKS[check['status']]:<4}{check['name']}" for check in checks if not check.get("code")]
    if rest:
        lines += columns(rest, first="others")
    return lines


def failed_checks(error: VerificationError) -> Sequence[Mapping[str, Any]]:
    """The checks that a failed verification lists."""
    found: Any = error.details.get("checks", ())
    return found if isinstance(found, list | tuple) else ()
