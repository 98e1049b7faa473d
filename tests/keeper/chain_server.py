"""The fake chain in a process of its own, so that it outlives a keeper that is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from tests.keeper.fake_chain import KEEPERS, FakeChain, FakeView, N
from zkrisk.errors import ChainError


class ChainServer:
    """Forks a process that owns a chain; use as a context manager. Serves one connection at a time."""

    def __init__(self, chain: FakeChain, folder: Path) -> None:
        self.address = str(folder / "chain")
        self._child = os.fork()
        if self._child == 0:
            _serve(chain, self.address)

    def __enter__(self) -> ChainServer:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    def drive(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Call a method of the chain itself."""
        with _connect(self.address) as connection:
            return _ask(connection, "", name, arguments, named)


class RemoteView:
    """One keeper's connection to the server.

    Attributes:
        step: Called before a request leaves and after its answer came.
    """

    def __init__(self, address: str, keeper: str = KEEPERS[0], step: Callable[[], None] = lambda: None) -> None:
        self.keeper, self.identity, self.first_block, self.instruments = keeper, "fake:1", 1, N
        self._connection, self._step = _connect(address), step

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def ask(*arguments: Any) -> Any:
            self._step()
            answer = _ask(self._connection, self.keeper, name, arguments, {})
            self._step()
            return answer

        return ask


def _connect(address: str) -> Connection:
    """Connect once the server listens: its file appears a moment before that."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return Client(address)
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline, "the chain did not start"
            time.sleep(0.005)


def _ask(connection: Connection, keeper: str, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    connection.send((keeper, name, arguments, named))
    kind, answer = connection.recv()
    if kind == "error":
        raise ChainError(answer)
    return answer


def _serve(chain: FakeChain, address: str) -> None:
    views: dict[str, FakeView] = {}
    with Listener(address) as listener:
        while True:
            with listener.accept() as connection:
                try:
                    while True:
                        keeper, name, arguments, named = connection.recv()
                        target = views.setdefault(keeper, FakeView(chain, keeper)) if keeper else chain
                        connection.send(_answer(getattr(target, name), arguments, named))
                except (EOFError, ConnectionError):
                    continue


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "ok", function(*arguments, **named)
    except ChainError as error:
        return "error", error.message


def kill_self() -> None:
    """End this process as a power cut would: no handler, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], None]) -> bool:
    """Run work in a process of its own; returns whether it survived."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the keeper failed by itself"
    return not os.WIFSIGNALED(status)
