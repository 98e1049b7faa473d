// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SlotStatus} from "./Types.sol";

/// @notice One slot of the universe.
/// @param feed Price feed; zero when the slot is unused. Slot 0 (cash) always has zero.
/// @param decimals d_i: one lot is 10^-d_i units. d_i + the feed's decimals ≤ 16.
/// @param heartbeat Seconds after which this feed's answer is stale.
/// @param deviationCapBps Largest jump against the last used price that is believed at once; a larger one when the next snapshot, at
/// least half an epoch later, sees it again.
struct SlotConfig {
    address feed;
    uint8 decimals;
    uint32 heartbeat;
    uint16 deviationCapBps;
}

/// @notice What a deployment of PriceSheet is given.
/// @param weekdayMask Calendar days: bit 0 Monday … bit 6 Sunday; 0x7f is every day.
/// @param genesisDay Unix day number of the first close, a calendar day.
/// @param epochSeconds Length of an epoch; epoch = timestamp / epochSeconds.
/// @param parameterDelay Seconds between proposing and activating parameters or a delisting.
/// @param slots N entries, slots[i] is slot i.
struct SheetConfig {
    address admin;
    address registry;
    uint8 weekdayMask;
    uint32 genesisDay;
    uint32 epochSeconds;
    uint32 parameterDelay;
    SlotConfig[] slots;
}

/// @notice A folded sheet with everything it was folded from.
/// @param x, y The point SHEET(key, epoch).
/// @param keyVersion Version of the key. @param parametersVersion Version of the parameters.
/// @param windowOrdinal Ordinal of the newest return in the window; 0 for healthy and liquidation.
/// @param snapshotTime Time of the epoch's snapshot.
/// @param newestEpoch Newest epoch with a snapshot. @param previousEpoch The one before it with a snapshot, 0 when none.
/// @param keyId, blob The current key, so that a verifier asks once.
struct FoldedSheet {
    uint256 x;
    uint256 y;
    uint32 keyVersion;
    uint32 parametersVersion;
    uint32 windowOrdinal;
    uint64 snapshotTime;
    uint64 newestEpoch;
    uint64 previousEpoch;
    bytes32 keyId;
    address blob;
}

/// @title Prices, the scenario window and the parameters of one universe, and their folded points
/// @notice Every point is folded here from values held here, with bases checked against the registered key. No function takes a point.
/// @dev Days are unix day numbers (timestamp / 86 400, UTC). Closes are numbered 0, 1, … from the genesis day on over calendar
/// days; return `o` ≥ 1 is the one between closes o − 1 and o and lives in window row `o mod S`.
interface IPriceSheet {
    /// @notice Emitted for every snapshot. @param prices 4 prices of 64 bits a word, slot 0 in the lowest bits of word 0.
    event Snapshot(uint64 indexed epoch, uint64 timestamp, uint128 blockedMask, uint256[] prices);
    /// @notice Emitted when a slot's status is another than at the snapshot before.
    event SlotStatusChanged(uint64 indexed epoch, uint8 indexed slot, SlotStatus status);
    /// @notice Emitted when a sheet point is stored.
    event SheetFolded(
        uint8 indexed kind, uint64 indexed epoch, uint32 keyVersion, uint32 parametersVersion, uint32 windowOrdinal
    );
    /// @notice Emitted for every close. @param closes Packed as in Snapshot.
    event CloseRecorded(uint32 indexed ordinal, uint32 day, uint256[] closes);
    /// @notice Emitted for every rolled row.
    event WindowRolled(uint32 indexed keyVersion, uint32 indexed ordinal, uint32 row);
    /// @notice Emitted when a return was outside what the circuit can hold and was clamped, 10^-6.
    event ReturnClamped(uint32 indexed ordinal, uint8 slot, int256 exact, int256 used);
    /// @notice Emitted when parameters are stored. @param blob Contract whose code (after one byte) holds the values.
    event ParametersProposed(uint32 indexed version, address blob, uint64 activeFrom);
    /// @notice Emitted when a parameters version becomes the current one.
    event ParametersActivated(uint32 indexed version);
    /// @notice Emitted when proposed parameters are withdrawn.
    event ParametersCancelled(uint32 indexed version);
    /// @notice Emitted for every folded parameter row.
    event ParametersFolded(uint8 indexed kind, uint32 indexed keyVersion, uint32 indexed version, uint16 row);
    /// @notice Emitted when a delisting is proposed.
    event DelistingProposed(uint8 indexed slot, uint64 activeFrom);
    /// @notice Emitted when a slot is delisted: the next snapshot blocks it, and closes repeat the last one from here on.
    event Delisted(uint8 indexed slot);

    // Configuration
    /// @notice Thrown when the number of slots is not the registry's N.
    error SlotCountMismatch(uint256 count, uint256 expected);
    /// @notice Thrown when a slot cannot be priced exactly, or has no heartbeat or cap.
    error SlotConfigInvalid(uint256 slot);
    /// @notice Thrown for an empty calendar, a genesis outside of it, or an epoch of zero seconds.
    error CalendarInvalid(uint8 weekdayMask, uint32 genesisDay, uint32 epochSeconds);
    /// @notice Thrown for a slot outside the universe, cash, or unused where a used one is needed.
    error SlotUnknown(uint256 slot);

    // Snapshots
    /// @notice Thrown for a second snapshot in an epoch.
    error SnapshotExists(uint64 epoch);
    /// @notice Thrown when there is no snapshot of that epoch, or its place in the ring is used by a newer one.
    error EpochUnknown(uint64 epoch, uint64 newestEpoch);
    /// @notice Thrown when a feed could be starved of gas to fake a failure. @param needed Gas needed at that place.
    error FeedGasTooLow(uint256 left, uint256 needed);

    // Folding
    /// @notice Thrown when the sheet of this kind and epoch was not folded, or its place is used by another epoch.
    error SheetNotFolded(uint8 kind, uint64 epoch);
    /// @notice Thrown when the sheet was folded under another key version.
    error SheetKeyMismatch(uint8 kind, uint32 folded, uint32 current);
    /// @notice Thrown when the sheet was folded under other parameters.
    error SheetParametersMismatch(uint8 kind, uint32 folded, uint32 current);
    /// @notice Thrown when the window of this key version has fewer than S rows.
    error WindowIncomplete(uint32 keyVersion, uint32 rows, uint32 needed);
    /// @notice Thrown when the window lacks more than one calendar day. @param validUntil Time until which it was good.
    error WindowStale(uint64 validUntil, uint64 time);
    /// @notice Thrown when not all rows of the current parameters are folded for this key version.
    error ParametersIncomplete(uint8 kind, uint32 version, uint16 rows, uint16 needed);

    // Window
    /// @notice Thrown when `day` is not the calendar day after the last close.
    error DayUnexpected(uint32 day, uint32 expected);
    /// @notice Thrown before the day is over.
    error DayNotOver(uint32 day, uint64 time);
    /// @notice Thrown when there is not one round id a slot after cash.
    error RoundCountMismatch(uint256 count, uint256 expected);
    /// @notice Thrown when the round is not shown to be the feed's last one before midnight.
    error CloseNotLast(uint8 slot, uint80 roundId);
    /// @notice Thrown when the round has no usable answer.
    error CloseInvalid(uint8 slot, uint80 roundId);
    /// @notice Thrown when the next return's closes are not recorded yet.
    error CloseMissing(uint32 ordinal, uint32 closes);
    /// @notice Thrown when base points are not N points long.
    error BasesLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when base points are not the row's leaf of the key's tree.
    error BasesRootMismatch(bytes32 keyId, uint256 leaf);

    // Parameters
    /// @notice Thrown when there are no current parameters.
    error ParametersUnset();
    /// @notice Thrown for another length than N·(2 + K + R)·4.
    error ParametersLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown for a value out of its range.
    error ParameterOutOfRange(uint16 row, uint8 slot, int256 value);
    /// @notice Thrown when an instrument is in more than one sector.
    error SectorOverlap(uint8 slot);
    /// @notice Thrown when a value moves by more than one change may move it.
    error ParameterStepTooLarge(uint16 row, uint8 slot, int256 from, int256 to);
    /// @notice Thrown when proposed parameters already wait.
    error ParametersPending(uint32 version);
    /// @notice Thrown when no parameters, or no delisting, wait.
    error NothingPending();
    /// @notice Thrown before the delay is over.
    error DelayRunning(uint64 activeFrom, uint64 time);
    /// @notice Thrown when a version is neither current nor proposed.
    error ParametersVersionUnknown(uint32 version);
    /// @notice Thrown by a fold while a used slot has never had a price.
    error PriceMissing(uint8 slot);
    /// @notice Thrown when rows are folded out of order.
    error RowUnexpected(uint16 row, uint16 expected);

    // ---- snapshots

    /// @notice Reads every feed once and keeps the prices of this epoch. Anyone, once an epoch.
    /// @dev A bad feed never stops the others: its slot keeps the last used price and is blocked.
    function snapshot() external returns (uint64 epoch);

    /// @notice Length of an epoch.
    function epochSeconds() external view returns (uint32);

    /// @notice The epoch that `timestamp` lies in.
    function epochAt(uint64 timestamp) external view returns (uint64);

    /// @notice Newest epoch with a snapshot, 0 when none.
    function newestEpoch() external view returns (uint64);

    /// @notice The epoch with a snapshot before the newest one, 0 when none.
    function previousEpoch() external view returns (uint64);

    /// @notice Snapshot time and blocked slots (bit i is slot i) of an epoch still in the ring.
    function epochMeta(uint64 epoch) external view returns (uint64 timestamp, uint128 blockedMask);

    /// @notice Price of one lot in 10^-16 USD at an epoch still in the ring.
    function priceOf(uint64 epoch, uint8 slot) external view returns (uint64);

    /// @notice All N prices of an epoch still in the ring; slot 0 is the constant.
    function pricesOf(uint64 epoch) external view returns (uint64[] memory);

    /// @notice Status of a slot as of the newest snapshot.
    function slotStatus(uint8 slot) external view returns (SlotStatus);

    /// @notice Configuration of a slot.
    function slotConfig(uint8 slot) external view returns (SlotConfig memory);

    /// @notice Epochs that are kept.
    function ringEpochs() external view returns (uint64);

    // ---- sheet points

    /// @notice Folds the sheet of a kind at an epoch under the current key, parameters and window. Anyone.
    /// @dev Does nothing when that sheet stands under the current key and parameters: a newer window does not replace it, so
    /// that a roll does not kill proofs in flight. Only one that may not be used any more, WindowStale, is folded again.
    function fold(uint8 kind, uint64 epoch) external;

    /// @notice The sheet of a kind at an epoch, or the named reason why there is none that may be used now.
    /// @dev Reverts SheetNotFolded, SheetKeyMismatch, SheetParametersMismatch, and for compliance WindowStale.
    function sheetPoint(uint8 kind, uint64 epoch) external view returns (FoldedSheet memory);

    /// @notice True when `sheetPoint` would return.
    function isFolded(uint8 kind, uint64 epoch) external view returns (bool);

    // ---- window

    /// @notice Records the closes of the next calendar day. Anyone, once the day is over.
    /// @param roundIds roundIds[i − 1] is the last round of slot i's feed before the midnight that ends `day`; ignored where unused or
    /// delisted, and where the feed does not answer latestRoundData: the close before is repeated there.
    function recordClose(uint32 day, uint80[] calldata roundIds) external;

    /// @notice Rolls the next return into the compliance window of a key version, current or proposed. Anyone.
    /// @param rowBases The N base points of the window row (64 bytes each) that `nextRow(keyVersion)` names.
    /// @param proof Merkle proof of leaf 1 + (2 + K + R + row) against the version's keyId.
    function roll(uint32 keyVersion, bytes calldata rowBases, bytes32[] calldata proof) external;

    /// @notice Ordinal of the next return to be rolled and its window row (ordinal mod S).
    function nextRow(uint32 keyVersion) external view returns (uint32 ordinal, uint32 row);

    /// @notice Newest ordinal in a version's window, consecutive rows in it (complete at S), and the time after which
    /// more than one calendar day is missing.
    function windowState(uint32 keyVersion) external view returns (uint32 ordinal, uint32 rows, uint64 validUntil);

    /// @notice Number of closes recorded (ordinals 0 … count − 1), the last one's day, and the next day to record.
    function closeState() external view returns (uint32 count, uint32 lastDay, uint32 nextDay);

    /// @notice The closes of an ordinal still in the ring of S + 1, 10^-16 USD a lot; slot 0 is 0.
    function closesOf(uint32 ordinal) external view returns (uint64[] memory);

    /// @notice The N returns between closes `ordinal − 1` and `ordinal` as rolled, 10^-6, rounded toward minus infinity, clamped.
    function returnsOf(uint32 ordinal) external view returns (int256[] memory);

    // ---- parameters

    /// @notice Stores new parameters. Role GOVERNOR. The first are current at once, later ones wait for the delay.
    /// @param values Rows liquidation_threshold_bps, borrow_factor_bps, sector[K], stress_return[R] of N int32 each, big-endian.
    function proposeParameters(bytes calldata values) external returns (uint32 version);

    /// @notice Makes the proposed parameters current once the delay is over. Role GOVERNOR.
    /// @dev Fold them for every kind first, or attesting stops until they are.
    function activateParameters() external;

    /// @notice Withdraws the proposed parameters. Role GOVERNOR.
    function cancelParameters() external;

    /// @notice Folds one parameter row, in order, for a key version (current or proposed) and a parameters version (likewise). Anyone.
    /// @param rowBases The N base points of the row. @param proof Merkle proof of leaf 1 + row against the version's keyId.
    function foldParameters(
        uint8 kind,
        uint32 keyVersion,
        uint32 parametersVersion,
        uint16 row,
        bytes calldata rowBases,
        bytes32[] calldata proof
    ) external;

    /// @notice Rows folded, and rows needed (2 + K + R for compliance, 2 otherwise).
    function parametersProgress(uint8 kind, uint32 keyVersion, uint32 parametersVersion)
        external
        view
        returns (uint16 rows, uint16 needed);

    /// @notice Current version (0 when none), proposed version (0 when none) and its earliest activation.
    function parametersState() external view returns (uint32 current, uint32 pending, uint64 activeFrom);

    /// @notice The values of the current or proposed version, as proposed.
    function parameters(uint32 version) external view returns (bytes memory);

    /// @notice Announces that a slot is delisted after the delay. Role GOVERNOR.
    function proposeDelisting(uint8 slot) external;

    /// @notice Delists: from the next snapshot on the slot is blocked and keeps its last price. Role GOVERNOR.
    function delist(uint8 slot) external;
}
