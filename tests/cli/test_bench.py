"""``zkrisk bench prove``: every prover that is there, in one run, and clear words about one that is not."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program
from zkrisk import _prover

RUN = ("bench", "prove", "--tier", "micro", "--runs", "1")


def test_every_prover_is_timed(program: Program) -> None:
    ran = program(*RUN, "--json")
    assert ran.code == 0, ran.err
    result = ran.document["result"]
    named = [row["prover"] for row in result["times"]]
    for kernel in _prover.kernels():
        assert f"zkrisk, {kernel}, 2 threads" in named and f"zkrisk, {kernel}, 1 thread" in named
    assert {"snarkjs, warm", "zkrisk, a process for one proof"} <= set(named)
    assert all(0 < row["min_us"] <= row["median_us"] <= row["max_us"] for row in result["times"])
    assert 0 <= result["witness_share_percent"] <= 100


def test_rapidsnark_is_another_when_it_is_named(program: Program, tmp_path: Path) -> None:
    stand_in = tmp_path / "prover"
    stand_in.write_text("#!/bin/sh\ntest -s $1 && test -s $2 && echo > $3 && echo > $4\n")
    stand_in.chmod(0o755)
    ran = program(*RUN, RAPIDSNARK_BIN=str(stand_in))
    assert ran.code == 0 and "rapidsnark" in ran.out


def test_a_rapidsnark_that_is_not_there_or_fails_is_said(program: Program, tmp_path: Path) -> None:
    missing = program(*RUN, RAPIDSNARK_BIN=str(tmp_path / "nothing"))
    assert missing.code == 2 and "RAPIDSNARK_BIN" in missing.err
    failing = tmp_path / "prover"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    ran = program(*RUN, RAPIDSNARK_BIN=str(failing))
    assert ran.code == 12 and "made no proof" in ran.err


def test_an_unknown_tier_is_a_usage_error(program: Program) -> None:
    ran = program("bench", "prove", "--tier", "huge")
    assert ran.code == 2 and "standard" in ran.err
