"""Reports of bugs: types and lines, never values or messages."""

from __future__ import annotations

import os
import platform
import traceback
from pathlib import Path

from platformdirs import user_data_path

from zkrisk import __version__


def write_report(error: BaseException, home: str | None, now_unix: int) -> str:
    """Write the chain of exception types with file names and line numbers.

    Returns:
        Path of the report, or a word when it cannot be written.
    """
    folder = (Path(home) if home else user_data_path("zkrisk")) / "logs"
    path = folder / f"bug-{now_unix}-{os.getpid()}.txt"
    try:
        for part in (folder.parent, folder):  # with parents=True the mode is that of the last folder alone
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write("\n".join(report_lines(error)) + "\n")
    except OSError:
        return "could not be written"
    return str(path)


def report_lines(error: BaseException) -> list[str]:
    """Text of a report."""
    lines = [f"zkrisk {__version__}, Python {platform.python_version()}, {platform.system()}"]
    current: BaseException | None = error
    while current is not None:
        lines.append(type(current).__qualname__)
        for frame in traceback.extract_tb(current.__traceback__):
            lines.append(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}")
        current = current.__cause__ or current.__context__
    return lines
