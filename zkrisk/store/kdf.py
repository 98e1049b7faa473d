"""From a passphrase to the key that wraps the store's data key."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass

from argon2.low_level import Type, hash_secret_raw

from zkrisk.errors import StoreCorrupt, StoreLocked

KEY_BYTES = 32
SALT_BYTES = 16
ARGON2_VERSION = 19
_LAST_CONTROL = 0x1F
_DELETE = 0x7F
_LAST_C1_CONTROL = 0x9F


@dataclass(frozen=True, slots=True)
class KdfProfile:
    """Parameters of Argon2id; the default is the low-memory profile of RFC 9106, which is also the least accepted."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4
    algorithm: str = "argon2id"
    version: int = ARGON2_VERSION

    def check(self) -> None:
        """Refuse parameters that make guessing cheap or that exhaust this machine.

        Raises:
            StoreCorrupt: The parameters are outside the policy.
        """
        known = self.algorithm == "argon2id" and self.version == ARGON2_VERSION
        numbers = (self.memory_kib, self.passes, self.lanes)
        if not known or any(type(number) is not int for number in numbers):
            raise StoreCorrupt("the store names a key derivation that is not Argon2id version 19")
        if self.memory_kib < LEAST.memory_kib or self.passes < LEAST.passes or self.lanes < LEAST.lanes:
            raise StoreCorrupt(
                f"key derivation is below the policy: {self.memory_kib} KiB, {self.passes} passes, {self.lanes} lanes; "
                f"at least {LEAST.memory_kib}, {LEAST.passes}, {LEAST.lanes}",
                hint="restore a backup; somebody may have changed this file",
            )
        if self.memory_kib > MOST.memory_kib or self.passes > MOST.passes or self.lanes > MOST.lanes:
            raise StoreCorrupt("key derivation asks for more than this program grants")

    def to_dict(self) -> dict[str, int | str]:
        """Plain form, stored beside the salt."""
        return asdict(self)


LEAST = KdfProfile()
MOST = KdfProfile(memory_kib=4 * 1024 * 1024, passes=64, lanes=64)


def normalise_passphrase(passphrase: str) -> bytes:
    """Bring a passphrase to the bytes that every keyboard gives.

    NFKD, then C0, C1 and Delete characters removed, then UTF-8.

    Raises:
        StoreLocked: Nothing is left.

    Source: ERC-2335, "Password requirements".
    """
    decomposed = unicodedata.normalize("NFKD", passphrase)
    kept = "".join(character for character in decomposed if not _is_control(ord(character)))
    if not kept:
        raise StoreLocked("the passphrase is empty")
    return kept.encode("utf-8", errors="surrogatepass")


def derive_key(passphrase: str, salt: bytes, profile: KdfProfile) -> bytes:
    """Derive 32 bytes with Argon2id.

    Raises:
        StoreCorrupt: The parameters or the salt are below the policy.
        StoreLocked: The passphrase is empty.
    """
    profile.check()
    if len(salt) < SALT_BYTES:
        raise StoreCorrupt(f"the salt of the key derivation has {len(salt)} bytes, at least {SALT_BYTES} are needed")
    return hash_secret_raw(
        normalise_passphrase(passphrase),
        salt,
        time_cost=profile.passes,
        memory_cost=profile.memory_kib,
        parallelism=profile.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
        version=profile.version,
    )


def _is_control(code_point: int) -> bool:
    return code_point <= _LAST_CONTROL or _DELETE <= code_point <= _LAST_C1_CONTROL
