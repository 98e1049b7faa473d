"""The command line: one file a command, no logic. Nothing below this package reads environment, terminal or clock."""

from zkrisk.cli.run import main

__all__ = ["main"]
