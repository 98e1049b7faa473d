// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FoldedSheet, SlotConfig} from "../../src/interfaces/IPriceSheet.sol";
import {ActionRequest} from "../../src/interfaces/ManagerTypes.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Vm} from "../utils/Vm.sol";

/// @title The part of halmos' cheat codes that the properties use
interface Svm {
    /// @dev From here on every storage word of the contract is unknown.
    function enableSymbolicStorage(address target) external;
}

abstract contract Symbolic {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
}

/// @dev Stands for the pairing precompile, which halmos knows with one pair only: any function of its input.
contract FakePairing {
    mapping(bytes32 input => bool) private _holds;

    fallback(bytes calldata input) external returns (bytes memory) {
        return abi.encode(_holds[keccak256(input)]);
    }
}

/// @dev A registry of any key version; its blob has no code, so that every point of the key is (0, 0).
contract FakeRegistry {
    uint32 public version;

    function set(uint32 version_) external {
        version = version_;
    }

    function instruments() external pure returns (uint16) {
        return 8;
    }

    function scenarios() external pure returns (uint16) {
        return 8;
    }

    function stresses() external pure returns (uint16) {
        return 2;
    }

    function sectors() external pure returns (uint16) {
        return 2;
    }

    function currentBlob(uint8) external view returns (uint32, address) {
        return (version, address(0xb10b));
    }

    function currentKey(uint8) external view returns (uint32, bytes32, address) {
        return (version, bytes32(uint256(version)), address(0xb10b));
    }
}

/// @dev A sheet that has any point, epochs and times.
contract FakeSheet {
    FoldedSheet private _folded;

    function set(FoldedSheet calldata folded) external {
        _folded = folded;
    }

    function sheetPoint(uint8, uint64) external view returns (FoldedSheet memory) {
        return _folded;
    }

    function epochMeta(uint64) external pure returns (uint64, uint128) {
        return (0, 0);
    }

    function epochSeconds() external pure returns (uint32) {
        return 3_600;
    }

    function slotConfig(uint8) external pure returns (SlotConfig memory config) {
        (config.feed, config.decimals) = (address(0xfeed), 6);
    }

    function priceOf(uint64, uint8) external pure returns (uint64) {
        return 1e10;
    }
}

/// @dev Knows every policy, with a point for one key version.
contract FakePolicies {
    uint32 public keyVersion;

    function set(uint32 keyVersion_) external {
        keyVersion = keyVersion_;
    }

    function policyPoint(bytes32, uint32 version) external view returns (uint256, uint256, uint32, uint8, uint16) {
        require(version == keyVersion);
        return (0, 0, 1 hours, 1, 0);
    }

    function terms(bytes32) external pure returns (uint32, uint8, uint16) {
        return (1 hours, 1, 0);
    }
}

/// @dev The manager as a vault sees it: the gate's answer is free, and asking it is noted.
contract FakeManager {
    address public immutable sheet;
    address public immutable asset;
    address public immutable policies = address(new FakePolicies());
    bool public answer;
    bool public asked;

    constructor(address sheet_, address asset_) {
        (sheet, asset) = (sheet_, asset_);
    }

    function set(bool answer_) external {
        answer = answer_;
    }

    function tokenOf(uint8) external view returns (address) {
        return asset;
    }

    function vaultOf(address) external view returns (address) {
        return msg.sender;
    }

    /// @dev A debt that grew by a fifth.
    function debtIndexOf(address, uint64) external pure returns (uint256) {
        return 1.2e18;
    }

    function levelOf(address) external pure returns (uint8) {
        return 2;
    }

    function consume(address, uint8, bytes32, bytes32, ActionRequest calldata, Proof calldata) external {
        require(answer);
        asked = true;
    }

    fallback() external {}
}

/// @dev Moves nothing and always succeeds; what moves is not the subject here.
contract FakeToken {
    function decimals() external pure returns (uint8) {
        return 6;
    }

    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }
}
