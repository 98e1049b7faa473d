"""Policies: limits exact in basis points, the order of the public values, and the line a lender reads."""

from __future__ import annotations

import json

import pytest

from zkrisk.errors import BadFile, BadLimit, EmptyScenarios, NotFound
from zkrisk.params import MICRO, STANDARD
from zkrisk.policy import (
    bundled_policies,
    disabled_text,
    load_policy,
    parse_bps,
    parse_policy,
    policy_text,
    tail_count,
    tail_mass,
)

FRAME = {"name": "p", "version": 1, "confidence": "0.975", "max_age_s": 60, "min_assurance": "SELF_DECLARED"}


def policy(**changes):
    return parse_policy({**FRAME, "limits": {"health_min": "1.25"}, **changes})


@pytest.mark.parametrize(
    "value", ["", "x", "NaN", "inf", "-1", "1.00001", "0.001%", "104.8576", "1e9", 0.5, True, None, [], "30%%", "1,5"]
)
def test_bps_not_an_exact_ratio_raises(value):
    with pytest.raises(BadLimit):
        parse_bps(value)


@pytest.mark.parametrize(
    ("value", "bps"),
    [
        ("1.25", 12_500),
        ("4x", 40_000),
        ("4.00 x", 40_000),
        ("30%", 3_000),
        ("0.01 %", 1),
        ("0", 0),
        (2, 20_000),
        ("104.8575", 1_048_575),
    ],
)
def test_bps_ratio_is_exact(value, bps):
    assert parse_bps(value) == bps


@pytest.mark.parametrize("confidence", ["0", "1", "99", "99%x", "1.01", 0.99])
def test_policy_confidence_not_between_0_and_1_raises(confidence):
    with pytest.raises(BadLimit):
        policy(confidence=confidence)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"limits": {}}, BadLimit),
        ({"limits": {"health_min": "0"}}, BadLimit),
        ({"limits": {"drawdown_max": "1"}}, BadFile),
        ({"limits": {"sector_max": {}}}, BadLimit),
        ({"min_assurance": "ORACLE"}, BadLimit),
        ({"min_assurance": 1}, BadLimit),
        ({"owner": "0x12"}, BadLimit),
        ({"version": 0}, BadFile),
        ({"max_age_s": "soon"}, BadFile),
        ({"name": "a b"}, BadFile),
        ({"schema": "urn:zkrisk:policy/v2"}, BadFile),
        ({"colour": 1}, BadFile),
    ],
)
def test_policy_bad_field_raises(changes, kind):
    with pytest.raises(kind):
        policy(**changes)


def test_policy_unknown_name_or_file_raises(tmp_path):
    with pytest.raises(NotFound):
        load_policy("lender-z")
    (tmp_path / "p.toml").write_text("= 1")
    with pytest.raises(BadFile, match="not TOML"):
        load_policy(tmp_path / "p.toml")


def test_sector_limits_that_do_not_fit_the_universe_raise():
    named = policy(limits={"sector_max": {"default": "60%", "L9": "10%"}})
    with pytest.raises(BadLimit, match="sectors are needed"):
        named.public_values(MICRO)
    with pytest.raises(BadLimit, match="L9"):
        named.public_values(MICRO, ["L1", "L2"])
    with pytest.raises(BadLimit, match="no limit for sector L2"):
        policy(limits={"sector_max": {"L1": "10%"}}).public_values(MICRO, ["L1", "L2"])


@pytest.mark.parametrize(
    ("scenarios", "confidence_bps", "kind"), [(0, 9_500, EmptyScenarios), (5, 0, BadLimit), (5, 10_000, BadLimit)]
)
def test_tail_bad_arguments_raise(scenarios, confidence_bps, kind):
    with pytest.raises(kind):
        tail_count(scenarios, confidence_bps)


@pytest.mark.parametrize(
    ("scenarios", "confidence_bps", "count"),
    [
        (252, 9_500, 12),
        (252, 9_750, 6),
        (252, 9_900, 2),
        (10, 9_000, 1),
        (20, 9_500, 1),
        (1_000, 9_500, 50),
        (16, 9_999, 0),
    ],
)
def test_tail_count_is_exact(scenarios, confidence_bps, count):
    assert tail_count(scenarios, confidence_bps) == count
    assert tail_mass(scenarios, confidence_bps) == (10_000 - confidence_bps) * scenarios


def test_public_values_are_in_the_protocols_order():
    values = load_policy("lender-a").public_values(STANDARD)
    enabled, scalars, sectors = values[:8], values[8:17], values[17:]
    assert enabled == [1, 1, 1, 1, 0, 1, 1, 1]
    assert scalars == [12_500, 40_000, 3_000, 0, 800, 1_000, 5_000, 6, 250 * 252]
    assert sectors == [6_000] * 8


def test_public_values_named_sector_is_in_its_place():
    named = policy(limits={"sector_max": {"default": "60%", "B": "10%"}})
    assert named.public_values(MICRO, ["A", "B"])[17:] == [6_000, 1_000]
    assert named.public_values(STANDARD, ["A", "B"])[17:] == [6_000, 1_000] + [6_000] * 6


def test_text_is_what_a_lender_reads():
    lender = load_policy("lender-a")
    assert lender.to_text() == policy_text(lender)
    assert lender.to_text() == (
        "health ≥ 1.25 · gross ≤ 4.00x · position ≤ 30 % · sector ≤ 60 % · VaR 97.5 ≤ 8 % · ES 97.5 ≤ 10 % · "
        "stress ≤ 50 %"
    )
    assert disabled_text(lender) == "HHI"
    fine = policy(confidence="0.9999", limits={"health_min": "1.2345", "var_max": "0.01%", "hhi_max": "0.25"})
    assert fine.to_text() == "health ≥ 1.2345 · HHI ≤ 0.25 · VaR 99.99 ≤ 0.01 %"


def test_sha256_is_of_the_meaning_not_the_spelling():
    spellings = [{"position_max": "30%"}, {"position_max": "0.3"}, {"position_max": "0.3000", "hhi_max": None}]
    hashes = {policy(limits=limits).sha256 for limits in spellings}
    assert len(hashes) == 1
    assert policy(limits={"position_max": "30.01%"}).sha256 not in hashes
    assert policy(limits={"position_max": "30%"}, version=2).sha256 not in hashes


def test_files_json_toml_and_dict_read_back(tmp_path):
    for name in bundled_policies():
        lender = load_policy(name)
        assert parse_policy(json.loads(json.dumps(lender.to_dict()))) == lender
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(lender.to_dict()))
        assert load_policy(path) == lender
    toml = tmp_path / "p.toml"
    toml.write_text(
        'name = "p"\nversion = 1\nconfidence = 0.975\nmax_age_s = 60\nmin_assurance = "SELF_DECLARED"\n'
        '[limits]\nhealth_min = "1.25"\nvar_max = 0.08\n'
    )
    assert load_policy(toml) == policy(limits={"health_min": "1.25", "var_max": "8%"})
