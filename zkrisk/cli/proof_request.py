"""From the flags of `prove` to what the pipeline prepares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zkrisk.cli.render_text import parse_amount, short_hash, token_units
from zkrisk.cli.transactions import parse_seconds
from zkrisk.errors import CommitmentMismatch, InputError, NotFound, UsageError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening
    from zkrisk.pipeline import Prepared

POLICY_ID = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
BACKENDS = ("native", "native-ifma", "native-scalar", "snarkjs")
ACTIONS = ("attest", "update", "draw", "withdraw", "liquidate")


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """What was asked for, as it was written."""

    book: str
    account: str
    action: str
    policy: str | None
    amount: str | None
    beneficiary: str | None
    deadline: str
    epoch: str
    vault: str | None
    seize: str | None
    tier: str
    sheet: str | None
    deployment: str | None


def prepare(session: Session, chain: ChainClient | None, request: ProofRequest) -> tuple[Prepared, Opening]:
    """Read, re-fold, and check the limits; shows a phase for each. Nothing is proved when a limit fails.

    Raises:
        PolicyNotMet: Names of the limits that fail.
        NotFound: The book is not committed, or the policy is not registered.
    """
    if chain is None:
        from zkrisk.cli.fetched import prepare_offline  # noqa: PLC0415  (rarely used)

        return prepare_offline(session, request)
    tier = chain.tier()
    if request.tier not in ("auto", tier.name):
        raise InputError(f"the deployment is of tier {tier.name}, {request.tier} was asked for", hint="--tier auto")
    opening = _opening(session, chain, request)
    with session.progress.phase("limits") as said:
        prepared = _prepare(chain, opening, request)
        held = _held(prepared)
        said.append(f"{held}; epoch {prepared.sheet.epoch} re-folded, equals the chain")
    subject = f"{short_hash(prepared.commitment)}, sequence {prepared.request.sequence}, on chain"
    if not session.flags.quiet:
        session.screen.tell([f"  {'commitment':<12}{subject}"])
    return prepared, opening


def _held(prepared: Prepared) -> str:
    if prepared.verdict is None:
        return "liquidatable"
    count = sum(check.enabled for check in prepared.verdict.limits)
    return f"{count} of {count} hold"


def _opening(session: Session, chain: ChainClient, request: ProofRequest) -> Opening:
    """The stored opening of the commitment that the action is about."""
    state = chain.account(request.account)
    commitment = state.pending_commitment if request.action == "update" else state.commitment
    if commitment == 0:
        waits = "no pending commitment" if request.action == "update" else "no commitment"
        raise NotFound(
            f"account {short_hash(request.account)} has {waits} on chain {chain.chain_id}",
            hint=f"zkrisk commit {request.book} --send",
        )
    return stored_opening(session, chain, request.book, request.account, commitment)


def stored_opening(session: Session, chain: ChainClient, book: str, account: str, commitment: int) -> Opening:
    """Read the opening of a commitment that the chain holds for an account.

    Raises:
        NotFound: The store cannot open it.
        CommitmentMismatch: It was made for another account.
        InputError: It is of another book.
    """
    with session.open_store() as store:
        try:
            opening = store.opening_for(commitment)
        except NotFound:
            raise NotFound(
                f"the chain holds commitment {short_hash(commitment)}, which this store cannot open",
                hint="zkrisk store recover, or restore a backup",
            ) from None
        made_from = next((i.book for i in store.openings(account) if i.commitment == commitment), None)
    if made_from is None:
        raise CommitmentMismatch(
            f"commitment {short_hash(commitment)} is bound to another account than {short_hash(account)}",
            hint="--account the one that committed",
        )
    if made_from and made_from != book:
        raise InputError(
            f"the commitment is of book '{made_from}', not of '{book}'",
            hint=f"zkrisk {session.words[0]} {made_from}",
        )
    return opening


def _prepare(chain: ChainClient, opening: Opening, request: ProofRequest) -> Prepared:
    from zkrisk import pipeline  # noqa: PLC0415  (--help does without)
    from zkrisk.cli.commands.sheet_chain import chosen_epoch  # noqa: PLC0415
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    artifacts, lifetime = default_artifacts(), lifetime_of(chain, request.deadline)
    if request.action == "attest":
        epoch = chosen_epoch(chain, request.epoch)
        policy_id = registered_policy(chain, request.policy)
        return pipeline.prepare_attest(chain, artifacts, opening, policy_id, epoch=epoch, lifetime_s=lifetime)
    if request.action == "update":
        return pipeline.prepare_update(chain, artifacts, opening, lifetime_s=lifetime)
    vault = vault_name(chain, request.vault)
    slot, units = token_amount(chain, request.amount)
    common: dict[str, Any] = {"vault_name": vault, "lifetime_s": lifetime}
    beneficiary = _address(request.beneficiary)
    if request.action == "draw":
        if slot != chain.vault(vault).asset_slot:
            raise InputError(f"vault {vault} does not lend {chain.universe.symbol_of(slot)}")
        return pipeline.prepare_draw(chain, artifacts, opening, amount=units, beneficiary=beneficiary, **common)
    if request.action == "withdraw":
        return pipeline.prepare_withdraw(
            chain, artifacts, opening, slot=slot, amount=units, beneficiary=beneficiary, **common
        )
    if beneficiary is None or request.seize is None:
        raise UsageError("liquidate needs --beneficiary ADDR and --seize TOKEN", hint="zkrisk prove --help")
    seize_slot = chain.universe.slot_of(request.seize)
    return pipeline.prepare_liquidation(
        chain, artifacts, opening, keeper=beneficiary, repay_amount=units, seize_slot=seize_slot,
        **common,
    )  # fmt: skip


def _address(text: str | None) -> str | None:
    from zkrisk.commitment import format_address, parse_address  # noqa: PLC0415  (--help does without)

    return None if text is None else format_address(parse_address(text))


def lifetime_of(chain: ChainClient, text: str) -> int:
    """Seconds of chain time: from a duration, or up to a time."""
    if text[:1].isdigit() and "-" not in text:
        return parse_seconds(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("--deadline is a duration or a time", hint="--deadline 15m") from None
    unix = int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
    left = unix - chain.block_time()
    if left <= 0:
        raise InputError(f"the deadline {unix} is before the chain's time {chain.block_time()}")
    return left


def backend_of(session: Session, given: str | None) -> str:
    """Who proves: flag, then setting.

    Raises:
        UsageError: Nobody of that name does.
    """
    chosen = given or session.config.settings.backend
    if chosen not in BACKENDS:
        raise UsageError(f"option '--backend' is one of {', '.join(BACKENDS)}")
    return chosen


def registered_policy(chain: ChainClient, text: str | None) -> bytes:
    """Id of a policy by its id or its name in the deployment file.

    Raises:
        UsageError: None was named.
        NotFound: It is not registered.
    """
    if text is None:
        raise UsageError("no policy was named", hint="--policy NAME, or set 'policy' in the profile")
    if POLICY_ID.fullmatch(text):
        return bytes.fromhex(text[2:])
    if text not in chain.file.policies:
        known = ", ".join(sorted(chain.file.policies)) or "none"
        raise NotFound(
            f"policy '{text[:64]}' is not registered on chain {chain.chain_id}; known: {known}",
            hint=f"zkrisk policy register {text[:64]}",
        )
    return chain.file.policy_id(text)


def vault_name(chain: ChainClient, text: str | None) -> str:
    """The named vault, or the only one.

    Raises:
        NotFound: It does not exist.
        UsageError: There are several.
    """
    names = sorted(chain.deployment.vaults)
    if text is None and len(names) == 1:
        return names[0]
    if text is None and names:
        raise UsageError(f"there are several vaults: {', '.join(names)}", hint="--vault NAME")
    if text not in names:
        raise NotFound(f"the deployment has no vault '{(text or 'at all')[:64]}'", hint="zkrisk chain info")
    return str(text)


def token_amount(chain: ChainClient, text: str | None) -> tuple[int, int]:
    """Slot and token units of ``25000USDC``.

    Raises:
        UsageError: None was given.
        InputError: The token is unknown, or has none on the chain.
    """
    if text is None:
        raise UsageError("this action needs --amount", hint="--amount 25000USDC")
    number, symbol = parse_amount(text)
    if symbol not in chain.file.tokens:
        known = ", ".join(sorted(chain.file.tokens)) or "none"
        raise InputError(f"the deployment has no token {symbol}; known: {known}", hint="zkrisk vault show")
    return chain.universe.slot_of(symbol), token_units(number, token_decimals(chain, symbol), symbol)


def token_decimals(chain: ChainClient, symbol: str) -> int:
    """Decimals of a token, from its contract."""
    contract = chain.rpc.contract("MockERC20", chain.file.tokens[symbol])
    return int(chain.read(contract.functions.decimals()))
