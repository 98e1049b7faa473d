"""Four verifiers give one verdict, and it is the one that scalar arithmetic gives (P5). At length: tests.campaigns."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.campaigns.verdicts.bytes_edits import BYTE_EDITS, aliased_signal
from tests.campaigns.verdicts.group_edits import FORGERIES, GROUP_EDITS, forged, honest, malleable
from tests.campaigns.verdicts.judges import Judges, Verdict, judge_code
from tests.campaigns.verdicts.known import twist_points
from tests.campaigns.verdicts.real import REAL_BYTE_EDITS, REAL_GROUP_EDITS, honest_proofs
from tests.campaigns.verdicts.tuples import Tuple, World
from tests.campaigns.verifiers import Tally, judge
from zkrisk.errors import ZkRiskError
from zkrisk.proof.backends import native, pairing, snarkjs

pytestmark = pytest.mark.xdist_group("verdicts")


@pytest.fixture(scope="module")
def world() -> World:
    return World(2026, key_count=3, proofs_each=3)


@pytest.fixture(scope="module")
def judges() -> Iterator[Judges]:
    with Judges(judge_code()) as open_judges:
        yield open_judges


def agreed(judges: Judges, tuples: list[Tuple], *, py_ecc: bool = True) -> Tally:
    tally = judge(judges, list(enumerate(tuples)), py_ecc=py_ecc)
    assert tally.wrong == []
    return tally


@pytest.mark.parametrize("name", list(BYTE_EDITS))
def test_P5_bytes_that_are_no_points_are_refused_by_all_four(judges: Judges, world: World, name: str) -> None:  # noqa: N802
    rng = random.Random(name)  # noqa: S311
    tuples = [BYTE_EDITS[name](rng, world) for _ in range(8)]
    assert not any(each.expected for each in tuples)
    assert agreed(judges, tuples).paired["py_ecc"] == 0


@pytest.mark.parametrize("name", list(GROUP_EDITS))
def test_P5_points_of_the_groups_are_judged_by_the_equation(judges: Judges, world: World, name: str) -> None:  # noqa: N802
    rng = random.Random(name)  # noqa: S311
    agreed(judges, [GROUP_EDITS[name](rng, world)])
    agreed(judges, [GROUP_EDITS[name](rng, world) for _ in range(12)], py_ecc=False)


def test_P5_real_proofs_of_the_micro_circuits_are_judged_alike(judges: Judges) -> None:  # noqa: N802
    rng = random.Random(4)  # noqa: S311
    for real in honest_proofs():
        agreed(judges, [edit(rng, real) for edit in REAL_BYTE_EDITS for _ in range(3)])
        agreed(judges, [edit(rng, real) for edit in REAL_GROUP_EDITS for _ in range(2)], py_ecc=False)


def test_K2_known_malleable_forms_are_accepted_by_all_four(judges: Judges, world: World) -> None:  # noqa: N802
    rng = random.Random(5)  # noqa: S311
    tuples = [malleable(rng, world) for _ in range(10)]
    assert all(each.expected for each in tuples) and len({each.proof for each in tuples}) == 10
    agreed(judges, tuples, py_ecc=False)


def test_S1_forged_proof_holds_in_the_equation_and_its_key_is_refused_by_all_four(  # noqa: N802
    judges: Judges, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [forge(world.honest(random.Random(6)), sign) for forge in FORGERIES.values() for sign in (1, -1)]  # noqa: S311
    assert agreed(judges, [known.sent("forged") for known in made]).accepted.total() == 0
    monkeypatch.setattr("tests.campaigns.verdicts.tuples.is_forgeable", lambda head: False)
    assert all(known.is_valid() for known in made), "but for the key, it would be a proof of anything"
    assert not forged(random.Random(7), world).kind.startswith("honest")  # noqa: S311


def test_P3_small_order_points_are_on_the_twist_and_in_no_subgroup_of_ours() -> None:  # noqa: N802
    assert len(twist_points()) >= 6
    for point in twist_points():
        assert pairing.curve.is_on_curve(pairing._on_g2(point, 0), pairing.curve.b2)


@pytest.mark.parametrize("verify", [native.verify, pairing.verify, snarkjs.verify])
def test_S7_no_length_of_key_proof_or_signals_escapes_as_another_error(world: World, verify: object) -> None:  # noqa: N802
    given = world.proofs[0].sent("lengths")
    for size in (0, 1, 63, 64, 447, 448, 449, 512, len(given.material) - 1, len(given.material) + 1):
        for public in ((), given.public, (0,) * 9):
            with pytest.raises(ZkRiskError):
                verify((given.material * 2)[:size], public, given.proof)  # type: ignore[operator]
    for size in (0, 1, 32, 255, 257):
        with pytest.raises(ZkRiskError):
            verify(given.material, given.public, (given.proof * 2)[:size])  # type: ignore[operator]


def test_P5_verifier_that_reduces_its_signals_is_found(  # noqa: N802
    judges: Judges, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail: here is a verifier with the oldest mistake of the trade."""
    honest_native = Judges.native

    def reducing(self: Judges, given: Tuple) -> Verdict:
        return honest_native(self, replace(given, public=tuple(value % native_order for value in given.public)))

    native_order = pairing.SCALAR_MODULUS
    monkeypatch.setattr(Judges, "native", reducing)
    tuples = [aliased_signal(random.Random(index), world) for index in range(12)]  # noqa: S311
    wrong = judge(judges, list(enumerate(tuples)), py_ecc=False).wrong
    assert wrong and all(said["native"] and not said["snarkjs"] for _, _, _, said in wrong)


def test_P5_oracle_that_is_wrong_is_found(judges: Judges, world: World) -> None:  # noqa: N802
    given = honest(random.Random(8), world)  # noqa: S311
    assert judge(judges, [(0, replace(given, expected=False))], py_ecc=False).wrong
