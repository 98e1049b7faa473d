"""The bounds that the contracts give the public inputs. Nothing else is taken from outside the constraints.

The inputs of `bind` that the contract supplies reach it through one public value, the fingerprint of their list: they
are private inputs that equal the contract's.

Each line names who refuses other values. What only the circuit checks (`enabled`), and what no comparison needs, has no
line here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping

from determinism.circuit import ROOT, Circuit
from determinism.integers import Interval

_PARAMETERS = tomllib.loads((ROOT / "params.toml").read_text())
_WIDTH, _BPS, _SCALE = _PARAMETERS["width"], _PARAMETERS["scale"]["bps"], 10 ** _PARAMETERS["scale"]["return_exponent"]
_RATIO: Interval = (0, (1 << _WIDTH["ratio"]) - 1)
_RETURN: Interval = (-_SCALE, (1 << _WIDTH["return"]) - 1)


def _bounds(scenarios: int) -> Mapping[str, Interval]:
    return {
        "leg_long": (0, (1 << _WIDTH["leg"]) - 1),  # AccountLedger: LegTooLarge
        "leg_short": (0, (1 << _WIDTH["leg"]) - 1),
        "price": (0, (1 << _WIDTH["price"]) - 1),  # SheetBase: a price above 64 bits is not used
        "threshold_bps": _RATIO,  # 10 000 or 9 500, constants of the vault
        "health_min_bps": _RATIO,  # PolicyRegistry: LimitOutOfRange, this and the next six
        "leverage_max_bps": _RATIO,
        "position_max_bps": _RATIO,
        "hhi_max_bps": _RATIO,
        "var_max_bps": _RATIO,
        "expected_shortfall_max_bps": _RATIO,
        "stress_max_bps": _RATIO,
        "sector_max_bps": _RATIO,
        "tail_count": (0, scenarios),  # PolicyRegistry: computed from the confidence, which is below 10^4
        "tail_mass": (0, _BPS * scenarios),
        "liquidation_threshold_bps": (0, _BPS),  # SheetParameters: ParameterOutOfRange, this and the next three
        "borrow_factor_bps": _RATIO,
        "sector": (0, 1),
        "stress_return": _RETURN,
        "window_return": _RETURN,  # ScenarioWindow: clamped at 2^23 - 1, and a price cannot fall by more than all
    }


_BINDING: Mapping[str, Interval] = {
    "price": (0, (1 << _WIDTH["price"]) - 1),  # as above
    "coverage_bps": (0, _BPS),  # BookBinder: CoverageOutOfRange
}


def public_bounds(circuit: Circuit) -> dict[int, Interval]:
    """Return the bounds of the inputs of an instance that the contracts supply."""
    if circuit.file.startswith("bind_"):
        return _named(circuit, circuit.private_inputs, _BINDING)
    rows = {
        match[1] for w in circuit.public_inputs if (match := re.search(r"window_return\[(\d+)\]", circuit.label(w)))
    }
    return _named(circuit, circuit.public_inputs, _bounds(len(rows)))


def _named(circuit: Circuit, inputs: Iterable[int], bounds: Mapping[str, Interval]) -> dict[int, Interval]:
    found = {}
    for wire in inputs:
        name = circuit.label(wire).removeprefix("main.").partition("[")[0]
        if name in bounds:
            found[wire] = bounds[name]
    return found
