"""The sentences beside a result: what it does not prove, and what a chain would add."""

from __future__ import annotations

from typing import Final

from zkrisk.params import Assurance
from zkrisk.proof.verify_case import LOCAL_CHAINS, Case

__all__ = ["chain_would_add", "not_proved", "warnings"]

_BY_LEVEL: Final = {
    Assurance.SELF_DECLARED: ("that the book exists: nobody but its owner has seen it, and debts may be missing",),
    Assurance.CUSTODIAN_SIGNED: (
        "debts that the custodian does not see, outside of it and of this chain",
        "that the custodian told the truth",
    ),
    Assurance.VENUE_SIGNED: ("debts outside the venues and this chain", "that the venues told the truth"),
}


def not_proved(case: Case) -> tuple[str, ...]:
    """What no check of this verification shows."""
    found = list(_BY_LEVEL[case.assurance or Assurance.SELF_DECLARED])
    found.append(f"anything after epoch {case.statement.context.epoch}, or between epochs")
    if case.statement.kind == "COMPLIANCE":
        found.append("losses that no row of the window and no stress row contains")
    if case.key_class == "DEVELOPMENT":
        found.append("anything against whoever made the key: it is a DEVELOPMENT key")
    elif case.key_class is None:
        found.append("that the key comes from a ceremony: its class is not known here")
    if case.chain is None:
        found.append(f"the assurance level: {case.statement.assurance.level} is the sender's word")
    return tuple(found)


def chain_would_add(case: Case) -> tuple[str, ...]:
    """What stays open without a chain."""
    if case.chain is not None:
        return ()
    own = "the verifier's own" if case.local_sheet is not None else "the sender's"
    found = [
        f"that prices, parameters and window, which are {own}, are those of the contracts",
        f"that epoch {case.statement.context.epoch} was when the sheet says, on which it rests until when this holds",
        "that the commitment is the account's current one and the leg what the contracts hold",
        "that the key is the registered one, and the contract the one that counts",
        "the assurance level",
    ]
    if case.policy is not None:
        found.append("that the policy's id stands for these limits, this age and this assurance level")
    return tuple(found)


def warnings(case: Case) -> tuple[str, ...]:
    """What the reader should know besides."""
    found = list(case.trust.warnings(case.now_unix)) if case.now_unix is not None else []
    if case.sheet is not None and case.sheet.synthetic:
        found.append("the sheet says that its prices are synthetic")
    chain_id = case.statement.subject.chain_id
    pin = case.trust.chain(chain_id)
    if case.chain is not None and chain_id not in LOCAL_CHAINS and (pin is None or pin.contracts is None):
        found.append(
            f"the contracts on chain {chain_id} are those of a file: nothing is pinned (zkrisk trust add chains)"
        )
    if case.chain is None and case.statement.policy is None:
        found.append("it names no policy: until when it holds is the sender's word")
    if case.bundle.chain_evidence is not None:
        found.append("the bundle carries chain evidence, which this version does not check")
    return tuple(found)
