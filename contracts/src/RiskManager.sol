// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ICreditVault} from "./interfaces/ICreditVault.sol";
import {
    ActionRequest,
    AnswerRequest,
    AttestRequest,
    LIQUIDATION_THRESHOLD_BPS,
    LiquidationRequest,
    RiskConfig,
    UpdateRequest
} from "./interfaces/ManagerTypes.sol";
import {IManagerCore} from "./interfaces/IManagerCore.sol";
import {Proof} from "./interfaces/Types.sol";
import {Binding, Context} from "./libraries/Context.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {ManagerExtension} from "./ManagerExtension.sol";
import {ManagerState} from "./ManagerState.sol";

/// @title Accounts and all that is decided by proofs about them: see IRiskManager
contract RiskManager is ManagerState, IManagerCore {
    using Fold for Accumulator;

    uint8 private constant COMPLIANCE = Params.CIRCUIT_KIND_COMPLIANCE;

    /// @notice The code of the functions of IManagerExtension, which run on the storage of this contract. Fixed for ever.
    address public immutable extension;

    constructor(RiskConfig memory config) ManagerState(config) {
        extension = address(new ManagerExtension(config));
    }

    /// @inheritdoc IManagerCore
    function wiring() external view returns (address registry, address sheet, address policies) {
        return (address(_registry), address(_sheet), address(_policies));
    }

    /// @dev What is not here is in the extension.
    fallback() external {
        address code = extension;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), code, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(ok) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }

    /// @inheritdoc IManagerCore
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

    /// @inheritdoc IManagerCore
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
        check.head.readersVersion = state.pending.readersVersion;
        check.level = _pendingLevel(state);
        // Also when it ran out: the debt was given to a book that somebody vouched for.
        uint8 active = state.head.level;
        if (check.level < active) revert AssuranceTooLow(check.level, active);
        _open(check, COMPLIANCE);
        _requireNewest(check);
        _proveCompliance(check, proof);
        _activate(msg.sender);
    }

    /// @inheritdoc IManagerCore
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
        if (_badDebts[account].amount != 0) revert BadDebtUnpaid(account, _badDebts[account].amount);
        _loadActive(check);
        _open(check, COMPLIANCE);
        _requireNewest(check);
        _requireUnblocked(account, request.epoch);
        _proveCompliance(check, proof);
        // The vault sees to it that escrow alone carries the whole debt now: a level that ended is over, and shields none of it.
        if (check.level <= Params.ASSURANCE_SELF_DECLARED && check.head.level > check.level) {
            Head storage head = _accounts[account].head;
            (head.level, head.levelUntil) = (check.level, 0);
        }
    }

    /// @inheritdoc IManagerCore
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

    /// @inheritdoc IManagerCore
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
        // What ran out may have left the venue since: whoever borrowed on it answers for assets that somebody still vouches for.
        if (check.level < check.head.level) revert AssuranceTooLow(check.level, check.head.level);
        _open(check, Params.CIRCUIT_KIND_HEALTHY);
        uint64 activatedAt = _accounts[account].activatedAt;
        if (activatedAt > check.sheet.snapshotTime) revert CommitmentTooNew(activatedAt, check.sheet.snapshotTime);
        _begin(check);
        _term(check.sum, check.header, PublicSignals.THRESHOLD, LIQUIDATION_THRESHOLD_BPS);
        _addStoredLeg(check);
        _finish(check, proof);
    }

    /// @inheritdoc IManagerCore
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
        epoch = _sheet.newestEpoch();
        (uint64 snapshotTime,) = _sheet.epochMeta(epoch);
        _requireYoung(snapshotTime, _maxActionAge);
    }

    /// @inheritdoc IManagerCore
    function commit(uint256 commitment) external {
        if (commitment == 0 || commitment >= Params.SCALAR_MODULUS) revert CommitmentOutOfRange(commitment);
        if (_usedCommitments[msg.sender][commitment]) revert CommitmentUsed(commitment);
        _usedCommitments[msg.sender][commitment] = true;
        Account storage state = _accounts[msg.sender];
        bool active = state.head.vaultId == 0;
        emit Committed(msg.sender, commitment, state.head.sequence + 1, active);
        state.pendingCommitment = commitment;
        delete state.pending;
        state.pending.level = Params.ASSURANCE_SELF_DECLARED;
        if (active) _activate(msg.sender);
    }

    /// @inheritdoc IManagerCore
    function activatePending() external {
        Account storage state = _accounts[msg.sender];
        if (state.pendingCommitment == 0) revert NoPendingCommitment(msg.sender);
        if (state.head.vaultId != 0) revert DebtOutstanding(msg.sender);
        _activate(msg.sender);
    }

    /// @inheritdoc IManagerCore
    function addEscrow(address account, uint8 slot, uint128 amount) external onlyVault {
        Position storage position = _position(account, slot);
        int8 exponent = _exponentOf(slot);
        uint120 escrow = _fitting(slot, uint256(position.escrow) + amount, exponent);
        (position.escrow, position.exponent) = (escrow, exponent);
        Account storage state = _accounts[account];
        state.escrowMask |= uint64(1) << slot;
        state.head.legMask |= uint64(1) << slot;
        _endBacking(state);
        emit EscrowChanged(account, slot, escrow);
    }

    /// @inheritdoc IManagerCore
    function removeEscrow(address account, uint8 slot, uint128 amount) external onlyVault {
        Position storage position = _position(account, slot);
        uint120 escrow = position.escrow;
        if (amount > escrow) revert LedgerInsufficient(slot, escrow, amount);
        position.escrow = escrow - uint120(amount);
        Account storage state = _accounts[account];
        ++state.head.worsened;
        if (escrow == amount) {
            state.escrowMask &= ~(uint64(1) << slot);
            _setLegMask(state);
        }
        emit EscrowChanged(account, slot, escrow - amount);
    }

    /// @inheritdoc IManagerCore
    function addDebt(address account, uint8 slot, uint128 amount) external onlyVault {
        Account storage state = _accounts[account];
        uint16 id = _vaultIds[msg.sender];
        uint16 owed = state.head.vaultId;
        if (owed != id && owed != 0) revert OtherVaultDebt(account, _vaults[owed]);
        Position storage position = _position(account, slot);
        int8 exponent = _exponentOf(slot);
        uint256 debt = uint256(position.debt) + amount;
        uint256 index = _indexAt(_rates[id], block.timestamp);
        // Twice what is owed must fit: interest goes on.
        _fitting(slot, 2 * Math.ceilDiv(debt * index, INDEX_UNIT), exponent);
        (position.debt, position.exponent) = (SafeCast.toUint120(debt), exponent);
        state.debtMask |= uint64(1) << slot;
        (state.head.vaultId, state.head.worsened) = (id, state.head.worsened + 1);
        state.head.legMask |= uint64(1) << slot;
        emit DebtChanged(account, slot, uint128(debt), msg.sender);
    }

    /// @inheritdoc IManagerCore
    function removeDebt(address account, uint8 slot, uint128 amount) external onlyVault {
        Account storage state = _accounts[account];
        address owed = _vaults[state.head.vaultId];
        if (owed != msg.sender) revert OtherVaultDebt(account, owed);
        Position storage position = _position(account, slot);
        uint120 debt = position.debt;
        if (amount > debt) revert LedgerInsufficient(slot, debt, amount);
        position.debt = debt - uint120(amount);
        if (debt == amount) {
            state.debtMask &= ~(uint64(1) << slot);
            if (state.debtMask == 0) state.head.vaultId = 0;
            _setLegMask(state);
        }
        emit DebtChanged(account, slot, debt - amount, msg.sender);
    }

    /// @inheritdoc IManagerCore
    function vaultOf(address account) public view returns (address) {
        return _vaults[_accounts[account].head.vaultId];
    }

    /// @inheritdoc IManagerCore
    function debtIndexOf(address vault, uint64 time) external view returns (uint256) {
        return _indexAt(_rates[_vaultIds[vault]], time);
    }

    /// @inheritdoc IManagerCore
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @inheritdoc IManagerCore
    function unpause() external onlyRole(PAUSER_ROLE) {
        _liquidationsFrom = uint40(block.timestamp + _liquidationGrace);
        _unpause();
    }

    /// @inheritdoc IManagerCore
    function isCompliant(address account, bytes32 policyId, uint64 maxAgeSeconds) external view returns (bool) {
        Record memory record = _recordOf(account, policyId);
        Account storage state = _accounts[account];
        if (record.snapshotTime == 0) return false;
        if (record.sequence != state.head.sequence || record.worsened != state.head.worsened) return false;
        (uint32 policyAge, uint8 minAssurance, uint16 minCoverageBps) = _policies.terms(policyId);
        uint256 age = block.timestamp - record.snapshotTime;
        if (age > policyAge || age > maxAgeSeconds) return false;
        if (_activeLevel(state, state.head.level, state.head.levelUntil) < minAssurance) return false;
        if (minCoverageBps != 0) {
            (uint16 coverageBps,) = _coverageAt(state.commitment, state.backing);
            if (coverageBps < minCoverageBps) return false;
        }
        (uint32 keyVersion,) = _registry.currentBlob(COMPLIANCE);
        (uint32 parametersVersion,,) = _sheet.parametersState();
        return record.keyVersion == keyVersion && record.parametersVersion == parametersVersion;
    }

    /// @dev No liquidation in the grace after a pause, and none by a vault that is not owed.
    function _requireLiquidations(address account) private view {
        if (block.timestamp < _liquidationsFrom) revert LiquidationGrace(_liquidationsFrom, uint64(block.timestamp));
        address owed = vaultOf(account);
        if (owed != msg.sender) revert OtherVaultDebt(account, owed);
    }

    /// @dev Head, sequence and level of the binding's account. The first active commitment has sequence 1.
    function _loadActive(Check memory check) private view {
        Head memory head = _accounts[check.binding.account].head;
        if (head.sequence == 0) revert AccountUnknown(check.binding.account);
        (check.head, check.binding.sequence) = (head, head.sequence);
        check.level = _activeLevel(_accounts[check.binding.account], head.level, head.levelUntil);
    }

    /// @dev Only the newest epoch counts, and only while it is young: whoever finds it too old takes the next snapshot.
    function _requireNewest(Check memory check) private view {
        uint64 newest = check.sheet.newestEpoch;
        if (check.binding.epoch != newest) revert EpochStale(check.binding.epoch, newest);
        _requireYoung(check.sheet.snapshotTime, _maxActionAge);
    }

    function _requireYoung(uint64 snapshotTime, uint256 maxAge) private view {
        if (block.timestamp > snapshotTime + maxAge) {
            revert SnapshotStale(snapshotTime, uint64(block.timestamp - maxAge));
        }
    }

    /// @dev The circuit refuses blocked slots as well; here the reason has a name.
    function _requireUnblocked(address account, uint64 epoch) private view {
        (, uint128 blocked) = _sheet.epochMeta(epoch);
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
        _spend(check);
        uint16 readers = check.head.readersVersion;
        if (readers < _requiredReaders) revert ReadersOutdated(readers, _requiredReaders);
        (uint256 x, uint256 y, uint32 maxAge, uint8 minAssurance, uint16 minCoverageBps) =
            _policies.policyPoint(binding.policyId, check.sheet.keyVersion);
        _requireYoung(check.sheet.snapshotTime, maxAge);
        if (check.level < minAssurance) revert AssuranceTooLow(check.level, minAssurance);
        if (minCoverageBps != 0) _requireCoverage(check, minCoverageBps);
        _begin(check);
        check.sum.add(x, y);
        _addStoredLeg(check);
        _finish(check, proof);
        // A word put together by hand: as a struct it costs a thousand gas more.
        uint256 word = check.sheet.snapshotTime | (uint256(binding.epoch) << 40) | (uint256(binding.sequence) << 80);
        word |= (uint256(check.head.worsened) << 112) | (uint256(check.sheet.keyVersion) << 144);
        _records[binding.account][binding.policyId] = word | (uint256(check.sheet.parametersVersion) << 176);
        emit Attested(binding.account, binding.policyId, binding.epoch, binding.sequence);
    }

    function _requireCoverage(Check memory check, uint16 minimum) private view {
        Account storage state = _accounts[check.binding.account];
        (uint16 coverageBps,) = check.pending == 0
            ? _coverageAt(state.commitment, state.backing)
            : _coverageAt(check.pending, state.pending);
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
        uint64 expected = _liquidationNonces[request.account][request.beneficiary]++;
        if (request.nonce != expected) revert NonceUsed(request.nonce, expected);
        (binding.target, binding.account, binding.beneficiary) = (msg.sender, request.account, request.beneficiary);
        (binding.epoch, binding.nonce, binding.deadline) = (request.epoch, request.nonce, request.deadline);
        binding.action = Params.ACTION_LIQUIDATE;
        binding.actionHash =
            Context.liquidationHash(request.repayAmount, request.seizeSlot, request.thresholdBps, request.claims);
        _loadActive(check);
    }
}
