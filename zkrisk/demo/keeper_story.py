"""The keeper's service on the demonstration's chain: it reads books from the log, and nobody hands it an opening."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from zkrisk.chain.events import read_events
from zkrisk.chain.transact import Outcome
from zkrisk.demo.credit_story import Story
from zkrisk.demo.keys import KEEPER_SCALAR
from zkrisk.demo.scene import ASSET, VAULT
from zkrisk.errors import ExpectationUnmet
from zkrisk.keeper import Keeper, KeeperState, Settings
from zkrisk.keeper.books import Books, Reader
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.proving import PipelineProver
from zkrisk.store.seal import DataKey

__all__ = ["Watch", "liquidation_of", "watch"]

_ROUNDS: Final = 6


@dataclass
class Watch:
    """A keeper at work.

    Attributes:
        told: Name and public facts of everything that it did.
    """

    keeper: Keeper
    told: list[tuple[str, Mapping[str, Any]]]

    def count(self, event: str, account: str | None = None) -> int:
        """How often something happened, to an account where one is named."""
        found = [facts for name, facts in self.told if name == event]
        return sum(account in (None, facts.get("account")) for facts in found)


@contextmanager
def watch(story: Story) -> Iterator[Watch]:
    """Start the keeper with an empty state: all that it knows comes from the chain and from its own key."""
    scene, sender = story.scene, story.scene.actors["keeper"]
    vault, folder = scene.chain.vault(VAULT), story.folder / "keeper"
    sender.send(scene.token(ASSET).functions.approve(vault.address, scene.plan.keeper_usdc * 10**6))
    shutil.rmtree(folder, ignore_errors=True)
    chain = DeployedChain(scene.chain, sender)
    told: list[tuple[str, Mapping[str, Any]]] = []
    with KeeperState(folder, chain.identity) as state:
        books = Books(
            state, Reader(scalar=KEEPER_SCALAR), DataKey.draw(), store_id="demonstration", instruments=chain.instruments
        )  # fmt: skip
        keeper = Keeper(
            chain,
            state,
            books,
            PipelineProver(scene.chain, scene.artifacts, sender.address),
            Settings(),
            tell=lambda event, facts: told.append((event, facts)),
            metrics=Metrics(),
            clock=story.screen.clock,
        )
        keeper.round()
        yield Watch(keeper, told)


def liquidation_of(story: Story, watched: Watch, account: str) -> Outcome:
    """Let the keeper work until it liquidated an account; return that transaction's outcome.

    Raises:
        ExpectationUnmet: It did not.
    """
    chain, sender = story.scene.chain, story.scene.actors["keeper"]
    vault, first = chain.vault(VAULT).address, chain.rpc.block_number() + 1
    for _ in range(_ROUNDS):
        watched.keeper.round()
        chain.rpc.raw("evm_mine", [])
        last = chain.rpc.block_number()
        found = list(
            read_events(
                chain.rpc, "CreditVault", vault, "Liquidated", first_block=first, last_block=last, account=account
            )
        )
        if found:
            return sender.wait(found[0].tx_hash)
    raise ExpectationUnmet(f"the keeper did not liquidate: {[event for event, _ in watched.told]}")
