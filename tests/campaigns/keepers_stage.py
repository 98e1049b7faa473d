"""The stage of the keepers' race: accounts that owe against books of different health, and keepers with money."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.campaigns.record import ROOT
from tests.chain.chain_stage import USDC, MicroPlan, Stage
from zkrisk.chain.anvil import ANVIL_CHAIN_ID, Anvil
from zkrisk.chain.signer import anvil_signer
from zkrisk.chain.transact import Transactor
from zkrisk.commitment import Opening
from zkrisk.demo.scene import ASSET, open_scene
from zkrisk.demo.screen import Screen
from zkrisk.pipeline import submit
from zkrisk.proof.artifacts import default_artifacts

__all__ = ["KEEPERS", "borrowers", "endow_keepers", "fall", "race_stage"]

KEEPERS: Final = (30, 31)
_FIRST_BORROWER: Final = 40
_CASH_SHORT_USD: Final = (62_000, 56_000, 45_000, 10_000)
"""What each account's book owes: the last one stays healthy in every fall."""
_DEBT: Final = 10_000 * USDC
_CACHE: Final = ROOT / "build" / "keepers"


@contextmanager
def race_stage() -> Iterator[Stage]:
    """A chain with the micro tier's deployment, from the cache where it was made before."""
    plan = MicroPlan(universe="micro-8", seed=2026)
    with Anvil.start(start_unix=plan.start_unix) as anvil:
        screen = Screen(io.StringIO(), False, time.monotonic)
        scene = open_scene(anvil, default_artifacts(), plan, _CACHE, screen)
        scene.new_sheet()
        yield Stage(scene)


def _actor(stage: Stage, number: int) -> Transactor:
    sender = Transactor(stage.chain.rpc, anvil_signer(number, ANVIL_CHAIN_ID))
    stage.chain.rpc.raw("anvil_setBalance", [sender.address, hex(10**22)])
    return sender


def borrowers(stage: Stage) -> Mapping[str, Opening]:
    """Let accounts commit to books, be vouched for and draw 10 000 USDC each; returns their openings."""
    found: dict[str, Opening] = {}
    for number, usd_short in enumerate(_CASH_SHORT_USD):
        name = f"borrower-{number}"
        stage.scene.actors[name] = _actor(stage, _FIRST_BORROWER + number)
        stage.escrow(10, name)
        opening = stage.commit(stage.opening(name, usd_short=usd_short), name)
        submit(stage.draw(opening, _DEBT), stage.chain, stage.actor(name))
        found[stage.actor(name).address] = opening
    return found


def endow_keepers(stage: Stage) -> None:
    """Give each keeper enough to repay everybody, and let it be taken."""
    usdc = stage.scene.token(ASSET)
    for number in KEEPERS:
        sender = _actor(stage, number)
        sender.send(usdc.functions.mint(sender.address, 100 * _DEBT))
        sender.send(usdc.functions.approve(stage.vault.address, 100 * _DEBT))


def fall(stage: Stage, answers: Mapping[str, int], percent: int) -> None:
    """Let all coins fall; the second snapshot confirms it."""
    scene = stage.scene
    scene.answers = {
        symbol: answer if symbol == ASSET else answer * (100 - percent) // 100 for symbol, answer in answers.items()
    }
    for _ in range(2):
        scene.next_epoch()
        scene.new_sheet()
