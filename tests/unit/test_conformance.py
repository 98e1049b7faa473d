"""The comparisons themselves: a wrong figure, a case that nothing computes and an absent file are each told apart."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.conformance import tails
from tests.conformance.published import Verdict, compare
from zkrisk.analytics import value_at_risk_by
from zkrisk.metrics import expected_shortfall, historical_var

ROOT = Path(__file__).resolve().parents[2]
KUPIEC = {
    "id": "kupiec_pof_17",
    "inputs": {"observations": 1043, "failures": 17, "p": 0.01},
    "expected": {"lr": 3.5118, "p_value": 0.060933},
    "tolerance": 5e-05,
}
SPAN = {
    "id": "span_covered_write",
    "inputs": {
        "long_future_array": [3330, -10000],
        "long_call_array": [2640, -3380],
        "position": {"future": 1, "call": -1},
    },
    "expected": {"future_alone": 10000, "long_call_alone": 3380, "covered_write": 6620},
    "tolerance": 0,
}
NO_DEBT = {
    "id": "aave_hf_utils_zero_debt",
    "inputs": {"collateral": "100", "debt": "0", "liquidation_threshold_bps": 5000},
    "expected": {"aave_utilities": -1, "aave_docs": None},
    "tolerance": 0,
}


def folder(tmp_path, *cases):
    (tmp_path / "reference_cases.json").write_text(json.dumps(cases), encoding="utf-8")
    return tmp_path


def run(*arguments):
    command = [sys.executable, str(ROOT / "scripts" / "conformance.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_published_wrong_figure_is_a_mismatch(tmp_path):
    wrong = {**KUPIEC, "expected": {"lr": 3.5120, "p_value": 0.060933}}
    found = compare(folder(tmp_path, wrong))
    assert [line.verdict for line in found.lines] == [Verdict.MISMATCH, Verdict.MATCH]
    assert found.cases == {"kupiec_pof_17": Verdict.MISMATCH}
    assert not found.holds


def test_published_exact_case_one_unit_off_is_a_mismatch(tmp_path):
    wrong = {**SPAN, "expected": {**SPAN["expected"], "covered_write": 6621}}
    assert compare(folder(tmp_path, wrong)).count(Verdict.MISMATCH) == 1


def test_published_number_for_no_debt_is_a_mismatch(tmp_path):
    wrong = {**NO_DEBT, "expected": {"aave_utilities": 10**9}}
    assert compare(folder(tmp_path, wrong)).count(Verdict.MISMATCH) == 1
    assert compare(folder(tmp_path, NO_DEBT)).holds


@pytest.mark.parametrize("case", [{**KUPIEC, "id": "nobody_knows"}, {**KUPIEC, "expected": {"lr": 3.5118, "z": 1}}])
def test_published_case_that_nothing_computes_is_uncovered(tmp_path, case):
    found = compare(folder(tmp_path, case))
    assert found.count(Verdict.UNCOVERED) == 1
    assert not found.holds


@pytest.mark.parametrize("key", ["data", "file"])
def test_published_case_without_its_file_is_skipped_by_name(tmp_path, key):
    case = {**KUPIEC, "id": "derive_pmrm_test1", "inputs": {key: "data/nowhere.json"}}
    found = compare(folder(tmp_path, case, SPAN))
    assert found.cases == {"derive_pmrm_test1": Verdict.SKIPPED, "span_covered_write": Verdict.MATCH}
    assert "data/nowhere.json" in found.reasons["derive_pmrm_test1"]
    assert found.holds


def test_script_absent_folder_says_skipped_and_ends_well(tmp_path):
    done = run("--only", "published", "--shared", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "skipped: published cases; reference_cases.json is not in" in done.stdout


def test_script_mismatch_ends_with_one(tmp_path):
    done = run("--only", "published", "--shared", folder(tmp_path, {**KUPIEC, "tolerance": 0}))
    assert done.returncode == 1
    assert "1 cases, 2 figures: 0 match, 1 MISMATCH" in done.stdout


def test_script_json_is_one_document(tmp_path):
    done = run("--json", "--only", "published", "--shared", folder(tmp_path, KUPIEC, SPAN))
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["published"]["cases"] == {"kupiec_pof_17": "match", "span_covered_write": "match"}
    assert len(document["published"]["lines"]) == 5
    assert document["tails"] is None


def test_script_too_few_series_is_refused():
    assert run("--series", "499").returncode == 2


def ours(entry):
    shortfall = expected_shortfall(entry.losses, entry.confidence_bps)
    return float(historical_var(entry.losses, entry.confidence_bps)), shortfall.numerator / shortfall.denominator


def test_random_series_hold_every_kind():
    made = tails.random_series(500, 3)
    assert made == tails.random_series(500, 3) != tails.random_series(500, 4)
    assert {entry.shape for entry in made} == set(tails.SHAPES)
    assert 100 < sum(entry.has_whole_tail for entry in made) < 400
    assert max(abs(loss) for entry in made for loss in entry.losses) < 2**53
    assert any(min(entry.losses) < 0 < max(entry.losses) for entry in made)


def test_tails_own_figures_agree_and_each_edit_is_found():
    made = tails.random_series(80, 5)
    figures = [ours(entry) for entry in made]
    assert tails.compare_figures(made, "0", figures).holds
    for at, (var, shortfall) in enumerate(figures):
        edited = [*figures]
        edited[at] = (var + max(1.0, abs(var) * 2**-52), shortfall)
        assert tails.compare_figures(made, "0", edited).var_differences == (at,)
        edited[at] = (var, shortfall + 3 * float(tails.allowance(made[at])))
        assert tails.compare_figures(made, "0", edited).shortfall_differences == (at,)


def test_tails_another_convention_is_found_where_the_tail_is_whole():
    """Hull's rule is ours when (1 - c) S is broken, so only whole tails without ties can tell them apart."""
    made = [replace(entry, losses=tuple(range(len(entry.losses)))) for entry in tails.random_series(200, 6)]
    figures = [(float(value_at_risk_by("hull", e.losses, e.confidence_bps)), ours(e)[1]) for e in made]
    whole = tuple(index for index, entry in enumerate(made) if entry.has_whole_tail)
    assert whole
    assert tails.compare_figures(made, "0", figures).var_differences == whole


def test_allowance_is_far_below_a_unit_of_the_sheet():
    """For a book of a million dollars in 10^-6 cents, 252 days at 99 %: less than a hundredth of a cent."""
    entry = tails.TailSeries("cents", (10**14,) * 252, 9_900)
    assert tails.allowance(entry) < Fraction(10**4)


def test_tails_equal_skfolio_on_500_random_series():
    if not tails.is_installed():
        pytest.skip("skfolio is not installed: make conformance, or python3 scripts/setup_conformance.py")
    found = tails.compare_tails(500, 11)
    assert found.holds, found
    assert found.series == 500
    assert f"skfolio=={found.version}\n" in (ROOT / "requirements-conformance.in").read_text(encoding="utf-8")


def test_conformance_lock_pins_every_package_with_its_hashes():
    lock = (ROOT / "requirements-conformance.lock").read_text(encoding="utf-8")
    packages = [
        entry for entry in lock.replace("\\\n", " ").splitlines() if entry and not entry.lstrip().startswith("#")
    ]
    assert len(packages) > 10
    assert all("==" in entry and "--hash=sha256:" in entry for entry in packages)
    wanted = (ROOT / "requirements-conformance.in").read_text(encoding="utf-8").splitlines()[-1]
    assert any(entry.startswith(f"{wanted} ") for entry in packages)
