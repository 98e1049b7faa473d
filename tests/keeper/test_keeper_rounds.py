"""The keeper's rounds on one chain: it finds, proves, sends, and ends every liquidation, and tells nothing private."""

from __future__ import annotations

from tests.keeper.fake_chain import FakeChain, account_address
from tests.keeper.keeper_case import Watch, market_of, rounds


def test_every_account_below_the_threshold_is_liquidated_once(tmp_path):
    chain = FakeChain()
    numbers = market_of(chain, 12)
    with Watch(chain, tmp_path) as watch:
        rounds(watch, chain, 2)
        assert chain.liquidations() == []
        chain.snapshot(2_400)
        chain.mine()
        below = {account_address(number) for number in numbers if chain.is_below(number)}
        assert 0 < len(below) < len(numbers)
        rounds(watch, chain, 6)
        assert sorted(log.args["account"] for log in chain.liquidations()) == sorted(below)
        assert set(watch.states()) == {"mined"}
        assert {log.args["way"] for log in chain.liquidations()} == {"PROOF"}
        assert not any(chain.is_below(number) for number in numbers)
