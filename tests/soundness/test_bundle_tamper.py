"""Every leaf of a bundle flipped, one at a time: what matters is refused, the identifier holds what is stated."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.errors import BadFile, VerificationError, WrongChain
from zkrisk.params import SCALAR_MODULUS
from zkrisk.proof.bundle import Bundle, identifier, parse_bundle, to_bytes

Path = tuple[str | int, ...]

# The sender's words. Nothing is derived from them; the record labels what it shows of them.
WORDS = ("note", "extensions")
# Words of a packed sheet. Only its numbers are folded; with a chain the packed sheet is not used.
SHEET_WORDS = (
    "material.sheet.synthetic",
    "material.sheet.warnings",
    "material.sheet.window_ordinal",
    "material.sheet.parameters_version",
    "material.sheet.window.seeded",
    "material.sheet.window.proxies",
    "material.sheet.window.days",
    "material.sheet.parameters.stress_ids",
    "material.sheet.parameters.stress_names",
    "material.sheet.parameters.sector_names",
)
# Claims that nothing but the chain can contradict; offline they are labelled as claims.
CLAIMS_OFFLINE = ("statement.assurance.level", "statement.assurance.coverage_bps")


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


SWAPS = {
    "COMPLIANCE": "HEALTHY", "DEVELOPMENT": "CEREMONY", "ATTEST": "UPDATE", "GE": "LE", "LE": "GE", "EQ": "GE",
    "BPS": "SECONDS", "SECONDS": "LEVEL", "LEVEL": "BPS", "CUSTODIAN_SIGNED": "VENUE_SIGNED", "micro": "standard",
    case.ACCOUNT: case.KEEPER, case.MANAGER: case.VAULT, case.KEEPER: case.ACCOUNT, case.POLICIES: case.VAULT,
}  # fmt: skip


def flipped(value: Any) -> Any:
    """Another value of the same type and, where there is one, form."""
    if isinstance(value, int):
        return not value if isinstance(value, bool) else value + 1
    if not isinstance(value, str):
        return ["x"] if isinstance(value, list) else {"x": "x"}
    if value in SWAPS or value.isdecimal():
        return SWAPS.get(value) or str(int(value) - 1)
    return value[:-1] + ("1" if value[-1] == "0" else "0")


def at(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def tampered(document: dict[str, Any], path: Path) -> str:
    changed = copy.deepcopy(document)
    if not path:
        raise AssertionError("the whole document is no leaf")
    at(changed, path[:-1])[path[-1]] = flipped(at(document, path))
    return json.dumps(changed)


def refused(text: str, online: bool) -> bool:
    try:
        bundle = parse_bundle(text)
        case.online(bundle) if online else case.without_chain(bundle)
    except (VerificationError, BadFile, WrongChain):
        return True
    return False


def name(path: Path) -> str:
    return ".".join(str(part) for part in path)


def matters(path: Path, online: bool) -> bool:
    words = WORDS + SHEET_WORDS + (() if online else CLAIMS_OFFLINE)
    return not name(path).startswith(words)


@pytest.mark.parametrize("online", [True, False], ids=["online", "offline"])
def test_every_flipped_leaf_that_matters_is_refused(online: bool) -> None:
    document = json.loads(to_bytes(case.packed()))
    chosen = [path for path in leaves(document) if matters(path, online)]
    assert len(chosen) > 400
    passed = [name(path) for path in chosen if not refused(tampered(document, path), online)]
    assert passed == []


def test_every_removed_field_of_the_statement_is_refused() -> None:
    document = json.loads(to_bytes(case.attest().bundle))
    survivors = []
    for path in leaves(document):
        if path[0] in WORDS or path[-1] == "origin" or isinstance(path[-1], int):
            continue
        changed = copy.deepcopy(document)
        del at(changed, path[:-1])[path[-1]]
        if not refused(json.dumps(changed), online=True):
            survivors.append(name(path))
    # Empty lists and objects are what a missing one means.
    assert survivors == ["statement.assurance.venues", "statement.context.action_data"]


def test_unknown_fields_are_refused_everywhere_but_in_extensions() -> None:
    document = json.loads(to_bytes(case.attest().bundle))
    places = {path[:depth] for path in leaves(document) for depth in range(len(path))}
    for place in places:
        if not isinstance(at(document, place), dict):
            continue
        changed = copy.deepcopy(document)
        at(changed, place)["pretty"] = "1"
        with pytest.raises(BadFile):
            parse_bundle(json.dumps(changed))
    changed = document | {"extensions": {"pretty": {"public": [1, "2"]}}}
    case.online(parse_bundle(json.dumps(changed)))


def test_identifier_changes_with_statement_and_signals_and_with_nothing_else() -> None:
    document = json.loads(to_bytes(case.packed()))
    honest = identifier(case.packed())
    for path in leaves(document):
        if name(path).startswith("material.sheet"):
            continue
        try:
            bundle: Bundle = parse_bundle(tampered(document, path))
        except BadFile:
            continue
        assert (identifier(bundle) != honest) == (path[0] in ("statement", "signals")), name(path)


def test_signals_aliased_by_the_modulus_are_refused() -> None:
    """K1 for the verifier in Python: v + r is not v."""
    document = json.loads(to_bytes(case.attest().bundle))
    for index in range(3):
        changed = copy.deepcopy(document)
        value = int(changed["signals"][index]["value"])
        changed["signals"][index]["value"] = str(value + SCALAR_MODULUS)
        assert refused(json.dumps(changed), online=True)


def test_leg_that_does_not_fit_is_refused() -> None:
    """The contract bounds the leg; a verifier without a chain has to do it itself."""
    document = json.loads(to_bytes(case.packed()))
    for value in ("0", str(2**64), str(SCALAR_MODULUS - 5)):
        changed = copy.deepcopy(document)
        changed["signals"][3]["value"] = value
        with pytest.raises(BadFile):
            parse_bundle(json.dumps(changed))


def test_swapped_signals_are_refused() -> None:
    """C20 for the bundle: every pair of signals swapped."""
    document = json.loads(to_bytes(case.attest().bundle))
    count = len(document["signals"])
    for first in range(count):
        for second in range(first + 1, count):
            changed = copy.deepcopy(document)
            signals = changed["signals"]
            signals[first]["value"], signals[second]["value"] = signals[second]["value"], signals[first]["value"]
            assert refused(json.dumps(changed), online=True)
            assert refused(json.dumps(changed), online=False)
