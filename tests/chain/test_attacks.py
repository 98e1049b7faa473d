"""Forgeries that must fail on the chain, by name and without effect. Test names carry the IDs of the threat list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from chain_stage import USDC, WETH, Stage
from test_flows import borrower, crash, keeper, liquidation

from zkrisk import pipeline
from zkrisk.book import BookVector
from zkrisk.chain.audit import audit
from zkrisk.chain.client import ChainClient
from zkrisk.chain.deploy import check_keys
from zkrisk.chain.refusals import refusal
from zkrisk.chain.storage import SheetStorage, mapping_slot
from zkrisk.chain.submit import call_of
from zkrisk.commitment import Opening, commit_with, parse_address
from zkrisk.demo.attacks import malleated
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT
from zkrisk.errors import (
    CommitmentMismatch,
    DevelopmentKey,
    KeyMismatch,
    PolicyNotMet,
    SheetMismatch,
    WrongChain,
)
from zkrisk.params import Action, CircuitKind
from zkrisk.pipeline import make_bundle, prepare_attest, prepare_draw, submit
from zkrisk.proof.keys import HEAD_BYTES, POINT_BYTES, check_not_forgeable

GENERATOR = (1, 2)
G2 = 128


def refused(stage: Stage, error: str, function: Any, name: str = "trader") -> None:
    """The transaction is mined, reverts with the named error, and nothing changes."""
    before = state(stage)
    with pytest.raises(refusal(error)) as caught:
        stage.actor(name).send(function, simulate=False)
    assert caught.value.details["tx_hash"] and state(stage) == before


def state(stage: Stage) -> tuple[Any, ...]:
    account, chain = stage.actor("trader").address, stage.chain
    nonces = tuple(
        chain.nonce(account, action) for action in (Action.ATTEST, Action.UPDATE, Action.DRAW, Action.WITHDRAW)
    )
    return nonces, chain.account(account), chain.leg(account, chain.newest_epoch()), stage.vault.units_of(account)


def poke(stage: Stage, address: str, slot: int, value: int) -> None:
    """Overwrite a storage word."""
    stage.chain.rpc.raw("anvil_setStorageAt", [address, f"0x{slot:064x}", f"0x{value:064x}"])


def keys(stage: Stage) -> dict[CircuitKind, Any]:
    return {kind: stage.artifacts.instance(kind, stage.chain.tier()).key() for kind in CircuitKind}


# ---- replay and malleability


def test_k2_replay_and_malleated_replay_revert(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    bundle = stage.attestation(opening)
    function = call_of(bundle, stage.chain)
    stage.actor("trader").send(function)
    refused(stage, "NonceUsed", function)
    request, proof = function.args
    refused(stage, "NonceUsed", stage.chain.manager.functions.attest(request, malleated(proof)))


def test_k2_malleated_bytes_are_the_same_statement_and_count_once(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    request, proof = function.args
    stage.actor("trader").send(stage.chain.manager.functions.attest(request, malleated(proof)))
    refused(stage, "NonceUsed", function)


def test_k4_changed_public_value_is_refused(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    (policy_id, epoch, nonce, deadline), proof = call_of(stage.attestation(opening), stage.chain).args
    moved = stage.chain.manager.functions.attest((policy_id, epoch, nonce, deadline + 1), proof)
    refused(stage, "ProofInvalid", moved)


def test_k4_every_gated_function_reverts_on_an_invalid_proof(stage: Stage) -> None:
    opening = borrower(stage)
    chain, vault = stage.chain, stage.vault.contract
    (policy_id, epoch, nonce, deadline), proof = call_of(stage.attestation(opening), chain).args
    wrong = (proof[2], proof[1], proof[0])
    account, slot = stage.actor("trader").address, chain.universe.slot_of(COLLATERAL)
    refused(stage, "ProofInvalid", chain.manager.functions.attest((policy_id, epoch, nonce, deadline), wrong))
    frame = (epoch, chain.nonce(account, Action.DRAW), deadline, account)
    refused(stage, "ProofInvalid", vault.functions.draw(USDC, frame, wrong))
    frame = (epoch, chain.nonce(account, Action.WITHDRAW), deadline, account)
    refused(stage, "ProofInvalid", vault.functions.withdrawEscrow(slot, 1, frame, wrong))
    stage.actor("trader").send(chain.manager.functions.commit(stage.opening().commitment))
    stage.scene.sign_pending(account)
    refused(stage, "ProofInvalid", chain.manager.functions.update((epoch, 0, deadline), wrong))


def test_k6_proof_of_one_action_is_refused_for_another(stage: Stage) -> None:
    opening = borrower(stage)
    chain, vault, account = stage.chain, stage.vault.contract, stage.actor("trader").address
    amount, (epoch, nonce, deadline, beneficiary), proof = call_of(stage.draw(opening, 500 * USDC), chain).args
    slot = chain.universe.slot_of(COLLATERAL)
    assert nonce == 1
    request = (epoch, chain.nonce(account, Action.WITHDRAW), deadline, beneficiary)
    refused(stage, "ProofInvalid", vault.functions.withdrawEscrow(slot, amount, request, proof))
    attest = (stage.policy_id, epoch, chain.nonce(account, Action.ATTEST), deadline)
    refused(stage, "ProofInvalid", chain.manager.functions.attest(attest, proof))
    other = stage.actor("mallory").address
    refused(stage, "ProofInvalid", vault.functions.draw(amount, (epoch, nonce, deadline, other), proof))


# ---- chain, deployment, sender


def test_k7_changed_chain_id_refuses_the_old_proof(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    account = stage.actor("trader").address
    stage.chain.rpc.raw("anvil_setChainId", [31_338])
    try:
        with pytest.raises(refusal("ProofInvalid")):
            stage.chain.rpc.read(lambda: function.call({"from": account, "gas": 2_000_000}))
        fresh = stage.scene.anvil.rpc().__class__(stage.scene.anvil.url)
        with pytest.raises(WrongChain, match="31338"):
            ChainClient(fresh, stage.chain.file)
    finally:
        stage.chain.rpc.raw("anvil_setChainId", [31_337])
    stage.actor("trader").send(function)


def test_k7_second_deployment_refuses_the_proof_of_the_first(stage: Stage) -> None:
    """Same chain, keys, prices, account, commitment and nonce; another contract."""
    opening = stage.commit(stage.opening())
    bundle = stage.attestation(opening)
    (policy_id, epoch, nonce, deadline), proof = call_of(bundle, stage.chain).args
    manager = stage.chain.rpc.contracts.load("RiskManager")
    contracts = stage.chain.deployment
    config = {
        "admin": stage.actor("deployer").address, "registry": contracts.registry, "sheet": contracts.sheet,
        "policies": contracts.policies, "maxActionAge": 3600, "liquidationGrace": 0,
    }  # fmt: skip
    address = str(stage.actor("deployer").deploy(manager, config).contract)
    second = stage.chain.rpc.contract("RiskManager", address)
    trader = stage.actor("trader")
    trader.send(second.functions.commit(opening.commitment))
    with pytest.raises(refusal("ProofInvalid")):
        trader.send(second.functions.attest((policy_id, epoch, nonce, deadline), proof), simulate=False)


def test_k8_liquidation_copied_from_the_mempool_pays_the_bound_keeper(stage: Stage) -> None:
    opening = borrower(stage)
    crash(stage, 60)
    function = call_of(liquidation(stage, opening), stage.chain)
    mallory = stage.actor("mallory")
    stage.scene.actors["lender"].send(stage.scene.token(ASSET).functions.mint(mallory.address, 10**12))
    mallory.send(stage.scene.token(ASSET).functions.approve(stage.vault.address, 10**12))
    *rest, beneficiary = function.args[0]
    stolen = stage.vault.contract.functions.liquidate((*rest, mallory.address), function.args[1])
    refused(stage, "ProofInvalid", stolen, "mallory")
    mallory.send(function)
    keepers = stage.actor("keeper").address
    assert claimable(stage, keepers) > 0 == claimable(stage, mallory.address)
    assert beneficiary == keepers


def claimable(stage: Stage, account: str) -> int:
    """Collateral that was seized for an account and not fetched yet."""
    token = stage.scene.token(COLLATERAL).address
    return int(stage.chain.read(stage.vault.contract.functions.claimableOf(account, token)))


def test_k8_another_accounts_proof_is_refused(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    stage.commit(stage.opening("mallory"), "mallory")
    refused(stage, "ProofInvalid", function, "mallory")
    mallory = stage.scene.actors["mallory"]
    mallory.send(stage.chain.manager.functions.commit(opening.commitment))
    stage.scene.sign_custody(mallory.address)
    refused(stage, "ProofInvalid", function, "mallory")


def test_commitment_sent_first_by_another_still_counts(stage: Stage) -> None:
    opening = stage.opening()
    stage.scene.actors["mallory"].send(stage.chain.manager.functions.commit(opening.commitment))
    stage.commit(opening)
    assert stage.chain.account(stage.actor("trader").address).commitment == opening.commitment


# ---- freshness


def test_epoch_before_the_previous_one_is_stale(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    stage.scene.next_epoch()
    stage.scene.new_sheet()
    stage.chain.rpc.raw("evm_mine", [])
    stage.scene.next_epoch()
    stage.scene.new_sheet()
    refused(stage, "EpochStale", function)


def test_draw_at_an_epoch_that_is_not_the_newest_is_stale(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    stage.escrow(10)
    function = call_of(stage.draw(opening, 5_000 * USDC), stage.chain)
    stage.scene.next_epoch()
    stage.scene.new_sheet()
    refused(stage, "EpochStale", function)


# ---- commitments


def test_commitment_swapped_with_debt_outstanding_stays_pending(stage: Stage) -> None:
    opening = borrower(stage)
    trader, chain = stage.actor("trader"), stage.chain
    vector = BookVector(long=(10**13, *(0,) * 7), short=(0,) * 8)
    owner = parse_address(trader.address)
    rich = Opening(vector, owner, opening.salt + 99, commit_with(vector, owner, opening.salt + 99))
    trader.send(chain.manager.functions.commit(rich.commitment))
    assert chain.account(trader.address).commitment == opening.commitment
    refused(stage, "DebtOutstanding", chain.manager.functions.activatePending())
    with pytest.raises(CommitmentMismatch):
        prepare_attest(chain, stage.artifacts, rich, stage.policy_id)
    honest = prepare_attest(chain, stage.artifacts, opening, stage.policy_id)
    forged = make_bundle(replace(honest, commitment=rich.commitment), stage.artifacts, rich)
    refused(stage, "ProofInvalid", call_of(forged, chain))
    crash(stage, 60)
    keeper(stage)
    outcome = submit(liquidation(stage, opening), chain, stage.actor("keeper"))
    assert outcome.event("Liquidated").args["account"] == trader.address


# ---- liquidation and the leg


def test_one_wei_top_up_does_not_stop_a_liquidation_in_flight(stage: Stage) -> None:
    opening = borrower(stage)
    crash(stage, 60)
    bundle = liquidation(stage, opening, margin_bps=0)
    sender, helper, slot = keeper(stage), stage.actor("mallory"), stage.chain.universe.slot_of(COLLATERAL)
    token = stage.scene.token(COLLATERAL)
    helper.send(token.functions.mint(helper.address, WETH))
    helper.send(token.functions.approve(stage.vault.address, WETH))
    trader = stage.actor("trader")
    account = trader.address
    refused(stage, "TopUpRefused", stage.vault.contract.functions.depositEscrow(slot, 1, account), "mallory")
    trader.send(stage.vault.contract.functions.allowTopUps(helper.address, True))
    helper.send(stage.vault.contract.functions.depositEscrow(slot, 1, account))
    with pytest.raises(refusal("LegClaimTooLow")):
        submit(bundle, stage.chain, sender)
    robust = liquidation(stage, opening)
    helper.send(stage.vault.contract.functions.depositEscrow(slot, 1, account))
    assert submit(robust, stage.chain, sender).event("Liquidated").args["account"] == account


def test_repayment_of_a_wei_does_not_stop_a_liquidation_in_flight(stage: Stage) -> None:
    opening = borrower(stage)
    crash(stage, 60)
    bundle, sender = liquidation(stage, opening), keeper(stage)
    trader = stage.actor("trader")
    trader.send(stage.scene.token(ASSET).functions.approve(stage.vault.address, USDC))
    trader.send(stage.vault.contract.functions.repay(trader.address, 1))
    assert submit(bundle, stage.chain, sender).event("Liquidated").args["account"] == trader.address


def test_self_declared_book_draws_up_to_escrow_ltv_and_not_one_unit_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = stage.commit(stage.opening(), custodian=False)
    stage.escrow(2)
    trader, chain = stage.actor("trader"), stage.chain
    limit = stage.vault.debt_limit_of(trader.address, chain.newest_epoch())
    sheet, slot = chain.sheet(chain.newest_epoch()), chain.universe.slot_of(COLLATERAL)
    worth = 2 * 10**8 * sheet.prices[slot] * stage.vault.ltv_bps(slot) // (10_000 * sheet.prices[1])
    assert limit == worth
    with pytest.raises(PolicyNotMet):
        prepare_draw(chain, stage.artifacts, opening, vault_name=VAULT, amount=limit + 1)
    monkeypatch.setattr(pipeline, "_require_debt_limit", lambda *_: None)
    refused(stage, "DebtAboveLimit", call_of(stage.draw(opening, limit + 1), chain))
    submit(stage.draw(opening, limit), chain, trader)
    assert stage.vault.debt_of(trader.address) == limit


# ---- cached points


@pytest.mark.parametrize("word", [1, 2])
def test_overwritten_sheet_point_makes_an_honest_proof_fail(stage: Stage, word: int) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    storage = SheetStorage(stage.chain.rpc, stage.chain.deployment.sheet, "latest")
    slot = storage.slot("_sheets", 1 << 64 | stage.chain.newest_epoch() % 512)
    if word == 1:
        poke(stage, stage.chain.deployment.sheet, slot + 1, GENERATOR[0])
        poke(stage, stage.chain.deployment.sheet, slot + 2, GENERATOR[1])
    else:
        poke(stage, stage.chain.deployment.sheet, slot + 1, 0)
        poke(stage, stage.chain.deployment.sheet, slot + 2, 0)
    refused(stage, "ProofInvalid", function)
    with pytest.raises(SheetMismatch):
        stage.attestation(opening)
    with pytest.raises(SheetMismatch, match="sheet compliance"):
        audit(stage.chain, keys(stage)).require()


def test_overwritten_policy_point_makes_an_honest_proof_fail(stage: Stage) -> None:
    opening = stage.commit(stage.opening())
    function = call_of(stage.attestation(opening), stage.chain)
    layout = stage.chain.rpc.contracts.load("PolicyRegistry").storage
    slot = mapping_slot(layout["_folded"], int.from_bytes(stage.policy_id, "big"))
    poke(stage, stage.chain.deployment.policies, slot + 1, GENERATOR[0])
    poke(stage, stage.chain.deployment.policies, slot + 2, GENERATOR[1])
    refused(stage, "ProofInvalid", function)
    report = audit(stage.chain, keys(stage))
    assert [finding.what for finding in report.problems] == ["policy micro-lender v1"]


@pytest.mark.parametrize("variable", ["window", "row", "parameters"])
def test_audit_finds_an_overwritten_point(stage: Stage, variable: str) -> None:
    storage = SheetStorage(stage.chain.rpc, stage.chain.deployment.sheet, "latest")
    slots = {
        "window": (storage.slot("_window", 1) + 1, "window total"),
        "row": (storage.slot("_rows", 1, 5), "window row 5"),
        "parameters": (storage.slot("_points", 3, 1, 1) + 1, "parameters v1 liquidation"),
    }
    audit(stage.chain, keys(stage)).require()
    slot, name = slots[variable]
    poke(stage, stage.chain.deployment.sheet, slot, 1)
    assert name in {finding.what for finding in audit(stage.chain, keys(stage)).problems}


def test_audit_finds_a_feed_that_rewrote_history(stage: Stage) -> None:
    layout = stage.chain.rpc.contracts.load("MockFeed").storage
    feed = stage.chain.file.feeds["BTC"]
    poke(stage, feed, mapping_slot(layout["_rounds"], (1 << 64) | 3), (1_700_000_000 << 192) | 5)
    assert any(finding.what.startswith("close") for finding in audit(stage.chain, keys(stage)).problems)


# ---- keys


def test_s1_key_with_delta_equal_to_gamma_is_refused(stage: Stage) -> None:
    material = keys(stage)[CircuitKind.HEALTHY].material
    gamma = material[POINT_BYTES + G2 : POINT_BYTES + 2 * G2]
    forged = material[: POINT_BYTES + 2 * G2] + gamma + material[HEAD_BYTES:]
    with pytest.raises(KeyMismatch, match="forge"):
        check_not_forgeable(forged)


def test_s8_development_keys_are_refused_on_any_other_chain(stage: Stage) -> None:
    instances = {kind: stage.artifacts.instance(kind, stage.chain.tier()) for kind in CircuitKind}
    assert check_keys(instances, 31_337)
    for chain_id in (1, 8453, 11_155_111, 1337):
        with pytest.raises(DevelopmentKey) as caught:
            check_keys(instances, chain_id)
        assert caught.value.exit_code == 12
