"""The checker flags known flaws and lets their mended twins pass; the search meets the second witnesses of flaws."""

# ruff: noqa: N802, S311 (tests carry the ID of the threat; seeds make the cases repeatable)

from __future__ import annotations

from random import Random

import pytest
from determinism.circuit import load
from determinism.findings import dropped
from determinism.patterns import findings_of, patterns, variant, witness
from determinism.search import Search
from harness.instances import load_instance

# Flaws with a second witness, but not for the inputs in the file, or not by one wire and what follows from it.
_OUT_OF_REACH = {"bytes_alias", "edwards_incomplete", "zero_denominator"}
_FREE = [n for n, p in patterns().items() if p.expected in {"not unique", "aliasing"} and n not in _OUT_OF_REACH]


@pytest.mark.parametrize("name", patterns())
def test_flaw_flagged_and_its_mended_twin_passes(name):
    assert patterns()[name].expected in {finding.kind for finding in findings_of(name, "bad")}
    assert [str(finding) for finding in findings_of(name, "good")] == []


@pytest.mark.parametrize("name", _FREE)
def test_forced_wire_search_finds_the_second_witness_of_a_flaw(name):
    search = Search(variant(name, "bad"), witness())
    tries = (search.attempt(Random(f"{name} {number}")) for number in range(4000))
    found = next((second for second in tries if second), None)
    assert found is not None
    assert search.circuit.given.isdisjoint(found.changes)


@pytest.mark.parametrize("name", patterns())
def test_forced_wire_search_finds_nothing_without_the_flaw(name):
    search = Search(variant(name, "good"), witness())
    assert [second for number in range(60) if (second := search.attempt(Random(f"{name} {number}")))] == []


# The commitment hands out what a binding needs of the book. Cash is never blocked: its total has no use there. The
# ephemeral scalar is the lowest 250 bits of a hash.
_BOOK = {"main.account.book.book_hash", *(f"main.account.book.packed[{i}]" for i in range(6))}
_SPARE_BITS = {f"main.ephemeral.bits.out[{i}]" for i in range(250, 254)}
_UNUSED = {
    "compliance": _BOOK | {"main.open.total_long[0]", "main.open.total_short[0]"},
    "healthy": _BOOK,
    "liquidation": _BOOK,
    "bind_1_1": _SPARE_BITS,
    # With more parts than one, venues sign the hashes of the parts; only the book itself is encrypted.
    "bind_2_3": _SPARE_BITS
    | {"main.book.book_hash"}
    | {f"main.part_hash[{part}].packed[{i}]" for part in range(2) for i in range(6)},
}


@pytest.mark.parametrize("kind", _UNUSED)
def test_C19_every_result_is_used(kind):
    """C19: no component computes something that nobody looks at, but for what is listed."""
    build = load_instance(f"{kind}-micro").build
    assert {name for finding in dropped(load(build.r1cs, build.sym)) for name in finding.signals} == _UNUSED[kind]
