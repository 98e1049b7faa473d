"""Files of strangers: whatever they hold, a parse ends in a book, a bundle or one error of ours, within its memory.

Each is read in a process of its own that may take so much address space and processor time and no more.
"""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.book import parse_csv_book, parse_json_book
from zkrisk.book.files import MAX_FILE_BYTES, MAX_VALUES, NumberText, parse_json
from zkrisk.errors import BadFile, InputError, UsageError, ZkRiskError
from zkrisk.policy import load_policy
from zkrisk.proof.bundle import MAX_BUNDLE_BYTES, load_bundle, parse_bundle, to_bytes
from zkrisk.sheet import load_universe

UNIVERSE = load_universe("micro-8")
MEMORY_BYTES = 192 << 20
PROCESSOR_S = 30
LEAKED, OUT_OF_MEMORY, ACCEPTED = 1, 2, 90
N, M = MAX_BUNDLE_BYTES - 64, MAX_FILE_BYTES - 64


def limited(work: Callable[[], object]) -> int:
    """Run in a child with limits; returns the exit code of the error, or how else it ended."""
    child = os.fork()
    if child == 0:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        try:
            work()
        except ZkRiskError as error:
            os._exit(error.exit_code if len(error.message) < 300 else LEAKED)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException:
            os._exit(LEAKED)
        os._exit(ACCEPTED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def packed(**changed: object) -> str:
    """An honest bundle with a part of it exchanged."""
    return json.dumps(json.loads(to_bytes(case.packed())) | changed)


BUNDLES: dict[str, Callable[[], str]] = {
    "a million values": lambda: "[" + "1," * (N // 2 - 2) + "1]",
    "a million objects": lambda: "[" + "{}," * (N // 3 - 2) + "1]",
    "a million keys": lambda: "{" + ",".join(f'"{i}":1' for i in range(N // 12)) + "}",
    "deep": lambda: "[" * N,
    "deep and closed": lambda: '{"a":' * 10_000 + "1" + "}" * 10_000,
    "a long integer": lambda: '{"a":' + "9" * N + "}",
    "a long fraction": lambda: '{"a":0.' + "9" * (N - 9) + "}",
    "exponents": lambda: "[" + "1e400," * (N // 6 - 2) + "1]",
    "a long text": lambda: '{"a":"' + "x" * (N - 9) + '"}',
    "escapes": lambda: '{"a":"' + "\\u0041" * (N // 6 - 9) + '"}',
    "no end": lambda: '{"a":"' + "\\" * N,
    "signals": lambda: packed(signals=[{"name": "leg_long[0]", "value": "1"}] * 60_000),
    "evidence": lambda: packed(chain_evidence={"header_rlp": "0x" + "0" * (5 << 20)}),
    "extensions": lambda: packed(extensions={"a": [[]] * 1_500_000}),
    "bases": lambda: packed(material={"vkey": "AAAA", "bases_b64": "A" * (6 << 20), "sheet": {}, "universe": {}}),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_hostile_bundle_is_one_error_within_its_memory(name):
    text = BUNDLES[name]()
    assert limited(lambda: case.without_chain(parse_bundle(text))) in (3, 5)


BOOKS: dict[str, str] = {
    "values": '{"positions":[' + "1," * (M // 2 - 20) + "1]}",
    "rows": json.dumps([{"instrument": "ETH", "qty": "1"}] * 10_001),
    "number": '[{"instrument":"ETH","qty":' + "9" * (M - 30) + "}]",
    "name": json.dumps([{"instrument": "E" * (M - 60), "qty": "1"}]),
    "deep": "[" * M,
    "columns": "instrument,qty," + "x," * (M // 2 - 20) + "\nETH,1\n",
    "cell": "instrument,qty\nETH," + "1" * 200_000,
    "quote": 'instrument,qty\nETH,"' + "\n" * (M - 30),
    "lines": "instrument,qty\n" + "ETH,1\n" * (M // 6 - 10),
}


@pytest.mark.parametrize("read", [parse_csv_book, parse_json_book], ids=["csv", "json"])
@pytest.mark.parametrize("name", BOOKS)
def test_hostile_book_is_one_error_within_its_memory(name, read):
    assert limited(lambda: read(BOOKS[name], UNIVERSE, name="b")) == 3


def test_memory_limit_would_be_seen():
    """Without the limit on values the first of the bundles takes more than is allowed."""
    assert limited(lambda: json.loads(BUNDLES["a million values"](), parse_int=NumberText)) == OUT_OF_MEMORY


@pytest.mark.parametrize(("count", "is_read"), [(MAX_VALUES - 1, True), (MAX_VALUES, False)])
def test_limit_of_values_counts_members_and_lists_and_not_what_texts_hold(count, is_read):
    text = '["' + "," * (MAX_VALUES + 1) + '"' + ",1" * (count) + "]"
    if is_read:
        assert len(parse_json(text)) == count + 1
    else:
        with pytest.raises(BadFile, match=f"more than {MAX_VALUES} values"):
            parse_json(text)


@pytest.mark.parametrize("size", [100 << 20, 1 << 40])
def test_huge_file_is_not_read(tmp_path, size):
    for name, read in (("a.zkrisk.json", load_bundle), ("a.json", load_policy)):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(size)
        assert limited(lambda read=read, name=name: read(tmp_path / name)) == 3


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "{a=" * 50_000, "[" + "a." * 50_000 + "a]\n"])
def test_hostile_policy_is_one_error(tmp_path, text):
    (tmp_path / "p.toml").write_text(text)
    assert limited(lambda: load_policy(str(tmp_path / "p.toml"))) == InputError.exit_code


def test_endless_file_is_not_read():
    """A device is read up to the limit and no further."""
    assert limited(lambda: load_bundle(Path("/dev/zero"))) == BadFile.exit_code != UsageError.exit_code
