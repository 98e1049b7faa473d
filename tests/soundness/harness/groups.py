"""Mains that hold several template instances each: one run of the compiler serves many tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from harness.build import CIRCUITS, Build, compile_main
from zkrisk.params import EDWARDS_BASE_X, EDWARDS_BASE_Y, EPHEMERAL_BITS

_TEMPLATE = re.compile(r"^template (\w+)\(([^)]*)\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_CONSTANTS: dict[str, object] = {"EPHEMERAL_BITS()": EPHEMERAL_BITS}
_INPUT = re.compile(r"signal input (\w+)((?:\[[^\]]+\])*);")


@dataclass(frozen=True, slots=True)
class Template:
    """A template as its source declares it."""

    name: str
    file: str
    parameters: tuple[str, ...]
    body: str
    header: str

    def inputs(self, arguments: tuple[object, ...]) -> dict[str, tuple[int, ...]]:
        """Return input name → dimensions for given template arguments."""
        scope = _CONSTANTS | dict(zip(self.parameters, arguments, strict=True))
        return {
            name: tuple(_dimension(text, scope) for text in re.findall(r"\[([^\]]+)\]", dimensions))
            for name, dimensions in _INPUT.findall(self.body)
        }


def _dimension(text: str, scope: dict[str, object]) -> int:
    """Evaluate ``N``, ``N - 1``, ``8`` or the name of a constant."""
    head, _, less = text.partition(" - ")
    return int(str(scope.get(head, head))) - int(less or 0)


@cache
def templates() -> dict[str, Template]:
    """Return every template below circuits/."""
    found = {}
    for path in sorted(CIRCUITS.rglob("*.circom")):
        text = path.read_text()
        for match in _TEMPLATE.finditer(text):
            lines = text[: match.start()].splitlines()
            header: list[str] = []
            while lines and lines[-1].startswith("///"):
                header.insert(0, lines.pop()[3:].strip())
            parameters = tuple(filter(None, (p.strip() for p in match[2].split(","))))
            file = str(path.relative_to(CIRCUITS))
            found[match[1]] = Template(match[1], file, parameters, match[3], "\n".join(header))
    return found


# Group → instance → (template, arguments). Groups that include Poseidon compile slower than the others.
GROUPS: dict[str, dict[str, tuple[str, tuple[object, ...]]]] = {
    "lib": {
        "bit": ("AssertBit", ()),
        "range_1": ("AssertRange", (1,)),
        "range_8": ("AssertRange", (8,)),
        "range_64": ("AssertRange", (64,)),
        "range_252": ("AssertRange", (252,)),
        "signed_8": ("AssertSignedRange", (8,)),
        "signed_251": ("AssertSignedRange", (251,)),
        "at_most_8": ("AssertAtMost", (8,)),
        "absolute_8": ("Absolute", (8,)),
        "absolute_251": ("Absolute", (251,)),
        "floor": ("FloorDivide", (10**14, 47, 49)),
        "floor_small": ("FloorDivide", (3, 2, 4)),
    },
    "statements": {
        "blocked": ("AssertNotBlocked", (3,)),
        "valuation": ("Valuation", (3,)),
        "exposure": ("Exposure", (3,)),
        "solvent": ("AssertSolvent", (3,)),
        "gap": ("HealthGap", (3,)),
        "healthy": ("AssertHealthy", (3,)),
        "liquidatable": ("AssertLiquidatable", (3,)),
        "leverage": ("AssertLeverage", (3,)),
        "position": ("AssertPosition", (3,)),
        "sectors": ("AssertSectors", (3, 2)),
        "herfindahl": ("AssertHerfindahl", (3,)),
        "scenario": ("ScenarioLoss", (3,)),
        "part": ("TailPart", ()),
        "tail": ("AssertTail", (3, 4)),
        "stress": ("AssertStress", (3, 2)),
    },
    "commitment": {
        "pack": ("PackQuantities", (4,)),
        "chain": ("HashChain", (7, 3, 16)),
        "hash": ("BookHash", (2,)),
        "book": ("BookCommitment", (2,)),
        "account": ("BoundBook", (2,)),
    },
    "edwards": {
        "on_curve": ("AssertOnCurve", ()),
        "add": ("EdwardsAdd", ()),
        "double": ("EdwardsDouble", ()),
        "base": ("MultiplyBase", (7,)),
        "select": ("SelectMultiple", ([EDWARDS_BASE_X, EDWARDS_BASE_Y],)),
        "multiply": ("Multiply", (6,)),
        "point": ("SelectPoint", ()),
        "zero": ("IsZeroUnique", ()),
    },
    "parts": {
        "sum": ("SumOfParts", (2, 2)),
        "one": ("SumOfParts", (2, 1)),
        "coverage": ("AssertCoverage", (3, 2)),
        "list": ("Fingerprint", (3,)),
    },
    "statement": {
        "signature": ("AssertSignature", ()),
        "statement": ("VenueStatement", ()),
    },
    "cipher": {
        "ephemeral": ("EphemeralKey", ()),
        "wrap": ("WrapSalt", ()),
        "cipher": ("EncryptBook", (12,)),
    },
}


def group_source(group: str) -> str:
    """Return a main whose private inputs are ``<instance>_<input>`` for every instance of the group."""
    files = sorted({templates()[name].file for name, _ in GROUPS[group].values()})
    lines = ["pragma circom 2.1.6;", *(f'include "circuits/{file}";' for file in files), "template Group() {"]
    for instance, (name, arguments) in GROUPS[group].items():
        lines.append(f"    component {instance} = {name}({', '.join(map(str, arguments))});")
        for signal, dimensions in templates()[name].inputs(arguments).items():
            shape = "".join(f"[{size}]" for size in dimensions)
            lines.append(f"    signal input {instance}_{signal}{shape};")
            lines.append(f"    {instance}.{signal} <== {instance}_{signal};")
    return "\n".join([*lines, "}", "component main = Group();", ""])


def build_group(group: str) -> Build:
    """Compile a group."""
    return compile_main(group, group_source(group))
