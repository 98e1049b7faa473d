"""The public sheet: universe, prices, parameter rows and scenario window, all integers."""

from zkrisk.sheet.origin import Origin, RowSource, Source
from zkrisk.sheet.parameters import Parameters
from zkrisk.sheet.prices import (
    MAX_PRICE_BYTES,
    History,
    Series,
    calendar_days,
    history_from_files,
    history_from_series,
    parse_series,
    parse_wide,
    price_lots,
)
from zkrisk.sheet.scenarios import Window, return_e6_down, return_row, window_from_closes
from zkrisk.sheet.sheet import Sheet, load_sheet, parse_sheet
from zkrisk.sheet.synthetic import synthetic_history
from zkrisk.sheet.universe import (
    Instrument,
    Kind,
    Stress,
    Universe,
    bundled_universes,
    load_universe,
    parse_universe,
)

__all__ = [
    "MAX_PRICE_BYTES",
    "History",
    "Instrument",
    "Kind",
    "Origin",
    "Parameters",
    "RowSource",
    "Series",
    "Sheet",
    "Source",
    "Stress",
    "Universe",
    "Window",
    "bundled_universes",
    "calendar_days",
    "history_from_files",
    "history_from_series",
    "load_sheet",
    "load_universe",
    "parse_series",
    "parse_sheet",
    "parse_universe",
    "parse_wide",
    "price_lots",
    "return_e6_down",
    "return_row",
    "synthetic_history",
    "window_from_closes",
]
