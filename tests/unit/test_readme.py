"""What the README shows runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from zkrisk.cli.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
BOOK = "instrument,long,short\nETH,10,0\nBTC,0.5,0\nUSD,5000,0\nUSDC,0,2000\n"


def test_python_example_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "book.csv").write_text(BOOK)
    monkeypatch.chdir(tmp_path)
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    exec(compile(example.group(1), "README.md", "exec"), {})  # noqa: S102
    assert "health_factor" in capsys.readouterr().out


def test_every_make_target_of_the_readme_exists():
    targets = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text()))
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    assert all(f"\n{target}:" in makefile for target in targets)


def test_readme_is_short_enough_to_be_read():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_first_session_makes_what_its_next_step_needs():
    session = re.search(r"## A first session\n\n```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert session is not None
    words = [line.split()[1:3] for line in session.group(1).splitlines()]
    first = [" ".join(pair) if WORDS[pair[0]].verbs else pair[0] for pair in words]
    order = ["init", "chain start", "chain deploy", "policy register", "book add", "sheet fetch", "risk", "commit"]
    assert first == [*order, "prove", "verify", "submit"]
