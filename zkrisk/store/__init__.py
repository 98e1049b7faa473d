"""The encrypted local store: books, openings, keys; and a public index that needs no passphrase."""

from zkrisk.store.index import StoreIndex
from zkrisk.store.kdf import KdfProfile, normalise_passphrase
from zkrisk.store.records import (
    BookEntry,
    BookInfo,
    ChainCommitment,
    OpeningInfo,
    OpeningState,
    PublicEntry,
    RecoveryReport,
    StoreInfo,
)
from zkrisk.store.store import Store

__all__ = [
    "BookEntry",
    "BookInfo",
    "ChainCommitment",
    "KdfProfile",
    "OpeningInfo",
    "OpeningState",
    "PublicEntry",
    "RecoveryReport",
    "Store",
    "StoreIndex",
    "StoreInfo",
    "normalise_passphrase",
]
