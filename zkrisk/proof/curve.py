"""BN254 in Python (py_ecc), without what importing it does to the interpreter.

py_ecc raises the recursion limit to 100 000. At that limit a deeply nested JSON text overflows the C stack and kills
the process, where it would end in a RecursionError: a hostile file could do that to whoever verifies.
"""

from __future__ import annotations

import sys

_LIMIT = sys.getrecursionlimit()

from py_ecc import optimized_bn128 as curve  # noqa: E402
from py_ecc.fields import optimized_bn128_FQ as FQ  # noqa: E402
from py_ecc.fields import optimized_bn128_FQ2 as FQ2  # noqa: E402

sys.setrecursionlimit(_LIMIT)

__all__ = ["FQ", "FQ2", "curve"]
