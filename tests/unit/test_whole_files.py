"""A file that is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zkrisk.book.files import write_whole


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_was_there_is_there_still_when_writing_ends_early(tmp_path: Path, monkeypatch, private, step, error):
    path = tmp_path / "file.json"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        write_whole(path, b"new", private=private)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_content_reaches_the_disk_before_the_name_does(tmp_path: Path, monkeypatch):
    steps: list[str] = []
    sync, move = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("sync"), sync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda a, b: (steps.append("move"), move(a, b)))
    write_whole(tmp_path / "file.json", b"content")
    assert steps == ["sync", "move"]
    assert (tmp_path / "file.json").read_bytes() == b"content"


def test_private_file_is_its_owners_whatever_the_mask(tmp_path: Path):
    mask = os.umask(0)
    try:
        write_whole(tmp_path / "private", b"x", private=True)
        write_whole(tmp_path / "public", b"x")
    finally:
        os.umask(mask)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o666
