"""The rows of the sheet that change rarely: thresholds, borrow factors, sectors, stress returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import InputError
from zkrisk.params import BPS, RATIO_BITS, RETURN_BITS, RETURN_SCALE, Tier
from zkrisk.sheet.universe import Universe

__all__ = ["Parameters", "Row", "check_return_rows"]

Row = tuple[int, ...]


def check_return_rows(rows: Sequence[Sequence[int]], count: int, size: int, what: str) -> None:
    """Check shape (count x size) and range of scenario returns.

    Raises:
        InputError: Another shape, cash that moves, or a return outside -10^6 to 2^23 - 1.
    """
    if len(rows) != count or any(len(row) != size for row in rows):
        raise InputError(f"{what}: not {count} rows of {size} returns")
    for index, row in enumerate(rows):
        if row[0] != 0:
            raise InputError(f"{what}: cash moves in row {index}")
        if min(row) < -RETURN_SCALE or max(row) >= 1 << RETURN_BITS:
            raise InputError(f"{what}: a return of row {index} is outside -10^6 to 2^{RETURN_BITS} - 1")


@dataclass(frozen=True)
class Parameters:
    """Rows of N integers, in the order of the PARAMETERS set; sector K x N of 0/1; stress_return R x N in 10^-6."""

    liquidation_threshold_bps: Row
    borrow_factor_bps: Row
    sector: tuple[Row, ...]
    stress_return: tuple[Row, ...]
    stress_ids: tuple[str, ...]
    stress_names: tuple[str, ...]
    sector_names: tuple[str, ...]

    @classmethod
    def from_universe(cls, universe: Universe) -> Parameters:
        """Rows of a universe, unused slots, sectors and stress rows being zero."""
        tier, unused = universe.tier, universe.size - len(universe.instruments)
        entries = universe.instruments
        sectors = tuple(tuple(int(e.sector == name) for e in entries) + (0,) * unused for name in universe.sectors) + (
            (0,) * universe.size,
        ) * (tier.sectors - len(universe.sectors))
        stresses = tuple(
            tuple(0 if e.slot == 0 else s.return_e6(e.symbol) for e in entries) + (0,) * unused
            for s in universe.stresses
        ) + ((0,) * universe.size,) * (tier.stresses - len(universe.stresses))
        blank = [f"unused-{row}" for row in range(len(universe.stresses), tier.stresses)]
        return cls(
            liquidation_threshold_bps=tuple(e.liquidation_threshold_bps for e in entries) + (0,) * unused,
            borrow_factor_bps=tuple(e.borrow_factor_bps for e in entries) + (0,) * unused,
            sector=sectors,
            stress_return=stresses,
            stress_ids=(*(s.id for s in universe.stresses), *blank),
            stress_names=(*(s.name for s in universe.stresses), *blank),
            sector_names=universe.sectors,
        )

    def check(self, tier: Tier) -> None:
        """Check shapes and ranges.

        Raises:
            InputError: A row has another length, or a value is out of range.
        """
        size = tier.instruments
        for name in ("liquidation_threshold_bps", "borrow_factor_bps"):
            row = getattr(self, name)
            if len(row) != size or min(row) < 0 or max(row) >= 1 << RATIO_BITS:
                raise InputError(f"{name}: not {size} values of 0 to 2^{RATIO_BITS} - 1")
        if max(self.liquidation_threshold_bps) > BPS:
            raise InputError("a liquidation threshold is above 10000 bps")
        if len(self.sector) != tier.sectors or any(len(row) != size for row in self.sector):
            raise InputError(f"sector: not {tier.sectors} rows of {size}")
        if any(value not in (0, 1) for row in self.sector for value in row) or any(row[0] for row in self.sector):
            raise InputError("sector: not 0 or 1, or cash in a sector")
        check_return_rows(self.stress_return, tier.stresses, size, "stress")

    def rows(self) -> tuple[Row, ...]:
        """All rows in the order of the PARAMETERS set."""
        return (self.liquidation_threshold_bps, self.borrow_factor_bps, *self.sector, *self.stress_return)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "liquidation_threshold_bps": self.liquidation_threshold_bps,
            "borrow_factor_bps": self.borrow_factor_bps,
            "sector": self.sector,
            "stress_return_e6": self.stress_return,
            "stress_ids": self.stress_ids,
            "stress_names": self.stress_names,
            "sector_names": self.sector_names,
        }

    @cached_property
    def sha256(self) -> str:
        """Hash of the numbers; names do not enter."""
        return canonical_sha256([list(row) for row in self.rows()])
