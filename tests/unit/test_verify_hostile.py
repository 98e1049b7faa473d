"""Bundles and chains of somebody who wants more believed than was proved."""

from __future__ import annotations

from zkrisk.chain.deploy import DEVELOPMENT_CHAINS
from zkrisk.proof.verify_case import LOCAL_CHAINS


def test_S8_verifier_takes_development_keys_on_the_chains_that_the_deployer_does() -> None:
    """1337 is the id of many private networks with money on them."""
    assert LOCAL_CHAINS == DEVELOPMENT_CHAINS == {31337}
