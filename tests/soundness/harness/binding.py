"""Inputs of the `bind` circuits at the micro tier, honest and not: nothing here refuses what the circuit must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zkrisk.book import BookVector
from zkrisk.commitment import Ciphertext, Opening, commitment_of, encrypt
from zkrisk.edwards import NEUTRAL, Point, public_key
from zkrisk.params import MICRO
from zkrisk.venue import SignedStatement, VenueKey, VenueStatement
from zkrisk.witness.binding import BindingStatement, BookPart, binding_inputs, coverage_bps

N = MICRO.instruments
OWNER = 0xA11CE
CHAIN = 31_337
REGISTRY = 0xC0FFEE
CONTEXT = 0x5EED_0000_1234_5678_9ABC_DEF0
PRICES = tuple(10**10 * (slot + 3) for slot in range(N - 1))
SALT = (1 << 200) + 12_345
VENUES = tuple(VenueKey.from_seed(bytes([number] * 32)) for number in (1, 2, 3, 4))
READERS = tuple(public_key(1_000 + number) for number in range(3))


def vector(seed: int) -> BookVector:
    """Return a book with assets and debts in every slot."""
    return BookVector(
        tuple(1_000 * seed + 17 * slot for slot in range(N)), tuple(11 * seed + slot + 1 for slot in range(N))
    )


def total(vectors: Sequence[BookVector]) -> BookVector:
    """Return the sum of books."""
    columns = [[sum(c) for c in zip(*(getattr(v, side) for v in vectors), strict=True)] for side in ("long", "short")]
    return BookVector(tuple(columns[0]), tuple(columns[1]))


def signed(number: int, book: BookVector, **changes: object) -> SignedStatement:
    """Return what venue `number` says of a book, signed after the changes."""
    said = VenueStatement(number, 7_000 + number, OWNER, CHAIN, REGISTRY, 1_800_000_000 + number, 0, book)
    return replace(said, **changes).sign(VENUES[number - 1])  # type: ignore[arg-type]


@dataclass(frozen=True)
class Scene:
    """A binding and everything a prover may lie about.

    Attributes:
        parts: What the witness claims of each part.
        opening: What was committed.
        statement: What the contract supplies.
    """

    parts: tuple[BookPart, ...]
    opening: Opening
    statement: BindingStatement

    def inputs(self, context: int = CONTEXT) -> dict[str, object]:
        """Return the inputs of the circuit, digest and fingerprint over what the contract supplies."""
        return dict(binding_inputs(self.statement, self.opening, self.parts, context))

    def claiming(self, **values: object) -> Scene:
        """Return the scene in which the contract supplies other values."""
        return replace(self, statement=replace(self.statement, **values))  # type: ignore[arg-type]

    def with_part(self, index: int, **values: object) -> Scene:
        """Return the scene in which the witness says something else of a part; the contract's values stay."""
        parts = [*self.parts]
        parts[index] = replace(parts[index], **values)  # type: ignore[arg-type]
        return replace(self, parts=tuple(parts))


def opened(book: BookVector, salt: int = SALT) -> Opening:
    """Return a commitment to a book."""
    return Opening(vector=book, owner=OWNER, salt=salt, commitment=commitment_of(book, OWNER, salt))


def scene(
    parts: Sequence[BookPart],
    recipients: Sequence[Point],
    book: BookVector | None = None,
    salt: int = SALT,
    **values: object,
) -> Scene:
    """Put a scene together without any check.

    Args:
        book: What is committed, where it is not the sum of the parts.
        salt: Of the commitment.
    """
    opening = opened(total([part.vector for part in parts]) if book is None else book, salt)  # type: ignore[misc]
    ciphertext: Ciphertext = encrypt(opening, recipients)
    statement = BindingStatement(
        owner=OWNER,
        chain=CHAIN,
        registry=REGISTRY,
        coverage_bps=coverage_bps(parts, PRICES),
        parts=tuple(part.public_values() for part in parts),
        recipients=tuple(recipients),
        prices=PRICES if len(parts) > 1 else (),
        ciphertext=ciphertext,
    )
    return Scene(tuple(parts), opening, replace(statement, **values))  # type: ignore[arg-type]


def part_of(number: int, book: BookVector | None = None, **changes: object) -> BookPart:
    """Return a part signed by venue `number`."""
    said = signed(number, vector(number) if book is None else book, **changes)
    return BookPart(said.statement.vector, said, VENUES[number - 1].public)


def unsigned(book: BookVector | None = None) -> BookPart:
    """Return a part that nobody signed; empty without a book."""
    return BookPart(BookVector((0,) * N, (0,) * N) if book is None else book)


def honest(kind: str) -> Scene:
    """Return an honest scene of an instance: `bind_1_1` or `bind_2_3`."""
    if kind == "bind_1_1":
        return scene([part_of(1)], READERS[:1])
    return scene([part_of(1), part_of(2)], (READERS[0], NEUTRAL, READERS[2]))


def edited(inputs: Mapping[str, object], **values: object) -> dict[str, object]:
    """Return inputs with other values."""
    unknown = values.keys() - inputs.keys()
    if unknown:
        raise KeyError(f"no inputs {sorted(unknown)}")
    return {**inputs, **values}


def shaped(inputs: Mapping[str, object]) -> dict[str, object]:
    """Return flat inputs in the shapes of the circuit's signals."""
    parts = len(inputs["venue"])  # type: ignore[arg-type]
    rows = {"venue_key": 2, "recipient_key": 2, "r8": 2, "long": N, "short": N}
    lists = {"venue", "timestamp", "locked_until", "account_tag", "s", "price"}
    if any(len(inputs[name]) != parts for name in lists - {"price"}):  # type: ignore[arg-type]
        raise ValueError("the parts differ in number")
    named: dict[str, object] = {}
    for name, values in inputs.items():
        flat = list(values)  # type: ignore[call-overload]
        if name in rows:
            named[name] = [flat[i : i + rows[name]] for i in range(0, len(flat), rows[name])]
        else:
            named[name] = flat if name in lists else flat[0]
    return named
