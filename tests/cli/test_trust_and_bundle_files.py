"""Pins and bundle files without a chain: bad files, bad fields, nothing lost."""

from __future__ import annotations

import json

import pytest

KEY = "0x" + "ab" * 32


def refused(ran, exit_code, code):
    assert ran.code == exit_code, (ran.code, ran.out, ran.err)
    assert f"error[{code}]: " in ran.err and "Traceback" not in ran.err


def add_key(program):
    return program("trust", "add", "circuits", "circuit=healthy-micro", f"key_id={KEY}", "class=CEREMONY")


def test_pin_is_added_shown_exported_and_removed(program):
    assert "nothing is pinned" in program("trust", "list").out
    assert add_key(program).code == 0
    assert KEY in program("trust", "list").out and "CEREMONY" in program("trust", "show", KEY).out
    assert json.loads(program("trust", "export").out)["circuits"][0]["key_id"] == KEY
    refused(program("trust", "remove", KEY), 11, "DECLINED")
    assert KEY in program("trust", "list").out
    assert program("trust", "remove", KEY, "--yes").code == 0
    assert KEY not in program("trust", "list").out


@pytest.mark.parametrize(("arguments", "exit_code", "code"), [
    (("add", "circuits"), 3, "BAD_INPUT"),
    (("add", "friends", "name=x"), 3, "BAD_INPUT"),
    (("add", "circuits", "key_id"), 2, "USAGE"),
    (("add", "circuits", "circuit=x", "key_id=0x12", "class=CEREMONY"), 3, "BAD_INPUT"),
    (("add", "chains", "name=x", "--deployment", "none.json"), 3, "BAD_FILE"),
    (("show", "0x00"), 3, "NOT_FOUND"),
    (("remove", "0x00", "--yes"), 3, "NOT_FOUND"),
])  # fmt: skip
def test_bad_pins_change_nothing(program, arguments, exit_code, code):
    assert add_key(program).code == 0
    before = (program.home / "trust.json").read_bytes()
    refused(program("trust", *arguments), exit_code, code)
    assert (program.home / "trust.json").read_bytes() == before


def test_a_damaged_trust_store_stops_a_verification(program):
    program.home.mkdir()
    (program.home / "trust.json").write_text("{")
    refused(program("trust", "list"), 3, "BAD_FILE")


@pytest.mark.parametrize("command", [
    ("verify", "FILE", "--offline"), ("submit", "FILE"), ("bundle", "show", "FILE"), ("bundle", "pack", "FILE"),
])  # fmt: skip
@pytest.mark.parametrize("content", [None, "{", "[]", '{"media_type": "text/plain"}', "\x00", '{"a": 1, "a": 2}'])
def test_a_bundle_that_is_none_is_exit_3(program, command, content):
    if content is not None:
        program.write("bad.json", content)
    ran = program(*("bad.json" if word == "FILE" else word for word in command))
    refused(ran, 3, "BAD_FILE")


def test_a_bundle_on_stdin_that_is_none_is_exit_3(program):
    refused(program("verify", "-", "--offline", stdin="nonsense"), 3, "BAD_FILE")
    refused(program("bundle", "pack", "-", stdin="{}"), 3, "BAD_FILE")


def test_a_chain_that_was_never_started_is_said_to_be_missing(program):
    for command in (("chain", "stop"), ("status",), ("chain", "info"), ("vault", "show"), ("sheet", "audit")):
        ran = program(*command)
        assert ran.code in (2, 3) and "zkrisk chain start" in ran.err
