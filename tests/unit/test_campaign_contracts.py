"""The campaigns against the contracts: what they compare, change and read, without their tools."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.campaigns.mutants.journal import CAUGHT, SURVIVED, Journal
from tests.campaigns.mutants.operators import mutants_of
from tests.campaigns.mutants.syntax import Mutant
from tests.campaigns.mutation import explained as explained_mutants
from tests.campaigns.record import ROOT
from tests.campaigns.solidity import pipelines, slither, symbolic

SOURCE = """// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;
// ≤ is three bytes: positions count bytes.
contract Small {
    error No();
    uint256 public total;
    modifier only() { if (msg.sender == address(0)) revert No(); _; }
    function put(uint256 a, uint256 b) external only {
        if (a < b) revert No();
        total += a / b;
    }
}
"""


@pytest.fixture(scope="module")
def small() -> list[Mutant]:
    """Mutants of a small contract."""
    selection = {"*": {"": ["ast"]}}
    request = {"language": "Solidity", "sources": {"src/S.sol": {"content": SOURCE}}, "settings": {}}
    request["settings"] = {"outputSelection": selection}
    done = subprocess.run(
        [ROOT / "scripts" / "solc", "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return mutants_of("src/S.sol", SOURCE.encode(), json.loads(done.stdout)["sources"]["src/S.sol"]["ast"])


def test_mutants_small_contract_every_operator(small: list[Mutant]) -> None:
    changed = {mutant.id: mutant.apply(SOURCE.encode()).decode() for mutant in small}
    assert "if (a < b) {}\n" in changed["Small.put.drop-revert.1"]
    assert "external  {" in changed["Small.put.drop-modifier.1"]
    assert "if (a <= b) revert" in changed["Small.put.binary.1"]
    assert "if (!(a < b)) revert" in changed["Small.put.negate.1"]
    assert "total -= a / b;" in changed["Small.put.assignment.1"]
    assert "((a + (b) - 1) / (b))" in changed["Small.put.round-up.1"]
    assert "        {}\n    }" in changed["Small.put.drop-assignment.1"]
    assert Counter(mutant.kind for mutant in small)["reverts"] == 3
    assert all(text != SOURCE for text in changed.values())


def test_journal_tests_changed_survivor_tried_again(tmp_path: Path, small: list[Mutant]) -> None:
    for folder in ("src", "test/utils"):
        (tmp_path / folder).mkdir(parents=True)
    suite, other = tmp_path / "test" / "One.t.sol", tmp_path / "test" / "Other.t.sol"
    suite.write_text("one")
    journal = Journal(tmp_path / "journal", tmp_path)
    journal.write(small[0], CAUGHT, ("OneTest", "test_x"))
    journal.write(small[1], SURVIVED)
    other.write_text("a new test")
    again = Journal(tmp_path / "journal", tmp_path)
    assert again.known(small[0]) is not None
    assert again.known(small[1]) is None
    suite.write_text("one, changed")
    assert Journal(tmp_path / "journal", tmp_path).known(small[0]) is None


def test_explanations_have_the_form_that_the_campaigns_read() -> None:
    assert slither.explained().total() > 0
    rows = [line for line in slither.PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == len(explained_mutants())


def test_differences_other_status_or_absent_named() -> None:
    same, failed = {"a": "Success", "b": "Success"}, {"a": "Success", "b": "Failure", "c": "Success"}
    assert pipelines.differences(same, same) == []
    assert len(pipelines.differences(same, failed)) == 2
    assert pipelines.differences({"a": "Failure"}, {"a": "Failure"}) != []


def test_K27_compiler_one_exact_version_everywhere() -> None:  # noqa: N802
    pipelines.check_compiler()


def test_breaks_every_property_broken_once_and_in_place() -> None:
    for file, old, new in symbolic.breaks():
        assert (ROOT / "contracts" / "src" / file).read_text().count(old) == 1, old
        assert old != new


def test_T1_expected_reverts_are_of_calls_not_of_new() -> None:  # noqa: N802
    """`new` in a test is a cheat code after the build; when it reverts as expected, the rest of the test never runs."""
    expected = re.compile(r"expect(?:Partial)?Revert\([^;]*;\s*(?:vm\.\w*[pP]rank\([^;]*;\s*)?(?:[\w.]+ = )?new [A-Z]")
    for source in (ROOT / "contracts" / "test").rglob("*.sol"):
        assert not expected.search(source.read_text()), source.name
