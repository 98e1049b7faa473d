"""The entry point: flags, the word, the command, and every way it can end."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from zkrisk import __version__
from zkrisk.cli.flags import GlobalFlags, split_flags
from zkrisk.cli.harden import keep_memory_private
from zkrisk.cli.output import Outcome, Screen, encode, error_document, error_lines, wants_color
from zkrisk.cli.secrets import take_passphrase
from zkrisk.cli.words import find_word, root_help
from zkrisk.errors import EnvironmentBroken, UsageError, ZkRiskError

if TYPE_CHECKING:
    from zkrisk.cli.session import Session

INTERRUPTED = 130
BUG = 1
OUT_OF = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
)
"""What a machine can run out of, or refuse, whatever a program does."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with one of the exit codes of the documentation."""
    keep_memory_private()
    passphrase = take_passphrase(os.environ)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    flags, words, problem = split_flags(sys.argv[1:] if arguments is None else arguments)
    screen = Screen(wants_color(flags.color, os.environ, is_terminal=sys.stdout.isatty()))
    try:
        if problem is not None:
            raise problem
        code = _run(flags, words, passphrase, screen)
    except ZkRiskError as error:
        code = _fail(error, flags, screen)
    except KeyboardInterrupt:
        screen.tell(["interrupted; nothing is half done, run it again"])
        code = INTERRUPTED
    except BrokenPipeError:
        _abandon_answer()
        code = 0
    except Exception as error:
        code = _fail_unforeseen(error, flags, screen)
    sys.exit(_flush(code, screen))


def _flush(code: int, screen: Screen) -> int:
    """Write what is left of the answer; returns the exit code."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_answer()
    except OSError as error:
        _abandon_answer()
        _complain(_refused(error), screen, verbose=False)
        return EnvironmentBroken.exit_code
    return code


def _abandon_answer() -> None:
    """Nobody reads it, or there is no room for it; nothing may complain at exit."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (until the process ends)


def _run(flags: GlobalFlags, words: list[str], passphrase: str | None, screen: Screen) -> int:
    if flags.version:
        return _show_version(flags, screen)
    if not words or words[0] in ("-h", "--help"):
        screen.say([root_help()])
        return 0 if words else UsageError.exit_code
    word = find_word(words[0])
    session = _session(flags, words, passphrase, screen)
    outcome = _invoke(session, word.module, words)
    if isinstance(outcome, Outcome):
        return session.finish(outcome)
    return int(outcome or 0)


def _session(flags: GlobalFlags, words: list[str], passphrase: str | None, screen: Screen) -> Session:
    from zkrisk.cli.session import Session  # noqa: PLC0415  (the help of the root does without)

    return Session(flags, words, dict(os.environ), passphrase, screen)


def _invoke(session: Session, module: str, words: list[str]) -> Any:
    """Run a command of a module; what the parser refuses becomes a UsageError."""
    from typer import Abort  # noqa: PLC0415  (0.1 s)
    from typer._click.exceptions import ClickException, NoArgsIsHelpError  # noqa: PLC0415
    from typer.main import get_command  # noqa: PLC0415

    try:
        commands = import_module(f"zkrisk.cli.commands.{module}")
    except ModuleNotFoundError as error:
        if error.name != f"zkrisk.cli.commands.{module}":
            raise
        raise UsageError(f"'{words[0]}' is not part of this version", hint="zkrisk --help") from None
    command = get_command(commands.app)
    try:
        return command.main(
            args=words[1:],
            prog_name=f"zkrisk {words[0]}",
            standalone_mode=False,
            obj=session,
            help_option_names=["-h", "--help"],
        )
    except NoArgsIsHelpError as error:
        raise UsageError(f"'{words[0]}' needs a verb", hint=f"zkrisk {words[0]} --help") from error
    except ClickException as error:
        raise _usage(error, words) from error
    except Abort:
        raise KeyboardInterrupt from None


def _usage(error: Any, words: list[str]) -> UsageError:
    """One line of the parser's complaint with at most one suggestion."""
    path = getattr(getattr(error, "ctx", None), "command_path", None) or f"zkrisk {words[0]}"
    message = str(error.format_message()).splitlines()[0].rstrip(".")
    possible = getattr(error, "possibilities", None)
    if possible:
        message = f"no such option '{error.option_name}'; did you mean '{sorted(possible)[0]}'?"
    return UsageError(message[:1].lower() + message[1:], hint=f"{path} --help")


def _show_version(flags: GlobalFlags, screen: Screen) -> int:
    outcome = Outcome("version", {"version": __version__}, [f"zkrisk {__version__}"])
    screen.say([encode(outcome.document(__version__, int(time.time())))] if flags.json else outcome.lines)
    return 0


def _fail(error: ZkRiskError, flags: GlobalFlags, screen: Screen) -> int:
    if flags.json:
        try:
            screen.say([encode(error_document(error, __version__, int(time.time())))])
        except OSError:
            _abandon_answer()
            _complain(error, screen, verbose=flags.verbose)
    else:
        _complain(error, screen, verbose=flags.verbose)
    return error.exit_code


def _complain(error: ZkRiskError, screen: Screen, *, verbose: bool) -> None:
    with contextlib.suppress(OSError):
        screen.tell(error_lines(error, verbose=verbose))


def _refused(error: OSError) -> EnvironmentBroken:
    return EnvironmentBroken(
        f"the system refuses to go on: {error.strerror}",
        hint="the command may have done its work before; look before you run it again",
    )


def _fail_unforeseen(error: Exception, flags: GlobalFlags, screen: Screen) -> int:
    """What no command expects: a full disk under any of its files, too little memory, or a bug."""
    if isinstance(error, OSError) and error.errno in OUT_OF:
        return _fail(_refused(error), flags, screen)
    if isinstance(error, MemoryError):
        return _fail(EnvironmentBroken("there is not enough memory"), flags, screen)
    return _report_bug(error, flags, screen)


def _report_bug(error: Exception, flags: GlobalFlags, screen: Screen) -> int:
    from zkrisk.cli.bugs import write_report  # noqa: PLC0415  (only when there is one)

    path = write_report(error, flags.home or os.environ.get("ZKRISK_HOME"), int(time.time()))
    failure = ZkRiskError(
        f"a bug in zkrisk: {type(error).__name__}", where=f"report, without values: {path}", hint="send us the report"
    )
    return _fail(failure, flags, screen) and BUG
