"""Steps 2 to 6: prices, a trader with a private book, an attestation, credit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from zkrisk.chain.transact import Outcome
from zkrisk.commitment import Opening
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT, Scene
from zkrisk.demo.screen import Screen, money
from zkrisk.errors import ExpectationUnmet
from zkrisk.params import Assurance
from zkrisk.pipeline import make_bundle, prepare_attest, prepare_draw, submit
from zkrisk.proof.bundle import identifier, pack, save_bundle
from zkrisk.proof.bundle_model import Bundle
from zkrisk.proof.trust import load_trust
from zkrisk.proof.verify import Expectations, verify
from zkrisk.store import Store

__all__ = ["DRAWN_USDC", "Story", "credit_story", "expect"]

DRAWN_USDC: Final = 25_000
_PASSPHRASE: Final = "demonstration only"  # noqa: S105


@dataclass
class Story:
    """What the steps hand on to each other."""

    scene: Scene
    screen: Screen
    folder: Path
    gas: dict[str, int] = field(default_factory=dict)
    opening: Opening | None = None
    draw_bundle: Bundle | None = None
    attested_at: int = 0

    @property
    def trader(self) -> str:
        """The trader's address."""
        return self.scene.actors["trader"].address

    @property
    def book(self) -> Opening:
        """The trader's opening."""
        if self.opening is None:
            raise ExpectationUnmet("the trader has not committed yet")
        return self.opening

    def record(self, action: str, outcome: Outcome) -> int:
        """Keep the gas of an action; return it."""
        self.gas[action] = outcome.gas_used
        return outcome.gas_used


def expect(held: bool, what: str) -> None:
    """Stop when something is not as the story says."""
    if not held:
        raise ExpectationUnmet(f"not as the story says: {what}")


def credit_story(story: Story, bind: Callable[[Story], None]) -> None:
    """Play steps 2 to 6; how a book is bound is told elsewhere."""
    _chain(story)
    _trader(story)
    bind(story)
    _attest(story)
    _draw(story)


def _chain(story: Story) -> None:
    scene, screen = story.scene, story.screen
    epoch, gas, _ = scene.new_sheet()
    story.gas |= gas
    contracts = len(fields(scene.chain.deployment)) - 1 + len(scene.chain.deployment.vaults)
    text = f"anvil {scene.chain.chain_id}; {contracts} contracts, {len(scene.world.file.feeds)} feeds"
    screen.done("chain", text, epoch=epoch, gas=gas)


def _trader(story: Story) -> None:
    """Write first, send second: the opening is in the encrypted store before the commitment is on the chain."""
    scene, trader = story.scene, story.scene.actors["trader"]
    book = scene.plan.book(scene.universe)
    home = story.folder / "store"
    shutil.rmtree(home, ignore_errors=True)
    with Store.create(home, _PASSPHRASE, clock=scene.chain.block_time) as store:
        story.opening = store.commit(book, trader.address, book="main", chain_id=scene.chain.chain_id)
    committed = trader.send(scene.chain.manager.functions.commit(story.book.commitment))
    story.record("commit", committed)
    vault = scene.chain.vault(VAULT)
    amount = scene.plan.trader_weth * 10**18
    trader.send(scene.token(COLLATERAL).functions.approve(vault.address, amount))
    slot = scene.universe.slot_of(COLLATERAL)
    story.record("deposit escrow", trader.send(vault.contract.functions.depositEscrow(slot, amount, trader.address)))
    positions = sum(1 for long, short in zip(book.long, book.short, strict=True) if long or short)
    commitment = f"0x{story.book.commitment:064x}"
    text = f"{positions} positions, {commitment[:6]}…{commitment[-4:]}, 40 WETH escrow"
    story.screen.done("trader", text, positions=positions, commitment=commitment)


def _attest(story: Story) -> None:
    scene, screen = story.scene, story.screen
    prepared = prepare_attest(scene.chain, scene.artifacts, story.book, scene.policy_id)
    phases: dict[str, float] = {}
    bundle = make_bundle(prepared, scene.artifacts, story.book, on_progress=phases.__setitem__)
    outcome = submit(bundle, scene.chain, scene.actors["trader"])
    story.attested_at = scene.chain.block_time()
    gas = story.record("attest first", outcome)
    packed = pack(bundle, scene.artifacts.instance(prepared.kind, prepared.sheet.tier).key(), prepared.sheet)
    save_bundle(packed, story.folder / "attest.zkrisk.json")
    limits = len(prepared.policy.enabled) if prepared.policy else 0
    proof_ms = round(1000 * sum(phases.values()))
    screen.done("attest", f"{limits} limits, proof {proof_ms} ms, gas {gas:,}", gas=gas, proof_milliseconds=proof_ms)
    seen = verify(
        bundle,
        trust=load_trust(None),
        chain=scene.chain,
        artifacts=scene.artifacts,
        expect=Expectations(policy_id=scene.policy_id, account=story.trader, assurance=Assurance.CUSTODIAN_SIGNED),
    )
    expect(scene.chain.is_compliant(story.trader, scene.policy_id, 3600), "the chain calls the trader compliant")
    text = f"counterparty: ACCEPTED, {len(seen.checks)} checks recomputed"
    screen.done("", text, same_step=True, checks=len(seen.checks), identifier=identifier(bundle))


def _draw(story: Story) -> None:
    scene, vault = story.scene, story.scene.chain.vault(VAULT)
    amount = DRAWN_USDC * 10**6
    prepared = prepare_draw(scene.chain, scene.artifacts, story.book, vault_name=VAULT, amount=amount)
    story.draw_bundle = make_bundle(prepared, scene.artifacts, story.book)
    outcome = submit(story.draw_bundle, scene.chain, scene.actors["trader"])
    gas = story.record("draw", outcome)
    debt = vault.debt_of(story.trader)
    # Interest runs from the start of the epoch.
    expect(0 <= debt - amount < amount // 10_000, "the debt")
    expect(scene.balance(ASSET, "trader") == amount, "the trader's balance")
    story.screen.done(
        "draw", f"{DRAWN_USDC:,} USDC, debt 0 → {money(debt, 6, 0)}, gas {gas:,}", gas=gas, debt=str(debt)
    )
