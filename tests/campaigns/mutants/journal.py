"""What became of each mutant, kept so that an interrupted campaign goes on, and only as long as it still holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from tests.campaigns.mutants.syntax import Mutant

__all__ = ["CAUGHT", "REFUSED", "SAME", "SURVIVED", "Journal", "Verdict"]

CAUGHT: Final = "caught"
SURVIVED: Final = "survived"
REFUSED: Final = "does not compile"
SAME: Final = "same code"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        outcome: One of the four above.
        suite: Contract of the test that failed.
        test: Its name.
        basis: Hash of what the outcome depends on.
    """

    mutant: str
    outcome: str
    suite: str
    test: str
    basis: str


class Journal:
    """Verdicts of a build, a line each.

    A mutant that was caught stays caught while the sources, the failing test's file and what all tests share are the
    same; one that was not is tried again after any change of a test or of this package.

    Args:
        path: File, made when missing.
        project: The Foundry project.
    """

    def __init__(self, path: Path, project: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._sources = _hash(project / "src")
        self._shared = _hash(project / "test" / "utils")
        self._tests = _hash(project / "test")
        self._package = _hash(Path(__file__).parent, "*.*")
        self._suites = {file.name.removesuffix(".t.sol"): _hash(file) for file in (project / "test").rglob("*.t.sol")}
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        kept = (Verdict(**json.loads(line)) for line in lines if line.endswith("}"))
        self._kept = {verdict.mutant: verdict for verdict in kept}

    def known(self, mutant: Mutant) -> Verdict | None:
        """Return the verdict that still holds."""
        kept = self._kept.get(mutant.id)
        return kept if kept is not None and kept.basis == self._basis(mutant, kept.outcome, kept.suite) else None

    def write(self, mutant: Mutant, outcome: str, failing: tuple[str, str] = ("", "")) -> Verdict:
        """Keep and return a verdict."""
        verdict = Verdict(mutant.id, outcome, *failing, self._basis(mutant, outcome, failing[0]))
        with self._lock, self._path.open("a") as lines:
            lines.write(json.dumps(asdict(verdict)) + "\n")
            self._kept[mutant.id] = verdict
        return verdict

    def _basis(self, mutant: Mutant, outcome: str, suite: str) -> str:
        parts = [self._sources, str(mutant)]
        if outcome == CAUGHT:
            parts += [self._shared, self._suites.get(suite.removesuffix("Test"), self._tests)]
        else:
            parts += [self._tests, self._package]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _hash(path: Path, pattern: str = "*.sol") -> str:
    digest = hashlib.sha256()
    files = path.rglob(pattern) if path.is_dir() else [path]
    for file in sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts):
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()
