"""The native Poseidon is circomlib's: same digests as circomlibjs for every number of inputs."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from zkrisk import _prover as prover
from zkrisk.errors import InputError, RangeExceeded

ROOT = Path(__file__).resolve().parents[2]
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
SCRIPT = """
const { buildPoseidonReference } = require("circomlibjs");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
buildPoseidonReference().then((poseidon) => {
    const digests = cases.map((inputs) => poseidon.F.toString(poseidon(inputs.map(BigInt))));
    process.stdout.write(JSON.stringify(digests), () => process.exit(0));
});
"""


def cases() -> list[list[int]]:
    numbers = random.Random(20_240_229)  # noqa: S311  repeatable cases, no secrets
    out = []
    for count in range(1, 17):
        out.append([0] * count)
        out.append([R - 1] * count)
        out.append(list(range(1, count + 1)))
        out.extend([numbers.randrange(R) for _ in range(count)] for _ in range(5))
    return out


def test_digests_equal_those_of_circomlibjs_for_1_to_16_inputs() -> None:
    inputs = cases()
    done = subprocess.run(
        [shutil.which("node") or "node", "-e", SCRIPT],
        cwd=ROOT,
        input=json.dumps([[str(value) for value in case] for case in inputs]),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [int(digest) for digest in json.loads(done.stdout)]
    assert len(expected) == 16 * 8
    assert [prover.poseidon(case) for case in inputs] == expected


def test_published_vector_of_1_and_2_matches() -> None:
    # circomlib's README and test/poseidoncircuit.js
    expected = 7853200120776062878684798364095072458815029376092732009249414926327459813530
    assert prover.poseidon([1, 2]) == expected


@pytest.mark.parametrize("inputs", [[], [1] * 17])
def test_another_number_of_inputs_is_refused(inputs: list[int]) -> None:
    with pytest.raises(InputError):
        prover.poseidon(inputs)


@pytest.mark.parametrize("value", [-1, R, R + 1, 1 << 256, -R])
def test_input_outside_the_field_is_refused_by_its_index(value: int) -> None:
    with pytest.raises(RangeExceeded) as caught:
        prover.poseidon([1, value])
    assert caught.value.message.startswith("input 1 is not in")
    assert caught.value.details == {}
