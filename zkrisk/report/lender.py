"""The lender's document: what a verified bundle proves, and nothing else. No private value can be in it.

It is made of the record of a verification, so of recomputed values; what only the sender says is marked as claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from zkrisk.policy import Policy
from zkrisk.policy.text import limit_text, statement_label
from zkrisk.proof.bundle import Bundle, identifier
from zkrisk.proof.verification import Verification
from zkrisk.report.attestations import Attested, attestation_section, attested_of

__all__ = ["lender_document"]

CONVENTIONS: Final = (
    ("losses", "Positive is bad. Losses round up, assets round down: the proof is never looser than exact arithmetic."),
    ("horizon", "One day, from one close to the next."),
    ("value at risk", "An order statistic of the window's losses, without interpolation."),
    ("expected shortfall", "Mean loss of the tail, after Rockafellar and Uryasev."),
    ("concentration", "Shares of equity, not of gross exposure."),
    ("stress", "The named rows of the universe file; the worst counts."),
)


def lender_document(
    found: Verification, bundle: Bundle, verified_at_unix: int, recorded: Sequence[Attested] | None = None
) -> dict[str, Any]:
    """Write down a verification.

    Args:
        found: The record; that there is one means that nothing which was asked for failed.
        bundle: What was verified, for the sheet's hashes and the sender's claims.
        verified_at_unix: The time that expiry was compared with.
        recorded: Attestations that the contract recorded, for the history; None when no chain was read.

    Raises:
        ValueError: The record is of another bundle.
    """
    if identifier(bundle) != found.identifier:
        raise ValueError("the record is of another bundle")
    policy, sheet = found.policy, bundle.statement.sheet
    own = [attested] if recorded is None and (attested := attested_of(bundle)) is not None else []
    return {
        "kind": "LENDER",
        "private": False,
        "verified_at_unix": str(verified_at_unix),
        "synthetic": found.synthetic,
        "verification": found.to_dict(),
        "limits": [] if policy is None else _limits(policy.policy),
        "coverage": {
            "level": found.assurance.name,
            "coverage_bps": str(found.coverage_bps),
            "claimed_only": found.assurance_is_claim,
            "venues_named_by_the_sender": [
                {"id": venue.id, "as_of_unix": str(venue.as_of_unix), "key_sha256": venue.key_sha256}
                for venue in bundle.statement.assurance.venues
            ],
        },
        "history": {
            "origin": "BUNDLE" if recorded is None else "CHAIN",
            **attestation_section(own if recorded is None else recorded, verified_at_unix),
        },
        "conventions": [{"name": name, "text": text} for name, text in CONVENTIONS],
        "sheet": {
            "universe_sha256": sheet.universe_sha256,
            "folded": [{"slot": claim.slot, "data_sha256": claim.data_sha256} for claim in bundle.folded],
            "convention": sheet.convention,
        },
        "check": {
            "command": f"zkrisk verify BUNDLE --rpc URL --expect-assurance {found.assurance.name}",
            "identifier": found.identifier,
        },
    }


def _limits(policy: Policy) -> list[dict[str, str]]:
    """Limits that were proved, as limits: a bundle holds no measured value."""
    rows = []
    for statement in policy.enabled:
        label, bps = (
            statement_label(statement, policy.confidence_bps),
            policy.limit_bps(statement) if statement != "sector" else None,
        )
        if bps is not None:
            rows.append({"label": label, "text": limit_text(statement, bps)})
            continue
        chosen = policy.limits.sector_max
        named = {} if chosen is None else dict(sorted(chosen.by_name.items()))
        rows += [{"label": f"sector {name}", "text": limit_text("sector", limit)} for name, limit in named.items()]
        if chosen is not None and chosen.default is not None:
            rows.append(
                {"label": "any other sector" if named else "any sector", "text": limit_text("sector", chosen.default)}
            )
    return rows
