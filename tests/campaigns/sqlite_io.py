"""Every write, sync, truncation and removal of SQLite in this process, seen and perhaps disturbed.

SQLite reaches files through a table of functions, its VFS. The entries of the table in use are replaced, so that the
store's own connections pass through a hook, without a preloaded library and without tracing the process. Where the
interpreter does not share its SQLite (`is_available` is false) there is nothing to hook.

What the store does itself (fsync, link, replace, unlink of whole files) passes through the same hook.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
import os
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "FULL", "IOERR_DIR_FSYNC", "IOERR_FSYNC", "IOERR_WRITE", "OK", "Hook", "Perform", "Step", "install", "is_available",
]  # fmt: skip

OK: Final = 0
FULL: Final = 13
IOERR_WRITE: Final = 10 | 3 << 8
IOERR_FSYNC: Final = 10 | 4 << 8
IOERR_DIR_FSYNC: Final = 10 | 5 << 8
_CREATE: Final = 0x4
_FILE_STEPS: Final = ("fsync", "link", "replace", "unlink")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a file.

    Attributes:
        kind: create, write, truncate, sync or remove, of SQLite; fsync, link, replace or unlink, of the store.
        path: The file; of a link or replacement the new name.
        offset: Of a write; of a truncation the new size.
        content: Of a write.
    """

    kind: str
    path: str
    offset: int = 0
    content: bytes = b""


Perform = Callable[..., int]
"""Makes the step happen; of a write only the first bytes when a count is given. Returns SQLite's code."""
Hook = Callable[[Step, Perform], int]
"""Sees a step and returns its code: 0, or an error that the caller is to see."""

_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)  # SQLite keeps the pointer to the name
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(Structure):
    _fields_ = (
        ("version", c_int), ("file_size", c_int), ("max_path", c_int), ("next", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", _OPEN), ("delete", _DELETE),
    )  # fmt: skip


class _Methods(Structure):
    _fields_ = (
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", _WRITE), ("truncate", _TRUNCATE),
        ("sync", _SYNC), ("rest", c_void_p * 14),
    )  # fmt: skip


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


def is_available() -> bool:
    """Tell whether the SQLite of this interpreter can be reached."""
    return hasattr(_sqlite3, "__file__") and hasattr(ctypes.CDLL(_sqlite3.__file__), "sqlite3_vfs_find")


def install(hook: Hook) -> None:
    """Send every step of this process through a hook from now on; meant for a child that ends soon."""
    _install_vfs(hook)
    for name in _FILE_STEPS:
        setattr(os, name, _file_step(name, getattr(os, name), hook))


def _file_step(name: str, real: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
    def step(*arguments: Any, **named: Any) -> Any:
        def perform(count: int | None = None) -> int:
            real(*arguments, **named)
            return OK

        if hook(Step(name, str(arguments[-1])), perform) != OK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return step


def _install_vfs(hook: Hook) -> None:
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    real_open, real_delete = _OPEN(cast(vfs.open, c_void_p).value), _DELETE(cast(vfs.delete, c_void_p).value)
    paths: dict[int, str] = {}
    wrapped: dict[int, _Methods] = {}

    def opened(this: int, name: int | None, file: int, flags: int, out: int) -> int:
        path = os.fsdecode(ctypes.string_at(name)) if name else ""

        def perform(count: int | None = None) -> int:
            return real_open(this, name, file, flags, out)

        creates = bool(flags & _CREATE) and not os.path.exists(path)
        code = hook(Step("create", path), perform) if creates else perform()
        methods = cast(file, POINTER(_File)).contents
        if code == OK and methods.methods:
            paths[file] = path
            methods.methods = ctypes.pointer(_wrap(methods.methods.contents, hook, paths, wrapped))
        return code

    def deleted(this: int, name: bytes, sync_folder: int) -> int:
        return hook(Step("remove", os.fsdecode(name)), lambda count=None: real_delete(this, name, sync_folder))

    vfs.open, vfs.delete = _OPEN(opened), _DELETE(deleted)
    _KEPT.extend((vfs.open, vfs.delete, opened, deleted, wrapped))


def _wrap(real: _Methods, hook: Hook, paths: dict[int, str], wrapped: dict[int, _Methods]) -> _Methods:
    """Return the table of a file with the changing functions replaced; one for each table that SQLite has."""
    address = ctypes.addressof(real)
    if address in wrapped:
        return wrapped[address]
    real_write, real_truncate, real_sync = (
        kind(cast(function, c_void_p).value)
        for kind, function in ((_WRITE, real.write), (_TRUNCATE, real.truncate), (_SYNC, real.sync))
    )

    def write(file: int, content: int, size: int, offset: int) -> int:
        step = Step("write", paths[file], offset, ctypes.string_at(content, size))
        return hook(step, lambda count=size: real_write(file, content, count, offset))

    def truncate(file: int, size: int) -> int:
        return hook(Step("truncate", paths[file], size), lambda count=None: real_truncate(file, size))

    def sync(file: int, flags: int) -> int:
        return hook(Step("sync", paths[file]), lambda count=None: real_sync(file, flags))

    table = _Methods.from_buffer_copy(real)
    table.write, table.truncate, table.sync = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
    _KEPT.extend((table, table.write, table.truncate, table.sync))
    wrapped[address] = table
    return table


_KEPT: Final[list[object]] = []
"""What SQLite points to must not be collected."""
