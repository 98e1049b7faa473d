"""Linear forms over the wires of a circuit: wire → coefficient in 0 … R-1, wire 0 is the constant 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
HALF = R // 2

Form = dict[int, int]

# A coefficient that is no integer of this size is taken for a fraction with a small denominator.
_SMALL_BITS = 200
_DENOMINATOR_BITS = 24


def signed(value: int) -> int:
    """Read a field element as the integer nearest to 0."""
    value %= R
    return value - R if value > HALF else value


def combine(*terms: tuple[int, Mapping[int, int]]) -> Form:
    """Return the sum of factor · form, without zero terms."""
    total: Form = {}
    for factor, form in terms:
        for wire, coefficient in form.items():
            total[wire] = (total.get(wire, 0) + factor * coefficient) % R
    return {wire: coefficient for wire, coefficient in total.items() if coefficient}


def homogeneous(form: Mapping[int, int]) -> Form:
    """Return a form without its constant."""
    return {wire: coefficient for wire, coefficient in form.items() if wire}


def is_constant(form: Mapping[int, int]) -> bool:
    """Whether no wire but the constant occurs."""
    return all(wire == 0 for wire in form)


def ratio(form: Mapping[int, int], other: Mapping[int, int]) -> int | None:
    """Return m with form = m · other, or None."""
    if form.keys() != other.keys() or not form:
        return None
    wire = next(iter(form))
    factor = form[wire] * pow(other[wire], -1, R) % R
    return factor if all(form[w] == factor * other[w] % R for w in form) else None


def canonical(form: Mapping[int, int]) -> tuple[tuple[tuple[int, int], ...], int]:
    """Return a key that is equal for the multiples of a homogeneous form, and the factor: form = factor · key."""
    wire = min(form)
    factor = form[wire]
    inverse = pow(factor, -1, R)
    return tuple((w, form[w] * inverse % R) for w in sorted(form)), factor


def _fraction(value: int) -> tuple[int, int]:
    """Return n, d with value = n/d in the field, both as small as the Euclidean algorithm finds them."""
    previous, current, lower, upper = R, value % R, 0, 1
    while current >> _SMALL_BITS:
        quotient = previous // current
        previous, current = current, previous - quotient * current
        lower, upper = upper, lower - quotient * upper
    return (current, upper) if upper > 0 else (-current, -upper)


def denominator(values: Iterable[int]) -> int:
    """Return a small d for which every d·value is a small integer, or 1 when there is none."""
    common = 1
    for value in values:
        _, d = _fraction(signed(value * common))
        if d != 1 and d.bit_length() <= _DENOMINATOR_BITS:
            common *= d
    return common
