"""The search for private values finds what it must, and takes no digits of a proof for one."""

from __future__ import annotations

import pytest

from tests.leak import shows, words

PROOF = "0x05d116493112400822131c6697a778b"


FOUND = [
    "12400", "x 12400, y", '"long":"12400"', "[1,12400]", "= 12400.",
    "-12400", "12400LINK", "n12400", "0012400", "12400.0",
]  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_short_value_is_found_as_a_number_of_its_own(text: str) -> None:
    assert shows(text, "12400")


@pytest.mark.parametrize("text", ["0xbc614f", "bc614f", "0x0000000000bc614f", '"bc614f"', "lots=0xbc614f;"])
def test_short_hexadecimal_value_is_found_with_its_prefix_and_zeros(text: str) -> None:
    assert shows(text, "bc614f")


def test_short_hexadecimal_value_within_other_digits_is_chance() -> None:
    assert not shows("0x1bc614f", "bc614f") and not shows("bc614f0", "bc614f")


@pytest.mark.parametrize("text", [PROOF, "112400", "0.12400", "124000", "0x" + "ab12400cd" * 8, "xyz12400+" * 8])
def test_short_value_within_other_digits_is_chance(text: str) -> None:
    assert not shows(text, "12400")


def test_long_value_is_found_anywhere() -> None:
    assert shows(f"{PROOF}54321987654321ff", "54321987654321")


def test_words_keep_names_and_values_and_drop_what_is_random() -> None:
    document = {"rpc": ["host", 7], "proof": "0x" + "ab" * 32, "key": "RPcrpc09" * 8 + "==", "point": 10**40}
    assert words(document).split() == ["rpc", "host", "7", "proof", "key", "point"]
