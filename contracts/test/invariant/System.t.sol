// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Assertions} from "../utils/Assertions.sol";
import {Handler} from "./Handler.sol";

struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice Random calls on the whole system; PROPERTIES.md lists what is asserted.
contract SystemInvariants is Assertions {
    Handler private _handler;

    function setUp() public {
        _handler = new Handler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = _handler.play.selector;
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function invariant_System_EveryPropertyHolds() external {
        _handler.checkAll();
    }

    /// @notice Appends what this run's calls came to, where the campaign asks for it.
    function afterInvariant() external {
        string memory path = vm.envOr("ZKRISK_TALLY", string(""));
        if (bytes(path).length == 0) return;
        (bytes32[] memory names, uint256[] memory passed, uint256[] memory refused) = _handler.tally();
        string memory line;
        for (uint256 i = 0; i < names.length; ++i) {
            string memory figures = string.concat(vm.toString(passed[i]), ",", vm.toString(refused[i]));
            line = string.concat(line, string(abi.encodePacked(names[i])), ",", figures, ";");
        }
        vm.writeLine(path, line);
    }

    /// @notice A fixed sequence, so that the campaign is known to reach what it attacks: every kind of call passes at least once, and
    /// no attack does. It goes on until then; the last kinds need a deep fall at the right time.
    function test_System_EveryKindOfCallIsReached() external {
        for (uint256 i = 0; i < 4_000 || (i < 12_000 && (i % 500 != 0 || bytes(_missing()).length != 0)); ++i) {
            _handler.play(i);
            _handler.checkAll();
        }
        assertEq(bytes(_missing()).length, 0, string.concat("never passed: ", _missing()));
        bytes32[7] memory attacks =
            [bytes32("replay"), "foreign", "tamper", "seize again", "lie", "trespass", "re-enter"];
        for (uint256 i = 0; i < attacks.length; ++i) {
            (uint256 passed, uint256 refused) = _handler.countOf(attacks[i]);
            assertTrue(passed == 0 && refused != 0, string.concat("attack: ", string(abi.encodePacked(attacks[i]))));
        }
    }

    /// @dev An honest kind of call that did not pass yet.
    function _missing() private view returns (string memory) {
        bytes32[47] memory honest = [
            bytes32("commit"), "activatePending", "custodian", "attest", "update", "draw", "withdraw freely",
            "withdraw with proof", "depositEscrow", "topUp", "top up while paused", "repay", "repay while paused",
            "lend", "unlend", "liquidate", "liquidate deeply", "snapshot", "fold", "pause", "unpause", "setCollateral",
            "proposeParameters", "activateParameters", "activateKey", "sent late", "liquidate by the leg",
            "liquidate the silent", "claim", "setRate", "fundReserve", "takeReserve", "sweepDust", "silence",
            "loss of the reserve", "loss of the shares", "repay bad debt", "restore the shares", "bind fully",
            "bind partly", "bind unsigned", "end a venue's word", "revoke a venue's key", "lent on a venue's word",
            "forget a level", "write off the silent", "close again in an epoch"
        ];
        for (uint256 i = 0; i < honest.length; ++i) {
            (uint256 passed,) = _handler.countOf(honest[i]);
            if (passed == 0) return string(abi.encodePacked(honest[i]));
        }
        return "";
    }
}
