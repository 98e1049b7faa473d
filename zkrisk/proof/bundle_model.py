"""The form of a bundle: every field, its type and its one encoding. Nothing here is believed; `verify` recomputes it.

Every value has one encoding (`bundle_fields`), so that the identifier of a bundle is well defined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from zkrisk.book import Leg
from zkrisk.params import BPS, LEG_BITS, TIERS, Action, Assurance, CircuitKind, Tier
from zkrisk.proof.bundle_fields import (
    U8,
    U32,
    U64,
    U256,
    Address,
    Base64,
    Bytes32,
    Day,
    Element,
    HexBytes,
    Name,
    Part,
    Sha256,
    Text,
    printable,
)
from zkrisk.witness.statement import SignalSet, signal_layout, signal_ranges

__all__ = [
    "CIRCUIT_VERSION",
    "CONVENTION",
    "MEDIA_TYPE",
    "STATEMENT_VERSION",
    "ActionData",
    "AssuranceClaim",
    "Bundle",
    "ChainEvidence",
    "CircuitClaim",
    "ContextClaim",
    "FoldedClaim",
    "LegEntry",
    "LimitClaim",
    "Material",
    "PolicyClaim",
    "PolicyOrigin",
    "ProofPoints",
    "SetupClaim",
    "SheetClaim",
    "Signal",
    "Statement",
    "Subject",
    "Validity",
    "VenueClaim",
    "WindowClaim",
    "dynamic_names",
]

MEDIA_TYPE: Final = "application/vnd.zkrisk.attestation.v1+json"
STATEMENT_VERSION: Final = 1
CIRCUIT_VERSION: Final = 1
CONVENTION: Final = "HISTORICAL_VAR_COUNT_FLOORED_EXPOSURE_V1"
_LEG_NAME: Final = re.compile(r"leg_(long|short)\[(0|[1-9][0-9]{0,3})\]", re.ASCII)


class CircuitClaim(Part):
    """Which circuit and key; `bases_root` is the key id of docs/protocol.md."""

    id: Literal["compliance", "healthy", "liquidation"]
    version: Literal[1]
    tier: Literal["micro", "standard"]
    r1cs_sha256: Sha256
    vkey_sha256: Sha256
    bases_root: Bytes32


class SetupClaim(Part):
    """How the key was made; a claim until it is compared with the trust store."""

    key_class: Literal["DEVELOPMENT", "CEREMONY"] = Field(alias="class")
    transcript_sha256: Sha256 | None = None


class Subject(Part):
    """Whose book."""

    chain_id: Annotated[U64, Field(ge=1)]
    account: Address
    commitment: Bytes32
    sequence: U64


class LegEntry(Part):
    """One slot of the leg that a liquidation names, in lots."""

    slot: U8
    long: U64
    short: U64


class ActionData(Part):
    """What the action hash is made of; which fields there are depends on the action."""

    commitment: Bytes32 | None = None
    token: Address | None = None
    amount: U256 | None = None
    seize_slot: U8 | None = None
    threshold_bps: Annotated[int, Field(ge=1, le=BPS)] | None = None
    claims: tuple[LegEntry, ...] | None = Field(default=None, max_length=256, strict=False)


_ACTION_FIELDS: Final = {
    Action.ATTEST: frozenset[str](),
    Action.UPDATE: frozenset({"commitment"}),
    Action.DRAW: frozenset({"token", "amount"}),
    Action.WITHDRAW: frozenset({"token", "amount"}),
    Action.LIQUIDATE: frozenset({"amount", "seize_slot", "threshold_bps", "claims"}),
}


class ContextClaim(Part):
    """The preimages of the context hash that are not elsewhere in the statement."""

    contract: Address
    beneficiary: Address
    action: Literal["ATTEST", "UPDATE", "DRAW", "WITHDRAW", "LIQUIDATE"]
    action_hash: Bytes32
    action_data: ActionData = ActionData()
    epoch: U64
    nonce: U64
    deadline: U64

    @model_validator(mode="after")
    def _fields(self) -> ContextClaim:
        given = {name for name in ActionData.model_fields if getattr(self.action_data, name) is not None}
        if given != _ACTION_FIELDS[Action[self.action]]:
            raise ValueError("the action data are not those of the action")
        return self


class LimitClaim(Part):
    """One line of the policy."""

    name: Name
    op: Literal["GE", "LE", "EQ"]
    value: U32
    unit: Literal["BPS", "SECONDS", "LEVEL"]
    enabled: bool


class PolicyOrigin(Part):
    """The preimages of the policy's id: with them its name is what the id says, and not a word of the sender.

    The name has the form of a policy file's: no letter of another alphabet that looks the same.
    """

    registry: Address
    owner: Address
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class PolicyClaim(Part):
    """The policy in full; `sha256` is that of the limits."""

    id: Bytes32
    version: U32
    sha256: Sha256
    limits: tuple[LimitClaim, ...] = Field(min_length=1, max_length=256, strict=False)
    origin: PolicyOrigin | None = None


class WindowClaim(Part):
    """Days of the scenario window."""

    first_day: Day
    last_day: Day
    rows: U32


class SheetClaim(Part):
    """Against which public data; `window` is there when the circuit has one."""

    universe_sha256: Sha256
    params_sha256: Sha256
    prices_epoch: U64
    prices_as_of_unix: U64
    window: WindowClaim | None = None
    convention: Literal["HISTORICAL_VAR_COUNT_FLOORED_EXPOSURE_V1"]


class VenueClaim(Part):
    """A venue whose statement the book is bound to."""

    id: Text
    key_sha256: Sha256
    as_of_unix: U64


class AssuranceClaim(Part):
    """How well the commitment is bound to reality; a claim until it is read from the chain."""

    level: Literal["SELF_DECLARED", "CUSTODIAN_SIGNED", "VENUE_SIGNED"]
    coverage_bps: Annotated[int, Field(ge=0, le=BPS)]
    venues: tuple[VenueClaim, ...] = Field(default=(), max_length=64, strict=False)

    @property
    def assurance(self) -> Assurance:
        """The level."""
        return Assurance[self.level]


class Validity(Part):
    """Chain time: of the prices, of the expiry, and the policy's maximum age."""

    proved_epoch_unix: U64
    expires_at_unix: U64
    max_age_s: U64


class Statement(Part):
    """What is stated."""

    kind: Literal["COMPLIANCE", "HEALTHY", "LIQUIDATION"]
    version: Literal[1]
    circuit: CircuitClaim
    setup: SetupClaim
    subject: Subject
    context: ContextClaim
    policy: PolicyClaim | None = None
    sheet: SheetClaim
    assurance: AssuranceClaim
    validity: Validity

    @model_validator(mode="after")
    def _belongs_together(self) -> Statement:
        if self.circuit.id != self.kind.lower():
            raise ValueError("the circuit is not that of the statement's kind")
        compliance = self.kind == "COMPLIANCE"
        if compliance != (self.policy is not None) or compliance != (self.sheet.window is not None):
            raise ValueError("a policy and a window go with COMPLIANCE, and with no other kind")
        if (self.kind == "LIQUIDATION") != (self.context.action == "LIQUIDATE"):
            raise ValueError("the action is not one of the statement's kind")
        if self.kind == "HEALTHY" and self.context.action != "ATTEST":
            raise ValueError("the action is not one of the statement's kind")
        return self

    @property
    def circuit_kind(self) -> CircuitKind:
        """Kind of the circuit."""
        return CircuitKind[self.kind]

    @property
    def tier(self) -> Tier:
        """Tier of the circuit."""
        return TIERS[self.circuit.tier]


class Signal(Part):
    """One unfolded public signal."""

    name: Name
    value: Element


class FoldedClaim(Part):
    """A point that is added to vk_x; recomputed, never believed."""

    slot: Literal["PRICES", "POLICY", "PARAMETERS", "WINDOW"]
    count: U32
    x: Bytes32
    y: Bytes32
    data_sha256: Sha256


class ProofPoints(Part):
    """The proof, big-endian in the order of the pairing precompile; never an identifier."""

    system: Literal["groth16"]
    curve: Literal["bn254"]
    a: Annotated[str, Field(pattern=r"^0x[0-9a-f]{128}$")]
    b: Annotated[str, Field(pattern=r"^0x[0-9a-f]{256}$")]
    c: Annotated[str, Field(pattern=r"^0x[0-9a-f]{128}$")]

    def to_bytes(self) -> bytes:
        """A, B, C: 256 bytes."""
        return bytes.fromhex(self.a[2:] + self.b[2:] + self.c[2:])


class Material(Part):
    """What verifies the bundle without a chain and without artefacts; in a packed bundle.

    `vkey` is alpha, beta, gamma, delta; `bases_b64` the IC points of 32 bytes each, compressed; `sheet` is without its
    universe.
    """

    vkey: Annotated[Base64, Field(max_length=1024)]
    bases_b64: Annotated[Base64, Field(max_length=6 << 20)]
    sheet: dict[str, Any]
    universe: dict[str, Any]
    venue_keys: tuple[()] = Field(default=(), strict=False)


class ChainEvidence(Part):
    """EIP-1186 proofs at one block. Carried, not checked yet, and never relied on."""

    block_number: U64
    block_hash: Bytes32
    header_rlp: HexBytes
    account_proofs: tuple[dict[str, Any], ...] = Field(default=(), max_length=64, strict=False)
    storage_proofs: tuple[dict[str, Any], ...] = Field(default=(), max_length=256, strict=False)
    receipt: dict[str, Any] | None = None


def dynamic_names(kind: CircuitKind, tier: Tier) -> tuple[str, ...]:
    """Names of the DYNAMIC signals in order."""
    return tuple(name for name, member, _ in signal_layout(kind, tier) if member is SignalSet.DYNAMIC)


class Bundle(Part):
    """An attestation that describes itself. See docs/protocol.md and `zkrisk.proof.bundle` for files."""

    media_type: Literal["application/vnd.zkrisk.attestation.v1+json"]
    statement: Statement
    signals: tuple[Signal, ...] = Field(max_length=2048, strict=False)
    folded: tuple[FoldedClaim, ...] = Field(max_length=8, strict=False)
    proof: ProofPoints
    material: Material | None = None
    chain_evidence: ChainEvidence | None = None
    note: Annotated[str, Field(max_length=280), AfterValidator(printable)] | None = None
    extensions: dict[str, Any] | None = None

    def __repr__(self) -> str:
        kind, account = self.statement.kind, self.statement.subject.account
        return f"<Bundle {kind} of {account}, epoch {self.statement.context.epoch}, not verified>"

    @model_validator(mode="after")
    def _ordered(self) -> Bundle:
        kind, tier = self.statement.circuit_kind, self.statement.tier
        names = tuple(signal.name for signal in self.signals)
        dynamic = dynamic_names(kind, tier)
        if names[: len(dynamic)] != dynamic:
            raise ValueError(f"the first signals are not {', '.join(dynamic)}")
        places = [place for place, _ in self._leg_places()]
        if places != sorted(set(places)):
            raise ValueError("the entries of the leg are not in order, or one is there twice")
        ranges = signal_ranges(kind, tier)
        expected = [(s.name, ranges[s].count) for s in _FOLDED_ORDER if ranges[s].count]
        if [(claim.slot, claim.count) for claim in self.folded] != expected:
            raise ValueError("the folded sets are not those of the circuit, in order and with their counts")
        return self

    def _leg_places(self) -> Iterator[tuple[int, int]]:
        n = self.statement.tier.instruments
        for signal in self.signals[len(self.dynamic) :]:
            match = _LEG_NAME.fullmatch(signal.name)
            if match is None or int(match[2]) >= n or not 0 < signal.value < 1 << LEG_BITS:
                raise ValueError("a signal is not a non-zero leg entry of the tier in 64 bits")
            yield int(match[2]) + (n if match[1] == "short" else 0), signal.value

    @property
    def dynamic(self) -> tuple[int, ...]:
        """Values of the DYNAMIC signals in order."""
        count = len(dynamic_names(self.statement.circuit_kind, self.statement.tier))
        return tuple(signal.value for signal in self.signals[:count])

    @property
    def leg(self) -> Leg:
        """The leg in the signals, N lots long and short."""
        n = self.statement.tier.instruments
        values = [0] * (2 * n)
        for place, value in self._leg_places():
            values[place] = value
        return Leg(tuple(values[:n]), tuple(values[n:]))


_FOLDED_ORDER: Final = (SignalSet.PRICES, SignalSet.POLICY, SignalSet.PARAMETERS, SignalSet.WINDOW)
