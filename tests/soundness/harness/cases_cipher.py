"""Dishonest witnesses of the ciphertext: ephemeral key, wraps, body."""

from __future__ import annotations

from harness.case import Case, Honest
from harness.constraints import R
from zkrisk.commitment import ephemeral_scalar
from zkrisk.edwards import BASE, NEUTRAL, multiply
from zkrisk.params import EPHEMERAL_BITS

SALT, COMMITMENT, SCALAR = (1 << 200) + 10, 77, (1 << 249) + 5
KEY, OTHER = multiply(BASE, 1_001), multiply(BASE, 1_002)
_BITS = [SCALAR >> i & 1 for i in range(EPHEMERAL_BITS)]
_INVERSE = pow(ephemeral_scalar(SALT, COMMITMENT), -1, R)
_CONSTANT = {"initialState", "inputs[0]", "inputs[3]", "inputs[4]", "inputs[10]"}

HONEST: dict[str, dict[str, object]] = {
    "ephemeral": {"salt": SALT, "commitment": COMMITMENT},
    "wrap": {"bit": _BITS, "key": KEY, "salt": SALT, "commitment": COMMITMENT},
    "cipher": {"element": list(range(1, 13)), "salt": SALT, "commitment": COMMITMENT},
}

EDGES = [
    Honest("ephemeral", "salt 0", {"salt": 0}),
    Honest("wrap", "no reader", {"key": NEUTRAL}),
    Honest("wrap", "scalar of one bit", {"bit": [1] + [0] * (EPHEMERAL_BITS - 1)}),
    Honest("cipher", "empty book", {"element": [0] * 12}),
]


def _bent(instance: str, clause: str, where: str, *signals: str) -> list[Case]:
    return [Case(instance, clause, f"{name} replaced", (where,), {}, {name: 12_345}) for name in signals]


def _ephemeral() -> list[Case]:
    lowest, none = "the lowest of P(DOMAIN_EPHEMERAL, salt, commitment)", "the number is not 0"
    nothing = {f"bits.out[{i}]": 0 for i in range(254)}
    return [
        *_bent("ephemeral", lowest, "", "hash.inputs[1]", "hash.inputs[2]", "bits.in"),
        Case("ephemeral", lowest, "another bit handed on", ("",), {}, {"bit[3]": 12_345, "inverse": _INVERSE}),
        *_bent("ephemeral", lowest, "hash", "hash.inputs[0]"),
        *_bent("ephemeral", "their number times BASE", "", "multiply.bit[3]", "point[0]"),
        *_bent("ephemeral", none, "", "inverse"),
        Case("ephemeral", none, "number 0", ("bits", ""), {}, nothing),
    ]


def _wrap() -> list[Case]:
    clause, curve = "salt + P(DOMAIN_WRAP, scalar·key, commitment)", "key is on the curve"
    checked = {f"on_curve.point[{i}]": c for i, c in enumerate(KEY)}
    other = {f"shared.point[{i}]": c for i, c in enumerate(OTHER)}
    return [
        Case("wrap", curve, "key off the curve", ("on_curve",), {"key": (1, 1)}),
        Case("wrap", curve, "another key checked", ("",), {"key": (1, 1)}, checked),
        Case("wrap", clause, "another key used", ("",), {}, other),
        Case("wrap", clause, "another scalar", ("",), {}, {"shared.bit[0]": 1 - _BITS[0]}),
        *_bent("wrap", clause, "", "pad.inputs[1]", "pad.inputs[2]", "pad.inputs[3]", "wrap"),
        *_bent("wrap", clause, "pad", "pad.inputs[0]"),
        Case("wrap", "0 for no recipient", "a reader called none", ("",), {}, {"none.in": 0}),
        Case("wrap", "0 for no recipient", "none called a reader", ("",), {"key": NEUTRAL}, {"none.in": 1}),
    ]


def _cipher() -> list[Case]:
    clause = "element + key stream"
    cases = _bent("cipher", clause, "", "block[0].inputs[1]", "block[1].inputs[2]", "body[0]", "body[11]")
    for block in (0, 1):
        cases += _bent("cipher", clause, f"block[{block}]", *(f"block[{block}].{name}" for name in sorted(_CONSTANT)))
    return cases


CASES = [*_ephemeral(), *_wrap(), *_cipher()]
