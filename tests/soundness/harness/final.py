"""A circuit as it is proved (``--O2``), fed with witnesses that no assertion of a generator has filtered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, cached_property

import numpy as np

from harness.build import ROOT
from harness.constraints import R
from harness.forge import Values
from harness.instances import ELEMENT_BYTES, Instance, decode, encode, load_instance, main_inputs, row_major
from zkrisk._prover import R1cs
from zkrisk.errors import ConstraintViolated
from zkrisk.witness import WitnessCalculator

__all__ = ["FinalCircuit", "final_circuit", "main_elements"]


class FinalCircuit:
    """One instance of build/circuits.

    Simplification keeps the labels of signals, so a witness of the unsimplified circuit, in which wire and label are
    the same number, gives the wires of the final one. What simplification removed was linear in the rest.
    """

    def __init__(self, name: str) -> None:
        folder = ROOT / "build" / "circuits" / name
        self.name = name
        self.r1cs_path = folder / f"{name}.r1cs"
        self.native = R1cs.load(self.r1cs_path)
        self.labels = np.array(self.native.wire_labels(), dtype=np.int64)
        self.generator = WitnessCalculator(folder / f"{name}.wasm")

    @cached_property
    def open(self) -> Instance:
        """The same circuit without simplification: every signal is a wire."""
        instance = load_instance(self.name)
        if instance.system.labels != list(range(instance.system.wires)):
            raise RuntimeError("wires of the unsimplified circuit are not its labels")
        return instance

    @cached_property
    def _lax(self) -> WitnessCalculator:
        return load_instance(self.name, lax=True).calculator

    def projected(self, values: bytes) -> bytes:
        """Return the final witness that belongs to an unsimplified one."""
        return np.frombuffer(values, dtype=np.uint8).reshape(-1, ELEMENT_BYTES)[self.labels].tobytes()

    def accepts(self, witness: bytes) -> bool:
        """Whether the final constraints hold."""
        try:
            self.native.check(witness)
        except ConstraintViolated:
            return False
        return True

    def honest(self, inputs: Mapping[str, object]) -> bytes:
        """Return the generator's witness, or raise WitnessError."""
        return self.generator.witness(main_elements(inputs))

    def all_signals(self, inputs: Mapping[str, object]) -> bytes:
        """Return every signal of the unsimplified circuit, for inputs that may violate every statement."""
        return self._lax.witness(main_elements(inputs))

    def dishonest(self, inputs: Mapping[str, object]) -> bytes:
        """Return the final witness for inputs that may violate every statement."""
        return self.projected(self.all_signals(inputs))

    def admits(self, inputs: Mapping[str, object]) -> bool:
        """Whether the constraints accept the best witness for these inputs."""
        return self.accepts(self.dishonest(inputs))

    def forged(self, inputs: Mapping[str, object], lies: Mapping[str, int]) -> Values:
        """Return an unsimplified witness with forced signals (names without ``main.``)."""
        named = {f"main.{name}": value for name, value in lies.items()}
        return self.open.forger.by_name(main_inputs(inputs), named)

    def accepts_forged(self, values: Values) -> bool:
        """Whether the final constraints accept a forged witness."""
        return self.accepts(self.projected(encode(values)))

    def signals(self, inputs: Mapping[str, object]) -> dict[str, int]:
        """Return every signal by name, as the generator without assertions computes it."""
        values = decode(self.all_signals(inputs))
        return {name.removeprefix("main."): values[wire] for name, wire in self.open.system.wire_of.items()}


def main_elements(inputs: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """Return nested inputs as the generators take them: name → field elements, row-major."""
    return {name: tuple(value % R for value in row_major(nested)) for name, nested in inputs.items()}


@cache
def final_circuit(name: str) -> FinalCircuit:
    """Return an instance that scripts/build_circuits.py compiled and circuits/artifacts.lock names."""
    path = ROOT / "build" / "circuits" / name / f"{name}.r1cs"
    locked = (ROOT / "circuits" / "artifacts.lock").read_text()
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() not in locked:
        raise RuntimeError(f"{name} is not built as locked: run python scripts/build_circuits.py")
    return FinalCircuit(name)
