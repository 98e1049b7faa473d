"""What a new bundle says, for its maker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkrisk.cli.bundle_files import SUFFIX, size_text
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Line
from zkrisk.cli.render_text import labelled, short_hash, together

if TYPE_CHECKING:
    from zkrisk.pipeline import Prepared
    from zkrisk.proof.bundle_model import Bundle


def bundle_name(prepared: Prepared) -> str:
    """``<account>-<policy>-<epoch>.zkrisk.json``; other actions than attest say which."""
    request = prepared.request
    action = request.action.name.lower()
    what = prepared.policy.name if prepared.policy else "health"
    middle = what if action == "attest" else f"{what}-{action}"
    return f"{request.account}-{middle}-{request.epoch}{SUFFIX}"


def proof_result(bundle: Bundle) -> dict[str, Any]:
    """JSON form: only what the bundle itself holds."""
    from zkrisk.proof.bundle import identifier  # noqa: PLC0415  (--help does without)

    statement = bundle.statement
    return {
        "identifier": identifier(bundle),
        "kind": statement.kind,
        "action": statement.context.action,
        "account": statement.subject.account,
        "commitment": statement.subject.commitment,
        "sequence": str(statement.subject.sequence),
        "epoch": str(statement.context.epoch),
        "policy_id": statement.policy.id if statement.policy else None,
        "expires_at_unix": str(statement.validity.expires_at_unix),
        "deadline_unix": str(statement.context.deadline),
        "assurance": statement.assurance.level,
        "key_class": statement.setup.key_class,
        "packed": bundle.material is not None,
    }


def proof_lines(prepared: Prepared, bundle: Bundle, path: str, size: int) -> list[Line]:
    """The last lines of `prove`."""
    statement, request = bundle.statement, prepared.request
    until = statement.validity.expires_at_unix
    lines: list[Line] = [f"wrote {path}"]
    lines += labelled("file", f"{size_text(size)}, {'packed' if bundle.material else 'thin'}")
    lines += labelled("until", f"{time_text(until)}; to be sent by {time_text(request.deadline)}")
    owner = f"the owner of {short_hash(prepared.commitment)}"
    if prepared.policy is not None:
        says = f"{owner} meets {prepared.policy.name} v{prepared.policy.version} at epoch {request.epoch}; nothing else"
    else:
        says = f"{owner} can be liquidated at epoch {request.epoch}; nothing else"
    lines += labelled("says", says)
    if prepared.policy is not None:
        by = f" (by {short_hash(prepared.policy.owner)})" if prepared.policy.owner else ""
        lines += labelled("limits", together(prepared.policy.to_text()) + by)
    leg = " + ON_CHAIN" if any(prepared.leg.long) or any(prepared.leg.short) else ""
    key = f"key: {statement.setup.key_class}" + (", local" if statement.setup.key_class == "DEVELOPMENT" else "")
    lines += labelled("level", f"{prepared.assurance.name}{leg}      {key}")
    return lines
