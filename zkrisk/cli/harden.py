"""No core files: they hold the passphrase, the key and the book."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_memory_private"]

_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Have the system write no core file of this process, and on Linux show its memory and first environment to nobody.

    The limit of core files is inherited by node and anvil. The other flag is not; it matters where cores go to a
    program that ignores the limit, and it closes ``/proc/PID/environ``, which holds ``ZKRISK_PASSPHRASE`` even after
    the variable was removed.
    """
    try:
        import resource  # noqa: PLC0415  (not on Windows, which writes no core files)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
