"""What must be refused, by name, in a block: each is an assertion."""

from __future__ import annotations

from typing import Any

from zkrisk.chain.transact import Transactor
from zkrisk.errors import ContractRefused, ExpectationUnmet
from zkrisk.params import BASE_MODULUS

__all__ = ["Proof", "changed", "expect_refusal", "malleated"]

Proof = tuple[list[int], list[list[int]], list[int]]


def expect_refusal(sender: Transactor, function: Any, error: str) -> ContractRefused:
    """Send a transaction that the chain must refuse with a named error, and return the refusal.

    Raises:
        ExpectationUnmet: The chain accepted it, or refused with another error (exit code 5).
    """
    try:
        outcome = sender.send(function, simulate=False)
    except ContractRefused as refused:
        found = str(refused.details.get("error"))
        if found != error:
            raise ExpectationUnmet(f"the chain refused with {refused.message}, {error} was expected") from refused
        return refused
    raise ExpectationUnmet(f"the chain ACCEPTED what it must refuse with {error}", details={"tx_hash": outcome.tx_hash})


def malleated(proof: Proof) -> Proof:
    """Return (-A, -B, C): other bytes, the same statement, and it verifies."""
    a, b, c = proof
    return [a[0], BASE_MODULUS - a[1]], [b[0], [BASE_MODULUS - y for y in b[1]]], c


def changed(arguments: tuple[Any, ...], path: tuple[int, ...], by: int = 1) -> tuple[Any, ...]:
    """Return call arguments with one number, named by its path of indices, moved."""
    head, *rest = path
    values = list(arguments)
    values[head] = changed(tuple(values[head]), tuple(rest), by) if rest else values[head] + by
    return tuple(values)
