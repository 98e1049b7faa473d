"""What every command promises: JSON that fits its schema, help, colours, exit codes, nothing imported in vain."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from importlib import import_module

import jsonschema
import pytest
from conftest import ACCOUNT, ROOT
from typer.main import get_command

from zkrisk.cli.schemas import NAMES, json_schema
from zkrisk.cli.words import PIPELINE, WORDS

JSON_COMMANDS = {
    "version": ("--version",),
    "config": ("config",),
    "doctor": ("doctor",),
    "bench-prove": ("bench", "prove", "--tier", "micro", "--runs", "1"),
    "book-list": ("book", "list"),
    "book-show": ("book", "show", "main"),
    "book-check": ("book", "check", "main"),
    "book-diff": ("book", "diff", "main", "other.csv"),
    "book-add": ("book", "add", "other.csv", "--dry-run"),
    "policy-list": ("policy", "list"),
    "policy-show": ("policy", "show", "lender-b"),
    "policy-check": ("policy", "check", "lender-a"),
    "policy-diff": ("policy", "diff", "lender-a", "lender-b"),
    "sheet-show": ("sheet", "show", "synthetic:7"),
    "sheet-check": ("sheet", "check", "synthetic:7"),
    "sheet-diff": ("sheet", "diff", "synthetic:7", "synthetic:8"),
    "commit": ("commit", "main", "--account", ACCOUNT),
    "store-recover": ("store", "recover"),
    "store-info": ("store", "info"),
    "risk": ("risk", "main", "--sheet", "synthetic:7", "--policy", "lender-a", "--positions"),
}


@pytest.mark.parametrize("place", ["before", "after"])
def test_json_of_every_command_fits_its_schema(stocked, place):
    stocked.write("other.csv", "instrument,qty\nETH,-3\nBTC,1\n")
    for name, arguments in JSON_COMMANDS.items():
        ran = stocked(*(("--json", *arguments) if place == "before" else (*arguments, "--json")))
        document = ran.document
        assert ran.code == 0, (name, ran.err)
        assert document["schema"] == f"urn:zkrisk:cli/{name}/v1"
        jsonschema.validate(document, json_schema(name))
        assert ran.out.count("\n") == 1


def test_json_of_private_kinds_says_so(stocked):
    for arguments in (("risk", "main", "--sheet", "synthetic:7"), ("book", "show", "main")):
        assert stocked(*arguments, "--json").document["private"] is True


@pytest.mark.parametrize("name", sorted(NAMES))
def test_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(json_schema(name))


@pytest.mark.parametrize("command", [("keeper", "scan"), ("keeper scan",), ("keeper-scan",), ("keeper", "run")])
def test_schema_is_found_however_the_command_is_written(program, command):
    ran = program("schema", *command)
    assert ran.code == 0, ran.err
    assert ran.document["$id"] == f"urn:zkrisk:cli/{'-'.join(command).replace(' ', '-')}/v1"


def test_json_of_an_error_is_one_document(program):
    ran = program("risk", "main", "--json", "--sheet", "synthetic:7")
    assert ran.code == 3 and ran.err == ""
    assert ran.document["error"]["exit_code"] == 3 and ran.document["schema"] == "urn:zkrisk:cli/error/v1"


def test_risk_fits_80_columns_and_says_what_it_is(stocked):
    ran = stocked("risk", "main", "--sheet", "synthetic:7", "--policy", "lender-a", "--positions")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "PRIVATE: your screen" in ran.out and "synthetic prices: DEMO" in ran.out
    assert "\x1b[" not in ran.out
    assert "next: zkrisk prove main" in ran.err or "FAIL" in ran.out


def test_risk_screen_shows_the_figures_of_its_json(stocked):
    arguments = ("risk", "main", "--sheet", "synthetic:7", "--policy", "lender-a")
    result = stocked(*arguments, "--json").document["result"]
    screen = stocked(*arguments).out
    for key in ("assets_cents", "debt_cents", "equity_cents"):
        cents = int(result[key])
        assert f"{cents // 100:,}.{cents % 100:02d}" in screen


def test_risk_fail_on_breach_exits_4_and_looking_does_not(stocked):
    stocked.write("lopsided.csv", "instrument,long,short\nUSD,1,0\nETH,200,0\n")
    arguments = ("risk", "lopsided.csv", "--sheet", "synthetic:7", "--policy", "lender-a")
    assert stocked(*arguments).code == 0
    failed = stocked(*arguments, "--fail-on-breach", "--json")
    assert failed.code == 4
    assert failed.document["result"]["verdict"]["holds"] is False


@pytest.mark.parametrize(("flag", "variables", "expected"), [
    ("always", {}, True), ("never", {"FORCE_COLOR": "1"}, False), ("auto", {}, False),
    ("auto", {"FORCE_COLOR": "1"}, True), ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False),
])  # fmt: skip
def test_color_follows_flag_then_variables(program, flag, variables, expected):
    program.write("b.csv", "instrument,long,short\nUSD,1,0\n")
    ran = program("risk", "b.csv", "--sheet", "synthetic:7", "--policy", "lender-a", "--color", flag, **variables)
    assert ("\x1b[" in ran.out) is expected


def test_root_help_fits_24_lines_and_80_columns(program):
    ran = program("--help")
    assert ran.code == 0
    assert len(ran.out.splitlines()) <= 24 and max(map(len, ran.out.splitlines())) <= 80
    assert all(word in ran.out for word in WORDS)


CHANGING = ("add", "remove", "restore", "rekey", "backup", "recover", "deposit", "repay", "register", "push", "pack")


def test_commands_of_the_pipeline_and_those_that_change_something_have_examples():
    for name, word in WORDS.items():
        command = get_command(import_module(f"zkrisk.cli.commands.{word.module}").app)
        verbs = getattr(command, "commands", {name: command})
        assert not word.verbs or set(verbs) == set(word.verbs), name
        for verb, found in verbs.items():
            if name in PIPELINE or verb in CHANGING:
                shown = [line for line in (found.help or "").splitlines() if line.strip().startswith("zkrisk ")]
                assert len(shown) >= 2, (name, verb)


def test_every_option_in_a_help_says_what_its_value_is():
    for name, word in WORDS.items():
        command = get_command(import_module(f"zkrisk.cli.commands.{word.module}").app)
        for verb, found in getattr(command, "commands", {name: command}).items():
            valued = [option for option in found.params if option.param_type_name == "option" and not option.is_flag]
            unsaid = [option.name for option in valued if not option.hidden and option.metavar is None]
            assert unsaid == [], (name, verb)


def test_no_arguments_is_a_usage_error(program):
    assert program().code == 2


def run_python(code: str) -> str:
    """Run code in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout


HEAVY = ("web3", "numpy", "wasmtime", "pandas", "matplotlib", "sqlalchemy", "pydantic", "typer", "argon2")


def test_root_help_imports_nothing_heavy():
    code = f"""
import sys
from zkrisk.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
sys.stdout.write("LOADED " + " ".join(m for m in {HEAVY!r} if m in sys.modules))
"""
    assert run_python(code).endswith("LOADED ")


def test_import_of_the_package_loads_nothing_heavy():
    loaded = f"print(*[m for m in {HEAVY!r} if m in sys.modules])"
    assert run_python(f"import sys, zkrisk\n{loaded}").strip() == ""


def test_public_names_are_sorted_and_exist():
    import zkrisk  # noqa: PLC0415

    assert list(zkrisk.__all__) == sorted(zkrisk.__all__)
    for name in ("Book", "Policy", "RiskReport", "Sheet", "Store", "ZkRiskError"):
        assert getattr(zkrisk, name) is not None
    with pytest.raises(AttributeError):
        _ = zkrisk.nothing


def test_unexpected_exception_writes_a_report_without_values(program):
    program.home.mkdir()
    code = (
        "import sys, zkrisk.cli.run as run\n"
        "def broken(*_):\n    raise ValueError('987654321.123')\n"
        "run._run = broken\n"
        f"run.main(['risk', '--home', {str(program.home)!r}, '-v'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    reports = list((program.home / "logs").iterdir())
    assert ran.returncode == 1 and len(reports) == 1
    text = reports[0].read_text() + ran.stdout + ran.stderr
    assert "987654321.123" not in text and "ValueError" in text and "Traceback" not in text
    assert reports[0].stat().st_mode & 0o077 == 0


def test_interrupt_exits_130(program):
    code = "import zkrisk.cli.run as run\ndef stop(*_):\n    raise KeyboardInterrupt\nrun._run = stop\nrun.main([])\n"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 130 and "Traceback" not in ran.stderr


def test_closed_pipe_is_silent(stocked):
    command = f"{sys.executable} -m zkrisk.cli sheet show synthetic:7 --json | true"
    ran = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ran.stderr and "BrokenPipe" not in ran.stderr


def test_completion_offers_words_verbs_and_books_without_a_passphrase(stocked):
    assert "book" in stocked("completion", "words", "--", "bo", passphrase=None).out.split()
    assert stocked("completion", "words", "--", "book", "sh", passphrase=None).out.split() == ["show"]
    assert stocked("completion", "words", "--", "risk", "", passphrase=None).out.split() == ["main"]
    for shell in ("bash", "zsh", "fish", "powershell"):
        assert "zkrisk completion words" in stocked("completion", shell).out


def test_export_round_trips(stocked):
    out = stocked("book", "export", "main").out
    stocked.write("exported.json", json.dumps({k: v for k, v in json.loads(out).items() if k != "schema"}))
    assert stocked("book", "diff", "main", "exported.json").out.strip() == "no difference"
    assert stocked("book", "export", "main", "-o", "out.json").code == 0
    assert (stocked.folder / "out.json").stat().st_mode & 0o077 == 0


def test_store_commands_round_trip(stocked):
    assert stocked("commit", "main", "--account", ACCOUNT).code == 0
    assert stocked("store", "backup", "b.zkb").code == 0
    stocked.write("new.txt", "another\n")
    (stocked.folder / "new.txt").chmod(0o600)
    assert stocked("store", "rekey", "--new-passphrase-file", "new.txt").code == 0
    assert stocked("book", "show", "main").code == 10
    assert stocked("book", "show", "main", passphrase="another").code == 0  # noqa: S106
    assert stocked("store", "restore", "b.zkb", "--home", str(stocked.folder / "second")).code == 0


def on_terminal(program, *arguments: str, typed: bytes, **variables: str) -> tuple[int, str]:
    """Run with a terminal on stdin, stdout and stderr, and type."""
    child, terminal = pty.fork()
    if child == 0:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(program.folder),
            "TERM": "xterm",
        }
        environment |= {"ZKRISK_HOME": str(program.home), **variables}
        os.chdir(program.folder)
        os.execve(sys.executable, [sys.executable, "-m", "zkrisk.cli", *arguments], environment)  # noqa: S606
    shown = b""
    for line in typed.splitlines(keepends=True):
        shown += read_until_quiet(terminal)
        os.write(terminal, line)
    while chunk := read_some(terminal):
        shown += chunk
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


def read_some(terminal: int) -> bytes:
    """Read what is there; nothing at the end."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def read_until_quiet(terminal: int) -> bytes:
    """Read until a question stands there."""
    shown = b""
    while not shown.rstrip(b"\x1b[0m").endswith((b": ", b"] ")):
        chunk = read_some(terminal)
        if not chunk:
            break
        shown += chunk
    return shown


def test_terminal_asks_for_the_passphrase_without_echo(program):
    code, shown = on_terminal(program, "init", typed=b"correct horse\ncorrect horse\n")
    assert code == 0 and "correct horse" not in shown
    program.write("good.csv", "instrument,long,short\nUSD,1,0\n")
    assert on_terminal(program, "book", "add", "good.csv", "--name", "main", typed=b"correct horse\n")[0] == 0
    code, shown = on_terminal(program, "book", "show", "main", typed=b"wrong\n")
    assert code == 10 and "error[STORE_LOCKED]: wrong passphrase" in shown.replace("\x1b[31m", "").replace(
        "\x1b[0m", ""
    )
    assert on_terminal(program, "book", "show", "main", "--no-input", typed=b"")[0] == 10
    assert on_terminal(program, "book", "remove", "main", typed=b"correct horse\nn\n")[0] == 11
    assert on_terminal(program, "book", "remove", "main", typed=b"correct horse\ny\n")[0] == 0
