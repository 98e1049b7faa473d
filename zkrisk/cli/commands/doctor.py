"""``zkrisk doctor``."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

import typer

from zkrisk.cli.chain_access import chain_name, endpoint, open_rpc
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.secrets import child_environment
from zkrisk.cli.session import Session
from zkrisk.errors import EnvironmentBroken, ZkRiskError
from zkrisk.poseidon import poseidon
from zkrisk.store import StoreIndex

app = typer.Typer(rich_markup_mode=None, add_completion=False)

POSEIDON_1_2 = 7853200120776062878684798364095072458815029376092732009249414926327459813530
"""circomlib's published Poseidon(1, 2)."""

TOOLS = (
    ("node", "only for --backend snarkjs and for building circuits", "install Node 20 or newer"),
    ("anvil", "only for a local chain", "npm ci"),
)
VERSION_TIMEOUT_S = 20
LARGEST_SKEW_S = 300


class Finding(NamedTuple):
    """One line: ``ok``, ``WARN`` or ``FAIL``, what, the fact, and the repair."""

    word: str
    what: str
    fact: str
    repair: str = ""


@app.command(name="doctor")
def doctor(context: typer.Context) -> Outcome:
    """What is there, what is missing, and the command that repairs it.

    \b
    zkrisk doctor
    zkrisk doctor --json
    """
    session: Session = context.obj
    findings = [*_native(), *_circuits(), *_tools(session), *_store(session), *_settings(session)]
    styles = {"ok": "ok", "WARN": "warn", "FAIL": "fail"}
    lines: list[Line] = []
    for finding in findings:
        lines.append([(f"  {finding.word:<5}", styles[finding.word]), (f"{finding.what:<12}{finding.fact}", "")])
        if finding.repair:
            lines.append(f"       try: {finding.repair}")
    failed = any(finding.word == "FAIL" for finding in findings)
    result = {"findings": [{**f._asdict(), "word": f.word.upper()} for f in findings]}
    return Outcome("doctor", result, lines, exit_code=EnvironmentBroken.exit_code if failed else 0)


def _native() -> Iterator[Finding]:
    try:
        works = poseidon([1, 2]) == POSEIDON_1_2
    except EnvironmentBroken as error:
        yield Finding("FAIL", "native", error.message, error.hint or "")
        return
    yield Finding("ok" if works else "FAIL", "native", "Poseidon equals circomlib's" if works else "Poseidon is wrong")


def _circuits() -> Iterator[Finding]:
    """Hashes of the artefacts, as the proof module records them."""
    if find_spec("zkrisk.proof.artifacts") is None:
        yield Finding("WARN", "circuits", "this installation cannot prove")
        return
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415  (the prover, only here)

    try:
        instances = tuple(default_artifacts().instances())
    except ZkRiskError as error:
        yield Finding("WARN", "circuits", error.message, "make build")
        return
    for instance in instances:
        try:
            manifest = instance.manifest()
            for path in (instance.r1cs, instance.wasm, instance.zkey):
                path.stat()
        except (ZkRiskError, OSError) as error:
            fact = f"{instance.name}: {error.message if isinstance(error, ZkRiskError) else 'a file is missing'}"
            yield Finding("WARN", "circuit", fact, "make build")
            continue
        key_class = manifest.get("class", "DEVELOPMENT")
        yield Finding("ok", "circuit", f"{instance.name}: hashes as recorded, key {key_class}")


def _tools(session: Session) -> Iterator[Finding]:
    for name, purpose, repair in TOOLS:
        path = _anvil() if name == "anvil" else shutil.which(name, path=session.environ.get("PATH"))
        if path is None:
            yield Finding("WARN", name, f"not found; needed {purpose}", repair)
            continue
        try:
            ran = subprocess.run(
                [path, "--version"],
                env=child_environment(session.environ),
                capture_output=True,
                text=True,
                timeout=VERSION_TIMEOUT_S,
                check=False,
            )
            version = (ran.stdout or ran.stderr).strip().splitlines()[:1]
        except (OSError, subprocess.TimeoutExpired):
            version = []
        yield Finding("ok" if version else "WARN", name, version[0] if version else "does not answer")


def _anvil() -> str | None:
    """The pinned binary of the npm package: what is on the path may be another version."""
    from zkrisk.chain.anvil import anvil_binary  # noqa: PLC0415  (web3 takes 0.4 s)

    try:
        return str(anvil_binary())
    except ZkRiskError:
        return None


def _store(session: Session) -> Iterator[Finding]:
    if not StoreIndex.exists(session.home):
        yield Finding("WARN", "store", f"none in {session.home}", "zkrisk init")
        return
    mode = stat.S_IMODE(session.home.stat().st_mode)
    if mode & 0o077:
        yield Finding("WARN", "store", f"others can list {session.home}", f"chmod 700 {session.home}")
    try:
        with session.open_index() as index:
            facts = index.info()
    except ZkRiskError as error:
        yield Finding("FAIL", "store", error.message, error.hint or "")
        return
    backup = "" if facts.backed_up_at_unix else "zkrisk store backup FILE"
    word = "WARN" if backup and sum(facts.openings.values()) else "ok"
    yield Finding(word, "store", f"{facts.books} books, {sum(facts.openings.values())} openings", backup)


def _settings(session: Session) -> Iterator[Finding]:
    session.config.items()
    yield Finding("ok", "settings", str(session.user_file))
    yield from _chain(session)


def _chain(session: Session) -> Iterator[Finding]:
    """The endpoint, and how far the clocks are apart: proofs have deadlines in chain time."""
    if endpoint(session, None) is None:
        yield Finding("WARN", "chain", "no RPC endpoint is set", "zkrisk chain start, or set rpc_url in a profile")
        return
    try:
        rpc = open_rpc(session, None)
        skew = session.now_unix() - rpc.block_time()
    except ZkRiskError as error:
        yield Finding("FAIL", "chain", error.message, error.hint or "")
        return
    late = abs(skew) > LARGEST_SKEW_S
    fact = f"{chain_name(rpc.chain_id)} ({rpc.chain_id}), newest block {abs(skew)} s {'ago' if skew >= 0 else 'ahead'}"
    yield Finding("WARN" if late else "ok", "chain", fact, "compare the clock of this machine" if late else "")
