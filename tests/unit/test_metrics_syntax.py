"""The metrics have no float constant, no true division and nothing that reads the world: shown on the syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "zkrisk" / "metrics"
SOURCES = sorted(FOLDER.glob("*.py"))
WORLD = {"os", "time", "random", "secrets", "datetime", "socket", "math", "numpy"}


def offences(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            found.append(f"line {node.lineno}: float constant")
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
            found.append(f"line {node.lineno}: true division")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            found.append(f"line {node.lineno}: float()")
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [f"line {node.lineno}: imports {name}" for name in names if name.split(".")[0] in WORLD]
    return found


@pytest.mark.parametrize(
    "source", ["x = 1.5", "x = a / b", "x /= 2", "x = float(a)", "import math", "from os import path"]
)
def test_offences_forbidden_source_is_found(source):
    assert offences(source)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_metrics_source_is_integers_only(path):
    assert offences(path.read_text(encoding="utf-8")) == []


def test_metrics_sources_are_found():
    assert len(SOURCES) > 10
