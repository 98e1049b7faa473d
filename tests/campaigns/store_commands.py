# ruff: noqa: S311  (random moments, no secrets)
"""`zkrisk commit --send` killed at any moment while a chain runs: whatever the chain then holds, the store opens.

Real processes on Anvil: the command signs, stores, sends and waits; the parent kills it, asks the chain which
commitment it holds, runs `zkrisk store recover` and opens that commitment.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.campaigns.record import ROOT
from zkrisk.chain.anvil import ANVIL_CHAIN_ID, free_port
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.rpc import Rpc
from zkrisk.store import OpeningState, Store

__all__ = ["kill_commands"]

_PASSPHRASE: Final = "correct horse"  # noqa: S105  (a test's)
_BOOK: Final = "instrument,long,short\nUSD,412345.67,0\nETH,21.13579,0\n"
_ACCOUNT: Final = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


class _Runner:
    """Runs zkrisk in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "ZKRISK_HOME": str(folder / "home"),
            "ZKRISK_PASSPHRASE": _PASSPHRASE,
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command."""
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "zkrisk.cli", *arguments],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def __call__(self, *arguments: str) -> float:
        """Run a command that must succeed; returns its seconds."""
        began = time.monotonic()
        if self.start(*arguments).wait(timeout=300) != 0:
            raise AssertionError(
                f"zkrisk {' '.join(arguments)} failed:\n{(self.folder / 'output').read_text()[-2000:]}"
            )
        return time.monotonic() - began


def kill_commands(count: int, seed: int) -> int:
    """Kill the command that often at a random moment, with a chain that it sends to.

    Returns:
        How many were killed before they ended by themselves.

    Raises:
        AssertionError, ZkRiskError: The chain holds a commitment that the store cannot open.
    """
    if not count:
        return 0
    rng = random.Random(f"commands {seed}")
    with tempfile.TemporaryDirectory(prefix="zkrisk-store-") as name:
        zkrisk, port = _Runner(Path(name)), free_port()
        (zkrisk.folder / "book.csv").write_text(_BOOK)
        zkrisk("init")
        zkrisk("chain", "start", "--port", str(port))
        try:
            zkrisk("chain", "deploy", "--universe", "micro-8")
            zkrisk("book", "add", "book.csv", "--name", "main", "--universe", "micro-8")
            chain = _chain(zkrisk.folder / "home", port)
            seconds, killed = zkrisk("commit", "main", "--send", "--yes"), 0
            for number in range(4 * count):
                killed += _kill_one(zkrisk, chain, rng.uniform(0.3 * seconds, 1.1 * seconds))
                if killed == count:
                    break
                _progress(number, killed)
            return killed
        finally:
            zkrisk("chain", "stop")


def _progress(number: int, killed: int) -> None:
    if number % 10 == 9:
        print(f"  commands: {killed} killed of {number + 1} started", flush=True)


def _chain(home: Path, port: int) -> ChainClient:
    rpc = Rpc(f"http://127.0.0.1:{port}", timeout_s=60.0, expect_chain_id=ANVIL_CHAIN_ID)
    return ChainClient(rpc, DeploymentFile.load(home / "chain" / f"deployment-{ANVIL_CHAIN_ID}.json"))


def _kill_one(zkrisk: _Runner, chain: ChainClient, after_s: float) -> bool:
    """Kill a command after a while, then open what the chain holds; returns whether it was killed."""
    command = zkrisk.start("commit", "main", "--send", "--yes", "--replace")
    try:
        command.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        command.send_signal(signal.SIGKILL)
    was_killed = command.wait() == -signal.SIGKILL
    zkrisk("store", "recover")
    held = chain.account(_ACCOUNT)
    with Store.open(zkrisk.folder / "home", _PASSPHRASE) as store:
        opening = store.opening_for(held.commitment)
        assert opening.long[0] == 412_345_670_000, "the chain's commitment opens to something else"
        current = store.current_opening(_ACCOUNT)
        assert (current.commitment, current.sequence) == (held.commitment, held.sequence), "recover did not match"
        assert current.state is OpeningState.CONFIRMED
    return was_killed
