"""What compiles and what verifies is what was locked (T2)."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from scripts import build_circuits, tools

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is locked of node_modules."""
    folder = tmp_path_factory.mktemp("modules")
    for name in tools.TREES:
        shutil.copytree(ROOT / "node_modules" / name, folder / name)
    return folder


def test_T2_installed_tools_are_the_locked_ones(modules: Path) -> None:  # noqa: N802
    assert tools.differing(ROOT / "node_modules") == []
    assert tools.differing(modules) == []


@pytest.mark.parametrize(
    "file",
    [
        "solc/soljson.js",
        "circom2/circom.wasm",
        "snarkjs/build/main.cjs",
        "ffjavascript/build/main.cjs",
        "circomlib/circuits/poseidon_constants.circom",
        "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol",
    ],
)
def test_T2_one_byte_of_a_tool_is_noticed(modules: Path, file: str) -> None:  # noqa: N802
    path = modules / file
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    try:
        assert tools.differing(modules) == [next(name for name in tools.TREES if file.startswith(name + "/"))]
    finally:
        path.write_bytes(content)


def test_T2_file_added_or_removed_is_noticed(modules: Path) -> None:  # noqa: N802
    extra = modules / "circomlib" / "circuits" / "more.circom"
    extra.write_text("")
    assert tools.differing(modules) == ["circomlib/circuits"]
    extra.unlink()
    (modules / "solc" / "wrapper.js").rename(modules / "solc" / "unwrapper.js")
    assert tools.differing(modules) == ["solc"]
    (modules / "solc" / "unwrapper.js").rename(modules / "solc" / "wrapper.js")


def test_T2_every_package_is_locked_with_its_hash() -> None:  # noqa: N802
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(entry["integrity"].startswith("sha512-") for path, entry in packages.items() if path)
    pins = json.loads((ROOT / "package.json").read_text())
    wanted = pins["dependencies"] | pins["optionalDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(packages[f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    requirements = re.sub(r"\\\n", " ", (ROOT / "requirements.lock").read_text())
    lines = [line for line in requirements.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines and all(re.match(r"\S+==\S+ .*--hash=sha256:", line) for line in lines)
    crates = tomllib.loads((ROOT / "prover" / "Cargo.lock").read_text())["package"]
    assert all("checksum" in crate for crate in crates if crate["name"] != "zkrisk-prover")


def test_T2_circuit_that_compiles_to_something_else_stops_the_build() -> None:  # noqa: N802
    text = (ROOT / "circuits" / "artifacts.lock").read_text()
    found = {name: digest for digest, name in (line.split() for line in text.splitlines())}
    build_circuits.check_lock(found, rewrite=False)
    for name in ("compliance-micro.r1cs", "liquidation-standard.wasm"):
        with pytest.raises(SystemExit, match=re.escape(name)):
            build_circuits.check_lock(found | {name: "00" * 32}, rewrite=False)
    without = {name: digest for name, digest in found.items() if name != "healthy-micro.wasm"}
    with pytest.raises(SystemExit):
        build_circuits.check_lock(without, rewrite=False)
