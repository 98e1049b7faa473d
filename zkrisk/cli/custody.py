"""`zkrisk commit BOOK --statement FILE`: what a custodian must sign, and attaching what one signed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkrisk.book.files import parse_json, read_text
from zkrisk.cli.chain_access import account_of, open_chain, open_sender
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.render_text import short_hash
from zkrisk.cli.transactions import Intent, send, simulate
from zkrisk.commitment import format_address, parse_address
from zkrisk.errors import BadFile, InputError
from zkrisk.store import StoreIndex

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.signer import CustodianStatement
    from zkrisk.cli.session import Session

FIELDS = ("account", "commitment", "sequence", "as_of_unix", "signature")
_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,64}|[0-9]{1,78}", re.ASCII)
_SIGNATURE = re.compile(r"(?:0x)?([0-9a-fA-F]{130})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A custodian's statement with its 65 bytes of signature."""

    statement: CustodianStatement
    signature: bytes


def fields_to_sign(chain: ChainClient, account: str, commitment: int, sequence: int) -> dict[str, str]:
    """What a custodian must sign, EIP-712; the time is the custodian's own."""
    return {
        "account": account,
        "commitment": f"{commitment:#066x}",
        "sequence": str(sequence),
        "chain_id": str(chain.chain_id),
        "verifying_contract": chain.deployment.custodians,
    }


def signing_lines(fields: Mapping[str, str]) -> Iterator[Line]:
    """The same for people."""
    yield "a custodian who has seen the whole book signs (EIP-712, CustodianStatement):"
    yield from (f"  {name:<20}{value}" for name, value in fields.items() if value != fields["commitment"])
    yield "  commitment          as above"
    yield "  as_of_unix          the time of signing"


def read_statement(path: Path) -> SignedStatement:
    """Read a statement file.

    Raises:
        BadFile: Malformed.
    """
    from zkrisk.chain.signer import CustodianStatement  # noqa: PLC0415  (eth-account takes 0.2 s)

    document = parse_json(read_text(path), path.name)
    if not isinstance(document, dict) or sorted(document) != sorted(FIELDS):
        raise BadFile(f"a statement is an object of {', '.join(FIELDS)}", where=path.name)
    signature = _SIGNATURE.fullmatch(str(document["signature"]))
    if signature is None:
        raise BadFile("the signature is not 65 bytes in hex", where=path.name)
    try:
        account = format_address(parse_address(str(document["account"])))
    except InputError:
        raise BadFile("the account is not an address", where=path.name) from None
    numbers = (_number(document, name, path.name) for name in FIELDS[1:4])
    return SignedStatement(CustodianStatement(account, *numbers), bytes.fromhex(signature[1]))


def _number(document: Mapping[str, Any], name: str, where: str) -> int:
    text, bits = str(document[name]), 256 if name == "commitment" else 64
    value = int(text, 0 if text.startswith("0x") else 10) if _NUMBER.fullmatch(text) else 1 << bits
    if value >> bits:
        raise BadFile(f"{name} is not a whole number of {bits} bits", where=where)
    return value


def attach_statement(session: Session, book: str, file: str, account: str | None, *, send_it: bool) -> Outcome:
    """Attach a signed statement to the account's active or pending commitment; anybody may send it.

    Raises:
        BadFile: The file is malformed.
        InputError: It is about another account or another book.
        ContractRefused: About another commitment, too old, or not signed by a custodian of the deployment.
    """
    signed = read_statement(Path(file))
    _require_subject(session, signed.statement, book, account)
    chain = open_chain(session, None)
    sender, subject = open_sender(session, chain.rpc), signed.statement
    call = chain.custodians.functions.attachCustodian(subject.as_tuple(), signed.signature)
    is_active = chain.account(subject.account).commitment == subject.commitment
    level = chain.account(subject.account).level if is_active else chain.pending_assurance(subject.account)[0]
    change = (f"level of {short_hash(subject.commitment)}", level.name, "CUSTODIAN_SIGNED")
    intent = Intent(call, f"attach the statement of {time_text(subject.as_of_unix)}", "CustodianRegistry", [change])
    simulate(session, chain, sender, intent)
    result: dict[str, Any] = {
        "account": subject.account,
        "commitment": f"{subject.commitment:#066x}",
        "sequence": str(subject.sequence),
        "sent": send_it,
    }
    if not send_it:
        return Outcome(
            "commit-statement", result, ["not sent"], next=" ".join(["zkrisk", *session.words, "--send"])
        )  # fmt: skip
    outcome = send(session, sender, intent)
    result |= {"tx_hash": outcome.tx_hash, "custodian": str(outcome.event("CustodianAttached").args["custodian"])}
    lines = [f"CUSTODIAN_SIGNED by {result['custodian']}", f"  {outcome.tx_hash}"]
    return Outcome("commit-statement", result, lines, next="zkrisk status")


def sign_as_demonstration(session: Session, chain: ChainClient, account: str, commitment: int, sequence: int) -> None:
    """Let the custodian of a development chain, whose key everybody knows, sign: it signs everything."""
    from zkrisk.chain.development import role  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.signer import CustodianStatement, sign_statement  # noqa: PLC0415

    with session.progress.phase("custodian", "a demonstration custodian signed: CUSTODIAN_SIGNED"):
        statement = CustodianStatement(account, commitment, sequence, chain.block_time())
        custodian, registry = role(chain.rpc, "custodian"), chain.deployment.custodians
        signature = sign_statement(custodian.signer, statement, chain_id=chain.chain_id, registry=registry)
        custodian.send(chain.custodians.functions.attachCustodian(statement.as_tuple(), signature))


def _require_subject(session: Session, statement: CustodianStatement, book: str, account: str | None) -> None:
    """The statement must be about the account and the book that were named, where these are known."""
    if account is not None and account_of(session, account) != statement.account:
        raise InputError(f"the statement is about account {statement.account}", hint="--account that one")
    if not StoreIndex.exists(session.home):
        return
    with session.open_index() as index:
        found = [info.book for info in index.openings(statement.account) if info.commitment == statement.commitment]
    if found not in ([book], [""]):
        about = f"of book '{found[0]}'" if found else "which this store did not make"
        raise InputError(f"the statement is about commitment {short_hash(statement.commitment)}, {about}")
