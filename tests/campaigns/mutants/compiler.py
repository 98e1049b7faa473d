"""A compiler that stays loaded: a variant of one contract takes a second instead of a build."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.campaigns.record import ROOT

__all__ = ["Compiler", "CompilerError"]

Code = dict[str, tuple[str, str]]
"""`file:contract` → creation and runtime code, hexadecimal without 0x."""


class CompilerError(Exception):
    """The source does not compile."""


class Compiler:
    """The locked solcjs in a process of its own, on the input of one finished build.

    Args:
        standard_input: The build's standard JSON input, tests preprocessed as forge does it.
        folder: The Foundry project.
    """

    def __init__(self, standard_input: Path, folder: Path) -> None:
        script = Path(__file__).with_name("compiler.js")
        command = ["nice", "-n", "5", "node", str(script), str(ROOT / "node_modules" / "solc"), str(standard_input)]
        self._process = subprocess.Popen([*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def compile(self, file: str, source: str, contracts: dict[str, list[str]]) -> Code:
        """Return the code of contracts (by source unit) with one source changed.

        Raises:
            CompilerError: The compiler refused.
        """
        answer = self._ask({"file": file, "text": source, "contracts": contracts})
        if "error" in answer:
            raise CompilerError(answer["error"])
        return {name: (creation, runtime) for name, (creation, runtime) in answer["code"].items()}

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the compiler has no pipes")
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the compiler's process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer
