"""Standard normal numbers that come out the same on every machine: integers of 10^-9 from raw words of a generator.

Only what every platform computes alike is used: the words of PCG64 (numpy keeps them for good, other than its
`standard_normal`), +, -, *, / and the square root on IEEE doubles, one operation at a time, and the logarithm of the
decimal module, which is correctly rounded; the C library's need not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zkrisk.errors import InputError

__all__ = ["NORMAL_SCALE", "normals_e9"]

NORMAL_SCALE: Final = 10**9
_DIGITS: Final = Context(prec=25)
_WORD_BITS: Final = 52
_CENTRE: Final = 0.425
_TAIL: Final = 5.0

# Numerators and denominators of algorithm AS 241, PPND16, constant term first: centre, middle, far tail.
_CENTRAL: Final = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_MIDDLE: Final = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR: Final = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)

Doubles = NDArray[np.float64]


def _quotient(x: Doubles, terms: tuple[Sequence[float], Sequence[float]]) -> Doubles:
    """Two polynomials by Horner's rule, divided; each array operation is rounded by itself, never fused."""
    sums = []
    for coefficients in terms:
        total = np.full_like(x, coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = total * x + coefficient
        sums.append(total)
    return sums[0] / sums[1]


def _tail_quantile(smaller: Doubles) -> Doubles:
    """Magnitude of the quantile where the smaller of p and 1 - p is below 0.075."""
    logs = [float(-_DIGITS.ln(Decimal(value))) for value in smaller.tolist()]
    root = np.sqrt(np.array(logs, dtype=np.float64))
    return np.where(root <= _TAIL, _quotient(root - 1.6, _MIDDLE), _quotient(root - _TAIL, _FAR))


def _quantile(p: Doubles) -> Doubles:
    """Normal quantile of probabilities strictly between 0 and 1. Source: Wichura 1988, Applied Statistics 37(3)."""
    offset = p - 0.5
    central = np.abs(offset) <= _CENTRE
    result = np.empty_like(p)
    q = offset[central]
    result[central] = q * _quotient(_CENTRE * _CENTRE - q * q, _CENTRAL)
    outside = p[~central]
    magnitude = _tail_quantile(np.minimum(outside, 1.0 - outside))
    result[~central] = np.where(outside < 0.5, -magnitude, magnitude)
    return result


def normals_e9(words: Sequence[int] | NDArray[np.uint64]) -> list[int]:
    """One normal number for each 64-bit word, in 10^-9, rounded half to even.

    The upper 52 bits u of a word stand for the probability (2 u + 1) / 2^53, which is a double and never 0 or 1.

    Raises:
        InputError: A word does not fit 64 bits.
    """
    try:
        upper = np.array(words, dtype=np.uint64) >> np.uint64(64 - _WORD_BITS)
    except (OverflowError, ValueError):
        raise InputError("a word does not fit 64 bits") from None
    p = (upper.astype(np.float64) * 2.0 + 1.0) / 2.0 ** (_WORD_BITS + 1)
    return [int(value) for value in np.rint(_quantile(p) * float(NORMAL_SCALE)).tolist()]
