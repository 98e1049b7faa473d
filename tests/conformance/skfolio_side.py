"""The other library's side of the comparison: runs in build/conformance-venv, alone, and imports nothing of ours.

Reads ``[[losses, confidence in bps], ...]`` and writes its version with ``[[value at risk, conditional value at risk],
...]``. Returns are minus the losses; the level is the nearest double to the confidence.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

import numpy as np
from skfolio.measures import cvar, value_at_risk


def main() -> None:
    """Answer the question on the standard input."""
    figures = []
    for losses, confidence_bps in json.load(sys.stdin):
        returns = -np.array(losses, dtype=np.float64)
        beta = confidence_bps / 10_000
        figures.append([float(value_at_risk(returns, beta=beta)), float(cvar(returns, beta=beta))])
    json.dump({"version": version("skfolio"), "figures": figures}, sys.stdout)


if __name__ == "__main__":
    main()
