"""A process that holds secrets leaves no core file, and shows its first environment to nobody (L6)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zkrisk.cli.harden import keep_memory_private

NOBODY, PR_SET_DUMPABLE = 65_534, 4
ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-7f3a91c2"
CRASH = "import ctypes\nsecret = '-'.join(['canary', '7f3a91c2'])\nctypes.string_at(0)\n"
HARDENED = "from zkrisk.cli.harden import keep_memory_private\nkeep_memory_private()\n"


def cores_after(folder: Path, code: str) -> list[bytes]:
    """Crash with core files allowed; returns those that hold the canary."""

    def allow() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={"PYTHONPATH": str(ROOT)}, check=False, preexec_fn=allow
    )
    assert ran.returncode == -11
    return [content for path in folder.iterdir() if CANARY.encode() in (content := path.read_bytes())]


@pytest.mark.skipif(sys.platform != "linux", reason="core files of Linux")
def test_l6_crash_leaves_a_core_file_without_the_flags_and_none_with_them(tmp_path):
    for name in ("plain", "hardened"):
        (tmp_path / name).mkdir()
    assert cores_after(tmp_path / "hardened", HARDENED + CRASH) == []
    if not cores_after(tmp_path / "plain", CRASH):
        pytest.skip("this machine keeps no core files in the working folder")


@pytest.mark.skipif(sys.platform != "linux", reason="a flag of Linux")
def test_l6_command_line_sets_the_flags_before_it_takes_the_passphrase():
    code = (
        "import ctypes, os, resource\nimport zkrisk.cli.run as run\nreal = run.take_passphrase\n"
        "def show(environ):\n"
        "    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))\n"
        "    return real(environ)\n"
        "run.take_passphrase = show\nrun.main(['--version'])\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[0] == "0 (0, 0)"


def environment_is_readable(*, hardened: bool) -> bool:
    """Whether a process may read the environment that another process of the same, ordinary user began with."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(NOBODY)
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        if hardened:
            keep_memory_private()
        os.write(writer, b"up")
        signal.pause()
    assert os.read(reader, 2) == b"up"
    other = os.fork()
    if other == 0:
        os.setuid(NOBODY)
        try:
            Path(f"/proc/{child}/environ").read_bytes()
        except PermissionError:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(other, 0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


@pytest.mark.skipif(not Path("/proc/self/environ").exists() or os.getuid() != 0, reason="needs root to be another user")
def test_l6_first_environment_is_closed_to_the_same_user():
    """Removing a variable leaves the kernel's copy of it."""
    assert environment_is_readable(hardened=False)
    assert not environment_is_readable(hardened=True)
