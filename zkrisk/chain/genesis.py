"""A development deployment with a full window, reached through the real recordClose and roll, and kept as a state file.

The cache is a local file below build/, named by the hash of everything the state depends on; it is never committed or
downloaded, because nothing but the roll path makes a window that anybody may trust.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zkrisk.book.files import write_whole
from zkrisk.chain.anvil import Anvil
from zkrisk.chain.client import ChainClient
from zkrisk.chain.contracts import Contracts
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.feeds import push_history
from zkrisk.chain.operate import record_closes, roll_window
from zkrisk.chain.transact import Transactor
from zkrisk.errors import ChainError
from zkrisk.params import CircuitKind
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.keys import CircuitKey
from zkrisk.sheet import History, Universe

__all__ = ["SavedWorld", "fill_window", "load_or_build", "world_fingerprint"]

Progress = Callable[[str, int, int], None]
_FORMAT: Final = "1"


def fill_window(
    sender: Transactor,
    file: DeploymentFile,
    history: History,
    key: CircuitKey,
    on_progress: Progress | None = None,
) -> None:
    """Publish a history in mock feeds, then record and roll every day of it through the contract's own functions."""
    rounds = push_history(sender, file, history)
    chain = ChainClient(sender.rpc, file)
    record_closes(sender, chain, rounds=rounds, on_progress=on_progress)
    roll_window(sender, chain, key, on_progress)


@dataclass(frozen=True)
class SavedWorld:
    """A deployment on a running chain, and whether it came from the cache."""

    file: DeploymentFile
    cached: bool


def world_fingerprint(contracts: Contracts, artifacts: Artifacts, universe: Universe, facts: Mapping[str, Any]) -> str:
    """Hash everything that a cached state depends on: contracts, keys, universe, and the plan's own facts."""
    keys = [artifacts.instance(kind, universe.tier).manifest()["vkey_sha256"] for kind in CircuitKind]
    codes = {name: contracts.load(name).bytecode for name in contracts.names}
    document = [_FORMAT, keys, universe.sha256, codes, _source_digest(), dict(facts)]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _source_digest() -> str:
    """Hash the modules that decide what the state becomes."""
    folder = Path(__file__).parent
    names: Iterable[str] = ("anvil", "deploy", "feeds", "fold", "genesis", "operate", "policies", "sheet_reader")
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in names)).hexdigest()


def load_or_build(anvil: Anvil, cache: Path, fingerprint: str, build: Callable[[], DeploymentFile]) -> SavedWorld:
    """Load a cached state into a fresh chain, or build it there and keep it.

    Args:
        cache: Folder of state files.
        build: Deploys on the chain; only called when nothing is cached.
    """
    state_path = cache / f"{fingerprint[:32]}.state"
    file_path = cache / f"{fingerprint[:32]}.json"
    if state_path.exists() and file_path.exists():
        try:
            anvil.load_state(state_path.read_bytes())
            return SavedWorld(DeploymentFile.load(file_path), cached=True)
        except ChainError:
            state_path.unlink(missing_ok=True)
            raise
    file = build()
    cache.mkdir(parents=True, exist_ok=True)
    for stale in (*cache.glob("*.state"), *cache.glob("*.json")):
        stale.unlink()
    file.save(file_path)
    write_whole(state_path, anvil.dump_state())
    return SavedWorld(file, cached=False)
