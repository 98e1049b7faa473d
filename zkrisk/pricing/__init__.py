"""Instruments and pricing: public terms and a public market become rows of a sheet.

Option models, volatility surfaces, full revaluation under scenarios and margin grids, and how positions are booked.
Floats stay inside: what leaves as a row is an integer with its rounding stated.
"""

from zkrisk.pricing.black import (
    OptionType,
    Valuation,
    black76,
    black_scholes,
)
from zkrisk.pricing.booking import (
    InverseHolding,
    LendingHolding,
    LinearHolding,
    OptionHolding,
    booked,
    inverse_pnl_coins,
    margin_factors,
    shocked_pnl_coins,
)
from zkrisk.pricing.grids import (
    DERIBIT_TERM,
    PMRM_TERM,
    deribit_scenarios,
    historical_scenarios,
    pmrm_scenarios,
    span_scenarios,
    spot_vol_grid,
)
from zkrisk.pricing.implied import (
    implied_volatility,
)
from zkrisk.pricing.instruments import (
    Basket,
    Component,
    DatedFuture,
    InversePerpetual,
    LendingPosition,
    LinearPerpetual,
    LpToken,
    Option,
    PoolShare,
    Spot,
    StakedToken,
    Terms,
    parse_terms,
)
from zkrisk.pricing.market import (
    Market,
    View,
)
from zkrisk.pricing.market_file import (
    market_document,
    market_sha256,
    parse_market,
)
from zkrisk.pricing.published import (
    check_rows,
    option_bounds_e16,
)
from zkrisk.pricing.returns import (
    return_of_change_e6_down,
)
from zkrisk.pricing.rows import (
    GREEKS,
    Rows,
    SlotRows,
    build_rows,
    greeks_e16,
    price_e16,
    slot_rows,
)
from zkrisk.pricing.scenario import (
    FLAT,
    STILL,
    Scenario,
    VolTerm,
)
from zkrisk.pricing.surface import (
    Surface,
    parse_surface,
)
from zkrisk.pricing.value import (
    Sensitivities,
    option_valuation,
    sensitivities,
    value,
)

__all__ = [
    "DERIBIT_TERM",
    "FLAT",
    "GREEKS",
    "PMRM_TERM",
    "STILL",
    "Basket",
    "Component",
    "DatedFuture",
    "InverseHolding",
    "InversePerpetual",
    "LendingHolding",
    "LendingPosition",
    "LinearHolding",
    "LinearPerpetual",
    "LpToken",
    "Market",
    "Option",
    "OptionHolding",
    "OptionType",
    "PoolShare",
    "Rows",
    "Scenario",
    "Sensitivities",
    "SlotRows",
    "Spot",
    "StakedToken",
    "Surface",
    "Terms",
    "Valuation",
    "View",
    "VolTerm",
    "black76",
    "black_scholes",
    "booked",
    "build_rows",
    "check_rows",
    "deribit_scenarios",
    "greeks_e16",
    "historical_scenarios",
    "implied_volatility",
    "inverse_pnl_coins",
    "margin_factors",
    "market_document",
    "market_sha256",
    "option_bounds_e16",
    "option_valuation",
    "parse_market",
    "parse_surface",
    "parse_terms",
    "pmrm_scenarios",
    "price_e16",
    "return_of_change_e6_down",
    "sensitivities",
    "shocked_pnl_coins",
    "slot_rows",
    "span_scenarios",
    "spot_vol_grid",
    "value",
]
