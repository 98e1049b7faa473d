"""From the flags of `report` to a document, and from a page to a file that it may be written to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from zkrisk.cli.bundle_files import write_file
from zkrisk.cli.inputs import SYNTHETIC, is_book_file
from zkrisk.errors import BadFile, InputError, ZkRiskError
from zkrisk.report.kind import kind_of_report
from zkrisk.sheet import History, Sheet, history_from_series, parse_wide, synthetic_history

if TYPE_CHECKING:
    from zkrisk.book import Book
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session
    from zkrisk.proof.verify import Verification
    from zkrisk.report.attestations import Attested

_MAX_HISTORY_BYTES = 16 << 20
_WORDS = {"OWNER": "the owner's", "LENDER": "a lender's"}


def read_history(text: str | None, book: Book, sheet: Sheet) -> History | None:
    """Read closes from a CSV file with a date column and one column an instrument, or make them up.

    Instruments that the book does not hold need no column: they stand still. ``synthetic:SEED`` gives two windows that
    end with the sheet's.

    Raises:
        InputError, BadFile, BadPrice: See `zkrisk.sheet.history_from_series`; an instrument of the book has no column.
    """
    if text is None:
        return None
    universe, match = sheet.universe, SYNTHETIC.fullmatch(text)
    if match:
        last_day, count = date.fromisoformat(sheet.window.last_day), 2 * universe.tier.scenarios + 2
        return synthetic_history(universe, seed=int(match[1]), last_day=last_day, days=count)
    from zkrisk.book.files import read_text  # noqa: PLC0415  (with a file only)

    path = Path(text)
    series = parse_wide(read_text(path, _MAX_HISTORY_BYTES), where=path.name)
    if not series:
        raise BadFile("the history has no column of an instrument", where=path.name)
    held = {position.instrument for position in book.positions if position.long or position.short}
    still = dict.fromkeys(next(iter(series.values())), Decimal(1))
    idle = {symbol: still for symbol in universe.symbols[1:] if symbol not in series and symbol not in held}
    return history_from_series(universe, {**series, **idle})


def known_attestations(session: Session, book: str) -> list[Attested]:
    """Attestations of a stored book's commitments, from the bundles that the store's index still finds.

    Files that are gone, or are no bundles any more, are left out.
    """
    from zkrisk.proof.bundle import load_bundle  # noqa: PLC0415  (0.2 s)
    from zkrisk.report.attestations import attested_of  # noqa: PLC0415
    from zkrisk.store import StoreIndex  # noqa: PLC0415

    if is_book_file(book) or not StoreIndex.exists(session.home):
        return []
    with session.open_index() as index:
        own = {info.commitment for info in index.openings() if info.book == book}
        paths = [Path(str(entry.facts.get("path", ""))) for entry in index.public("bundle")]
    found = []
    for path in paths:
        try:
            bundle = load_bundle(path)
        except ZkRiskError:
            continue
        attested = attested_of(bundle) if bundle.dynamic[0] in own else None
        found += [attested] if attested is not None else []
    return found


def recorded_attestations(chain: ChainClient, found: Verification) -> list[Attested]:
    """Every attestation of the account for the proved policy that the contract recorded, up to the block that was read.

    A transaction's hash stands for the identifier; an event does not say the level.
    """
    from zkrisk.chain.events import read_events  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.report.attestations import Attested  # noqa: PLC0415

    policy = found.policy
    if policy is None or not policy.registered:
        return []
    events = read_events(
        chain.rpc,
        "RiskManager",
        chain.deployment.manager,
        "Attested",
        first_block=chain.file.block,
        last_block=int(chain.block),
        account=found.account,
        policyId=policy.policy_id,
    )
    rows = []
    for event in events:
        epoch = int(event.args["epoch"])
        start = chain.epoch_time(epoch)
        name = f"{policy.policy.name} v{policy.policy.version}"
        rows.append(Attested(event.tx_hash, name, epoch, start, start + policy.policy.max_age_s, "RECORDED"))
    return rows


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def write_page(session: Session, text: str, content: bytes, kind: str) -> str:
    """Write a report; the owner's is readable by its owner alone. Asks before a file is replaced.

    Raises:
        InputError: The file is a report of the other kind: whoever sends it later would send the wrong one.
        Declined: It exists and nobody said yes.
    """
    path = Path(text)
    if path.is_file():
        other = kind_of_report(_content(path))
        if other is not None and other != kind:
            raise InputError(
                f"the file is {_WORDS[other]} report; {_WORDS[kind]} is not written over it",
                where=str(path),
                hint="-o another file",
            )
    return write_file(session, text, content, private=kind == "OWNER")
