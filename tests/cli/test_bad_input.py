"""Bad input to every command: one line, the right exit code, nothing lost, nothing private shown."""

from __future__ import annotations

import re

import pytest
from conftest import ACCOUNT, Program, Ran

MARKED = "987654321.123"
LOTS = "987654321123"
FIRST_LINE = re.compile(r"error\[[A-Z_]+\]: \S.*")

BAD_BOOKS = {
    "missing.csv": (None, "BAD_FILE"),
    "malformed.json": ('{"positions": [', "BAD_FILE"),
    "unknown.csv": (f"instrument,long,short\nWSTETHX,{MARKED},0\n", "UNKNOWN_INSTRUMENT"),
    "debt.csv": (f"instrument,long,short,debt\nETH,1,0,{MARKED}\n", "BAD_FILE"),
    "negative.csv": (f"instrument,long,short\nETH,-{MARKED},0\n", "BAD_QUANTITY"),
    "nan.csv": (f"instrument,long,short\nETH,{MARKED},NaN\n", "BAD_QUANTITY"),
    "infinite.json": ('{"positions": [{"instrument": "ETH", "long": Infinity}]}', "BAD_QUANTITY"),
    "twice.csv": (f"instrument,long,short\nETH,{MARKED},0\nETH,1,0\n", "BAD_INPUT"),
    "huge.csv": (f"instrument,long,short\nETH,{MARKED}e99,0\n", "BAD_QUANTITY"),
    "empty.csv": ("", "BAD_FILE"),
}


def check_refusal(ran: Ran, exit_code: int, code: str) -> None:
    """One line of what is wrong, then where and what to try; no stack, no private value."""
    lines = ran.err.splitlines()
    assert ran.code == exit_code, ran.err
    assert ran.out == ""
    assert FIRST_LINE.fullmatch(lines[0]) and f"[{code}]" in lines[0]
    assert len(lines) <= 3 and all(line.startswith("  ") for line in lines[1:])
    check_private(ran.out + ran.err)


def check_private(text: str) -> None:
    """No marked value, and no trace of Python."""
    for secret in (MARKED, LOTS, "987654321", "correct horse"):
        assert secret not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("command", [("book", "add"), ("book", "check"), ("risk",)], ids=" ".join)
@pytest.mark.parametrize("name", BAD_BOOKS)
def test_bad_book_refused_in_one_line(program, command, name):
    text, code = BAD_BOOKS[name]
    if text is not None:
        program.write(name, text)
    extra = ("--sheet", "synthetic:7") if command == ("risk",) else ()
    check_refusal(program(*command, name, *extra), 3, code)
    asked = program(*command, name, *extra, "--json")
    assert (asked.code, asked.document["error"]["code"]) == (3, code)
    check_private(asked.out + asked.err)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("risk", "main", "--sheet", "missing.json"), 3, "BAD_FILE"),
        (("risk", "main", "--sheet", "broken.json"), 3, "BAD_FILE"),
        (("risk", "main"), 3, "NOT_FOUND"),
        (("risk", "other", "--sheet", "synthetic:7"), 3, "NOT_FOUND"),
        (("risk", "main", "--sheet", "synthetic:7", "--policy", "missing.toml"), 3, "BAD_FILE"),
        (("risk", "main", "--sheet", "synthetic:7", "--policy", "nobody"), 3, "NOT_FOUND"),
        (("risk", "main", "--sheet", "synthetic:7", "--confidence", "nan"), 3, "BAD_LIMIT"),
        (("risk", "main", "--sheet", "synthetic:7", "--confidence", "100"), 3, "BAD_INPUT"),
        (("risk", "main", "--sheet", "synthetic:7", "--stress", "none"), 3, "NOT_FOUND"),
        (("risk", "main", "--sheet", "synthetic:7", "--horizon", "10d"), 2, "USAGE"),
        (("policy", "show", "broken.json"), 3, "BAD_FILE"),
        (("policy", "check", "missing.json"), 3, "BAD_FILE"),
        (("policy", "diff", "lender-a", "broken.json"), 3, "BAD_FILE"),
        (("sheet", "check", "broken.json"), 3, "BAD_FILE"),
        (("sheet", "show", "missing.json"), 3, "BAD_FILE"),
        (("sheet", "show", "--universe", "nowhere"), 3, "NOT_FOUND"),
        (("sheet", "diff", "synthetic:1", "broken.json"), 3, "BAD_FILE"),
        (("book", "show", "other"), 3, "NOT_FOUND"),
        (("book", "remove", "other"), 3, "NOT_FOUND"),
        (("book", "remove", "main"), 11, "DECLINED"),
        (("book", "export", "main", "-o", "nowhere/x.json"), 3, "BAD_INPUT"),
        (("book", "diff", "main", "missing.csv"), 3, "BAD_FILE"),
        (("book", "add", "good.csv", "--name", "../x"), 3, "BAD_INPUT"),
        (("book", "add", "good.csv", "--name", "main"), 11, "STORE_CONFLICT"),
        (("book", "add", "good.csv", "--column", "qty"), 2, "USAGE"),
        (("commit", "main"), 2, "USAGE"),
        (("commit", "main", "--account", "0x12"), 3, "BAD_INPUT"),
        (("commit", "other", "--account", ACCOUNT), 3, "NOT_FOUND"),
        (("commit", "good.csv", "--account", ACCOUNT), 3, "BAD_INPUT"),
        (("init",), 11, "STORE_CONFLICT"),
        (("store", "backup", "nowhere/backup.zkb"), 3, "NOT_FOUND"),
        (("store", "restore", "missing.zkb", "--yes"), 11, "DECLINED"),
        (("store", "rekey"), 2, "USAGE"),
        (("schema", "nothing"), 3, "NOT_FOUND"),
        (("completion", "tcsh"), 2, "USAGE"),
        (("config", "--profile", "nobody"), 3, "NOT_FOUND"),
        (("rsik",), 2, "USAGE"),
        (("book", "shwo"), 2, "USAGE"),
        (("risk", "main", "--polici", "x"), 2, "USAGE"),
        (("--color", "purple", "risk"), 2, "USAGE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_bad_arguments_refused_in_one_line(stocked_once, arguments, exit_code, code):
    stocked_once.write("broken.json", '{"schema": ')
    before = stocked_once.home.joinpath("store.db").read_bytes()
    check_refusal(stocked_once(*arguments), exit_code, code)
    assert stocked_once.home.joinpath("store.db").read_bytes() == before


@pytest.fixture(scope="module")
def stocked_once(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One store for all refusals: none of them may change it."""
    program = Program(tmp_path_factory.mktemp("stocked"))
    program("init")
    program.write("good.csv", "instrument,long,short\nUSD,250000,0\nETH,200,0\n")
    assert program("book", "add", "good.csv", "--name", "main").code == 0
    return program


@pytest.mark.parametrize("price", ["0", "-1"])
def test_sheet_with_a_zero_price_refused(program, price):
    from zkrisk.cli.inputs import synthetic_sheet  # noqa: PLC0415
    from zkrisk.sheet import load_universe  # noqa: PLC0415

    sheet = synthetic_sheet(load_universe("micro-8"), 1, 1_790_000_000)
    text = '"prices_e16":["' + str(sheet.prices[0]) + '","'
    sheet.save(program.folder / "sheet.json")
    original = (program.folder / "sheet.json").read_text()
    start = original.index(text) + len(text)
    end = original.index('"', start)
    program.write("sheet.json", original[:start] + price + original[end:])
    program.write("book.csv", f"instrument,long,short\nETH,{MARKED},0\n")
    check_refusal(program("sheet", "check", "sheet.json"), 3, "BAD_PRICE")
    check_refusal(program("risk", "book.csv", "--sheet", "sheet.json"), 3, "BAD_PRICE")


@pytest.mark.parametrize(
    "arguments",
    [
        ("book", "show", "main"),
        ("book", "add", "good.csv", "--name", "second"),
        ("book", "remove", "main", "--yes"),
        ("book", "export", "main"),
        ("risk", "main", "--sheet", "synthetic:7"),
        ("commit", "main", "--account", ACCOUNT),
        ("store", "backup", "b.zkb"),
        ("store", "recover"),
        ("store", "rekey", "--new-passphrase-file", "new.txt"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("passphrase", ["wrong", None], ids=["wrong", "none"])
def test_locked_store_exits_10_and_loses_nothing(stocked_once, arguments, passphrase):
    stocked_once.write("new.txt", "another")
    stocked_once.folder.joinpath("new.txt").chmod(0o600)
    before = stocked_once.home.joinpath("store.db").read_bytes()
    check_refusal(stocked_once(*arguments, passphrase=passphrase), 10, "STORE_LOCKED")
    assert stocked_once.home.joinpath("store.db").read_bytes() == before
    assert not stocked_once.folder.joinpath("b.zkb").exists()


def test_damaged_store_is_named_and_left_alone(stocked):
    store = stocked.home / "store.db"
    content = bytearray(store.read_bytes())
    content[content.rindex(b"standard-32")] ^= 1
    store.write_bytes(content)
    check_refusal(stocked("book", "show", "main"), 10, "STORE_CORRUPT")
    assert store.read_bytes() == bytes(content)


def test_l6_marked_book_leaves_no_trace_outside_its_file(program):
    program("init")
    program.write("marked.csv", f"instrument,long,short\nETH,{MARKED},0\n")
    assert program("book", "add", "marked.csv", "--name", "main").code == 0
    assert program("commit", "main", "--account", ACCOUNT).code == 0
    assert program("store", "backup", "b.zkb").code == 0
    for arguments in (("risk", "main"), ("commit", "main"), ("book", "list"), ("store", "info"), ("store", "recover")):
        ran = program(*arguments, "-v")
        check_private(ran.out + ran.err)
    (program.folder / "marked.csv").unlink()
    left = program.everything()
    for secret in (MARKED, LOTS, "987654321", "correct horse"):
        assert secret.encode() not in left
    assert MARKED in program("book", "show", "main").out
