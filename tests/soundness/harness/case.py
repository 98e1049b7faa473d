"""One dishonest witness: what it claims, and which component must refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.constraints import R
from harness.forge import Values, signed
from harness.instances import Instance, flatten


@dataclass(frozen=True, slots=True)
class Case:
    """An edit of an honest witness.

    Attributes:
        instance: Name in its group.
        clause: Words of the ``@enforces`` clause or of the ``@output`` line that the edit breaks.
        attack: What the prover tries; the name of the test.
        caught: Components, relative to the instance, that hold the violated constraints: these and no others. So
            without the constraints of these components the edit would pass.
        inputs: Inputs that differ from the honest ones.
        lies: Inner signals that the prover sets; all others follow from them.
    """

    instance: str
    clause: str
    attack: str
    caught: tuple[str, ...]
    inputs: Mapping[str, object] = field(default_factory=dict)
    lies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Honest:
    """Inputs at the edge of what is allowed, to be accepted."""

    instance: str
    why: str
    inputs: Mapping[str, object]


class View:
    """The signals of one component in a witness."""

    def __init__(self, instance: Instance, path: str, values: Values) -> None:
        self._wire_of = instance.system.wire_of
        self._path = path
        self._values = values

    def __getitem__(self, name: str) -> int:
        """Return a signal as a field element."""
        return self._values[self._wire_of[f"{self._path}.{name}"]]

    def signed(self, name: str) -> int:
        """Return a signal read as signed."""
        return signed(self[name])

    def list(self, name: str, size: int) -> list[int]:
        """Return an array read as signed."""
        return [self.signed(f"{name}[{i}]") for i in range(size)]


def named_inputs(honest: Mapping[str, Mapping[str, object]], case: Case | Honest) -> dict[str, int]:
    """Return every input of a group's main, with the case's own in place."""
    named: dict[str, int] = {}
    for instance, inputs in honest.items():
        used = {**inputs, **case.inputs} if instance == case.instance else inputs
        for name, value in used.items():
            named |= flatten(f"main.{instance}_{name}", value)
    return named


def forge(group: Instance, honest: Mapping[str, Mapping[str, object]], case: Case | Honest) -> Values:
    """Return the witness of a case."""
    lies = getattr(case, "lies", {})
    return group.forger.by_name(
        named_inputs(honest, case), {f"main.{case.instance}.{name}": value for name, value in lies.items()}
    )


def owners(group: Instance, values: Values, path: str) -> set[str]:
    """Return the components of the violated constraints, relative to a path."""
    found = {group.system.owner(index) for index in group.violated(values)}
    return {owner.removeprefix(path).removeprefix(".") for owner in found}


def bits(value: int, count: int, prefix: str = "") -> dict[str, int]:
    """Return lies that set the bits of a range check."""
    return {f"{prefix}bit[{i}]": (value >> i) & 1 for i in range(count)}


OUT_OF_FIELD_SENSE = (R - 1, R - (1 << 64), 1 << 64)
"""What threat C1 feeds to a private quantity."""
