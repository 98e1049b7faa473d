"""Keys that the store keeps, by kind and name. None is ever replaced."""

from __future__ import annotations

from typing import Final

from zkrisk.errors import InputError, NotFound, StoreConflict
from zkrisk.store import Store
from zkrisk.viewing.fields import NAME, NAME_WORDS

__all__ = [
    "CONTRIBUTION",
    "READER",
    "SHARE",
    "TRANSPORT",
    "VENUE",
    "check_name",
    "names_of",
    "put_kept",
    "read_kept",
]

VENUE: Final = "venue"
READER: Final = "reader"
SHARE: Final = "share"
TRANSPORT: Final = "transport"
CONTRIBUTION: Final = "contribution"
WORDS: Final = {
    VENUE: ("signing key", "zkrisk issuer list"),
    READER: ("reader's key", "zkrisk viewing list"),
    SHARE: ("share of a reader's key", "zkrisk viewing list"),
    TRANSPORT: ("place in a ceremony", "zkrisk viewing ceremony join NAME -o FILE"),
    CONTRIBUTION: ("contribution to a ceremony", "zkrisk viewing ceremony publish FILE -o FILE"),
}
"""What the kinds are called, and the command that helps where there is none."""


def check_name(name: str) -> str:
    """Refuse a name that cannot stand in the store or in a file.

    Raises:
        InputError: Not 1 to 48 letters, digits, dots, dashes or underscores.
    """
    if NAME.fullmatch(name) is None:
        raise InputError(f"a name is {NAME_WORDS}")
    return name


def put_kept(store: Store, kind: str, name: str, material: bytes) -> None:
    """Keep a key.

    Raises:
        StoreConflict: There is one of that kind and name: it is never replaced, nobody could make it again.
    """
    if name in names_of(store, kind):
        raise StoreConflict(f"there is a {WORDS[kind][0]} '{name}' already; it is not replaced", hint=WORDS[kind][1])
    store.put_key(f"{kind}:{check_name(name)}", material)


def read_kept(store: Store, kind: str, name: str) -> bytes:
    """Read a key.

    Raises:
        NotFound: There is none of that kind and name.
    """
    if name not in names_of(store, kind):
        raise NotFound(f"the store has no {WORDS[kind][0]} '{check_name(name)}'", hint=WORDS[kind][1])
    return store.key(f"{kind}:{name}")


def names_of(store: Store, kind: str) -> tuple[str, ...]:
    """Names of the keys of a kind."""
    marked = f"{kind}:"
    return tuple(name.removeprefix(marked) for name in store.key_names() if name.startswith(marked))
