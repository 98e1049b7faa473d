"""Accounts that sign: a keystore file, or an account of a local development chain. No flag takes a secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from zkrisk.chain.anvil import ANVIL_CHAIN_ID, ANVIL_MNEMONIC
from zkrisk.errors import BadFile, EnvironmentBroken, InputError, NotFound, StoreLocked, UsageError

__all__ = ["CustodianStatement", "Signer", "anvil_signer", "keystore_signer", "open_signer", "sign_statement"]

_ANVIL_ACCOUNTS = 100


@dataclass(frozen=True)
class Signer:
    """An account with its key; printing it shows the address only."""

    account: LocalAccount

    def __repr__(self) -> str:
        return f"<Signer {self.address}>"

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self.account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Return the raw signed transaction."""
        return bytes(self.account.sign_transaction(transaction).raw_transaction)


def anvil_signer(index: int, chain_id: int) -> Signer:
    """Return an account of Anvil's public mnemonic.

    Raises:
        EnvironmentBroken: The chain is not a local development chain: everybody knows these keys.
    """
    if chain_id != ANVIL_CHAIN_ID:
        raise EnvironmentBroken(
            f"anvil:{index} is a key that everybody knows, and this is chain {chain_id}",
            hint="give a keystore with --signer",
            details={"chain_id": chain_id},
        )
    if not 0 <= index < _ANVIL_ACCOUNTS:
        raise UsageError(f"anvil:{index} is not one of anvil:0 to anvil:{_ANVIL_ACCOUNTS - 1}")
    Account.enable_unaudited_hdwallet_features()
    return Signer(Account.from_mnemonic(ANVIL_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}"))


def keystore_signer(path: Path, passphrase: str) -> Signer:
    """Return the account of a keystore file (Web3 Secret Storage).

    Raises:
        BadFile: No such file, or not a keystore.
        StoreLocked: The passphrase is wrong.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        raise BadFile("the keystore cannot be read", where=str(path), hint="give a JSON keystore file") from None
    if not isinstance(content, dict) or "crypto" not in {str(key).lower() for key in content}:
        raise BadFile("the file is not a keystore", where=str(path))
    try:
        return Signer(Account.from_key(Account.decrypt(content, passphrase)))
    except ValueError:
        raise StoreLocked("the passphrase does not open the keystore", where=str(path)) from None
    except (KeyError, TypeError):
        raise BadFile("the keystore is malformed", where=str(path)) from None


def open_signer(name: str, chain_id: int, *, keystores: Path | None = None, passphrase: str | None = None) -> Signer:
    """Return the signer that a command names.

    Args:
        name: ``anvil:N``, a keystore file, or the name of one in `keystores`.
        chain_id: Chain it is to sign for.
        keystores: Folder of named keystores.
        passphrase: Of the keystore.

    Raises:
        NotFound: No such keystore.
        StoreLocked: A keystore needs a passphrase.
    """
    if name.startswith("anvil:"):
        if not name[6:].isdecimal():
            raise UsageError(f"signer '{name}' is not anvil:N")
        return anvil_signer(int(name[6:]), chain_id)
    candidates = [Path(name)] + ([keystores / name, keystores / f"{name}.json"] if keystores else [])
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    if path is None:
        raise NotFound(f"there is no keystore '{name}'", hint="give a keystore file, or anvil:N on chain 31337")
    if passphrase is None:
        raise StoreLocked(f"keystore '{name}' needs a passphrase", hint="--passphrase-fd N")
    return keystore_signer(path, passphrase)


@dataclass(frozen=True, slots=True)
class CustodianStatement:
    """What a custodian signs: it has seen the whole book behind the commitment."""

    account: str
    commitment: int
    sequence: int
    as_of_unix: int

    def as_tuple(self) -> tuple[str, int, int, int]:
        """Return the values in the order of the contract's struct."""
        return self.account, self.commitment, self.sequence, self.as_of_unix


_STATEMENT_TYPE = {
    "CustodianStatement": [
        {"name": "account", "type": "address"},
        {"name": "commitment", "type": "uint256"},
        {"name": "sequence", "type": "uint64"},
        {"name": "asOf", "type": "uint64"},
    ]
}


def sign_statement(signer: Signer, statement: CustodianStatement, *, chain_id: int, registry: str) -> bytes:
    """Sign a statement (EIP-712); 65 bytes.

    Raises:
        InputError: A value is out of range.
    """
    if not 0 <= statement.sequence < 1 << 64 or not 0 <= statement.as_of_unix < 1 << 64:
        raise InputError("the statement's sequence or time is out of range")
    domain = {"name": "zkrisk", "version": "1", "chainId": chain_id, "verifyingContract": registry}
    message = dict(zip(("account", "commitment", "sequence", "asOf"), statement.as_tuple(), strict=True))
    return bytes(signer.account.sign_typed_data(domain, _STATEMENT_TYPE, message).signature)
