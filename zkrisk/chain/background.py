"""A local development chain that outlives the command that starts it: process, log and state in one folder."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zkrisk.book.files import write_whole
from zkrisk.chain.anvil import ANVIL_CHAIN_ID, Anvil, mine_at
from zkrisk.chain.rpc import Rpc
from zkrisk.errors import BadFile, ChainError, NotFound, StoreConflict, Unreachable

__all__ = ["LocalChain", "find_local", "start_local", "stop_local"]

_NOTE = "anvil.json"
_STATE = "anvil.state"
_LOG = "anvil.log"
_BLOCK_SECONDS = 30
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class LocalChain:
    """A chain that runs in the background."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """RPC endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def rpc(self) -> Rpc:
        """Return a connection."""
        return Rpc(self.url, timeout_s=60.0, expect_chain_id=ANVIL_CHAIN_ID)


def find_local(folder: Path) -> LocalChain | None:
    """Return the chain that was started here and still runs."""
    try:
        noted = json.loads((folder / _NOTE).read_text())
        chain = LocalChain(int(noted["pid"]), int(noted["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return chain if _is_ours(chain) else None


def _is_ours(chain: LocalChain) -> bool:
    """A process id may have been given to another program since."""
    try:
        os.kill(chain.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    command = Path(f"/proc/{chain.pid}/cmdline")
    if command.exists() and b"anvil" not in command.read_bytes():
        return False
    try:
        chain.rpc().check_chain()
    except ChainError:
        return False
    return True


def start_local(folder: Path, *, port: int, now_unix: int) -> tuple[LocalChain, bool]:
    """Start a chain, with the state that `stop_local` left.

    Returns:
        The chain, and whether it goes on from a state.

    Raises:
        StoreConflict: One runs already.
        MissingTool, Unreachable: See `Anvil.start`.
        BadFile: The state cannot be loaded.
    """
    running = find_local(folder)
    if running is not None:
        raise StoreConflict(f"a local chain runs already, {running.url}", hint="zkrisk chain info")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = folder / _STATE
    anvil = Anvil.start(
        start_unix=now_unix, port=port, log=folder / _LOG, block_seconds=_BLOCK_SECONDS, detached=True
    )  # fmt: skip
    try:
        if state.exists():
            _restore(anvil, state, now_unix)
        (folder / _NOTE).write_text(json.dumps({"pid": anvil.process.pid, "port": anvil.port}) + "\n")
    except BaseException:
        anvil.stop()
        raise
    return LocalChain(anvil.process.pid, anvil.port), state.exists()


def _restore(anvil: Anvil, state: Path, now_unix: int) -> None:
    """Load a state and let the clock catch up with the present."""
    rpc = anvil.rpc()
    try:
        rpc.raw("anvil_loadState", ["0x" + state.read_bytes().hex()])
    except Unreachable:
        raise
    except ChainError as error:
        raise BadFile(
            "the chain's state cannot be loaded", where=str(state), hint="zkrisk chain start --fresh"
        ) from error
    mine_at(rpc, max(now_unix, rpc.block_time()) + 1)


def save_state(folder: Path, chain: LocalChain) -> None:
    """Keep the chain's state for the next start."""
    state = bytes.fromhex(chain.rpc().raw("anvil_dumpState", []).removeprefix("0x"))
    write_whole(folder / _STATE, state)


def stop_local(folder: Path) -> LocalChain:
    """Keep the state, then end the chain.

    Raises:
        NotFound: None runs.
        Unreachable: It does not end.
    """
    chain = find_local(folder)
    if chain is None:
        (folder / _NOTE).unlink(missing_ok=True)
        raise NotFound("no local chain runs", hint="zkrisk chain start")
    save_state(folder, chain)
    os.kill(chain.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_alive(chain.pid):
        if time.monotonic() > deadline:
            raise Unreachable(f"process {chain.pid} does not end", hint=f"kill {chain.pid}")
        time.sleep(0.05)
    (folder / _NOTE).unlink(missing_ok=True)
    return chain


def _is_alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def forget_state(folder: Path) -> None:
    """Remove the state, so that the next start is an empty chain.

    Raises:
        StoreConflict: The chain runs.
    """
    if find_local(folder) is not None:
        raise StoreConflict("the local chain runs", hint="zkrisk chain stop")
    (folder / _STATE).unlink(missing_ok=True)
