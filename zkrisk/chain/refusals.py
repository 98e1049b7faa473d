"""A Python class and a hint for every custom error of the contracts.

The table is by hint, because several errors are helped by the same action. A test compares it with the contracts.
"""

from __future__ import annotations

from typing import ClassVar, Final

from zkrisk.errors import ContractRefused

__all__ = ["REFUSALS", "Refusal", "refusal"]


class Refusal(ContractRefused):
    """A custom error of our contracts; one subclass each, `refusal(name)` returns it."""

    error_name: ClassVar[str] = ""
    help: ClassVar[str] = ""


_HINTS: Final[dict[str, tuple[str, ...]]] = {
    # Proofs
    "the proof is not about what the chain holds now: zkrisk prove BOOK --epoch latest": ("ProofInvalid",),
    "this value cannot be proved about; it is a bug of the client or an attack": (
        "ScalarOutOfRange",
        "CurveOperationFailed",
        "CommitmentOutOfRange",
    ),
    # Freshness
    "zkrisk prove BOOK --epoch latest": ("EpochStale", "DeadlinePassed"),
    "zkrisk chain snapshot, then: zkrisk prove BOOK --epoch latest": ("SnapshotStale", "EpochUnknown"),
    "the action went through already, or another one did; prove again: zkrisk prove BOOK": ("NonceUsed",),
    "this epoch has its snapshot; go on with it": ("SnapshotExists",),
    "zkrisk sheet fold, then send again": ("SheetNotFolded", "SheetKeyMismatch", "SheetParametersMismatch"),
    "zkrisk policy register --fold, then send again": ("PolicyNotFolded",),
    "zkrisk chain roll": ("WindowStale", "WindowIncomplete", "CloseMissing"),
    "wait until the day is over (UTC)": ("DayNotOver",),
    "roll the days in order: zkrisk chain roll": ("DayUnexpected", "CloseNotLast", "RoundCountMismatch"),
    "the feed has no usable answer for that day; its operator must publish one": ("CloseInvalid",),
    "send with a higher gas limit: --gas-limit": ("FeedGasTooLow",),
    # Accounts
    "zkrisk commit BOOK --send": ("AccountUnknown", "NoPendingCommitment"),
    "a commitment counts once; commit again with a fresh salt: zkrisk commit BOOK --send": ("CommitmentUsed",),
    "prove the new book first: zkrisk prove BOOK --action update": ("DebtOutstanding",),
    "nothing is owed, so no proof is needed; activate the pending commitment": ("NoDebt",),
    "let a custodian sign the commitment, bind it to new statements, or use a policy that asks for less": (
        "AssuranceTooLow",
    ),
    "ask the custodian for a new statement": ("CustodianInvalid", "StatementMismatch", "StatementTimeInvalid"),
    "the account holds an instrument whose price may not carry new risk now; wait for the next snapshot": (
        "SlotBlocked",
    ),
    "name an account that receives: --beneficiary": ("BeneficiaryZero",),
    # Vault
    "draw less, add escrow, or raise the account's assurance level": ("DebtAboveLimit",),
    "draw less, or wait for lenders": ("LiquidityInsufficient",),
    "name at most what the account has: zkrisk vault show": (
        "EscrowInsufficient",
        "LedgerInsufficient",
    ),
    "repay all of it, or leave more": ("DebtBelowMinimum",),
    "nobody vouched for the book, so escrow alone must carry the debt: draw less, add escrow, or have it vouched for": (
        "LegUnhealthy",
    ),
    "the account's escrow carries its debt; wait for the next epoch": ("LegHealthy",),
    "the account's book counts; prove it: zkrisk prove BOOK --action liquidate": ("ProofNeeded",),
    "nothing is owed": ("DebtZero",),
    "only the account itself opens a new collateral slot": ("TopUpRefused",),
    "the feed has no such round": ("RoundUnknown",),
    "wait for the feed's first usable answer, then: zkrisk chain snapshot": ("PriceMissing",),
    "name an amount above zero": ("AmountInvalid",),
    "the token handed over less than was asked; it takes fees and cannot be used here": ("ReceivedTooLittle",),
    "one account owes one vault at a time; repay the other first": ("OtherVaultDebt",),
    "name a collateral of this vault: zkrisk vault show": ("CollateralUnknown",),
    "read the leg again and prove again: zkrisk prove BOOK --action liquidate": (
        "LegClaimTooLow",
        "LegClaimTooHigh",
        "LegClaimOrder",
    ),
    "the amount does not fit the ledger's 64 bits of lots": ("LegTooLarge",),
    "wait until the grace after the pause is over": ("LiquidationGrace",),
    "this contract is no vault of the deployment": ("VaultUnknown",),
    "attest first, then draw or withdraw: zkrisk prove BOOK": ("AccountReducing",),
    "pay what was written off first: zkrisk vault repay": ("BadDebtUnpaid",),
    "the reserve covers what is owed: wait until nothing is": ("ReserveBound", "ReserveInsufficient"),
    # Who vouches, who reads
    "bind the book to the current keepers: zkrisk bind BOOK --send": ("ReadersOutdated",),
    "bind the book to more of its venues' statements: zkrisk bind BOOK --statement FILE --send": (
        "CoverageTooLow",
        "CoverageUnsigned",
        "VenueAccountMissing",
    ),
    "ask the venue for a new statement": (
        "StatementBeforeDeposit",
        "StatementTimeRefused",
        "StatementsApart",
        "VenueKeyExpired",
        "VenueKeyIsRevoked",
        "VenueKeyUnknown",
    ),
    "a venue account belongs to one account and stands in one part": (
        "PartInvalid",
        "VenueAccountTaken",
        "VenueAccountTwice",
        "VenueAccountsInvalid",
    ),
    "bind the active or the pending commitment: zkrisk status": ("CommitmentUnknown",),
    "bind again, at the newest epoch: zkrisk bind BOOK": (
        "CiphertextLengthInvalid",
        "CoverageOutOfRange",
        "ValueNotCanonical",
    ),
    "this deployment has no circuit for so many parts or readers": (
        "BindKeyLengthInvalid",
        "BindKeyUnknown",
        "BindPartsInvalid",
        "ReadersTooMany",
    ),
    "give a key of the curve's subgroup of prime order, and a period that is still to come": (
        "AuditorPeriodInvalid",
        "KeeperCountInvalid",
        "ReaderKeyInvalid",
        "VenueKeyInvalid",
        "VenueKeyPeriodInvalid",
        "VenueZero",
    ),
    "only who appointed the auditor changes it": ("AuditorAppointed",),
    "these keepers are not announced, or count already": ("KeepersUnknown",),
    # Challenges and creditors
    "zkrisk status says which challenge is open": ("ChallengeOpen", "ChallengeUnknown", "NotUnanswered"),
    "answer about the epoch that the challenge asks about: zkrisk answer BOOK": ("EpochRefused", "CommitmentTooNew"),
    "pay exactly the bond of the desk": ("BondInvalid",),
    "give a window that is at least as long as a snapshot counts, less an epoch": ("WindowInvalid",),
    "the account owes nothing": ("NothingOwed",),
    "there is nothing to claim, or the receiver refused it": ("ClaimFailed",),
    "the borrower signs the amount, the creditor and the next nonce": ("BorrowerSignatureInvalid", "DebtTooSmall"),
    "this is no registered creditor": ("CreditorUnknown",),
    # Policies
    "zkrisk policy list, or register it: zkrisk policy register": ("PolicyUnknown",),
    "correct the policy: zkrisk policy check": (
        "AssuranceInvalid",
        "CoverageInvalid",
        "ConfidenceOutOfRange",
        "LimitOutOfRange",
        "MaxAgeInvalid",
        "NameInvalid",
        "PolicyEmpty",
        "SectorCountMismatch",
    ),
    # Keys and bases
    "the key does not belong to this deployment; check build/circuits and the deployment file": (
        "BasesLengthInvalid",
        "BasesRootMismatch",
        "KeyLengthInvalid",
        "KeyRootMismatch",
        "RangeInvalid",
        "TierInvalid",
    ),
    "never use this key: anybody can forge proofs for it": (
        "BetaEqualsGammaOrDelta",
        "DeltaEqualsGamma",
        "DeltaIsGenerator",
        "KeyPointInvalid",
    ),
    "register the key first: zkrisk chain deploy": ("KeyUnregistered", "KeyVersionUnknown", "KindUnknown"),
    "cancel or activate the waiting one first": (
        "BindKeyAlreadyPending",
        "KeepersPending",
        "KeyAlreadyPending",
        "ParametersPending",
    ),
    "nothing waits; propose first": ("BindKeyNotPending", "KeyNotPending", "NothingPending"),
    "wait until the delay is over": ("BindKeyDelayRunning", "DelayRunning", "KeyDelayRunning"),
    # Parameters
    "propose parameters first": ("ParametersUnset", "ParametersVersionUnknown"),
    "fold the rows in order, all of them: zkrisk sheet fold": ("ParametersIncomplete", "RowUnexpected"),
    "correct the universe file": (
        "ParameterOutOfRange",
        "ParameterStepTooLarge",
        "ParametersLengthInvalid",
        "SectorOverlap",
        "SlotConfigInvalid",
        "SlotCountMismatch",
        "SlotInvalid",
        "SlotUnknown",
        "CalendarInvalid",
    ),
    # Configuration
    "correct the terms that were given": (
        "BinderSetAlready",
        "CapInvalid",
        "CollateralInvalid",
        "VaultConfigInvalid",
        "RateTooHigh",
        "ThresholdInvalid",
        "TokenRegisteredAlready",
    ),
    "this is a bug of the client; please report it": (
        "ActionUnknown",
        "BlobNotWritten",
        "BlobTooLong",
        "CheckpointUnorderedInsertion",
    ),
    # OpenZeppelin
    "the signer has not got the role for this": (
        "AccessControlUnauthorizedAccount",
        "AccessControlBadConfirmation",
    ),
    "the deployment is paused; repaying and adding escrow go on": ("EnforcedPause", "ExpectedPause"),
    "the account has not got that many tokens": ("ERC20InsufficientBalance",),
    "allow the vault to take the tokens first": ("ERC20InsufficientAllowance",),
    "the token refused the transfer": (
        "ERC20InvalidApprover",
        "ERC20InvalidReceiver",
        "ERC20InvalidSender",
        "ERC20InvalidSpender",
        "SafeERC20FailedOperation",
    ),
    "name at most what the vault allows now: zkrisk vault show": (
        "ERC4626ExceededMaxDeposit",
        "ERC4626ExceededMaxMint",
        "ERC4626ExceededMaxRedeem",
        "ERC4626ExceededMaxWithdraw",
    ),
    "the contracts do not call each other back; a token does": ("ReentrancyGuardReentrantCall",),
    "the signature is malformed; ask the custodian for a new one": (
        "ECDSAInvalidSignature",
        "ECDSAInvalidSignatureLength",
        "ECDSAInvalidSignatureS",
    ),
    "a figure does not fit its width": (
        "SafeCastOverflowedUintDowncast",
        "StringTooLong",
        "InvalidShortString",
    ),
}


def _classes() -> dict[str, type[Refusal]]:
    found: dict[str, type[Refusal]] = {}
    for hint, names in _HINTS.items():
        for name in names:
            doc = f"The contract reverted with {name}."
            found[name] = type(name, (Refusal,), {"error_name": name, "help": hint, "__doc__": doc})
    return found


REFUSALS: Final[dict[str, type[Refusal]]] = _classes()
"""Name of a custom error → its class."""


def refusal(name: str) -> type[Refusal]:
    """Return the class of a contract error, for `except` and `pytest.raises`."""
    return REFUSALS[name]
