"""What a venue signs from: a file of all that an account holds and owes, in one of several forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zkrisk.cli.handed_files import read_document
from zkrisk.cli.inputs import parse_columns, read_book_file
from zkrisk.errors import UsageError
from zkrisk.sheet import Universe
from zkrisk.venue.ccxt_positions import TOTALS
from zkrisk.venue.exchange import ExchangeAccount, parse_ccxt_account

CCXT: Final = "ccxt"
BOOK_NAME: Final = "account"


@dataclass(frozen=True, slots=True)
class Export:
    """A file that says what an account holds and owes, and how it is to be read, as typed.

    Attributes:
        ignored: Columns or fields that are neither held nor owed.
        totals: Of ccxt: whether totals are without unrealised profit (wallet) or contain it (equity).
    """

    text: str
    file_format: str
    columns: list[str]
    aliases: list[str]
    ignored: list[str]
    totals: str | None

    def read(self, universe: Universe) -> ExchangeAccount:
        """Read a book's CSV or JSON, or an account as ccxt reports it.

        Raises:
            UsageError: A flag is of another format.
            InputError: The file is not complete, or may not be.
        """
        if self.file_format not in ("auto", "csv", "json", CCXT):
            raise UsageError("option '--format' is one of auto, csv, json, ccxt")
        if self.totals not in (None, *TOTALS):
            raise UsageError(f"option '--totals' is one of {', '.join(TOTALS)}")
        if self.file_format == CCXT:
            return self._ccxt_account(universe)
        if self.aliases:
            raise UsageError("option '--alias' is for --format ccxt", hint="--column qty=size")
        if self.totals is not None:
            raise UsageError("option '--totals' is for --format ccxt")
        book = read_book_file(
            self.text,
            universe,
            name=BOOK_NAME,
            file_format=self.file_format,
            columns=parse_columns(self.columns),
            ignored=self.ignored,
            command="zkrisk issuer sign",
        )
        return ExchangeAccount(book, ())

    def _ccxt_account(self, universe: Universe) -> ExchangeAccount:
        if self.columns:
            raise UsageError("option '--column' is for CSV", hint="--alias XBT=BTC")
        content, where = read_document(self.text)
        return parse_ccxt_account(
            content,
            universe,
            name=BOOK_NAME,
            where=where,
            aliases=_aliases(self.aliases),
            ignored=self.ignored,
            totals=self.totals,
        )


def _aliases(pairs: list[str]) -> dict[str, str]:
    """Read ``XBT=BTC`` pairs.

    Raises:
        UsageError: No ``=``.
    """
    aliases = {}
    for pair in pairs:
        theirs, equals, ours = pair.partition("=")
        if not equals or not theirs or not ours:
            raise UsageError("option '--alias' is written THEIRS=OURS", hint="--alias XBT=BTC")
        aliases[theirs] = ours
    return aliases
