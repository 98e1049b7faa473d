"""Steps 12 and 13: a healthy trader answers a challenge and takes the bond; a silent one is liquidated."""

from __future__ import annotations

from typing import Final

from zkrisk.book import BookVector
from zkrisk.commitment import Opening, commit_with, draw_salt, parse_address
from zkrisk.demo.bind_story import bind
from zkrisk.demo.credit_story import Story, expect
from zkrisk.demo.keeper_story import liquidation_of, watch
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT
from zkrisk.demo.screen import money
from zkrisk.params import CircuitKind
from zkrisk.pipeline import make_bundle, prepare_draw, submit
from zkrisk.pipeline_challenge import make_answer, prepare_answer, submit_answer, submit_challenge

__all__ = ["challenge_story"]

_SILENT_USDC: Final = 6_000
_SILENT_WETH: Final = 8
_EPOCHS: Final = 8


def challenge_story(story: Story) -> None:
    """Play steps 12 and 13."""
    _answered(story)
    _silent(story)


def _answered(story: Story) -> None:
    scene, screen, trader = story.scene, story.screen, story.scene.actors["trader"]
    screen.begin()
    bond = scene.chain.challenge_bond()
    story.record("challenge", submit_challenge(scene.chain, scene.actors["mallory"], trader.address))
    scene.next_epoch()
    scene.new_sheet()
    prepared = prepare_answer(scene.chain, scene.artifacts, story.book)
    outcome = submit_answer(scene.chain, trader, prepared, make_answer(prepared, story.book))
    gas = story.record("answer", outcome)
    owed = scene.chain.read(scene.chain.challenges.functions.claimable(trader.address))
    expect(owed == bond and scene.chain.challenge(trader.address) is None, "the bond is the trader's")
    trader.send(scene.chain.challenges.functions.claim(trader.address))
    text = f"healthy at epoch {prepared.sheet.epoch}: bond {money(bond, 18, 3)} ETH won"
    screen.done("challenged", text, gas=gas, epoch=prepared.sheet.epoch, bond=str(bond))


def _silent(story: Story) -> None:
    """Nobody proves anything about this account's health: it owes, is asked, and does not answer in live time."""
    scene, screen, silent = story.scene, story.screen, story.scene.actors["silent"]
    screen.begin()
    _borrow(story)
    before = scene.chain.vault(VAULT).debt_of(silent.address)
    submit_challenge(scene.chain, scene.actors["mallory"], silent.address)
    epochs = 0
    found = scene.chain.challenge(silent.address)
    while found is not None and not found.unanswered:
        expect(epochs < _EPOCHS, "the time to answer ends")
        scene.next_epoch()
        scene.new_sheet((CircuitKind.LIQUIDATION,))
        scene.actors["keeper"].send(scene.chain.heartbeat.functions.poke())
        found, epochs = scene.chain.challenge(silent.address), epochs + 1
    text = f"{_SILENT_USDC:,} USDC owed, no answer in {epochs} epochs"
    screen.done("silent", text, epochs=epochs)
    with watch(story) as keeper:
        outcome = liquidation_of(story, keeper, silent.address)
    left = scene.chain.vault(VAULT).debt_of(silent.address)
    expect(left < before, "part of the debt is repaid")
    text = f"keeper, without a proof: debt {money(before, 6, 0)} → {money(left, 6, 0)}"
    gas = story.record("liquidate unanswered", outcome)
    screen.done("", text, same_step=True, gas=gas, debt=str(left))


def _borrow(story: Story) -> None:
    """A second trader with a plain book borrows the ordinary way."""
    scene, silent = story.scene, story.scene.actors["silent"]
    vault, size = scene.chain.vault(VAULT), scene.universe.size
    book = BookVector(long=(50_000 * 10**6, *(0,) * (size - 1)), short=(0,) * size)
    owner, salt = parse_address(silent.address), draw_salt()
    opening = Opening(book, owner, salt, commit_with(book, owner, salt))
    silent.send(scene.chain.manager.functions.commit(opening.commitment))
    amount, slot = _SILENT_WETH * 10**18, scene.universe.slot_of(COLLATERAL)
    token = scene.token(COLLATERAL)
    scene.actors["deployer"].send(token.functions.mint(silent.address, amount))
    silent.send(token.functions.approve(vault.address, amount))
    silent.send(vault.contract.functions.depositEscrow(slot, amount, silent.address))
    scene.pass_a_second()
    scene.sign_custody(silent.address)
    bind(scene, silent, opening)
    prepared = prepare_draw(scene.chain, scene.artifacts, opening, vault_name=VAULT, amount=_SILENT_USDC * 10**6)
    submit(make_bundle(prepared, scene.artifacts, opening), scene.chain, silent)
    expect(scene.balance(ASSET, "silent") == _SILENT_USDC * 10**6, "the second trader has the money")
