"""Windows that did not happen: what was observed, with other correlations or wider spreads.

The correlated window is computed in floating point and then rounded to 10^-6 toward minus infinity. Its rows are data
from then on, with a hash: who computes them again on another machine may find a last digit that differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zkrisk.errors import InputError
from zkrisk.fixedpoint import div_down, scale_exact
from zkrisk.params import RETURN_BITS, RETURN_SCALE
from zkrisk.sheet.build.scenario_sets import ScenarioSet
from zkrisk.sheet.universe import Kind, Universe

__all__ = ["spread_pairs", "with_correlation", "with_spreads"]

_Floats = NDArray[np.float64]
_LEAST_EIGENVALUE: Final = 1e-9
_FACTOR_DECIMALS: Final = 6
_RETURN_MAX: Final = (1 << RETURN_BITS) - 1


def _groups(columns: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Places of columns that are equal and do move; an instrument and its proxies are one."""
    found: dict[tuple[int, ...], list[int]] = {}
    for place, column in enumerate(columns):
        if any(value != column[0] for value in column):
            found.setdefault(column, []).append(place)
    return list(found.values())


def _root(matrix: _Floats, power: float, what: str) -> _Floats:
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < _LEAST_EIGENVALUE:
        raise InputError(
            f"{what}: the returns of some instruments follow exactly from those of others",
            hint="use a longer window, or --proxy for instruments that follow another",
        )
    return (vectors * values**power) @ vectors.T


def _correlated(returns: _Floats, target: float, name: str) -> _Floats:
    """Columns with mean and volatility as they were and one correlation between all; the nearest to what they were.

    With C the correlations and T the wanted ones, scores z become z A, A = C^-1/2 (C^1/2 T C^1/2)^1/2 C^-1/2: of all
    linear maps that give T the one that moves the scores least (optimal transport between Gaussians). It treats all
    instruments alike, whatever their order.
    """
    count = returns.shape[1]
    mean, deviation = returns.mean(axis=0), returns.std(axis=0)
    scores = (returns - mean) / deviation
    now = scores.T @ scores / len(returns)
    wanted = np.full((count, count), target) + (1 - target) * np.eye(count)
    root, inverse = _root(now, 0.5, name), _root(now, -0.5, name)
    moved: _Floats = scores @ inverse @ _root(root @ wanted @ root, 0.5, name) @ inverse
    return moved * deviation + mean


def _cut(value: int) -> int:
    return max(-RETURN_SCALE, min(_RETURN_MAX, value))


def with_correlation(base: ScenarioSet, correlation: Decimal) -> ScenarioSet:
    """Give every pair of instruments one correlation; mean and volatility of each stay.

    An instrument that does not move stays still; those whose returns are equal in every row (one stands in for
    the other) stay equal.

    Args:
        base: Rows in any order; more of them than instruments that move.
        correlation: At least 0 and below 1.

    Raises:
        InputError: Outside that range, too few rows, or returns that follow from others.
    """
    if not 0 <= correlation < 1:
        raise InputError("a correlation is at least 0 and below 1")
    name = f"correlation-{correlation}"
    columns = list(zip(*base.returns, strict=True))
    groups = _groups(columns)
    if len(groups) < 2 or len(base.returns) <= len(groups):
        raise InputError(f"{name}: {len(base.returns)} rows of {len(groups)} instruments that move are too few")
    returns = np.array([columns[group[0]] for group in groups], dtype=np.float64).T
    moved = np.floor(_correlated(returns, float(correlation), name)).astype(np.int64)
    result = [list(column) for column in columns]
    clamped = 0
    for column, group in zip(moved.T, groups, strict=True):
        values = [int(value) for value in column]
        clamped += len(group) * sum(_cut(value) != value for value in values)
        for place in group:
            result[place] = [_cut(value) for value in values]
    source = f"{base.source}; every pair's correlation made {correlation}, volatilities kept"
    return _changed(base, name, source, list(zip(*result, strict=True)), clamped)


def spread_pairs(universe: Universe, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is quoted against what: a stablecoin against cash, ``X-PERP`` against X, and what is added.

    Raises:
        UnknownInstrument: An added pair has another symbol.
        InputError: A base that is itself quoted against another, or cash that is.
    """
    pairs = {}
    for entry in universe.instruments[1:]:
        base = entry.symbol.removesuffix("-PERP")
        if entry.kind is Kind.STABLECOIN:
            pairs[entry.symbol] = universe.symbols[0]
        elif base != entry.symbol and base in universe.symbols:
            pairs[entry.symbol] = base
    pairs |= more or {}
    for symbol, base in pairs.items():
        if universe.slot_of(symbol) == 0 or universe.slot_of(base) == universe.slot_of(symbol) or base in pairs:
            raise InputError(f"spread of {symbol} against {base}: cash, itself, or a base that has a base")
    return pairs


def with_spreads(base: ScenarioSet, factor: Decimal, pairs: Mapping[str, str]) -> ScenarioSet:
    """Widen every spread: the return of an instrument becomes its base's plus the difference times the factor.

    Integers; rounded toward minus infinity.

    Args:
        factor: More than 0, at most six decimals.
        pairs: Symbol to base; cash, which does not move, is any symbol without a column.

    Raises:
        InputError: No pairs, or a factor out of range.
    """
    try:
        scaled = scale_exact(factor, _FACTOR_DECIMALS)
    except ValueError:
        raise InputError(f"a spread's factor has at most {_FACTOR_DECIMALS} decimals") from None
    if not 0 < scaled <= 1_000 * 10**_FACTOR_DECIMALS or not pairs:
        raise InputError("a spread's factor is above 0 and at most 1000, and at least one pair is needed")
    place = {symbol: column for column, symbol in enumerate(base.symbols)}
    rows, clamped = [], 0
    for row in base.returns:
        changed = list(row)
        for symbol, other in pairs.items():
            anchor = row[place[other]] if other in place else 0
            value = anchor + div_down((row[place[symbol]] - anchor) * scaled, 10**_FACTOR_DECIMALS)
            clamped += _cut(value) != value
            changed[place[symbol]] = _cut(value)
        rows.append(tuple(changed))
    quoted = ", ".join(f"{symbol} to {other}" for symbol, other in sorted(pairs.items()))
    return _changed(base, f"spread-x{factor}", f"{base.source}; spreads times {factor}: {quoted}", rows, clamped)


def _changed(base: ScenarioSet, name: str, source: str, rows: Sequence[tuple[int, ...]], clamped: int) -> ScenarioSet:
    return replace(base, name=name, source=source, hypothetical=True, returns=tuple(rows), clamped=clamped)
