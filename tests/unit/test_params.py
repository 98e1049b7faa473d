"""Constants: the generated files are those of params.toml, and the numbers fit each other."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from zkrisk import params

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "generate_params.py"
GENERATED = (
    "zkrisk/params.py",
    "circuits/lib/params.circom",
    "contracts/src/libraries/Params.sol",
    "prover/src/params.rs",
)


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_check_edited_file_exits_1_and_names_it(tmp_path):
    shutil.copy(ROOT / "params.toml", tmp_path)
    assert generate("--root", str(tmp_path)).returncode == 0
    edited = tmp_path / "circuits/lib/params.circom"
    edited.write_text(edited.read_text().replace("return 64;", "return 65;", 1))
    result = generate("--root", str(tmp_path), "--check")
    assert result.returncode == 1
    assert "params.circom" in result.stderr
    assert "return 65;" in edited.read_text(), "--check writes nothing"


def test_check_missing_file_exits_1(tmp_path):
    shutil.copy(ROOT / "params.toml", tmp_path)
    assert generate("--root", str(tmp_path), "--check").returncode == 1


def test_check_repository_files_are_generated_ones():
    result = generate("--check")
    assert result.returncode == 0, result.stderr


def test_generate_twice_same_bytes(tmp_path):
    shutil.copy(ROOT / "params.toml", tmp_path)
    generate("--root", str(tmp_path))
    for name in GENERATED:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_derived_numbers_fit_each_other():
    assert params.CASH_PRICE == 10 ** (params.PRICE_EXPONENT - params.CASH_DECIMALS) == 10**10
    assert 2 ** (params.REMAINDER_BITS - 1) < params.VALUE_PER_CENT < 2**params.REMAINDER_BITS
    assert params.VALUE_BITS == 96
    for tier in params.TIERS.values():
        largest_loss = tier.instruments * (2**params.RETURN_BITS * 2**params.EXPOSURE_BITS + params.RETURN_SCALE)
        assert 2 * largest_loss < 2**params.LOSS_BITS, "a loss minus a threshold fits too"


def test_names_are_those_of_the_protocol():
    assert len(params.STATEMENTS) == 8
    assert params.POLICY_SCALARS[-2:] == ("tail_count", "tail_mass")
    assert params.POSEIDON_DOMAIN_BOOK.to_bytes(14, "big") == b"zkrisk.book.v1"
    assert params.Assurance.SELF_DECLARED < params.Assurance.CUSTODIAN_SIGNED < params.Assurance.VENUE_SIGNED
    assert params.SlotStatus.OK == 0
