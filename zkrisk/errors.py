"""Every error that zkrisk raises, as one tree.

ZkRiskError
├── UsageError             2
├── InputError             3  BadFile, UnknownInstrument, BadQuantity, BadPrice, BadLimit, EmptyScenarios,
│                             PricesRefused, RangeExceeded, SheetStale, NotFound
├── PolicyNotMet           4
├── VerificationError      5  ProofRejected, KeyMismatch, PolicyMismatch, SheetMismatch, CommitmentMismatch,
│   │                         ExpectationUnmet
│   ├── Expired            6
│   └── Incomplete         7
├── ProofError            12  WitnessError, ConstraintViolated, ArtifactMismatch, KeyFileInvalid
├── ChainError             8  Unreachable, WrongChain, TransactionTimeout
│   └── ContractRefused    9
├── StoreError            10  StoreLocked, StoreCorrupt
│   └── StoreConflict     11
├── Declined              11
└── EnvironmentBroken     12  MissingTool, DevelopmentKey

Messages name row numbers, public instrument names and public parameters, never a private value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ZkRiskError(Exception):
    """Root of all errors.

    Args:
        message: One line: what is wrong, with the public numbers that disagree.
        where: File, column, check number or the like; one line.
        hint: One command or action that helps.
        details: Public facts for `--json`.
    """

    code: ClassVar[str] = "INTERNAL"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.details: dict[str, object] = dict(details or {})


class UsageError(ZkRiskError):
    """The command line is not understood."""

    code = "USAGE"
    exit_code = 2


class InputError(ZkRiskError):
    """What the caller gave cannot be used."""

    code = "BAD_INPUT"
    exit_code = 3


class BadFile(InputError):
    """A file is missing, unreadable or malformed."""

    code = "BAD_FILE"


class UnknownInstrument(InputError):
    """A name that is not in the universe."""

    code = "UNKNOWN_INSTRUMENT"


class BadQuantity(InputError):
    """A quantity that is negative, not a number, too fine or too large."""

    code = "BAD_QUANTITY"


class BadPrice(InputError):
    """A price that is zero, negative, not a number, too fine or too large."""

    code = "BAD_PRICE"


class PricesRefused(InputError):
    """Prices that no sheet is built of; `details["findings"]` names what was found."""

    code = "PRICES_REFUSED"


class BadLimit(InputError):
    """A policy limit outside its range."""

    code = "BAD_LIMIT"


class EmptyScenarios(InputError):
    """There are no scenarios."""

    code = "EMPTY_SCENARIOS"


class RangeExceeded(InputError):
    """A figure does not fit the width that the circuits give it."""

    code = "RANGE_EXCEEDED"


class SheetStale(InputError):
    """The sheet is older than the use allows, or not complete."""

    code = "SHEET_STALE"


class NotFound(InputError):
    """A named book, policy, bundle, account or sheet does not exist."""

    code = "NOT_FOUND"


class PolicyNotMet(ZkRiskError):
    """At least one limit of the policy fails; `details["limits"]` names them."""

    code = "POLICY_NOT_MET"
    exit_code = 4


class VerificationError(ZkRiskError):
    """A proof, key, signal, policy or commitment does not match."""

    code = "REJECTED"
    exit_code = 5


class ProofRejected(VerificationError):
    """The pairing equation does not hold, or a signal is not the one that was recomputed."""

    code = "PROOF_REJECTED"


class KeyMismatch(VerificationError):
    """The verifying key is not the pinned or registered one, or can be forged."""

    code = "KEY_MISMATCH"


class PolicyMismatch(VerificationError):
    """The policy text does not give the registered policy."""

    code = "POLICY_MISMATCH"


class SheetMismatch(VerificationError):
    """Prices, parameters or window do not give the folded points on the chain."""

    code = "SHEET_MISMATCH"


class CommitmentMismatch(VerificationError):
    """The commitment is not the one that is stored for the account."""

    code = "COMMITMENT_MISMATCH"


class ExpectationUnmet(VerificationError):
    """The bundle is valid, but not for what the verifier asked (`--expect-*`)."""

    code = "EXPECTATION_UNMET"


class Expired(VerificationError):
    """True once, not now: expired, superseded, stale epoch or revoked key."""

    code = "EXPIRED"
    exit_code = 6


class Incomplete(VerificationError):
    """Nothing failed, but a check that matters was not made."""

    code = "INCOMPLETE"
    exit_code = 7


class ProofError(ZkRiskError):
    """No proof could be made."""

    code = "PROOF"
    exit_code = 12


class WitnessError(ProofError):
    """The witness generator refused the inputs."""

    code = "WITNESS"


class ConstraintViolated(ProofError):
    """The witness does not satisfy the constraint system."""

    code = "CONSTRAINT_VIOLATED"


class ArtifactMismatch(ProofError):
    """A circuit artefact is missing or its hash is not the recorded one."""

    code = "ARTIFACT_MISMATCH"


class KeyFileInvalid(ProofError):
    """A proving key, constraint or witness file is malformed."""

    code = "KEY_FILE_INVALID"


class ChainError(ZkRiskError):
    """The chain could not be asked."""

    code = "CHAIN"
    exit_code = 8


class Unreachable(ChainError):
    """The RPC endpoint does not answer."""

    code = "UNREACHABLE"


class WrongChain(ChainError):
    """The RPC endpoint serves another chain id."""

    code = "WRONG_CHAIN"


class TransactionTimeout(ChainError):
    """A transaction was sent but not seen in a block in time."""

    code = "TRANSACTION_TIMEOUT"


class ContractRefused(ChainError):
    """The contract reverted; `details["error"]` and `details["args"]` name its custom error."""

    code = "CONTRACT_REFUSED"
    exit_code = 9


class StoreError(ZkRiskError):
    """The local store cannot do this."""

    code = "STORE"
    exit_code = 10


class StoreLocked(StoreError):
    """No passphrase, or a wrong one."""

    code = "STORE_LOCKED"


class StoreCorrupt(StoreError):
    """An encrypted record does not authenticate; nothing was decrypted."""

    code = "STORE_CORRUPT"


class StoreConflict(StoreError):
    """The operation would lose something that is still needed."""

    code = "STORE_CONFLICT"
    exit_code = 11


class Declined(ZkRiskError):
    """A question was answered with no, or could not be asked."""

    code = "DECLINED"
    exit_code = 11


class EnvironmentBroken(ZkRiskError):
    """Something outside zkrisk is missing or wrong."""

    code = "ENVIRONMENT"
    exit_code = 12


class MissingTool(EnvironmentBroken):
    """A program that zkrisk runs is not installed."""

    code = "MISSING_TOOL"


class DevelopmentKey(EnvironmentBroken):
    """A development key was used on a chain that is not a local development chain."""

    code = "DEVELOPMENT_KEY"
