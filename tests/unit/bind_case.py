"""Honest bindings of the micro tier, proved once a process; other tests edit them."""

from __future__ import annotations

from functools import cache

from zkrisk.book import BookVector
from zkrisk.commitment import Opening, commit_with
from zkrisk.edwards import Point, public_key
from zkrisk.params import CASH_PRICE, MICRO, SCALAR_MODULUS
from zkrisk.proof.artifacts import BindInstance, default_artifacts, smallest_instance
from zkrisk.proof.binding import Binding, prove_binding
from zkrisk.proof.context import BindingRequest
from zkrisk.proof.keys import BindKey
from zkrisk.venue import VenueKey, VenueStatement
from zkrisk.witness.binding import BookPart

CHAIN_ID = 31337
ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OWNER = int(ACCOUNT, 16)
BINDER = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
REGISTRY = int("0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0", 16)
DEADLINE = 1_900_000_000
SALT = 0xC0FFEE_0123456789ABCDEF_0123456789ABCDEF_0123456789ABCDEF
# Marked quantities: whatever a message or a binding shows can be searched for them.
HELD = BookVector((54_321_987_654, 21_987_654_321, 0, 0, 0, 0, 0, 0), (9_876_543_210, 0, 0, 0, 0, 0, 0, 0))
ELSEWHERE = BookVector((12_345_678_912, 0, 0, 0, 0, 0, 0, 0), (0, 31_415_926_535, 0, 0, 0, 0, 0, 0))
TAG = 271_828_182_845_904_523_536
VENUE = VenueKey.from_seed(bytes([7] * 32))
READERS: tuple[Point, ...] = (public_key(1_001), public_key(1_002))
# Of order two: on the curve, outside the subgroup.
SMALL: Point = (0, SCALAR_MODULUS - 1)
PRICES = (2 * CASH_PRICE,) * (MICRO.instruments - 1)
PRIVATE = (*(q for v in (HELD, ELSEWHERE) for q in (*v.long, *v.short) if q), SALT, TAG)


def instance(parts: int, readers: int) -> BindInstance:
    """Return the circuit of the micro tier that has room for so many parts and readers."""
    return smallest_instance(parts, readers, MICRO, default_artifacts())


def key(parts: int, readers: int) -> BindKey:
    """Return its key."""
    return instance(parts, readers).key()


def opening(*vectors: BookVector) -> Opening:
    """Return a commitment to the sum of some books."""
    long, short = ([sum(c) for c in zip(*(getattr(v, s) for v in vectors), strict=True)] for s in ("long", "short"))
    book = BookVector(tuple(long), tuple(short))
    return Opening(vector=book, owner=OWNER, salt=SALT, commitment=commit_with(book, OWNER, SALT))


def signed_part(**changes: object) -> BookPart:
    """Return what the venue says of `HELD`, signed after the changes."""
    values = dict(venue=1, account_tag=TAG, owner=OWNER, chain=CHAIN_ID, registry=REGISTRY, timestamp=1_800_000_000)
    said = VenueStatement(**(values | {"locked_until": 0, "vector": HELD} | changes))  # type: ignore[arg-type]
    return BookPart.of_venue(said.sign(VENUE), VENUE.public)


def request(found: BindKey, **changes: object) -> BindingRequest:
    """Return a request for a key."""
    values = dict(chain_id=CHAIN_ID, contract=BINDER, key_id=found.key_id, account=ACCOUNT, sequence=3)
    return BindingRequest(**(values | {"deadline": DEADLINE} | changes))  # type: ignore[arg-type]


@cache
def one_venue(backend: str = "native") -> Binding:
    """Return a fully signed book for one reader."""
    circuit = instance(1, 1)
    return prove_binding(
        circuit, opening(HELD), [signed_part()], READERS[:1], request(circuit.key()), registry=REGISTRY, backend=backend
    )


@cache
def partly_signed(backend: str = "native") -> Binding:
    """Return a book of a signed and an unsigned part, for two of three readers."""
    circuit = instance(2, 2)
    return prove_binding(
        circuit,
        opening(HELD, ELSEWHERE),
        [signed_part(), BookPart(ELSEWHERE)],
        READERS,
        request(circuit.key()),
        registry=REGISTRY,
        prices=PRICES,
        backend=backend,
    )
