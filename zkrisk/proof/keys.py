"""Keys as the contracts see them: the key blob, the base rows and the Merkle root that names them.

The layout is docs/protocol.md, "Keys, bases and the key root".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

from eth_utils import keccak

from zkrisk.errors import KeyFileInvalid, KeyMismatch
from zkrisk.params import BASE_MODULUS, CircuitKind, Tier
from zkrisk.witness.bind_circuit import BIND_SIGNALS, BindCircuit
from zkrisk.witness.statement import SignalSet, signal_ranges

__all__ = ["HEAD_BYTES", "POINT_BYTES", "BindKey", "CircuitKey", "RootedKey", "check_not_forgeable", "instance_name"]

POINT_BYTES = 64
_G2_BYTES = 128
HEAD_BYTES = POINT_BYTES + 3 * _G2_BYTES
_HOT_SETS = (SignalSet.DYNAMIC, SignalSet.LEG, SignalSet.PRICES, SignalSet.POLICY)

_G2_GENERATOR = b"".join(
    value.to_bytes(32, "big")
    for value in (
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
    )
)


def instance_name(kind: CircuitKind, tier: Tier) -> str:
    """Return the name of a circuit instance, e.g. ``compliance-micro``."""
    return f"{kind.name.lower()}-{tier.name}"


class RootedKey(ABC):
    """A verifying key that a Merkle root names.

    Attributes:
        material: alpha (64 bytes), beta, gamma, delta (128 each), then IC_0 … IC_nPublic (64 each), big-endian, in the
            order of the pairing precompile.

    Raises:
        KeyFileInvalid: The number of points is not that of the circuit.
    """

    material: bytes

    def __post_init__(self) -> None:
        expected = HEAD_BYTES + (1 + self.signals) * POINT_BYTES
        if len(self.material) != expected:
            raise KeyFileInvalid(
                f"the key of {self.instance} has {len(self.material)} bytes, its circuit needs {expected}",
                hint="make the development keys again, or check which circuit the key belongs to",
            )

    @property
    @abstractmethod
    def instance(self) -> str:
        """Name of the circuit instance, e.g. ``compliance-micro``."""

    @property
    @abstractmethod
    def signals(self) -> int:
        """Number of public signals."""

    @property
    @abstractmethod
    def blob(self) -> bytes:
        """The part of the key that the contracts keep as code."""

    @property
    @abstractmethod
    def rows(self) -> tuple[bytes, ...]:
        """The rest, in base rows."""

    @cached_property
    def _levels(self) -> list[list[bytes]]:
        leaves = [_leaf(index, data) for index, data in enumerate((self.blob, *self.rows))]
        levels = [leaves]
        while len(levels[-1]) > 1:
            below = levels[-1]
            pairs = [_pair(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            levels.append(pairs + below[len(below) - len(below) % 2 :])
        return levels

    @property
    def key_id(self) -> bytes:
        """The Merkle root over blob and rows, 32 bytes."""
        return self._levels[-1][0]

    def merkle_proof(self, leaf_index: int) -> tuple[bytes, ...]:
        """Return the siblings of a leaf: 0 is the blob, 1 + i is base row i."""
        proof = []
        index = leaf_index
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                proof.append(level[sibling])
            index //= 2
        return tuple(proof)


@dataclass(frozen=True)
class CircuitKey(RootedKey):
    """A verifying key with every base point of a circuit about the sheet.

    Attributes:
        kind, tier: Which circuit.
        material: See `RootedKey`.
    """

    kind: CircuitKind
    tier: Tier
    material: bytes

    @property
    def instance(self) -> str:
        """Name of the circuit instance, e.g. ``compliance-micro``."""
        return instance_name(self.kind, self.tier)

    @property
    def signals(self) -> int:
        """Number of public signals."""
        return sum(entry.count for entry in signal_ranges(self.kind, self.tier).values())

    @property
    def hot_points(self) -> int:
        """IC points of the key blob: IC_0 and those of DYNAMIC, LEG, PRICES and POLICY."""
        ranges = signal_ranges(self.kind, self.tier)
        return 1 + sum(ranges[member].count for member in _HOT_SETS)

    @cached_property
    def blob(self) -> bytes:
        """The part of the key that the registry keeps as code."""
        return self.material[: HEAD_BYTES + self.hot_points * POINT_BYTES]

    @cached_property
    def rows(self) -> tuple[bytes, ...]:
        """Base rows of N points: PARAMETERS rows, then WINDOW rows."""
        size = self.tier.instruments * POINT_BYTES
        cold = self.material[len(self.blob) :]
        return tuple(cold[i : i + size] for i in range(0, len(cold), size))

    @property
    def parameter_rows(self) -> int:
        """Number of PARAMETERS rows; WINDOW rows follow them."""
        return signal_ranges(self.kind, self.tier)[SignalSet.PARAMETERS].count // self.tier.instruments

    def points(self, signal_set: SignalSet) -> bytes:
        """Return the IC points of one set, 64 bytes each."""
        entry = signal_ranges(self.kind, self.tier)[signal_set]
        start = HEAD_BYTES + entry.first * POINT_BYTES
        return self.material[start : start + entry.count * POINT_BYTES]

    @property
    def constant_point(self) -> bytes:
        """IC_0."""
        return self.material[HEAD_BYTES : HEAD_BYTES + POINT_BYTES]


@dataclass(frozen=True)
class BindKey(RootedKey):
    """The verifying key of a `bind` circuit: the binder keeps all of it, nothing is folded beforehand.

    Attributes:
        circuit: Which circuit.
        material: See `RootedKey`.
    """

    circuit: BindCircuit
    material: bytes

    @property
    def instance(self) -> str:
        """Name of the circuit instance, e.g. ``bind_1_1-micro``."""
        return self.circuit.name

    @property
    def signals(self) -> int:
        """Digest, context, fingerprint."""
        return BIND_SIGNALS

    @property
    def blob(self) -> bytes:
        """The whole key."""
        return self.material

    @property
    def rows(self) -> tuple[bytes, ...]:
        """None: the root is the blob's leaf."""
        return ()


def _leaf(index: int, data: bytes) -> bytes:
    return keccak(keccak(index.to_bytes(32, "big") + data))


def _pair(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))


def check_not_forgeable(material: bytes) -> None:
    """Refuse a key for which anybody can make proofs.

    Args:
        material: A key as in `CircuitKey.material`.

    Raises:
        KeyMismatch: delta is ± gamma or ± the generator of G2 (no phase-2 contribution: A = alpha, B = beta,
            C = ∓vk_x passes), beta is ± gamma (A = alpha + vk_x, B = gamma + delta, C = A) or ± delta (A = vk_x,
            B = gamma + delta, C = vk_x - alpha), a point is the identity, or a coordinate is not reduced.

    Source: threats S1 and S2; ``snarkjs zkey verify`` accepts such keys.
    """
    for offset in range(0, len(material), 32):
        if int.from_bytes(material[offset : offset + 32], "big") >= BASE_MODULUS:
            raise KeyMismatch("a coordinate of the key is not below the base field's modulus")
    beta, gamma, delta = (material[start : start + _G2_BYTES] for start in range(POINT_BYTES, HEAD_BYTES, _G2_BYTES))
    in_g1 = (material[start : start + POINT_BYTES] for start in (0, *range(HEAD_BYTES, len(material), POINT_BYTES)))
    if not all(map(any, (beta, gamma, delta, *in_g1))):
        raise KeyMismatch("a point of the key is the identity: proofs are free, or a signal is unbound")
    # Equal abscissas are equal points up to the sign.
    x_of = {"beta": beta[:POINT_BYTES], "gamma": gamma[:POINT_BYTES], "delta": delta[:POINT_BYTES]}
    if x_of["delta"] in (x_of["gamma"], _G2_GENERATOR[:POINT_BYTES]):
        raise KeyMismatch("delta of the key is ± gamma or ± the generator: anybody can forge proofs for it")
    if x_of["beta"] in (x_of["gamma"], x_of["delta"]):
        raise KeyMismatch("beta of the key is ± gamma or ± delta: anybody can forge proofs for it")
