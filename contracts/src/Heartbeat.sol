// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICreditVault} from "./interfaces/ICreditVault.sol";
import {IHeartbeat} from "./interfaces/IHeartbeat.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";

/// @title The clock of live time, and accounts that went silent: see IHeartbeat
contract Heartbeat is IHeartbeat {
    using Checkpoints for Checkpoints.Trace208;

    IRiskManager public immutable manager;
    IPriceSheet public immutable sheet;

    /// @dev Live seconds by the time of the poke that counted them.
    Checkpoints.Trace208 private _live;

    constructor(address manager_) {
        manager = IRiskManager(manager_);
        sheet = manager.sheet();
        _live.push(uint48(block.timestamp), 0);
    }

    /// @inheritdoc IHeartbeat
    function poke() external {
        uint64 live = liveTime();
        _live.push(uint48(block.timestamp), live);
        emit Poked(live);
    }

    /// @inheritdoc IHeartbeat
    function liveTime() public view returns (uint64) {
        (, uint48 counted, uint208 live) = _live.latestCheckpoint();
        return uint64(live + _since(counted, block.timestamp));
    }

    /// @inheritdoc IHeartbeat
    function liveTimeAt(uint64 time) public view returns (uint64) {
        // The first count at or after it: more than there was until then, if anything.
        (bool exists, uint208 live) = _after(time);
        return exists ? uint64(live) : liveTime();
    }

    /// @inheritdoc IHeartbeat
    function isReducing(address account) external view returns (bool) {
        address vault = manager.vaultOf(account);
        if (vault == address(0)) return false;
        bytes32 policyId = ICreditVault(vault).policyId();
        (uint32 maxAge,,) = manager.policies().terms(policyId);
        uint64 attested = manager.attestationOf(account, policyId).snapshotTime;
        return liveTime() - liveTimeAt(attested) > maxAge;
    }

    /// @dev Seconds from `counted` to `time` in which the newest snapshot then was young, as far back as the one before the newest; none while
    /// everything is paused, and none of the grace after a pause.
    function _since(uint256 counted, uint256 time) private view returns (uint256 live) {
        uint64 epoch = sheet.newestEpoch();
        if (epoch == 0 || manager.paused()) return 0;
        uint256 from = Math.max(counted, manager.liquidationsFrom());
        uint256 age = manager.maxActionAge();
        (uint64 newest,) = sheet.epochMeta(epoch);
        live = _overlap(from, time, newest, newest + age);
        uint64 before = sheet.previousEpoch();
        if (before == 0) return live;
        try sheet.epochMeta(before) returns (uint64 previous, uint128) {
            live += _overlap(from, time, previous, Math.min(previous + age, newest));
        } catch {}
    }

    /// @dev Length of what two spans have in common.
    function _overlap(uint256 from, uint256 until, uint256 first, uint256 last) private pure returns (uint256) {
        uint256 begin = Math.max(from, first);
        uint256 end = Math.min(until, last);
        return end > begin ? end - begin : 0;
    }

    function _after(uint64 time) private view returns (bool exists, uint208 live) {
        (, uint48 newest,) = _live.latestCheckpoint();
        return time > newest ? (false, uint208(0)) : (true, _live.lowerLookup(uint48(time)));
    }
}
