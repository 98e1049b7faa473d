"""What docs/instruments.md shows runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from zkrisk.book.files import parse_json
from zkrisk.pricing import parse_terms

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "instruments.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_example_of_the_page_prints_rows(tmp_path, monkeypatch, capsys):
    market, instruments = blocks("json")
    (example,) = blocks("python")
    (tmp_path / "market.json").write_text(market)
    (tmp_path / "instruments.json").write_text(instruments)
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(compile(example, "docs/instruments.md", "exec"), namespace)  # noqa: S102
    rows = namespace["rows"]
    assert str(rows.prices) in capsys.readouterr().out
    assert [len(rows.prices), len(rows.greeks), len(rows.returns), rows.warnings] == [8, 4, 21, ()]


def test_every_kind_of_the_page_is_a_kind_of_terms():
    table = PAGE.split("## Terms")[1].split("The geometric form")[0]
    kinds = set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE))
    assert kinds == {
        "spot", "lending", "linear-perpetual", "inverse-perpetual", "future", "option", "staked", "basket", "lp",
    }  # fmt: skip
    terms = parse_terms(parse_json(blocks("json")[1]))
    assert {entry.kind for entry in terms} <= kinds
