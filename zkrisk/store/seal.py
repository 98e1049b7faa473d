"""Authenticated encryption of one record."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from zkrisk.errors import StoreCorrupt
from zkrisk.store.kdf import KEY_BYTES

NONCE_BYTES = 12
_WRAP_PURPOSE = "zkrisk.store.datakey.v1"
_MANIFEST_PURPOSE = b"zkrisk.store.manifest.v1"


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a record stands and everything about it that is readable without the passphrase.

    All of it is associated data, so a record that is moved, swapped, renamed or relabelled does not authenticate.
    """

    store_id: str
    kind: str
    record_id: str
    version: int
    account: str
    public: str
    updated_at_unix: int

    def associated_data(self) -> bytes:
        """Canonical bytes; injective, because JSON strings are delimited."""
        parts = [self.store_id, self.kind, self.record_id, self.version, self.account, self.public]
        return rfc8785.dumps([*parts, self.updated_at_unix])


@dataclass(frozen=True, slots=True)
class DataKey:
    """The random key that encrypts the records. Never printed."""

    secret: bytes = field(repr=False)

    @classmethod
    def draw(cls) -> DataKey:
        """Draw a fresh key from the operating system."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def seal(self, place: RecordPlace, plaintext: bytes) -> bytes:
        """Encrypt one record under a fresh nonce.

        Returns:
            Nonce, ciphertext and tag.
        """
        return _encrypt(self.secret, plaintext, place.associated_data())

    def unseal(self, place: RecordPlace, sealed: bytes) -> bytes:
        """Decrypt one record.

        Raises:
            StoreCorrupt: It does not authenticate in this place; nothing was decrypted.
        """
        try:
            return _decrypt(self.secret, sealed, place.associated_data())
        except InvalidTag:
            raise StoreCorrupt(
                f"a record of kind '{place.kind}' does not authenticate",
                hint="zkrisk store restore BACKUP",
            ) from None

    def manifest(self, rows: Iterable[tuple[str, str, int, bytes]]) -> bytes:
        """Authenticate which records exist: kind, id, version and sealed bytes of each, in any order.

        Without it a record could be deleted, or put back in an older version, and nobody would notice.
        """
        mac_key = hmac.digest(self.secret, _MANIFEST_PURPOSE, "sha256")
        lines = sorted(
            [kind, name, version, hashlib.sha256(sealed).hexdigest()] for kind, name, version, sealed in rows
        )
        return hmac.digest(mac_key, rfc8785.dumps(lines), "sha256")


def wrap_key(passphrase_key: bytes, data_key: DataKey, context: str) -> bytes:
    """Encrypt the data key under the key from the passphrase; ``context`` names store, salt and parameters."""
    return _encrypt(passphrase_key, data_key.secret, rfc8785.dumps([_WRAP_PURPOSE, context]))


def unwrap_key(passphrase_key: bytes, wrapped: bytes, context: str) -> DataKey | None:
    """Decrypt the data key; None when the passphrase is wrong."""
    try:
        return DataKey(_decrypt(passphrase_key, wrapped, rfc8785.dumps([_WRAP_PURPOSE, context])))
    except InvalidTag:
        return None


def _encrypt(key: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCMSIV(key).encrypt(nonce, plaintext, associated_data)


def _decrypt(key: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    if len(sealed) <= NONCE_BYTES:
        raise InvalidTag
    return AESGCMSIV(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated_data)
