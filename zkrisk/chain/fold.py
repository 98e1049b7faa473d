"""Folding on the chain: parameters, sheets, policies. Anyone may; the values are the chain's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.params import CircuitKind
from zkrisk.proof.keys import CircuitKey

__all__ = ["fold_parameters", "fold_policy", "fold_sheet"]

Progress = Callable[[str, int, int], None]


def fold_parameters(
    sender: Transactor,
    file: DeploymentFile,
    keys: Mapping[CircuitKind, CircuitKey],
    version: int,
    on_progress: Progress | None = None,
) -> None:
    """Fold the rows of a parameters version that are missing, for the current key of every kind."""
    sheet = sender.rpc.contract("PriceSheet", file.contracts.sheet)
    registry = sender.rpc.contract("CircuitRegistry", file.contracts.registry)
    for kind, key in keys.items():
        key_version = sender.rpc.call(registry.functions.currentKey(int(kind)))[0]
        done, needed = sender.rpc.call(sheet.functions.parametersProgress(int(kind), key_version, version))
        for row in range(done, needed):
            bases, proof = key.rows[row], list(key.merkle_proof(1 + row))
            sender.send(sheet.functions.foldParameters(int(kind), key_version, version, row, bases, proof))
            if on_progress is not None:
                on_progress(f"parameters {kind.name.lower()}", row + 1, needed)


def fold_sheet(
    sender: Transactor, chain: ChainClient, epoch: int, kinds: Iterable[CircuitKind] = tuple(CircuitKind)
) -> dict[CircuitKind, Outcome]:
    """Fold the sheet of an epoch for the kinds that lack it."""
    return {
        kind: sender.send(chain.prices.functions.fold(int(kind), epoch))
        for kind in kinds
        if chain.folded_sheet(kind, epoch) is None
    }


def fold_policy(sender: Transactor, chain: ChainClient, policy_id: bytes) -> Outcome:
    """Fold a policy under the current compliance key; does nothing on the chain when it is."""
    return sender.send(chain.policies.functions.fold(policy_id))
