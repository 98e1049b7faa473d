"""Gas of everything the contracts do, on a local chain with real proofs: first time, and with storage in use."""

from __future__ import annotations

import io
import random
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench_bind_gas import bind_gas, challenge_gas
from eth_utils import function_signature_to_4byte_selector

from zkrisk.chain.anvil import Anvil, mine_at
from zkrisk.chain.fold import fold_sheet
from zkrisk.chain.operate import record_closes, roll_window, take_snapshot
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.transact import Outcome
from zkrisk.commitment import Opening, commit_with, draw_salt
from zkrisk.demo.crash_story import fallen_answers, find_fall
from zkrisk.demo.credit_story import Story
from zkrisk.demo.scene import ASSET, COLLATERAL, VAULT, Scene, ScenePlan, open_scene
from zkrisk.demo.screen import Screen
from zkrisk.params import CircuitKind
from zkrisk.pipeline import make_bundle, prepare_attest, prepare_draw, prepare_liquidation, submit
from zkrisk.proof.artifacts import Artifacts

__all__ = ["bench_gas"]

_RING_EPOCHS = 512
_EPOCH_SECONDS = 900
_DAY = 86_400


class _Bench:
    """A scene with a committed trader, and the gas seen so far."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.gas: dict[str, int] = {}
        self.first_epoch = 0
        trader = scene.actors["trader"]
        book = scene.plan.book(scene.universe)
        owner, salt = int(trader.address, 16), draw_salt()
        self.opening = Opening(vector=book, owner=owner, salt=salt, commitment=commit_with(book, owner, salt))

    def keep(self, name: str, outcome: Outcome) -> None:
        """Remember the gas of a transaction."""
        self.gas[name] = outcome.gas_used

    def attest(self) -> Outcome:
        """Attest at the newest epoch."""
        scene = self.scene
        prepared = prepare_attest(scene.chain, scene.artifacts, self.opening, scene.policy_id)
        return submit(make_bundle(prepared, scene.artifacts, self.opening), scene.chain, scene.actors["trader"])

    def draw(self, usdc: int) -> Outcome:
        """Draw against escrow and book."""
        scene = self.scene
        prepared = prepare_draw(scene.chain, scene.artifacts, self.opening, vault_name=VAULT, amount=usdc * 10**6)
        return submit(make_bundle(prepared, scene.artifacts, self.opening), scene.chain, scene.actors["trader"])

    def deposit(self, symbol: str, amount: int) -> Outcome:
        """Add escrow of a token."""
        scene, trader = self.scene, self.scene.actors["trader"]
        vault = scene.chain.vault(VAULT)
        trader.send(scene.token(symbol).functions.approve(vault.address, amount))
        slot = scene.universe.slot_of(symbol)
        return trader.send(vault.contract.functions.depositEscrow(slot, amount, trader.address))


def _quiet() -> Screen:
    return Screen(out=io.StringIO(), json_lines=False, clock=time.monotonic)


def bench_gas(artifacts: Artifacts) -> dict[str, int]:
    """Deploy on a fresh chain, live through a story, and return gas by name."""
    plan = ScenePlan()
    with Anvil.start(start_unix=plan.start_unix) as anvil, tempfile.TemporaryDirectory() as cache:
        scene = open_scene(anvil, artifacts, plan, Path(cache), _quiet())
        bench = _Bench(scene)
        bench.gas |= _deployment_gas(scene)
        _first(bench)
        _credit(bench)
        _a_ring_later(bench)
        return bench.gas


def _deployment_gas(scene: Scene) -> dict[str, int]:
    """Sum the receipts of the deployment by what they did."""
    rpc: Rpc = scene.chain.rpc
    spent: dict[str, list[int]] = defaultdict(list)
    names = {"recordClose": "record close", "roll": "roll first", "foldParameters": "parameters"}
    sheet = rpc.contract("PriceSheet", scene.chain.deployment.sheet)
    selectors = {
        "0x" + function_signature_to_4byte_selector(sheet.get_function_by_name(function).signature).hex(): label
        for function, label in names.items()
    }
    demo_only = {address.lower() for address in (*scene.world.file.feeds.values(), *scene.world.file.tokens.values())}
    for number in range(1, rpc.block_number() + 1):
        block = rpc.raw("eth_getBlockByNumber", [hex(number), True])
        for transaction in block["transactions"]:
            receipt = rpc.raw("eth_getTransactionReceipt", [transaction["hash"]])
            target = (transaction["to"] or receipt["contractAddress"]).lower()
            if target in demo_only:
                continue
            label = selectors.get(transaction["input"][:10], "deploy" if transaction["to"] is None else "set up")
            spent[label].append(int(receipt["gasUsed"], 16))
    total = {"deploy, contracts": sum(spent["deploy"]), "deploy, keys and terms": sum(spent["set up"])}
    total["deploy, parameters folded"] = sum(spent["parameters"])
    total["genesis, closes"] = sum(spent["record close"])
    total["genesis, rolls"] = sum(spent["roll first"])
    total["record close"] = int(statistics.median(spent["record close"]))
    total["roll first"] = int(statistics.median(spent["roll first"]))
    return total


def _first(bench: _Bench) -> None:
    """Everything for the first time."""
    scene, trader = bench.scene, bench.scene.actors["trader"]
    bench.first_epoch, gas, _ = scene.new_sheet()
    bench.gas |= {f"{name} first": value for name, value in gas.items()}
    bench.keep("commit first", trader.send(scene.chain.manager.functions.commit(bench.opening.commitment)))
    bench.keep("attach custodian", scene.sign_custody(trader.address))
    bench.keep("attest first, empty leg", bench.attest())
    runs = [bench.attest().gas_used for _ in range(5)]
    bench.gas["attest steady, empty leg"] = int(statistics.median(runs))


def _credit(bench: _Bench) -> None:
    """Escrow, credit, liquidation."""
    scene = bench.scene
    bench.keep("deposit escrow first", bench.deposit(COLLATERAL, scene.plan.trader_weth * 10**18))
    scene.pass_a_second()
    scene.sign_custody(scene.actors["trader"].address)
    bench.gas |= bind_gas(scene, bench.opening)
    bench.keep("attest steady, 1 leg instrument", bench.attest())
    bench.keep("draw first", bench.draw(20_000))
    bench.keep("draw steady", bench.draw(5_000))
    bench.keep("attest steady, 2 leg instruments", bench.attest())
    bench.gas |= challenge_gas(scene, bench.opening)
    _liquidate(bench)


def _liquidate(bench: _Bench) -> None:
    """Let the market fall twice, because the first fall is not believed, and liquidate."""
    scene, keeper = bench.scene, bench.scene.actors["keeper"]
    story = Story(scene, _quiet(), Path(), opening=bench.opening)
    scene.answers = fallen_answers(scene, find_fall(story))
    for _ in range(2):
        scene.next_epoch()
        scene.new_sheet((CircuitKind.LIQUIDATION,))
    vault = scene.chain.vault(VAULT)
    for label, usdc in (("liquidate first", 5_000), ("liquidate steady", 2_500)):
        keeper.send(scene.token(ASSET).functions.approve(vault.address, usdc * 10**6))
        prepared = prepare_liquidation(
            scene.chain,
            scene.artifacts,
            bench.opening,
            vault_name=VAULT,
            keeper=keeper.address,
            repay_amount=usdc * 10**6,
            seize_slot=scene.universe.slot_of(COLLATERAL),
        )
        bench.keep(label, submit(make_bundle(prepared, scene.artifacts, bench.opening), scene.chain, keeper))
    claim = vault.contract.functions.claim(scene.token(COLLATERAL).address, keeper.address)
    bench.keep("claim what was seized", keeper.send(claim))


def _a_ring_later(bench: _Bench) -> None:
    """The same places of the rings again: days to roll, then a snapshot and folds over used storage."""
    scene, deployer = bench.scene, bench.scene.actors["deployer"]
    key = scene.artifacts.instance(CircuitKind.COMPLIANCE, scene.universe.tier).key()
    target = (bench.first_epoch + _RING_EPOCHS) * _EPOCH_SECONDS + 5
    move = random.Random(1)  # noqa: S311
    while (midnight := (scene.chain.block_time() // _DAY + 1) * _DAY) < target:
        mine_at(scene.chain.rpc, midnight - 120)
        # A quiet day would roll for next to nothing: every price moves, by less than the cap.
        scene.answers = {
            name: answer * move.randrange(9_900, 10_100) // 10_000 for name, answer in scene.answers.items()
        }
        scene.publish()
        mine_at(scene.chain.rpc, midnight + 60)
        record_closes(deployer, scene.chain)
        rolled: list[Any] = roll_window(deployer, scene.chain, key)
        bench.gas["roll steady"] = int(statistics.median(outcome.gas_used for outcome in rolled))
    mine_at(scene.chain.rpc, target)
    scene.publish()
    newest, snapshot = take_snapshot(deployer, scene.chain)
    bench.keep("snapshot steady", snapshot)
    for kind, outcome in fold_sheet(deployer, scene.chain, newest).items():
        bench.keep(f"fold {kind.name.lower()} steady", outcome)
