"""What a command says: one object, shown as text or as one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from zkrisk.errors import ZkRiskError

LARGEST_PLAIN_INTEGER = 1 << 53
SGR = {"ok": "32", "warn": "33", "fail": "31"}
"""Three colours, and a word beside each."""

Span = tuple[str, str]
Line = str | Sequence[Span]


@dataclass(slots=True)
class Outcome:
    """The result of a command.

    Attributes:
        schema: Name in ``urn:zkrisk:cli/NAME/v1``.
        result: JSON values; integers that may pass 2^53 as text.
        lines: The same for people; a line is text, or spans of text with a style of SGR.
        warnings: Code and message of each.
        next: A command that makes sense now.
        exit_code: 0 when everything that was asked for holds.
        private: The result holds figures of a private book.
        raw: Show the result alone, without the envelope (schemas and exports).
    """

    schema: str
    result: Any
    lines: Sequence[Line] = ()
    warnings: Sequence[tuple[str, str]] = ()
    next: str | None = None
    exit_code: int = 0
    private: bool = False
    raw: bool = field(default=False)

    def document(self, tool_version: str, now_unix: int) -> dict[str, Any]:
        """The JSON document."""
        document: dict[str, Any] = {
            "schema": f"urn:zkrisk:cli/{self.schema}/v1",
            "tool_version": tool_version,
            "as_of_unix": now_unix,
            "result": self.result,
            "warnings": [{"code": code, "message": message} for code, message in self.warnings],
        }
        if self.private:
            document["private"] = True
        return document


def error_document(error: ZkRiskError, tool_version: str, now_unix: int) -> dict[str, Any]:
    """The JSON document of a failure."""
    fields: dict[str, Any] = {
        "code": error.code,
        "exit_code": error.exit_code,
        "message": error.message,
        "where": error.where,
        "hint": error.hint,
        "details": {name: value for name, value in error.details.items() if name != "limits"},
    }
    if "limits" in error.details:
        fields["limits"] = error.details["limits"]
    return {
        "schema": "urn:zkrisk:cli/error/v1",
        "tool_version": tool_version,
        "as_of_unix": now_unix,
        "error": fields,
        "warnings": [],
    }


def error_lines(error: ZkRiskError, *, verbose: bool) -> list[Line]:
    """What, where, and one thing to try; the causes on demand."""
    lines: list[Line] = [[(f"error[{error.code}]", "fail"), (f": {one_line(error.message)}", "")]]
    if error.where:
        lines.append(f"  {one_line(error.where)}")
    if error.hint:
        lines.append(f"  try: {one_line(error.hint)}")
    cause = error.__cause__
    while verbose and cause is not None:
        lines.append(f"  because: {type(cause).__name__}")
        cause = cause.__cause__
    return lines


def one_line(text: str) -> str:
    """Text that cannot move the cursor or start a line."""
    return "".join(character if character.isprintable() else "?" for character in text)


def printable_lines(text: str) -> str:
    """Text of one or more lines: names in files of others and on the chain may hold controls of the terminal."""
    return "\n".join(one_line(line) for line in text.expandtabs(4).split("\n"))


def encode(document: Any) -> str:
    """Write a document: sorted keys, no floats, no integer that a reader would round; what does not print is escaped.

    Raises:
        TypeError: A value that is none of the above; a bug, not an input.
    """
    _check_plain(document)
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _check_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _check_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_plain(item)
    elif isinstance(value, float):
        raise TypeError("a float in a JSON document")
    elif isinstance(value, int) and abs(value) >= LARGEST_PLAIN_INTEGER:
        raise TypeError("an integer of 2^53 or more in a JSON document")


@dataclass(slots=True)
class Screen:
    """Writes lines; stdout is the answer, stderr the conversation."""

    use_color: bool
    answer: TextIO = field(default_factory=lambda: sys.stdout)
    conversation: TextIO = field(default_factory=lambda: sys.stderr)

    def say(self, lines: Sequence[Line]) -> None:
        """Write the answer."""
        for line in lines:
            self.answer.write(self.paint(line) + "\n")
        self.answer.flush()

    def tell(self, lines: Sequence[Line]) -> None:
        """Write beside the answer."""
        for line in lines:
            self.conversation.write(self.paint(line) + "\n")
        self.conversation.flush()

    def paint(self, line: Line) -> str:
        """Text of a line, coloured when colours are on; nothing else in it reaches the terminal's controls."""
        if isinstance(line, str):
            return printable_lines(line).rstrip()
        spans = [(printable_lines(text), style) for text, style in line]
        painted = [f"\x1b[{SGR[style]}m{text}\x1b[0m" if self.use_color and style else text for text, style in spans]
        return "".join(painted).rstrip()


def wants_color(choice: str, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colours: the flag, then NO_COLOR, FORCE_COLOR, TERM and whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return is_terminal or bool(environ.get("FORCE_COLOR"))
