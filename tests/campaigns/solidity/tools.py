"""Where the tools of the long attacks are, and a copy of the contracts that they can read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.test import forge
from tests.campaigns.record import ROOT

__all__ = ["environment", "flat_copy", "tool"]


def tool(name: str) -> str:
    """Return a program of the assurance environment, which is set up when it is missing or old."""
    subprocess.run([sys.executable, str(ROOT / "scripts" / "setup_assurance.py")], check=True, cwd=ROOT)
    return str(ROOT / "build" / "assurance-venv" / "bin" / name)


def environment() -> dict[str, str]:
    """Return an environment in which `forge` is the native one."""
    return {**os.environ, "PATH": f"{Path(forge()).parent}{os.pathsep}{os.environ['PATH']}"}


def flat_copy(folder: Path, *parts: str) -> None:
    """Copy parts of contracts/ with their dependencies below them, without code generation through IR.

    With the dependencies beside the project the compiler's output has two names for one file, and the tools silently
    leave out every contract that inherits from such a file.
    """
    for part in parts:
        shutil.copytree(ROOT / "contracts" / part, folder / part)
    shutil.copytree(ROOT / "node_modules" / "@openzeppelin", folder / "node_modules" / "@openzeppelin")
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "solc", folder / "scripts")
    (folder / "node_modules" / "solc").symlink_to(ROOT / "node_modules" / "solc")
    settings = (ROOT / "contracts" / "foundry.toml").read_text().partition("\n[")[2]
    for old, new in (("../", ""), ("via_ir = true", "via_ir = false"), ("dynamic_test_linking = true", "")):
        settings = settings.replace(old, new)
    settings = re.sub(r"^no_match_path.*$", "", settings, flags=re.MULTILINE)
    (folder / "foundry.toml").write_text(f"[{settings}")
