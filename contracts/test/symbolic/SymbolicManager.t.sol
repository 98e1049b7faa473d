// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CustodianRegistry} from "../../src/CustodianRegistry.sol";
import {FoldedSheet} from "../../src/interfaces/IPriceSheet.sol";
import {IRiskManager} from "../../src/interfaces/IRiskManager.sol";
import {
    AccountState,
    ActionRequest,
    AttestRequest,
    LiquidationRequest,
    RiskConfig
} from "../../src/interfaces/ManagerTypes.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Params} from "../../src/libraries/Params.sol";
import {RiskManager} from "../../src/RiskManager.sol";
import {FakePairing, FakePolicies, FakeRegistry, FakeSheet, Symbolic} from "./Fakes.sol";

/// @title What holds of RiskManager for all requests, proofs, senders, times and sheets
/// @dev The contract is the real one, but for the address that it asks for the pairing. Curve operations and the pairing are
/// unknown functions, so that any proof may pass or fail; the sheet is any sheet. Bounded: one account with one
/// commitment, no leg, two calls.
contract SymbolicManagerTest is Symbolic {
    address private constant ACCOUNT = address(0xacc0);
    /// @dev Where the campaign's copy of Groth16 asks instead of at 8.
    address private constant PAIRING = address(0x9a1);
    uint64 private constant NOW = 1_800_000_000;

    IRiskManager private manager;
    CustodianRegistry private custodians;
    FakeRegistry private registry;
    FakeSheet private sheet;
    FakePolicies private policies;

    function setUp() public {
        vm.warp(NOW);
        vm.etch(PAIRING, address(new FakePairing()).code);
        (registry, sheet, policies) = (new FakeRegistry(), new FakeSheet(), new FakePolicies());
        RiskConfig memory config = RiskConfig({
            admin: address(this),
            registry: address(registry),
            sheet: address(sheet),
            policies: address(policies),
            maxActionAge: 2 hours,
            liquidationGrace: 1 hours
        });
        manager = IRiskManager(address(new RiskManager(config)));
        custodians = new CustodianRegistry(address(this), address(manager), 1 days, 30 days);
        manager.registerVault(address(this));
        registry.set(1);
        vm.prank(ACCOUNT);
        manager.commit(1);
    }

    function check_K2_Attest_NonceCountsOnce(
        FoldedSheet memory folded,
        AttestRequest memory first,
        AttestRequest memory second,
        Proof memory proof,
        Proof memory other
    ) public {
        prepare(folded);
        uint64 before = manager.nonceOf(ACCOUNT, Params.ACTION_ATTEST);
        vm.assume(attest(first, proof));
        assert(first.nonce == before && manager.nonceOf(ACCOUNT, Params.ACTION_ATTEST) == before + 1);
        second.nonce = first.nonce;
        assert(!attest(second, other));
    }

    function check_K1_Attest_CoordinatesAreCanonical(
        FoldedSheet memory folded,
        AttestRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        vm.assume(attest(request, proof));
        uint256 most = Params.BASE_MODULUS;
        assert(proof.a[0] < most && proof.a[1] < most && proof.c[0] < most && proof.c[1] < most);
        assert(proof.b[0][0] < most && proof.b[0][1] < most && proof.b[1][0] < most && proof.b[1][1] < most);
        assert(proof.a[0] | proof.a[1] != 0 && proof.c[0] | proof.c[1] != 0);
    }

    function check_K26_Attest_EpochAndDeadline(
        FoldedSheet memory folded,
        AttestRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        vm.assume(attest(request, proof));
        assert(request.deadline >= NOW);
        assert(request.epoch >= (folded.previousEpoch == 0 ? folded.newestEpoch : folded.previousEpoch));
        assert(uint256(folded.snapshotTime) + 1 hours >= NOW);
    }

    function check_Attest_PolicyOfTheSheetsKeyOnly(
        FoldedSheet memory folded,
        uint32 foldedUnder,
        AttestRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        policies.set(foldedUnder);
        vm.assume(attest(request, proof));
        assert(foldedUnder == folded.keyVersion);
    }

    function check_K6_Consume_SpendsItsActionsNonceAlone(
        FoldedSheet memory folded,
        uint8 action,
        bytes32 actionHash,
        ActionRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        uint64[4] memory before = nonces();
        vm.assume(consume(address(this), action, actionHash, request, proof));
        assert(action == Params.ACTION_DRAW || action == Params.ACTION_WITHDRAW);
        uint64[4] memory then = nonces();
        for (uint8 i = 0; i < 4; ++i) {
            assert(then[i] == before[i] + (i + 1 == action ? 1 : 0));
        }
        assert(!consume(address(this), action, actionHash, request, proof));
    }

    function check_Consume_NewestEpochDeadlineBeneficiary(
        FoldedSheet memory folded,
        uint8 action,
        bytes32 actionHash,
        ActionRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        vm.assume(consume(address(this), action, actionHash, request, proof));
        assert(request.epoch == folded.newestEpoch && request.deadline >= NOW);
        assert(request.beneficiary != address(0));
        assert(uint256(folded.snapshotTime) + 1 hours >= NOW);
    }

    function check_Consume_OnlyAVault(
        FoldedSheet memory folded,
        address sender,
        uint8 action,
        ActionRequest memory request,
        Proof memory proof
    ) public {
        prepare(folded);
        vm.assume(sender != address(this));
        assert(!consume(sender, action, 0, request, proof));
    }

    function check_Ledger_OnlyAVault(address sender, address account, uint8 slot, uint128 amount) public {
        vm.assume(sender != address(this));
        svm.enableSymbolicStorage(address(manager));
        vm.assume(!manager.isVault(sender));
        (uint128 escrow, uint128 debt) = manager.positionOf(account, slot);
        assert(!call(sender, abi.encodeCall(manager.addEscrow, (account, slot, amount))));
        assert(!call(sender, abi.encodeCall(manager.removeEscrow, (account, slot, amount))));
        assert(!call(sender, abi.encodeCall(manager.addDebt, (account, slot, amount))));
        assert(!call(sender, abi.encodeCall(manager.removeDebt, (account, slot, amount))));
        (uint128 escrowThen, uint128 debtThen) = manager.positionOf(account, slot);
        assert(escrow == escrowThen && debt == debtThen);
    }

    function check_K23_Paused_NoProofCounts(
        FoldedSheet memory folded,
        AttestRequest memory request,
        ActionRequest memory action,
        LiquidationRequest memory liquidation,
        Proof memory proof
    ) public {
        prepare(folded);
        manager.pause();
        assert(!attest(request, proof));
        assert(!consume(address(this), Params.ACTION_DRAW, 0, action, proof));
        assert(!call(address(this), abi.encodeCall(manager.verifyLiquidation, (liquidation, proof))));
    }

    function check_Roles_ManagerRefusesOthers(address sender, address other, uint64 until) public {
        svm.enableSymbolicStorage(address(manager));
        vm.assume(!manager.hasRole(manager.VAULT_ADMIN_ROLE(), sender));
        assert(!call(sender, abi.encodeCall(manager.registerVault, (other))));
        assert(!call(sender, abi.encodeCall(manager.registerToken, (3, other))));
        vm.assume(!manager.hasRole(manager.PAUSER_ROLE(), sender));
        assert(!call(sender, abi.encodeCall(manager.pause, ())));
        assert(!call(sender, abi.encodeCall(manager.unpause, ())));
        vm.assume(!manager.hasRole(manager.CUSTODIAN_ROLE(), sender));
        assert(!call(sender, abi.encodeCall(manager.noteStatement, (other, 1, 1, 1, uint40(until)))));
    }

    function check_Roles_CustodiansRefuseOthers(address sender, address other, uint64 from, uint64 until) public {
        svm.enableSymbolicStorage(address(custodians));
        vm.assume(!custodians.hasRole(custodians.CUSTODIAN_ADMIN_ROLE(), sender));
        vm.prank(sender);
        (bool ok,) = address(custodians).call(abi.encodeCall(custodians.setCustodian, (other, from, until)));
        assert(!ok);
    }

    function check_Commit_CountsOnceAndInTheField(uint256 commitment) public {
        vm.assume(call(ACCOUNT, abi.encodeCall(manager.commit, (commitment))));
        assert(commitment > 1 && commitment < Params.SCALAR_MODULUS);
        AccountState memory state = manager.accountState(ACCOUNT);
        assert(state.commitment == commitment && state.sequence == 2);
        assert(!call(ACCOUNT, abi.encodeCall(manager.commit, (commitment))));
    }

    function check_Commit_TouchesTheSenderAlone(address sender, uint256 commitment) public {
        vm.assume(sender != ACCOUNT);
        AccountState memory before = manager.accountState(ACCOUNT);
        call(sender, abi.encodeCall(manager.commit, (commitment)));
        AccountState memory then = manager.accountState(ACCOUNT);
        assert(then.commitment == before.commitment && then.sequence == before.sequence);
        assert(!manager.isCommitmentUsed(ACCOUNT, 2));
    }

    function prepare(FoldedSheet memory folded) private {
        svm.enableSymbolicStorage(PAIRING);
        folded.blob = address(0xb10b);
        sheet.set(folded);
        policies.set(folded.keyVersion);
    }

    function nonces() private view returns (uint64[4] memory all) {
        for (uint8 i = 0; i < 4; ++i) {
            all[i] = manager.nonceOf(ACCOUNT, i + 1);
        }
    }

    function attest(AttestRequest memory request, Proof memory proof) private returns (bool) {
        return call(ACCOUNT, abi.encodeCall(manager.attest, (request, proof)));
    }

    function consume(
        address sender,
        uint8 action,
        bytes32 actionHash,
        ActionRequest memory request,
        Proof memory proof
    ) private returns (bool) {
        return call(
            sender, abi.encodeCall(manager.consume, (ACCOUNT, action, actionHash, bytes32(0), request, proof))
        );
    }

    function call(address sender, bytes memory data) private returns (bool ok) {
        vm.prank(sender);
        (ok,) = address(manager).call(data);
    }
}
