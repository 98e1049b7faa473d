"""`python -m zkrisk.demo [--json] [--fresh]`: the outer function, which reads arguments, clock and environment."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from zkrisk.demo import DemoOptions, run_demo
from zkrisk.errors import ZkRiskError


def command_name() -> str:
    """Return how `zkrisk` is called from here: by name when it is on the path, else beside this interpreter."""
    if shutil.which("zkrisk"):
        return "zkrisk"
    beside = Path(sys.executable).parent / "zkrisk"
    if not beside.exists():
        return f"{shown(Path(sys.executable))} -m zkrisk.cli"
    return shown(beside)


def shown(path: Path) -> str:
    """Return a path as one would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def main() -> int:
    """Run the demonstration; return its exit code."""
    parser = argparse.ArgumentParser(prog="zkrisk demo", description="the whole story on a local chain")
    parser.add_argument("--json", action="store_true", help="one event object a line")
    parser.add_argument("--fresh", action="store_true", help="build the deployment again instead of loading it")
    given = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    options = DemoOptions(
        folder=root / "build" / "demo",
        shown_folder="build/demo",
        command=command_name(),
        json_lines=given.json,
        fresh=given.fresh,
        clock=time.monotonic,
    )
    try:
        run_demo(options, sys.stdout)
    except ZkRiskError as error:
        where = f"\n  {error.where}" if error.where else ""
        hint = f"\n  try: {error.hint}" if error.hint else ""
        print(f"error[{error.code}]: {error.message}{where}{hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
