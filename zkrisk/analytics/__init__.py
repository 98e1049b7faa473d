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
from zkrisk.analytics.distributions import binomial_cumulative, chi_square_tail, normal_quantile

__all__ = [
    "FRTB_MULTIPLIERS",
    "Backtest",
    "BaselZone",
    "LikelihoodRatio",
    "Transitions",
    "Zone",
    "backtest",
    "backtest_dated",
    "basel_zone",
    "binomial_cumulative",
    "chi_square_tail",
    "christoffersen",
    "kupiec_pof",
    "normal_quantile",
]
