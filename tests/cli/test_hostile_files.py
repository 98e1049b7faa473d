"""Files handed over by somebody else: nothing in them moves the cursor, overwrites a file or looks like a bug."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from pathlib import Path

import pytest
from conftest import ROOT

from zkrisk.chain.deployment import DeploymentFile
from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.figures import day_text, time_text
from zkrisk.cli.output import Screen, encode
from zkrisk.cli.progress import Progress
from zkrisk.errors import BadFile
from zkrisk.proof.view import Deployment
from zkrisk.sheet import load_universe

ERASE = "\x1b[2J"
REVERSE = "\N{RIGHT-TO-LEFT OVERRIDE}"
CSI = "\x9b"
MICRO = {"id": "micro-8", "sha256": load_universe("micro-8").sha256}
CONTROLS = (ERASE, REVERSE, CSI, "\x08", "\r", "\N{ZERO WIDTH JOINER}")


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_of_the_terminal_leaves_the_program_but_its_own_colours(control):
    answer, progress = io.StringIO(), io.StringIO()
    Screen(True, answer, answer).say([f"name{control}\n  next", [(f"ok{control}", "ok"), (control, "")]])
    Progress(progress, is_moving=False).done("phase", control, 0)
    assert "\x1b[32mok" in answer.getvalue() and "name" in answer.getvalue() and "\n  next" in answer.getvalue()
    assert control not in answer.getvalue() and control not in progress.getvalue()


@pytest.mark.parametrize("control", CONTROLS)
def test_json_escapes_what_does_not_print_and_reads_back_the_same(control):
    text = encode({"name": f"a{control}b \N{GREATER-THAN OR EQUAL TO} \U000e0041"})
    assert control not in text and "\N{GREATER-THAN OR EQUAL TO}" in text and "\U000e0041" not in text
    assert json.loads(text)["name"] == f"a{control}b \N{GREATER-THAN OR EQUAL TO} \U000e0041"


def test_universe_with_controls_in_its_names_is_shown_without_them(program):
    document = json.loads((ROOT / "zkrisk/sheet/universes/micro-8.json").read_text())
    document["instruments"][2]["name"] = f"Ether{ERASE}{REVERSE}"
    program.write("theirs.json", json.dumps(document))
    ran = program("sheet", "show", "--universe", "theirs.json")
    assert ran.code == 0 and "Ether" in ran.out
    assert "\x1b" not in ran.out and REVERSE not in ran.out


def test_times_beyond_every_calendar_are_shown_as_numbers():
    assert time_text(0) == "1970-01-01 00:00 UTC"
    assert time_text(253_402_300_799).startswith("9999-12-31")
    assert time_text(2**64 - 1) == day_text(2**64 - 1) == f"unix time {2**64 - 1}"


def _deployment(folder: Path, **changed: object) -> Path:
    names = (entry.name for entry in fields(Deployment) if entry.name != "vaults")
    contracts = dict.fromkeys(names, "0x" + "11" * 20)
    document = {
        "schema": "urn:zkrisk:deployment/v1", "chain_id": 31337, "universe": MICRO,
        "contracts": contracts, "vaults": {}, "tokens": {}, "feeds": {}, "policies": {}, "block": 0,
        "key_class": "DEVELOPMENT", "synthetic": True, **changed,
    }  # fmt: skip
    path = folder / "deployment.json"
    path.write_text(json.dumps(document))
    return path


def test_honest_deployment_is_read(tmp_path):
    assert DeploymentFile.load(_deployment(tmp_path)).chain_id == 31337


@pytest.mark.parametrize("changed", [
    {"policies": {"lender-a": "zz"}}, {"policies": {"lender-a": "0x" + "11" * 31}}, {"policies": []},
    {"vaults": {ERASE: "0x" + "11" * 20}}, {"tokens": {"ETH": "0x12g"}}, {"universe": {"id": 5, "sha256": "x"}},
    {"universe": {"id": "/etc/hostname.json", "sha256": "x"}}, {"synthetic": "false"}, {"chain_id": "1.0"},
    {"block": [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]},
])  # fmt: skip
def test_malformed_deployment_is_a_bad_file(tmp_path, changed):
    with pytest.raises(BadFile) as caught:
        DeploymentFile.load(_deployment(tmp_path, **changed))
    assert ERASE not in caught.value.message


class Yes:
    """A session that says yes."""

    def confirm(self, question: str) -> None:
        """Answer nothing."""


def test_written_file_replaces_a_link_and_never_what_it_points_to(tmp_path: Path):
    precious, link = tmp_path / "precious", tmp_path / "out.zkrisk.json"
    precious.write_text("precious")
    link.symlink_to(precious)
    write_file(Yes(), str(link), b"public")
    assert precious.read_text() == "precious" and link.read_bytes() == b"public" and not link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zkrisk.json", "precious"]


def test_name_of_the_file_being_written_cannot_be_guessed(tmp_path: Path, monkeypatch):
    """In a folder that others may write to, a link waiting under that name would be followed."""
    names: list[str] = []
    honest = Path.open

    def noted(path: Path, mode: str = "r", *rest: object):
        names.append(path.name)
        assert mode == "xb"
        return honest(path, mode, *rest)

    monkeypatch.setattr(Path, "open", noted)
    for _ in range(2):
        write_file(Yes(), str(tmp_path / "out.json"), b"public")
    assert len(set(names)) == 2 and all(len(name) > len(".out.json..partial") + 12 for name in names)


def test_trust_store_is_its_owners_whatever_the_mask(program):
    ran = program("trust", "add", "circuits", "circuit=healthy-micro", "key_id=0x" + "ab" * 32, "class=CEREMONY")
    assert ran.code == 0
    assert (program.home / "trust.json").stat().st_mode & 0o077 == 0
    assert program.home.stat().st_mode & 0o077 == 0
