"""Runs the program as people do: a process of its own, a home of its own, no terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PASSPHRASE = "correct horse"  # noqa: S105  (a test's)


@dataclass
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Stdout, which must be one JSON document without floats."""
        return json.loads(self.out, parse_float=_refuse, parse_constant=_refuse)


def _refuse(text: str) -> None:
    raise AssertionError("a float on stdout")


class Program:
    """Runs zkrisk in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"

    def __call__(self, *arguments: str, passphrase: str | None = PASSPHRASE, stdin: str = "", **variables: str) -> Ran:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "ZKRISK_HOME": str(self.home),
            **variables,
        }
        if passphrase is not None:
            environment["ZKRISK_PASSPHRASE"] = passphrase
        (self.folder / "tmp").mkdir(exist_ok=True)
        ran = subprocess.run(
            [sys.executable, "-m", "zkrisk.cli", *arguments],
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder of the run."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def everything(self) -> bytes:
        """All bytes that the runs left on disk."""
        return b"\0".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A folder without a store."""
    return Program(tmp_path)


@pytest.fixture
def stocked(program: Program) -> Program:
    """A folder with a store and one book."""
    assert program("init").code == 0
    program.write("good.csv", "instrument,long,short\nUSD,250000,0\nETH,200,0\nSOL,0,300\n")
    assert program("book", "add", "good.csv", "--name", "main").code == 0
    return program
