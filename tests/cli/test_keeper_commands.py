"""The keeper's commands: what they show and do not show, how they end, and how they are refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from types import SimpleNamespace
from unittest import mock

import jsonschema
import pytest
from inside import Inside

from tests.keeper.fake_chain import FakeChain, FakeProver, FakeView, account_address
from tests.keeper.keeper_case import add_account
from zkrisk.cli import keeper_access
from zkrisk.cli.commands import keeper as keeper_commands
from zkrisk.cli.schemas import json_schema
from zkrisk.sheet import load_universe


class Keepers(Inside):
    """A home with a reader's key, and the fake chain in place of a node."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.chain = FakeChain()
        self.view = FakeView(self.chain)

    def __call__(self, *arguments: str, **named):
        client = SimpleNamespace(
            chain_id=31337, universe=load_universe("micro-8"), deployment=SimpleNamespace(vaults={})
        )
        with (
            mock.patch.object(keeper_access, "_chain", lambda session, access: (client, None, self.view)),
            mock.patch.object(keeper_commands, "open_prover", lambda client, keeper: FakeProver(self.view)),
        ):
            return super().__call__(*arguments, **named)

    def events(self, *arguments: str) -> tuple[int, list[dict]]:
        ran = self("keeper", "run", "--json", *arguments)
        events = [json.loads(line) for line in ran.out.splitlines()]
        for event in events:
            jsonschema.validate(event, json_schema("keeper-run"))
        return ran.code, events


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a reader's key, made once because a passphrase takes its time; and the key."""
    program = Keepers(tmp_path_factory.mktemp("keepers"))
    assert program("init").code == 0
    assert program("viewing", "keygen", "main").code == 0
    point = program("viewing", "show", "main", "--json").document["result"]["public_key"]
    return program.home, (int(point["x"]), int(point["y"]))


@pytest.fixture
def keepers(tmp_path, home):
    program, (folder, key) = Keepers(tmp_path), home
    shutil.copytree(folder, program.home)
    for number, health_bps in enumerate((10_500, 13_000, 20_000)):
        add_account(program.chain, number, health_bps=health_bps, keys=(key,))
    add_account(program.chain, 3, health_bps=11_000, recipients=(5,))
    program.chain.snapshot(3_000)
    program.chain.mine()
    return program


def test_scan_orders_by_distance_and_shows_no_holdings(keepers):
    ran = keepers("keeper", "scan", "--json")
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.document, json_schema("keeper-scan"))
    rows = ran.document["result"]["accounts"]
    assert [row["account"] for row in rows] == [account_address(number) for number in range(4)]
    assert [row["distance_percent"] for row in rows] == [4, 23, 50, None]
    assert [row["readable"] for row in rows] == [True, True, True, False]
    assert rows[3]["refusal"] and rows[3]["liquidatable"] is None
    assert all(row["positions"] is None for row in rows)
    assert "private" not in ran.document
    text = keepers("keeper", "scan")
    assert text.code == 0 and max(map(len, text.out.splitlines())) <= 80
    assert "400000000" not in text.out + ran.out, "the book's 4 ETH in lots"


def test_scan_reveals_only_when_asked_and_says_that_it_is_private(keepers):
    ran = keepers("keeper", "scan", "--json", "--reveal")
    assert ran.document["private"] is True
    held = {entry["instrument"]: entry for entry in ran.document["result"]["accounts"][0]["positions"]}
    assert "400000000" in {entry["long_lots"] for entry in held.values()}
    text = keepers("keeper", "scan", "--reveal").out
    assert "PRIVATE: your screen" in text and "400000000" in text


def test_run_once_finds_proves_and_sends_and_says_so_a_line_each(keepers):
    keepers.chain.snapshot(2_600)
    keepers.chain.mine()
    code, events = keepers.events("--once")
    assert code == 0
    assert [event["event"] for event in events] == ["started", "read", "found", "proved", "sent"]
    assert all({"event", "at_unix"} <= event.keys() for event in events)
    keepers.chain.mine()
    code, events = keepers.events("--once")
    assert (code, [event["event"] for event in events]) == (0, ["started", "mined"])
    assert [log.args["account"] for log in keepers.chain.liquidations()] == [account_address(0)]


def test_dry_run_says_what_would_be_done(keepers):
    keepers.chain.snapshot(2_600)
    keepers.chain.mine()
    code, events = keepers.events("--once", "--dry-run")
    assert code == 0
    assert [event["event"] for event in events] == ["started", "read", "would"]
    assert not keepers.chain.pool
    text = keepers("keeper", "run", "--once", "--dry-run")
    assert "would" in text.out and account_address(0) in text.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_run_ends_cleanly_when_it_is_told_to(keepers, number, code):
    before = signal.getsignal(number)

    def tell() -> None:
        while signal.getsignal(number) == before:
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    threading.Thread(target=tell, daemon=True).start()
    started = time.monotonic()
    ended, events = keepers.events("--poll", "30", "--metrics-port", "0")
    assert ended == code
    assert [event["event"] for event in events][:2] == ["started", "serving"]
    assert time.monotonic() - started < 25, "it does not wait for the next round"
    assert signal.getsignal(number) == before, "as it found it"


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("run", "--once", "--key", "absent"), 3, "no reader's key"),
    (("run", "--once", "--min-profit", "much"), 3, "--min-profit"),
    (("run", "--once", "--native", "NOCOIN"), 3, "NOCOIN"),
    (("run", "--once", "--haircut-bps", "10000"), 3, "haircut"),
    (("run", "--once", "--max-fee", "-1"), 3, "gwei"),
    (("run", "--once", "--poll", "-1"), 3, "negative"),
    (("run", "--once", "--metrics-port", "70000"), 12, "port 70000"),
    (("run", "--once", "--openings", "absent.json"), 3, "absent.json"),
    (("scan", "--openings", "absent.json"), 3, "absent.json"),
])  # fmt: skip
def test_bad_input_is_one_line_and_the_right_code(keepers, arguments, code, words):
    ran = keepers("keeper", *arguments)
    assert ran.code == code, ran.err
    assert words in ran.err and "Traceback" not in ran.err


def test_store_without_a_reader_key_says_how_to_make_one(tmp_path):
    program = Keepers(tmp_path)
    assert program("init").code == 0
    ran = program("keeper", "scan")
    assert ran.code == 3 and "zkrisk viewing keygen" in ran.err
    for name in ("one", "two"):
        program("viewing", "keygen", name)
    assert program("keeper", "scan").code == 2


def test_second_keeper_on_the_same_folder_is_refused_and_a_scan_is_not(keepers):
    from zkrisk.keeper.state import KeeperState  # noqa: PLC0415

    with KeeperState(keepers.home / "keeper" / "31337-run", keepers.view.identity):
        ran = keepers("keeper", "run", "--once")
        assert ran.code == 11 and "another keeper" in ran.err
        assert keepers("keeper", "scan").code == 0
