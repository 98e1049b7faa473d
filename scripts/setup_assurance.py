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

from setup import ROOT, digest, run, step

ENVIRONMENT = ROOT / "build" / "assurance-venv"
LOCK = ROOT / "requirements-assurance.lock"


def install() -> None:
    """Make the environment anew, with the locked packages and their hashes."""
    run("assurance-venv", sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    python = ENVIRONMENT / "bin" / "python"
    run("assurance-pip", python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK)


def main() -> None:
    """Install unless what is there is up to date."""
    version = ".".join(map(str, sys.version_info[:3]))
    present = (ENVIRONMENT / "bin" / "slither").exists()
    step("assurance", digest([LOCK], version), present, install)


if __name__ == "__main__":
    main()
