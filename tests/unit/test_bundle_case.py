"""One honest attestation of the micro tier with a chain to check it against; other tests edit it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from zkrisk.book import BookVector, Leg
from zkrisk.commitment import Opening, commit_with
from zkrisk.metrics import check, tail_threshold
from zkrisk.params import MICRO, Action, Assurance, CircuitKind, Tier
from zkrisk.policy import Policy, load_policy
from zkrisk.proof.actions import action_hash
from zkrisk.proof.artifacts import Instance, default_artifacts
from zkrisk.proof.bundle import Bundle, pack
from zkrisk.proof.bundle_model import ActionData, LegEntry, PolicyOrigin
from zkrisk.proof.context import ContextRequest, policy_id_of
from zkrisk.proof.folding import fold_sets, set_values, sheet_point, statement_of
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.prove import BundleParts, build_bundle, prove
from zkrisk.proof.trust import load_trust
from zkrisk.proof.verify import Expectations, Verification, verify
from zkrisk.proof.view import (
    AccountView,
    AttestationView,
    CustodianView,
    Deployment,
    FoldedPoint,
    KeyView,
    PolicyView,
)
from zkrisk.sheet import Sheet, load_universe, synthetic_history
from zkrisk.witness import SignalSet

CHAIN_ID = 31337
ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
KEEPER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
MANAGER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
REGISTRY = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
POLICIES = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
PRICES = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
VAULT = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"
ASSET = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
SEQUENCE = 4
EPOCH = 490
# Marked quantities: whatever a bundle, message or file holds can be searched for them.
LONG = (54_321_987_654, 21_987_654_321, 198_765_432, 12_345_679, 0, 0, 0, 0)
SHORT = (9_876_543_210, 0, 0, 0, 0, 0, 0, 0)
SALT = 0xC0FFEE_0123456789ABCDEF_0123456789ABCDEF_0123456789ABCDEF
LEG = Leg((0, 0, 3 * 10**8, 0, 0, 0, 0, 0), (0, 2_000 * 10**6, 0, 0, 0, 0, 0, 0))
DEADLINE = 2**64 - 1


@cache
def instance(kind: CircuitKind = CircuitKind.COMPLIANCE) -> Instance:
    return default_artifacts().instance(kind, MICRO)


@cache
def key(kind: CircuitKind = CircuitKind.COMPLIANCE) -> CircuitKey:
    return instance(kind).key()


@cache
def sheet() -> Sheet:
    universe = load_universe("micro-8")
    return Sheet.from_history(universe, synthetic_history(universe, seed=1, last_day=date(2026, 11, 20)), epoch=EPOCH)


@cache
def policy() -> Policy:
    return load_policy("lender-a").model_copy(update={"owner": KEEPER})


def policy_id() -> bytes:
    return policy_id_of(CHAIN_ID, POLICIES, KEEPER, policy().name, policy().version)


@cache
def opening() -> Opening:
    book = BookVector(LONG, SHORT)
    return Opening(book, int(ACCOUNT, 16), SALT, commit_with(book, ACCOUNT, SALT))


@dataclass(frozen=True)
class Made:
    """A statement with its proof and bundle."""

    parts: BundleParts
    bundle: Bundle

    @property
    def public(self) -> tuple[int, ...]:
        return self.parts.statement.public_signals()


def request(action: Action, data: ActionData, **changes: Any) -> ContextRequest:
    kind = CircuitKind.LIQUIDATION if action is Action.LIQUIDATE else CircuitKind.COMPLIANCE
    own = action in (Action.ATTEST, Action.UPDATE)
    honest = ContextRequest(
        chain_id=CHAIN_ID,
        contract=MANAGER if own else VAULT,
        key_id=key(kind).key_id,
        policy_id=policy_id() if kind is CircuitKind.COMPLIANCE else bytes(32),
        account=ACCOUNT,
        sequence=SEQUENCE,
        beneficiary=ACCOUNT if own else KEEPER,
        action=action,
        action_hash=action_hash(action, data),
        epoch=EPOCH,
        nonce=0,
        deadline=DEADLINE if own else sheet().as_of_unix + 600,
    )
    return replace(honest, **changes)


def make(action: Action = Action.ATTEST, data: ActionData | None = None, backend: str = "native") -> Made:
    data = data or ActionData()
    asked = request(action, data)
    dynamic = (opening().commitment, int(ACCOUNT, 16), asked.signal())
    values = policy().public_values(MICRO, sheet().parameters.sector_names)
    assert not check(policy(), opening().vector, LEG, sheet()).failures
    statement = statement_of(CircuitKind.COMPLIANCE, sheet(), dynamic, LEG, values)
    threshold = tail_threshold(policy(), opening().vector, LEG, sheet())
    proof = prove(instance(), statement, opening(), threshold, backend=backend)
    parts = BundleParts(
        key=key(),
        manifest=instance().manifest(),
        statement=statement,
        request=asked,
        sheet=sheet(),
        assurance=Assurance.CUSTODIAN_SIGNED,
        proof=proof,
        policy=policy(),
        origin=PolicyOrigin(registry=POLICIES, owner=KEEPER, name=policy().name),
        action_data=data,
        note="for your file",
    )
    return Made(parts, build_bundle(parts))


@cache
def attest() -> Made:
    return make()


@cache
def packed() -> Bundle:
    return pack(attest().bundle, key(), sheet())


@cache
def liquidate() -> Made:
    """A liquidation of a book that is under water because of a debt on the chain."""
    kind = CircuitKind.LIQUIDATION
    leg = Leg((0,) * 8, (0, 10**13, 0, 0, 0, 0, 0, 0))
    data = ActionData(amount=5, seize_slot=2, threshold_bps=10_000, claims=(LegEntry(slot=1, long=0, short=10**13),))
    asked = request(Action.LIQUIDATE, data)
    dynamic = (opening().commitment, int(ACCOUNT, 16), asked.signal(), 10_000)
    statement = statement_of(kind, sheet(), dynamic, leg)
    proof = prove(instance(kind), statement, opening())
    parts = BundleParts(
        key=key(kind),
        manifest=instance(kind).manifest(),
        statement=statement,
        request=asked,
        sheet=sheet(),
        assurance=Assurance.CUSTODIAN_SIGNED,
        proof=proof,
        action_data=data,
    )
    return Made(parts, build_bundle(parts))


@dataclass
class FakeChain:
    """A deployment in memory that holds what an honest one would; tests change one field."""

    chain_id: int = CHAIN_ID
    time: int = field(default_factory=lambda: sheet().as_of_unix + 600)
    stored: Sheet = field(default_factory=sheet)
    registered: Policy = field(default_factory=policy)
    key_of: dict[CircuitKind, CircuitKey] = field(default_factory=lambda: {kind: key(kind) for kind in CircuitKind})
    state: AccountView = field(
        default_factory=lambda: AccountView(
            commitment=opening().commitment,
            pending_commitment=0,
            sequence=SEQUENCE,
            worsened=0,
            level=Assurance.CUSTODIAN_SIGNED,
            level_until_unix=sheet().as_of_unix + 86_400,
            vault=VAULT,
        )
    )
    ledger: Leg = LEG
    record: AttestationView | None = None
    compliant: bool = True
    points: dict[SignalSet, bytes] = field(default_factory=dict)
    size: Tier = MICRO
    newest: int = 0
    genesis: str = "0x" + "00" * 32
    signed: CustodianView | None = None
    deployment: Deployment = field(
        default_factory=lambda: Deployment(REGISTRY, PRICES, POLICIES, MANAGER, *[OTHER] * 7, {"main": VAULT})
    )

    def block_time(self) -> int:
        return self.time

    def genesis_hash(self) -> str:
        return self.genesis

    def tier(self) -> Tier:
        return self.size

    def current_key(self, kind: CircuitKind) -> KeyView:
        return KeyView(1, self.key_of[kind].key_id, self.key_of[kind].blob)

    def newest_epoch(self) -> int:
        return max(self.newest, self.stored.epoch)

    def sheet(self, epoch: int) -> Sheet:
        return self.stored

    def _values(self, kind: CircuitKind) -> dict[SignalSet, tuple[int, ...]]:
        values = self.registered.public_values(MICRO, self.stored.parameters.sector_names)
        return set_values(kind, self.stored, values if kind is CircuitKind.COMPLIANCE else ())

    def folded_sheet(self, kind: CircuitKind, epoch: int) -> FoldedPoint | None:
        points = fold_sets(self.key_of[kind], self._values(kind)) | self.points
        return FoldedPoint(sheet_point(points), 1, 1, 16, self.stored.as_of_unix)

    def policy(self, policy_id: bytes) -> PolicyView:
        points = fold_sets(self.key_of[CircuitKind.COMPLIANCE], self._values(CircuitKind.COMPLIANCE)) | self.points
        return PolicyView(policy_id, self.registered, points[SignalSet.POLICY])

    def account(self, account: str) -> AccountView:
        return self.state

    def custodian(self, account: str, commitment: int, sequence: int) -> CustodianView | None:
        return self.signed

    def leg(self, account: str, epoch: int) -> Leg:
        return self.ledger

    def liquidation_leg(self, account: str) -> Leg:
        return self.ledger

    def nonce(self, account: str, action: int) -> int:
        return 0

    def attestation(self, account: str, policy_id: bytes) -> AttestationView | None:
        return self.record

    def is_compliant(self, account: str, policy_id: bytes, max_age_s: int) -> bool:
        return self.compliant


ENOUGH = Expectations(assurance=Assurance.CUSTODIAN_SIGNED)


def online(bundle: Bundle, chain: FakeChain | None = None, **options: Any) -> Verification:
    settings: dict[str, Any] = {"trust": load_trust(None), "artifacts": default_artifacts(), "expect": ENOUGH}
    return verify(bundle, chain=chain or FakeChain(), **(settings | options))


def without_chain(bundle: Bundle, **options: Any) -> Verification:
    settings: dict[str, Any] = {
        "trust": load_trust(None),
        "artifacts": default_artifacts(),
        "expect": ENOUGH,
        "offline": True,
        "now_unix": sheet().as_of_unix + 600,
    }
    return verify(bundle, **(settings | options))
