"""`zkrisk verify BUNDLE…`: what a counterparty runs; it reads and never sends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.bundle_files import read_bundle
from zkrisk.cli.chain_access import DEVELOPMENT_CHAIN, deployment_path, endpoint, open_chain, open_rpc
from zkrisk.cli.figures import age_text
from zkrisk.cli.output import Line, Outcome, error_lines
from zkrisk.cli.proof_request import POLICY_ID
from zkrisk.cli.session import Session
from zkrisk.errors import ChainError, InputError, UsageError, VerificationError, WrongChain, ZkRiskError
from zkrisk.params import Assurance

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.proof.bundle_model import Bundle
    from zkrisk.proof.verify import Expectations, Verification

app = typer.Typer(rich_markup_mode=None, add_completion=False)
WORST_FIRST = (5, 6, 7)
LAG_S = 900
MAX_BLOCK = 1_000_000_000


@app.command(name="verify")
def verify_bundles(
    context: typer.Context,
    bundles: Annotated[list[str], typer.Argument(metavar="BUNDLE...", help="Files; - is stdin.")],
    *,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint; or ZKRISK_RPC_URL.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask a chain.")] = False,
    at: Annotated[str | None, typer.Option(metavar="TIME|BLOCK", help="Time or block; default now.")] = None,
    expect_policy: Annotated[str | None, typer.Option(metavar="ID", help="Id, name or file of a policy.")] = None,
    expect_account: Annotated[str | None, typer.Option(metavar="ADDR", help="The account it must be of.")] = None,
    expect_assurance: Annotated[str, typer.Option(metavar="LEVEL", help="Lowest level taken.")] = "VENUE_SIGNED",
    verifier: Annotated[str, typer.Option(metavar="LIST", help="native, py_ecc, snarkjs; comma-separated.")] = "native",
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="FILE", help="Your own sheet, offline.")] = None,
) -> Outcome:
    """Verify attestations; exit 0 only when all that was asked for holds.

    Books may be SELF_DECLARED or CUSTODIAN_SIGNED; say which is enough.

    \b
    zkrisk verify trader.zkrisk.json --rpc URL --expect-assurance SELF_DECLARED
    zkrisk verify trader.zkrisk.json --offline --expect-assurance CUSTODIAN_SIGNED
    """
    session: Session = context.obj
    arguments = verification_arguments(
        session,
        bundles,
        rpc=rpc,
        offline=offline,
        at=at,
        expect=(expect_policy, expect_account, expect_assurance),
        verifier=verifier,
        deployment=deployment,
        sheet=sheet,
    )
    outcome = _single(session, bundles[0], arguments) if len(bundles) == 1 else _several(session, bundles, arguments)
    outcome.warnings = [*outcome.warnings, *_lag(session, at, arguments["chain"])]
    return outcome


def verification_arguments(
    session: Session,
    bundles: list[str],
    *,
    rpc: str | None,
    offline: bool,
    at: str | None,
    expect: tuple[str | None, str | None, str],
    verifier: str,
    deployment: str | None,
    sheet: str | None,
) -> dict[str, Any]:
    """What `zkrisk.proof.verify.verify` is called with, from what was typed.

    Args:
        expect: Policy, account and assurance level.

    Raises:
        UsageError: A chain was given, and offline was asked for.
        WrongChain: The endpoint serves another chain than that of the only bundle.
    """
    if offline and rpc:
        raise UsageError("a chain was given, and offline was asked for", hint="one of --rpc URL and --offline")
    if not offline and len(bundles) == 1:
        _compare_chain(session, bundles[0], rpc, deployment)
    chain = None if offline else _chain(session, rpc, deployment, at)
    return {
        "chain": chain,
        "offline": offline,
        "now_unix": _time(session, at, chain),
        "expect": _expectations(chain, *expect),
        "verifiers": tuple(name.strip() for name in verifier.split(",")),
        **_own(session, sheet),
    }


def _compare_chain(session: Session, text: str, rpc: str | None, deployment: str | None) -> None:
    """Say so when the endpoint is another chain and nothing is known of it; else `verify` looks at the bundle first.

    Raises:
        WrongChain: The bundle is for another chain.
    """
    if text == "-" or deployment or endpoint(session, rpc, may_be_local=False) is None:
        return
    wanted, connection = read_bundle(text).statement.subject.chain_id, open_rpc(session, rpc)
    if connection.chain_id != wanted and not deployment_path(session, connection.chain_id).is_file():
        raise WrongChain(
            f"{connection.name} is chain {connection.chain_id}, the bundle is for {wanted}",
            where=text,
            hint=f"zkrisk verify {text} --rpc URL-OF-{wanted}    or    --offline",
        )


def _chain(session: Session, rpc: str | None, deployment: str | None, at: str | None) -> ChainClient | None:
    """The chain at one block; None when no endpoint was given, which makes the verification incomplete."""
    if endpoint(session, rpc, may_be_local=False) is None:
        return None
    chain = open_chain(session, rpc, deployment)
    if at is not None and at.isascii() and at.isdecimal() and int(at) < MAX_BLOCK:
        newest = chain.rpc.block_number()
        if int(at) > newest:
            raise InputError(f"block {int(at)} does not exist, the newest is {newest}")
        return chain.at_block(int(at))
    return chain.pinned()


def _time(session: Session, at: str | None, chain: ChainClient | None) -> int | None:
    """The time that expiry is compared with; None takes the block's.

    A node that has stopped keeps its blocks' time: on a real chain the later of both clocks counts.
    """
    if at is None or at == "now":
        return session.now_unix() if chain is None else _later(session, chain)
    if at.isascii() and at.isdecimal() and len(at) < 16:
        if int(at) >= MAX_BLOCK:
            return int(at)
        if chain is not None:
            return None
        raise InputError("offline there are no blocks; --at is a time", hint="--at 2026-11-21T12:00Z")
    try:
        parsed = datetime.fromisoformat(at)
    except ValueError:
        raise InputError("--at is a time, or a block of the chain", hint="--at 2026-11-21T12:00Z") from None
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def _later(session: Session, chain: ChainClient) -> int | None:
    return None if chain.chain_id == DEVELOPMENT_CHAIN else max(chain.block_time(), session.now_unix())


def _lag(session: Session, at: str | None, chain: ChainClient | None) -> list[tuple[str, str]]:
    """A warning when the newest block is old: what happened since is not known."""
    if chain is None or chain.chain_id == DEVELOPMENT_CHAIN or at not in (None, "now"):
        return []
    lag = session.now_unix() - chain.block_time()
    return [("NODE_BEHIND", f"the newest block of {chain.rpc.name} is {age_text(lag)} old")] if lag > LAG_S else []


def _expectations(chain: ChainClient | None, policy: str | None, account: str | None, level: str) -> Expectations:
    from zkrisk.commitment import format_address, parse_address  # noqa: PLC0415  (--help does without)
    from zkrisk.policy import load_policy  # noqa: PLC0415
    from zkrisk.proof.verify import Expectations  # noqa: PLC0415

    if level not in Assurance.__members__:
        raise UsageError(f"option '--expect-assurance' is one of {', '.join(Assurance.__members__)}")
    policy_id, text = None, None
    if policy is not None and POLICY_ID.fullmatch(policy):
        policy_id = bytes.fromhex(policy[2:])
    elif policy is not None and chain is not None and policy in chain.file.policies:
        policy_id = chain.file.policy_id(policy)
    elif policy is not None:
        text = load_policy(policy)
    expected = format_address(parse_address(account)) if account is not None else None
    return Expectations(policy_id, text, expected, Assurance[level])


def _own(session: Session, sheet: str | None) -> dict[str, Any]:
    """What the verifier has of its own: pins, keys, a sheet."""
    from zkrisk.cli.commands.trust import read_trust  # noqa: PLC0415  (--help does without)
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415
    from zkrisk.sheet import load_sheet  # noqa: PLC0415

    artifacts = default_artifacts()
    return {
        "trust": read_trust(session),
        "artifacts": artifacts if artifacts.lock.is_file() else None,
        "sheet": load_sheet(Path(sheet)) if sheet else None,
    }


def verify_file(text: str, bundle: Bundle, arguments: dict[str, Any]) -> Verification:
    """Verify what was read from a file; the file's name is in the error.

    Raises:
        VerificationError, ChainError: See `zkrisk.proof.verify.verify`.
    """
    from zkrisk.proof.verify import verify  # noqa: PLC0415  (--help does without)

    try:
        return verify(bundle, **arguments)
    except (VerificationError, ChainError) as error:
        error.where = f"{text}, {error.where}" if error.where else text
        error.hint = error.hint and error.hint.replace("BUNDLE", text)
        raise


def verification_time(session: Session, arguments: dict[str, Any]) -> int:
    """The time that expiry is compared with."""
    given, chain = arguments["now_unix"], arguments["chain"]
    if given is not None:
        return int(given)
    return int(chain.block_time()) if chain is not None else session.now_unix()


def _single(session: Session, text: str, arguments: dict[str, Any]) -> Outcome:
    from zkrisk.cli.render_verification import failure_lines, verification_lines  # noqa: PLC0415

    try:
        found = verify_file(text, read_bundle(text), arguments)
    except VerificationError as error:
        if not session.flags.json:
            session.screen.say(failure_lines(error))
        raise
    lines = verification_lines(found, verification_time(session, arguments))
    return Outcome("verify", found.to_dict(), lines, warnings=_warnings([found]))


def _several(session: Session, texts: list[str], arguments: dict[str, Any]) -> Outcome:
    from zkrisk.cli.render_verification import failure_lines, verification_lines  # noqa: PLC0415

    results: list[dict[str, Any]] = []
    lines: list[Line] = []
    found: list[Verification] = []
    codes = []
    for text in texts:
        try:
            found.append(verify_file(text, read_bundle(text), arguments))
            results.append({"file": text, "exit_code": 0, **found[-1].to_dict()})
            lines += verification_lines(found[-1], verification_time(session, arguments), text)
        except ZkRiskError as error:
            codes.append(error.exit_code)
            results.append({"file": text, **_failure(error)})
            shown = failure_lines(error, text) if isinstance(error, VerificationError) else []
            lines += [*shown, *error_lines(error, verbose=False)]
    return Outcome(
        "verify-many", {"bundles": results}, lines, warnings=_warnings(found), exit_code=worst_code(codes)
    )  # fmt: skip


def worst_code(codes: list[int]) -> int:
    """The worst of several: rejected, expired, incomplete, then what could not be read; 0 when all hold."""
    return next((code for code in WORST_FIRST if code in codes), max(codes, default=0))


def _failure(error: ZkRiskError) -> dict[str, Any]:
    checks = error.details.get("checks", [])
    return {"exit_code": error.exit_code, "code": error.code, "message": error.message, "checks": checks}


def _warnings(found: list[Verification]) -> list[tuple[str, str]]:
    texts = dict.fromkeys(text for one in found for text in one.warnings)
    return [("VERIFY", text) for text in texts]
