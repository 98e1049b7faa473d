// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IBookBinder} from "./interfaces/IBookBinder.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IManagerExtension} from "./interfaces/IManagerExtension.sol";
import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {AccountState, Attestation, Bound, RiskConfig} from "./interfaces/ManagerTypes.sol";
import {Binding, Context} from "./libraries/Context.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {ManagerState} from "./ManagerState.sol";

/// @title The part of RiskManager that no proof needs: administration, what is vouched for, and views. See IManagerExtension
/// @dev Runs by delegatecall on RiskManager's storage, because one contract's code does not hold both. Its own storage is never used.
contract ManagerExtension is ManagerState, IManagerExtension {
    constructor(RiskConfig memory config) ManagerState(config) {}

    /// @inheritdoc IManagerExtension
    function registerVault(address vault) external onlyRole(VAULT_ADMIN_ROLE) {
        if (_vaultIds[vault] != 0) return;
        uint16 id = ++_lastVaultId;
        (_vaultIds[vault], _vaults[id]) = (id, vault);
        (_rates[id].index, _rates[id].since) = (uint96(INDEX_UNIT), uint40(block.timestamp));
        emit VaultRegistered(vault);
    }

    /// @inheritdoc IManagerExtension
    function registerToken(uint8 slot, address token) external onlyRole(VAULT_ADMIN_ROLE) {
        if (slot == 0 || slot >= _instruments || _sheet.slotConfig(slot).feed == address(0)) revert SlotInvalid(slot);
        if (_tokens[slot] != address(0)) revert TokenRegisteredAlready(slot, _tokens[slot]);
        int256 exponent =
            int256(uint256(IERC20Metadata(token).decimals())) - int256(uint256(_sheet.slotConfig(slot).decimals));
        // Amounts are below 2^128, about 10^38: a coarser lot would hold everything.
        if (exponent > 38 || exponent < -38) revert SlotInvalid(slot);
        _tokens[slot] = token;
        _exponents[slot / 32] |= uint256(uint8(int8(exponent))) << (8 * (slot % 32));
        emit TokenRegistered(slot, token, int8(exponent));
    }

    /// @inheritdoc IManagerExtension
    function setDebtRate(uint64 perSecond) external onlyVault {
        Rate storage rate = _rates[_vaultIds[msg.sender]];
        // Every epoch that an action may name ends by then.
        uint256 from = (block.timestamp / _epochSeconds + 1) * _epochSeconds;
        uint256 index = _indexAt(rate, from);
        if (rate.since != from) (rate.since, rate.growthBefore) = (uint40(from), rate.growth);
        (rate.index, rate.growth) =
            (SafeCast.toUint96(index), SafeCast.toUint48(index * perSecond / INDEX_UNIT));
        emit DebtRateSet(msg.sender, perSecond, uint64(from));
    }

    /// @inheritdoc IManagerExtension
    function setCredit(address account, uint8 slot, uint128 amount) external onlyRole(CREDITOR_ROLE) {
        Position storage position = _position(account, slot);
        int8 exponent = _exponentOf(slot);
        // With the debt, which fits twice, still a leg.
        _fitting(slot, 4 * uint256(amount), exponent);
        position.exponent = exponent;
        _setCredited(account, slot, amount);
    }

    /// @inheritdoc IManagerExtension
    function setBadDebt(address account, uint8 slot, uint128 amount) external onlyVault {
        uint16 id = _vaultIds[msg.sender];
        BadDebt memory bad = _badDebts[account];
        if (bad.amount != 0 && bad.vaultId != id) revert OtherVaultDebt(account, _vaults[bad.vaultId]);
        // An earlier one is of the same vault, which lends one token.
        uint128 recorded = _credits[account][slot] - bad.amount;
        _badDebts[account] = BadDebt({vaultId: id, slot: slot, amount: amount});
        _setCredited(account, slot, recorded + amount);
    }

    /// @inheritdoc IManagerExtension
    function setBinder(address binder_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (address(_binder) != address(0)) revert BinderSetAlready(address(_binder));
        _binder = IBookBinder(binder_);
        _grantRole(BINDER_ROLE, binder_);
    }

    /// @inheritdoc IManagerExtension
    function noteStatement(address account, uint256 commitment, uint64 sequence, uint64 asOf, uint40 until)
        external
        onlyRole(CUSTODIAN_ROLE)
    {
        Account storage state = _accounts[account];
        if (asOf <= state.lastDeposit) revert StatementBeforeDeposit(asOf, state.lastDeposit);
        uint64 active = state.head.sequence;
        uint8 level = Params.ASSURANCE_CUSTODIAN_SIGNED;
        if (commitment != 0 && sequence == active && commitment == state.commitment) {
            Head storage head = state.head;
            uint8 holds = _activeLevel(state, head.level, head.levelUntil);
            bool isLifted = holds < level || (head.level == level && until > head.levelUntil);
            if (isLifted) (head.level, head.levelUntil) = (level, until);
        } else if (commitment != 0 && sequence == active + 1 && commitment == state.pendingCommitment) {
            Backing storage pending = state.pending;
            bool isLifted = _pendingLevel(state) < level || (pending.level == level && until > pending.levelUntil);
            if (isLifted) (pending.level, pending.levelUntil) = (level, until);
        } else {
            revert StatementMismatch(commitment, sequence);
        }
    }

    /// @inheritdoc IManagerExtension
    function noteBinding(address account, uint256 commitment, Bound calldata bound) external onlyRole(BINDER_ROLE) {
        Account storage state = _accounts[account];
        bool isActive = commitment == state.commitment;
        if (commitment == 0 || !(isActive || commitment == state.pendingCommitment)) {
            revert CommitmentUnknown(account, commitment);
        }
        Backing memory backing = isActive ? state.backing : state.pending;
        if (isActive) (backing.level, backing.levelUntil) = (state.head.level, state.head.levelUntil);
        (backing.coverageBps, backing.readersVersion) = (bound.coverageBps, bound.readersVersion);
        (backing.until, backing.lockedUntil) = (bound.until, bound.lockedUntil);
        // A later binding tells more than an earlier one, also when it tells less good: the level ends. It stays known, or a debt given
        // to a book that was vouched for could be liquidated, and written off, by the leg alone.
        if (bound.coverageBps == Params.BPS) {
            (backing.level, backing.levelUntil) = (Params.ASSURANCE_VENUE_SIGNED, bound.until);
        } else if (backing.level == Params.ASSURANCE_VENUE_SIGNED) {
            backing.levelUntil = 0;
        }
        if (isActive) _setActive(state, backing);
        else state.pending = backing;
        emit CommitmentBound(account, commitment, bound);
    }

    /// @inheritdoc IManagerExtension
    function noteReaders(uint16 version) external onlyRole(BINDER_ROLE) {
        if (version > _requiredReaders) _requiredReaders = version;
    }

    /// @inheritdoc IManagerExtension
    function attestationOf(address account, bytes32 policyId) external view returns (Attestation memory) {
        Record memory record = _recordOf(account, policyId);
        return Attestation({
            snapshotTime: record.snapshotTime,
            epoch: record.epoch,
            sequence: record.sequence,
            worsened: record.worsened,
            keyVersion: record.keyVersion,
            parametersVersion: record.parametersVersion
        });
    }

    /// @inheritdoc IManagerExtension
    function expiryOf(address account, bytes32 policyId) external view returns (uint64) {
        uint64 snapshotTime = _recordOf(account, policyId).snapshotTime;
        if (snapshotTime == 0) return 0;
        (uint32 maxAge,,) = _policies.terms(policyId);
        return snapshotTime + maxAge;
    }

    /// @inheritdoc IManagerExtension
    function accountState(address account) external view returns (AccountState memory view_) {
        Account storage state = _accounts[account];
        (view_.commitment, view_.pendingCommitment) = (state.commitment, state.pendingCommitment);
        (view_.sequence, view_.worsened) = (state.head.sequence, state.head.worsened);
        view_.level = _activeLevel(state, state.head.level, state.head.levelUntil);
        view_.levelUntil = state.head.levelUntil;
        view_.pendingLevel = _pendingLevel(state);
        (view_.vault, view_.escrowMask, view_.debtMask) = (_vaults[state.head.vaultId], state.escrowMask, state.debtMask);
        view_.creditMask = state.creditMask;
        (view_.pendingCoverageBps,) = _coverageAt(state.pendingCommitment, state.pending);
        (view_.coverageBps, view_.lockedUntil) = _coverageAt(state.commitment, state.backing);
        (view_.coverageUntil, view_.readersVersion) = (state.backing.until, state.head.readersVersion);
        (view_.lastDeposit, view_.activatedAt) = (state.lastDeposit, state.activatedAt);
    }

    /// @inheritdoc IManagerExtension
    function levelOf(address account) external view returns (uint8) {
        Account storage state = _accounts[account];
        return _activeLevel(state, state.head.level, state.head.levelUntil);
    }

    /// @inheritdoc IManagerExtension
    function coverageOf(address account) external view returns (uint16 coverageBps, uint64 lockedUntil) {
        Account storage state = _accounts[account];
        return _coverageAt(state.commitment, state.backing);
    }

    /// @inheritdoc IManagerExtension
    function isVault(address vault) external view returns (bool) {
        return _vaultIds[vault] != 0;
    }

    /// @inheritdoc IManagerExtension
    function positionOf(address account, uint8 slot) external view returns (uint128 escrow, uint128 debt) {
        Position storage position = _positions[account][slot];
        return (position.escrow, position.debt);
    }

    /// @inheritdoc IManagerExtension
    function legOf(address account, uint64 epoch) external view returns (uint64[] memory long, uint64[] memory short) {
        return _leg(account, _endOf(epoch), false);
    }

    /// @inheritdoc IManagerExtension
    function liquidationLegOf(address account) external view returns (uint64[] memory long, uint64[] memory short) {
        return _leg(account, block.timestamp, true);
    }

    /// @inheritdoc IManagerExtension
    function weightedLegOf(address account, uint64 epoch) external view returns (uint256 assets, uint256 debts) {
        (uint64[] memory long, uint64[] memory short) = _leg(account, block.timestamp, true);
        uint64[] memory prices = _sheet.pricesOf(epoch);
        (uint32 version,,) = _sheet.parametersState();
        bytes memory rows = _sheet.parameters(version);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(rows, 32)
        }
        // Lots and prices are below 2^64, weights below 2^20: nothing overflows.
        for (uint256 i = 0; i < long.length; ++i) {
            if (long[i] | short[i] == 0) continue;
            uint256 thresholdBps = uint256(Packing.signed32At(ptr, i));
            uint256 factorBps = uint256(Packing.signed32At(ptr, long.length + i));
            assets += uint256(long[i]) * prices[i] * thresholdBps * Params.BPS;
            debts += uint256(short[i]) * prices[i] * factorBps;
        }
    }

    /// @inheritdoc IManagerExtension
    function bindableOf(address account)
        external
        view
        returns (uint256 active, uint256 pending, uint64 sequence, uint64 lastDeposit)
    {
        Account storage state = _accounts[account];
        return (state.commitment, state.pendingCommitment, state.head.sequence, state.lastDeposit);
    }

    /// @inheritdoc IManagerExtension
    function nonceOf(address account, uint8 action) external view returns (uint64) {
        if (action < Params.ACTION_ATTEST || action > Params.ACTION_WITHDRAW) revert ActionUnknown(action);
        return _nonceOf(_accounts[account], action);
    }

    /// @inheritdoc IManagerExtension
    function contextOf(
        uint8 kind,
        address target,
        bytes32 policyId,
        address account,
        uint64 sequence,
        address beneficiary,
        uint8 action,
        bytes32 actionHash,
        uint64 epoch,
        uint64 nonce,
        uint64 deadline
    ) external view returns (uint256) {
        Binding memory binding;
        (, binding.keyId,) = _registry.currentKey(kind);
        binding.target = target;
        binding.policyId = policyId;
        binding.account = account;
        binding.sequence = sequence;
        binding.beneficiary = beneficiary;
        binding.action = action;
        binding.actionHash = actionHash;
        binding.epoch = epoch;
        binding.nonce = nonce;
        binding.deadline = deadline;
        return Context.hash(binding);
    }

    /// @inheritdoc IManagerExtension
    function registry() external view returns (ICircuitRegistry) {
        return _registry;
    }

    /// @inheritdoc IManagerExtension
    function sheet() external view returns (IPriceSheet) {
        return _sheet;
    }

    /// @inheritdoc IManagerExtension
    function policies() external view returns (IPolicyRegistry) {
        return _policies;
    }

    /// @inheritdoc IManagerExtension
    function binder() external view returns (IBookBinder) {
        return _binder;
    }

    /// @inheritdoc IManagerExtension
    function tokenOf(uint8 slot) external view returns (address) {
        return _tokens[slot];
    }

    /// @inheritdoc IManagerExtension
    function creditOf(address account, uint8 slot) external view returns (uint128) {
        return _credits[account][slot];
    }

    /// @inheritdoc IManagerExtension
    function badDebtOf(address account) external view returns (uint128) {
        return _badDebts[account].amount;
    }

    /// @inheritdoc IManagerExtension
    function isCommitmentUsed(address account, uint256 commitment) external view returns (bool) {
        return _usedCommitments[account][commitment];
    }

    /// @inheritdoc IManagerExtension
    function requiredReaders() external view returns (uint16) {
        return _requiredReaders;
    }

    /// @inheritdoc IManagerExtension
    function liquidationsFrom() external view returns (uint40) {
        return _liquidationsFrom;
    }

    /// @inheritdoc IManagerExtension
    function liquidationNonceOf(address account, address keeper) external view returns (uint64) {
        return _liquidationNonces[account][keeper];
    }

    /// @inheritdoc IManagerExtension
    function maxActionAge() external view returns (uint32) {
        return _maxActionAge;
    }

    /// @inheritdoc IManagerExtension
    function liquidationGrace() external view returns (uint32) {
        return _liquidationGrace;
    }

    function _leg(address account, uint256 time, bool againstKeeper)
        private
        view
        returns (uint64[] memory long, uint64[] memory short)
    {
        (long, short) = (new uint64[](_instruments), new uint64[](_instruments));
        Head memory head = _accounts[account].head;
        uint256 index = _debtIndex(head.vaultId, time);
        for (uint256 left = head.legMask; left != 0; left &= left - 1) {
            uint8 slot = uint8(Packing.lowestBit(left));
            (uint256 longLots, uint256 shortLots) = _lotsOf(account, slot, index, againstKeeper);
            (long[slot], short[slot]) = (_capped(longLots), _capped(shortLots));
        }
    }

    /// @dev Counts towards the leg what nobody's vault grows any more.
    function _setCredited(address account, uint8 slot, uint128 amount) private {
        Account storage state = _accounts[account];
        if (amount > _credits[account][slot]) ++state.head.worsened;
        uint64 bit = uint64(1) << slot;
        state.creditMask = amount == 0 ? state.creditMask & ~bit : state.creditMask | bit;
        _positions[account][slot].credited = amount != 0;
        _credits[account][slot] = amount;
        _setLegMask(state);
        emit CreditChanged(account, slot, amount);
    }

    /// @dev Interest may carry a debt past what a proof can hold.
    function _capped(uint256 lots) private pure returns (uint64) {
        return lots > type(uint64).max ? type(uint64).max : uint64(lots);
    }
}
