"""What goes wrong while the store works: a kill at a step, a disk that is full from a step on, a short write."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.campaigns.sqlite_io import FULL, IOERR_DIR_FSYNC, IOERR_FSYNC, IOERR_WRITE, OK, Hook, Perform, Step

__all__ = ["FULLS", "KILLS", "Full", "file_limit", "fill", "mount_small"]

_NEW_NAMESPACES: Final = 0x1000_0000 | 0x0002_0000  # of users and of mounts


def _kill(at: int, last: Callable[[Step, Perform], object]) -> Hook:
    """Die at the at-th step, as a power cut would: no handler, no flush."""
    seen = [0]

    def hook(step: Step, perform: Perform) -> int:
        seen[0] += 1
        if seen[0] == at:
            last(step, perform)
            os.kill(os.getpid(), signal.SIGKILL)
        return perform()

    return hook


def _half(step: Step, perform: Perform) -> None:
    """Half of a write reaches the file."""
    if step.kind == "write":
        perform(len(step.content) // 2)


KILLS: Final[dict[str, Callable[[int], Hook]]] = {
    "before": lambda at: _kill(at, lambda step, perform: None),
    "half": lambda at: _kill(at, _half),
    "after": lambda at: _kill(at, lambda step, perform: perform()),
}


class Full:
    """From a step on no file grows, until `is_over`: what needs no space is written, the rest is refused.

    Args:
        at: Number of the step.
        code: What the caller sees; IOERR_FSYNC refuses syncs instead of writes, IOERR_DIR_FSYNC reports removals that
            were made as failed.
        short: Half of a refused write reaches the file.
    """

    def __init__(self, at: int, *, code: int = FULL, short: bool = False) -> None:
        self.left, self.code, self.short, self.is_over = at, code, short, False

    def __call__(self, step: Step, perform: Perform) -> int:
        self.left -= 1
        if self.left > 0 or self.is_over:
            return perform()
        if self.code == IOERR_FSYNC:
            return self.code if step.kind in ("sync", "fsync") else perform()
        if self.code == IOERR_DIR_FSYNC:
            return perform() or (self.code if step.kind == "remove" else OK)
        if step.kind in ("create", "link"):
            return FULL
        if step.kind != "write" or step.offset + len(step.content) <= os.path.getsize(step.path):
            return perform()
        if self.short:
            perform(len(step.content) // 2)
        return self.code


FULLS: Final[dict[str, Callable[[int], Full]]] = {
    "full": Full,
    "short": lambda at: Full(at, short=True),
    "write-error": lambda at: Full(at, code=IOERR_WRITE),
    "sync-error": lambda at: Full(at, code=IOERR_FSYNC),
    "remove-error": lambda at: Full(at, code=IOERR_DIR_FSYNC),
}


@contextmanager
def file_limit(size: int):
    """Let no file of this process grow beyond so many bytes: the kernel writes what fits, then refuses."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def fill(folder: Path, free: int):
    """Leave so many bytes of a small file system free."""
    filler, found = folder / "filler", os.statvfs(folder)
    filler.write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - free)))
    try:
        yield
    finally:
        filler.unlink()


def mount_small(folder: Path, size: int) -> None:
    """Put a file system of so many bytes over a folder, for this process and its children alone.

    Raises:
        OSError: The kernel grants no user namespace.
    """
    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    if libc.unshare(_NEW_NAMESPACES) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        raise OSError(ctypes.get_errno(), "no small file system")
