"""Simulated scenarios: errors first, then that anybody gets the same ones, then what their distribution is."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from zkrisk.analytics import monte_carlo, normals_e9, sample_covariance, seed_from, simulate_returns
from zkrisk.errors import BadLimit, EmptyScenarios, InputError
from zkrisk.metrics import historical_var, scenario_losses
from zkrisk.sheet import Sheet, load_universe, synthetic_history

UNIVERSE = load_universe("micro-8")
SHEET = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=3, last_day=date(2026, 11, 20)), epoch=1)
ROWS = SHEET.window.returns
BOOK = (10**6, 5 * 10**6, 3 * 10**6, -(10**6), 0, 2 * 10**6, 0, 0)
HASH = bytes(range(32))
NORMALS_DIGEST = "5c4737c7fce442893b1fdf4d1a1cfb592402e474fe392eb1627502a7eea69eae"
ROWS_DIGESTS = {
    None: "232c5c7e7317d774ed2bdb49275b2870a67833b7dda17059f7570cfce5c47ceb",
    5: "50da952d8ffaf303be96f7868c13933bb924c77a9db2f50412ea6eca67178abd",
}
FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: seed_from(HASH[1:], 5), InputError),
        (lambda: seed_from(bytes(32), 5), InputError),
        (lambda: seed_from(HASH, 0), InputError),
        (lambda: seed_from(HASH, FIELD), InputError),
        (lambda: simulate_returns(ROWS[:1], 10, 1), EmptyScenarios),
        (lambda: simulate_returns(ROWS, 0, 1), EmptyScenarios),
        (lambda: simulate_returns(((1, 2), (1,)), 10, 1), InputError),
        (lambda: simulate_returns(ROWS, 10, -1), InputError),
        (lambda: simulate_returns(ROWS, 10, 1, degrees=2), InputError),
        (lambda: monte_carlo(BOOK[1:], ROWS, 9_900, seed=1, scenarios=10), InputError),
        (lambda: monte_carlo(BOOK, ROWS, 10_000, seed=1, scenarios=10), BadLimit),
        (lambda: normals_e9([1 << 64]), InputError),
        (lambda: normals_e9([-1]), InputError),
    ],
)
def test_monte_carlo_bad_input_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_seed_is_the_documented_hash_and_moves_with_both_inputs():
    expected = sha256(b"zkrisk/monte-carlo/v1" + HASH + (5).to_bytes(32, "big")).hexdigest()
    assert f"{seed_from(HASH, 5):064x}" == expected
    assert len({seed_from(HASH, 5), seed_from(HASH, 6), seed_from(HASH[::-1], 5)}) == 3


def test_normals_ends_and_middle():
    low, middle, high = normals_e9([0, 1 << 63, (1 << 64) - 1])
    assert low == -high == -8_209_536_152
    assert middle == 0


def test_normals_agree_with_another_inverse():
    special = pytest.importorskip("scipy.special")
    words = np.random.PCG64(11).random_raw(50_000)
    p = ((words >> np.uint64(12)).astype(float) * 2 + 1) / 2**53
    assert np.abs(np.array(normals_e9(words)) / 1e9 - special.ndtri(p)).max() < 6e-10


def test_normals_and_rows_are_the_ones_of_every_machine():
    """The normals' digest is that of the standard library's inverse, rounded; the rows' are what this function gave."""
    normals = normals_e9(np.random.PCG64(7).random_raw(20_000))
    assert sha256(json.dumps(normals).encode()).hexdigest() == NORMALS_DIGEST
    for degrees, digest in ROWS_DIGESTS.items():
        rows = simulate_returns(ROWS, 500, 7, degrees=degrees)
        assert sha256(json.dumps(rows).encode()).hexdigest() == digest


def test_simulation_is_prefix_stable_and_seed_decides():
    assert simulate_returns(ROWS, 20, 9)[:10] == simulate_returns(ROWS, 10, 9)
    assert simulate_returns(ROWS, 10, 8) != simulate_returns(ROWS, 10, 9)


def test_simulation_agrees_with_a_float_version():
    """Words of numpy, numpy's own Cholesky factor: the rows differ by rounding alone."""
    moving = [i for i in range(8) if any(row[i] for row in ROWS)]
    factor = np.zeros((8, 8))
    factor[np.ix_(moving, moving)] = np.linalg.cholesky(sample_covariance(ROWS)[np.ix_(moving, moving)])
    normals = np.array(normals_e9(np.random.PCG64(4).random_raw(8 * 300))).reshape(300, 8) / 1e9
    expected = np.floor(normals @ factor.T * 1e6)
    assert np.abs(np.array(simulate_returns(ROWS, 300, 4)) - expected).max() <= 1


@pytest.mark.parametrize("degrees", [None, 8])
def test_simulation_has_the_covariance_of_the_window(degrees):
    observed = sample_covariance(ROWS)
    made = sample_covariance(simulate_returns(ROWS, 20_000, 5, degrees=degrees))
    assert np.abs(made - observed).max() < 0.05 * observed.max()


def test_simulation_students_t_has_fatter_tails():
    column = next(i for i in range(8) if any(row[i] for row in ROWS))
    kurtosis = []
    for degrees in (None, 5):
        moves = np.array([row[column] for row in simulate_returns(ROWS, 10_000, 2, degrees=degrees)], dtype=float)
        kurtosis.append(((moves - moves.mean()) ** 4).mean() / moves.var() ** 2)
    assert abs(kurtosis[0] - 3) < 0.3
    assert kurtosis[1] > 4


def test_simulation_what_does_not_move_stays_and_copies_move_together():
    rows = [(0, move, move, 0, -move) for move in (10_000, -25_000, 7_000, 12_345)]
    for row in simulate_returns(rows, 200, 3):
        assert row[0] == row[3] == 0
        assert row[1] == row[2]
        assert abs(row[1] + row[4]) <= 1


def test_simulation_deviation_below_one_unit_is_rounding_and_not_risk():
    rows = [(0, 10_000, 1), (0, -10_000, 1), (0, 10_000, 0), (0, -10_000, 0)]
    assert {row[2] for row in simulate_returns(rows, 200, 3)} == {0}


def test_simulation_is_clamped_like_the_sheet():
    wild = [(0, 8_000_000), (0, -1_000_000), (0, 8_000_000), (0, -1_000_000)]
    moves = [row[1] for row in simulate_returns(wild, 2_000, 1)]
    assert min(moves) == -1_000_000
    assert max(moves) == 2**23 - 1


def test_monte_carlo_is_the_order_statistic_of_the_proved_metric():
    found = monte_carlo(BOOK, ROWS, 9_900, seed=5, scenarios=1_000)
    losses = scenario_losses(BOOK, simulate_returns(ROWS, 1_000, 5))
    assert found.losses == losses
    assert found.var_loss == historical_var(losses, 9_900) == sorted(losses, reverse=True)[10]
    assert found.var_range[0] < found.var_loss < found.var_range[1]


def test_monte_carlo_range_covers_95_percent_of_draws():
    """Distribution-free: the true quantile of one normal instrument lies inside for about 95 of 100 seeds."""
    rows = [(0, 10_000), (0, -10_000)] * 50
    deviation = float(np.sqrt(sample_covariance(rows)[1, 1]))
    truth = 1.6448536 * deviation * 10**6 * 1e6 + 2e6
    inside = 0
    for seed in range(100):
        low, high = monte_carlo((0, 10**6), rows, 9_500, seed=seed, scenarios=400).var_range
        inside += low <= truth <= high
    assert 90 <= inside <= 100


def test_monte_carlo_few_scenarios_range_ends_at_the_extremes():
    found = monte_carlo(BOOK, ROWS, 9_900, seed=5, scenarios=3)
    assert found.var_range == (min(found.losses), max(found.losses))


def test_monte_carlo_document_names_what_is_needed_to_redo_it():
    found = monte_carlo(BOOK, ROWS, 9_900, seed=seed_from(HASH, 5), scenarios=50, degrees=4)
    document = found.to_dict()
    assert int(document["seed"], 16) == seed_from(HASH, 5)
    assert (document["generator"], document["distribution"]) == ("PCG64", "student-t, 4 degrees")
    assert document["report_only"] is True
    assert document["var_loss_cents"] not in repr(found)
