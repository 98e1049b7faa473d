"""Every metric of many books at once: the integers of `zkrisk.metrics`, for thousands of books on one sheet.

Exact. Values of 2^129 are Python integers in numpy's arrays; scenario losses are 64-bit words where a bound of the book
shows that they fit, and Python integers where it does not. Floating point multiplies parts of exposures that are so
small that every sum is an integer below 2^53, which a double holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zkrisk.errors import InputError, RangeExceeded
from zkrisk.metrics.expected_shortfall import expected_shortfall
from zkrisk.metrics.historical_var import historical_var, loss_order
from zkrisk.metrics.scenario_losses import scenario_losses
from zkrisk.params import BPS, EXPOSURE_BITS, QUANTITY_BITS, RETURN_BITS, RETURN_SCALE, VALUE_PER_CENT
from zkrisk.policy import tail_mass
from zkrisk.sheet import Sheet

__all__ = ["ManyBooks", "SheetArrays", "TailArrays", "risk_many"]

Integers = NDArray[Any]
"""An array of Python integers, or of 64-bit words."""
_WORD_BITS: Final = 62
_DOUBLE_BITS: Final = 53
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class SheetArrays:
    """What the metrics read of a sheet.

    Attributes:
        prices: N, 10^-16 USD a lot.
        liquidation_threshold_bps, borrow_factor_bps: N each.
        sector: K x N of 0 and 1.
        window_return, stress_return: S x N and R x N, 10^-6.
    """

    prices: Sequence[int]
    liquidation_threshold_bps: Sequence[int]
    borrow_factor_bps: Sequence[int]
    sector: Sequence[Sequence[int]]
    window_return: Sequence[Sequence[int]]
    stress_return: Sequence[Sequence[int]]

    @classmethod
    def of(cls, sheet: Sheet) -> SheetArrays:
        """Of a sheet."""
        rows = sheet.parameters
        return cls(
            sheet.prices,
            rows.liquidation_threshold_bps,
            rows.borrow_factor_bps,
            rows.sector,
            sheet.window.returns,
            rows.stress_return,
        )


@dataclass(frozen=True, slots=True, repr=False)
class TailArrays:
    """VaR and expected shortfall of B books at one level, 10^-6 cents; the shortfall is the numerator over `mass`."""

    confidence_bps: int
    var: Integers
    shortfall: Integers
    mass: int


@dataclass(frozen=True, slots=True, repr=False)
class ManyBooks:
    """Metrics of B books, one entry a book; values in 10^-16 USD, cents where it says so. Private.

    Attributes:
        collateral, debt: Both sums of the health factor, times bps.
        equity_cents: Sum of floored exposures.
        largest: Largest |n_i| but cash.
        sectors: B x K.
        hhi: Numerator and denominator, B x 2; 0 over 0 without positions.
        losses: B x S, 10^-6 cents.
        stresses: B x R, 10^-6 cents.
    """

    equity: Integers
    equity_cents: Integers
    gross: Integers
    net: Integers
    collateral: Integers
    debt: Integers
    largest: Integers
    sectors: Integers
    hhi: Integers
    losses: Integers
    stresses: Integers
    tails: tuple[TailArrays, ...]

    def __repr__(self) -> str:
        return f"<ManyBooks {len(self.equity)} books, private>"


def risk_many(
    long: Sequence[Sequence[int]],
    short: Sequence[Sequence[int]],
    sheet: SheetArrays,
    confidences: Sequence[int] = (9_500, 9_750, 9_900),
) -> ManyBooks:
    """Compute the metrics of many books.

    Args:
        long, short: B x N lots, each below 2^65.
        sheet: Of N slots.
        confidences: Levels in basis points.

    Raises:
        InputError: Shapes differ.
        RangeExceeded: A net value is 2^49 cents or more; names the book by number and the slot.
    """
    size = len(sheet.prices)
    longs, shorts = _lots(long, size), _lots(short, size)
    if len(longs) != len(shorts):
        raise InputError(f"{len(longs)} books long and {len(shorts)} short")
    returns = _Returns(sheet.window_return), _Returns(sheet.stress_return)
    parts = [
        _chunk((longs[rows], shorts[rows]), rows.start, sheet, returns, confidences) for rows in _slices(len(longs))
    ]
    return _joined(parts)


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _CHUNK, count)) for start in range(0, max(count, 1), _CHUNK))


def _lots(rows: Sequence[Sequence[int]], size: int) -> Integers:
    wrong = next((len(row) for row in rows if len(row) != size), None)
    if wrong is not None:
        raise InputError(f"a book has {wrong} slots, the sheet {size}")
    found = np.array([list(row) for row in rows], dtype=object).reshape(len(rows), size)
    if found.size and not (found.min() >= 0 and found.max() < 2 << QUANTITY_BITS):
        raise InputError(f"a book has lots outside 0 to 2^{QUANTITY_BITS + 1} - 1")
    return found


class _Returns:
    """Rows of returns, ready to be multiplied with exposures."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.rows = rows
        words = np.array([list(row) for row in rows], dtype=np.int64)
        self.slots = words.shape[1]
        self.largest = int(np.abs(words).max(initial=0))
        self._columns = np.ascontiguousarray(words.T.astype(np.float64))
        # So many bits of an exposure that its products with all returns of a row add up to less than 2^53.
        self._bits = _DOUBLE_BITS - 1 - RETURN_BITS - self.slots.bit_length()

    def losses(self, cents: NDArray[np.int64]) -> Integers:
        """Losses of books in 10^-6 cents: words where all fit, else Python integers."""
        sizes = np.abs(cents)
        reach = int(sizes.sum(axis=1).max(initial=0)) * self.largest + self.slots * RETURN_SCALE
        if reach >= 1 << _WORD_BITS:
            return np.array([scenario_losses([int(x) for x in row], self.rows) for row in cents], dtype=object)
        gains = np.zeros((len(cents), len(self.rows)), dtype=np.int64)
        # Parts of a negative exposure may pass a word on the way; words wrap, and the sum fits.
        shift, left = 0, int(sizes.max(initial=0)).bit_length()
        while left >= 0:
            last = left < self._bits
            part = cents >> shift if last else (cents >> shift) & ((1 << self._bits) - 1)
            gains += (part.astype(np.float64) @ self._columns).astype(np.int64) << shift
            shift, left = shift + self._bits, -1 if last else left - self._bits
        return self.slots * RETURN_SCALE - gains


def _chunk(
    books: tuple[Integers, Integers],
    first: int,
    sheet: SheetArrays,
    returns: tuple[_Returns, _Returns],
    confidences: Sequence[int],
) -> ManyBooks:
    long, short = books
    prices = np.array(sheet.prices, dtype=object)
    net = (long - short) * prices
    floored = net // VALUE_PER_CENT
    cents = _words(floored, first)
    sizes = np.abs(net[:, 1:])
    total = sizes.sum(axis=1)
    weights = [
        prices * np.array(row, dtype=object) for row in (sheet.liquidation_threshold_bps, sheet.borrow_factor_bps)
    ]
    losses = returns[0].losses(cents)
    sectors = np.array([list(row)[1:] for row in sheet.sector], dtype=bool).reshape(len(sheet.sector), sizes.shape[1])
    return ManyBooks(
        equity=net.sum(axis=1),
        equity_cents=cents.sum(axis=1),
        gross=(long + short)[:, 1:] @ prices[1:],
        net=net[:, 1:].sum(axis=1),
        collateral=long @ weights[0],
        debt=short @ weights[1],
        largest=sizes.max(axis=1, initial=0),
        sectors=np.stack([sizes[:, row].sum(axis=1) for row in sectors], axis=1),
        hhi=np.stack([(sizes * sizes).sum(axis=1), total * total], axis=1),
        losses=losses,
        stresses=returns[1].losses(cents),
        tails=tuple(_tail(losses, level) for level in confidences),
    )


def _words(floored: Integers, first: int) -> NDArray[np.int64]:
    """Exposures as words.

    Raises:
        RangeExceeded: One does not fit the circuits; names the book and the slot.
    """
    if not floored.size or (floored.min() >= -(1 << EXPOSURE_BITS) and floored.max() < 1 << EXPOSURE_BITS):
        return floored.astype(np.int64)
    book, slot = np.argwhere((floored < -(1 << EXPOSURE_BITS)) | (floored >= 1 << EXPOSURE_BITS))[0]
    raise RangeExceeded(f"book {first + book}: the net value of slot {slot} is 2^{EXPOSURE_BITS} cents or more")


def _tail(losses: Integers, confidence_bps: int) -> TailArrays:
    """Order statistic and tail mean; the excesses are added in two halves, so that no word overflows."""
    scenarios = losses.shape[1]
    mass = tail_mass(scenarios, confidence_bps)
    if losses.dtype == object:
        rows = [[int(loss) for loss in row] for row in losses]
        var = np.array([historical_var(row, confidence_bps) for row in rows], dtype=object)
        ratios = [expected_shortfall(row, confidence_bps) for row in rows]
        return TailArrays(confidence_bps, var, np.array([r.numerator for r in ratios], dtype=object), mass)
    place = scenarios - loss_order(scenarios, confidence_bps)
    sorted_from = np.partition(losses, place, axis=1)
    var = sorted_from[:, place]
    excess = sorted_from[:, place:] - var[:, None]
    half = 32
    high, low = (excess >> half).sum(axis=1), (excess & ((1 << half) - 1)).sum(axis=1)
    excesses = (high.astype(object) << half) + low.astype(object)
    return TailArrays(confidence_bps, var.astype(object), mass * var.astype(object) + BPS * excesses, mass)


def _joined(parts: Sequence[ManyBooks]) -> ManyBooks:
    def joined(name: str) -> Integers:
        return np.concatenate([getattr(part, name) for part in parts])

    names = [name for name in ManyBooks.__dataclass_fields__ if name != "tails"]
    tails = tuple(
        TailArrays(
            level.confidence_bps,
            np.concatenate([part.tails[index].var for part in parts]),
            np.concatenate([part.tails[index].shortfall for part in parts]),
            level.mass,
        )
        for index, level in enumerate(parts[0].tails)
    )
    return ManyBooks(**{name: joined(name) for name in names}, tails=tails)
