"""The whole life of a loan on the micro tier, with real proofs."""

from __future__ import annotations

from typing import Any

import pytest
from chain_stage import USDC, Stage

from zkrisk.chain.audit import audit
from zkrisk.chain.operate import record_closes, roll_window
from zkrisk.chain.refold import folded_sheet_point
from zkrisk.chain.refusals import refusal
from zkrisk.chain.submit import call_of
from zkrisk.chain.transact import Transactor
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT
from zkrisk.errors import PolicyNotMet, SheetStale
from zkrisk.params import Action, Assurance, CircuitKind
from zkrisk.pipeline import (
    make_bundle,
    prepare_attest,
    prepare_draw,
    prepare_liquidation,
    prepare_update,
    prepare_withdraw,
    submit,
)
from zkrisk.proof.context import ContextRequest, LegClaim, liquidate_hash, transfer_hash


def crash(stage: Stage, percent: int) -> int:
    """Let all coins fall; the second snapshot confirms it. Returns the epoch."""
    scene = stage.scene
    scene.answers = {
        symbol: answer if symbol == ASSET else answer * (100 - percent) // 100
        for symbol, answer in scene.answers.items()
    }
    for _ in range(2):
        scene.next_epoch()
        epoch, _, _ = scene.new_sheet()
    return epoch


def liquidation(stage: Stage, opening: Any, **options: Any) -> Any:
    prepared = prepare_liquidation(
        stage.chain,
        stage.artifacts,
        opening,
        vault_name=VAULT,
        keeper=options.pop("keeper", stage.actor("keeper").address),
        repay_amount=options.pop("repay", 5_000 * USDC),
        seize_slot=stage.chain.universe.slot_of(COLLATERAL),
        **options,
    )
    return make_bundle(prepared, stage.artifacts, opening)


def borrower(stage: Stage) -> Any:
    """An account that owes 10 000 USDC against 10 WETH and its book, which a custodian vouches for."""
    stage.escrow(10)
    opening = stage.commit(stage.opening())
    submit(stage.draw(opening, 10_000 * USDC), stage.chain, stage.actor("trader"))
    return opening


def keeper(stage: Stage) -> Transactor:
    """The keeper, who allows the vault to take what it repays."""
    sender = stage.actor("keeper")
    sender.send(stage.scene.token(ASSET).functions.approve(stage.vault.address, 10**12))
    return sender


def test_sheet_points_are_what_the_values_fold_to(stage: Stage) -> None:
    epoch = stage.chain.newest_epoch()
    for kind in CircuitKind:
        key = stage.artifacts.instance(kind, stage.chain.tier()).key()
        point = stage.chain.folded_sheet(kind, epoch)
        assert point is not None and folded_sheet_point(key, stage.chain.sheet(epoch)) == point.point
        assert stage.chain.current_key(kind).blob == key.blob


def test_sheet_after_a_roll_still_gives_the_folded_window(stage: Stage) -> None:
    """A proof in flight refers to the window as folded, whose oldest close may have left the ring."""
    scene, epoch = stage.scene, stage.chain.newest_epoch()
    before = stage.chain.sheet(epoch).window.sha256
    stage.chain.rpc.raw("evm_increaseTime", [86_400])
    scene.publish()
    assert record_closes(scene.actors["keeper"], stage.chain) == 1
    key = stage.artifacts.instance(CircuitKind.COMPLIANCE, stage.chain.tier()).key()
    assert len(roll_window(scene.actors["keeper"], stage.chain, key)) == 1
    fresh = type(stage.chain)(stage.chain.rpc, stage.chain.file)
    assert fresh.sheet(epoch).window.sha256 == before
    epoch, _, _ = scene.new_sheet()
    assert fresh.sheet(epoch).window.sha256 != before
    audit(fresh, {kind: stage.artifacts.instance(kind, fresh.tier()).key() for kind in CircuitKind}).require()


@pytest.mark.parametrize("action", list(Action))
def test_context_in_python_is_context_of_the_contract(stage: Stage, action: Action) -> None:
    chain, account = stage.chain, stage.actor("trader").address
    kind = CircuitKind.LIQUIDATION if action is Action.LIQUIDATE else CircuitKind.COMPLIANCE
    key = stage.artifacts.instance(kind, chain.tier()).key()
    hashes = {
        Action.DRAW: transfer_hash(stage.vault.asset, 5),
        Action.LIQUIDATE: liquidate_hash(7, 2, 9_500, [LegClaim(1, 0, 9), LegClaim(2, 3, 0)]),
    }
    request = ContextRequest(
        chain_id=chain.chain_id, contract=stage.vault.address, key_id=key.key_id, policy_id=stage.policy_id,
        account=account, sequence=3, beneficiary=stage.actor("keeper").address, action=action,
        action_hash=hashes.get(action, bytes(32)), epoch=11, nonce=12, deadline=2**63,
    )  # fmt: skip
    view = chain.manager.functions.contextOf(
        int(kind), request.contract, request.policy_id, account, 3, request.beneficiary, int(action),
        request.action_hash, 11, 12, 2**63,
    )  # fmt: skip
    assert chain.read(view) == request.signal()


def test_policy_read_from_the_chain_is_the_registered_one(stage: Stage) -> None:
    view, written = stage.chain.policy(stage.policy_id), stage.scene.plan.policy()
    universe = stage.chain.universe
    assert view.point is not None and view.policy.name == written.name
    assert view.policy.public_values(universe.tier) == written.public_values(universe.tier)
    assert (view.policy.max_age_s, view.policy.min_assurance) == (written.max_age_s, written.min_assurance)


@pytest.mark.parametrize("backend", ["native", "snarkjs"])
def test_attest_with_a_proof_of_either_backend_is_accepted(stage: Stage, backend: str) -> None:
    opening = stage.commit(stage.opening())
    outcome = submit(stage.attestation(opening, backend=backend), stage.chain, stage.actor("trader"))
    account = stage.actor("trader").address
    record = stage.chain.attestation(account, stage.policy_id)
    assert record is not None and record.epoch == stage.chain.newest_epoch()
    assert stage.chain.is_compliant(account, stage.policy_id, 3600)
    assert outcome.event("Attested").args["account"] == account
    assert stage.chain.account(account).level is Assurance.CUSTODIAN_SIGNED


def test_attest_when_a_limit_fails_is_refused_before_a_proof(stage: Stage) -> None:
    opening = stage.commit(stage.opening(usd_short=100_000))
    with pytest.raises(PolicyNotMet) as refused:
        prepare_attest(stage.chain, stage.artifacts, opening, stage.policy_id)
    assert refused.value.details["limits"]


def test_attest_before_the_fold_is_refused_with_the_repair(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    stage.scene.next_epoch()
    stage.scene.new_sheet(kinds=())
    with pytest.raises(SheetStale, match="not folded"):
        prepare_attest(stage.chain, stage.artifacts, opening, stage.policy_id)


def test_draw_repay_and_withdraw_move_what_they_say(stage: Stage) -> None:
    opening, trader = borrower(stage), stage.actor("trader")
    slot = stage.chain.universe.slot_of(COLLATERAL)
    assert stage.vault.debt_of(trader.address) == stage.scene.balance(ASSET, "trader") == 10_000 * USDC
    leg = stage.chain.leg(trader.address, stage.chain.newest_epoch())
    assert (leg.long[slot], leg.short[stage.vault.asset_slot]) == (10 * 10**8, 10_000 * 10**6)
    prepared = prepare_withdraw(
        stage.chain, stage.artifacts, opening, vault_name=VAULT, slot=slot, amount=10**18 + 1
    )  # fmt: skip
    submit(make_bundle(prepared, stage.artifacts, opening), stage.chain, trader)
    assert stage.vault.escrow_of(trader.address, slot) == 9 * 10**18 - 1
    assert stage.chain.leg(trader.address, stage.chain.newest_epoch()).long[slot] == 9 * 10**8 - 1
    assert stage.chain.liquidation_leg(trader.address).long[slot] == 9 * 10**8
    trader.send(stage.scene.token(ASSET).functions.approve(stage.vault.address, 10_000 * USDC))
    trader.send(stage.vault.contract.functions.repay(trader.address, 10_000 * USDC))
    assert stage.vault.debt_of(trader.address) == 0


def test_draws_and_attests_with_interest_are_what_the_client_foresees(stage: Stage) -> None:
    """A proof's debt is that of the epoch's end, a draw counts from its start: one unit off, and they are refused."""
    yearly = 10**18 // (365 * 86_400)
    stage.actor("deployer").send(stage.vault.contract.functions.setRate(yearly))
    stage.scene.next_epoch()
    stage.scene.new_sheet()
    opening, trader, slot = borrower(stage), stage.actor("trader"), stage.vault.asset_slot
    epoch, seconds = stage.chain.newest_epoch(), stage.chain.epoch_seconds()
    leg = stage.chain.leg(trader.address, epoch)
    interest = 10_000 * USDC * seconds // (365 * 86_400)
    assert 0 <= leg.short[slot] - (10_000 * USDC + interest) <= 2
    submit(stage.draw(opening, 1_000 * USDC), stage.chain, trader)
    submit(stage.attestation(opening), stage.chain, trader)
    owed = stage.vault.debt_of(trader.address)
    assert 11_000 * USDC <= owed <= stage.chain.leg(trader.address, epoch).short[slot]
    assert stage.chain.is_compliant(trader.address, stage.policy_id, 3600)


def test_draw_above_the_vaults_limit_is_refused_before_a_proof(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    limit = stage.vault.debt_limit_of(stage.actor("trader").address, stage.chain.newest_epoch())
    with pytest.raises(PolicyNotMet) as refused:
        prepare_draw(stage.chain, stage.artifacts, opening, vault_name=VAULT, amount=limit + 1)
    assert refused.value.details["limits"] == ["DEBT_LIMIT"]


def test_update_with_debt_needs_a_proof_and_then_replaces_the_book(stage: Stage) -> None:
    borrower(stage)
    trader = stage.actor("trader")
    better = stage.opening(usd_short=20_000)
    active = stage.chain.account(trader.address)
    trader.send(stage.chain.manager.functions.commit(better.commitment))
    state = stage.chain.account(trader.address)
    assert (state.commitment, state.pending_commitment) == (active.commitment, better.commitment)
    with pytest.raises(refusal("DebtOutstanding")):
        trader.send(stage.chain.manager.functions.activatePending())
    prepared = prepare_update(stage.chain, stage.artifacts, better)
    with pytest.raises(refusal("AssuranceTooLow")):
        submit(make_bundle(prepared, stage.artifacts, better), stage.chain, trader)
    stage.scene.sign_pending(trader.address)
    prepared = prepare_update(stage.chain, stage.artifacts, better)
    submit(make_bundle(prepared, stage.artifacts, better), stage.chain, trader)
    state = stage.chain.account(trader.address)
    assert (state.commitment, state.pending_commitment, state.sequence) == (better.commitment, 0, active.sequence + 1)


def test_liquidate_a_healthy_account_is_refused_before_a_proof(stage: Stage) -> None:
    opening = borrower(stage)
    with pytest.raises(PolicyNotMet, match="not liquidatable"):
        liquidation(stage, opening)


def test_liquidate_after_a_fall_pays_the_keeper_of_the_proof(stage: Stage) -> None:
    opening = borrower(stage)
    crash(stage, 60)
    bundle, sender = liquidation(stage, opening), keeper(stage)
    before = stage.vault.escrow_of(stage.actor("trader").address, 2)
    outcome = submit(bundle, stage.chain, sender)
    event = outcome.event("Liquidated").args
    assert event["repaid"] == 5_000 * USDC and stage.vault.debt_of(stage.actor("trader").address) == 5_000 * USDC
    assert stage.scene.balance(COLLATERAL, "keeper") == 0
    sender.send(stage.vault.contract.functions.claim(stage.scene.token(COLLATERAL).address, sender.address))
    assert stage.scene.balance(COLLATERAL, "keeper") == event["seized"] > 0
    assert stage.vault.escrow_of(stage.actor("trader").address, 2) == before - event["seized"]


def test_call_of_a_bundle_is_bound_to_its_deployment(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    assert function.fn_name == "attest" and function.address == stage.chain.deployment.manager
