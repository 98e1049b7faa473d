"""A keeper in a process of its own, `python -m tests.campaigns.keepers_worker FOLDER`, and its handle.

The folder has what `zkrisk keeper run` takes from its options and the store: endpoint, deployment, signer, openings and
the key that seals them at rest; so that a process that is killed leaves to the next one what a real one would leave.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.campaigns.record import ROOT
from zkrisk.chain.anvil import ANVIL_CHAIN_ID
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.signer import anvil_signer
from zkrisk.chain.transact import Transactor
from zkrisk.commitment import Opening
from zkrisk.demo.scene import COLLATERAL
from zkrisk.keeper import Keeper, KeeperState, Settings
from zkrisk.keeper.appraise import Limits
from zkrisk.keeper.books import Books, Reader, load_openings, openings_document, seal_material, seal_of
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.money import NativePrice
from zkrisk.keeper.proving import PipelineProver
from zkrisk.proof.artifacts import default_artifacts
from zkrisk.store.seal import DataKey

__all__ = ["KeeperProcess"]

_POLL_S: Final = 0.2
_END_S: Final = 60.0
_LOOK_S: Final = 0.05


class KeeperProcess:
    """One keeper: its folder, and the process that runs on it now.

    Attributes:
        signer: Number of its account on the local chain.
    """

    def __init__(self, folder: Path, signer: int, url: str, file: DeploymentFile, openings: Sequence[Opening]) -> None:
        self.folder = folder
        self.signer = signer
        self.address = anvil_signer(signer, ANVIL_CHAIN_ID).address
        self.process: subprocess.Popen[bytes] | None = None
        self._said_from = 0
        folder.mkdir(mode=0o700, parents=True)
        file.save(folder / "deployment.json")
        (folder / "access.json").write_text(json.dumps({"url": url, "signer": signer}))
        (folder / "openings.json").write_text(json.dumps(openings_document(openings)))
        (folder / "seal").write_bytes(seal_material(DataKey.draw()))

    def start(self) -> None:
        """Start a process on what the last one left."""
        said = self.folder / "said"
        self._said_from = said.stat().st_size if said.exists() else 0
        command = [sys.executable, "-m", "tests.campaigns.keepers_worker", str(self.folder)]
        with said.open("ab") as out, (self.folder / "errors").open("ab") as errors:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=errors)

    def events(self) -> list[str]:
        """What the process that runs now has told, by name."""
        said = (self.folder / "said").read_bytes()[self._said_from :]
        return [json.loads(line)["event"] for line in said.splitlines(keepends=True) if line.endswith(b"\n")]

    def has_ended(self) -> bool:
        """Whether the process ended, which it does not do by itself."""
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> dict[str, int]:
        """Kill it; return how many liquidations it left in each state.

        A copy is looked at: to bring the file back to the last whole transaction is the next process's affair.
        """
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._forget()
        with tempfile.TemporaryDirectory(prefix="zkrisk-keeper-") as copy:
            for file in (self.folder / "state").glob("keeper.db*"):
                shutil.copy(file, copy)
            found = Path(copy) / "keeper.db"
            return _counts(found) if found.exists() else {}

    def open_items(self) -> int | None:
        """How many of its liquidations are not at their end; None where that cannot be said now."""
        try:
            counts = _counts(self.folder / "state" / "keeper.db")
        except sqlite3.Error:
            return None
        return sum(counts.get(name, 0) for name in ("found", "proving", "proved", "sent"))

    def checkpoint(self) -> int | None:
        """The block up to which it has read."""
        try:
            return int(_ask(self.folder / "state" / "keeper.db", "SELECT max(block) FROM anchor")[0][0])
        except (sqlite3.Error, TypeError):
            return None

    def stop(self) -> int:
        """Ask it to end as a service is asked, once it listens; return its exit code."""
        if self.process is None:
            return 0
        until = time.monotonic() + _END_S
        # Before, while Python loads, the signal ends it in Python's own way.
        while "started" not in self.events() and not self.has_ended() and time.monotonic() < until:
            time.sleep(_LOOK_S)
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._forget()
        return code

    def _forget(self) -> None:
        if self.process is not None:
            self.process.wait()
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process = None

    def last_words(self) -> str:
        """The end of what it wrote to its error stream."""
        return (self.folder / "errors").read_text(errors="replace")[-2_000:]


def _ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=5.0)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def _counts(path: Path) -> dict[str, int]:
    try:
        return dict(_ask(path, "SELECT state, count(*) FROM item GROUP BY state"))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}
        raise


def _tell(event: str, facts: Any) -> None:
    print(json.dumps({"event": event, "at": time.monotonic(), **facts}), flush=True)


def _stop_at_end_of_input(stop: threading.Event) -> None:
    """The other end of this pipe is the race: a keeper does not outlive it."""
    os.read(0, 1)
    stop.set()


def main(folder: Path) -> int:
    """Run the keeper of a folder until SIGTERM; returns 0."""
    access = json.loads((folder / "access.json").read_text())
    rpc = Rpc(access["url"], expect_chain_id=ANVIL_CHAIN_ID)
    client = ChainClient(rpc, DeploymentFile.load(folder / "deployment.json"))
    view = DeployedChain(client, Transactor(rpc, anvil_signer(access["signer"], ANVIL_CHAIN_ID)))
    slot = client.universe.slot_of(COLLATERAL)
    native = NativePrice(slot=slot, lot_decimals=client.universe.decimals_of(slot))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    reader, seal = Reader(openings=load_openings(folder / "openings.json")), seal_of((folder / "seal").read_bytes())
    with KeeperState(folder / "state", view.identity) as state:
        books = Books(state, reader, seal, store_id="race", instruments=view.instruments)
        prover = PipelineProver(client, default_artifacts(), view.keeper)
        keeper = Keeper(
            view, state, books, prover, Settings(limits=Limits(native=native)),
            tell=_tell, metrics=Metrics(), clock=time.perf_counter,
        )  # fmt: skip
        _tell("started", {"keeper": view.keeper})
        keeper.run(stop, _POLL_S)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
