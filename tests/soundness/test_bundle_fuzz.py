# ruff: noqa: S311  (repeatable cases)
"""Any change of a bundle's bytes or of its structure: the same statement, or a refusal with a documented exit code."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.soundness.test_bundle_tamper import at, leaves
from tests.unit import test_bundle_case as case
from zkrisk.errors import BadFile, Expired, Incomplete, VerificationError, WrongChain, ZkRiskError
from zkrisk.proof.bundle import identifier, parse_bundle, to_bytes

SEED = 20_261_121
DOCUMENTED = {kind.exit_code for kind in (BadFile, VerificationError, Expired, Incomplete, WrongChain)}
STRANGE: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], "", "x", "0", "-1", "0x", "x" * 300, "\u0000", "\u202e", "é", -1, 0, 1, 255, 2**32,
    2**53 - 1, 2**53, str(2**53), str(2**64), str(2**256), 0.5, 1e308, float("inf"), float("nan"),
)  # fmt: skip


def outcome(text: str) -> str:
    """What a verifier says to a text, with a chain and without; anything but a verdict of ours is a failure."""
    try:
        bundle = parse_bundle(text)
    except ZkRiskError as error:
        assert error.exit_code == BadFile.exit_code
        return "refused"
    taken = []
    for check in (case.online, case.without_chain):
        try:
            check(bundle)
        except ZkRiskError as error:
            assert error.exit_code in DOCUMENTED, error
        else:
            taken.append(check)
    if not taken:
        return "refused"
    assert case.online not in taken or identifier(bundle) == identifier(case.packed()), "another statement was accepted"
    return "the same statement"


def flipped(text: bytes, rng: random.Random) -> bytes:
    index = rng.randrange(len(text))
    return text[:index] + bytes([text[index] ^ 1 << rng.randrange(8)]) + text[index + 1 :]


def cut(text: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(text))
    return text[:start] + text[start + rng.randrange(1, 200) :]


def doubled(text: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(text))
    stop = start + rng.randrange(1, 200)
    return text[:stop] + text[start:]


def inserted(text: bytes, rng: random.Random) -> bytes:
    index = rng.randrange(len(text))
    token = rng.choice((b"0", b"9", b'"', b"{", b"}", b"[", b",", b"\\", b"\0", b"e", b"-", b"null", b" ", b"\xff"))
    return text[:index] + token + text[index:]


@pytest.mark.parametrize("change", [flipped, cut, doubled, inserted], ids=lambda change: change.__name__)
def test_changed_bytes_are_refused_or_state_the_same(change: Callable[[bytes, random.Random], bytes]) -> None:
    rng, honest, seen = random.Random(f"{SEED} {change.__name__}"), to_bytes(case.attest().bundle), set()
    for _ in range(150):
        seen.add(outcome(change(honest, rng).decode("utf-8", errors="surrogateescape")))
    assert "refused" in seen


def test_strange_value_in_any_place_is_refused_or_states_the_same() -> None:
    rng, document = random.Random(SEED), json.loads(to_bytes(case.packed()))
    places = [path[:depth] for path in leaves(document) for depth in range(1, len(path) + 1)]
    for place in rng.sample(sorted(set(places), key=str), 250):
        changed = copy.deepcopy(document)
        at(changed, place[:-1])[place[-1]] = rng.choice(STRANGE)
        outcome(json.dumps(changed))


def test_parts_swapped_removed_and_doubled_are_refused_or_state_the_same() -> None:
    rng, document = random.Random(SEED), json.loads(to_bytes(case.packed()))
    places = sorted({path[:depth] for path in leaves(document) for depth in range(1, len(path) + 1)}, key=str)
    for _ in range(150):
        changed = copy.deepcopy(document)
        first, second = rng.sample(places, 2)
        try:
            one, other = at(changed, first[:-1]), copy.deepcopy(at(changed, second))
            kind = rng.choice(("swap", "remove", "double"))
            if kind == "swap":
                one[first[-1]] = other
            elif kind == "remove":
                del one[first[-1]]
            elif isinstance(one, list):
                one.insert(first[-1], copy.deepcopy(one[first[-1]]))
        except (KeyError, IndexError, TypeError):
            continue
        outcome(json.dumps(changed))


def test_honest_bundle_is_accepted_so_that_a_refusal_means_something() -> None:
    assert outcome(to_bytes(case.packed()).decode()) == "the same statement"


def test_acceptance_of_another_statement_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(to_bytes(case.packed()))
    document["statement"]["context"]["nonce"] = 1
    monkeypatch.setattr(case, "online", lambda bundle: None)
    with pytest.raises(AssertionError, match="another statement"):
        outcome(json.dumps(document))
