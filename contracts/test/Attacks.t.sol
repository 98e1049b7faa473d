// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../src/CreditVault.sol";
import {ICreditVault, VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {CustodianStatement, ICustodianRegistry} from "../src/interfaces/ICustodianRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, LiquidationRequest, UpdateRequest} from "../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Attacks that once worked, and attacks that take more than one call: each ends where it should
contract AttacksTest is Fixture {
    uint128 private constant MINIMUM = 100e6;

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
    }

    function _liquidate(LiquidationRequest memory request) private returns (uint128 repaid, uint128 seized) {
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        return vault.liquidate(request, proof);
    }

    // ---- a debt that no liquidation could touch

    /// @dev A debt at the minimum, its escrow worth less than debt and bonus: a part left dust, all asked for too much escrow.
    function test_K17_MinimumDebtUnderwater_EscrowIsSeized() public {
        depositEth(0.0625e18);
        drawNow(MINIMUM);
        moveEth(1_600e8);
        LiquidationRequest memory request = liquidationOf(trader, MINIMUM, 10_000);
        (uint128 repaid, uint128 seized) = _liquidate(request);
        assertEq(seized, 0.0625e18, "all the escrow");
        // 0.0625 · 1600 / 1.05 dollars, up.
        assertEq(repaid, 95_238_096, "for what it is worth to the keeper");
        assertEq(vault.debtOf(trader), 0, "nothing is left hanging");
        assertEq(vault.badDebtOf(trader), MINIMUM - 95_238_096, "the rest is bad debt");
        assertEq(vault.escrowOf(trader, ETH), 0, "no collateral stays behind");
        assertEq(vault.totalAssets(), 1e12 - vault.badDebtOf(trader), "nothing else vanishes");
    }

    /// @dev Threat K17's rule. A keeper always gets its bonus, a borrower never pays more than it.
    function testFuzz_K17_AfterLiquidation_NoDustBesideCollateral(
        uint256 debt,
        uint256 price,
        uint256 repay,
        bool deep
    ) public {
        depositEth(1e18);
        debt = bound(debt, MINIMUM, 1_600e6);
        drawNow(debt);
        moveEth(int256(bound(price, 50e8, 2_000e8)));
        uint256 unit = sheet.priceOf(sheet.newestEpoch(), ETH);
        LiquidationRequest memory request = liquidationOf(trader, bound(repay, 1, 2 * debt), deep ? 9_500 : 10_000);
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        try vault.liquidate(request, proof) returns (uint128 repaid, uint128 seized) {
            uint256 left = vault.debtOf(trader);
            uint256 worth = vault.escrowOf(trader, ETH) * unit / (1e12 * uint256(sheet.priceOf(request.epoch, USD)));
            assertTrue(left == 0 || (left >= MINIMUM && worth >= MINIMUM), "K17");
            assertTrue(repaid <= request.repayAmount, "never more than named");
            // Of a unit of the asset, with the bonus, as wei are counted.
            uint256 assetUnit = 1e12 * uint256(sheet.priceOf(sheet.newestEpoch(), USD)) * 10_500 / 10_000;
            uint256 due = repaid * assetUnit;
            assertTrue(seized * unit <= due, "never more than the bonus");
            assertTrue((seized + 1) * unit + assetUnit > due, "the bonus, but for a unit of rounding");
        } catch (bytes memory reason) {
            assertTrue(bytes4(reason) == ICreditVault.DebtBelowMinimum.selector, "only asking for dust is refused");
            uint256 most = deep || debt - (debt + 1) / 2 < MINIMUM ? debt : (debt + 1) / 2;
            request.repayAmount = most;
            _liquidate(request);
        }
    }

    /// @dev An empty slot is worth nothing: the keeper gets its due from the others.
    function test_K17_NamedSlotEmpty_TheOthersPay() public {
        manager.registerToken(3, address(eth));
        vault.setCollateral(3, 5_000);
        depositEth(1e18);
        drawNow(1_000e6);
        LiquidationRequest memory request = liquidationOf(trader, 500e6, 10_000);
        request.seizeSlot = 3;
        (uint128 repaid, uint128 seized) = _liquidate(request);
        assertTrue(repaid == 500e6 && seized == 0, "nothing of the named slot");
        uint64 epoch = sheet.newestEpoch();
        uint256 due = uint256(500e6) * sheet.priceOf(epoch, USD) * 10_500 * 1e12 / (sheet.priceOf(epoch, ETH) * 10_000);
        assertEq(vault.escrowOf(trader, ETH), 1e18 - due, "of the other one what is due");
        assertEq(vault.claimableOf(keeper, address(eth)), due, "credited");
    }

    // ---- a vouched-for book swapped for an invented one

    /// @dev Credit beyond escrow rests on a statement. When it ran out, a book of made-up riches could follow and no liquidation be proved again.
    function test_Assurance_StatementRunOut_NoSelfDeclaredBookFollows() public {
        depositEth(1e18);
        vault.setCap(2, 500e6);
        custodians.setCustodian(vm.addr(custodianKey), 0, uint64(vm.getBlockTimestamp() + 1 hours));
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        drawNow(2_000e6);
        vm.warp(vm.getBlockTimestamp() + 1 hours + 1);
        assertEq(manager.levelOf(trader), 1, "ran out");
        nextEpoch();
        uint256 invented = commitFor(trader);
        Binds memory b = _updateBinds();
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AssuranceTooLow.selector, 1, 2));
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
        custodians.setCustodian(vm.addr(custodianKey), 0, type(uint40).max);
        attachCustodian(trader, invented, 2);
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
        assertEq(manager.accountState(trader).commitment, invented, "vouched for, it may follow");
    }

    /// @dev A custodian's word is about one account of one manager on one chain.
    function test_K7_CustodianStatement_OtherChainManagerOrAccount_Refused() public {
        uint64 asOf = uint64(vm.getBlockTimestamp());
        uint256 commitment = manager.accountState(trader).commitment;
        CustodianStatement memory statement = CustodianStatement(trader, commitment, 1, asOf);
        bytes memory signature = signed(custodianKey, statement);
        uint256 state = vm.snapshotState();
        vm.chainId(1);
        vm.expectPartialRevert(ICustodianRegistry.CustodianInvalid.selector);
        custodians.attachCustodian(statement, signature);
        vm.revertToState(state);
        deployVault();
        vm.prank(trader);
        manager.commit(commitment);
        vm.expectPartialRevert(ICustodianRegistry.CustodianInvalid.selector);
        custodians.attachCustodian(statement, signature);
        vm.revertToState(state);
        vm.prank(thief);
        manager.commit(commitment);
        statement.account = thief;
        vm.expectPartialRevert(ICustodianRegistry.CustodianInvalid.selector);
        custodians.attachCustodian(statement, signature);
        statement.account = trader;
        custodians.attachCustodian(statement, signature);
        assertEq(manager.levelOf(trader), 2, "where it belongs it counts");
        assertEq(manager.levelOf(thief), 1, "and nowhere else");
    }

    // ---- old prices

    /// @dev Anybody may take a snapshot, so nobody needs to be liquidated at prices that the market has left.
    function test_K9_Liquidate_RevertWhen_SnapshotOld() public {
        depositEth(1e18);
        drawNow(1_500e6);
        moveEth(1_700e8);
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        request.deadline = type(uint64).max;
        Proof memory proof = liquidationProof(request);
        (uint64 taken,) = sheet.epochMeta(request.epoch);
        vm.warp(taken + 2 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, taken + 1));
        vm.prank(keeper);
        vault.liquidate(request, proof);
        vm.warp(taken + 2 hours);
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    // ---- parts that do not belong together

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newVaultOf(VaultConfig memory config) external {
        new CreditVault(config);
    }

    function test_Constructor_RevertWhen_PartsOfOtherDeployments() public {
        VaultConfig memory config = vaultTerms(address(usd), USD, policyId);
        new CreditVault(config);
        deploySheet();
        config.sheet = address(sheet);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.VaultConfigInvalid.selector));
        this.newVaultOf(config);
    }

    // ---- liquidations in a crowd

    /// @dev A borrower opens dust in slots it never used. A keeper that names every slot with a token has foreseen it.
    function test_K17_DustInAFreshSlot_DoesNotStopAKeeperThatNamesIt() public {
        manager.registerToken(3, address(eth));
        vault.setCollateral(3, 5_000);
        depositEth(1e18);
        drawNow(1_500e6);
        moveEth(1_700e8);
        LiquidationRequest memory request = liquidationOf(trader, 750e6, 10_000);
        LegClaim[] memory claims = new LegClaim[](3);
        (claims[0], claims[1], claims[2]) = (request.claims[0], request.claims[1], LegClaim(3, 1, 0));
        request.claims = claims;
        Proof memory proof = liquidationProof(request);
        vm.prank(trader);
        vault.depositEscrow(3, 1, trader);
        vm.prank(keeper);
        (uint128 repaid,) = vault.liquidate(request, proof);
        assertEq(repaid, 750e6, "liquidated");
    }

    /// @dev A borrower that takes no call and no token: a liquidation pushes nothing to it.
    function test_K19_BorrowerThatReverts_IsLiquidated() public {
        depositEth(1e18);
        drawNow(1_500e6);
        moveEth(1_700e8);
        vm.etch(trader, hex"5f5ffd");
        vm.mockCallRevert(address(eth), abi.encodeWithSelector(eth.transfer.selector, trader), "blocked");
        vm.mockCallRevert(address(usd), abi.encodeWithSelector(usd.transfer.selector, trader), "blocked");
        (uint128 repaid,) = _liquidate(liquidationOf(trader, 1_500e6, 9_500));
        assertEq(repaid, 1_500e6, "all of the debt");
    }

    /// @dev K20: what a borrower gets out of its own escrow it pays for, but for the bonus that was its own.
    function testFuzz_K20_SelfLiquidation_GainsNothing(uint256 debt, uint256 price) public {
        depositEth(1e18);
        debt = bound(debt, MINIMUM, 1_600e6);
        drawNow(debt);
        moveEth(int256(bound(price, 50e8, 2_000e8)));
        uint256 unit = sheet.priceOf(sheet.newestEpoch(), ETH);
        keeper = trader;
        usd.mint(trader, 1e12);
        uint256 before = _worth(unit);
        LiquidationRequest memory request = liquidationOf(trader, debt, 9_500);
        _liquidate(request);
        assertTrue(_worth(unit) <= before, "net worth");
    }

    /// @dev Escrow in another vault counts for health but not for this vault's limit, and cannot be taken by its keepers.
    function test_Escrow_InAnotherVault_LiftsNoLimit() public {
        CreditVault other = newVault(policyId);
        other.setCollateral(ETH, 8_000);
        vm.startPrank(trader);
        eth.approve(address(other), type(uint256).max);
        other.depositEscrow(ETH, 10e18, trader);
        vm.stopPrank();
        assertEq(vault.debtLimitOf(trader, sheet.newestEpoch()), 0, "no escrow here");
        Binds memory b = actionBinds(3, address(usd), 200e6);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 200e6, 0);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.DebtAboveLimit.selector, 200e6, 0));
        vm.prank(trader);
        vault.draw(200e6, request, proof);
    }

    // ---- shares

    /// @dev What is sent to the pool without a call belongs to nobody: no first depositor can price the next one out.
    function testFuzz_Erc4626_Donation_MovesNoSharePrice(uint256 first, uint256 gift, uint256 second) public {
        CreditVault fresh = newVault(policyId);
        (first, gift, second) = (bound(first, 1, 1e12), bound(gift, 0, 1e15), bound(second, 1, 1e12));
        usd.mint(thief, first + gift);
        usd.mint(lender, second);
        vm.startPrank(thief);
        usd.approve(address(fresh), type(uint256).max);
        fresh.deposit(first, thief);
        usd.transfer(address(fresh), gift);
        vm.stopPrank();
        vm.startPrank(lender);
        usd.approve(address(fresh), type(uint256).max);
        fresh.deposit(second, lender);
        assertEq(fresh.maxWithdraw(lender), second, "the second depositor has all of it");
        fresh.withdraw(second, lender, lender);
        vm.stopPrank();
        assertEq(fresh.maxWithdraw(thief), first, "and the first no more than it gave");
    }

    /// @dev Escrow and dollars of an account, with its debt, in 10^-16 dollars · 10^12.
    function _worth(uint256 unit) private view returns (uint256) {
        uint256 claimable = vault.claimableOf(trader, address(eth));
        uint256 ethers = eth.balanceOf(trader) + vault.escrowOf(trader, ETH) + claimable;
        uint256 dollars = usd.balanceOf(trader) + 1e12 - vault.debtOf(trader) - vault.badDebtOf(trader);
        return ethers * unit + dollars * 1e12 * sheet.priceOf(sheet.newestEpoch(), USD);
    }

    function _updateBinds() private view returns (Binds memory b) {
        b = attestBinds(trader, policyId);
        b.action = 2;
        b.commitment = manager.accountState(trader).pendingCommitment;
        b.sequence += 1;
        b.actionHash = keccak256(abi.encode(b.commitment));
        b.nonce = manager.nonceOf(trader, 2);
    }
}
