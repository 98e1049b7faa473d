"""254 bits hold v and, for small v, v + R: the rule for a check, like circomlib's AliasCheck, that excludes the latter.

The check adds up a number for each pair of bits, so that the sum, modulo a power of two, tells whether the bits are
above R - 1. It is not recognised by its shape: the sum is followed digit by digit, with what those so far say of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from determinism.facts import Facts, Step
from determinism.forms import R, signed
from determinism.shapes import Chain, Ranged, Sources, two_values

Digit = tuple[int, int, int, int]
"""What a pair of bits adds to the sum, for the digits 0, 1, 2 and 3."""


def solve_alias(facts: Facts, chain: Chain) -> list[Step]:
    """A known number in so many bits that both v and v + R fit, and a sum that lies outside its range for v + R."""
    unknown = facts.unknown(chain.equation.form)
    top = chain.unit << len(chain.wires)
    plain = chain.unit == 1 and len(chain.wires) % 2 == 0 and chain.high - chain.low == top - 1
    if not plain or not R <= top < 2 * R or set(unknown) != set(chain.wires) or not facts.holds(chain.equation.sources):
        return []
    candidates = list(_parts(facts, chain))
    if not all(candidates):
        return []
    for item in (item for part in candidates[0] for item in facts.ranged_with(part)):
        chosen = [next(((p, *found) for p, found in some.items() if p in item.form), None) for some in candidates]
        if None in chosen:
            continue
        digits = {part: digit for part, digit, _ in chosen}  # type: ignore[misc]
        if _excludes(facts, item, digits):
            sources = chain.equation.sources | item.range.sources
            sources |= frozenset().union(*(why for _, _, why in chosen))  # type: ignore[misc]
            sources |= {facts.shapes.bits[wire] for wire in chain.wires}
            # The constraint of the sum may have a product beside it, which is known as well.
            uses = (frozenset(chain.equation.form) | facts.constraint(chain.constraint).wires) - set(unknown) - {0}
            return [Step("alias check", tuple(unknown), sources, uses)] if facts.holds(sources) else []
    return []


def _parts(facts: Facts, chain: Chain) -> Iterator[dict[int, tuple[Digit, Sources]]]:
    """Yield, for each pair of bits, lowest first, the wires that are functions of it, with values and constraints."""
    for pair in zip(chain.wires[::2], chain.wires[1::2], strict=True):
        wires = [wire for wire in pair if wire < facts.circuit.wires]
        found: dict[int, tuple[Digit, Sources]] = {}
        for index in set.intersection(*(set(facts.products_with(wire)) for wire in wires)) if wires else ():
            constraint = facts.constraint(index)
            written = [facts.in_bits(form) for form in (constraint.a, constraint.b, constraint.c)]
            forms = [form for form, _ in written]
            other = {wire for form in forms for wire in form if wire} - set(pair)
            part = next(iter(other), 0)
            if len(other) != 1 or part in forms[0] or part in forms[1] or part >= facts.circuit.wires:
                continue
            values = []
            for digit in range(4):
                at = {0: 1, part: 0} | {w: _value(facts, chain, w, digit >> k & 1) for k, w in enumerate(pair)}
                a, b, c = (sum(k * at[w] for w, k in form.items()) for form in forms)
                values.append((a * b - c) * pow(forms[2][part], -1, R) % R)
            sources = frozenset({index}).union(*(why for _, why in written))
            found[part] = ((values[0], values[1], values[2], values[3]), sources)
        yield found


def _value(facts: Facts, chain: Chain, wire: int, digit: int) -> int:
    """Return the value of a wire, or of the sum that a number beyond the wires stands for, where its digit is `digit`.

    Where the weight in the chain is negative the digit is the complement. In a chain a number beyond the wires is 0 for
    the first of its sum's two values and 1 for the second.
    """
    weight = chain.unit << chain.wires.index(wire)
    bit = digit if chain.equation.form[wire] == weight % R else 1 - digit
    if wire < facts.circuit.wires:
        return bit
    two = two_values(facts.constraint(wire - facts.circuit.wires))
    if two is None:
        raise ValueError(f"number {wire} stands for no sum with two values")
    return two[1 + bit]


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
