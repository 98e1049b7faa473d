"""A copy of the contracts in which mutants are tried: their code is exchanged in the build's artefacts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.test import forge
from tests.campaigns.mutants.compiler import Code, Compiler
from tests.campaigns.mutants.operators import mutants_of
from tests.campaigns.mutants.reach import Reach
from tests.campaigns.mutants.syntax import Mutant
from tests.campaigns.record import ROOT

__all__ = ["SKIPPED_SOURCES", "Shop", "Worker", "build_shop"]

SKIPPED_SOURCES: Final = ("src/demo/", "src/interfaces/", "src/libraries/Params.sol")
"""No mutants: mocks, declarations, and constants generated from params.toml, where `make lint` refuses any change."""

_PROFILE: Final = """
[profile.mutant]
via_ir = false
optimizer = false
# No optimisation: only what keeps deep stacks compilable.
optimizer_details = { yul = true }
out = "out/mutant"
cache_path = "cache/mutant"
build_info = true

[profile.mutant.fuzz]
seed = "0x2a"
"""
_FUZZ_RUNS: Final = ("4", "128")
"""Most mutants fall at once; what does not is tried with more."""
_SLOW: Final = ("Gas.t.sol", "canary", "invariant", "symbolic")
"""Tests left out: files and folders."""
_COMPILER: Final = """#!/bin/sh
# forge asks for the version in every run: do not load the compiler for it.
folder=$(dirname "$0")
if [ "$1" = --version ]; then cat "$folder/version"; else exec node "$folder/solc.js" "$@"; fi
"""
_FAILED: Final = re.compile(r"^\[FAIL.*\] (\w+)\(", re.MULTILINE)
_SUITE: Final = re.compile(r"^Encountered \d+ failing tests? in [^:]+:(\w+)", re.MULTILINE)
_CPU_S: Final = {"build": 600, "test": 90}
"""Most processor seconds of one run, ten times what it takes; unlike a timeout it ends the same on a busy machine."""


@dataclass(frozen=True)
class Shop:
    """A finished build of the contracts as they are.

    Attributes:
        folder: The Foundry project.
        input: The build's standard JSON input.
        sources: Source unit → content, for what is mutated.
        reach: Which contracts' code a source gets into.
    """

    folder: Path
    input: Path
    sources: dict[str, bytes]
    reach: Reach
    mutants: tuple[Mutant, ...]


def build_shop(folder: Path) -> Shop:
    """Copy the contracts, build them without optimisation, and list the mutants.

    Raises:
        RuntimeError: The contracts do not build.
    """
    project = folder / "contracts"
    shutil.copytree(ROOT / "contracts", project, ignore=shutil.ignore_patterns("out", "cache", *_SLOW))
    _link_dependencies(folder)
    settings = (project / "foundry.toml").read_text()
    # With any filter forge compiles once more in each run, to look for tests that match.
    settings = "".join(line for line in settings.splitlines(keepends=True) if "match_path" not in line)
    (project / "foundry.toml").write_text(settings + _PROFILE)
    done = _forge(project, "build")
    if done.returncode != 0:
        raise RuntimeError(f"the contracts do not build\n{done.stdout[-3000:]}")
    document = _build_info(project)
    standard_input = folder / "input.json"
    standard_input.write_text(json.dumps(document["input"]))
    trees = {name: entry["ast"] for name, entry in document["output"]["sources"].items()}
    wanted = [name for name in sorted(trees) if name.startswith("src/") and not name.startswith(SKIPPED_SOURCES)]
    sources = {name: (project / name).read_bytes() for name in wanted}
    mutants = tuple(mutant for name in wanted for mutant in mutants_of(name, sources[name], trees[name]))
    return Shop(project, standard_input, sources, Reach(trees), mutants)


def _link_dependencies(folder: Path) -> None:
    """Put the compiler and the libraries where the copy expects them; links would leave the allowed paths."""
    scripts = folder / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts" / "solc", scripts / "solc.js")
    version = subprocess.run([ROOT / "scripts" / "solc", "--version"], capture_output=True, text=True, check=True)
    (scripts / "version").write_text(version.stdout)
    (scripts / "solc").write_text(_COMPILER)
    (scripts / "solc").chmod(0o755)
    modules = folder / "node_modules"
    shutil.copytree(ROOT / "node_modules" / "@openzeppelin", modules / "@openzeppelin")
    for package in (ROOT / "node_modules").iterdir():
        if not (modules / package.name).exists():
            (modules / package.name).symlink_to(package)


def _forge(project: Path, job: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    merged = {**os.environ, "FOUNDRY_PROFILE": "mutant", **environment}
    command = ["sh", "-c", f'ulimit -t {_CPU_S[job]}; exec nice -n 5 "$@"', "sh", forge(), job, *arguments]
    return subprocess.run(command, cwd=project, env=merged, capture_output=True, text=True, check=False)


def _build_info(project: Path) -> dict[str, Any]:
    files = list((project / "out" / "mutant" / "build-info").glob("*.json"))
    if len(files) != 1:
        raise RuntimeError(f"expected one build, found {len(files)}")
    document: dict[str, Any] = json.loads(files[0].read_text())
    # forge reads this file again in every run: leave what it needs to know the artefacts.
    files[0].write_text(json.dumps({name: document[name] for name in ("id", "source_id_to_path", "language")}))
    return document


class Worker:
    """One place to try mutants in: artefacts and a compiler of its own.

    Args:
        shop: The build that all workers share.
        name: Name of the place, unique among the workers.
    """

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.compiler = Compiler(shop.input, shop.folder)
        self._name = name
        self._out = shop.folder / "out" / name
        self._honest: dict[Path, bytes] = {}
        shutil.copytree(shop.folder / "out" / "mutant", self._out)
        cache = shop.folder / "cache" / name
        shutil.copytree(shop.folder / "cache" / "mutant", cache)
        index = cache / "solidity-files-cache.json"
        index.write_text(index.read_text().replace("out/mutant", f"out/{name}"))

    def compile(self, mutant: Mutant) -> Code:
        """Return the code of every contract that a mutant gets into.

        Raises:
            CompilerError: The mutant does not compile.
        """
        changed = mutant.apply(self.shop.sources[mutant.file]).decode()
        return self.compiler.compile(mutant.file, changed, self.shop.reach.contracts(mutant.file))

    def put(self, code: Code) -> bool:
        """Exchange the code in the artefacts; return whether any differs from the honest one."""
        differs = False
        for name, (creation, runtime) in code.items():
            file, contract = name.rsplit(":", 1)
            path = self._out / Path(file).name / f"{contract}.json"
            self._honest.setdefault(path, path.read_bytes())
            artefact = json.loads(self._honest[path])
            if artefact["bytecode"]["object"] != f"0x{creation}":
                differs = True
                artefact["bytecode"]["object"] = f"0x{creation}"
                artefact["deployedBytecode"]["object"] = f"0x{runtime}"
                path.write_text(json.dumps(artefact))
        return differs

    def restore(self) -> None:
        """Put the honest code back."""
        for path, content in self._honest.items():
            path.write_bytes(content)

    def failing_test(self) -> tuple[str, str] | None:
        """Run the tests; return suite and name of the first that fails, None when all pass.

        Raises:
            RuntimeError: The run ended without a verdict, or compiled something.
        """
        failing = (self._failing_test(runs) for runs in _FUZZ_RUNS)
        return next((one for one in failing if one is not None), None)

    def _failing_test(self, fuzz_runs: str) -> tuple[str, str] | None:
        places = {"FOUNDRY_OUT": f"out/{self._name}", "FOUNDRY_CACHE_PATH": f"cache/{self._name}"}
        done = _forge(self.shop.folder, "test", "--fail-fast", "-j", "1", **places, FOUNDRY_FUZZ_RUNS=fuzz_runs)
        if done.returncode < 0:
            return "", "no end"
        if "No files changed" not in done.stdout:
            raise RuntimeError(f"forge compiled instead of taking the artefacts\n{done.stdout[-2000:]}{done.stderr}")
        if done.returncode == 0:
            return None
        suite, test = _SUITE.search(done.stdout), _FAILED.search(done.stdout)
        if suite is None or test is None:
            raise RuntimeError(f"forge failed without a failing test\n{done.stdout[-2000:]}{done.stderr}")
        return suite.group(1), test.group(1)
