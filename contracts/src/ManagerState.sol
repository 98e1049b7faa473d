// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {RiskConfig} from "./interfaces/ManagerTypes.sol";
import {AccountLedger} from "./AccountLedger.sol";
import {CommitmentBook} from "./CommitmentBook.sol";
import {ProofGate} from "./ProofGate.sol";

/// @title Everything that RiskManager stores: the same for it and for ManagerExtension, which runs on its storage
/// @dev Every state variable of the two stands here or in a base of this. Neither of them declares one.
abstract contract ManagerState is ProofGate, Pausable {
    /// @dev One word, the first field lowest.
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

    uint32 internal immutable _maxActionAge;
    uint32 internal immutable _liquidationGrace;

    /// @dev Keepers that must be able to read a book for a proof about it to count. This and the next stand in the word of Pausable.
    uint16 internal _requiredReaders;
    /// @dev Liquidations go on from here after the last pause.
    uint40 internal _liquidationsFrom;

    mapping(address account => mapping(bytes32 policyId => uint256)) internal _records;
    mapping(address account => mapping(address keeper => uint64)) internal _liquidationNonces;

    constructor(RiskConfig memory config)
        AccountLedger(config.admin, config.registry, config.sheet)
        ProofGate(config.policies)
    {
        (_maxActionAge, _liquidationGrace) = (config.maxActionAge, config.liquidationGrace);
        _grantRole(PAUSER_ROLE, config.admin);
    }

    function _recordOf(address account, bytes32 policyId) internal view returns (Record memory) {
        uint256 word = _records[account][policyId];
        return Record({
            snapshotTime: uint40(word),
            epoch: uint40(word >> 40),
            sequence: uint32(word >> 80),
            worsened: uint32(word >> 112),
            keyVersion: uint32(word >> 144),
            parametersVersion: uint32(word >> 176)
        });
    }
}
