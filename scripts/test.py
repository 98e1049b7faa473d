#!/usr/bin/env python3
"""Every test of the project, in the order in which a failure is cheapest to find. What `make test` and CI run."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
FORGE_PLATFORMS = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def forge() -> str:
    """Return the native forge binary: the npm launcher exits 0 when tests fail."""
    system = sys.platform.removesuffix("2")
    machine = FORGE_PLATFORMS[platform.machine()]
    return str(ROOT / "node_modules" / "@foundry-rs" / f"forge-{system}-{machine}" / "bin" / "forge")


@dataclass(frozen=True)
class Stage:
    """One command of the suite.

    Attributes:
        must_print: For a stage that has to fail: what its output must name, so that it fails for the right reason.
        quiet: Show its output only when it fails.
    """

    name: str
    command: list[str]
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    must_print: str | None = None
    quiet: bool = False

    def run(self) -> bool:
        """Run it; return whether it ended as it must."""
        scrubbed = {name: value for name, value in os.environ.items() if not name.startswith("ZKRISK_")}
        environment = {**scrubbed, **self.environment}
        captured = self.quiet or self.must_print is not None
        done = subprocess.run(
            self.command, cwd=self.folder, env=environment, check=False, capture_output=captured, text=True
        )
        if self.must_print is not None:
            return done.returncode != 0 and self.must_print in done.stdout
        if self.quiet and done.returncode != 0:
            print(done.stdout + done.stderr)
        return done.returncode == 0


def stages() -> list[Stage]:
    """Return the stages in order."""
    crate, contracts = ROOT / "prover", ROOT / "contracts"
    lint = [
        "cargo",
        "clippy",
        "--profile",
        "checked",
        "--features",
        "oracle",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]
    return [
        Stage("checks", [str(PYTHON), "scripts/check.py"]),
        # A file that cannot be imported must not be found out after everything else has passed.
        Stage("collection", [str(PYTHON), "-m", "pytest", "--collect-only", "-qqq"], quiet=True),
        Stage("rust lint", lint, crate),
        Stage("rust", ["cargo", "test", "--profile", "checked", "--features", "oracle", "--quiet"], crate),
        Stage("contracts", [forge(), "test"], contracts),
        # K27: the other code generator must give the same results. The invariants are not run twice.
        Stage(
            "legacy",
            [forge(), "test", "--no-match-path", "test/{canary,invariant}/*"],
            contracts,
            {"FOUNDRY_PROFILE": "legacy"},
        ),
        # T1: a runner that reports a failing test as passed would make every line above worthless.
        Stage("canary", [forge(), "test"], contracts, {"FOUNDRY_PROFILE": "canary"}, "test_T1_Canary_MustFail"),
        Stage("python", [str(PYTHON), "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]),
    ]


def main() -> int:
    """Run the stages, or those that are named; stop at the first that fails."""
    start = time.monotonic()
    only = set(sys.argv[1:])
    for stage in stages():
        if only and stage.name not in only:
            continue
        began = time.monotonic()
        print(f"── {stage.name}", flush=True)
        if not stage.run():
            print(f"FAIL {stage.name}", flush=True)
            return 1
        print(f"   {stage.name}: ok, {time.monotonic() - began:.0f} s", flush=True)
    print(f"all stages passed, {time.monotonic() - start:.0f} s in all", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
