// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {HookToken} from "../Tokens.t.sol";
import {Properties} from "./Properties.sol";

/// @title The campaign's player: one external function a kind of call, and one that draws among them
contract Handler is Properties {
    function setUp() public override {
        super.setUp();
        parametersVersion = 1;
        (newest, previous) = (sheet.newestEpoch(), sheet.previousEpoch());
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            answer[slot] = basePrice(slot);
            _lastStatus[uint8(slot)] = sheet.slotStatus(uint8(slot));
        }
        _useKey(COMPLIANCE, 1);
        _useKey(LIQUIDATION, 1);
        _foldHere(COMPLIANCE, newest);
        _foldHere(LIQUIDATION, newest);
        for (uint256 v = 0; v < VAULTS; ++v) {
            _knowPolicy(pools[v].policy);
        }
        epochs.push(newest);
        contentOf[newest] = _content(newest);
        for (uint256 i = 0; i < TRADERS; ++i) {
            this.commit(i, 2);
            this.depositEscrow(i, i, 0, 1e18);
            // Four fifths of what it may, sent at once.
            this.draw(i, 0, 0, (31 << 100) + 5);
        }
        HookToken(tokens[HOOK]).setHook(address(this), abi.encodeCall(this.onHook, ()));
    }

    /// @notice One call, drawn from the noise. The fuzzer prefers small and known numbers, of which kinds and fates would be made.
    function play(uint256 noise) external {
        bytes32 drawn = keccak256(abi.encode(noise, vm.getBlockTimestamp()));
        bytes memory arguments;
        for (uint256 i = 0; i < 5; ++i) {
            arguments = bytes.concat(arguments, keccak256(abi.encode(drawn, i)));
        }
        bytes4[] memory list = _selectors();
        (bool ok, bytes memory reason) =
            address(this).call(bytes.concat(list[uint256(drawn) % list.length], arguments));
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    /// @dev Every kind of call; what needs a good deal to have happened before comes more often.
    function _selectors() private pure returns (bytes4[] memory) {
        bytes memory list = abi.encodePacked(
            [this.commit.selector, this.activatePending.selector, this.custodian.selector, this.attest.selector],
            [this.update.selector, this.update.selector, this.draw.selector, this.draw.selector],
            [this.draw.selector, this.draw.selector, this.withdraw.selector, this.withdraw.selector],
            [this.depositEscrow.selector, this.depositEscrow.selector, this.topUp.selector, this.repay.selector],
            [this.repay.selector, this.lend.selector, this.unlend.selector, this.liquidate.selector],
            [this.liquidate.selector, this.liquidate.selector, this.liquidate.selector, this.tick.selector],
            [this.jump.selector, this.skip.selector, this.feedFault.selector, this.fold.selector]
        );
        return _unpacked(bytes.concat(list, _rarer()));
    }

    function _rarer() private pure returns (bytes memory) {
        return abi.encodePacked(
            [this.snapshotAgain.selector, this.pauseOrResume.selector, this.setTerms.selector],
            [this.changeParameters.selector, this.changeKey.selector, this.sendLate.selector],
            [this.replay.selector, this.foreign.selector, this.tamper.selector],
            [this.seizeLate.selector, this.seizeAgain.selector, this.lie.selector],
            [this.donate.selector, this.trespass.selector, this.sendLate.selector],
            [this.liquidateSelfDeclared.selector, this.liquidateSelfDeclared.selector],
            [this.bindBook.selector, this.bindBook.selector, this.bindBook.selector, this.revokeVenueKey.selector],
            _ofLosses()
        );
    }

    function _ofLosses() private pure returns (bytes memory) {
        return abi.encodePacked(
            [this.liquidateUnanswered.selector, this.liquidateUnanswered.selector, this.challenge.selector],
            [this.claim.selector, this.claim.selector, this.silence.selector],
            [this.setRate.selector, this.fundReserve.selector, this.takeReserve.selector],
            [this.sweepDust.selector, this.draw.selector, this.draw.selector]
        );
    }

    /// @dev Elements of packed arrays are words.
    function _unpacked(bytes memory words) private pure returns (bytes4[] memory list) {
        list = new bytes4[](words.length / 32);
        for (uint256 i = 0; i < list.length; ++i) {
            bytes4 selector;
            assembly ("memory-safe") {
                selector := mload(add(add(words, 32), shl(5, i)))
            }
            list[i] = selector;
        }
    }

    /// @notice Times a kind of call passed and was refused.
    function countOf(bytes32 kind) external view returns (uint256 passed, uint256 refused) {
        return (counts[kind].passed, counts[kind].refused);
    }

    /// @notice Each kind of call with the times it passed and was refused.
    function tally() external view returns (bytes32[] memory names, uint256[] memory passed, uint256[] memory refused) {
        names = kinds;
        (passed, refused) = (new uint256[](names.length), new uint256[](names.length));
        for (uint256 i = 0; i < names.length; ++i) {
            (passed[i], refused[i]) = (counts[names[i]].passed, counts[names[i]].refused);
        }
    }
}
