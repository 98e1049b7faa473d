# ruff: noqa: N802
"""What importing a library must not do to the process."""

from __future__ import annotations

import subprocess
import sys

_DEEP = (
    "import sys, json; before = sys.getrecursionlimit(); import zkrisk.proof.backends.pairing, zkrisk.proof.folding\n"
)


def test_P5_verifying_leaves_the_recursion_limit_as_it_was():
    done = subprocess.run(
        [sys.executable, "-c", _DEEP + "assert sys.getrecursionlimit() == before"], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_L1_deep_json_is_an_error_and_no_crash_where_the_verifier_is_loaded():
    code = _DEEP + "\ntry:\n    json.loads('[' * 100_000)\nexcept RecursionError:\n    sys.exit(7)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 7
