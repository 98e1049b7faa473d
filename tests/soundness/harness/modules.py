"""The cases of every group of templates."""

from __future__ import annotations

from types import ModuleType

from harness import (
    cases_cipher,
    cases_commitment,
    cases_edwards,
    cases_lib,
    cases_parts,
    cases_statement,
    cases_statements,
)

__all__ = ["MODULES"]

MODULES: dict[str, ModuleType] = {
    "lib": cases_lib,
    "statements": cases_statements,
    "commitment": cases_commitment,
    "edwards": cases_edwards,
    "parts": cases_parts,
    "statement": cases_statement,
    "cipher": cases_cipher,
}
