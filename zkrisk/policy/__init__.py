"""Public limits on risk metrics: read, hashed, put in the order of the circuit's signals, and shown in one line."""

from zkrisk.policy.load import bundled_policies, load_policy, parse_policy
from zkrisk.policy.models import Limits, Policy, SectorLimits, parse_bps, tail_count, tail_mass
from zkrisk.policy.text import disabled_text, limit_text, percent_text, policy_text, statement_label

__all__ = [
    "Limits",
    "Policy",
    "SectorLimits",
    "bundled_policies",
    "disabled_text",
    "limit_text",
    "load_policy",
    "parse_bps",
    "parse_policy",
    "percent_text",
    "policy_text",
    "statement_label",
    "tail_count",
    "tail_mass",
]
