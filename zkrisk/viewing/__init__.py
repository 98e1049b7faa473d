"""Keys that read books: threshold keys of several keepers, their ceremony, and decryption in parts."""

from zkrisk.viewing.threshold import (
    Deal,
    Dealing,
    KeyShare,
    Partial,
    ThresholdKey,
    combine,
    deal,
    finish,
    partial_decrypt,
)

__all__ = [
    "Deal",
    "Dealing",
    "KeyShare",
    "Partial",
    "ThresholdKey",
    "combine",
    "deal",
    "finish",
    "partial_decrypt",
]
