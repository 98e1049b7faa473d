"""Report-only analytics: figures that are shown, never proved and never compared with a limit. Floats are allowed here.

What is proved lives in `zkrisk.metrics`, in integers; nothing of this package enters a proof, a policy or a contract.
"""

from zkrisk.analytics.backtest import (
    FRTB_MULTIPLIERS,
    Backtest,
    BaselZone,
    LikelihoodRatio,
    Transitions,
    Zone,
    backtest,
    backtest_dated,
    basel_zone,
    christoffersen,
    kupiec_pof,
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
from zkrisk.analytics.distributions import binomial_cumulative, chi_square_tail, normal_quantile
from zkrisk.analytics.text import decimal_text

__all__ = [
    "FRTB_MULTIPLIERS",
    "SHORTFALL_CONVENTIONS",
    "VAR_CONVENTIONS",
    "Backtest",
    "BaselZone",
    "ConventionLine",
    "ConventionTable",
    "LikelihoodRatio",
    "Transitions",
    "Zone",
    "backtest",
    "backtest_dated",
    "basel_zone",
    "binomial_cumulative",
    "chi_square_tail",
    "christoffersen",
    "compare_conventions",
    "decimal_text",
    "expected_shortfall_by",
    "kupiec_pof",
    "normal_quantile",
    "value_at_risk_by",
]
