"""Circuits with a known flaw, each beside the same circuit without it: patterns/*.circom.

A file holds `<Name>Bad` and `<Name>Good` and says in its first comment what the checker has to find in the bad one. All
are compiled in one main, and taken apart again by the names of their signals: one run of the compiler serves all.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from determinism.checker import Checker
from determinism.circuit import ROOT, Circuit, load
from determinism.findings import Finding, dropped, not_unique, others
from zkrisk.witness import WitnessCalculator

FOLDER = Path(__file__).parent / "patterns"
CIRCOM = ROOT / "node_modules" / ".bin" / "circom2"

_SIGNAL = re.compile(r"signal (input|output) (\w+)(\[\w+\])?;")


@dataclass(frozen=True)
class Pattern:
    """A flaw.

    Attributes:
        name: Of the file.
        expected: Kind of the finding.
        source: The text.
        inputs: "bad" and "good" → inputs that both have a witness for.
    """

    name: str
    expected: str
    source: str
    inputs: dict[str, dict[str, Any]]

    @property
    def template(self) -> str:
        """The name that its templates begin with."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    def signals(self, variant: str) -> list[tuple[str, str, str]]:
        """Return (input or output, name, dimension) of a variant."""
        body = re.search(rf"^template {self.template}{variant}\(\) {{\n(.*?)^}}", self.source, re.MULTILINE | re.DOTALL)
        if body is None:
            raise ValueError(f"{self.name} has no {self.template}{variant}")
        return _SIGNAL.findall(body[1])


@cache
def patterns() -> dict[str, Pattern]:
    """Return the patterns by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.circom")):
        source = path.read_text()
        expected = re.search(r"^// expect: (.+)$", source, re.MULTILINE)
        if expected is None:
            raise ValueError(f"{path.name} does not say what it expects")
        inputs = {which: json.loads(text) for which, text in re.findall(r"^// (bad|good) inputs: (.+)$", source, re.M)}
        found[path.stem] = Pattern(path.stem, expected[1], source, inputs)
    return found


def main_source() -> str:
    """Return a main that holds every pattern, bad and good, with inputs and outputs of its own.

    All inputs are public there: simplification substitutes private inputs that it can express through other signals.
    """
    folder = FOLDER.relative_to(ROOT)
    lines = ["pragma circom 2.1.6;", *(f'include "{folder}/{name}.circom";' for name in patterns())]
    lines.append("template Patterns() {")
    public = []
    for pattern in patterns().values():
        for variant in ("Bad", "Good"):
            own = f"{pattern.name}_{variant.lower()}"
            lines.append(f"    component {own} = {pattern.template}{variant}();")
            for direction, signal, dimension in pattern.signals(variant):
                outer, inner = f"{own}__{signal}", f"{own}.{signal}"
                lines.append(f"    signal {direction} {outer}{dimension};")
                lines.append(f"    {inner} <== {outer};" if direction == "input" else f"    {outer} <== {inner};")
                if direction == "input":
                    public.append(outer)
    return "\n".join([*lines, "}", f"component main {{public [{', '.join(public)}]}} = Patterns();", ""])


@cache
def compiled(level: str) -> Circuit:
    """Return all patterns as one circuit, at `--O0` or `--O2`."""
    folder = build(level)
    return load(folder / "patterns.r1cs", folder / "patterns.sym")


@cache
def witness() -> list[int]:
    """Return the witness of all patterns at `--O2` for their inputs."""
    given = {
        f"{pattern.name}_{which}__{name}": tuple(value) if isinstance(value, list) else (value,)
        for pattern in patterns().values()
        for which, inputs in pattern.inputs.items()
        for name, value in inputs.items()
    }
    values = WitnessCalculator(build("O2") / "patterns_js" / "patterns.wasm").witness(given)
    return [int.from_bytes(values[i : i + 32], "little") for i in range(0, len(values), 32)]


def build(level: str) -> Path:
    """Compile the patterns, unless an earlier run has; return the folder of the artefacts."""
    source = main_source()
    text = source + "".join(pattern.source for pattern in patterns().values())
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + text.encode()).hexdigest()[:16]
    folder = ROOT / "build" / "soundness" / f"patterns-{level}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            main = folder / "patterns.circom"
            main.write_text(source)
            command = [str(CIRCOM), "--r1cs", "--sym", "--wasm", f"--{level}", "-l", ".", "-l", "node_modules", "-o",
                       str(folder.relative_to(ROOT)), str(main.relative_to(ROOT))]  # fmt: skip
            environment = os.environ | {"CI": "1"}
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
            if done.returncode != 0:
                raise RuntimeError(f"circom refused the patterns:\n{done.stdout}{done.stderr}")
            (folder / "complete").touch()
    return folder


def variant(name: str, which: str, level: str = "O2") -> Circuit:
    """Return the bad or the good circuit of a pattern; the public inputs are those that are called so."""
    own = f"main.{name}_{which}"
    part = compiled(level).part(f"{name}_{which}", (f"{own}.", f"{own}__"))
    public = frozenset(wire for wire in part.given if part.label(wire).startswith(f"{own}__public_"))
    return replace(part, public_inputs=public, private_inputs=part.given - public)


def findings_of(name: str, which: str) -> list[Finding]:
    """Return everything the checker says about one of the two circuits of a pattern."""
    checker = Checker.of(variant(name, which)).run()
    unsimplified = variant(name, which, "O0")
    return [*not_unique(checker), *others(checker.facts, {}), *dropped(unsimplified)]
