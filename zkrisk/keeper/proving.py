"""Makes the proof of an order with the project's pipeline."""

from __future__ import annotations

from zkrisk.chain.client import ChainClient
from zkrisk.commitment import Opening
from zkrisk.errors import InputError
from zkrisk.keeper.model import Order
from zkrisk.pipeline import DEFAULT_LIFETIME_S, make_bundle, prepare_liquidation
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.bundle import to_bytes

__all__ = ["PipelineProver"]


class PipelineProver:
    """`Prover` on this machine.

    Args:
        keeper: Who is credited; stands in the proof, so that nobody else can use it.
        lifetime_s: Chain time in which the proof may be used: not much longer than an epoch.
    """

    def __init__(
        self, chain: ChainClient, artifacts: Artifacts, keeper: str, *, lifetime_s: int = DEFAULT_LIFETIME_S
    ) -> None:
        self._chain = chain
        self._artifacts = artifacts
        self._keeper = keeper
        self._lifetime_s = lifetime_s

    def prove(self, order: Order, opening: Opening) -> str:
        """Return the bundle's text.

        Raises:
            InputError: The vault is not one of the deployment's.
            PolicyNotMet: The account is not liquidatable any more.
            ProofError, ChainError: No proof was made.
        """
        names = {address: name for name, address in self._chain.deployment.vaults.items()}
        if order.vault not in names:
            raise InputError(f"vault {order.vault} is not in the deployment file")
        prepared = prepare_liquidation(
            self._chain,
            self._artifacts,
            opening,
            vault_name=names[order.vault],
            keeper=self._keeper,
            repay_amount=order.repay,
            seize_slot=order.seize_slot,
            threshold_bps=order.threshold_bps,
            margin_bps=order.margin_bps,
            lifetime_s=self._lifetime_s,
        )
        return to_bytes(make_bundle(prepared, self._artifacts, opening)).decode()
