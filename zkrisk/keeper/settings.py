"""How a keeper works."""

from __future__ import annotations

from dataclasses import dataclass, field

from zkrisk.keeper.appraise import Limits
from zkrisk.keeper.send import Sending

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How a keeper works.

    Attributes:
        takes_snapshots: Take the snapshot, fold and poke where due.
        is_dry: Look and tell; queue, prove and send nothing.
        keep_blocks: How deep a reorganisation can be undone without reading everything again.
        range_blocks: Most blocks asked for at once.
    """

    limits: Limits = field(default_factory=Limits)
    sending: Sending = field(default_factory=Sending)
    takes_snapshots: bool = False
    is_dry: bool = False
    keep_blocks: int = 512
    range_blocks: int = 2_000
