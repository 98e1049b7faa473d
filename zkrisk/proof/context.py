"""What a proof is bound to: the context signal and the action hashes, exactly as RiskManager computes them.

The layouts are in docs/protocol.md, "Context" and "Binding".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak

from zkrisk.errors import InputError
from zkrisk.params import KECCAK_DOMAIN_BINDING, KECCAK_DOMAIN_CONTEXT, KECCAK_DOMAIN_POLICY, SCALAR_MODULUS, Action

__all__ = [
    "ZERO_HASH",
    "BindingRequest",
    "ContextRequest",
    "LegClaim",
    "attest_hash",
    "context_signal",
    "liquidate_hash",
    "policy_id_of",
    "transfer_hash",
    "update_hash",
]

ZERO_HASH: Final = bytes(32)
_CONTEXT_TYPES: Final = (
    "bytes32", "uint256", "address", "bytes32", "bytes32", "address", "uint64", "address",
    "uint8", "bytes32", "uint64", "uint64", "uint64",
)  # fmt: skip
_BINDING_TYPES: Final = (
    "bytes32", "uint256", "address", "bytes32", "address", "uint64", "uint64", "uint256", "uint256[]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LegClaim:
    """What a liquidation claims about one slot of the account's on-chain leg, in lots."""

    slot: int
    long: int
    short: int


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """Every preimage of the context signal.

    Attributes:
        contract: The acting contract: RiskManager for attest and update, the vault otherwise.
        key_id: Merkle root of the circuit's key, 32 bytes.
        policy_id: 32 bytes; zeros for healthy and liquidation.
        action_hash: 32 bytes, from one of the ``…_hash`` functions.
        deadline: Last block timestamp at which the proof may be used, Unix seconds.
    """

    chain_id: int
    contract: str
    key_id: bytes
    policy_id: bytes
    account: str
    sequence: int
    beneficiary: str
    action: Action
    action_hash: bytes
    epoch: int
    nonce: int
    deadline: int

    def signal(self) -> int:
        """The context as a field element; see `context_signal`."""
        return context_signal(self)


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """Every preimage of a binding's context but the values that the binding is about.

    Attributes:
        contract: The contract that accepts the binding.
        key_id: Root of the circuit's key, 32 bytes.
        account: Whose commitment it is.
        sequence: As the contract counts.
        deadline: Last block timestamp at which the proof may be used, Unix seconds.
    """

    chain_id: int
    contract: str
    key_id: bytes
    account: str
    sequence: int
    deadline: int

    def signal(self, digest: int, values: Sequence[int]) -> int:
        """Hash request, digest and values to the public signal ``context``.

        Args:
            digest: `BindingStatement.digest`: fixes what the prover could choose before this hash is known.
            values: `BindingStatement.values`.

        Raises:
            InputError: A value does not fit its Solidity type.
        """
        named = (
            keccak(KECCAK_DOMAIN_BINDING), self.chain_id, self.contract, self.key_id, self.account, self.sequence,
            self.deadline, digest, tuple(values),
        )  # fmt: skip
        return int.from_bytes(_hash(_BINDING_TYPES, named), "big") % SCALAR_MODULUS


def _hash(types: Sequence[str], values: Sequence[object]) -> bytes:
    # eth_abi fills up bytes32 that are too short.
    if any(name == "bytes32" and (type(v) is not bytes or len(v) != 32) for name, v in zip(types, values, strict=True)):
        raise InputError("a hash of the context or action is not 32 bytes")
    try:
        return bytes(keccak(encode(types, values)))
    except (EncodingError, TypeError, ValueError) as error:
        raise InputError("a value of the context or action does not fit its Solidity type") from error


def context_signal(request: ContextRequest) -> int:
    """Hash a request to the public signal ``context``.

    Returns:
        ``uint256(keccak256(abi.encode(domain, …))) mod r``.

    Raises:
        InputError: A value does not fit its Solidity type.
    """
    values = (
        keccak(KECCAK_DOMAIN_CONTEXT), request.chain_id, request.contract, request.key_id, request.policy_id,
        request.account, request.sequence, request.beneficiary, int(request.action), request.action_hash,
        request.epoch, request.nonce, request.deadline,
    )  # fmt: skip
    return int.from_bytes(_hash(_CONTEXT_TYPES, values), "big") % SCALAR_MODULUS


def attest_hash() -> bytes:
    """Action hash of ATTEST: zero."""
    return ZERO_HASH


def update_hash(commitment: int) -> bytes:
    """Action hash of UPDATE: of the pending commitment."""
    return _hash(("uint256",), (commitment,))


def transfer_hash(token: str, amount: int) -> bytes:
    """Action hash of DRAW (the vault's asset) and WITHDRAW (the escrowed token); amount in token units."""
    return _hash(("address", "uint256"), (token, amount))


def liquidate_hash(repay_amount: int, seize_slot: int, threshold_bps: int, claims: Sequence[LegClaim]) -> bytes:
    """Action hash of LIQUIDATE: amount in asset units, the named leg with slots strictly increasing."""
    types = ("uint256", "uint8", "uint16", "(uint8,uint64,uint64)[]")
    return _hash(types, (repay_amount, seize_slot, threshold_bps, [(c.slot, c.long, c.short) for c in claims]))


def policy_id_of(chain_id: int, registry: str, owner: str, name: str, version: int) -> bytes:
    """The id that PolicyRegistry gives to an owner's policy of that name and version."""
    types = ("bytes32", "uint256", "address", "address", "string", "uint32")
    return _hash(types, (keccak(KECCAK_DOMAIN_POLICY), chain_id, registry, owner, name, version))
