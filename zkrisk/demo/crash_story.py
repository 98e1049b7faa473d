"""Steps 14 and 15: the market falls, the chain believes it the second time, and the keeper liquidates what it read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zkrisk.book import Leg
from zkrisk.demo.credit_story import Story, expect
from zkrisk.demo.keeper_story import Watch, liquidation_of, watch
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT, Scene
from zkrisk.demo.screen import money
from zkrisk.errors import ExpectationUnmet
from zkrisk.fixedpoint import from_scaled
from zkrisk.metrics import exposures_of, health_factor
from zkrisk.params import BPS, CircuitKind, SlotStatus
from zkrisk.sheet import Sheet

__all__ = ["crash_story", "fallen_answers", "find_fall"]

_TARGET_BPS: Final = (9_650, 9_750)
_STEP_BPS: Final = 25
_FALLING: Final = frozenset({"BTC", "ETH", "L1", "L2", "DEFI", "COINS"})


def crash_story(story: Story) -> None:
    """Play steps 14 and 15."""
    before = _balances(story)
    with watch(story) as keeper:
        expect(keeper.count("read") > 0, "the keeper read books from the chain's events")
        _crash(story, keeper)
        _liquidate(story, keeper)
    after = _balances(story)
    story.screen.table([("", "trader", "escrow", "keeper"), ("before", *before), ("after", *after)])


def _health_bps(story: Story, sheet: Sheet, leg: Leg) -> int:
    exposures = exposures_of(story.book, leg, sheet.prices)
    rows = sheet.parameters
    measured = health_factor(
        exposures.long, exposures.short, sheet.prices, rows.liquidation_threshold_bps, rows.borrow_factor_bps
    )
    return measured.bps_down() or 0


def fallen_answers(scene: Scene, fall_bps: int) -> dict[str, int]:
    """Answers after all risky instruments fall together, rounded down."""
    sectors = {entry.symbol: entry.sector for entry in scene.universe.instruments}
    return {
        symbol: answer * (BPS - fall_bps) // BPS if sectors[symbol] in _FALLING else answer
        for symbol, answer in scene.answers.items()
    }


def find_fall(story: Story) -> int:
    """Smallest fall after which the health factor is near 0.97, in basis points."""
    scene = story.scene
    sheet = scene.chain.sheet(scene.chain.newest_epoch())
    leg = scene.chain.liquidation_leg(story.trader)
    for fall_bps in range(0, 9_000, _STEP_BPS):
        answers = fallen_answers(scene, fall_bps)
        used = [answers[entry.symbol] * entry.price_factor for entry in scene.universe.instruments[1:]]
        prices = (sheet.prices[0], *used, *sheet.prices[1 + len(used) :])
        if _health_bps(story, replace(sheet, prices=prices), leg) <= _TARGET_BPS[1]:
            return fall_bps
    raise ExpectationUnmet("no fall brings the health factor near 0.97")


def _crash(story: Story, keeper: Watch) -> None:
    """A jump beyond the cap is recorded, not believed; the next snapshot confirms it."""
    scene, screen = story.scene, story.screen
    fall_bps = find_fall(story)
    scene.answers = fallen_answers(scene, fall_bps)
    leg = scene.chain.liquidation_leg(story.trader)
    screen.begin()
    scene.next_epoch()
    epoch, _, snapshot = scene.new_sheet((CircuitKind.LIQUIDATION,))
    changes = [event for event in snapshot.events if event.name == "SlotStatusChanged"]
    deviating = sum(event.args["status"] == SlotStatus.DEVIATING for event in changes)
    expect(deviating > 0, "a fall beyond the cap is DEVIATING")
    old = _health_bps(story, scene.chain.sheet(epoch), leg)
    keeper.keeper.round()
    expect(not keeper.count("found", story.trader), "the keeper does not act on prices that nobody confirmed")
    fall = from_scaled(fall_bps, 2)
    screen.done("crash", f"-{fall} %: {deviating} prices DEVIATING, unused", epoch=epoch, deviating=deviating)
    text = f"health factor still {_ratio(old)}, the keeper waits"
    screen.done("", text, same_step=True, health_bps=old)
    scene.next_epoch()
    epoch, gas, _ = scene.new_sheet((CircuitKind.LIQUIDATION,))
    story.gas |= {f"{name} steady": value for name, value in gas.items()}
    new = _health_bps(story, scene.chain.sheet(epoch), leg)
    expect(_TARGET_BPS[0] <= new <= _TARGET_BPS[1], "the health factor is near 0.97")
    screen.done(
        "", f"confirmed: epoch {epoch}, health factor {_ratio(new)}", same_step=True, epoch=epoch, health_bps=new
    )


def _ratio(bps: int) -> str:
    """Two digits, rounded down."""
    return f"{bps // BPS}.{bps % BPS // 100:02d}"


def _liquidate(story: Story, keeper: Watch) -> None:
    """The keeper was handed nothing: it decrypted the book from the event log, and proves with its own address."""
    scene, sender = story.scene, story.scene.actors["keeper"]
    vault, slot = scene.chain.vault(VAULT), scene.universe.slot_of(COLLATERAL)
    debt = vault.debt_of(story.trader)
    story.screen.begin()
    outcome = liquidation_of(story, keeper, story.trader)
    gas = story.record("liquidate", outcome)
    event = outcome.event("Liquidated").args
    left, repaid = vault.debt_of(story.trader), int(event["repaid"])
    expect(0 < left <= debt // 2 + 10**6, "half of the debt is repaid")
    token = scene.token(COLLATERAL)
    held = scene.balance(COLLATERAL, "keeper")
    sender.send(vault.contract.functions.claim(token.address, sender.address))
    expect(scene.balance(COLLATERAL, "keeper") - held >= event["seized"], "the keeper has what was seized")
    sheet = scene.chain.sheet(scene.chain.newest_epoch())
    lots = event["seized"] * 10 ** scene.universe.decimals_of(slot) // 10**18
    bonus_cents = lots * sheet.prices[slot] // 10**14 - repaid // 10**4
    bonus = money(bonus_cents, 2, 0)
    text = f"debt {money(debt, 6, 0)} → {money(left, 6, 0)}, keeper bonus {bonus} USD"
    story.screen.done("liquidate", text, gas=gas, debt=str(left), bonus_cents=bonus_cents)
    expect(not scene.chain.is_compliant(story.trader, scene.policy_id, 3600), "a worse leg ends the attestation")


def _balances(story: Story) -> tuple[str, str, str]:
    scene = story.scene
    escrow = scene.chain.vault(VAULT).escrow_of(story.trader, scene.universe.slot_of(COLLATERAL))
    trader = money(scene.balance(ASSET, "trader"), 6)
    usdc, weth = money(scene.balance(ASSET, "keeper"), 6), money(scene.balance(COLLATERAL, "keeper"), 18, 3)
    return f"{trader} USDC", f"{money(escrow, 18, 3)} WETH", f"{usdc} USDC {weth} WETH"
