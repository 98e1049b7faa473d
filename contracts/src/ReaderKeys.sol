// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {Auditor, IReaderKeys, ReaderKey} from "./interfaces/IReaderKeys.sol";
import {Edwards} from "./libraries/Edwards.sol";

/// @title The keys that read books: see IReaderKeys
contract ReaderKeys is IReaderKeys, AccessControl {
    bytes32 public constant KEEPER_ADMIN_ROLE = keccak256("KEEPER_ADMIN_ROLE");
    bytes32 public constant AUDITOR_ADMIN_ROLE = keccak256("AUDITOR_ADMIN_ROLE");

    /// @notice Keepers in a set; one place of the largest circuit is the auditor's.
    uint256 public constant MAX_KEEPERS = 2;

    /// @notice Seconds between the announcement of further keepers and their first binding.
    uint64 public immutable notice;

    mapping(uint32 version => ReaderKey[]) private _keepers;
    mapping(address account => Auditor) private _auditors;
    uint32 private _current;
    uint64 private _nextFrom;

    constructor(address admin, uint64 notice_) {
        notice = notice_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(KEEPER_ADMIN_ROLE, admin);
        _grantRole(AUDITOR_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IReaderKeys
    function announceKeepers(ReaderKey[] calldata keys) external onlyRole(KEEPER_ADMIN_ROLE) returns (uint32 version) {
        if (keys.length == 0 || keys.length > MAX_KEEPERS) revert KeeperCountInvalid(keys.length, MAX_KEEPERS);
        if (_nextFrom > block.timestamp) revert KeepersPending(_current + 1, _nextFrom);
        uint32 now_ = currentVersion();
        version = now_ + 1;
        for (uint256 i = 0; i < keys.length; ++i) {
            _requireKey(keys[i]);
            _keepers[version].push(keys[i]);
        }
        if (now_ == 0) (_current, _nextFrom) = (1, 0);
        else (_current, _nextFrom) = (now_, uint64(block.timestamp) + notice);
        emit KeepersAnnounced(version, keys, _nextFrom);
    }

    /// @inheritdoc IReaderKeys
    function cancelKeepers() external onlyRole(KEEPER_ADMIN_ROLE) {
        if (_nextFrom <= block.timestamp) revert KeepersUnknown(_current + 1);
        delete _keepers[_current + 1];
        _nextFrom = 0;
        emit KeepersCancelled(_current + 1);
    }

    /// @inheritdoc IReaderKeys
    function setAuditor(address account, ReaderKey calldata key, uint64 from, uint64 until) external {
        bool appointed = _requireMayChange(account);
        if (until < from) revert AuditorPeriodInvalid(from, until);
        _requireKey(key);
        _auditors[account] = Auditor(key, from, until, appointed);
        emit AuditorSet(account, key.x, key.y, from, until);
    }

    /// @inheritdoc IReaderKeys
    function removeAuditor(address account) external {
        _requireMayChange(account);
        delete _auditors[account];
        emit AuditorSet(account, 0, 0, 0, 0);
    }

    /// @inheritdoc IReaderKeys
    function currentVersion() public view returns (uint32) {
        return _nextFrom != 0 && block.timestamp >= _nextFrom ? _current + 1 : _current;
    }

    /// @inheritdoc IReaderKeys
    function keepersOf(uint32 version) external view returns (ReaderKey[] memory) {
        if (_keepers[version].length == 0) revert KeepersUnknown(version);
        return _keepers[version];
    }

    /// @inheritdoc IReaderKeys
    function readersOf(address account) external view returns (uint32 version, ReaderKey[] memory keys) {
        version = currentVersion();
        Auditor memory auditor = _auditors[account];
        bool audited = auditor.key.x != 0 && block.timestamp >= auditor.from && block.timestamp <= auditor.until;
        uint256 count = _keepers[version].length;
        keys = new ReaderKey[](audited ? count + 1 : count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = _keepers[version][i];
        }
        if (audited) keys[count] = auditor.key;
    }

    /// @inheritdoc IReaderKeys
    function auditorOf(address account) external view returns (Auditor memory) {
        return _auditors[account];
    }

    /// @dev Whether the sender has the auditor role; who has not may change its own account's, unless that was appointed.
    function _requireMayChange(address account) private view returns (bool) {
        if (hasRole(AUDITOR_ADMIN_ROLE, msg.sender)) return true;
        if (account != msg.sender) _checkRole(AUDITOR_ADMIN_ROLE);
        if (_auditors[account].appointed) revert AuditorAppointed(account);
        return false;
    }

    function _requireKey(ReaderKey calldata key) private pure {
        if (!Edwards.isKey(key.x, key.y)) revert ReaderKeyInvalid(key.x, key.y);
    }
}
