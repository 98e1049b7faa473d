"""The sheet of an epoch, rebuilt from what PriceSheet stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.events import read_events
from zkrisk.chain.rpc import Block, Rpc
from zkrisk.errors import ChainError, SheetStale
from zkrisk.params import Tier
from zkrisk.proof.view import FoldedPoint
from zkrisk.sheet import Parameters, Sheet, Universe, Window, return_row

__all__ = ["SheetReader", "day_label", "parameter_bytes", "parse_parameters", "unpack_prices"]

_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def day_label(day: int) -> str:
    """ISO date of a unix day number."""
    return (_EPOCH_DAY + timedelta(days=day)).date().isoformat()


def unpack_prices(words: list[int], count: int) -> tuple[int, ...]:
    """Prices of 64 bits from words of four, lowest bits first."""
    return tuple(words[i // 4] >> 64 * (i % 4) & (1 << 64) - 1 for i in range(count))


def parameter_bytes(parameters: Parameters) -> bytes:
    """The form that proposeParameters takes: rows of N int32, big-endian."""
    return b"".join(value.to_bytes(4, "big", signed=True) for row in parameters.rows() for value in row)


def parse_parameters(content: bytes, universe: Universe) -> Parameters:
    """Read parameters from the form that the contract keeps; names are the universe's."""
    values = [int.from_bytes(content[i : i + 4], "big", signed=True) for i in range(0, len(content), 4)]
    n, tier = universe.size, universe.tier
    rows = [tuple(values[i : i + n]) for i in range(0, len(values), n)]
    names = Parameters.from_universe(universe)
    return Parameters(
        liquidation_threshold_bps=rows[0],
        borrow_factor_bps=rows[1],
        sector=tuple(rows[2 : 2 + tier.sectors]),
        stress_return=tuple(rows[2 + tier.sectors :]),
        stress_ids=names.stress_ids,
        stress_names=names.stress_names,
        sector_names=names.sector_names,
    )


class SheetReader:
    """Reads sheets; closes never change once recorded, so each is read once."""

    def __init__(self, rpc: Rpc, file: DeploymentFile, prices: Any) -> None:
        self._rpc = rpc
        self._file = file
        self._prices = prices
        self._closes: dict[int, tuple[int, ...]] = {}
        self._days: dict[int, int] = {}

    def sheet(self, epoch: int, point: FoldedPoint | None, key_version: int, block: Block) -> Sheet:
        """Build the sheet of an epoch; `point` says which window and parameters it was folded with."""
        views, universe = self._prices.functions, self._file.universe
        (time, blocked), prices, (current, _, _), (newest, rows, _) = self._rpc.call_many(
            [
                views.epochMeta(epoch),
                views.pricesOf(epoch),
                views.parametersState(),
                views.windowState(key_version),
            ],
            block,
        )
        version = point.parameters_version if point else current
        ordinal = point.window_ordinal if point else newest
        if rows < universe.tier.scenarios:
            raise SheetStale(f"the window has {rows} of {universe.tier.scenarios} rows", hint="zkrisk chain roll")
        content = bytes(self._rpc.call(views.parameters(version), block))
        return Sheet(
            universe=universe,
            epoch=epoch,
            as_of_unix=time,
            prices=tuple(prices),
            blocked=tuple(blocked >> slot & 1 for slot in range(universe.size)),
            parameters=parse_parameters(content, universe),
            window=self.window(ordinal, block),
            window_ordinal=ordinal,
            parameters_version=version,
            synthetic=self._file.synthetic,
            warnings=("SYNTHETIC: prices and scenarios are generated",) if self._file.synthetic else (),
        )

    def window(self, ordinal: int, block: Block) -> Window:
        """The window whose newest return is `ordinal`, rows in slot order."""
        tier = self._file.universe.tier
        count, size = tier.scenarios, tier.instruments
        self._load(ordinal - count, ordinal, block)
        rows: list[tuple[int, ...]] = [()] * count
        days = [""] * count
        for number in range(ordinal - count + 1, ordinal + 1):
            rows[number % count] = _returns(self._closes[number - 1], self._closes[number], tier)
            days[number % count] = day_label(self._days[number])
        return Window(
            first_day=min(days),
            last_day=max(days),
            days=tuple(days),
            returns=tuple(row[:size] for row in rows),
            seeded=count if self._file.synthetic else 0,
        )

    def _load(self, first: int, last: int, block: Block) -> None:
        """Read closes from storage; older ones than the ring keeps come from their events."""
        missing = [number for number in range(first, last + 1) if number not in self._closes]
        if not missing:
            return
        views = self._prices.functions
        count, last_day, _ = self._rpc.call(views.closeState(), block)
        oldest = count - self._file.universe.tier.scenarios - 1
        stored = [number for number in missing if number >= oldest]
        answers = self._rpc.call_many([views.closesOf(number) for number in stored], block)
        self._closes |= {number: tuple(answer) for number, answer in zip(stored, answers, strict=True)}
        self._date(count, last_day, first)
        if missing[0] < oldest:
            self._load_events(missing[0], oldest - 1, block)
        lacking = [number for number in missing if number not in self._closes or number not in self._days]
        if lacking:
            raise ChainError(
                f"{self._rpc.name} lacks {len(lacking)} closes of the window, the first is number {lacking[0]}",
                hint="use an endpoint that keeps all events, or a newer epoch",
            )

    def _date(self, count: int, last_day: int, first: int) -> None:
        """Number the days back from the last close over the universe's calendar."""
        day = last_day
        for number in range(count - 1, first - 1, -1):
            self._days[number] = day
            day -= 1
            while not self._file.universe.is_calendar_day((_EPOCH_DAY + timedelta(days=day)).date()):
                day -= 1

    def _load_events(self, first: int, last: int, block: Block) -> None:
        head = self._rpc.block_number() if block == "latest" else int(block)
        found = read_events(
            self._rpc,
            "PriceSheet",
            self._file.contracts.sheet,
            "CloseRecorded",
            first_block=self._file.block,
            last_block=head,
            ordinal=list(range(first, last + 1)),
        )
        size = self._file.universe.size
        for event in found:
            self._closes[event.args["ordinal"]] = unpack_prices(event.args["closes"], size)
            self._days[event.args["ordinal"]] = event.args["day"]


def _returns(before: tuple[int, ...], after: tuple[int, ...], tier: Tier) -> tuple[int, ...]:
    used = 1 + sum(1 for price in before[1:] if price)
    return return_row(before[:used], after[:used], tier.instruments)
