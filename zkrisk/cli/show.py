"""The last step of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkrisk import __version__
from zkrisk.cli.output import Outcome, encode

if TYPE_CHECKING:
    from zkrisk.cli.session import Session


def show_outcome(session: Session, outcome: Outcome) -> int:
    """Write the answer to stdout, warnings and the next step to stderr; returns the exit code."""
    flags, screen = session.flags, session.screen
    if flags.json or outcome.raw:
        document = outcome.result if outcome.raw else outcome.document(__version__, session.now_unix())
        screen.say([encode(document)])
        return outcome.exit_code
    screen.say(outcome.lines)
    screen.tell([[("warning", "warn"), (f"[{code}]: {message}", "")] for code, message in outcome.warnings])
    if outcome.next and not flags.quiet:
        screen.tell([f"next: {outcome.next}"])
    return outcome.exit_code
