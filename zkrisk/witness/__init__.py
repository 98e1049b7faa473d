"""From a statement and an opening to the witness of a circuit."""

from zkrisk.witness.calculator import WitnessCalculator
from zkrisk.witness.inputs import circuit_inputs
from zkrisk.witness.statement import (
    ComplianceStatement,
    HealthStatement,
    SignalRange,
    SignalSet,
    signal_layout,
    signal_ranges,
)

__all__ = [
    "ComplianceStatement",
    "HealthStatement",
    "SignalRange",
    "SignalSet",
    "WitnessCalculator",
    "circuit_inputs",
    "signal_layout",
    "signal_ranges",
]
