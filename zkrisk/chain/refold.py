"""The chain's values folded again and compared with the chain's points, before anything is proved against them."""

from __future__ import annotations

from zkrisk.chain.client import ChainClient
from zkrisk.errors import KeyMismatch, PolicyMismatch, SheetStale
from zkrisk.policy import Policy
from zkrisk.proof.artifacts import Instance
from zkrisk.proof.folding import check_point, fold_set, fold_sets, set_values, sheet_point
from zkrisk.proof.keys import POINT_BYTES, CircuitKey
from zkrisk.sheet import Sheet
from zkrisk.witness import SignalSet

__all__ = ["checked_policy", "checked_sheet", "folded_sheet_point", "registered_key"]


def registered_key(chain: ChainClient, instance: Instance) -> CircuitKey:
    """Return the local key after comparing it with the registered one.

    Raises:
        KeyMismatch: The chain checks proofs with another key.
    """
    key = instance.key()
    if chain.current_key(instance.kind).key_id != key.key_id:
        raise KeyMismatch(
            f"the local key of {instance.name} is not the one that the registry holds",
            hint="use the artefacts that the deployment was made with",
        )
    return key


def folded_sheet_point(key: CircuitKey, sheet: Sheet) -> bytes:
    """Fold a sheet under a key: SHEET(key, epoch), 64 bytes."""
    policy_values = [0] * (len(key.points(SignalSet.POLICY)) // POINT_BYTES)
    values = set_values(key.kind, sheet, policy_values)
    values.pop(SignalSet.POLICY)
    return sheet_point(fold_sets(key, values))


def checked_sheet(chain: ChainClient, key: CircuitKey, epoch: int | None = None) -> Sheet:
    """Read a sheet, fold it again and compare it with the chain's point.

    Raises:
        SheetStale: There is no snapshot, or nobody folded that epoch yet.
        SheetMismatch: The chain's point is not the fold of the chain's values.
    """
    chosen = chain.newest_epoch() if epoch is None else epoch
    if chosen == 0:
        raise SheetStale("there is no snapshot yet", hint="zkrisk chain snapshot")
    point = chain.folded_sheet(key.kind, chosen)
    if point is None:
        raise SheetStale(f"epoch {chosen} is not folded for {key.instance}", hint="zkrisk sheet fold")
    sheet = chain.sheet(chosen)
    check_point(f"sheet of epoch {chosen}", folded_sheet_point(key, sheet), point.point)
    return sheet


def checked_policy(chain: ChainClient, key: CircuitKey, policy_id: bytes) -> Policy:
    """Read a policy, fold it again and compare it with the chain's point."""
    view = chain.policy(policy_id)
    if view.point is None:
        raise SheetStale(
            f"policy {view.policy.name} is not folded for the current key", hint="zkrisk policy register --fold"
        )
    universe = chain.universe
    values = view.policy.public_values(universe.tier, universe.sectors)
    if fold_set(key, SignalSet.POLICY, values) != view.point:
        raise PolicyMismatch(f"the point of policy {view.policy.name} is not the fold of its limits")
    return view.policy
