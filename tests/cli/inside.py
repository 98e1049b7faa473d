"""Runs the program within the tests' own process: faster, for the many ways in which a command is refused."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

from conftest import PASSPHRASE, Program, Ran

from zkrisk.cli import run


class Inside(Program):
    """As `Program`, but for what only a process of its own has: its limits, its signals, a scrubbed environment."""

    def __call__(self, *arguments: str, passphrase: str | None = PASSPHRASE, stdin: str = "", **variables: str) -> Ran:
        environment = {"HOME": str(self.folder), "ZKRISK_HOME": str(self.home), **variables}
        if passphrase is not None:
            environment["ZKRISK_PASSPHRASE"] = passphrase
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
            # The limit on core files would stay for the tests that look for core files.
            stack.enter_context(mock.patch.object(run, "keep_memory_private"))
            stack.enter_context(mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))))
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                run.main(list(arguments))
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
