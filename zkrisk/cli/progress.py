"""Progress of slow things, on stderr: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from zkrisk.cli.output import one_line

SHOW_AFTER_S = 0.5
FRAME_S = 0.1
FRAMES = "|/-\\"
NAME_WIDTH = 12
TEXT_WIDTH = 56


@dataclass(slots=True)
class Progress:
    """Phases of a command.

    Attributes:
        stream: Where to write.
        is_moving: Whether the stream is a terminal that may be redrawn.
        is_quiet: Write nothing.
    """

    stream: TextIO
    is_moving: bool
    is_quiet: bool = False

    @contextmanager
    def phase(self, name: str, text: str = "") -> Iterator[list[str]]:
        """Show a phase while it runs and one line when it ends.

        Yields:
            A list; what the body appends replaces the text of the line.
        """
        said: list[str] = []
        start, stop = time.monotonic(), threading.Event()
        worker = threading.Thread(target=self._spin, args=(name, stop), daemon=True)
        if self.is_moving and not self.is_quiet:
            worker.start()
        try:
            yield said
        finally:
            stop.set()
            if worker.ident is not None:
                worker.join()
        self._line(name, said[-1] if said else text, time.monotonic() - start)

    def done(self, name: str, text: str, seconds: float) -> None:
        """Show a phase that was measured elsewhere."""
        self._line(name, text, seconds)

    def _line(self, name: str, text: str, seconds: float) -> None:
        if not self.is_quiet:
            self.stream.write(f"  {name:<{NAME_WIDTH}}{one_line(text):<{TEXT_WIDTH}}{seconds:7.2f} s\n")
            self.stream.flush()

    def _spin(self, name: str, stop: threading.Event) -> None:
        """Redraw one line after half a second, and erase it at the end."""
        if stop.wait(SHOW_AFTER_S):
            return
        frame = 0
        while not stop.wait(FRAME_S):
            self.stream.write(f"\r  {name:<{NAME_WIDTH}}{FRAMES[frame % len(FRAMES)]}")
            self.stream.flush()
            frame += 1
        self.stream.write("\r" + " " * (NAME_WIDTH + 3) + "\r")
