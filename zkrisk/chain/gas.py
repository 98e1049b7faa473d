"""Gas limits of every action that zkrisk sends.

Measured on the standard tier and rounded up by about a third. Never estimated at the time of sending: a verifier that
refuses spends a different amount than one that accepts, and `eth_estimateGas` is far too low for it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["GAS_LIMITS", "gas_limit"]

_DEFAULT: Final = 500_000

GAS_LIMITS: Final[dict[str, int]] = {
    # proofs
    "attest": 500_000,
    "update": 600_000,
    "draw": 700_000,
    "withdrawEscrow": 700_000,
    "liquidate": 700_000,
    "liquidateSelfDeclared": 700_000,
    "liquidateUnanswered": 700_000,
    "bind": 1_000_000,
    "answer": 600_000,
    # sheet
    "snapshot": 2_000_000,
    "fold": 600_000,
    "recordClose": 4_000_000,
    "roll": 700_000,
    "foldParameters": 700_000,
    "proposeParameters": 8_000_000,
    # keys and policies
    "register": 16_000_000,
    "setKey": 1_000_000,
    "addKey": 700_000,
    "announceKeepers": 1_500_000,
    "setAuditor": 700_000,
}


def gas_limit(function: str) -> int:
    """Return the gas limit of a contract function by its name."""
    return GAS_LIMITS.get(function, _DEFAULT)
