"""From a statement and an opening to a proof that has been verified, and from there to a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zkrisk.errors import InputError
from zkrisk.params import Assurance, CircuitKind
from zkrisk.policy import Policy
from zkrisk.proof.actions import action_hash
from zkrisk.proof.artifacts import Instance
from zkrisk.proof.bundle_model import (
    CIRCUIT_VERSION,
    CONVENTION,
    MEDIA_TYPE,
    STATEMENT_VERSION,
    ActionData,
    Bundle,
    PolicyOrigin,
    dynamic_names,
)
from zkrisk.proof.context import ContextRequest
from zkrisk.proof.folding import fold_sets, set_values
from zkrisk.proof.groth16 import BACKENDS, Progress, prove_inputs
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.limits import limit_lines, limits_sha256
from zkrisk.sheet import Sheet
from zkrisk.witness import ComplianceStatement, HealthStatement, SignalSet, circuit_inputs
from zkrisk.witness.inputs import OpeningLike

__all__ = ["BACKENDS", "BundleParts", "Progress", "build_bundle", "data_sha256", "prove"]

_FOLDED: Final = (SignalSet.PRICES, SignalSet.POLICY, SignalSet.PARAMETERS, SignalSet.WINDOW)


def prove(
    instance: Instance,
    statement: ComplianceStatement | HealthStatement,
    opening: OpeningLike,
    tail_threshold: int | None = None,
    *,
    backend: str = "native",
    on_progress: Progress | None = None,
) -> bytes:
    """Prove a statement; nothing is returned that does not verify under the recorded key.

    Args:
        instance: Circuit and key of the statement's kind and tier, by hash.
        opening: The private book and salt.
        tail_threshold: The value at risk in 10^-6 cents; for compliance only.
        backend: ``native`` or ``snarkjs``.

    Returns:
        A (64 bytes), B (128), C (64), big-endian, in the order of the pairing precompile.

    Raises:
        InputError: The circuit is not the statement's, or the backend does not exist.
        WitnessError: The circuit refuses the inputs: the statement is not true of this opening.
        ConstraintViolated: The witness does not satisfy the constraints.
        ProofRejected: The proof does not verify; it is not returned.
    """
    if (instance.kind, instance.tier) != (statement.kind, statement.tier):
        raise InputError(f"circuit {instance.name} does not prove this statement")
    inputs = circuit_inputs(statement, opening, tail_threshold)
    return prove_inputs(instance, inputs, statement.public_signals(), backend=backend, on_progress=on_progress)


@dataclass(frozen=True)
class BundleParts:
    """What a bundle is made of. All of it is public.

    Attributes:
        key: The verifying key.
        manifest: `Instance.manifest`: class and hashes of the key.
        statement: What was proved.
        request: The preimages of its context signal.
        action_data: What `request.action_hash` is the hash of.
        sheet: What it was proved against.
        policy: For compliance.
        origin: The registry, owner and name behind `request.policy_id`, when known.
        assurance: Level of the commitment as read from the chain, or the claim when offline.
        coverage_bps: Share of its assets that venues signed, likewise.
        proof: 256 bytes.
        note: For the reader; shown as the sender's unverified words.
    """

    key: CircuitKey
    manifest: Mapping[str, Any]
    statement: ComplianceStatement | HealthStatement
    request: ContextRequest
    sheet: Sheet
    assurance: Assurance
    proof: bytes
    policy: Policy | None = None
    origin: PolicyOrigin | None = None
    action_data: ActionData = ActionData()  # noqa: RUF009  (frozen)
    note: str | None = None
    coverage_bps: int = 0


def build_bundle(parts: BundleParts) -> Bundle:
    """Write the thin bundle of a proof. `zkrisk.proof.bundle.pack` makes it self-contained.

    Raises:
        InputError: The parts do not belong together.
    """
    request, statement, proof = parts.request, parts.statement, parts.proof
    if action_hash(request.action, parts.action_data) != request.action_hash:
        raise InputError("the action data do not give the action hash")
    if request.signal() != statement.context or parts.key.key_id != request.key_id:
        raise InputError("the context of the statement is not that of the request, or of another key")
    return Bundle.model_validate(
        {
            "media_type": MEDIA_TYPE,
            "statement": _statement(parts),
            "signals": _signals(statement),
            "folded": _folded(parts),
            "proof": {
                "system": "groth16",
                "curve": "bn254",
                "a": "0x" + proof[:64].hex(),
                "b": "0x" + proof[64:192].hex(),
                "c": "0x" + proof[192:].hex(),
            },
            "note": parts.note,
        }
    )


def _statement(parts: BundleParts) -> dict[str, Any]:
    request, sheet, statement = parts.request, parts.sheet, parts.statement
    max_age = parts.policy.max_age_s if parts.policy else max(0, request.deadline - sheet.as_of_unix)
    return {
        "kind": statement.kind.name,
        "version": STATEMENT_VERSION,
        "circuit": {
            "id": statement.kind.name.lower(),
            "version": CIRCUIT_VERSION,
            "tier": statement.tier.name,
            "r1cs_sha256": f"sha256:{parts.manifest['r1cs_sha256']}",
            "vkey_sha256": f"sha256:{parts.manifest['vkey_sha256']}",
            "bases_root": _hex(request.key_id),
        },
        "setup": {"class": parts.manifest["class"]},
        "subject": {
            "chain_id": _number(request.chain_id),
            "account": request.account,
            "commitment": _hex(statement.commitment.to_bytes(32, "big")),
            "sequence": _number(request.sequence),
        },
        "context": _context(parts),
        "policy": _policy(parts),
        "sheet": _sheet(parts),
        "assurance": {"level": parts.assurance.name, "coverage_bps": parts.coverage_bps},
        "validity": {
            "proved_epoch_unix": _number(sheet.as_of_unix),
            "expires_at_unix": _number(sheet.as_of_unix + max_age),
            "max_age_s": _number(max_age),
        },
    }


def _sheet(parts: BundleParts) -> dict[str, Any]:
    sheet, window = parts.sheet, None
    if parts.statement.kind is CircuitKind.COMPLIANCE:
        days = sheet.window
        window = {"first_day": days.first_day, "last_day": days.last_day, "rows": len(days.returns)}
    return {
        "universe_sha256": sheet.universe.sha256,
        "params_sha256": sheet.parameters.sha256,
        "prices_epoch": _number(sheet.epoch),
        "prices_as_of_unix": _number(sheet.as_of_unix),
        "window": window,
        "convention": CONVENTION,
    }


def _context(parts: BundleParts) -> dict[str, Any]:
    request = parts.request
    return {
        "contract": request.contract,
        "beneficiary": request.beneficiary,
        "action": request.action.name,
        "action_hash": _hex(request.action_hash),
        "action_data": parts.action_data,
        "epoch": _number(request.epoch),
        "nonce": _number(request.nonce),
        "deadline": _number(request.deadline),
    }


def _policy(parts: BundleParts) -> dict[str, Any] | None:
    if parts.policy is None:
        return None
    lines = limit_lines(parts.policy, parts.statement.tier, parts.sheet.parameters.sector_names)
    return {
        "id": _hex(parts.request.policy_id),
        "version": parts.policy.version,
        "sha256": limits_sha256(lines),
        "limits": lines,
        "origin": parts.origin,
    }


def _signals(statement: ComplianceStatement | HealthStatement) -> list[dict[str, str]]:
    named = statement.named_signals()
    signals = [{"name": name, "value": str(named[name][0])} for name in dynamic_names(statement.kind, statement.tier)]
    for name in ("leg_long", "leg_short"):
        entries = enumerate(named[name])
        signals += [{"name": f"{name}[{slot}]", "value": str(lots)} for slot, lots in entries if lots]
    return signals


def data_sha256(sheet: Sheet, limits_hash: str | None) -> dict[SignalSet, str]:
    """Return the hash of the data behind each folded point."""
    hashes = {SignalSet.PRICES: sheet.prices_sha256, SignalSet.PARAMETERS: sheet.parameters.sha256}
    if limits_hash is not None:
        hashes |= {SignalSet.POLICY: limits_hash, SignalSet.WINDOW: sheet.window.sha256}
    return hashes


def _folded(parts: BundleParts) -> list[dict[str, Any]]:
    kind, tier = parts.statement.kind, parts.statement.tier
    lines_hash, policy_values = None, ()
    if parts.policy is not None:
        sectors = parts.sheet.parameters.sector_names
        lines_hash = limits_sha256(limit_lines(parts.policy, tier, sectors))
        policy_values = tuple(parts.policy.public_values(tier, sectors))
    values = set_values(kind, parts.sheet, policy_values)
    points, hashes = fold_sets(parts.key, values), data_sha256(parts.sheet, lines_hash)
    return [
        {
            "slot": member.name,
            "count": len(values[member]),
            "x": _hex(points[member][:32]),
            "y": _hex(points[member][32:]),
            "data_sha256": hashes[member],
        }
        for member in _FOLDED
        if member in points
    ]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _number(value: int) -> int | str:
    return value if value < 1 << 53 else str(value)
