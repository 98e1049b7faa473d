"""Nowhere to write: every command says so in one line, with the right exit code, and nothing is lost (L5)."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ACCOUNT, PASSPHRASE, ROOT, Program
from test_bad_input import FIRST_LINE

from zkrisk.store import StoreIndex

SHEET = ("--sheet", "synthetic:7")
FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def stocked_once(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One store for all: no command here may change it for the worse."""
    program = Program(tmp_path_factory.mktemp("stocked"))
    program("init")
    program.write("good.csv", "instrument,long,short\nUSD,250000,0\nETH,200,0\n")
    assert program("book", "add", "good.csv", "--name", "main").code == 0
    return program


def start(program: Program, *arguments: str, stdout: int | str, limit: int | None = None):
    """Run with an answer that goes somewhere, and perhaps with files that cannot grow beyond so many bytes."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(program.folder)}
    variables |= {"ZKRISK_HOME": str(program.home), "ZKRISK_PASSPHRASE": PASSPHRASE}
    # A limit on files would leave Python's own cache of compiled modules cut short.
    variables["PYTHONDONTWRITEBYTECODE"] = "1"

    def narrow() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    target = open(stdout, "w") if isinstance(stdout, str) else stdout  # noqa: SIM115  (closed by the end of the test)
    return subprocess.run(
        [sys.executable, "-m", "zkrisk.cli", *arguments],
        cwd=program.folder, env=variables, stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.PIPE,
        text=True, check=False, timeout=120, preexec_fn=narrow,
    )  # fmt: skip


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("--version",), 12),
        (("risk", "main", *SHEET), 12),
        (("book", "export", "main"), 12),
        (("book", "show", "nobody", "--json"), 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_l5_answer_that_nobody_can_keep_is_an_error(stocked_once, arguments, exit_code):
    ran = start(stocked_once, *arguments, stdout=str(FULL))
    assert ran.returncode == exit_code, ran.stderr
    assert FIRST_LINE.fullmatch(ran.stderr.splitlines()[0]), ran.stderr
    assert "Traceback" not in ran.stderr and "Exception ignored" not in ran.stderr
    assert not list(stocked_once.home.glob("logs/*")), "reported as a bug"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "left"),
    [
        (("book", "add", "good.csv", "--name", "second"), 10, None),
        (("commit", "main", "--account", ACCOUNT), 10, None),
        (("store", "backup", "b.zkb"), 10, "b.zkb"),
        (("book", "export", "main", "-o", "out.json"), 3, "out.json"),
        (("--home", "elsewhere", "init"), 10, "elsewhere/store.db"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_l5_file_that_cannot_grow_is_an_error_and_leaves_nothing_half(stocked_once, arguments, exit_code, left):
    ran = start(stocked_once, *arguments, stdout=subprocess.PIPE, limit=100)
    assert ran.returncode == exit_code, ran.stderr
    assert FIRST_LINE.fullmatch(ran.stderr.splitlines()[0]) and "Traceback" not in ran.stderr
    assert left is None or not (stocked_once.folder / left).exists()
    with StoreIndex.at(stocked_once.home) as index:
        assert [info.name for info in index.books()] == ["main"] and index.openings() == ()


def test_l5_work_goes_on_when_there_is_space_again(stocked_once):
    assert (
        start(stocked_once, "commit", "main", "--account", ACCOUNT, stdout=subprocess.PIPE, limit=600).returncode == 10
    )
    assert stocked_once("commit", "main", "--account", ACCOUNT).code == 0
    assert stocked_once("store", "backup", "good.zkb").code == 0


def test_too_little_memory_is_an_error(stocked_once):
    code = "import zkrisk.cli.run as run\ndef out(*_):\n    raise MemoryError\nrun._run = out\nrun.main([])\n"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (12, "error[ENVIRONMENT]: there is not enough memory\n")
