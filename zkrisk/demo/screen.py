"""What the demonstration prints: a line a step, or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

__all__ = ["STEPS", "Screen", "money"]

STEPS = 15
_TEXT_WIDTH = 45
_REFUSED_WIDTH = 52


def money(units: int, decimals: int, places: int = 2) -> str:
    """Write token units with thousands separators, rounded down."""
    whole, rest = divmod(units, 10**decimals)
    digits = str(rest).rjust(decimals, "0")[:places]
    return f"{whole:,}.{digits}" if places else f"{whole:,}"


@dataclass
class Screen:
    """Writes steps as they end.

    Attributes:
        clock: Seconds, for durations.
        chain_time: Time of the chain, for events.
    """

    out: TextIO
    json_lines: bool
    clock: Callable[[], float]
    chain_time: Callable[[], int] = lambda: 0
    step: int = 0
    name: str = ""
    started: float = field(init=False)
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.begun = self.clock()

    def title(self, text: str) -> None:
        """Write a line of prose."""
        if not self.json_lines:
            self._write(text)

    def begin(self) -> None:
        """Start the clock of a step."""
        self.begun = self.clock()

    def done(self, name: str, text: str, verdict: str = "ok", *, same_step: bool = False, **facts: Any) -> None:
        """End a step, or a part of one."""
        seconds = self.clock() - self.begun
        self.step += 0 if same_step else 1
        self.name = name or self.name
        if self.json_lines:
            self._event(self.name, text=text, result=verdict.upper(), milliseconds=round(1000 * seconds), **facts)
        else:
            number = " " * 5 if same_step else f"{self.step:>2}/{STEPS}"
            time = f"{seconds:5.1f} s" if verdict == "ok" else ""
            width = _TEXT_WIDTH if verdict == "ok" else _REFUSED_WIDTH
            self._write(f"{number}  {name:<11} {text:<{width}} {verdict:<8}{time}".rstrip())
        self.begin()

    def note(self, text: str, **facts: Any) -> None:
        """Write a line below a step."""
        if self.json_lines:
            self._event("note", text=text, **facts)
        else:
            self._write(f"{'':<19}{text}")

    def progress(self, what: str, done: int, total: int) -> None:
        """Write a line now and then while something long goes on."""
        if done == total:
            if self.json_lines:
                self._event("progress", text=what, done=done, total=total)
            else:
                self._write(f"{'':<19}{what} {done}/{total}")

    def table(self, rows: list[tuple[str, str, str, str]]) -> None:
        """Write the balances."""
        if self.json_lines:
            header = rows[0][1:]
            for name, *cells in rows[1:]:
                self._event("balances", when=name, **dict(zip(header, cells, strict=True)))
            return
        self._write("")
        for name, *cells in rows:
            self._write(f"  {name:<8}" + "".join(f"{cell:>18}" for cell in cells[:-1]) + f"{cells[-1]:>30}")

    def finish(self, text: str, command: str, **facts: Any) -> None:
        """Write the last lines: total time, then a command that works."""
        seconds = self.clock() - self.started
        if self.json_lines:
            milliseconds = round(1000 * seconds)
            self._event("finished", text=text, milliseconds=milliseconds, next=command, **facts)
            return
        self._write(f"All {self.step} steps as expected · {seconds:.1f} s · {text}")
        self._write("next: " + command.replace(" --offline", f" \\\n{'':8}--offline"))

    def _event(self, name: str, **facts: Any) -> None:
        self._write(
            json.dumps({"event": name, "step": self.step, "at_unix": self.chain_time(), **facts}, sort_keys=True)
        )

    def _write(self, line: str) -> None:
        self.out.write(line + "\n")
        self.out.flush()
