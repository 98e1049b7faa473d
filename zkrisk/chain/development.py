"""A whole deployment on a development chain, dated by the present: mock feeds and tokens, a full window, a vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deploy import (
    CollateralTerms,
    DeployPlan,
    Progress,
    VaultTerms,
    deploy,
    deploy_vault,
    register_policy,
)
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.feeds import last_answers, push_prices, unix_day
from zkrisk.chain.fold import fold_sheet
from zkrisk.chain.genesis import fill_window
from zkrisk.chain.operate import take_snapshot
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.signer import Signer, anvil_signer
from zkrisk.chain.transact import Transactor
from zkrisk.errors import InputError
from zkrisk.params import Assurance, CircuitKind
from zkrisk.policy import Policy
from zkrisk.proof.artifacts import Artifacts
from zkrisk.sheet import Universe, synthetic_history

__all__ = ["ROLES", "VAULT", "deploy_development", "refresh_feeds", "role"]

ROLES: Final = {"deployer": 0, "trader": 1, "lender": 2, "custodian": 3, "keeper": 4}
"""Numbers of Anvil's well-known accounts."""
VAULT: Final = "usdc"
_ASSET: Final = "USDC"
_COLLATERAL: Final = "ETH"
_LTV_BPS: Final = 7_500
_YEAR_S: Final = 365 * 86_400


@dataclass(frozen=True)
class Endowment:
    """What a development deployment starts with, whole tokens."""

    lent: int = 1_000_000
    cap: int = 50_000
    minimum_debt: int = 100
    trader_collateral: int = 100
    keeper_asset: int = 50_000


def role(rpc: Rpc, name: str) -> Transactor:
    """Return a sender for a role. Everybody knows these keys."""
    return Transactor(rpc, role_signer(name))


def role_signer(name: str) -> Signer:
    """Return the account of a role."""
    return anvil_signer(ROLES[name], ANVIL_CHAIN_ID)


def deploy_development(
    rpc: Rpc,
    artifacts: Artifacts,
    universe: Universe,
    policy: Policy,
    *,
    seed: int,
    on_progress: Progress | None = None,
    endowment: Endowment | None = None,
) -> DeploymentFile:
    """Deploy, fill the window with synthetic closes up to yesterday, open a vault for a policy, and take a snapshot.

    Raises:
        InputError: Not a development chain.
    """
    if rpc.chain_id != ANVIL_CHAIN_ID:
        raise InputError(f"chain {rpc.chain_id} is not a local development chain")
    deployer, given = role(rpc, "deployer"), endowment or Endowment()
    yesterday = datetime.fromtimestamp(rpc.block_time(), UTC).date() - timedelta(days=1)
    history = synthetic_history(universe, seed=seed, last_day=yesterday)
    keys = {kind: artifacts.instance(kind, universe.tier) for kind in CircuitKind}
    tokens = {symbol: None for symbol in (_ASSET, _COLLATERAL) if symbol in universe.symbols}
    plan = DeployPlan(
        universe=universe,
        keys=keys,
        genesis_day=unix_day(history.days[0]),
        tokens=tokens,
        bind_keys=artifacts.bind_instances(universe.tier),
        synthetic=True,
    )
    file = deploy(deployer, plan, on_progress)
    fill_window(deployer, file, history, keys[CircuitKind.COMPLIANCE].key(), on_progress)
    file, policy_id = register_policy(deployer, file, policy)
    if len(tokens) == 2:
        file = _open_vault(deployer, file, policy_id, given)
        _endow(rpc, file, given)
    _appoint_custodian(deployer, file)
    push_prices(deployer, file, last_answers(universe, history.closes[-1]), rpc.block_time())
    chain = ChainClient(rpc, file)
    epoch, _ = take_snapshot(deployer, chain)
    fold_sheet(deployer, chain, epoch)
    return file


def _open_vault(deployer: Transactor, file: DeploymentFile, policy_id: bytes, given: Endowment) -> DeploymentFile:
    unit = 10**6
    terms = VaultTerms(
        name=VAULT,
        symbol="zkUSDC",
        asset=_ASSET,
        policy_id=policy_id,
        collaterals=(CollateralTerms(_COLLATERAL, _LTV_BPS),),
        caps={level: given.cap * unit for level in (Assurance.CUSTODIAN_SIGNED, Assurance.VENUE_SIGNED)},
        minimum_debt=given.minimum_debt * unit,
    )
    return deploy_vault(deployer, file, terms)


def _endow(rpc: Rpc, file: DeploymentFile, given: Endowment) -> None:
    """Give the lender, the trader and the keeper what they start with, and let the lender lend."""
    deployer, lender = role(rpc, "deployer"), role(rpc, "lender")
    asset, collateral = (rpc.contract("MockERC20", file.tokens[symbol]) for symbol in (_ASSET, _COLLATERAL))
    deployer.send(asset.functions.mint(lender.address, given.lent * 10**6))
    deployer.send(asset.functions.mint(role_signer("keeper").address, given.keeper_asset * 10**6))
    deployer.send(collateral.functions.mint(role_signer("trader").address, given.trader_collateral * 10**18))
    vault = rpc.contract("CreditVault", file.contracts.vaults[VAULT])
    lender.send(asset.functions.approve(vault.address, given.lent * 10**6))
    lender.send(vault.functions.deposit(given.lent * 10**6, lender.address))


def _appoint_custodian(deployer: Transactor, file: DeploymentFile) -> None:
    custodians = deployer.rpc.contract("CustodianRegistry", file.contracts.custodians)
    now = deployer.rpc.block_time()
    deployer.send(custodians.functions.setCustodian(role_signer("custodian").address, now - 1, now + _YEAR_S))


def refresh_feeds(rpc: Rpc, file: DeploymentFile) -> None:
    """Publish the newest answer of every mock feed once more, dated now, so that none is stale. Synthetic only."""
    feeds = {symbol: rpc.contract("MockFeed", address) for symbol, address in file.feeds.items()}
    answers = rpc.call_many([feed.functions.latestRoundData() for feed in feeds.values()])
    newest = {symbol: int(answer[1]) for symbol, answer in zip(feeds, answers, strict=True)}
    rpc.raw("evm_mine", [])
    push_prices(role(rpc, "deployer"), file, newest, rpc.block_time())
