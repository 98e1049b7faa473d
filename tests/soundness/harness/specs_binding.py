"""What the templates of a binding claim, in plain integers."""

from __future__ import annotations

from collections.abc import Callable

from harness.case import View
from harness.constraints import R
from zkrisk.edwards import BASE, NEUTRAL, Point, add_points, is_on_curve, multiply
from zkrisk.params import EDWARDS_ORDER, EPHEMERAL_BITS
from zkrisk.poseidon import poseidon, poseidon_squeeze

__all__ = ["BINDING_SPECS", "DOMAINS", "challenge_of", "is_signed"]

BPS, CASH, QUANTITY, BLOCK = 10**4, 10**10, 1 << 64, 11
DOMAINS = {
    name: int.from_bytes(f"zkrisk.{name}.v1".encode(), "big")
    for name in ("statement", "venue-account", "ephemeral", "wrap", "cipher")
}


def point(v: View, name: str) -> Point:
    """Read a point."""
    return (v[f"{name}[0]"], v[f"{name}[1]"])


def number(v: View, name: str, bits: int) -> int:
    """Read bits, the lowest first."""
    return sum(v[f"{name}[{i}]"] << i for i in range(bits))


def challenge_of(r8: Point, key: Point, message: int) -> int:
    """Return the hash of a signature."""
    return poseidon([*r8, *key, message])


def is_signed(key: Point, message: int, r8: Point, s: int) -> bool:
    """s·BASE = r8 + hash·8·key, whatever the size of s."""
    share = multiply(key, 8 * challenge_of(r8, key, message) % EDWARDS_ORDER)
    return multiply(BASE, s % EDWARDS_ORDER) == add_points(r8, share)


def signature(v: View) -> bool:
    """Both points on the curve, and signed where enabled."""
    key, r8 = point(v, "key"), point(v, "r8")
    both = is_on_curve(key) and is_on_curve(r8)
    return both and (v["enabled"] == 0 or is_signed(key, v["message"], r8, v["s"]))


def statement(v: View) -> bool:
    """Signed by the key, with the account's nullifier; or nobody's."""
    if v["venue"] == 0:
        return (v["signed"], v["nullifier"]) == (0, 0)
    names = ("chain", "registry", "venue", "account_tag", "owner", "timestamp", "locked_until", "book_hash")
    message = poseidon([DOMAINS["statement"], *(v[name] for name in names)])
    nullifier = poseidon([DOMAINS["venue-account"], v["venue"], v["account_tag"]])
    outputs = (v["signed"], v["nullifier"]) == (1, nullifier)
    return outputs and is_signed(point(v, "key"), message, point(v, "r8"), v["s"])


def parts(v: View, n: int, count: int) -> bool:
    """Every quantity in range, and the totals are the sums, in range as well."""
    for side in ("long", "short"):
        rows = [[v[f"{side}[{m}][{i}]"] for i in range(n)] for m in range(count)]
        totals = [sum(column) % R for column in zip(*rows, strict=True)]
        if any(q >= QUANTITY for q in (*totals, *(q for row in rows for q in row))):
            return False
        if totals != [v[f"total_{side}[{i}]"] for i in range(n)]:
            return False
    return True


def coverage(v: View, n: int, count: int) -> bool:
    """10^4 times the signed value is at least coverage times the whole value."""
    prices = [CASH, *(v[f"price[{i}]"] for i in range(n - 1))]
    worth = [sum(v[f"long[{m}][{i}]"] * prices[i] for i in range(n)) for m in range(count)]
    return BPS * sum(w for m, w in enumerate(worth) if v[f"signed[{m}]"]) >= v["coverage_bps"] * sum(worth)


def ephemeral(v: View) -> bool:
    """The lowest bits of the hash, their multiple of the base, and an inverse that shows that they are not 0."""
    scalar = poseidon([DOMAINS["ephemeral"], v["salt"], v["commitment"]]) & ((1 << EPHEMERAL_BITS) - 1)
    bits = all(v[f"bit[{i}]"] == scalar >> i & 1 for i in range(EPHEMERAL_BITS))
    return bits and point(v, "point") == multiply(BASE, scalar) and v["inverse"] * scalar % R == 1


def wrap(v: View) -> bool:
    """The salt under the hash of the shared point, on a key of the curve; 0 without a reader."""
    key = point(v, "key")
    if not is_on_curve(key):
        return False
    pad = poseidon([DOMAINS["wrap"], *multiply(key, number(v, "bit", EPHEMERAL_BITS)), v["commitment"]])
    return v["wrap"] == ((v["salt"] + pad) % R if key[0] else 0)


def cipher(v: View, count: int) -> bool:
    """Every element under its place of the key stream."""
    stream: list[int] = []
    for block in range(-(-count // BLOCK)):
        stream += poseidon_squeeze([DOMAINS["cipher"], v["salt"], v["commitment"], block, *[0] * 7], BLOCK)
    return all(v[f"body[{i}]"] == (v[f"element[{i}]"] + stream[i]) % R for i in range(count))


def zero(v: View) -> bool:
    """The bit, and the one inverse."""
    inverse = pow(v["in"], -1, R) if v["in"] else 0
    return (v["out"], v["inverse"]) == (int(v["in"] == 0), inverse)


def one_of_three(v: View) -> bool:
    """The point with the number."""
    return point(v, "selected") == (NEUTRAL, *(point(v, n) for n in ("one", "two", "three")))[number(v, "bit", 2)]


BINDING_SPECS: dict[str, Callable[..., bool]] = {
    "AssertOnCurve": lambda v: is_on_curve(point(v, "point")),
    "EdwardsAdd": lambda v: point(v, "sum") == add_points(point(v, "p"), point(v, "q")),
    "EdwardsDouble": lambda v: point(v, "double") == add_points(point(v, "p"), point(v, "p")),
    "MultiplyBase": lambda v, bits: point(v, "product") == multiply(BASE, number(v, "bit", bits)),
    "SelectMultiple": lambda v, of: point(v, "multiple") == multiply((of[0], of[1]), number(v, "bit", 3)),
    "Multiply": lambda v, bits: point(v, "product") == multiply(point(v, "point"), number(v, "bit", bits)),
    "SelectPoint": one_of_three,
    "IsZeroUnique": zero,
    "Fingerprint": lambda v, n: v["out"] == sum(v[f"value[{i}]"] * pow(v["at"], n - 1 - i, R) for i in range(n)) % R,
    "AssertCoverage": coverage,
    "SumOfParts": parts,
    "AssertSignature": signature,
    "VenueStatement": statement,
    "EphemeralKey": ephemeral,
    "WrapSalt": wrap,
    "EncryptBook": cipher,
}
