"""254 bits hold v and, for small v, v + R: the rule for a check, like circomlib's AliasCheck, that excludes the latter.

The check adds up a number for each pair of bits, so that the sum, modulo a power of two, tells whether the bits are
above R - 1. It is not recognised by its shape: the sum is followed digit by digit, with what those so far say of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from determinism.facts import Facts, Step
from determinism.forms import R, signed
from determinism.shapes import Chain, Ranged

Digit = tuple[int, int, int, int]
"""What a pair of bits adds to the sum, for the digits 0, 1, 2 and 3."""


def solve_alias(facts: Facts, chain: Chain) -> list[Step]:
    """A known number in so many bits that both v and v + R fit, and a sum that lies outside its range for v + R."""
    unknown = facts.unknown(chain.equation.form)
    top = chain.unit << len(chain.wires)
    plain = chain.unit == 1 and chain.low == 0 and max(chain.wires) < facts.circuit.wires and len(chain.wires) % 2 == 0
    if not plain or not R <= top < 2 * R or set(unknown) != set(chain.wires) or not facts.holds(chain.equation.sources):
        return []
    parts = dict(_parts(facts, chain))
    if len(parts) != len(chain.wires) // 2:
        return []
    some = next(iter(parts))
    digits = {part: digit for part, (digit, _) in parts.items()}
    for item in facts.ranged_with(some):
        if _excludes(facts, item, digits):
            sources = chain.equation.sources | item.range.sources | {index for _, index in parts.values()}
            sources |= {facts.shapes.bits[wire] for wire in chain.wires}
            uses = frozenset(chain.equation.form) - set(unknown) - {0}
            return [Step("alias check", tuple(unknown), sources, uses)] if facts.holds(sources) else []
    return []


def _parts(facts: Facts, chain: Chain) -> Iterator[tuple[int, tuple[Digit, int]]]:
    """Yield the wire that is a function of a pair of bits, with its values and its constraint, lowest pair first."""
    for low, high in zip(chain.wires[::2], chain.wires[1::2], strict=True):
        for index in set(facts.products_with(low)) & set(facts.products_with(high)):
            constraint = facts.constraint(index)
            other = constraint.wires - {low, high}
            part = next(iter(other), 0)
            if len(other) != 1 or part in constraint.a or part in constraint.b:
                continue
            values = []
            for digit in range(4):
                at = {0: 1, low: digit & 1, high: digit >> 1, part: 0}
                a, b, c = (sum(k * at[w] for w, k in f.items()) for f in (constraint.a, constraint.b, constraint.c))
                values.append((a * b - c) * pow(constraint.c[part], -1, R) % R)
            yield part, ((values[0], values[1], values[2], values[3]), index)
            break


def _excludes(facts: Facts, item: Ranged, digits: dict[int, Digit]) -> bool:
    """Whether the sum of the parts misses the range for all bits above R - 1.

    The range holds modulo 2^k, where 2^k divides the coefficients of the other wires, which are bits. The integers must
    not wrap: all of it stays below R.
    """
    others = [wire for wire in item.form if wire not in digits]
    if any(item.form.get(part) != 1 for part in digits) or any(wire not in facts.shapes.bits for wire in others):
        return False
    weights = [abs(signed(item.form[wire])) for wire in others]
    modulus = min((weight & -weight for weight in weights), default=R)
    size = sum(max(digit) for digit in digits.values()) + sum(weights) + abs(item.range.low) + abs(item.range.high)
    low, high = item.range.low % modulus, item.range.low % modulus + item.range.width
    if size >= R or 2 * high + 2 > modulus or low:
        return False
    above = _sum_above(list(digits.values()), modulus)
    return above is not None and -modulus // 2 <= above[0] and above[1] < 0


def _sum_above(digits: list[Digit], modulus: int) -> tuple[int, int] | None:
    """Return bounds of a representative of the sum modulo `modulus`, over all bits that are above R - 1.

    By induction over the digits, lowest first: `state` holds bounds of the sum for the bits so far that are below,
    equal to and above the same digits of R - 1. A digit other than that of R - 1 decides alone, an equal one changes
    nothing.
    """
    state: dict[int, tuple[int, int]] = {0: (0, 0)}
    for place, digit in enumerate(digits):
        wanted = (R - 1) >> (2 * place) & 3
        following: dict[int, tuple[int, int]] = {}
        for value, added in enumerate(digit):
            centred = (added + modulus // 2) % modulus - modulus // 2
            for order, (low, high) in state.items():
                now = order if value == wanted else (1 if value > wanted else -1)
                bounds = following.get(now, (low + centred, high + centred))
                following[now] = min(bounds[0], low + centred), max(bounds[1], high + centred)
        state = following
    return state.get(1)
