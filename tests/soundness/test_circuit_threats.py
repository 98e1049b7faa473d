"""Threats that no edit of one template shows: widths, defined results, exhaustive searches, domains."""

from __future__ import annotations

import subprocess

import pytest
from harness.build import CIRCOM, ROOT, source_digest
from harness.cases_lib import HONEST
from harness.constraints import R
from harness.final import final_circuit
from harness.forge import signed
from harness.instances import load_instance
from harness.oracle import STATEMENTS, State, base_state, health_gap, inputs, representable
from harness.specs import BOOK_DOMAIN, COMMITMENT_DOMAIN, chain, commitment, packed

from zkrisk.poseidon import poseidon

N = 8
EMPTY = [0] * N
LARGEST = (1 << 64) - 1
RATIO = (1 << 20) - 1


def test_c3_no_width_lets_the_bits_of_value_plus_r_fit():
    """AssertRange allows 252 bits, and r has 254: v + r never fits, whatever v."""
    assert R > (1 << 252)
    lib = load_instance("lib")
    for value in (0, 1, 5, (1 << 252) - 1):
        bits = {f"main.range_252.bit[{i}]": ((value + R) >> i) & 1 for i in range(252)}
        assert not lib.accepts(lib.forger.by_name(_lib_inputs(range_252=value), bits))


@pytest.mark.parametrize("dividend", [*range(-48, 48, 5), -48, -1, 0, 1, 2, 3, 47])
def test_c4_division_has_one_witness(dividend):
    """Every remainder that its two range checks could admit, with the quotient that the equation then forces."""
    lib, accepted = load_instance("lib"), []
    for remainder in (*range(-4, 8), R // 3, (R - 1) // 2):
        quotient = (dividend - remainder) * pow(3, -1, R) % R
        lies = {"main.floor_small.quotient": quotient, "main.floor_small.remainder": remainder}
        if lib.accepts(lib.forger.by_name(_lib_inputs(floor_small=dividend), lies)):
            accepted.append((signed(quotient), remainder))
    assert accepted == [divmod(dividend, 3)]


def _lib_inputs(**changed: int) -> dict[str, int]:
    names = {"floor_small": "dividend"}
    honest = {f"main.{i}_{name}": value for i, given in HONEST.items() for name, value in given.items()}
    return honest | {f"main.{i}_{names.get(i, 'in')}": value for i, value in changed.items()}


@pytest.mark.parametrize("assets", [0, 1, LARGEST])
@pytest.mark.parametrize("threshold", [0, 10_000, RATIO])
def test_c5_without_debt_the_account_is_healthy(assets, threshold):
    state = base_state().with_(
        long=[assets] * N, short=EMPTY, leg_long=EMPTY, leg_short=EMPTY, threshold=threshold
    )  # fmt: skip
    assert _verdicts(state) == (True, False)


def test_c5_debt_without_assets_is_liquidatable():
    state = base_state().with_(long=EMPTY, short=[1, *EMPTY[1:]], leg_long=EMPTY, leg_short=EMPTY)
    assert _verdicts(state) == (False, True)


def test_c7_a_loss_never_raises_the_health_factor():
    """Cash of -1 and of -2^63 lots, with equal assets: the gap only falls."""
    none = base_state().with_(short=EMPTY, leg_short=EMPTY)
    gaps = [_gap(none.with_(short=[loss, *EMPTY[1:]])) for loss in (0, 1, 1 << 63)]
    assert gaps[0] > gaps[1] > gaps[2]


@pytest.mark.parametrize(
    "sides", [("long", "leg_long"), ("short", "leg_short"), ("long", "short", "leg_long", "leg_short")]
)
def test_c8_largest_inputs_equal_big_integers(sides):
    full = {side: [LARGEST] * N for side in sides}
    empty = {side: EMPTY for side in ("long", "short", "leg_long", "leg_short")}
    state = base_state().with_(
        **(empty | full), price=[10**10] + [LARGEST] * (N - 1), lt=[10_000] * N, bf=[RATIO] * N, threshold=RATIO
    )
    assert _gap(state) == health_gap(state, RATIO)
    assert _verdicts(state) == (health_gap(state, RATIO) >= 0, health_gap(state, RATIO) < 0)


def test_c8_largest_equity_and_limits_equal_big_integers():
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


TOO_WIDE = {
    "AssertRange(253)": "lib/range.circom",
    "AssertRange(0)": "lib/range.circom",
    "AssertSignedRange(252)": "lib/range.circom",
    "Absolute(253)": "lib/absolute.circom",
    "FloorDivide(10, 4, 247)": "lib/divide.circom",
    "FloorDivide(17, 4, 8)": "lib/divide.circom",
}


@pytest.mark.parametrize("call", TOO_WIDE)
def test_c8_width_budget_is_refused_by_the_compiler(call):
    folder = ROOT / "build" / "soundness" / source_digest() / "too-wide"
    folder.mkdir(parents=True, exist_ok=True)
    main = folder / f"case_{list(TOO_WIDE).index(call)}.circom"
    main.write_text(f'pragma circom 2.1.6;\ninclude "circuits/{TOO_WIDE[call]}";\ncomponent main = {call};\n')
    command = [
        str(CIRCOM),
        "--O0",
        "--r1cs",
        "-l",
        ".",
        "-o",
        str(folder.relative_to(ROOT)),
        str(main.relative_to(ROOT)),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    main.unlink()
    assert done.returncode != 0
    assert "assert" in (done.stdout + done.stderr).lower()


def test_c17_book_state_commitment_and_bare_hash_differ():
    """The same fields under each domain, and without one, hash differently; one cannot be opened as another."""
    fields = packed([1, 2, 3, 4])
    hashes = {
        chain(BOOK_DOMAIN, 2, fields),
        chain(COMMITMENT_DOMAIN, 2, fields),
        chain(BOOK_DOMAIN, 4, fields),
        poseidon(fields),
        poseidon([BOOK_DOMAIN, *fields]),
    }
    assert len(hashes) == 5
    state = chain(BOOK_DOMAIN, 2, fields)
    assert commitment([1, 2], [3, 4], 9, 10) == poseidon([COMMITMENT_DOMAIN, state, 9, 10])
    assert state != commitment([1, 2], [3, 4], 9, 10)


@pytest.mark.parametrize("kind", ["compliance", "healthy", "liquidation"])
def test_c17_inner_state_of_the_chain_is_no_commitment(kind):
    state = base_state().with_(threshold=RATIO) if kind == "liquidation" else base_state()
    inner = chain(BOOK_DOMAIN, N, packed([*state.long, *state.short]))
    assert not final_circuit(f"{kind}-micro").admits(inputs(state, kind) | {"commitment": inner})


def test_c18_one_book_under_two_salts_or_owners_has_different_commitments():
    values = {commitment([1] * N, EMPTY, owner, salt) for owner in (1, 2) for salt in (1 << 128, (1 << 128) + 1)}
    assert len(values) == 4


def _gap(state: State) -> int:
    signals = final_circuit("healthy-micro").signals(inputs(state, "healthy"))
    return signed(signals["gap.gap"])


def _verdicts(state: State) -> tuple[bool, bool]:
    """Return whether `healthy` and whether `liquidation` accept."""
    kinds = ("healthy", "liquidation")
    return tuple(final_circuit(f"{k}-micro").admits(inputs(state, k)) for k in kinds)  # type: ignore[return-value]
