"""Figures over HTTP, the service's loop, and how it stops."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request

import pytest

from tests.keeper.fake_chain import FakeChain
from tests.keeper.keeper_case import Watch, market_of, rounds
from zkrisk.errors import ChainError, EnvironmentBroken
from zkrisk.keeper.metrics import Metrics, MetricsServer

LINE = re.compile(r'zkrisk_keeper_[a-z_]+(\{[a-z]+="[A-Za-z_]+"\})? [0-9]+(\.[0-9]+)?')


def fetch(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return answer.read().decode()


def test_figures_are_served_in_the_text_format(tmp_path):
    chain = FakeChain()
    market_of(chain, 6)
    with Watch(chain, tmp_path) as watch, MetricsServer(watch.metrics, 0) as server:
        rounds(watch, chain, 2)
        chain.snapshot(2_400)
        chain.mine()
        rounds(watch, chain, 4)
        text = fetch(server.port)
        values = [line for line in text.splitlines() if not line.startswith("#")]
        assert all(LINE.fullmatch(line) for line in values), text
        mined = watch.states().count("mined")
        assert mined > 0
        for line in ("accounts 6", "readable_books 6", "epoch 2", "lag_blocks 0", f"liquidations_total {mined}"):
            assert f"zkrisk_keeper_{line}" in values
        assert f'zkrisk_keeper_queue{{state="mined"}} {mined}' in values
        names = {re.split(r"[{ ]", line)[0] for line in values}
        assert names == set(re.findall(r"# TYPE (\S+) ", text)), "every figure says what it is"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(server.port, "/")


def test_port_that_is_taken_is_an_error_with_a_way_out():
    with MetricsServer(Metrics(), 0) as server, pytest.raises(EnvironmentBroken, match="cannot be used"):
        MetricsServer(Metrics(), server.port)


def test_figure_that_is_not_documented_is_a_bug():
    with pytest.raises(KeyError):
        Metrics().set("holdings", 1)


def test_loop_goes_on_after_an_error_and_stops_when_told(tmp_path):
    chain, stop = FakeChain(), threading.Event()
    market_of(chain, 2)
    with Watch(chain, tmp_path) as watch:
        failures = [3]

        def trouble(name: str) -> None:
            if failures[0]:
                failures[0] -= 1
                raise ChainError("no answer")
            stop.set()

        watch.view.trouble = trouble
        watch.keeper.run(stop, 0.0)
        assert len(watch.events("error")) == 3
        assert 'zkrisk_keeper_errors_total{code="CHAIN"} 3' in watch.metrics.text()
        assert "zkrisk_keeper_accounts 2" in watch.metrics.text(), "the round that was under way is finished"


def test_snapshots_are_taken_only_when_told(tmp_path):
    chain = FakeChain()
    market_of(chain, 1)
    for wanted in (True, False):
        with Watch(chain, tmp_path / str(wanted), takes_snapshots=wanted) as watch:
            asked = []
            watch.view.upkeep = lambda asked=asked: asked.append(1) or ["snapshot"]
            rounds(watch, chain, 2)
            assert len(asked) == (2 if wanted else 0)
            assert watch.events("upkeep") == [{"what": "snapshot"}] * len(asked)
