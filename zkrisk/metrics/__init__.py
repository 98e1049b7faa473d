"""Risk metrics: pure functions of integer vectors. No float, no division that does not say which way it rounds."""

from zkrisk.metrics.aave import BALANCE_RULES, accrued_index_aave, balance_aave
from zkrisk.metrics.check import blocked_held, check, is_healthy, loss_share, tail_threshold
from zkrisk.metrics.component import Components, components, loss_parts, marginal_var, var_scenario
from zkrisk.metrics.concentration import hhi, position_shares, sector_shares, sector_values
from zkrisk.metrics.difference import MetricChange, RiskDiff, risk_difference
from zkrisk.metrics.distance import Direction, Distance, distance_to_liquidation
from zkrisk.metrics.expected_shortfall import expected_shortfall, expected_shortfall_at
from zkrisk.metrics.exposures import (
    Exposures,
    Lots,
    check_ranges,
    equity,
    exposures_cents_down,
    exposures_of,
    gross_value,
    net_values,
    total_lots,
)
from zkrisk.metrics.health import (
    HEALTH_RULES,
    health_factor,
    health_factor_aave_v3_0,
    health_factor_aave_v3_7,
    health_sums,
)
from zkrisk.metrics.historical_var import historical_var, loss_order, tail_count, tail_mass
from zkrisk.metrics.leverage import gross_leverage, net_leverage
from zkrisk.metrics.ltv import loan_to_value
from zkrisk.metrics.ratio import Ratio, Status
from zkrisk.metrics.report import DEFAULT_CONFIDENCES, PositionLine, RiskReport, StressLine, TailLine, Values, risk
from zkrisk.metrics.rows import MetricRow, metric_rows
from zkrisk.metrics.scenario_losses import scenario_losses
from zkrisk.metrics.stress import stress_losses, worst_stress
from zkrisk.metrics.text import Unit
from zkrisk.metrics.verdict import LimitCheck, Verdict

__all__ = [
    "BALANCE_RULES",
    "DEFAULT_CONFIDENCES",
    "HEALTH_RULES",
    "Components",
    "Direction",
    "Distance",
    "Exposures",
    "LimitCheck",
    "Lots",
    "MetricChange",
    "MetricRow",
    "PositionLine",
    "Ratio",
    "RiskDiff",
    "RiskReport",
    "Status",
    "StressLine",
    "TailLine",
    "Unit",
    "Values",
    "Verdict",
    "accrued_index_aave",
    "balance_aave",
    "blocked_held",
    "check",
    "check_ranges",
    "components",
    "distance_to_liquidation",
    "equity",
    "expected_shortfall",
    "expected_shortfall_at",
    "exposures_cents_down",
    "exposures_of",
    "gross_leverage",
    "gross_value",
    "health_factor",
    "health_factor_aave_v3_0",
    "health_factor_aave_v3_7",
    "health_sums",
    "hhi",
    "historical_var",
    "is_healthy",
    "loan_to_value",
    "loss_order",
    "loss_parts",
    "loss_share",
    "marginal_var",
    "metric_rows",
    "net_leverage",
    "net_values",
    "position_shares",
    "risk",
    "risk_difference",
    "scenario_losses",
    "sector_shares",
    "sector_values",
    "stress_losses",
    "tail_count",
    "tail_mass",
    "tail_threshold",
    "total_lots",
    "var_scenario",
    "worst_stress",
]
