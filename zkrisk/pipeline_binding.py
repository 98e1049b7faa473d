"""Binding a commitment on a chain: which venue keys, readers, prices and circuit, the proof, and the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zkrisk.book import BookVector
from zkrisk.chain.client import ChainClient
from zkrisk.chain.submit import proof_struct
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.commitment import Opening, format_address, parse_address
from zkrisk.edwards import Point
from zkrisk.errors import CommitmentMismatch, InputError, ProofRejected
from zkrisk.pipeline import DEFAULT_LIFETIME_S
from zkrisk.proof.artifacts import Artifacts, BindInstance, smallest_instance
from zkrisk.proof.binding import Binding, prove_binding
from zkrisk.proof.context import BindingRequest
from zkrisk.proof.groth16 import Progress
from zkrisk.venue import SignedStatement
from zkrisk.witness.binding import BindingStatement, BookPart, binding_of

__all__ = [
    "PreparedBinding",
    "bind_call",
    "binding_until",
    "check_binding",
    "make_binding",
    "prepare_binding",
    "submit_binding",
]


@dataclass(frozen=True)
class PreparedBinding:
    """What a binding is going to say. Private because of the parts.

    Attributes:
        key_indexes: By part, number of the venue's key; 0 for a part that nobody signed.
        readers: Keys in the contract's order.
        readers_version: Set of keepers that they are.
        prices: Of slots 1 … N - 1, for more than one part.
        epoch: Of the prices, else 0.
    """

    instance: BindInstance
    request: BindingRequest
    commitment: int
    parts: tuple[BookPart, ...] = field(repr=False)
    key_indexes: tuple[int, ...]
    readers: tuple[Point, ...]
    readers_version: int
    prices: tuple[int, ...]
    epoch: int


def prepare_binding(
    chain: ChainClient,
    artifacts: Artifacts,
    opening: Opening,
    signed: Sequence[SignedStatement] = (),
    *,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> PreparedBinding:
    """Find the keys, readers and circuit for a binding of the active or the pending commitment.

    Args:
        signed: What venues signed. What the book holds beyond it becomes a part that nobody signed.

    Raises:
        CommitmentMismatch: The opening is of neither commitment.
        ProofRejected: No key that the registry has of a venue signed its statement; `details` has the statement's
            number from 0.
        InputError: The statements hold more than the book, or there are more than any circuit takes.
    """
    account = format_address(opening.owner)
    state = chain.account(account)
    if opening.commitment not in (state.commitment, state.pending_commitment):
        raise CommitmentMismatch("the opening is of neither the active nor the pending commitment on the chain")
    found = [_part(chain, number, statement) for number, statement in enumerate(signed)]
    parts, indexes = [part for part, _ in found], [index for _, index in found]
    rest = _rest(opening, parts)
    if rest is not None or not parts:
        parts.append(BookPart(rest or BookVector(opening.long, opening.short)))
        indexes.append(0)
    version, readers = chain.readers_of(account)
    instance = smallest_instance(len(parts), max(1, len(readers)), chain.tier(), artifacts)
    circuit = instance.circuit
    indexes += [0] * (circuit.parts - len(parts))
    epoch = chain.newest_epoch() if circuit.parts > 1 else 0
    prices = chain.prices_of(epoch)[1:] if epoch else ()
    request = BindingRequest(
        chain_id=chain.chain_id,
        contract=chain.deployment.binder,
        key_id=instance.key().key_id,
        account=account,
        sequence=state.sequence,
        deadline=chain.block_time() + lifetime_s,
    )
    filled = circuit.filled_parts(parts)
    return PreparedBinding(
        instance, request, opening.commitment, filled, tuple(indexes), readers, version, prices, epoch
    )  # fmt: skip


def make_binding(
    prepared: PreparedBinding, opening: Opening, *, backend: str = "native", on_progress: Progress | None = None
) -> Binding:
    """Prove it; errors as `prove_binding`."""
    return prove_binding(
        prepared.instance,
        opening,
        prepared.parts,
        prepared.readers,
        prepared.request,
        registry=prepared.request.contract,
        prices=prepared.prices,
        backend=backend,
        on_progress=on_progress,
    )


def check_binding(chain: ChainClient, prepared: PreparedBinding, opening: Opening) -> None:
    """Let the contract judge everything but the proof, so that what it refuses costs none.

    Raises:
        ContractRefused: By name, in `details`.
        InputError: As `prove_binding`.
    """
    circuit = prepared.instance.circuit
    statement = binding_of(
        opening,
        prepared.parts,
        circuit.filled_readers(prepared.readers),
        chain=prepared.request.chain_id,
        registry=parse_address(prepared.request.contract),
        prices=prepared.prices,
    )
    account = prepared.request.account
    chain.read(chain.binder.functions.valuesOf(account, _bind_request(prepared, statement)))


def binding_until(chain: ChainClient, prepared: PreparedBinding) -> int:
    """Return until when the venues' statements count, unix; 0 for a binding without any."""
    lifetime = int(chain.read(chain.binder.functions.statementLifetime()))
    ends = []
    for part, index in zip(prepared.parts, prepared.key_indexes, strict=True):
        if part.signed is not None:
            said = part.signed.statement
            _, _, valid_until = chain.read(chain.venues.functions.keyFor(said.venue, index, said.timestamp))
            ends.append(min(int(valid_until), said.timestamp + lifetime))
    return min(ends, default=0)


def bind_call(chain: ChainClient, prepared: PreparedBinding, binding: Binding) -> Any:
    """Return the bound contract function."""
    return chain.binder.functions.bind(_bind_request(prepared, binding.statement), proof_struct(binding.proof))


def _bind_request(prepared: PreparedBinding, statement: BindingStatement) -> tuple[Any, ...]:
    claims = []
    for values, index in zip(statement.parts, prepared.key_indexes, strict=True):
        venue, _, _, nullifier, timestamp, locked_until = values
        claims.append((venue, index, nullifier, timestamp, locked_until))
    return (
        statement.ciphertext.commitment, statement.digest(), statement.coverage_bps, claims,
        prepared.instance.circuit.readers, prepared.epoch, prepared.request.deadline,
        list(statement.ciphertext.elements()),
    )  # fmt: skip


def submit_binding(chain: ChainClient, sender: Transactor, prepared: PreparedBinding, binding: Binding) -> Outcome:
    """Send it, simulated first.

    Raises:
        InputError: The signer is not the account.
        ContractRefused: By name, in `details`.
    """
    account = prepared.request.account
    if sender.address != account:
        raise InputError(f"the binding is of {account}, the signer is {sender.address}", hint="give its --signer")
    return sender.send(bind_call(chain, prepared, binding))


def _part(chain: ChainClient, number: int, signed: SignedStatement) -> tuple[BookPart, int]:
    """Return the part and which of the venue's keys signed it."""
    venue = signed.statement.venue
    for index, key in enumerate(chain.venue_keys(venue)):
        try:
            return BookPart.of_venue(signed, key), index
        except ProofRejected:
            continue
    raise ProofRejected(
        f"no key that the registry has of venue {venue} signed its statement", details={"statement": number}
    )


def _rest(opening: Opening, parts: Sequence[BookPart]) -> BookVector | None:
    """What the book holds beyond the parts, None when nothing."""
    sides = []
    for side in ("long", "short"):
        signed = [getattr(part.vector, side) for part in parts]
        totals = [sum(column) for column in zip(*signed, strict=True)] if signed else [0] * len(opening.long)
        left = [have - said for have, said in zip(getattr(opening, side), totals, strict=True)]
        if any(lots < 0 for lots in left):
            raise InputError(
                "the venues' statements hold more than the committed book",
                hint="commit to the book that they add up to, then bind it",
            )
        sides.append(tuple(left))
    return BookVector(*sides) if any(map(any, sides)) else None
