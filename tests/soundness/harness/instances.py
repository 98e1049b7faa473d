"""One compiled circuit with everything a soundness test needs: generator, constraints, forger and the native check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import product

from harness.build import ROOT, Build, compile_main
from harness.constraints import ConstraintSystem
from harness.forge import Forger, Values
from harness.groups import GROUPS, build_group
from zkrisk._prover import R1cs
from zkrisk.errors import ConstraintViolated
from zkrisk.witness import WitnessCalculator

ELEMENT_BYTES = 32


def encode(values: Sequence[int]) -> bytes:
    """Return a witness as the native check reads it."""
    return b"".join(value.to_bytes(ELEMENT_BYTES, "little") for value in values)


def patched(witness: bytes, changes: Mapping[int, int]) -> bytes:
    """Return an encoded witness with other values on some wires."""
    changed = bytearray(witness)
    for wire, value in changes.items():
        changed[wire * ELEMENT_BYTES : (wire + 1) * ELEMENT_BYTES] = value.to_bytes(ELEMENT_BYTES, "little")
    return bytes(changed)


def decode(witness: bytes) -> Values:
    """Return a witness as integers."""
    return [int.from_bytes(witness[i : i + 32], "little") for i in range(0, len(witness), ELEMENT_BYTES)]


class Instance:
    """A compiled main."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.native = R1cs.load(build.r1cs)

    @cached_property
    def system(self) -> ConstraintSystem:
        """The constraints with names."""
        return ConstraintSystem.load(self.build.r1cs, self.build.sym)

    @cached_property
    def forger(self) -> Forger:
        """Witnesses with lies in them."""
        return Forger(self.system)

    @cached_property
    def calculator(self) -> WitnessCalculator:
        """The honest generator."""
        return WitnessCalculator(self.build.wasm)

    def accepts(self, values: Sequence[int]) -> bool:
        """Whether the constraints accept a witness."""
        return self.admits(encode(values))

    def admits(self, witness: bytes) -> bool:
        """As `accepts`, for an encoded witness."""
        try:
            self.native.check(witness)
        except ConstraintViolated:
            return False
        return True

    def violated(self, values: Values) -> list[int]:
        """Return the violated constraints after comparing both readers."""
        found = self.system.violations(values)
        assert self.native.violations(encode(values), limit=len(self.system.constraints)) == found
        assert self.accepts(values) == (not found)
        return found


def flatten(name: str, value: object) -> dict[str, int]:
    """Return ``name[i][j]`` → element for a nested sequence."""
    if isinstance(value, int):
        return {name: value}
    flat: dict[str, int] = {}
    for index, item in enumerate(value):  # type: ignore[arg-type]
        flat |= flatten(f"{name}[{index}]", item)
    return flat


def row_major(value: object) -> tuple[int, ...]:
    """Return the integers of a nested sequence in order."""
    return (value,) if isinstance(value, int) else tuple(x for item in value for x in row_major(item))  # type: ignore[attr-defined]


def main_inputs(inputs: Mapping[str, object]) -> dict[str, int]:
    """Return ``main.<input>[i]`` → element for nested inputs of a main."""
    return {k: v for name, value in inputs.items() for k, v in flatten(f"main.{name}", value).items()}


@cache
def load_instance(name: str, lax: bool = False) -> Instance:
    """Return a group, or a whole circuit instance such as ``compliance-micro`` compiled without simplification."""
    if name in GROUPS:
        return Instance(build_group(name))
    source = (ROOT / "build" / "circuits" / name / f"{name}.circom").read_text()
    return Instance(compile_main(name, source, lax=lax))


def indices(*sizes: int) -> list[str]:
    """Return ``[0][0]``, ``[0][1]`` … for given dimensions."""
    return ["".join(f"[{i}]" for i in index) for index in product(*map(range, sizes))]
