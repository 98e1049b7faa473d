"""L6: a marked book goes through success, failure, crash and kill; afterwards nothing outside the store knows it."""

from __future__ import annotations

import base64
import os
import resource
import subprocess
import sys

import pytest
from canary import CANARY_BOOK, CANARY_PASSPHRASE, forms, forms_of_integer, hits
from conftest import ACCOUNT, ROOT, Program

from zkrisk.store import Store

INJECTED = {
    "success at the finest logging": "",
    "an exception that quotes": "raise ValueError(locals(), zkrisk_values(connection))",
    "an error of ours that quotes nothing": "raise sealed.StoreCorrupt('records are missing')",
    "abort": "os.abort()",
    "segmentation fault": "ctypes.string_at(0)",
    "kill": "os.kill(os.getpid(), 9)",
}
PRELUDE = """
import ctypes, faulthandler, logging, os, sys
logging.basicConfig(level=1)
faulthandler.enable()
import sqlalchemy
from zkrisk.store import sealed
real = sealed.SealedRecords._renew_manifest
def zkrisk_values(connection):
    return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM record")]
def injected(self, connection, data_key=None):
    INJECTED
    return real(self, connection, data_key)
sealed.SealedRecords._renew_manifest = injected
import zkrisk.cli.run as run
run.main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A store with the marked book; the file that it came from is gone."""
    program = Program(tmp_path_factory.mktemp("marked"))
    program.write("marked.csv", CANARY_BOOK)
    assert program("init", passphrase=CANARY_PASSPHRASE).code == 0
    assert program("book", "add", "marked.csv", "--name", "main", passphrase=CANARY_PASSPHRASE).code == 0
    (program.folder / "marked.csv").unlink()
    return program


def run_injected(program: Program, name: str, *arguments: str) -> bytes:
    """Run a command that meets something in the middle of a write, with core files allowed; returns what it said."""
    code = PRELUDE.replace("INJECTED", INJECTED[name] or "pass")
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(program.folder)}
    variables |= {"ZKRISK_HOME": str(program.home), "ZKRISK_PASSPHRASE": CANARY_PASSPHRASE}
    variables |= {"TMPDIR": str(program.folder / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}

    def allow_cores() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, *arguments],
        cwd=program.folder, env=variables, capture_output=True, check=False, timeout=120, preexec_fn=allow_cores,
    )  # fmt: skip
    assert (ran.returncode == 0) == (INJECTED[name] == ""), ran.stderr.decode()[-2000:]
    return ran.stdout + ran.stderr


def secrets_of(program: Program) -> list[int]:
    """Salts that were drawn, and the key that everything is sealed under."""
    with Store.open(program.home, CANARY_PASSPHRASE) as store:
        salts = [store.opening_for(info.commitment).salt for info in store.openings()]
        return [*salts, int.from_bytes(store._records._data_key.secret, "big")]


@pytest.mark.parametrize("name", INJECTED)
def test_l6_nothing_is_said_or_left_whatever_happens_in_a_write(marked, name):
    said = run_injected(marked, name, "commit", "main", "--account", ACCOUNT, "-v")
    wanted = forms(secrets_of(marked))
    assert hits(said, wanted) == []
    assert hits(marked.everything(), wanted) == []
    assert not [path for path in marked.folder.rglob("*") if path.name.startswith("core")]


def test_l6_commands_that_fail_say_nothing(marked):
    wanted = forms()
    for arguments, code in (
        (("commit", "main", "--account", "0x12"), 3),
        (("risk", "main"), 3),
        (("risk", "main", "--sheet", "synthetic:7", "--policy", "nobody", "--json"), 3),
        (("prove", "main", "--policy", "lender-a"), 2),
        (("book", "add", "missing.csv"), 3),
    ):
        ran = marked(*arguments, passphrase=CANARY_PASSPHRASE)
        assert ran.code == code, ran.err
        assert hits((ran.out + ran.err).encode(), wanted) == []
    assert hits(marked.everything(), wanted) == []


def test_l6_search_finds_a_planted_canary_in_every_form(marked):
    wanted, lots = forms(), 7_315_926_438_271_605
    for planted in (
        CANARY_PASSPHRASE.encode(), CANARY_PASSPHRASE.encode().hex().encode(), CANARY_PASSPHRASE.encode("utf-16-le"),
        base64.b64encode(b"xy" + CANARY_PASSPHRASE.encode() + b"z"), b"ETH 73159264.38271605", str(lots * 100).encode(),
        f"{lots:#x}".encode(), lots.to_bytes(32, "little"), lots.to_bytes(8, "big"),
        (lots * 10**10).to_bytes(32, "little"),
    ):  # fmt: skip
        path = marked.folder / "planted"
        path.write_bytes(b"before" + planted + b"after")
        assert hits(marked.everything(), wanted), planted
        path.unlink()
    assert hits(marked("book", "show", "main", passphrase=CANARY_PASSPHRASE).out.encode(), wanted)
    assert forms_of_integer(2**64 - 1) >= {b"18446744073709551615", b"f" * 16, b"\xff" * 8}
