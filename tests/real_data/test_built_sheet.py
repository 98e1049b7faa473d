"""Sheets built from observed closes: the known gap, the known crises, a year of days, a proof on one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from tests.real_data.market import shared
from tests.unit import test_bundle_case as case
from zkrisk.book import Leg
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.errors import VerificationError
from zkrisk.params import Assurance
from zkrisk.pipeline import make_bundle
from zkrisk.pipeline_offline import AccountCard, prepare_attest_offline
from zkrisk.policy import parse_policy
from zkrisk.proof.artifacts import default_artifacts
from zkrisk.proof.bundle import bundle_sheet, pack
from zkrisk.proof.view import Deployment
from zkrisk.sheet import load_universe
from zkrisk.sheet.build import (
    ALLOWABLE,
    BuildOptions,
    FindingKind,
    ScenarioRequest,
    Stamp,
    build_sheet,
    daily_sheets,
    inspect_prices,
    read_instrument_file,
)

UNIVERSE = load_universe("micro-8")
NOW_UNIX = 1_790_000_000
OPTIONS = BuildOptions(proxies={"USDC": "USD", "ETH-PERP": "ETH"}, stamp=Stamp.OPEN)
FILLED = replace(OPTIONS, fill_previous=True)
BEFORE_THE_GAP = replace(OPTIONS, last_day=date(2025, 1, 13))


@pytest.fixture(scope="module")
def market():
    return {
        coin: read_instrument_file(coin, shared(f"data/prices/mim_{coin}-USD.csv")) for coin in ("BTC", "ETH", "SOL")
    }


def test_missing_days_are_found_where_they_are(market):
    """The files lack the open of 2025-01-15 of all but BTC, and BTC's alone on ten days of 2024: the closes before."""
    report = inspect_prices(UNIVERSE, market, OPTIONS, now_unix=NOW_UNIX, closes=1_000).report
    gaps = {f.symbol: f.days for f in report.findings if f.kind is FindingKind.GAP}
    assert gaps["ETH"] == gaps["SOL"] == (date(2025, 1, 14),)
    june, december = (
        [date(2024, month, day) for day in days] for month, days in ((6, range(13, 17)), (12, range(3, 8)))
    )
    assert gaps["BTC"] == (date(2024, 2, 16), *june, *december)
    assert {f.kind for f in report.errors} == {FindingKind.GAP}


def test_sheet_of_the_newest_days_says_what_was_filled(market):
    sheet = build_sheet(UNIVERSE, market, FILLED, now_unix=NOW_UNIX).sheet
    assert (sheet.synthetic, sheet.window.last_day) == (False, "2025-01-15")
    assert [text for text in sheet.warnings if text.startswith("FILLED")] == [
        f"FILLED: {coin}: filled with the close before: 1 day, 2025-01-14" for coin in ("ETH", "SOL")
    ]
    assert sheet.window.returns[sheet.window.days.index("2025-01-14")][UNIVERSE.slot_of("ETH")] == 0


@pytest.mark.parametrize(("name", "row", "symbol", "per_mille"), [
    ("mar-2020", "mar-2020-7d", "BTC", -467), ("mar-2020", "mar-2020-7d", "ETH", -508),
    ("mar-2020", "mar-2020-30d", "BTC", -530), ("may-2021", "may-2021-30d", "BTC", -431),
    ("may-2021", "may-2021-peak", "BTC", -463), ("ftx-2022-11", "ftx-2022-11-2d", "BTC", -230),
    ("ftx-2022-11", "ftx-2022-11-peak", "BTC", -260), ("luna-2022-05", "luna-2022-05-7d", "SOL", -458),
])  # fmt: skip
def test_crises_are_found_as_they_are_known(market, name, row, symbol, per_mille):
    options = replace(BEFORE_THE_GAP, stress_proxies={"SOL": "ETH"} if name == "mar-2020" else {})
    request = ScenarioRequest(stresses=(name,), replace_stresses=True)
    parameters = build_sheet(UNIVERSE, market, options, request, now_unix=NOW_UNIX).sheet.parameters
    found = parameters.stress_return[parameters.stress_ids.index(row)][UNIVERSE.slot_of(symbol)]
    assert abs(found - per_mille * 1_000) <= 500


@pytest.mark.parametrize(("lead", "row", "per_mille"), [
    ("ETH", "mar-2020-30d", -583), ("SOL", "ftx-2022-11-7d", -605),
])  # fmt: skip
def test_another_lead_finds_its_own_worst_days(market, lead, row, per_mille):
    options = replace(BEFORE_THE_GAP, stress_proxies={"SOL": "ETH"} if "2020" in row else {})
    request = ScenarioRequest(stresses=(row,), replace_stresses=True, lead=lead)
    parameters = build_sheet(UNIVERSE, market, options, request, now_unix=NOW_UNIX).sheet.parameters
    assert abs(parameters.stress_return[0][UNIVERSE.slot_of(lead)] - per_mille * 1_000) <= 500


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.parametrize("coin", ["BTC", "ETH", "SOL"])
def test_a_coin_moved_by_a_day_is_named_and_no_other(market, coin, days):
    moved = replace(BEFORE_THE_GAP, last_day=date(2024, 12, 31), shifts={coin: days})
    report = inspect_prices(UNIVERSE, market, moved, now_unix=NOW_UNIX).report
    named = [(f.symbol, f"--shift {coin}={-days}" in f.message) for f in report.errors]
    assert named == [(coin, True)]


def test_coins_as_they_are_fit_together_in_every_year(market):
    for year in range(2021, 2025):
        options = replace(OPTIONS, last_day=date(year, 12, 31))
        report = inspect_prices(UNIVERSE, market, options, now_unix=NOW_UNIX, closes=365).report
        assert {(f.kind, f.symbol) for f in report.errors} <= {(FindingKind.GAP, "BTC")}, year


def test_a_year_of_daily_sheets(market):
    options = replace(FILLED, last_day=date(2024, 12, 31), max_fill_days=5)
    history = inspect_prices(UNIVERSE, market, options, now_unix=NOW_UNIX, closes=16 + 366).history()
    sheets = list(daily_sheets(UNIVERSE, history))
    assert (len(sheets), sheets[0].window.last_day, sheets[-1].window.last_day) == (366, "2024-01-01", "2024-12-31")
    assert len({sheet.sha256 for sheet in sheets}) == 366
    assert all(after.as_of_unix - before.as_of_unix == 86_400 for before, after in pairwise(sheets))
    last = build_sheet(UNIVERSE, market, options, now_unix=NOW_UNIX, window_ordinal=sheets[-1].window_ordinal).sheet
    assert (last.prices, last.window, last.epoch) == (sheets[-1].prices, sheets[-1].window, sheets[-1].epoch)


def deployment() -> DeploymentFile:
    """A deployment file, for a proof that asks no chain."""
    addresses = {name: f"0x{place:040x}" for place, name in enumerate(Deployment.__annotations__, start=1)}
    contracts = Deployment(**{**addresses, "manager": case.MANAGER, "policies": case.POLICIES, "vaults": {}})
    return DeploymentFile(chain_id=case.CHAIN_ID, universe=UNIVERSE, contracts=contracts)


POLICY = {
    "schema": "urn:zkrisk:policy/v1", "name": "built", "version": 1, "owner": None, "confidence": "0.9",
    "max_age_s": 90_000, "min_assurance": "SELF_DECLARED",
    "limits": {"health_min": "1.1", "leverage_max": "4x", "var_max": "60%", "stress_max": "300%"},
}  # fmt: skip


def test_offline_proof_on_a_built_sheet_is_valid_and_carries_its_origin(market):
    sheet = build_sheet(UNIVERSE, market, FILLED, now_unix=NOW_UNIX).sheet
    opening, now = case.opening(), sheet.as_of_unix + 600
    card = AccountCard(opening.commitment, 1, Assurance.CUSTODIAN_SIGNED, 0, 0, Leg.empty(8))
    prepared = prepare_attest_offline(
        deployment(), default_artifacts(), opening, sheet, policy=parse_policy(POLICY), policy_id=bytes(32), card=card,
        deadline_unix=now + 600,
    )  # fmt: skip
    bundle = pack(make_bundle(prepared, default_artifacts(), opening), case.key(), sheet)
    assert bundle_sheet(bundle) == sheet and sheet.origin.sources[0].name == "mim_BTC-USD.csv"
    assert case.without_chain(bundle, now_unix=now).verdict == "VALID OFFLINE"
    other = build_sheet(UNIVERSE, market, replace(FILLED, shifts={"SOL": 1}, allow=ALLOWABLE), now_unix=NOW_UNIX).sheet
    with pytest.raises(VerificationError):
        case.without_chain(bundle, now_unix=now, sheet=replace(other, epoch=sheet.epoch))
