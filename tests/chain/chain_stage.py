"""What tests do on the local chain: books, commitments, escrow, proofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zkrisk.book import BookVector
from zkrisk.chain.client import ChainClient
from zkrisk.chain.transact import Transactor
from zkrisk.commitment import Opening, commit_with, parse_address
from zkrisk.demo.scene import COLLATERAL, VAULT, Scene, ScenePlan
from zkrisk.pipeline import make_bundle, prepare_attest, prepare_draw
from zkrisk.policy import Policy, parse_policy
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.bundle_model import Bundle

USDC = 10**6
WETH = 10**18
SALT = 1 << 200


class MicroPlan(ScenePlan):
    """The demonstration's stage on the micro tier, with a policy that self-declared books may meet."""

    def policy(self) -> Policy:
        """Looser than the demonstration's."""
        return parse_policy(
            {
                "schema": "urn:zkrisk:policy/v1",
                "name": "micro-lender",
                "version": 1,
                "owner": None,
                "confidence": "0.9",
                "max_age_s": 3600,
                "min_assurance": "SELF_DECLARED",
                "limits": {"health_min": "1.1", "leverage_max": "3x", "var_max": "30%", "stress_max": "150%"},
            }
        )


@dataclass
class Stage:
    """The scene and what tests do on it."""

    scene: Scene
    salt: int = SALT

    @property
    def chain(self) -> ChainClient:
        return self.scene.chain

    @property
    def artifacts(self) -> Artifacts:
        return self.scene.artifacts

    @property
    def vault(self) -> Any:
        return self.chain.vault(VAULT)

    @property
    def policy_id(self) -> bytes:
        return self.scene.policy_id

    def actor(self, name: str) -> Transactor:
        return self.scene.actors[name]

    def opening(self, name: str = "trader", *, usd_short: int = 62_000, eth: int = 12) -> Opening:
        """A book with borrowed cash, stablecoins and coins; deterministic salt, fresh for every book."""
        self.salt += 1
        long = (0, 20_000 * 10**6, eth * 10**8, 5 * 10**7, 0, 100 * 10**8, 0, 0)
        vector = BookVector(long=long, short=(usd_short * 10**6, 0, 0, 0, 0, 0, 0, 0))
        owner = parse_address(self.actor(name).address)
        return Opening(vector, owner, self.salt, commit_with(vector, owner, self.salt))

    def commit(self, opening: Opening, name: str = "trader", *, custodian: bool = True) -> Opening:
        """Send a commitment, signed by the custodian."""
        self.actor(name).send(self.chain.manager.functions.commit(opening.commitment))
        if custodian:
            self.scene.sign_custody(self.actor(name).address)
        return opening

    def escrow(self, weth: int, name: str = "trader") -> None:
        """Deposit collateral."""
        sender, slot = self.actor(name), self.chain.universe.slot_of(COLLATERAL)
        token = self.scene.token(COLLATERAL)
        sender.send(token.functions.mint(sender.address, weth * WETH))
        sender.send(token.functions.approve(self.vault.address, weth * WETH))
        sender.send(self.vault.contract.functions.depositEscrow(slot, weth * WETH, sender.address))
        # A deposit ends what was said of a book before it, or at the same moment.
        self.chain.rpc.raw("evm_increaseTime", [2])
        self.chain.rpc.raw("evm_mine", [])

    def attestation(self, opening: Opening, **options: Any) -> Bundle:
        """A proved attestation, not sent."""
        prepared = prepare_attest(self.chain, self.artifacts, opening, self.policy_id)
        return make_bundle(prepared, self.artifacts, opening, **options)

    def draw(self, opening: Opening, amount: int) -> Bundle:
        """A proved draw, not sent."""
        prepared = prepare_draw(self.chain, self.artifacts, opening, vault_name=VAULT, amount=amount)
        return make_bundle(prepared, self.artifacts, opening)
