// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ActionRequest, AttestRequest, LiquidationRequest, UpdateRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @notice Every action that takes a proof, and every form that anybody can give an accepted one.
contract VerdictsTest is Fixture {
    uint8 private constant ACTIONS = 5;
    uint8 private constant FORMS = 6;

    /// @dev What is sent: the calldata for a proof, to whom, by whom.
    struct Sending {
        address target;
        address sender;
        bytes first;
        bytes second;
    }

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
        drawNow(1_500e6);
    }

    /// @dev The honest request of an action with a proof of its statement, and the same request for the next nonce.
    function _sending(uint8 action, Proof memory proof) private view returns (Sending memory) {
        if (action == 0) return _attest(proof);
        if (action == 1) return _update(proof);
        return action == 4 ? _liquidation(proof) : _credit(action == 2, proof);
    }

    function _attest(Proof memory proof) private view returns (Sending memory) {
        Binds memory b = attestBinds(trader, policyId);
        AttestRequest memory request = AttestRequest(b.policy, b.epoch, b.nonce, b.deadline);
        bytes memory first = abi.encodeCall(manager.attest, (request, proof));
        request.nonce += 1;
        return Sending(address(manager), trader, first, abi.encodeCall(manager.attest, (request, proof)));
    }

    function _update(Proof memory proof) private view returns (Sending memory) {
        Binds memory b = _updateBinds();
        bytes memory first = abi.encodeCall(manager.update, (UpdateRequest(b.epoch, b.nonce, b.deadline), proof));
        bytes memory second = abi.encodeCall(manager.update, (UpdateRequest(b.epoch, b.nonce + 1, b.deadline), proof));
        return Sending(address(manager), trader, first, second);
    }

    function _liquidation(Proof memory proof) private view returns (Sending memory) {
        LiquidationRequest memory request = liquidationOf(trader, 700e6, 10_000);
        bytes memory first = abi.encodeCall(vault.liquidate, (request, proof));
        request.nonce += 1;
        return Sending(address(vault), keeper, first, abi.encodeCall(vault.liquidate, (request, proof)));
    }

    function _credit(bool isDraw, Proof memory proof) private view returns (Sending memory) {
        Binds memory b = isDraw ? actionBinds(3, address(usd), 10e6) : actionBinds(4, address(eth), 1e12);
        ActionRequest memory request = ActionRequest(b.epoch, b.nonce, b.deadline, b.beneficiary);
        bytes memory first = _action(isDraw, request, proof);
        request.nonce += 1;
        return Sending(address(vault), trader, first, _action(isDraw, request, proof));
    }

    function _action(bool isDraw, ActionRequest memory request, Proof memory proof) private view returns (bytes memory) {
        return isDraw
            ? abi.encodeCall(vault.draw, (10e6, request, proof))
            : abi.encodeCall(vault.withdrawEscrow, (ETH, 1e12, request, proof));
    }

    function _updateBinds() private view returns (Binds memory b) {
        b = attestBinds(trader, policyId);
        b.action = 2;
        b.commitment = manager.accountState(trader).pendingCommitment;
        b.sequence = manager.accountState(trader).sequence + 1;
        b.actionHash = keccak256(abi.encode(b.commitment));
        b.nonce = manager.nonceOf(trader, 2);
    }

    /// @dev x of the action's statement.
    function _statement(uint8 action) private view returns (uint256) {
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        if (action == 0) return complianceX(attestBinds(trader, policyId), long, short);
        if (action == 1) return complianceX(_updateBinds(), long, short);
        if (action == 2) {
            short[USD] += 10e6;
            return complianceX(actionBinds(3, address(usd), 10e6), long, short);
        }
        if (action == 3) {
            long[ETH] -= 1;
            return complianceX(actionBinds(4, address(eth), 1e12), long, short);
        }
        LiquidationRequest memory request = liquidationOf(trader, 700e6, 10_000);
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (address(vault), request.account, request.beneficiary, 5);
        b.commitment = manager.accountState(trader).commitment;
        b.sequence = manager.accountState(trader).sequence;
        b.actionHash = keccak256(abi.encode(request.repayAmount, request.seizeSlot, request.thresholdBps, request.claims));
        (b.epoch, b.nonce, b.deadline) = (request.epoch, request.nonce, request.deadline);
        return liquidationX(b, request.claims, 10_000);
    }

    /// @dev A proof of x with A = t·G1: the proof itself, (−A, −B, C), (A/2, 2B, C), (−A/3, −3B, C), B + delta with C + A, and
    /// −A, −B − delta with C + A. B is the generator and delta its double, so that all of these are known points.
    function _form(uint256 x, uint256 t, uint8 form) private view returns (Proof memory proof) {
        proof = simulate(x, t);
        uint256 c = mulmod(addmod(t, R - addmod(21, x, R), R), HALF, R);
        uint256[6] memory quotient = [uint256(1), 1, 2, 3, 1, 1];
        bytes[6] memory b = [generatorG2(), generatorG2(), doubleG2(), tripleG2(), tripleG2(), tripleG2()];
        (proof.a[0], proof.a[1]) = g1(mulmod(t, _inverse(quotient[form]), R));
        (proof.b[0][0], proof.b[0][1], proof.b[1][0], proof.b[1][1]) =
            abi.decode(b[form], (uint256, uint256, uint256, uint256));
        if (form >= 4) (proof.c[0], proof.c[1]) = g1(addmod(c, t, R));
        if (form == 1 || form == 3 || form == 5) {
            proof.a[1] = Q - proof.a[1];
            proof.b[1][0] = Q - proof.b[1][0];
            proof.b[1][1] = Q - proof.b[1][1];
        }
    }

    function _inverse(uint256 small) private pure returns (uint256) {
        // 1, 1/2 and 1/3: r is 1 mod 3.
        return small == 1 ? 1 : small == 2 ? HALF : (2 * R + 1) / 3;
    }

    function _send(Sending memory sending, bytes memory data) private returns (bool ok) {
        vm.prank(sending.sender);
        (ok,) = sending.target.call(data);
    }

    function _prepare(uint8 action) private {
        if (action == 1) commitFor(trader);
        if (action == 4) moveEth(1_700e8);
    }

    /// @dev All that a proof could move.
    function _state() private view returns (bytes32) {
        bytes memory nonces;
        for (uint8 action = 1; action <= 4; ++action) {
            nonces = bytes.concat(nonces, abi.encode(manager.nonceOf(trader, action)));
        }
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        return keccak256(
            abi.encode(
                nonces,
                manager.liquidationNonceOf(trader, keeper),
                manager.accountState(trader),
                long,
                short,
                vault.debtOf(trader),
                usd.balanceOf(trader),
                eth.balanceOf(trader),
                vault.claimableOf(keeper, address(eth)),
                manager.isCompliant(trader, policyId, 1 hours)
            )
        );
    }

    /// @dev K2: whichever form comes first is accepted, as any proof of the statement is; after it no form changes anything, for
    /// the same nonce or the next one.
    /// forge-config: default.fuzz.runs = 100
    function testFuzz_K2_Replay_InEveryFormOfEveryAction_ChangesNothing(
        uint8 action,
        uint8 used,
        uint8 again,
        uint256 t
    ) public {
        (action, used, again, t) = (action % ACTIONS, used % FORMS, again % FORMS, bound(t, 1, R - 1));
        _prepare(action);
        uint256 x = _statement(action);
        Sending memory first = _sending(action, _form(x, t, used));
        Sending memory copy = _sending(action, _form(x, t, again));
        bytes32 before = _state();
        assertTrue(_send(first, first.first), "any form of the proof is accepted once");
        bytes32 afterwards = _state();
        assertTrue(before != afterwards, "and does something");
        assertTrue(!_send(copy, copy.first), "no form is accepted again");
        assertTrue(!_send(copy, copy.second), "nor for the next nonce");
        assertTrue(_state() == afterwards, "nothing changed");
    }

    /// @dev P3: on the twist and outside the subgroup of order r, alone and added to an honest B.
    function test_P3_WrongSubgroupB_RefusedByEveryAction() public {
        for (uint8 action = 0; action < ACTIONS; ++action) {
            uint256 state = vm.snapshotState();
            _prepare(action);
            Proof memory proof = simulate(_statement(action), 5);
            proof.b[0] = [uint256(0), 1];
            proof.b[1] = [
                5912654199736721486680175016176231956195085055698687135131307249486702594212,
                18278151005453108793778860132295291098363647455926340152056652516292830556603
            ];
            _refused(_sending(action, proof));
            vm.revertToState(state);
        }
    }

    /// @dev P5: each word of an honest proof plus q, plus 1 and with its first bit flipped.
    function test_P5_OtherEncodings_RefusedByEveryAction() public {
        for (uint8 action = 0; action < ACTIONS; ++action) {
            uint256 state = vm.snapshotState();
            _prepare(action);
            bytes memory proof = abi.encode(simulate(_statement(action), 5));
            for (uint256 word = 0; word < 8; ++word) {
                uint256[8] memory flat = abi.decode(proof, (uint256[8]));
                uint256[3] memory others = [flat[word] + Q, addmod(flat[word], 1, Q), flat[word] ^ (1 << 255)];
                for (uint256 i = 0; i < 3; ++i) {
                    flat[word] = others[i];
                    _refused(_sending(action, abi.decode(abi.encode(flat), (Proof))));
                }
            }
            vm.revertToState(state);
        }
    }

    function _refused(Sending memory sending) private {
        vm.prank(sending.sender);
        (bool ok, bytes memory reason) = sending.target.call(sending.first);
        assertTrue(!ok && bytes4(reason) == ProofInvalid.selector, "ProofInvalid");
    }
}
