"""What the contracts' events make true, as facts of the keeper's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zkrisk.keeper.model import Log

__all__ = ["account_of", "facts_of"]


def account_of(kind: str, name: str) -> str:
    """Return the account that a fact is about, "" where it is about none."""
    return "" if kind in ("epoch", "parameters", "text") else name.partition(":")[0]


def _word(value: int) -> str:
    return f"{value:#066x}"


def facts_of(log: Log) -> list[tuple[str, str, Any]]:
    """Return what an event makes true: kind, name and value of facts; a value of None takes one away.

    Kinds: ``commitment`` (active, by account), ``pending`` (to become active, by account), ``text`` (ciphertext, by
    commitment and account), ``bound`` (commitments with a ciphertext, by account and commitment), ``escrow`` and
    ``credit`` (token units, by account and slot), ``debt`` (units of the vault's index, by account), ``challenge`` (by
    account), ``epoch``, ``parameters``.
    """
    make = _FACTS.get(log.name)
    return make(log.args) if make else []


def _committed(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return _activated(args) if args["active"] else [("pending", args["account"], _named(args))]


def _activated(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("commitment", args["account"], _named(args)), ("pending", args["account"], None)]


def _named(args: Mapping[str, Any]) -> dict[str, Any]:
    return {"commitment": _word(args["commitment"]), "sequence": args["sequence"]}


def _bound(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    commitment = _word(args["commitment"])
    text = {
        "account": args["account"],
        "readers": args["readers"],
        "version": args["readersVersion"],
        "elements": [str(element) for element in args["ciphertext"]],
    }
    # The account stands in the name: others may commit to the same number, and their text opens nothing.
    return [
        ("text", f"{commitment}:{args['account']}", text),
        ("bound", f"{args['account']}:{commitment}", args["readersVersion"]),
    ]


def _amount(kind: str, field_name: str) -> Callable[[Mapping[str, Any]], list[tuple[str, str, Any]]]:
    def make(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
        amount = args[field_name]
        return [(kind, f"{args['account']}:{args['slot']}", str(amount) if amount else None)]

    return make


def _debt(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    owed = {"slot": args["slot"], "units": str(args["debt"]), "vault": args["vault"]}
    return [("debt", args["account"], owed if args["debt"] else None)]


def _challenged(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("challenge", args["account"], {"number": args["number"], "epoch": args["epoch"]})]


def _no_challenge(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("challenge", args["account"], None)]


_FACTS: dict[str, Callable[[Mapping[str, Any]], list[tuple[str, str, Any]]]] = {
    "Answered": _no_challenge,
    "BookBound": _bound,
    "ChallengeClosed": _no_challenge,
    "Challenged": _challenged,
    "CommitmentActivated": _activated,
    "Committed": _committed,
    "CreditChanged": _amount("credit", "amount"),
    "DebtChanged": _debt,
    "EscrowChanged": _amount("escrow", "escrow"),
    "ParametersActivated": lambda args: [("parameters", "current", args["version"])],
    "Snapshot": lambda args: [("epoch", "newest", {"epoch": args["epoch"], "time": args["timestamp"]})],
}
