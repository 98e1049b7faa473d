"""Dishonest witnesses of a venue's signature and statement: for every constraint a forgery that it alone refuses."""

from __future__ import annotations

from harness.case import Case, Honest
from harness.specs_binding import DOMAINS, challenge_of
from zkrisk.edwards import BASE, NEUTRAL, Point, add_points, multiply, negate
from zkrisk.params import EDWARDS_ORDER
from zkrisk.poseidon import poseidon

SECRET, NONCE, OTHER, MESSAGE = 11, 13, 17, 99
KEY, R8, OTHER_POINT = (multiply(BASE, scalar) for scalar in (SECRET, NONCE, OTHER))
_FIELDS = {"chain": 1, "registry": 2, "venue": 3, "account_tag": 4, "owner": 5, "timestamp": 6, "locked_until": 7,
           "book_hash": 8}  # fmt: skip


def _s(share: int, nonce: int = NONCE) -> int:
    """Return s for nonce·BASE + share·BASE."""
    return (nonce + share) % EDWARDS_ORDER


def _message(domain: int = DOMAINS["statement"], **changes: int) -> int:
    return poseidon([domain, *(_FIELDS | changes).values()])


def _signed(message: int) -> dict[str, object]:
    return {"key": KEY, "r8": R8, "s": _s(8 * challenge_of(R8, KEY, message) * SECRET)}


HONEST: dict[str, dict[str, object]] = {
    "signature": {"enabled": 1, "message": MESSAGE} | _signed(MESSAGE),
    "statement": {**_FIELDS} | _signed(_message()),
}
_NOBODY = {"venue": 0, "key": NEUTRAL, "r8": NEUTRAL, "s": 0}

EDGES = [
    Honest("signature", "nobody's", {"enabled": 0, "key": NEUTRAL, "r8": NEUTRAL, "s": 0}),
    Honest("signature", "not enabled", {"enabled": 0, "s": 1}),
    Honest("signature", "message 0", {"message": 0} | _signed(0)),
    Honest("statement", "nobody's", _NOBODY),
    Honest("statement", "largest venue", {"venue": (1 << 32) - 1} | _signed(_message(venue=(1 << 32) - 1))),
]


def _point(name: str, point: Point) -> dict[str, int]:
    return {f"{name}[{i}]": c for i, c in enumerate(point)}


def _signature() -> list[Case]:
    clause, h = "s·BASE = r8 + Poseidon(r8, key, message)·8·key", challenge_of(R8, KEY, MESSAGE)
    s, flipped, other = _s(8 * h * SECRET), h ^ 1, 7
    # With a hash of a point that is not r8, r8 can be solved for, without any secret.
    bent = poseidon([1, 2, *KEY, MESSAGE])
    solved = add_points(BASE, negate(multiply(KEY, 8 * bent % EDWARDS_ORDER)))
    off = {"enabled": 0, "key": (1, 1)}
    lies: dict[str, tuple[dict[str, object], dict[str, int]]] = {
        "a point that was not checked as key": (off, _point("key_on_curve.point", KEY)),
        "a point that was not checked as r8": ({"enabled": 0, "r8": (1, 1)}, _point("r8_on_curve.point", R8)),
        "hash of another point": ({"r8": solved, "s": 1}, {"challenge.inputs[0]": 1, "challenge.inputs[1]": 2}),
        "hash of another key": (
            {"s": _s(8 * poseidon([*R8, 1, 2, MESSAGE]) * SECRET)},
            {"challenge.inputs[2]": 1, "challenge.inputs[3]": 2},
        ),
        "hash of another message": ({"message": 5}, {"challenge.inputs[4]": MESSAGE}),
        "another hash": ({"s": _s(8 * other * SECRET)}, {"challenge_bits.in": other}),
        "another key": ({"s": _s(8 * h * OTHER)}, _point("eightfold[0].p", OTHER_POINT)),
        "another key doubled": ({"s": _s(4 * h * OTHER)}, _point("eightfold[1].p", OTHER_POINT)),
        "another key multiplied": ({"s": _s(h * OTHER)}, _point("share.point", OTHER_POINT)),
        "a bit of another hash": ({"s": _s(8 * flipped * SECRET)}, {"share.bit[0]": flipped & 1}),
        "another point added": ({"s": _s(8 * h * SECRET, OTHER)}, _point("right.p", OTHER_POINT)),
        "another multiple added": ({"s": _s(OTHER)}, _point("right.q", OTHER_POINT)),
        "bits of another s": ({"s": 5}, {"s_bits.in": s}),
        "a bit of another s": ({"s": s ^ 1}, {"left.bit[0]": s & 1}),
    }
    return [
        Case("signature", "key", "key off the curve", ("key_on_curve",), off),
        Case("signature", "r8 are on the curve", "r8 off the curve", ("r8_on_curve",), {"enabled": 0, "r8": (1, 1)}),
        Case("signature", clause, "s one more", ("",), {"s": s + 1}),
        Case("signature", clause, "another message", ("",), {"message": 5}),
        *(Case("signature", clause, why, ("",), inputs, forced) for why, (inputs, forced) in lies.items()),
    ]


def _statement() -> list[Case]:
    clause, bit, nullifier = "or the key signed", "1 unless venue = 0", "0 for an unsigned part"
    s = _s(8 * challenge_of(R8, KEY, _message()) * SECRET)
    cases = [
        Case("statement", clause, f"another {name} signed", ("",), {name: 1_000}, {f"message.inputs[{place}]": value})
        for place, (name, value) in enumerate(_FIELDS.items(), start=1)
    ]
    cases += [Case("statement", clause, f"another {name}", ("signature",), {name: 1_000}) for name in _FIELDS]
    bent = {"account.inputs[1]": 1, "account.inputs[2]": 1, "nullifier": 1}
    cases += [Case("statement", nullifier, f"{name} replaced", ("",), {}, {name: v}) for name, v in bent.items()]
    other = _message(domain=1)
    return [
        *cases,
        Case("statement", nullifier, "c17 domain of the account", ("account",), {}, {"account.inputs[0]": 1}),
        Case(
            "statement", clause, "c17 domain of the statement", ("message",), _signed(other), {"message.inputs[0]": 1}
        ),
        Case("statement", bit, "venue taken for nobody", ("",), {"s": 1}, {"unsigned.in": 0}),
        Case("statement", bit, "signed called unsigned", ("",), {"s": 1}, {"signed": 0}),
        Case("statement", bit, "nobody called a venue", ("",), _NOBODY | _signed(_message(venue=0)), {"signed": 1}),
        Case("statement", clause, "signature switched off", ("",), {"s": 1}, {"signature.enabled": 0}),
        Case("statement", clause, "key of another", ("",), {"key": OTHER_POINT}, _point("signature.key", KEY)),
        Case("statement", clause, "message of another", ("",), {"book_hash": 5}, {"signature.message": _message()}),
        Case("statement", clause, "r8 of another", ("",), {"r8": OTHER_POINT}, _point("signature.r8", R8)),
        Case("statement", clause, "s of another", ("",), {"s": 1}, {"signature.s": s}),
    ]


CASES = [*_signature(), *_statement()]
