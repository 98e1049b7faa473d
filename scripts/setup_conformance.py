#!/usr/bin/env python3
"""Install the library that our tail measures are compared with (skfolio) to build/conformance-venv.

Its dependencies are heavy and nothing else needs them, so it has an environment of its own. Nothing is done when the
lock file and Python are those of the last time. To change a version: edit requirements-conformance.in, then `uv pip
compile requirements-conformance.in --generate-hashes --no-emit-index-url --no-header -o requirements-conformance.lock`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup import install_apart

if __name__ == "__main__":
    install_apart("conformance", "lib/python3*/site-packages/skfolio/__init__.py")
