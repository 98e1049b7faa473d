"""What a verification works on: the bundle, what the verifier has of its own, and what was recomputed so far."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from zkrisk.errors import Expired, Incomplete, KeyMismatch
from zkrisk.params import Assurance
from zkrisk.policy import Policy
from zkrisk.proof.artifacts import Artifacts, Instance
from zkrisk.proof.bundle import bundle_key
from zkrisk.proof.bundle_model import Bundle, Statement
from zkrisk.proof.keys import CircuitKey, check_not_forgeable
from zkrisk.proof.material import encode_key
from zkrisk.proof.trust import TrustStore
from zkrisk.proof.verification import Checklist, ProvedPolicy
from zkrisk.proof.view import ChainView
from zkrisk.sheet import Sheet

__all__ = ["LOCAL_CHAINS", "Case", "Expectations", "run_key_checks"]

LOCAL_CHAINS = frozenset({31337})


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the verifier asks for; a valid bundle of something else is a failed verification.

    Attributes:
        policy_id: 32 bytes.
        policy: Its limits, age, confidence and assurance are compared with what was proved; its name is not.
        account: Address.
        assurance: Lowest level accepted.
    """

    policy_id: bytes | None = None
    policy: Policy | None = None
    account: str | None = None
    assurance: Assurance = Assurance.VENUE_SIGNED


@dataclass
class Case:
    """State of one verification. What is None has not been recomputed."""

    bundle: Bundle
    chain: ChainView | None
    offline: bool
    now_unix: int | None
    artifacts: Artifacts | None
    trust: TrustStore
    expect: Expectations
    verifiers: tuple[str, ...]
    local_sheet: Sheet | None
    checks: Checklist = field(default_factory=Checklist)
    key: CircuitKey | None = None
    key_class: str | None = None
    sheet: Sheet | None = None
    sectors: tuple[str, ...] = ()
    policy: ProvedPolicy | None = None
    policy_values: tuple[int, ...] = ()
    until_unix: int | None = None
    assurance: Assurance | None = None
    coverage_bps: int | None = None
    superseded: bool = False

    @property
    def statement(self) -> Statement:
        """The statement of the bundle."""
        return self.bundle.statement

    @property
    def claimed_key_id(self) -> bytes:
        """The key that the bundle names; the context binds it."""
        return bytes.fromhex(self.statement.circuit.bases_root[2:])

    def instance(self) -> Instance | None:
        """The local artefacts of the circuit, None when there are none with a key."""
        if self.artifacts is None:
            return None
        instance = self.artifacts.instance(self.statement.circuit_kind, self.statement.tier)
        return instance if (instance.folder / "manifest.json").exists() else None


def run_key_checks(case: Case) -> None:
    """Find the key that the bundle names, and decide whether it may be used."""
    local = _local_key(case)
    case.checks.run("key material", lambda: _find_key(case, local))
    if case.key is not None:
        material = case.key.material
        case.checks.run("key not forgeable", lambda: check_not_forgeable(material))
    case.checks.run("key class", lambda: _key_class(case, local))
    if _is_pin_needed(case):
        case.checks.run("key pinned", lambda: _key_pinned(case, local))
    else:
        case.checks.skip("key pinned", "the trust store has no key for this circuit; the registry's counts")


def _local_key(case: Case) -> CircuitKey | None:
    """The local key, if it is the one that the bundle names."""
    instance = case.instance()
    key = instance.key() if instance else None
    return key if key is not None and key.key_id == case.claimed_key_id else None


def _find_key(case: Case, local: CircuitKey | None) -> str:
    key = local if local is not None else bundle_key(case.bundle)
    if key is None:
        raise Incomplete("the key is neither in the bundle nor among the local artefacts", hint="zkrisk bundle pack")
    material = case.bundle.material
    # Compressing the local key is a thousand times cheaper than taking the roots of the packed one.
    is_other = local is not None and material is not None and encode_key(local) != (material.vkey, material.bases_b64)
    if is_other or key.key_id != case.claimed_key_id:
        raise KeyMismatch("the key in the bundle is not the one that its statement names")
    circuit = case.statement.circuit
    if "sha256:" + hashlib.sha256(key.material).hexdigest() != circuit.vkey_sha256:
        raise KeyMismatch("vkey_sha256 of the bundle is not that of the key")
    instance = case.instance()
    if local is not None and instance is not None:
        recorded = instance.manifest()["r1cs_sha256"]
        if circuit.r1cs_sha256 != f"sha256:{recorded}":
            raise KeyMismatch("r1cs_sha256 of the bundle is not that of the circuit the key was made for")
    case.key = key
    return "local" if local is not None else "from the bundle, its root recomputed"


def _key_class(case: Case, local: CircuitKey | None) -> str:
    claimed, chain_id = case.statement.setup.key_class, case.statement.subject.chain_id
    pin = case.trust.pin(_circuit_name(case), case.claimed_key_id)
    instance = case.instance()
    known = pin.key_class if pin else str(instance.manifest()["class"]) if local and instance else None
    if known is not None and known != claimed:
        raise KeyMismatch(f"the bundle calls its key {claimed}, it is a {known} key")
    if pin is not None and case.statement.setup.transcript_sha256 not in (None, pin.transcript_sha256):
        raise KeyMismatch("the ceremony transcript of the bundle is not the pinned one")
    if (known or claimed) == "DEVELOPMENT" and chain_id not in LOCAL_CHAINS:
        raise KeyMismatch(f"a DEVELOPMENT key on chain {chain_id}: whoever made it can prove anything")
    case.key_class = known
    return known or f"not known here; the sender says {claimed}"


def _circuit_name(case: Case) -> str:
    return f"{case.statement.circuit.id}-{case.statement.circuit.tier}"


def _is_pin_needed(case: Case) -> bool:
    key_id = case.statement.circuit.bases_root
    pins = case.trust.pins_of(_circuit_name(case))
    return case.chain is None or bool(pins) or case.trust.revocation(key_id) is not None


def _key_pinned(case: Case, local: CircuitKey | None) -> str:
    circuit, key_id = _circuit_name(case), case.statement.circuit.bases_root
    revoked = case.trust.revocation(key_id)
    if revoked is not None:
        raise Expired(f"the key {key_id[:10]}… was revoked: {revoked.reason}")
    if case.trust.pin(circuit, case.claimed_key_id) is not None:
        return "in the trust store"
    if local is not None:
        return "the key of the local artefacts"
    if case.trust.pins_of(circuit):
        raise KeyMismatch(f"the key {key_id[:10]}… is not one that the trust store has for {circuit}")
    raise Incomplete(f"no key is pinned for {circuit}: nobody says that this one is sound", hint="zkrisk trust add")
