"""Text in 80 columns: labelled paragraphs, short hashes, amounts of tokens."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from zkrisk.cli.figures import age_text
from zkrisk.errors import InputError, UsageError
from zkrisk.fixedpoint import format_scaled_down, from_scaled, parse_decimal, scale_exact

WIDTH = 80
LABEL = 9
NO_BREAK = "\N{NO-BREAK SPACE}"
COMMAND_WIDTH = 72
COIN_DECIMALS = 18
_AMOUNT = re.compile(
    r"((?:[0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)\s*([A-Za-z][A-Za-z0-9._-]{0,15})", re.ASCII
)


def labelled(label: str, text: str, *, indent: int = 2, width: int = LABEL) -> Iterator[str]:
    """A paragraph beside a label, broken between words and never within one; a no-break space does not break."""
    room = max(WIDTH - indent - width, 20)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    for position, line in enumerate(lines):
        yield f"{'':<{indent}}{label if position == 0 else '':<{width}}{line}".replace(NO_BREAK, " ")


def together(text: str, separator: str = " · ") -> str:
    """Keep what stands between separators on one line."""
    return separator.join(part.replace(" ", NO_BREAK) for part in text.split(separator))


def command_text(command: str) -> str:
    """A command that is continued on a second line where it is too long for one."""
    if len(command) <= COMMAND_WIDTH or " --" not in command[:COMMAND_WIDTH]:
        return command
    cut = command.rindex(" --", 0, COMMAND_WIDTH)
    return f"{command[:cut]} \\\n        {command[cut + 1 :]}"


def columns(items: Sequence[str], *, first: str, label: int = LABEL) -> Iterator[str]:
    """Items in three columns beside a label, two or one where they are too long."""
    room = WIDTH - 2 - label
    longest = max((len(item) for item in items), default=1) + 1
    count = max(1, min(3, room // longest))
    size = room // count
    for start in range(0, len(items), count):
        row = "".join(f"{item:<{size}}" for item in items[start : start + count])
        yield f"  {first if start == 0 else '':<{label}}{row}".rstrip()


def short_hash(value: int | str | bytes) -> str:
    """First and last digits of a hash or address."""
    text = f"0x{value:064x}" if isinstance(value, int) else "0x" + value.hex() if isinstance(value, bytes) else value
    return text if len(text) <= 14 else f"{text[:6]}…{text[-4:]}"


def until_text(until_unix: int, now_unix: int) -> str:
    """How far away a time is."""
    distance = until_unix - now_unix
    return f"in {left_text(distance)}" if distance >= 0 else f"{age_text(-distance)} ago"


def left_text(seconds: int) -> str:
    """What is left, in its largest unit, rounded down: never more than there is."""
    for unit, length in (("d", 2 * 86_400), ("h", 2 * 3_600), ("min", 60)):
        if seconds >= length:
            size = {"d": 86_400, "h": 3_600, "min": 60}[unit]
            return f"{seconds // size} {unit}"
    return f"{max(0, seconds)} s"


def parse_amount(text: str) -> tuple[str, str]:
    """Split ``25000USDC`` or ``25,000USDC`` into number and symbol.

    Raises:
        UsageError: Not of that form; a comma that separates no thousands may be meant as a decimal point.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise UsageError("an amount is a number and a token, such as 25000USDC", hint="--amount 25000USDC")
    return match[1].replace(",", "").replace("_", ""), match[2]


def token_units(number: str, decimals: int, symbol: str) -> int:
    """Units of a token, exactly.

    Raises:
        InputError: Finer than the token, or zero.
    """
    try:
        units = scale_exact(parse_decimal(number), decimals)
    except ValueError:
        raise InputError(f"the amount is finer than {symbol}'s {decimals} decimals") from None
    if units <= 0:
        raise InputError("the amount is zero", hint="--amount 25000USDC")
    return units


def token_text(units: int, decimals: int, symbol: str, *, digits: int = 2) -> str:
    """An amount of a token, rounded down."""
    return f"{format_scaled_down(units, decimals, min(digits, decimals))} {symbol}"


def coin_text(wei: int) -> str:
    """An amount of the coin that the chain takes for gas, exactly."""
    digits = format(from_scaled(wei, COIN_DECIMALS), "f")
    return f"{digits.rstrip('0').rstrip('.')} of the chain's coin"
