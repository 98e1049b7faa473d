"""The keeper on Anvil: it reads books from the event log and liquidates by proof, also after a reorganisation."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from chain_stage import USDC, Stage
from test_flows import borrower, crash, keeper

from tests.salts import SHUTS_OUT, opening_with
from zkrisk.chain.client import ChainClient
from zkrisk.commitment import Opening
from zkrisk.demo.keys import KEEPER_SCALAR
from zkrisk.demo.scene import COLLATERAL
from zkrisk.keeper.appraise import Limits
from zkrisk.keeper.books import Books, Reader
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.model import Way
from zkrisk.keeper.money import NativePrice
from zkrisk.keeper.proving import PipelineProver
from zkrisk.keeper.scan import scan
from zkrisk.keeper.service import Keeper, Settings
from zkrisk.keeper.state import KeeperState
from zkrisk.params import CircuitKind
from zkrisk.pipeline import submit
from zkrisk.pipeline_binding import make_binding, prepare_binding, submit_binding
from zkrisk.pipeline_challenge import submit_challenge
from zkrisk.store.seal import DataKey


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


def bind(stage: Stage, opening: Opening) -> None:
    """Give the keeper of the stage the book."""
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
    bind(stage, opening)
    with ExitStack() as stack:
        other = Service(stage, tmp_path / "other", Reader(KEEPER_SCALAR + 1), stack)
        service = Service(stage, tmp_path / "keeper", Reader(KEEPER_SCALAR), stack)
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


def test_C18_keeper_reads_and_liquidates_a_book_under_a_salt_that_nobody_draws(stage: Stage, tmp_path: Any) -> None:
    """No circuit ranges the salt: the owner's own program may commit, attest and bind with any."""
    drawn = stage.opening()
    opening = opening_with(drawn.vector, drawn.owner, SHUTS_OUT)
    stage.escrow(10)
    stage.commit(opening)
    submit(stage.draw(opening, 10_000 * USDC), stage.chain, stage.actor("trader"))
    bind(stage, opening)
    with ExitStack() as stack:
        service = Service(stage, tmp_path / "keeper", Reader(KEEPER_SCALAR), stack)
        crash(stage, 60)
        for _ in range(3):
            service.keeper.round()
            mine(stage)
        assert service.books.refusals() == {}
        assert [item.state.value for item in service.keeper.queue.items()][:1] == ["mined"], service.said
    assert stage.vault.debt_of(stage.actor("trader").address) < 10_000 * USDC


def test_keeper_takes_snapshots_folds_and_pokes_where_due(stage: Stage, serve: Any) -> None:
    service = serve(borrower(stage))
    stage.scene.next_epoch()
    stage.scene.publish()
    before = stage.chain.newest_epoch()
    assert list(service.view.upkeep()) == ["snapshot", "fold", "poke"]
    assert stage.chain.newest_epoch() == before + 1
    assert stage.chain.folded_sheet(CircuitKind.LIQUIDATION, before + 1) is not None
    assert list(service.view.upkeep()) == []


def test_keeper_liquidates_by_the_leg_alone_where_nobody_vouched(stage: Stage, tmp_path: Any) -> None:
    opening: Opening = stage.commit(stage.opening(), custodian=False)
    stage.escrow(10)
    submit(stage.draw(opening, 10_000 * USDC), stage.chain, stage.actor("trader"))
    with ExitStack() as stack:
        service = Service(stage, tmp_path / "keeper", Reader(), stack)
        service.keeper.round()
        assert service.keeper.queue.items() == []
        crash(stage, 70)
        now = service.view.account_now(stage.actor("trader").address)
        assert now.is_leg_alone
        for _ in range(3):
            service.keeper.round()
            mine(stage)
        first = service.keeper.queue.items()[0]
        assert (first.order.way, first.state.value) == (Way.LEG, "mined"), service.said
    assert stage.vault.debt_of(stage.actor("trader").address) < 10_000 * USDC


def test_keeper_liquidates_who_left_a_challenge_unanswered(stage: Stage, tmp_path: Any) -> None:
    borrower(stage)
    account = stage.actor("trader").address
    with ExitStack() as stack:
        service = Service(stage, tmp_path / "keeper", Reader(), stack)
        submit_challenge(stage.chain, stage.actor("mallory"), account)
        service.keeper.round()
        [row] = scan(service.view, service.state, service.books)
        assert row.is_challenged and not row.is_readable
        for _ in range(30):
            stage.scene.next_epoch()
            stage.scene.publish()
            service.view.upkeep()
            service.keeper.round()
            mine(stage)
            if service.view.account_now(account).silence_bonus_bps is not None:
                break
            assert service.keeper.queue.items() == []
        for _ in range(2):
            service.keeper.round()
            mine(stage)
        first = service.keeper.queue.items()[0]
        assert (first.order.way, first.state.value) == (Way.SILENCE, "mined"), service.said
    assert stage.vault.debt_of(account) < 10_000 * USDC


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
