"""Flags that mean the same everywhere, accepted before or after the command word."""

from __future__ import annotations

from dataclasses import dataclass

from zkrisk.errors import UsageError

SWITCHES = {
    "--json": "json",
    "--quiet": "quiet",
    "-q": "quiet",
    "--verbose": "verbose",
    "-v": "verbose",
    "--no-input": "no_input",
    "--yes": "yes",
    "-y": "yes",
    "--version": "version",
}
VALUES = {
    "--color": "color",
    "--profile": "profile",
    "--home": "home",
    "--passphrase-fd": "passphrase_fd",
    "--passphrase-file": "passphrase_file",
}
COLORS = ("auto", "always", "never")


@dataclass(slots=True)
class GlobalFlags:
    """What the global flags said. No flag takes a secret."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    yes: bool = False
    version: bool = False
    color: str = "auto"
    profile: str | None = None
    home: str | None = None
    passphrase_fd: str | None = None
    passphrase_file: str | None = None


def split_flags(arguments: list[str]) -> tuple[GlobalFlags, list[str], UsageError | None]:
    """Take the global flags out of a command line.

    Everything after ``--`` is left alone.

    Returns:
        The flags, the other arguments in order, and what is wrong with the flags, if anything: so that an error is
        shown in the form that the flags ask for.
    """
    flags, rest, problem = GlobalFlags(), [], None
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        position += 1
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *arguments[position:]]
            break
        if argument in SWITCHES:
            setattr(flags, SWITCHES[argument], True)
        elif name in VALUES:
            if not equals and position < len(arguments):
                value = arguments[position]
                position += 1
            if not value:
                problem = problem or UsageError(f"option '{name}' needs a value", hint="zkrisk --help")
            setattr(flags, VALUES[name], value)
        else:
            rest.append(argument)
    if flags.color not in COLORS:
        problem = problem or UsageError(f"option '--color' is one of {', '.join(COLORS)}")
        flags.color = "auto"
    return flags, rest, problem
