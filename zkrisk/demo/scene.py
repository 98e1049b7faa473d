"""The stage of the demonstration: a local chain with a deployment, and its actors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from zkrisk.book import BookVector, load_book, quantise
from zkrisk.chain.anvil import ANVIL_CHAIN_ID, Anvil, mine_at, set_next_time
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deploy import CollateralTerms, DeployPlan, VaultTerms, deploy, deploy_vault, register_policy
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.feeds import last_answers, push_prices, unix_day
from zkrisk.chain.fold import fold_sheet
from zkrisk.chain.genesis import SavedWorld, fill_window, load_or_build, world_fingerprint
from zkrisk.chain.operate import take_snapshot
from zkrisk.chain.signer import CustodianStatement, anvil_signer, sign_statement
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.demo.keys import VENUE, keeper_key, venue_key
from zkrisk.demo.screen import Screen
from zkrisk.params import Assurance, CircuitKind
from zkrisk.policy import Policy, load_policy
from zkrisk.proof.artifacts import Artifacts
from zkrisk.sheet import History, Universe, load_universe, synthetic_history

__all__ = ["ASSET", "COLLATERAL", "VAULT", "Scene", "ScenePlan", "open_scene"]

ASSET: Final = "USDC"
COLLATERAL: Final = "ETH"
VAULT: Final = "usdc"
_HERE: Final = Path(__file__).parent
_ACTORS: Final = ("deployer", "trader", "lender", "custodian", "keeper", "mallory", "silent")
_LTV_BPS: Final = 7_500
_YEAR_S: Final = 365 * 86_400


@dataclass(frozen=True)
class ScenePlan:
    """What the stage is made of; everything here enters the cache's fingerprint."""

    universe: str = "standard-32"
    seed: int = 2026
    last_day: date = date(2026, 11, 20)
    start_unix: int = int(datetime(2026, 11, 21, 8, tzinfo=UTC).timestamp())
    lent_usdc: int = 1_000_000
    cap_usdc: int = 50_000
    minimum_debt_usdc: int = 100
    interest_bps: int = 500
    trader_weth: int = 40
    keeper_usdc: int = 50_000

    def facts(self) -> dict[str, Any]:
        """JSON form."""
        return {**{key: str(value) for key, value in vars(self).items()}, "policy": self.policy().sha256}

    def policy(self) -> Policy:
        """The lender's policy."""
        return load_policy(_HERE / "policy.json")

    def history(self, universe: Universe) -> History:
        """The synthetic closes."""
        return synthetic_history(universe, seed=self.seed, last_day=self.last_day)

    def book(self, universe: Universe) -> BookVector:
        """The trader's book in lots. Private, if it were anybody's."""
        return quantise(load_book(_HERE / "book.json", universe), universe)


@dataclass
class Scene:
    """A running chain with everybody on it.

    Attributes:
        answers: Symbol → newest answer published in the mock feed.
    """

    anvil: Anvil
    world: SavedWorld
    chain: ChainClient
    artifacts: Artifacts
    plan: ScenePlan
    actors: dict[str, Transactor]
    answers: dict[str, int]
    policy_id: bytes

    @property
    def universe(self) -> Universe:
        """Universe of the deployment."""
        return self.chain.universe

    def token(self, symbol: str) -> Any:
        """Contract of a token."""
        return self.chain.rpc.contract("MockERC20", self.world.file.tokens[symbol])

    def balance(self, symbol: str, actor: str) -> int:
        """Balance of an actor, token units."""
        return self.chain.token_balance(self.world.file.tokens[symbol], self.actors[actor].address)

    def next_epoch(self) -> None:
        """Move the chain's clock to just after the start of the next epoch."""
        seconds = self.chain.read(self.chain.prices.functions.epochSeconds())
        now = self.chain.block_time()
        set_next_time(self.chain.rpc, (now // seconds + 1) * seconds + 5)

    def pass_a_second(self) -> None:
        """Let a block pass: what is signed next is newer than what happened."""
        mine_at(self.chain.rpc, self.chain.block_time() + 1)

    def publish(self) -> list[Outcome]:
        """Publish a round of the current answers in every feed, dated by the newest block."""
        self.actors["deployer"].rpc.raw("evm_mine", [])
        return push_prices(self.actors["deployer"], self.world.file, self.answers, self.chain.block_time())

    def new_sheet(self, kinds: tuple[CircuitKind, ...] = tuple(CircuitKind)) -> tuple[int, dict[str, int], Outcome]:
        """Publish, snapshot and fold; return the epoch, the gas of each and the snapshot."""
        self.publish()
        epoch, snapshot = take_snapshot(self.actors["deployer"], self.chain)
        folds = fold_sheet(self.actors["deployer"], self.chain, epoch, kinds)
        gas = {"snapshot": snapshot.gas_used}
        return epoch, gas | {f"fold {kind.name.lower()}": out.gas_used for kind, out in folds.items()}, snapshot

    def sign_custody(self, account: str) -> Outcome:
        """Let the custodian sign the account's active commitment and attach it."""
        state = self.chain.account(account)
        return self._sign(account, state.commitment, state.sequence)

    def sign_pending(self, account: str) -> Outcome:
        """Let the custodian sign the account's pending commitment and attach it."""
        state = self.chain.account(account)
        return self._sign(account, state.pending_commitment, state.sequence + 1)

    def _sign(self, account: str, commitment: int, sequence: int) -> Outcome:
        statement = CustodianStatement(account, commitment, sequence, self.chain.block_time())
        custodian, registry = self.actors["custodian"], self.chain.deployment.custodians
        signature = sign_statement(custodian.signer, statement, chain_id=self.chain.chain_id, registry=registry)
        return custodian.send(self.chain.custodians.functions.attachCustodian(statement.as_tuple(), signature))


def open_scene(anvil: Anvil, artifacts: Artifacts, plan: ScenePlan, cache: Path, screen: Screen) -> Scene:
    """Load the stage from the cache, or build it through the real deploy and roll path."""
    universe = load_universe(plan.universe)
    rpc = anvil.rpc()
    actors = {name: Transactor(rpc, anvil_signer(i, ANVIL_CHAIN_ID)) for i, name in enumerate(_ACTORS)}
    fingerprint = world_fingerprint(rpc.contracts, artifacts, universe, plan.facts())
    world = load_or_build(anvil, cache, fingerprint, lambda: _build(actors, artifacts, plan, universe, screen))
    return Scene(
        anvil=anvil,
        world=world,
        chain=ChainClient(rpc, world.file),
        artifacts=artifacts,
        plan=plan,
        actors=actors,
        answers=last_answers(universe, plan.history(universe).closes[-1]),
        policy_id=world.file.policy_id(plan.policy().name),
    )


def _build(
    actors: dict[str, Transactor], artifacts: Artifacts, plan: ScenePlan, universe: Universe, screen: Screen
) -> DeploymentFile:
    deployer, history = actors["deployer"], plan.history(universe)
    keys = {kind: artifacts.instance(kind, universe.tier) for kind in CircuitKind}
    binding = [circuit for circuit in artifacts.bind_circuits() if circuit.tier == universe.tier]
    deployment = DeployPlan(
        universe=universe,
        keys=keys,
        genesis_day=unix_day(history.days[0]),
        tokens={ASSET: None, COLLATERAL: None},
        bind_keys=tuple(map(artifacts.bind_instance, binding)),
        synthetic=True,
    )
    screen.note("first run: deploying, rolling the window day by day")
    file = deploy(deployer, deployment, screen.progress)
    fill_window(deployer, file, history, keys[CircuitKind.COMPLIANCE].key(), screen.progress)
    file, policy_id = register_policy(deployer, file, plan.policy())
    terms = VaultTerms(
        name=VAULT,
        symbol="zkUSDC",
        asset=ASSET,
        policy_id=policy_id,
        collaterals=(CollateralTerms(COLLATERAL, _LTV_BPS),),
        caps={level: plan.cap_usdc * 10**6 for level in (Assurance.CUSTODIAN_SIGNED, Assurance.VENUE_SIGNED)},
        interest_bps=plan.interest_bps,
        minimum_debt=plan.minimum_debt_usdc * 10**6,
    )
    file = deploy_vault(deployer, file, terms)
    _endow(actors, file, plan)
    _register_keys(actors, file)
    return file


def _register_keys(actors: dict[str, Transactor], file: DeploymentFile) -> None:
    """Register the venue that signs and the keeper that reads."""
    deployer = actors["deployer"]
    venues = deployer.rpc.contract("VenueRegistry", file.contracts.venues)
    readers = deployer.rpc.contract("ReaderKeys", file.contracts.readers)
    period = (deployer.rpc.block_time() - 1, deployer.rpc.block_time() + _YEAR_S)
    deployer.send(venues.functions.addKey(VENUE, *venue_key().public, *period))
    deployer.send(readers.functions.announceKeepers([keeper_key()]))


def _endow(actors: dict[str, Transactor], file: DeploymentFile, plan: ScenePlan) -> None:
    """Give everybody what they start with, and let the lender lend."""
    deployer, lender = actors["deployer"], actors["lender"]
    usdc = deployer.rpc.contract("MockERC20", file.tokens[ASSET])
    weth = deployer.rpc.contract("MockERC20", file.tokens[COLLATERAL])
    custodians = deployer.rpc.contract("CustodianRegistry", file.contracts.custodians)
    now = deployer.rpc.block_time()
    deployer.send(custodians.functions.setCustodian(actors["custodian"].address, now - 1, now + _YEAR_S))
    deployer.send(usdc.functions.mint(lender.address, plan.lent_usdc * 10**6))
    deployer.send(usdc.functions.mint(actors["keeper"].address, plan.keeper_usdc * 10**6))
    deployer.send(weth.functions.mint(actors["trader"].address, plan.trader_weth * 10**18))
    vault = deployer.rpc.contract("CreditVault", file.contracts.vaults[VAULT])
    lender.send(usdc.functions.approve(vault.address, plan.lent_usdc * 10**6))
    lender.send(vault.functions.deposit(plan.lent_usdc * 10**6, lender.address))
