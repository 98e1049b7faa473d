"""How many requests a keeper makes of a node, and what it gets for them, on a local chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chain_stage import USDC, Stage
from test_flows import borrower, keeper

from zkrisk.chain import events
from zkrisk.chain.client import ChainClient
from zkrisk.commitment import format_address
from zkrisk.errors import ChainError
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.pipeline import submit


@contextmanager
def tapped(stage: Stage, answer: Callable[[Any], Any] = lambda request: None) -> Iterator[list[str]]:
    """Names of the HTTP requests that leave, a batch as one; some are answered here instead of by the node."""
    session, made = stage.chain.rpc.web3.provider._request_session_manager, []
    post = session.make_post_request

    def make_post_request(url: str, data: bytes, **options: Any) -> bytes:
        asked = json.loads(data)
        made.append(f"batch of {len(asked)}" if isinstance(asked, list) else asked["method"])
        given = answer(asked)
        return post(url, data, **options) if given is None else json.dumps(given).encode()

    session.make_post_request = make_post_request
    try:
        yield made
    finally:
        session.make_post_request = post


def view_of(stage: Stage) -> DeployedChain:
    view = DeployedChain(ChainClient(stage.chain.rpc, stage.chain.file), keeper(stage))
    view.exponents()
    return view


def test_three_hundred_customers_are_asked_about_in_a_few_requests(stage: Stage) -> None:
    borrower(stage)
    view, trader = view_of(stage), stage.actor("trader").address
    owing = {trader: stage.vault.address}
    owing |= {format_address(0xACC0_0000 + number): stage.vault.address for number in range(299)}
    with tapped(stage) as made:
        alone = view.leg_alone(owing)
    assert len(made) <= 7, made
    assert alone == set(), "a custodian vouched for the one that owes"


def test_states_of_many_accounts_are_those_of_each(stage: Stage) -> None:
    borrower(stage)
    view, trader = view_of(stage), stage.actor("trader").address
    accounts = [trader, stage.actor("mallory").address]
    with tapped(stage) as made:
        states = view.accounts_now(accounts)
    assert len(made) <= 6, made
    assert states == {account: view.account_now(account) for account in accounts}
    assert states[trader].debt >= 10_000 * USDC and not states[trader].is_leg_alone
    assert states[trader].leg == stage.chain.liquidation_leg(trader)
    assert states[accounts[1]].vault is None and states[accounts[1]].escrow == {}


def test_account_that_nobody_vouched_for_is_seen_in_a_batch(stage: Stage) -> None:
    opening = stage.commit(stage.opening(), custodian=False)
    stage.escrow(10)
    submit(stage.draw(opening, 10_000 * USDC), stage.chain, stage.actor("trader"))
    trader = stage.actor("trader").address
    assert view_of(stage).leg_alone({trader: stage.vault.address}) == {trader}
    assert view_of(stage).leg_alone({trader: stage.actor("mallory").address}) == set(), "no vault: it reverts"


def test_node_that_answers_a_simulation_with_an_error_is_not_taken_for_a_revert(stage: Stage) -> None:
    error = {"code": -32005, "message": "limit exceeded"}

    def refuse(asked: Any) -> Any:
        return [{"jsonrpc": "2.0", "id": request["id"], "error": error} for request in asked]

    with tapped(stage, refuse) as made, pytest.raises(ChainError, match="limit exceeded"):
        stage.chain.rpc.passing([{"from": stage.vault.address, "to": stage.vault.address, "data": "0x"}])
    assert made == ["batch of 1"]


@pytest.mark.parametrize("most", [1, 7])
def test_events_are_read_from_a_node_that_limits_its_answers(stage: Stage, most: int) -> None:
    borrower(stage)
    chain = stage.chain
    newest = chain.rpc.block_number()
    asked: Any = (chain.rpc, "IRiskManager", chain.deployment.manager, "Committed")
    blocks = {"first_block": max(chain.file.block, newest - 60), "last_block": newest}
    plain = events.read_events(*asked, **blocks), events.read_topics(*asked, **blocks)
    assert plain[0]

    def limit(request: Any) -> Any:
        if request["method"] != "eth_getLogs":
            return None
        first, last = (int(request["params"][0][end], 16) for end in ("fromBlock", "toBlock"))
        error = {"code": -32005, "message": "query returned too many"}
        return {"jsonrpc": "2.0", "id": request["id"], "error": error} if last - first >= most else None

    with tapped(stage, limit) as made:
        assert (events.read_events(*asked, **blocks), events.read_topics(*asked, **blocks)) == plain
    assert made.count("eth_getLogs") > 2
