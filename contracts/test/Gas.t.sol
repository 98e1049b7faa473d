// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {Params} from "../src/libraries/Params.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice Whole-transaction gas in the standard tier; meaningful with FOUNDRY_PROFILE=gas, where each call is a transaction.
contract GasTest is Fixture {
    function tier() internal pure override returns (uint16[4] memory) {
        return [
            uint16(Params.STANDARD_INSTRUMENTS),
            uint16(Params.STANDARD_SCENARIOS),
            uint16(Params.STANDARD_STRESSES),
            uint16(Params.STANDARD_SECTORS)
        ];
    }

    function isUsed(uint256 slot) internal pure override returns (bool) {
        return slot != 0;
    }

    function test_Gas_StandardTier() public {
        commitFor(trader);
        _attest("attest first, empty leg");
        _attest("attest steady, empty leg");
        depositEth(1e18);
        emit log_named_uint("deposit escrow first", vm.lastCallGas().gasTotalUsed);
        _attest("attest steady, one leg instrument");
        _measureDay();
    }

    /// @dev A ring later every word that snapshot and fold write is in use.
    function _measureDay() private {
        uint64 epoch = sheet.newestEpoch();
        vm.warp((uint256(epoch) + 1) * HOUR);
        sheet.snapshot();
        emit log_named_uint("snapshot first", vm.lastCallGas().gasTotalUsed);
        sheet.fold(COMPLIANCE, epoch + 1);
        emit log_named_uint("fold first", vm.lastCallGas().gasTotalUsed);
        sheet.fold(LIQUIDATION, epoch + 1);
        emit log_named_uint("fold liquidation first", vm.lastCallGas().gasTotalUsed);
        for (uint32 day = 0; day < 22; ++day) {
            vm.warp((uint256(GENESIS) + S + 2 + day) * 86_400 - 300);
            for (uint256 slot = 1; slot < N; ++slot) {
                pushPrice(slot, basePrice(slot) * int256(10_000 + uint256(day)) / 10_000);
            }
            vm.warp((uint256(GENESIS) + S + 2 + day) * 86_400 + 600);
            sheet.recordClose(GENESIS + uint32(S) + 1 + day, roundIds(uint64(S + 2 + day)));
            _emitLast("record close", day);
            roll(1);
            _emitLast("roll steady", day);
        }
        vm.warp((uint256(epoch) + 513) * HOUR);
        for (uint256 slot = 1; slot < N; ++slot) {
            pushPrice(slot, basePrice(slot));
        }
        sheet.snapshot();
        emit log_named_uint("snapshot steady", vm.lastCallGas().gasTotalUsed);
        sheet.fold(COMPLIANCE, epoch + 513);
        emit log_named_uint("fold steady", vm.lastCallGas().gasTotalUsed);
        sheet.fold(LIQUIDATION, epoch + 513);
        emit log_named_uint("fold liquidation steady", vm.lastCallGas().gasTotalUsed);
        _measureCredit();
    }

    function _measureCredit() private {
        drawNow(1_000e6);
        emit log_named_uint("draw first", vm.lastCallGas().gasTotalUsed);
        drawNow(100e6);
        emit log_named_uint("draw steady", vm.lastCallGas().gasTotalUsed);
        LiquidationRequest memory request = liquidationOf(trader, 1_100e6, 10_000);
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        vault.liquidate(request, proof);
        emit log_named_uint("liquidate first", vm.lastCallGas().gasTotalUsed);
    }

    function _emitLast(string memory key, uint256 day) private {
        if (day == 21) emit log_named_uint(key, vm.lastCallGas().gasTotalUsed);
    }

    function _attest(string memory key) private {
        attestNow(trader);
        emit log_named_uint(key, vm.lastCallGas().gasTotalUsed);
    }

}
