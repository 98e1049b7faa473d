"""Threat C8: no sum wraps. The largest inputs equal big integers; a width budget that is one too wide is refused."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness.build import CIRCOM, CIRCUITS, ROOT, source_digest
from harness.final import final_circuit
from harness.forge import signed
from harness.oracle import STATEMENTS, State, base_state, health_gap, inputs, representable
from harness.trio import health_verdicts

N = 8
EMPTY = [0] * N
LARGEST = (1 << 64) - 1
RATIO = (1 << 20) - 1
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    "sides", [("long", "leg_long"), ("short", "leg_short"), ("long", "short", "leg_long", "leg_short")]
)
def test_C8_largest_inputs_equal_big_integers(sides):
    full = {side: [LARGEST] * N for side in sides}
    empty = {side: EMPTY for side in ("long", "short", "leg_long", "leg_short")}
    state = base_state().with_(
        **(empty | full), price=[10**10] + [LARGEST] * (N - 1), lt=[10_000] * N, bf=[RATIO] * N, threshold=RATIO
    )
    assert _gap(state) == health_gap(state, RATIO)
    assert health_verdicts(state) == (health_gap(state, RATIO) >= 0, health_gap(state, RATIO) < 0)


def test_C8_largest_equity_and_limits_equal_big_integers():
    """The largest net value of every slot, with every limit at its largest: all statements on, and accepted."""
    price = 10**14
    quantity = (1 << 49) - 1
    returns = [[0] + [(1 << 23) - 1] * (N - 1) for _ in range(16)]
    state = base_state().with_(
        long=[quantity * 10**4, *[quantity] * (N - 1)], short=EMPTY, leg_long=EMPTY, leg_short=EMPTY,
        price=[10**10] + [price] * (N - 1), window=returns, stress=returns[:4], sector_limit=[RATIO] * 2,
        li=dict.fromkeys(("leverage", "position", "hhi", "var", "expected_shortfall", "stress"), RATIO) | {"health": 0},
    )  # fmt: skip
    state = state.with_(t=max(state.losses(state.window)), tail_count=16, tail_mass=160_000)
    assert representable(state)
    circuit = final_circuit("compliance-micro")
    assert circuit.admits(inputs(state, "compliance"))
    signals = circuit.signals(inputs(state, "compliance"))
    assert signed(signals["exposure.equity"]) == state.equity
    assert signed(signals["exposure.equity_cents"]) == sum(state.cents)
    assert [signed(signals[f"scenario[{s}].loss"]) for s in range(16)] == state.losses(state.window)
    assert signed(signals["herfindahl.allowed"]) == RATIO * sum(abs(n) for n in state.net[1:]) ** 2
    # One lot more of any slot leaves the widths, and is refused rather than wrapped.
    wide = state.with_(long=[*state.long[:7], quantity + 1], en=dict.fromkeys(STATEMENTS, 0))
    assert not representable(wide)
    assert not circuit.admits(inputs(wide, "compliance"))


@dataclass(frozen=True, slots=True)
class Budget:
    """An instance at the end of a width budget.

    Attributes:
        assertion: What the sources assert.
        fits: The widest instance.
        too_wide: One beyond.
        widths: Width of params.circom → (fits, too wide), for templates that no tier could make too wide.
    """

    assertion: str
    file: str
    fits: str
    too_wide: str
    widths: Mapping[str, tuple[int, int]] = field(default_factory=dict)


_RANGE, _DIVISOR = "BITS >= 1 && BITS <= 252", "DIVISOR >= 1 && DIVISOR <= (1 << DIVISOR_BITS)"
_QUOTIENT = "DIVISOR_BITS + QUOTIENT_BITS <= 250"
_GAP, _INDEX = "HEALTH_GAP_BITS(N) <= 250", "2 * EQUITY_BITS(N) + RATIO_BITS() <= 250"
_WINDOWS, _VALUE = "BITS % 2 == 0 && BITS >= 4", "BITS <= 250"
_SHARES = "statements/concentration.circom"
BUDGETS = [
    Budget(_RANGE, "lib/range.circom", "AssertRange(252)", "AssertRange(253)"),
    Budget(_RANGE, "lib/range.circom", "AssertRange(1)", "AssertRange(0)"),
    Budget(_RANGE, "lib/range.circom", "AssertSignedRange(251)", "AssertSignedRange(252)"),
    Budget(_RANGE, "lib/range.circom", "AssertAtMost(252)", "AssertAtMost(253)"),
    Budget(_RANGE, "lib/absolute.circom", "Absolute(252)", "Absolute(253)"),
    Budget(_DIVISOR, "lib/divide.circom", "FloorDivide(16, 4, 8)", "FloorDivide(17, 4, 8)"),
    Budget(_DIVISOR, "lib/divide.circom", "FloorDivide(1, 4, 8)", "FloorDivide(0, 4, 8)"),
    Budget(_QUOTIENT, "lib/divide.circom", "FloorDivide(10, 4, 246)", "FloorDivide(10, 4, 247)"),
    Budget(_QUOTIENT, "statements/exposure.circom", "Exposure(3)", "Exposure(3)", {"EXPOSURE": (203, 204)}),
    Budget(_RANGE, _SHARES, "AssertPosition(3)", "AssertPosition(3)", {"VALUE": (230, 231)}),
    Budget(_RANGE, "statements/scenario.circom", "AssertTail(3, 4)", "AssertTail(3, 4)", {"LOSS": (234, 235)}),
    Budget(_GAP, "statements/health.circom", "HealthGap(3)", "HealthGap(3)", {"QUANTITY": (143, 144)}),
    Budget(_WINDOWS, "lib/scalar_multiply.circom", "Multiply(4)", "Multiply(5)"),
    Budget(_WINDOWS, "lib/scalar_multiply.circom", "Multiply(4)", "Multiply(2)"),
    Budget(_VALUE, "binding/coverage.circom", "AssertCoverage(3, 2)", "AssertCoverage(3, 2)", {"QUANTITY": (163, 164)}),
    Budget(_INDEX, _SHARES, "AssertHerfindahl(3)", "AssertHerfindahl(3)", {"VALUE": (113, 114)}),
]


def test_C8_every_assertion_of_the_sources_has_an_instance_that_trips_it():
    stated = {m for path in CIRCUITS.rglob("*.circom") for m in re.findall(r"assert\((.*)\);", path.read_text())}
    assert stated == {budget.assertion for budget in BUDGETS}


@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.too_wide)
def test_C8_width_budget_fits_and_one_more_is_refused_by_the_compiler(budget):
    fitting, refused = ({name: pair[which] for name, pair in budget.widths.items()} for which in (0, 1))
    assert _compiled(budget.file, budget.fits, fitting) == ""
    # The message quotes the line: it must be this assertion that refuses.
    assert f"assert({budget.assertion});" in _compiled(budget.file, budget.too_wide, refused)


def _compiled(file: str, call: str, widths: dict[str, int]) -> str:
    """Compile one instance under changed widths; return the compiler's complaint, or nothing."""
    name = re.sub(r"\W+", "_", f"{call} {widths}")
    parent = ROOT / "build" / "soundness" / source_digest()
    parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own: two tests may compile one call at a time.
    folder = Path(tempfile.mkdtemp(prefix=f"width-{name}-", dir=parent))
    shutil.copytree(CIRCUITS, folder / "circuits", dirs_exist_ok=True)
    _stretch(folder / "circuits" / "lib" / "params.circom", widths)
    main = folder / "case.circom"
    relative = (folder / "circuits" / file).relative_to(ROOT)
    main.write_text(f'pragma circom 2.1.6;\ninclude "{relative}";\ncomponent main = {call};\n')
    command = [str(CIRCOM), "--O0", "--r1cs", "-l", ".", "-l", "node_modules", "-o", str(folder.relative_to(ROOT))]
    done = subprocess.run(
        [*command, str(main.relative_to(ROOT))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    shutil.rmtree(folder)
    return "" if done.returncode == 0 else _COLOURS.sub("", done.stdout + done.stderr)


def _stretch(params: Path, widths: dict[str, int]) -> None:
    text = params.read_text()
    for name, bits in widths.items():
        text, count = re.subn(rf"(function {name}_BITS\(\) {{ return )\d+", rf"\g<1>{bits}", text)
        assert count == 1
    params.write_text(text)


def _gap(state: State) -> int:
    signals = final_circuit("healthy-micro").signals(inputs(state, "healthy"))
    return signed(signals["gap.gap"])
