"""The endpoint is believed, so it is said when others may answer for it."""

from __future__ import annotations

import pytest

from zkrisk.cli.chain_access import is_open_to_others


@pytest.mark.parametrize(("url", "expected"), [
    ("http://127.0.0.1:8545", False), ("http://localhost:8545", False), ("http://[::1]:8545", False),
    ("https://node.example/v3/key", False), ("http://node.example", True), ("http://10.0.0.5:8545", True),
    ("http://localhost.evil.example", True), ("http://user@node.example", True),
])  # fmt: skip
def test_plain_http_to_another_machine_is_open_to_others(url, expected):
    assert is_open_to_others(url) is expected


def test_open_endpoint_is_said_once_and_without_its_path(program):
    ran = program("chain", "info", "--rpc", "http://0.0.0.0:9/v3/SECRET")
    assert ran.code == 8
    assert ran.err.count("http://0.0.0.0:9 is not encrypted") == 1 and "SECRET" not in ran.err
