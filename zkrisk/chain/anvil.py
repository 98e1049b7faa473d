"""A local development chain as a child process.

The native binary is started, not npm's launcher: the launcher is a Node process that outlives its child.
"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from zkrisk.chain.rpc import Rpc
from zkrisk.errors import MissingTool, Unreachable

__all__ = ["ANVIL_CHAIN_ID", "ANVIL_MNEMONIC", "Anvil", "anvil_binary"]

ANVIL_CHAIN_ID = 31_337
ANVIL_MNEMONIC = "test test test test test test test test test test test junk"
"""Known to everybody; its accounts hold nothing on any other chain."""

_PLATFORMS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_BLOCK_GAS_LIMIT = 60_000_000
_START_SECONDS = 20.0


def anvil_binary() -> Path:
    """Return the native binary that npm installed.

    Raises:
        MissingTool: It is not there.
    """
    folder = Path(__file__).resolve().parents[2] / "node_modules" / "@foundry-rs"
    system = {"win32": "win32"}.get(sys.platform, sys.platform)
    name = f"anvil-{system}-{_PLATFORMS.get(platform.machine(), platform.machine())}"
    binary = folder / name / "bin" / ("anvil.exe" if system == "win32" else "anvil")
    if not binary.exists():
        raise MissingTool("the local chain 'anvil' is not installed", where=str(binary), hint="make build")
    return binary


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Anvil:
    """A running chain; use as a context manager, or call `stop`.

    Attributes:
        process: The child.
        port: Of the loopback interface.
    """

    process: subprocess.Popen[bytes]
    port: int

    @classmethod
    def start(
        cls,
        *,
        start_unix: int,
        port: int | None = None,
        log: Path | None = None,
        block_gas_limit: int = _BLOCK_GAS_LIMIT,
        block_seconds: int = 0,
        detached: bool = False,
    ) -> Self:
        """Start a chain whose clock begins at a fixed time and runs on from there.

        Args:
            start_unix: Timestamp of block 0.
            port: Default a free one.
            log: File for the output; none is kept by default.
            block_seconds: Mine a block that often too, so that the chain's clock is seen to run; 0 is never.
            detached: It outlives the terminal that started it.

        Raises:
            MissingTool: anvil is not installed.
            Unreachable: It did not answer in time.
        """
        chosen = free_port() if port is None else port
        options = ["--timestamp", str(start_unix), "--gas-limit", str(block_gas_limit)]
        if block_seconds:
            options += ["--block-time", str(block_seconds), "--mixed-mining"]
        chain = cls(_spawn(chosen, options, log or Path(os.devnull), detached), chosen)
        try:
            chain._wait()
        except BaseException:
            chain.stop()
            raise
        return chain

    @property
    def url(self) -> str:
        """RPC endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def rpc(self, timeout_s: float = 60.0) -> Rpc:
        """Return a connection."""
        return Rpc(self.url, timeout_s=timeout_s, expect_chain_id=ANVIL_CHAIN_ID)

    def dump_state(self) -> bytes:
        """Return the whole state, blocks and logs included; `load_state` takes it."""
        return bytes.fromhex(self.rpc().raw("anvil_dumpState", []).removeprefix("0x"))

    def load_state(self, state: bytes) -> None:
        """Continue from a dumped state. The next block's time is the newest loaded block's, and runs on from there."""
        rpc = self.rpc()
        rpc.raw("anvil_loadState", ["0x" + state.hex()])
        set_next_time(rpc, rpc.block_time() + 1)

    def stop(self) -> None:
        """End the child and wait for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Unreachable(f"anvil stopped with exit code {self.process.returncode}", hint="is the port free?")
            try:
                self.rpc(timeout_s=1.0).check_chain()
                return
            except Unreachable:
                time.sleep(0.02)
        raise Unreachable(f"anvil did not answer within {_START_SECONDS:.0f} s")


def _spawn(port: int, options: list[str], log: Path, detached: bool) -> subprocess.Popen[bytes]:
    command = [str(anvil_binary()), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(ANVIL_CHAIN_ID)]
    command += ["--mnemonic", ANVIL_MNEMONIC, *options]
    command.append("--no-request-size-limit")  # a dumped state is loaded in one request
    # Old states go, rather than into the user's home, where a chain that is killed leaves gigabytes.
    command += ["--max-persisted-states", "0"]
    with log.open("wb") as output:
        # No environment: a child needs no secret of ours.
        return subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={}, start_new_session=detached
        )


def set_next_time(rpc: Rpc, timestamp: int) -> None:
    """Give the next block a time; the clock runs on from it. Development chains only."""
    rpc.raw("evm_setNextBlockTimestamp", [timestamp])


def mine_at(rpc: Rpc, timestamp: int) -> None:
    """Mine an empty block at a time. Development chains only."""
    set_next_time(rpc, timestamp)
    rpc.raw("evm_mine", [])
