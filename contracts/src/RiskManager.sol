// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {ICreditVault} from "./interfaces/ICreditVault.sol";
import {
    AccountState,
    ActionRequest,
    AnswerRequest,
    Attestation,
    AttestRequest,
    IRiskManager,
    LIQUIDATION_THRESHOLD_BPS,
    LiquidationRequest,
    RiskConfig,
    UpdateRequest
} from "./interfaces/IRiskManager.sol";
import {Proof} from "./interfaces/Types.sol";
import {Binding, Context} from "./libraries/Context.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {AccountLedger} from "./AccountLedger.sol";
import {CommitmentBook} from "./CommitmentBook.sol";
import {ProofGate} from "./ProofGate.sol";

/// @title Accounts and all that is decided by proofs about them: see IRiskManager
contract RiskManager is ProofGate, Pausable {
    using Fold for Accumulator;

    /// @dev One word.
    struct Record {
        uint40 snapshotTime;
        uint40 epoch;
        uint32 sequence;
        uint32 worsened;
        uint32 keyVersion;
        uint32 parametersVersion;
    }

    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    /// @notice Role of the desk of challenges.
    bytes32 public constant CHALLENGE_ROLE = keccak256("CHALLENGE_ROLE");
    uint8 private constant COMPLIANCE = Params.CIRCUIT_KIND_COMPLIANCE;

    uint32 public immutable maxActionAge;
    uint32 public immutable liquidationGrace;

    /// @notice Keepers that must be able to read a book for a proof about it to count. With the next in the word of Pausable.
    uint16 public requiredReaders;
    /// @notice Liquidations go on from here after the last pause.
    uint40 public liquidationsFrom;

    mapping(address account => mapping(bytes32 policyId => Record)) private _records;
    mapping(address account => mapping(address keeper => uint64)) public liquidationNonceOf;

    constructor(RiskConfig memory config)
        AccountLedger(config.admin, config.registry, config.sheet)
        ProofGate(config.policies)
    {
        (maxActionAge, liquidationGrace) = (config.maxActionAge, config.liquidationGrace);
        _grantRole(PAUSER_ROLE, config.admin);
    }

    /// @inheritdoc IRiskManager
    function attest(AttestRequest calldata request, Proof calldata proof) external whenNotPaused {
        Check memory check;
        Binding memory binding = check.binding;
        (binding.target, binding.policyId, binding.action) = (address(this), request.policyId, Params.ACTION_ATTEST);
        (binding.account, binding.beneficiary) = (msg.sender, msg.sender);
        (binding.epoch, binding.nonce, binding.deadline) = (request.epoch, request.nonce, request.deadline);
        _loadActive(check);
        _open(check, COMPLIANCE);
        uint64 previous = check.sheet.previousEpoch;
        uint64 oldest = previous == 0 ? check.sheet.newestEpoch : previous;
        if (request.epoch < oldest) revert EpochStale(request.epoch, oldest);
        _proveCompliance(check, proof);
    }

    /// @inheritdoc IRiskManager
    function update(UpdateRequest calldata request, Proof calldata proof) external whenNotPaused {
        Account storage state = _accounts[msg.sender];
        uint256 commitment = state.pendingCommitment;
        if (commitment == 0) revert NoPendingCommitment(msg.sender);
        address owed = vaultOf(msg.sender);
        if (owed == address(0)) revert NoDebt(msg.sender);
        Check memory check;
        Binding memory binding = check.binding;
        (binding.target, binding.action) = (address(this), Params.ACTION_UPDATE);
        (binding.account, binding.beneficiary) = (msg.sender, msg.sender);
        (binding.epoch, binding.nonce, binding.deadline) = (request.epoch, request.nonce, request.deadline);
        binding.policyId = ICreditVault(owed).policyId();
        binding.actionHash = Context.updateHash(commitment);
        binding.sequence = uint64(state.head.sequence) + 1;
        (check.head, check.pending) = (state.head, commitment);
        check.level = _levelAt(msg.sender, state.pending.level, state.pending.levelUntil);
        check.readersVersion = state.pending.readersVersion;
        // Also when it ran out: the debt was given to a book that somebody vouched for.
        uint8 active = state.head.level;
        if (check.level < active) revert AssuranceTooLow(check.level, active);
        _open(check, COMPLIANCE);
        _requireNewest(check);
        _proveCompliance(check, proof);
        _activate(msg.sender);
    }

    /// @inheritdoc IRiskManager
    function consume(
        address account,
        uint8 action,
        bytes32 actionHash,
        bytes32 policyId,
        ActionRequest calldata request,
        Proof calldata proof
    ) external onlyVault whenNotPaused {
        if (action != Params.ACTION_DRAW && action != Params.ACTION_WITHDRAW) revert ActionUnknown(action);
        Check memory check;
        Binding memory binding = check.binding;
        (binding.target, binding.policyId, binding.account) = (msg.sender, policyId, account);
        (binding.action, binding.actionHash, binding.beneficiary) = (action, actionHash, request.beneficiary);
        (binding.epoch, binding.nonce, binding.deadline) = (request.epoch, request.nonce, request.deadline);
        _loadActive(check);
        _open(check, COMPLIANCE);
        _requireNewest(check);
        _requireUnblocked(account, request.epoch);
        _proveCompliance(check, proof);
    }

    /// @inheritdoc IRiskManager
    function verifyLiquidation(LiquidationRequest calldata request, Proof calldata proof)
        external
        onlyVault
        whenNotPaused
    {
        _requireLiquidations(request.account);
        Check memory check;
        _bindLiquidation(check, request);
        _open(check, Params.CIRCUIT_KIND_LIQUIDATION);
        _requireNewest(check);
        _begin(check);
        _term(check.sum, check.header, PublicSignals.THRESHOLD, request.thresholdBps);
        _addClaimedLeg(check, request.claims);
        _finish(check, proof);
        emit LiquidationVerified(request.account, request.beneficiary, request.epoch, request.thresholdBps);
    }

    /// @inheritdoc IRiskManager
    function verifyHealthy(address account, AnswerRequest calldata request, Proof calldata proof)
        external
        view
        onlyRole(CHALLENGE_ROLE)
    {
        Check memory check;
        Binding memory binding = check.binding;
        (binding.target, binding.account, binding.beneficiary) = (msg.sender, account, account);
        (binding.action, binding.epoch, binding.nonce) = (Params.ACTION_ANSWER, request.epoch, request.challenge);
        binding.deadline = request.deadline;
        if (block.timestamp > request.deadline) revert DeadlinePassed(request.deadline, uint64(block.timestamp));
        _loadActive(check);
        _open(check, Params.CIRCUIT_KIND_HEALTHY);
        uint64 activatedAt = _accounts[account].activatedAt;
        if (activatedAt > check.sheet.snapshotTime) revert CommitmentTooNew(activatedAt, check.sheet.snapshotTime);
        _begin(check);
        _term(check.sum, check.header, PublicSignals.THRESHOLD, LIQUIDATION_THRESHOLD_BPS);
        _addStoredLeg(check);
        _finish(check, proof);
    }

    /// @inheritdoc IRiskManager
    function openLiquidationEpoch(address account, bool byLegAlone)
        external
        view
        onlyVault
        whenNotPaused
        returns (uint64 epoch)
    {
        _requireLiquidations(account);
        uint8 level = _accounts[account].head.level;
        if (byLegAlone && level > Params.ASSURANCE_SELF_DECLARED) revert ProofNeeded(account, level);
        epoch = sheet.newestEpoch();
        (uint64 snapshotTime,) = sheet.epochMeta(epoch);
        _requireYoung(snapshotTime, maxActionAge);
    }

    /// @inheritdoc IRiskManager
    function noteReaders(uint16 version) external onlyRole(BINDER_ROLE) {
        if (version > requiredReaders) requiredReaders = version;
    }

    /// @inheritdoc IRiskManager
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @inheritdoc IRiskManager
    function unpause() external onlyRole(PAUSER_ROLE) {
        liquidationsFrom = uint40(block.timestamp + liquidationGrace);
        _unpause();
    }

    /// @inheritdoc IRiskManager
    function isCompliant(address account, bytes32 policyId, uint64 maxAgeSeconds) external view returns (bool) {
        Record memory record = _records[account][policyId];
        Account storage state = _accounts[account];
        if (record.snapshotTime == 0) return false;
        if (record.sequence != state.head.sequence || record.worsened != state.head.worsened) return false;
        (uint32 policyAge, uint8 minAssurance, uint16 minCoverageBps) = policies.terms(policyId);
        uint256 age = block.timestamp - record.snapshotTime;
        if (age > policyAge || age > maxAgeSeconds || levelOf(account) < minAssurance) return false;
        if (minCoverageBps != 0) {
            (uint16 coverageBps,) = coverageOf(account);
            if (coverageBps < minCoverageBps) return false;
        }
        (uint32 keyVersion,) = registry.currentBlob(COMPLIANCE);
        (uint32 parametersVersion,,) = sheet.parametersState();
        return record.keyVersion == keyVersion && record.parametersVersion == parametersVersion;
    }

    /// @inheritdoc IRiskManager
    function attestationOf(address account, bytes32 policyId) external view returns (Attestation memory) {
        Record memory record = _records[account][policyId];
        return Attestation({
            snapshotTime: record.snapshotTime,
            epoch: record.epoch,
            sequence: record.sequence,
            worsened: record.worsened,
            keyVersion: record.keyVersion,
            parametersVersion: record.parametersVersion
        });
    }

    /// @inheritdoc IRiskManager
    function accountState(address account) external view returns (AccountState memory view_) {
        Account storage state = _accounts[account];
        (view_.commitment, view_.pendingCommitment) = (state.commitment, state.pendingCommitment);
        (view_.sequence, view_.worsened) = (state.head.sequence, state.head.worsened);
        (view_.level, view_.levelUntil) = (levelOf(account), state.head.levelUntil);
        view_.pendingLevel = _levelAt(account, state.pending.level, state.pending.levelUntil);
        (view_.vault, view_.escrowMask, view_.debtMask) = (vaultOf(account), state.escrowMask, state.debtMask);
        view_.creditMask = state.creditMask;
        (view_.coverageBps, view_.lockedUntil) = coverageOf(account);
        (view_.coverageUntil, view_.readersVersion) = (state.backing.until, state.head.readersVersion);
        (view_.lastDeposit, view_.activatedAt) = (state.lastDeposit, state.activatedAt);
    }

    /// @inheritdoc IRiskManager
    function nonceOf(address account, uint8 action) external view returns (uint64) {
        if (action < Params.ACTION_ATTEST || action > Params.ACTION_WITHDRAW) revert ActionUnknown(action);
        return _nonceOf(_accounts[account], action);
    }

    /// @dev No liquidation in the grace after a pause, and none by a vault that is not owed.
    function _requireLiquidations(address account) private view {
        if (block.timestamp < liquidationsFrom) revert LiquidationGrace(liquidationsFrom, uint64(block.timestamp));
        address owed = vaultOf(account);
        if (owed != msg.sender) revert OtherVaultDebt(account, owed);
    }

    /// @dev Head, sequence and level of the binding's account. The first active commitment has sequence 1.
    function _loadActive(Check memory check) private view {
        Head memory head = _accounts[check.binding.account].head;
        if (head.sequence == 0) revert AccountUnknown(check.binding.account);
        (check.head, check.binding.sequence) = (head, head.sequence);
        check.level = _levelAt(check.binding.account, head.level, head.levelUntil);
        check.readersVersion = head.readersVersion;
    }

    /// @dev Only the newest epoch counts, and only while it is young: whoever finds it too old takes the next snapshot.
    function _requireNewest(Check memory check) private view {
        uint64 newest = check.sheet.newestEpoch;
        if (check.binding.epoch != newest) revert EpochStale(check.binding.epoch, newest);
        _requireYoung(check.sheet.snapshotTime, maxActionAge);
    }

    function _requireYoung(uint64 snapshotTime, uint256 maxAge) private view {
        if (block.timestamp > snapshotTime + maxAge) {
            revert SnapshotStale(snapshotTime, uint64(block.timestamp - maxAge));
        }
    }

    /// @dev The circuit refuses blocked slots as well; here the reason has a name.
    function _requireUnblocked(address account, uint64 epoch) private view {
        (, uint128 blocked) = sheet.epochMeta(epoch);
        uint128 held = _accounts[account].head.legMask & blocked;
        for (uint256 left = held; left != 0; left &= left - 1) {
            uint8 slot = uint8(Packing.lowestBit(left));
            (uint256 long, uint256 short) = _lotsOf(account, slot, INDEX_UNIT, false);
            if (long | short != 0) revert SlotBlocked(held);
        }
    }

    /// @dev Checks terms and proof and records the attestation.
    function _proveCompliance(Check memory check, Proof calldata proof) private {
        Binding memory binding = check.binding;
        _spend(binding.account, binding);
        if (check.readersVersion < requiredReaders) revert ReadersOutdated(check.readersVersion, requiredReaders);
        (uint256 x, uint256 y, uint32 maxAge, uint8 minAssurance, uint16 minCoverageBps) =
            policies.policyPoint(binding.policyId, check.sheet.keyVersion);
        _requireYoung(check.sheet.snapshotTime, maxAge);
        if (check.level < minAssurance) revert AssuranceTooLow(check.level, minAssurance);
        if (minCoverageBps != 0) _requireCoverage(check, minCoverageBps);
        _begin(check);
        check.sum.add(x, y);
        _addStoredLeg(check);
        _finish(check, proof);
        _records[binding.account][binding.policyId] = Record({
            snapshotTime: uint40(check.sheet.snapshotTime),
            epoch: uint40(binding.epoch),
            sequence: uint32(binding.sequence),
            worsened: check.head.worsened,
            keyVersion: check.sheet.keyVersion,
            parametersVersion: check.sheet.parametersVersion
        });
        emit Attested(binding.account, binding.policyId, binding.epoch, binding.sequence);
    }

    function _requireCoverage(Check memory check, uint16 minimum) private view {
        Account storage state = _accounts[check.binding.account];
        (uint16 coverageBps,) =
            _coverageAt(check.binding.account, check.pending == 0 ? state.backing : state.pending);
        if (coverageBps < minimum) revert CoverageTooLow(coverageBps, minimum);
    }

    /// @dev The nonce belongs to the keeper, so that nobody but the keeper moves it.
    function _bindLiquidation(Check memory check, LiquidationRequest calldata request) private {
        Binding memory binding = check.binding;
        if (block.timestamp > request.deadline) revert DeadlinePassed(request.deadline, uint64(block.timestamp));
        if (request.beneficiary == address(0)) revert BeneficiaryZero();
        if (request.thresholdBps == 0 || request.thresholdBps > LIQUIDATION_THRESHOLD_BPS) {
            revert ThresholdInvalid(request.thresholdBps);
        }
        uint64 expected = liquidationNonceOf[request.account][request.beneficiary]++;
        if (request.nonce != expected) revert NonceUsed(request.nonce, expected);
        (binding.target, binding.account, binding.beneficiary) = (msg.sender, request.account, request.beneficiary);
        (binding.epoch, binding.nonce, binding.deadline) = (request.epoch, request.nonce, request.deadline);
        binding.action = Params.ACTION_LIQUIDATE;
        binding.actionHash =
            Context.liquidationHash(request.repayAmount, request.seizeSlot, request.thresholdBps, request.claims);
        _loadActive(check);
    }
}
