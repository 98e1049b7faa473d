"""Folded points from values: what a verifier computes itself instead of believing a cached point.

The layout is docs/protocol.md, "Folding".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from zkrisk import _prover
from zkrisk.book import Leg
from zkrisk.errors import InputError, SheetMismatch
from zkrisk.params import CircuitKind, Tier
from zkrisk.proof.backends import pairing
from zkrisk.proof.curve import curve
from zkrisk.proof.keys import CircuitKey
from zkrisk.sheet import Sheet
from zkrisk.witness.statement import ComplianceStatement, HealthStatement, SignalSet, field_element, signal_ranges

__all__ = [
    "SHEET_SETS",
    "Fold",
    "add_points",
    "assemble_vk_x",
    "check_point",
    "fold_set",
    "fold_sets",
    "native_fold",
    "pairing_fold",
    "set_values",
    "sheet_point",
    "statement_of",
]

Fold = Callable[[bytes, Sequence[int]], bytes]
"""Points (64 bytes each) and as many field elements to the point Σ value·point, 64 bytes."""

SHEET_SETS: Final = (SignalSet.PRICES, SignalSet.PARAMETERS, SignalSet.WINDOW)


def native_fold(points: bytes, scalars: Sequence[int]) -> bytes:
    """Fold with the native code; the identity is 64 zero bytes."""
    return _prover.fold(points, list(scalars))


def pairing_fold(points: bytes, scalars: Sequence[int]) -> bytes:
    """Fold with py_ecc, independently of the native code."""
    total = pairing.fold(points, scalars)
    if curve.is_inf(total):
        return bytes(64)
    x, y = curve.normalize(total)
    return int(x).to_bytes(32, "big") + int(y).to_bytes(32, "big")


def set_values(kind: CircuitKind, sheet: Sheet, policy_values: Sequence[int] = ()) -> dict[SignalSet, tuple[int, ...]]:
    """Return the field elements of the folded sets of a circuit, row-major, in the order of the signals.

    Args:
        kind: Which circuit.
        sheet: Prices, blocked slots, parameters and window.
        policy_values: `Policy.public_values`; for compliance only.

    Raises:
        InputError: A count does not fit the circuit.
    """
    prices, rows = sheet.prices[1:], sheet.parameters.rows()
    if kind is CircuitKind.COMPLIANCE:
        window = tuple(value for row in sheet.window.rows() for value in row)
        values = {SignalSet.PRICES: (*prices, *sheet.blocked[1:]), SignalSet.POLICY: tuple(policy_values),
                  SignalSet.PARAMETERS: tuple(value for row in rows for value in row),
                  SignalSet.WINDOW: window}  # fmt: skip
    else:
        values = {SignalSet.PRICES: prices, SignalSet.POLICY: tuple(policy_values),
                  SignalSet.PARAMETERS: (*rows[0], *rows[1]), SignalSet.WINDOW: ()}  # fmt: skip
    ranges = signal_ranges(kind, sheet.tier)
    for signal_set, given in values.items():
        if len(given) != ranges[signal_set].count:
            raise InputError(f"{signal_set.name}: {len(given)} values, the circuit has {ranges[signal_set].count}")
    return {signal_set: tuple(field_element(value) for value in given) for signal_set, given in values.items()}


def fold_set(key: CircuitKey, signal_set: SignalSet, values: Sequence[int], fold: Fold = native_fold) -> bytes:
    """Return Σ value_j·IC_j over one set, 64 bytes.

    Raises:
        InputError: Another number of values than the set has.
        KeyFileInvalid: A base point is not on the curve.
    """
    points = key.points(signal_set)
    if len(points) != 64 * len(values):
        raise InputError(f"{signal_set.name}: {len(values)} values, the key has {len(points) // 64} bases")
    return fold(points, values)


def fold_sets(
    key: CircuitKey, values: Mapping[SignalSet, Sequence[int]], fold: Fold = native_fold
) -> dict[SignalSet, bytes]:
    """Fold every set that has values."""
    return {member: fold_set(key, member, given, fold) for member, given in values.items() if given}


def add_points(points: Sequence[bytes]) -> bytes:
    """Return the sum of points of 64 bytes."""
    return _prover.add_points(b"".join(points))


def sheet_point(points: Mapping[SignalSet, bytes]) -> bytes:
    """Return SHEET(key, epoch): the sum of the PRICES, PARAMETERS and WINDOW points."""
    return add_points([points[member] for member in SHEET_SETS if member in points])


def assemble_vk_x(
    key: CircuitKey, dynamic: Sequence[int], leg: Leg, points: Sequence[bytes], fold: Fold = native_fold
) -> bytes:
    """Return vk_x from the dynamic signals, the leg and the folded points, as the contract assembles it.

    Args:
        key: The circuit's key.
        dynamic: Values of the DYNAMIC set in order.
        leg: N lots long and short.
        points: SHEET, and for compliance POLICY.
    """
    own = fold_set(key, SignalSet.DYNAMIC, dynamic, fold)
    on_chain = fold_set(key, SignalSet.LEG, (*leg.long, *leg.short), fold)
    return add_points([key.constant_point, own, on_chain, *points])


def check_point(what: str, computed: bytes, cached: bytes) -> None:
    """Compare a point folded here with a cached one.

    Raises:
        SheetMismatch: They differ.
    """
    if computed != cached:
        raise SheetMismatch(f"{what}: the values fold to {computed.hex()[:8]}…, the chain holds {cached.hex()[:8]}…")


def statement_of(
    kind: CircuitKind,
    sheet: Sheet,
    dynamic: Sequence[int],
    leg: Leg,
    policy_values: Sequence[int] = (),
) -> ComplianceStatement | HealthStatement:
    """Return the statement whose public signals are these values.

    Args:
        dynamic: commitment, owner, context and, for healthy and liquidation, threshold_bps.
        policy_values: `Policy.public_values`; for compliance only.
    """
    tier: Tier = sheet.tier
    parameters = sheet.parameters
    weights = (parameters.liquidation_threshold_bps, parameters.borrow_factor_bps)
    if kind is not CircuitKind.COMPLIANCE:
        commitment, owner, context, threshold = dynamic
        return HealthStatement(kind, tier, commitment, owner, context, threshold, leg, sheet.prices, *weights)
    commitment, owner, context = dynamic
    return ComplianceStatement(
        tier, commitment, owner, context, leg, sheet.prices, sheet.blocked, tuple(policy_values),
        *weights, parameters.sector, parameters.stress_return, sheet.window.rows(),
    )  # fmt: skip
