"""Amounts of tokens as people write them: never another number than was meant."""

from __future__ import annotations

import pytest

from zkrisk.cli.render_text import parse_amount
from zkrisk.errors import UsageError


@pytest.mark.parametrize(("text", "expected"), [
    ("25000USDC", ("25000", "USDC")), ("25,000USDC", ("25000", "USDC")), ("1_000_000.5 ETH", ("1000000.5", "ETH")),
    ("0.25ETH-PERP", ("0.25", "ETH-PERP")),
])  # fmt: skip
def test_amount_is_read_as_written(text, expected):
    assert parse_amount(text) == expected


@pytest.mark.parametrize(
    "text", ["1,5ETH", "1,50ETH", "1,2345ETH", "1234,567ETH", "1,,000ETH", "1_0ETH", "1.ETH", "-1ETH"]
)
def test_separator_that_separates_no_thousands_is_refused(text):
    """1,5 is one and a half in half of the world."""
    with pytest.raises(UsageError):
        parse_amount(text)
