"""Report-only analytics: figures that are shown, never proved and never compared with a limit. Floats are allowed here.

What is proved lives in `zkrisk.metrics`, in integers; nothing of this package enters a proof, a policy or a contract.
"""

from zkrisk.analytics.backtest import (
    FRTB_MULTIPLIERS,
    Backtest,
    BaselZone,
    Zone,
    backtest,
    backtest_dated,
    basel_zone,
    rolling_forecasts,
    traffic_light,
)
from zkrisk.analytics.conventions import (
    SHORTFALL_CONVENTIONS,
    VAR_CONVENTIONS,
    ConventionLine,
    ConventionTable,
    compare_conventions,
    expected_shortfall_by,
    value_at_risk_by,
)
from zkrisk.analytics.correlation import (
    STRESSED_CORRELATION,
    CorrelatedPair,
    correlated_pairs,
    correlation_matrix,
    correlation_with,
    stressed_covariance,
    stressed_var,
)
from zkrisk.analytics.coverage import LikelihoodRatio, Transitions, christoffersen, kupiec_pof
from zkrisk.analytics.distributions import binomial_cumulative, chi_square_tail, normal_quantile
from zkrisk.analytics.drawdown import Drawdown, drawdown
from zkrisk.analytics.factors import FactorModel, principal_factors
from zkrisk.analytics.liquidity import (
    SPREAD_STRESS,
    LiquidityVar,
    Market,
    days_to_unwind,
    half_spread_cost,
    liquidity_var,
    unwind_factor_e6,
)
from zkrisk.analytics.many import ManyBooks, SheetArrays, TailArrays, risk_many
from zkrisk.analytics.margin import MarginComparison, ScanRisk, compare_margin, okx_maintenance_margin, scan_risk
from zkrisk.analytics.monte_carlo import MonteCarlo, monte_carlo, seed_from, simulate_returns
from zkrisk.analytics.normals import normals_e9
from zkrisk.analytics.parametric import (
    EWMA_LAMBDA,
    Mean,
    ParametricVar,
    ewma_covariance,
    in_time_order,
    parametric_figures,
    parametric_var,
    sample_covariance,
)
from zkrisk.analytics.text import decimal_text

__all__ = [
    "EWMA_LAMBDA",
    "FRTB_MULTIPLIERS",
    "SHORTFALL_CONVENTIONS",
    "SPREAD_STRESS",
    "STRESSED_CORRELATION",
    "VAR_CONVENTIONS",
    "Backtest",
    "BaselZone",
    "ConventionLine",
    "ConventionTable",
    "CorrelatedPair",
    "Drawdown",
    "FactorModel",
    "LikelihoodRatio",
    "LiquidityVar",
    "ManyBooks",
    "MarginComparison",
    "Market",
    "Mean",
    "MonteCarlo",
    "ParametricVar",
    "ScanRisk",
    "SheetArrays",
    "TailArrays",
    "Transitions",
    "Zone",
    "backtest",
    "backtest_dated",
    "basel_zone",
    "binomial_cumulative",
    "chi_square_tail",
    "christoffersen",
    "compare_conventions",
    "compare_margin",
    "correlated_pairs",
    "correlation_matrix",
    "correlation_with",
    "days_to_unwind",
    "decimal_text",
    "drawdown",
    "ewma_covariance",
    "expected_shortfall_by",
    "half_spread_cost",
    "in_time_order",
    "kupiec_pof",
    "liquidity_var",
    "monte_carlo",
    "normal_quantile",
    "normals_e9",
    "okx_maintenance_margin",
    "parametric_figures",
    "parametric_var",
    "principal_factors",
    "risk_many",
    "rolling_forecasts",
    "sample_covariance",
    "scan_risk",
    "seed_from",
    "simulate_returns",
    "stressed_covariance",
    "stressed_var",
    "traffic_light",
    "unwind_factor_e6",
    "value_at_risk_by",
]
