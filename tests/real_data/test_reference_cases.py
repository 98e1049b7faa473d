"""Published inputs and outputs: Hull's four indices, and health factors without debt."""

from __future__ import annotations

import csv
import json

from tests.real_data.market import shared
from zkrisk.metrics import Status, health_factor, historical_var, scenario_losses
from zkrisk.sheet import return_e6_down


def case(identifier: str) -> dict:
    cases = json.loads(shared("reference_cases.json").read_text(encoding="utf-8"))
    return next(entry for entry in cases if entry["id"] == identifier)


def hull_losses_usd_k(entry: dict) -> list[float]:
    """Losses of the published book through our integer returns and losses, in thousands of dollars."""
    path = shared(entry["inputs"]["data"])
    with path.open(encoding="utf-8") as stream:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(stream)]
    usd = [(r["DJIA"], r["FTSE100"] * r["USDGBP"], r["CAC40"] / r["EURUSD"], r["Nikkei"] / r["YENUSD"]) for r in rows]
    closes = [[round(value * 10**10) for value in row] for row in usd]
    returns = [
        (0, *(return_e6_down(a, b) for a, b in zip(closes[day], closes[day + 1], strict=True)))
        for day in range(entry["inputs"]["scenarios"])
    ]
    exposures = (0, *(weight * 10**5 for weight in entry["inputs"]["weights_usd_k"]))
    return [loss / 10**11 for loss in scenario_losses(exposures, returns)]


# One 10^-6 of ten million dollars and a cent a slot: how far the integer sheet may lie above the published figure.
SLACK_USD_K = 0.01 + 5 * 0.00001


def test_hull_scenario_losses_agree():
    entry = case("hull_scenario_losses")
    losses = hull_losses_usd_k(entry)
    for index, name in enumerate(("loss_1", "loss_2", "loss_3")):
        excess = losses[index] - entry["expected"][name]
        assert -entry["tolerance"] <= excess <= SLACK_USD_K + entry["tolerance"]


def test_hull_var_infimum_convention_agrees():
    entry = case("hull_hist_var_inf_convention")
    scaled = [round(loss * 10**11) for loss in hull_losses_usd_k(entry)]
    excess = historical_var(scaled, 9_900) / 10**11 - entry["expected"]["var_usd_k"]
    assert -entry["tolerance"] <= excess <= SLACK_USD_K + entry["tolerance"]


def test_health_zero_debt_is_a_tag_not_one_of_the_four_published_numbers():
    inputs = case("aave_hf_utils_zero_debt")["inputs"]
    for rule in ("zkrisk", "aave-v3.0", "aave-v3.7"):
        found = health_factor(
            [int(inputs["collateral"])], [0], [10**8], [inputs["liquidation_threshold_bps"]], [10_000], rule=rule
        )
        assert found.status is Status.NO_DEBT
        assert found.as_decimal() is None
