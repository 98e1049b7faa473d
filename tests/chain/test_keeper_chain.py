"""The keeper on Anvil: it reads books from the event log and liquidates by proof, also after a reorganisation."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from chain_stage import USDC, Stage
from test_flows import borrower, crash, keeper

from zkrisk.chain.client import ChainClient
from zkrisk.commitment import Opening
from zkrisk.demo.scene import COLLATERAL
from zkrisk.edwards import public_key
from zkrisk.keeper.appraise import Limits
from zkrisk.keeper.books import Books, Reader
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.money import NativePrice
from zkrisk.keeper.proving import PipelineProver
from zkrisk.keeper.scan import scan
from zkrisk.keeper.service import Keeper, Settings
from zkrisk.keeper.state import KeeperState
from zkrisk.pipeline_binding import make_binding, prepare_binding, submit_binding
from zkrisk.proof.artifacts import smallest_instance
from zkrisk.store.seal import DataKey

READER_SECRET = 0x1234567890ABCDEF1234567890ABCDEF


class Service:
    """A keeper of the stage, with what it said."""

    def __init__(self, stage: Stage, folder: Any, reader: Reader, stack: ExitStack) -> None:
        client = ChainClient(stage.chain.rpc, stage.chain.file)
        self.view = DeployedChain(client, keeper(stage))
        self.state = stack.enter_context(KeeperState(folder, self.view.identity))
        self.books = Books(self.state, reader, DataKey.draw(), store_id="s", instruments=self.view.instruments)
        slot = client.universe.slot_of(COLLATERAL)
        native = NativePrice(slot=slot, lot_decimals=client.universe.decimals_of(slot))
        self.said: list[tuple[str, Any]] = []
        self.keeper = Keeper(
            self.view, self.state, self.books, PipelineProver(client, stage.artifacts, self.view.keeper),
            Settings(limits=Limits(native=native)), tell=lambda event, facts: self.said.append((event, facts)),
            metrics=Metrics(), clock=lambda: 0.0,
        )  # fmt: skip

    def events(self) -> list[str]:
        return [event for event, _ in self.said]


@pytest.fixture
def serve(stage: Stage, tmp_path: Any) -> Any:
    """Starts keepers that end with the test."""
    with ExitStack() as stack:
        yield lambda opening: Service(stage, tmp_path / "keeper", Reader(openings={opening.commitment: opening}), stack)


def bind(stage: Stage, opening: Opening, secret: int) -> None:
    """Make a key the keepers' one, and give it the book."""
    deployer, key = stage.actor("deployer"), public_key(secret)
    instance = smallest_instance(1, 1, stage.chain.tier(), stage.artifacts)
    circuit = instance.circuit
    deployer.send(stage.chain.binder.functions.setKey(circuit.parts, circuit.readers, instance.key().blob))
    deployer.send(stage.chain.readers.functions.announceKeepers([key]))
    prepared = prepare_binding(stage.chain, stage.artifacts, opening)
    submit_binding(stage.chain, stage.actor("trader"), prepared, make_binding(prepared, opening))


def mine(stage: Stage) -> None:
    stage.chain.rpc.raw("evm_mine", [])


def test_keeper_on_a_chain_finds_proves_and_liquidates_once(stage: Stage, serve: Any) -> None:
    opening: Opening = borrower(stage)
    service = serve(opening)
    service.keeper.round()
    assert service.events() == [] and service.keeper.queue.items() == []
    crash(stage, 60)
    for _ in range(3):
        service.keeper.round()
        mine(stage)
    assert [item.state.value for item in service.keeper.queue.items()][:1] == ["mined"], service.said
    assert stage.vault.debt_of(stage.actor("trader").address) < 10_000 * USDC
    [row] = scan(service.view, service.state, service.books) or [None]
    assert row is None or row.is_readable


def test_keeper_reads_the_book_from_the_event_log_and_liquidates(stage: Stage, tmp_path: Any) -> None:
    opening: Opening = borrower(stage)
    bind(stage, opening, READER_SECRET)
    with ExitStack() as stack:
        other = Service(stage, tmp_path / "other", Reader(READER_SECRET + 1), stack)
        service = Service(stage, tmp_path / "keeper", Reader(READER_SECRET), stack)
        crash(stage, 60)
        other.keeper.round()
        assert other.books.refusals().keys() == {stage.actor("trader").address}
        [closed] = scan(other.view, other.state, other.books)
        assert not closed.is_readable and closed.is_liquidatable is None
        assert other.keeper.queue.items() == []
        for _ in range(3):
            service.keeper.round()
            mine(stage)
        assert service.books.openings()[stage.actor("trader").address].salt == opening.salt
        assert [item.state.value for item in service.keeper.queue.items()][:1] == ["mined"], service.said


def test_keeper_leg_is_that_of_the_contract(stage: Stage, serve: Any) -> None:
    from zkrisk.keeper.holdings import leg_of, read_holdings  # noqa: PLC0415

    service = serve(borrower(stage))
    service.keeper.round()
    account = stage.actor("trader").address
    holding = read_holdings(service.state, service.books.openings())[account]
    indexes = service.view.debt_indexes([holding.debt.vault])
    leg = leg_of(holding, service.view.exponents(), indexes, service.view.instruments)
    assert leg == stage.chain.liquidation_leg(account)
    assert service.view.account_now(account).leg == leg


def test_keeper_after_a_reorganisation_of_anvil_liquidates_again(stage: Stage, serve: Any) -> None:
    opening: Opening = borrower(stage)
    service = serve(opening)
    crash(stage, 60)
    service.keeper.round()
    rpc = stage.chain.rpc
    snapshot = rpc.raw("evm_snapshot", [])
    for _ in range(2):
        service.keeper.round()
        mine(stage)
    debt = stage.vault.debt_of(stage.actor("trader").address)
    rpc.raw("evm_revert", [snapshot])
    mine(stage)
    for _ in range(4):
        service.keeper.round()
        mine(stage)
    assert stage.vault.debt_of(stage.actor("trader").address) <= debt < 10_000 * USDC
    assert service.keeper.queue.open_items() == []
