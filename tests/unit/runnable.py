"""The proving backends that this machine can run."""

from __future__ import annotations

from typing import Final

from zkrisk import _prover
from zkrisk.proof.groth16 import BACKENDS

RUNNABLE: Final = tuple(
    name for name in BACKENDS if not name.startswith("native-") or name.removeprefix("native-") in _prover.kernels()
)
