"""History of attestations as a strip: when one of a policy was alive, and when none was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zkrisk.fixedpoint import div_down
from zkrisk.params import BPS
from zkrisk.proof.bundle import Bundle, identifier

__all__ = ["Attested", "attestation_section", "attested_of"]


@dataclass(frozen=True, slots=True)
class Attested:
    """One attestation, as its bundle or the contract says; public.

    Attributes:
        identifier: Of the bundle; of a recorded one, the hash of its transaction.
        policy: Name and version, or the start of the id when the bundle does not name it.
        from_unix, until_unix: Time of the prices, and of the expiry.
    """

    identifier: str
    policy: str
    epoch: int
    from_unix: int
    until_unix: int
    level: str


def attested_of(bundle: Bundle) -> Attested | None:
    """The attestation that a bundle states; None when it states no policy. Nothing is verified here."""
    statement = bundle.statement
    policy, context = statement.policy, statement.context
    if policy is None:
        return None
    name = policy.origin.name if policy.origin is not None else f"{policy.id[:10]}…"
    return Attested(
        identifier=identifier(bundle),
        policy=f"{name} v{policy.version}",
        epoch=context.epoch,
        from_unix=statement.validity.proved_epoch_unix,
        until_unix=statement.validity.expires_at_unix,
        level=statement.assurance.level,
    )


def attestation_section(found: Iterable[Attested], as_of_unix: int) -> dict[str, Any]:
    """Rows in order of time, and a strip a policy from its first attestation to the time of the sheet or after it."""
    rows = sorted(set(found), key=lambda row: (row.from_unix, row.policy, row.identifier))
    names = dict.fromkeys(row.policy for row in rows)
    return {
        "rows": [
            {
                "identifier": row.identifier,
                "policy": row.policy,
                "epoch": str(row.epoch),
                "from_unix": str(row.from_unix),
                "until_unix": str(row.until_unix),
                "level": row.level,
            }
            for row in rows
        ],
        "strips": [_strip(name, [row for row in rows if row.policy == name], as_of_unix) for name in names],
    }


def _strip(policy: str, rows: Sequence[Attested], as_of_unix: int) -> dict[str, Any]:
    first = rows[0].from_unix
    end = max(as_of_unix, *(row.until_unix for row in rows), first + 1)
    pieces: list[tuple[str, int, int]] = []
    reached = first
    for row in rows:
        if row.from_unix > reached:
            pieces.append(("LAPSED", reached, row.from_unix))
        start = max(reached, row.from_unix)
        if row.until_unix > start:
            pieces.append(("HELD", start, row.until_unix))
            reached = row.until_unix
    if reached < end:
        pieces.append(("LAPSED", reached, end))
    return {
        "policy": policy,
        "from_unix": str(first),
        "until_unix": str(end),
        "longest_lapse_s": str(max((until - start for word, start, until in pieces if word == "LAPSED"), default=0)),
        "pieces": [
            {
                "state": word,
                "from_unix": str(start),
                "until_unix": str(until),
                "start_bps": div_down((start - first) * BPS, end - first),
                "width_bps": div_down((until - first) * BPS, end - first)
                - div_down((start - first) * BPS, end - first),
            }
            for word, start, until in pieces
        ],
    }
