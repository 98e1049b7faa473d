"""From a bundle to the transaction that it was made for."""

from __future__ import annotations

from typing import Any

from zkrisk.chain.client import ChainClient
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.errors import InputError, WrongChain
from zkrisk.params import Action
from zkrisk.proof.bundle_model import Bundle

__all__ = ["call_of", "proof_struct", "submit"]


def proof_struct(proof: bytes) -> tuple[list[int], list[list[int]], list[int]]:
    """Return 256 bytes of a proof as the contracts' Proof: a, b (imaginary part first), c."""
    words = [int.from_bytes(proof[i : i + 32], "big") for i in range(0, 256, 32)]
    return words[0:2], [words[2:4], words[4:6]], words[6:8]


def call_of(bundle: Bundle, chain: ChainClient) -> Any:
    """Return the bound contract function that a bundle was made for.

    Raises:
        WrongChain: The bundle is for another chain.
        InputError: It is for contracts that this deployment has not got, or for no action.
    """
    context, subject = bundle.statement.context, bundle.statement.subject
    if subject.chain_id != chain.chain_id:
        raise WrongChain(
            f"the bundle is for chain {subject.chain_id}, {chain.rpc.name} is {chain.chain_id}",
            details={"chain_id": chain.chain_id, "expected": subject.chain_id},
        )
    known = (chain.deployment.manager, *chain.deployment.vaults.values())
    if context.contract not in known:
        raise InputError(f"the bundle is for contract {context.contract}, which this deployment has not got")
    proof, action = proof_struct(bundle.proof.to_bytes()), Action[context.action]
    frame = (context.epoch, context.nonce, context.deadline)
    if action is Action.ATTEST and bundle.statement.policy is not None:
        policy_id = bytes.fromhex(bundle.statement.policy.id[2:])
        return chain.manager.functions.attest((policy_id, *frame), proof)
    if action is Action.UPDATE:
        return chain.manager.functions.update(frame, proof)
    if action is Action.LIQUIDATE:
        return _liquidation(bundle, chain, proof)
    if action in (Action.DRAW, Action.WITHDRAW):
        return _transfer(bundle, chain, action, (*frame, context.beneficiary), proof)
    raise InputError("no contract takes this bundle: it is for a reader")


def _transfer(bundle: Bundle, chain: ChainClient, action: Action, request: tuple[Any, ...], proof: Any) -> Any:
    data = bundle.statement.context.action_data
    vault = chain.rpc.contract("CreditVault", bundle.statement.context.contract).functions
    if action is Action.DRAW:
        return vault.draw(data.amount, request, proof)
    for slot in range(1, chain.universe.size):
        if chain.token_of(slot) == data.token:
            return vault.withdrawEscrow(slot, data.amount, request, proof)
    raise InputError(f"the deployment has no token {data.token}")


def _liquidation(bundle: Bundle, chain: ChainClient, proof: Any) -> Any:
    context, data = bundle.statement.context, bundle.statement.context.action_data
    claims = [(entry.slot, entry.long, entry.short) for entry in data.claims or ()]
    request = (
        bundle.statement.subject.account, data.amount, data.seize_slot, data.threshold_bps, claims,
        context.epoch, context.nonce, context.deadline, context.beneficiary,
    )  # fmt: skip
    vault = chain.rpc.contract("CreditVault", context.contract)
    return vault.functions.liquidate(request, proof)


def submit(
    bundle: Bundle, chain: ChainClient, sender: Transactor, *, gas: int | None = None, simulate: bool = True
) -> Outcome:
    """Send a bundle: simulated first unless said otherwise, waited for, errors named.

    Raises:
        InputError: Only the account itself may send the bundle, and the signer is another one.
        ContractRefused: By name, in `details`.
    """
    account = bundle.statement.subject.account
    if bundle.statement.context.action != "LIQUIDATE" and sender.address != account:
        raise InputError(f"the bundle is of {account}, the signer is {sender.address}", hint="give its --signer")
    return sender.send(call_of(bundle, chain), gas=gas, simulate=simulate)
