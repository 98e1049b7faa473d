#!/usr/bin/env python3
"""Install the tools that only the long attacks need (slither, halmos, cvc5) to build/assurance-venv.

They need older versions of what the client uses, so they have an environment of their own. Nothing is done when the
lock file and Python are those of the last time. To change a version: edit requirements-assurance.in, then `uv pip
compile requirements-assurance.in --generate-hashes --no-emit-index-url --no-header -o requirements-assurance.lock`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup import install_apart

if __name__ == "__main__":
    install_apart("assurance", "bin/slither")
