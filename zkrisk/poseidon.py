"""Circomlib's Poseidon over the BN254 scalar field, computed by the native crate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zkrisk.errors import EnvironmentBroken, RangeExceeded
from zkrisk.params import SCALAR_MODULUS

try:
    from zkrisk import _prover
except ImportError:
    _prover = None

MAX_INPUTS = 16


def poseidon(inputs: Sequence[int]) -> int:
    """Hash 1 to 16 field elements to one.

    An element outside the field is refused and not reduced: x and x + r would be two openings of one commitment.

    Args:
        inputs: Integers in ``[0, r)``.

    Returns:
        A field element, equal to circomlib's ``Poseidon(len(inputs))``.

    Raises:
        RangeExceeded: Too few or too many inputs, or one that is not an integer of the field.
        EnvironmentBroken: The native crate is not built.
    """
    return int(_native(inputs).poseidon(list(inputs)))


def poseidon_squeeze(inputs: Sequence[int], count: int) -> list[int]:
    """Return the first elements of the state after the permutation: a key stream, where an input is secret.

    Args:
        inputs: 1 to 16 integers in ``[0, r)``.
        count: At most ``len(inputs)``: one element of the state stays hidden, or anybody computes the inputs back.

    Returns:
        ``count`` field elements, equal to circomlib's ``PoseidonEx(len(inputs), count)`` with initial state 0.

    Raises:
        RangeExceeded: As :func:`poseidon`, or the count is out of range.
        EnvironmentBroken: The native crate is not built.
    """
    if not 1 <= count <= len(inputs):
        raise RangeExceeded(f"Poseidon of {len(inputs)} inputs gives 1 to {len(inputs)} elements, not {count}")
    return [int(element) for element in _native(inputs).poseidon_squeeze(list(inputs), count)]


def _native(inputs: Sequence[int]) -> Any:
    """Check the inputs and return the native module."""
    if not 1 <= len(inputs) <= MAX_INPUTS:
        raise RangeExceeded(f"Poseidon takes 1 to {MAX_INPUTS} inputs, not {len(inputs)}")
    for position, element in enumerate(inputs):
        if type(element) is not int or not 0 <= element < SCALAR_MODULUS:
            raise RangeExceeded(f"Poseidon input {position} is not an element of the scalar field")
    if _prover is None:
        raise EnvironmentBroken("the native module zkrisk._prover is not built", hint="make build")
    return _prover
