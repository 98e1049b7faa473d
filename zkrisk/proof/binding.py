"""From an opening and its parts to a proof that binds a book to venues and readers, and the check of such a proof.

What is proved and in which order the values stand: docs/protocol.md, "Binding".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkrisk.commitment import Opening, format_address, parse_address
from zkrisk.edwards import NEUTRAL, Point, check_public_key
from zkrisk.errors import InputError, KeyMismatch, ProofRejected, UsageError
from zkrisk.params import BPS, PRICE_BITS, SCALAR_MODULUS
from zkrisk.proof.artifacts import BindInstance
from zkrisk.proof.context import BindingRequest
from zkrisk.proof.groth16 import VERIFIERS, Progress, prove_inputs
from zkrisk.proof.keys import BindKey
from zkrisk.venue.statement import TIME_BITS, VENUE_BITS
from zkrisk.witness.binding import (
    UNSIGNED,
    UNSIGNED_VALUES,
    BindingStatement,
    BookPart,
    binding_inputs,
    binding_of,
)

__all__ = ["Binding", "prove_binding", "verify_binding"]


@dataclass(frozen=True, slots=True)
class Binding:
    """A proved binding. All of it is public.

    Attributes:
        statement: The values that the contract supplies, and the ciphertext.
        request: What else the proof is bound to.
        proof: 256 bytes.
    """

    statement: BindingStatement
    request: BindingRequest
    proof: bytes

    def public_signals(self) -> tuple[int, int, int]:
        """Return digest, context and fingerprint, computed from the values as the contract does."""
        return _public_signals(self.statement, self.request)


def prove_binding(
    instance: BindInstance,
    opening: Opening,
    parts: Sequence[BookPart],
    readers: Sequence[Point],
    request: BindingRequest,
    *,
    registry: int | str,
    prices: Sequence[int] = (),
    backend: str = "native",
    on_progress: Progress | None = None,
) -> Binding:
    """Prove that a committed book is the sum of its parts and that a ciphertext gives it to its readers.

    Args:
        instance: A circuit with room for the parts and readers (`zkrisk.proof.artifacts.smallest_instance`).
        opening: Book, owner, salt and commitment.
        parts: What venues signed, and what nobody did; unused places are filled with empty parts.
        readers: Keys, in the order of the contract; unused places are filled with the neutral one.
        request: Chain, contract, key, account, sequence and deadline.
        registry: The contract for which venues signed.
        prices: N - 1 prices in 10^-16 USD a lot, slots 1 … N - 1, where the circuit takes more than one part.
        backend: ``native`` or ``snarkjs``.

    Returns:
        The binding; its proof was verified.

    Raises:
        KeyMismatch: The request names another key than the circuit's.
        InputError: Parts, readers or prices do not fit the circuit, the book is not the sum of its parts, or request,
            opening and the venues' statements speak of different accounts, chains or registries.
        CommitmentMismatch: The opening does not give its commitment.
        WitnessError, ConstraintViolated, ProofRejected: See `zkrisk.proof.groth16.prove_inputs`.
    """
    circuit = instance.circuit
    _check_key(instance.key(), request)
    if len(opening.long) != circuit.tier.instruments:
        raise InputError(f"the book has not the {circuit.tier.instruments} slots of tier {circuit.tier.name}")
    _check_subject(opening, parts, request, parse_address(registry))
    filled = circuit.filled_parts(parts)
    statement = binding_of(
        opening,
        filled,
        circuit.filled_readers(readers),
        chain=request.chain_id,
        registry=parse_address(registry),
        prices=prices,
    )
    public = _public_signals(statement, request)
    inputs = binding_inputs(statement, opening, filled, public[1])
    proof = prove_inputs(instance, inputs, public, backend=backend, on_progress=on_progress)
    return Binding(statement, request, proof)


def verify_binding(binding: Binding, key: BindKey, verifiers: Sequence[str] = ("native",)) -> None:
    """Check a binding without a chain: all that the contract would check of its numbers, and the proof.

    Whether the key may be trusted, whose keys the statement names, how old the venues' statements may be and which
    venue accounts must be among them is for the caller to judge, as for the contract.

    Args:
        key: Of the circuit that proved it.
        verifiers: Any of ``native``, ``py_ecc``, ``snarkjs``; each has to accept.

    Raises:
        UsageError: No verifier, or an unknown one.
        KeyMismatch: The proof is bound to another key, or anybody can forge proofs for it.
        ProofRejected: A value is out of range or not the circuit's, one venue account stands in two parts, a key
            is outside the subgroup, or the proof does not hold for these values.
    """
    if not verifiers or any(name not in VERIFIERS for name in verifiers):
        raise UsageError("an unknown verifier was asked for", hint=f"any of {', '.join(VERIFIERS)}")
    _check_key(key, binding.request)
    try:
        key.circuit.check_shape(binding.statement)
        _check_values(binding.statement, binding.request)
        public = binding.public_signals()
    except InputError as error:
        raise ProofRejected(error.message) from error
    for name in verifiers:
        VERIFIERS[name](key.material, public, binding.proof)


def _public_signals(statement: BindingStatement, request: BindingRequest) -> tuple[int, int, int]:
    return statement.public_signals(request.signal(statement.digest(), statement.values()))


def _check_key(key: BindKey, request: BindingRequest) -> None:
    if key.key_id != request.key_id:
        raise KeyMismatch(f"the request names another key than that of {key.instance}")


def _check_subject(opening: Opening, parts: Sequence[BookPart], request: BindingRequest, registry: int) -> None:
    if parse_address(request.account) != opening.owner:
        raise InputError(f"the commitment is not one of {request.account}")
    expected = (opening.owner, request.chain_id, registry)
    for number, part in enumerate(parts):
        said = part.signed.statement if part.signed else None
        if said is not None and (said.owner, said.chain, said.registry) != expected:
            raise InputError(
                f"the statement of part {number} is not for {format_address(opening.owner)} on chain "
                f"{request.chain_id} and registry {format_address(registry)}"
            )


def _check_values(statement: BindingStatement, request: BindingRequest) -> None:
    """What the circuit takes for granted and the contract ensures."""
    if statement.owner != parse_address(request.account) or statement.chain != request.chain_id:
        raise InputError("the values of the binding are of another account or chain than its request")
    parse_address(statement.registry)
    if not 0 <= statement.coverage_bps <= BPS:
        raise InputError(f"a coverage is in 0 … {BPS}")
    if any(not 0 <= price < 1 << PRICE_BITS for price in statement.prices):
        raise InputError(f"a price does not fit {PRICE_BITS} bits")
    if any(not 0 <= value < SCALAR_MODULUS for value in statement.values()):
        raise InputError("a value of the binding is not below the field's modulus")
    for number, part in enumerate(statement.parts):
        _check_part(number, part)
    used = [part[3] for part in statement.parts if part[0] != UNSIGNED]
    if len(set(used)) != len(used):
        raise InputError("one venue account stands in two parts")
    for number, key in enumerate(statement.recipients):
        if key != NEUTRAL:
            check_public_key(key, f"the key of reader {number}")


def _check_part(number: int, part: tuple[int, ...]) -> None:
    if part == UNSIGNED_VALUES:
        return
    venue, x, y, nullifier, timestamp, locked_until = part
    if not UNSIGNED < venue < 1 << VENUE_BITS or not nullifier:
        raise InputError(f"part {number} is neither a venue's nor nobody's")
    if not 0 < timestamp < 1 << TIME_BITS or not locked_until < 1 << TIME_BITS:
        raise InputError(f"a time of part {number} does not fit {TIME_BITS} bits")
    check_public_key((x, y), f"the venue's key of part {number}")
