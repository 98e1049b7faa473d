"""Putting a deployment on a chain: registry and keys, price sheet and parameters, policies, risk manager, vaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from eth_utils.crypto import keccak

from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.fold import fold_parameters
from zkrisk.chain.policies import limits_struct
from zkrisk.chain.sheet_reader import parameter_bytes
from zkrisk.chain.transact import Transactor
from zkrisk.errors import DevelopmentKey, InputError
from zkrisk.params import BPS, CircuitKind
from zkrisk.policy import Policy
from zkrisk.proof.artifacts import BindInstance, CircuitFiles, Instance
from zkrisk.proof.keys import CircuitKey, check_not_forgeable
from zkrisk.proof.view import Deployment
from zkrisk.sheet import Instrument, Kind, Parameters, Universe
from zkrisk.witness.statement import signal_ranges

__all__ = [
    "CollateralTerms",
    "DeployPlan",
    "Progress",
    "VaultTerms",
    "check_key",
    "check_keys",
    "deploy",
    "deploy_vault",
    "register_policy",
]

Progress = Callable[[str, int, int], None]
"""Called as work goes on: what, how much is done, how much there is."""

DEVELOPMENT_CHAINS: Final = frozenset({ANVIL_CHAIN_ID})
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY
_CONTRACTS: Final = 11


@dataclass(frozen=True)
class DeployPlan:
    """What to deploy.

    Attributes:
        keys: Circuit and key of every kind, hash-checked by the caller's artefact folder.
        genesis_day: Unix day number of the first close.
        feeds: Symbol → feed; empty makes mock feeds, on a development chain only.
        tokens: Symbol → token of the slots that vaults hold; None makes a mock token, on a development chain only.
        epoch_seconds: Length of an epoch.
        delay_seconds: Between proposing and activating keys or parameters.
        deviation_cap_bps: Largest jump of a price that is believed at once.
        max_statement_age_s, statement_lifetime_s: Of custodians, see CustodianRegistry.
        max_venue_age_s, venue_lifetime_s, venue_spread_s: Of venues, see BinderConfig.
        max_action_age_s, liquidation_grace_s: See RiskConfig.
        answer_window_s, challenge_bond_wei: See ChallengeDesk.
        bind_keys: Circuit and key of every `bind` circuit of the tier that is to be used.
    """

    universe: Universe
    keys: Mapping[CircuitKind, Instance]
    genesis_day: int
    feeds: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str | None] = field(default_factory=dict)
    epoch_seconds: int = 900
    delay_seconds: int = 2 * _DAY
    deviation_cap_bps: int = 1_000
    max_statement_age_s: int = 3_600
    statement_lifetime_s: int = 30 * _DAY
    max_action_age_s: int = 1_800
    liquidation_grace_s: int = 3_600
    max_venue_age_s: int = 3_600
    venue_lifetime_s: int = 7 * _DAY
    venue_spread_s: int = 600
    answer_window_s: int = 3_600
    challenge_bond_wei: int = 10**16
    bind_keys: tuple[BindInstance, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class CollateralTerms:
    """One collateral of a vault."""

    symbol: str
    ltv_bps: int


@dataclass(frozen=True)
class VaultTerms:
    """Terms of a vault.

    Attributes:
        asset: Symbol of the lent token.
        caps: Assurance level → credit beyond escrow, asset units.
        bonus_bps, maximum_bonus_bps, bonus_seconds, reserve_factor_bps: See VaultConfig.
        interest_bps: A year, simple.
        minimum_debt: Asset units, above 0: what is less is dust.
    """

    name: str
    symbol: str
    asset: str
    policy_id: bytes
    minimum_debt: int
    collaterals: tuple[CollateralTerms, ...] = ()
    caps: Mapping[int, int] = field(default_factory=dict)
    bonus_bps: int = 500
    maximum_bonus_bps: int = 1_000
    bonus_seconds: int = 3_600
    reserve_factor_bps: int = 1_000
    interest_bps: int = 0


def check_keys(keys: Mapping[CircuitKind, Instance], chain_id: int) -> dict[CircuitKind, CircuitKey]:
    """Return the keys after refusing those that must not be on this chain.

    Raises:
        DevelopmentKey: A key was made locally and the chain is not a development chain (threat S8).
        KeyMismatch: Anybody can forge proofs for a key (threat S1).
        ArtifactMismatch: A file is not the recorded one.
        InputError: A kind has no key.
    """
    for kind in CircuitKind:
        if kind not in keys:
            raise InputError(f"there is no key for {kind.name.lower()}")
        check_key(keys[kind], chain_id)
    return {kind: keys[kind].key() for kind in CircuitKind}


def check_key(instance: CircuitFiles, chain_id: int) -> None:
    """Refuse a key that must not be on this chain; errors as `check_keys`, for a circuit of any sort."""
    key_class = instance.manifest().get("class")
    if key_class != "CEREMONY" and chain_id not in DEVELOPMENT_CHAINS:
        raise DevelopmentKey(
            f"the key of {instance.name} is a {key_class} key, and this is chain {chain_id}",
            hint="deploy with keys of a ceremony, or on a local development chain",
            details={"chain_id": chain_id, "key_class": key_class},
        )
    check_not_forgeable(instance.key().material)


def deploy(sender: Transactor, plan: DeployPlan, on_progress: Progress | None = None) -> DeploymentFile:
    """Deploy everything but vaults; the sender holds all roles.

    Parameters are the universe's, and folded for every key. The window is empty: see `zkrisk.chain.genesis`.

    Raises:
        DevelopmentKey, KeyMismatch, ArtifactMismatch: See `check_keys`.
        ContractRefused: The chain refused a step.
    """
    report = on_progress or (lambda what, done, total: None)
    chain_id = sender.rpc.chain_id
    keys = check_keys(plan.keys, chain_id)
    for instance in plan.bind_keys:
        check_key(instance, chain_id)
    block = sender.rpc.block_number()
    feeds = _feeds(sender, plan, report)
    tokens = _tokens(sender, plan)
    contracts = _contracts(sender, plan, feeds, report)
    _register_keys(sender, contracts.registry, keys, report)
    _register_bind_keys(sender, contracts.binder, plan.bind_keys, report)
    file = DeploymentFile(
        chain_id=chain_id,
        universe=plan.universe,
        contracts=contracts,
        tokens=tokens,
        feeds=feeds,
        block=block,
        key_class=str(plan.keys[CircuitKind.COMPLIANCE].manifest().get("class")),
        synthetic=plan.synthetic,
    )
    sheet = sender.rpc.contract("PriceSheet", contracts.sheet)
    values = parameter_bytes(Parameters.from_universe(plan.universe))
    sender.send(sheet.functions.proposeParameters(values))
    fold_parameters(sender, file, keys, 1, report)
    manager = sender.rpc.contract("IRiskManager", contracts.manager)
    for symbol, token in tokens.items():
        sender.send(manager.functions.registerToken(plan.universe.slot_of(symbol), token))
    return file


def _feeds(sender: Transactor, plan: DeployPlan, report: Progress) -> dict[str, str]:
    used = plan.universe.instruments[1:]
    missing = [entry for entry in used if entry.symbol not in plan.feeds]
    _require_development(sender, bool(missing), "mock feeds")
    feeds = dict(plan.feeds)
    for done, entry in enumerate(missing, start=1):
        compiled = sender.rpc.contracts.load("MockFeed")
        feeds[entry.symbol] = str(sender.deploy(compiled, entry.feed_decimals).contract)
        report("feeds", done, len(missing))
    return feeds


def _tokens(sender: Transactor, plan: DeployPlan) -> dict[str, str]:
    _require_development(sender, None in plan.tokens.values(), "mock tokens")
    tokens: dict[str, str] = {}
    for symbol, address in plan.tokens.items():
        entry = plan.universe.instruments[plan.universe.slot_of(symbol)]
        tokens[symbol] = address or _mock_token(sender, entry)
    return tokens


def _mock_token(sender: Transactor, entry: Instrument) -> str:
    decimals = 6 if entry.kind is Kind.STABLECOIN else 18
    compiled = sender.rpc.contracts.load("MockERC20")
    return str(sender.deploy(compiled, f"Mock {entry.name}", entry.symbol, decimals).contract)


def _require_development(sender: Transactor, used: bool, what: str) -> None:
    if used and sender.rpc.chain_id not in DEVELOPMENT_CHAINS:
        raise InputError(f"{what} are for development chains only, this is chain {sender.rpc.chain_id}")


def _contracts(sender: Transactor, plan: DeployPlan, feeds: Mapping[str, str], report: Progress) -> Deployment:
    load, tier = sender.rpc.contracts.load, plan.universe.tier
    sizes = [tier.instruments, tier.scenarios, tier.stresses, tier.sectors]
    registry = sender.deploy(load("CircuitRegistry"), sender.address, sizes, plan.delay_seconds).contract
    report("contracts", 1, _CONTRACTS)
    sheet = sender.deploy(load("PriceSheet"), _sheet_config(sender, plan, feeds, str(registry))).contract
    report("contracts", 2, _CONTRACTS)
    policies = sender.deploy(load("PolicyRegistry"), registry).contract
    report("contracts", 3, _CONTRACTS)
    config = {
        "admin": sender.address,
        "registry": registry,
        "sheet": sheet,
        "policies": policies,
        "maxActionAge": plan.max_action_age_s,
        "liquidationGrace": plan.liquidation_grace_s,
    }
    manager = sender.deploy(load("RiskManager"), config).contract
    report("contracts", 4, _CONTRACTS)
    return _around(sender, plan, [str(registry), str(sheet), str(policies), str(manager)], report)


def _around(sender: Transactor, plan: DeployPlan, core: list[str], report: Progress) -> Deployment:
    """Deploy who vouches, who reads, and who asks; give them their roles at the manager."""
    load, admin, manager = sender.rpc.contracts.load, sender.address, core[-1]
    lifetimes = (plan.max_statement_age_s, plan.statement_lifetime_s)
    custodians = str(sender.deploy(load("CustodianRegistry"), admin, manager, *lifetimes).contract)
    venues = str(sender.deploy(load("VenueRegistry"), admin, plan.delay_seconds).contract)
    readers = str(sender.deploy(load("ReaderKeys"), admin, plan.delay_seconds).contract)
    report("contracts", 7, _CONTRACTS)
    config = {
        "admin": admin,
        "manager": manager,
        "venues": venues,
        "readerKeys": readers,
        "keyDelay": plan.delay_seconds,
        "maxStatementAge": plan.max_venue_age_s,
        "statementLifetime": plan.venue_lifetime_s,
        "maxSpread": plan.venue_spread_s,
    }
    binder = str(sender.deploy(load("BookBinder"), config).contract)
    heartbeat = str(sender.deploy(load("Heartbeat"), manager).contract)
    terms = (plan.answer_window_s, plan.challenge_bond_wei)
    challenges = str(sender.deploy(load("ChallengeDesk"), manager, heartbeat, *terms).contract)
    creditors = str(sender.deploy(load("CreditorRegistry"), admin, manager).contract)
    report("contracts", _CONTRACTS, _CONTRACTS)
    bound = sender.rpc.contract("IRiskManager", manager).functions
    for role, holder in (("CUSTODIAN", custodians), ("CHALLENGE", challenges), ("CREDITOR", creditors)):
        sender.send(bound.grantRole(keccak(text=f"{role}_ROLE"), holder))
    sender.send(bound.setBinder(binder))
    return Deployment(*core, custodians, venues, readers, binder, heartbeat, challenges, creditors, {})


def _sheet_config(sender: Transactor, plan: DeployPlan, feeds: Mapping[str, str], registry: str) -> dict[str, Any]:
    universe = plan.universe
    zero = "0x" + 40 * "0"
    slots = [
        {
            "feed": feeds.get(entry.symbol, zero),
            "decimals": entry.decimals,
            "heartbeat": entry.heartbeat_s,
            "deviationCapBps": plan.deviation_cap_bps if entry.slot else 0,
        }
        for entry in universe.instruments
    ]
    unused = {"feed": zero, "decimals": 0, "heartbeat": 0, "deviationCapBps": 0}
    return {
        "admin": sender.address,
        "registry": registry,
        "weekdayMask": sum(1 << (weekday - 1) for weekday in universe.calendar),
        "genesisDay": plan.genesis_day,
        "epochSeconds": plan.epoch_seconds,
        "parameterDelay": plan.delay_seconds,
        "slots": slots + [unused] * (universe.size - len(slots)),
    }


def _register_keys(sender: Transactor, address: str, keys: Mapping[CircuitKind, CircuitKey], report: Progress) -> None:
    registry = sender.rpc.contract("CircuitRegistry", address)
    for done, (kind, key) in enumerate(keys.items(), start=1):
        ranges = [(entry.first, entry.count) for entry in signal_ranges(kind, key.tier).values()]
        sender.send(
            registry.functions.register(int(kind), key.key_id, key.blob, list(key.merkle_proof(0)), ranges),
            gas=16_000_000,
        )
        report("keys", done, len(keys))


def _register_bind_keys(sender: Transactor, address: str, instances: Sequence[BindInstance], report: Progress) -> None:
    binder = sender.rpc.contract("BookBinder", address)
    for done, instance in enumerate(instances, start=1):
        key = instance.key()
        sender.send(binder.functions.setKey(key.circuit.parts, key.circuit.readers, key.blob))
        report("bind keys", done, len(instances))


def register_policy(sender: Transactor, file: DeploymentFile, policy: Policy) -> tuple[DeploymentFile, bytes]:
    """Register a policy of the sender and fold it; return the deployment with it, and its id."""
    registry = sender.rpc.contract("PolicyRegistry", file.contracts.policies)
    outcome = sender.send(registry.functions.register(policy.name, limits_struct(policy, file.universe)), gas=2_000_000)
    policy_id = bytes(outcome.event("PolicyRegistered").args["policyId"])
    sender.send(registry.functions.fold(policy_id))
    return file.with_policy(policy.name, policy_id), policy_id


def deploy_vault(sender: Transactor, file: DeploymentFile, terms: VaultTerms) -> DeploymentFile:
    """Deploy a vault, register it and set its collaterals and caps; return the deployment with it."""
    universe = file.universe
    config = {
        "admin": sender.address,
        "asset": file.tokens[terms.asset],
        "manager": file.contracts.manager,
        "sheet": file.contracts.sheet,
        "heartbeat": file.contracts.heartbeat,
        "desk": file.contracts.challenges,
        "policyId": terms.policy_id,
        "assetSlot": universe.slot_of(terms.asset),
        "bonusBps": terms.bonus_bps,
        "maximumBonusBps": terms.maximum_bonus_bps,
        "bonusSeconds": terms.bonus_seconds,
        "reserveFactorBps": terms.reserve_factor_bps,
        "minimumDebt": terms.minimum_debt,
        "name": terms.name,
        "symbol": terms.symbol,
    }
    address = str(sender.deploy(sender.rpc.contracts.load("CreditVault"), config).contract)
    manager = sender.rpc.contract("IRiskManager", file.contracts.manager)
    sender.send(manager.functions.registerVault(address))
    vault = sender.rpc.contract("CreditVault", address)
    if terms.interest_bps:
        sender.send(vault.functions.setRate(terms.interest_bps * 10**18 // (BPS * _YEAR)))
    for collateral in terms.collaterals:
        sender.send(vault.functions.setCollateral(universe.slot_of(collateral.symbol), collateral.ltv_bps))
    for level, cap in terms.caps.items():
        sender.send(vault.functions.setCap(int(level), cap))
    return file.with_vault(terms.name, address)
