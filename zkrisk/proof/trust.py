"""What a verifier trusts, kept outside of every bundle: pinned keys, chains, custodians, venues and revocations.

The store is one JSON file in a folder that the caller names. Without a file it is the root that comes with zkrisk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from zkrisk.book.files import NumberText, canonical_text, parse_json, read_text, write_whole
from zkrisk.errors import BadFile, InputError, NotFound, StoreConflict
from zkrisk.proof.bundle_fields import U64, Address, Bytes32, Name, Part, Sha256, Text

__all__ = [
    "STALE_AFTER_S",
    "ChainPin",
    "CircuitPin",
    "ContractPins",
    "CustodianPin",
    "Revocation",
    "TrustStore",
    "VenuePin",
    "load_trust",
    "parse_entry",
]

STALE_AFTER_S: Final = 30 * 86_400
_SCHEMA: Final = "urn:zkrisk:trust/v1"
_FILE: Final = "trust.json"
_ADDRESS_LENGTH: Final = 42
_ROOT: Final = Path(__file__).parent / "trust_root.json"


class CircuitPin(Part):
    """A key that may be used for a circuit instance, e.g. ``compliance-standard``."""

    circuit: Name
    key_id: Bytes32
    key_class: Literal["DEVELOPMENT", "CEREMONY"] = Field(alias="class")
    transcript_sha256: Sha256 | None = None

    @property
    def identity(self) -> str:
        """What `TrustStore.remove` takes."""
        return self.key_id


class ContractPins(Part):
    """Contract addresses of a deployment."""

    registry: Address
    sheet: Address
    policies: Address
    manager: Address
    vaults: dict[str, Address] = Field(default_factory=dict, max_length=64)


class ChainPin(Part):
    """A chain by its genesis block and the deployment on it that counts."""

    chain_id: Annotated[U64, Field(ge=1)]
    name: Text
    genesis_hash: Bytes32 | None = None
    contracts: ContractPins | None = None

    @property
    def identity(self) -> str:
        """What `TrustStore.remove` takes."""
        return str(self.chain_id)


class CustodianPin(Part):
    """A custodian's address with the period in which its word counts."""

    address: Address
    name: Text
    valid_from_unix: U64
    valid_until_unix: U64

    @property
    def identity(self) -> str:
        """What `TrustStore.remove` takes."""
        return self.address


class VenuePin(Part):
    """A venue's signing key with its period."""

    id: Text
    key_sha256: Sha256
    valid_from_unix: U64
    valid_until_unix: U64

    @property
    def identity(self) -> str:
        """What `TrustStore.remove` takes."""
        return self.key_sha256


class Revocation(Part):
    """Something that must not be believed any more: a key id, an address or a venue key."""

    subject: Annotated[str, Field(pattern=r"^(0x[0-9a-fA-F]{40}|0x[0-9a-f]{64}|sha256:[0-9a-f]{64})$")]
    reason: Text
    at_unix: U64

    @property
    def identity(self) -> str:
        """What `TrustStore.remove` takes."""
        return self.subject


Entry = CircuitPin | ChainPin | CustodianPin | VenuePin | Revocation
_LISTS: Final[dict[type[Part], str]] = {
    CircuitPin: "circuits",
    ChainPin: "chains",
    CustodianPin: "custodians",
    VenuePin: "venues",
    Revocation: "revocations",
}


class TrustStore(Part):
    """All pins. A changed store is a new object; `save` writes it."""

    updated_unix: U64
    circuits: tuple[CircuitPin, ...] = Field(default=(), max_length=1024, strict=False)
    chains: tuple[ChainPin, ...] = Field(default=(), max_length=1024, strict=False)
    custodians: tuple[CustodianPin, ...] = Field(default=(), max_length=1024, strict=False)
    venues: tuple[VenuePin, ...] = Field(default=(), max_length=1024, strict=False)
    revocations: tuple[Revocation, ...] = Field(default=(), max_length=1024, strict=False)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, list by list."""
        return (*self.circuits, *self.chains, *self.custodians, *self.venues, *self.revocations)

    def add(self, entry: Entry, now_unix: int) -> TrustStore:
        """Return a store with one more entry, dated now.

        Raises:
            StoreConflict: An entry of that kind and identity is there; remove it first.
        """
        name = _LISTS[type(entry)]
        present: tuple[Entry, ...] = getattr(self, name)
        if any(other.identity == entry.identity for other in present):
            raise StoreConflict(f"{entry.identity} is in the list '{name}' already", hint="zkrisk trust remove")
        return self.model_copy(update={name: (*present, entry), "updated_unix": now_unix})

    def remove(self, identity: str, now_unix: int) -> TrustStore:
        """Return a store without the entries of an identity: a key id, chain id, address or venue key.

        Raises:
            NotFound: There is none.
        """
        kept = {name: tuple(e for e in getattr(self, name) if e.identity != identity) for name in _LISTS.values()}
        if sum(map(len, kept.values())) == len(self.entries()):
            raise NotFound("the trust store has no such entry", hint="zkrisk trust list")
        return self.model_copy(update={**kept, "updated_unix": now_unix})

    def pins_of(self, circuit: str) -> tuple[CircuitPin, ...]:
        """Pinned keys of a circuit instance."""
        return tuple(pin for pin in self.circuits if pin.circuit == circuit)

    def pin(self, circuit: str, key_id: bytes) -> CircuitPin | None:
        """The pin of this very key, None when it is not pinned."""
        return next((pin for pin in self.pins_of(circuit) if pin.key_id == "0x" + key_id.hex()), None)

    def chain(self, chain_id: int) -> ChainPin | None:
        """The pin of a chain."""
        return next((pin for pin in self.chains if pin.chain_id == chain_id), None)

    def revocation(self, subject: str) -> Revocation | None:
        """Why a key, address or venue key is not believed any more, None when it is; the case of letters is nothing."""
        return next((entry for entry in self.revocations if entry.subject.lower() == subject.lower()), None)

    def custodian(self, address: str) -> CustodianPin | None:
        """The pin of a custodian."""
        return next((pin for pin in self.custodians if pin.address == address), None)

    @property
    def judges_custodians(self) -> bool:
        """Whether it matters who signed: some custodian is pinned, or some address revoked."""
        return bool(self.custodians) or any(len(entry.subject) == _ADDRESS_LENGTH for entry in self.revocations)

    def age_s(self, now_unix: int) -> int:
        """Seconds since the store was last changed, at least 0."""
        return max(0, now_unix - self.updated_unix)

    def warnings(self, now_unix: int) -> tuple[str, ...]:
        """One sentence when the store is older than 30 days."""
        age = self.age_s(now_unix)
        if age <= STALE_AFTER_S:
            return ()
        return (f"the trust store is {age // 86_400} days old: revocations since then are not known here",)

    def to_dict(self) -> dict[str, Any]:
        """JSON form; `load_trust` reads it back, and it is what ``trust export`` prints."""
        return {"schema": _SCHEMA, **self.model_dump(mode="json", by_alias=True, exclude_none=True)}

    def save(self, folder: Path) -> None:
        """Write the store; the file appears whole or not at all, and nobody but its owner can write it."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / _FILE, canonical_text(self.to_dict()).encode(), private=True)


def load_trust(folder: Path | None) -> TrustStore:
    """Read the store of a folder, or the root that comes with zkrisk when there is none.

    Raises:
        BadFile: The file is malformed: no verification goes on with half a store.
    """
    path = _ROOT if folder is None or not (folder / _FILE).exists() else folder / _FILE
    document = _numbers(parse_json(read_text(path), path.name))
    if not isinstance(document, dict) or document.pop("schema", None) != _SCHEMA:
        raise BadFile(f"not a trust store of schema {_SCHEMA}", where=path.name)
    try:
        return TrustStore.model_validate(document)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part)[:40] for part in problem["loc"])
        raise BadFile(f"trust store: {place}: {problem['msg']}", where=path.name) from None


def parse_entry(kind: str, fields: Mapping[str, Any]) -> Entry:
    """Build an entry from its fields as a person gives them.

    Args:
        kind: ``circuits``, ``chains``, ``custodians``, ``venues`` or ``revocations``.

    Raises:
        InputError: The kind does not exist, or a field is missing or malformed.
    """
    types = {name: entry for entry, name in _LISTS.items()}
    if kind not in types:
        raise InputError(f"a trust entry is one of {', '.join(types)}")
    try:
        return types[kind].model_validate(json.loads(json.dumps(dict(fields))))  # type: ignore[return-value]
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InputError(f"{kind}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None


def _numbers(value: Any) -> Any:
    if isinstance(value, NumberText):
        return int(value) if value.isdecimal() and len(value) < 17 else str(value)
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value
