// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {ChallengeDesk} from "../src/ChallengeDesk.sol";
import {CreditVault} from "../src/CreditVault.sol";
import {Heartbeat} from "../src/Heartbeat.sol";
import {BindRequest, IBookBinder} from "../src/interfaces/IBookBinder.sol";
import {IChallengeDesk} from "../src/interfaces/IChallengeDesk.sol";
import {ICreditVault, VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, AnswerRequest, LiquidationRequest, UpdateRequest} from "../src/interfaces/ManagerTypes.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {BindingFixture} from "./utils/BindingFixture.sol";

/// @dev Attacks of a reading against debts, what vouches for them, and challenges: see docs/attacks.md. Each gave before its mend.
contract AttacksDebtTest is BindingFixture {
    uint64 private constant WINDOW = 3 hours;
    uint256 private constant BOND = 0.1 ether;
    uint256 private constant LENT = 1e12;

    Heartbeat private _heartbeat;
    ChallengeDesk private _desk;

    function setUp() public override {
        super.setUp();
        _heartbeat = new Heartbeat(address(manager));
        _desk = new ChallengeDesk(address(manager), address(_heartbeat), WINDOW, BOND);
        manager.grantRole(manager.CHALLENGE_ROLE(), address(_desk));
        vm.deal(thief, 1 ether);
        vm.deal(trader, 1 ether);
        vault = _vault();
    }

    /// @dev A vault with lenders, a desk and a cap for books that venues signed.
    function _vault() private returns (CreditVault made) {
        VaultConfig memory terms = vaultTerms(address(usd), USD, policyId);
        (terms.heartbeat, terms.desk, terms.minimumDebt) = (address(_heartbeat), address(_desk), 100e6);
        made = new CreditVault(terms);
        manager.registerVault(address(made));
        made.setCollateral(ETH, 8_000);
        made.setCap(3, 100_000e6);
        usd.mint(lender, LENT);
        vm.startPrank(lender);
        usd.approve(address(made), type(uint256).max);
        made.deposit(LENT, lender);
        vm.stopPrank();
        address[3] memory payers = [trader, keeper, thief];
        for (uint256 i = 0; i < payers.length; ++i) {
            vm.startPrank(payers[i]);
            eth.approve(address(made), type(uint256).max);
            usd.approve(address(made), type(uint256).max);
            vm.stopPrank();
            usd.mint(payers[i], 1e6);
        }
    }

    function _live(uint64 epochs) private {
        for (uint64 i = 0; i < epochs; ++i) {
            nextEpoch();
            _heartbeat.poke();
        }
    }

    function _venueSigned() private {
        commitFor(trader);
        bindAs(trader, fullRequest(trader));
        assertEq(uint256(manager.levelOf(trader)), 3, "venue signed");
    }

    function _challengedAndSilent(uint64 epochs) private {
        vm.prank(thief);
        _desk.challenge{value: BOND}(trader);
        _live(epochs);
    }

    // ---- what was vouched for

    /// @dev An unsigned binding ends the venue's word and does not unsay it.
    function test_K28_UnsignedRebind_DebtStillNeedsAProof() public {
        _venueSigned();
        drawNow(50_000e6);
        bindAs(trader, requestOf(trader, 1, 1));
        assertEq(uint256(manager.levelOf(trader)), 1, "the word ended");
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ProofNeeded.selector, trader, 3));
        vm.prank(keeper);
        vault.liquidateSelfDeclared(trader, 1, ETH);
    }

    function test_K28_UnsignedRebind_UpdateToAnInventedBook_Refused() public {
        _venueSigned();
        drawNow(50_000e6);
        bindAs(trader, requestOf(trader, 1, 1));
        vm.prank(trader);
        manager.commit(nextCommitment++);
        UpdateRequest memory request =
            UpdateRequest(sheet.newestEpoch(), manager.nonceOf(trader, 2), uint64(vm.getBlockTimestamp() + 600));
        Proof memory any;
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AssuranceTooLow.selector, 1, 3));
        vm.prank(trader);
        manager.update(request, any);
    }

    /// @dev Credit given on escrow alone is liquidated on escrow alone, whatever vouched for the book before.
    function test_K28_LevelThatEnded_ShieldsNoNewDebt() public {
        _venueSigned();
        vm.warp(vm.getBlockTimestamp() + 1);
        depositEth(50 ether);
        drawNow(78_000e6);
        moveEth(1_000e8);
        vm.prank(keeper);
        (uint128 repaid,) = vault.liquidateSelfDeclared(trader, 500e6, ETH);
        assertEq(repaid, 500e6, "without a proof");
    }

    function test_K28_LevelThatHolds_StaysAfterADraw() public {
        _venueSigned();
        drawNow(50_000e6);
        assertEq(uint256(manager.levelOf(trader)), 3, "still the venue's word");
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ProofNeeded.selector, trader, 3));
        vm.prank(keeper);
        vault.liquidateSelfDeclared(trader, 1, ETH);
    }

    /// @dev Assets may have left the venue since: its old word answers nothing.
    function test_K16_VenuesWordEnded_AnswerRefused_UntilBoundAgain() public {
        _venueSigned();
        drawNow(90_000e6);
        vm.warp(vm.getBlockTimestamp() + 1);
        depositEth(1 ether);
        vm.prank(thief);
        uint64 number = _desk.challenge{value: BOND}(trader);
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, nextEpoch());
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AssuranceTooLow.selector, 1, 3));
        vm.prank(trader);
        _desk.answer(request, proof);
        bindAs(trader, fullRequest(trader));
        (request, proof) = answerAt(address(_desk), number, request.epoch);
        vm.prank(trader);
        _desk.answer(request, proof);
        assertEq(_desk.claimable(trader), BOND, "bound again, in time");
    }

    // ---- debts that were written off

    /// @dev In every statement, at every vault, until it is paid; nothing is lent, and no escrow leaves.
    function test_K17_WrittenOff_CountsEverywhere_UntilItIsPaid() public {
        CreditVault first = vault;
        CreditVault second = _vault();
        _venueSigned();
        drawNow(90_000e6);
        _challengedAndSilent(40);
        vm.prank(trader);
        first.liquidateUnanswered(trader, 1, ETH);
        _desk.close(trader);
        uint256 bad = first.badDebtOf(trader);
        assertTrue(bad > 89_000e6, "written off");
        assertEq(uint256(manager.badDebtOf(trader)), bad, "known to the ledger");
        (, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        assertEq(uint256(short[USD]), uint256(manager.creditOf(trader, USD)), "a debt in every statement");
        vault = second;
        depositEth(1 ether);
        vm.warp(vm.getBlockTimestamp() + 1);
        bindAs(trader, fullRequest(trader));
        bytes memory unpaid = abi.encodeWithSelector(IManagerEvents.BadDebtUnpaid.selector, trader, bad);
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        (, Proof memory proof) = actionProof(b, 1_000e6, 0);
        vm.expectRevert(unpaid);
        vm.prank(trader);
        second.draw(1_000e6, ActionRequest(b.epoch, b.nonce, b.deadline, trader), proof);
        vm.expectRevert(unpaid);
        vm.prank(trader);
        second.withdrawEscrow(ETH, 1 ether, ActionRequest(0, 0, 0, trader), proof);
        usd.mint(trader, bad);
        vm.prank(trader);
        first.repay(trader, bad);
        assertEq(uint256(manager.badDebtOf(trader)), 0, "paid");
        assertEq(uint256(manager.accountState(trader).creditMask), 0, "and in no statement");
        vm.prank(trader);
        second.withdrawEscrow(ETH, 1 ether, ActionRequest(0, 0, 0, trader), proof);
    }

    /// @dev What creditors record in the same slot, by the arithmetic of their registry, neither hides it nor doubles it.
    function test_K17_WrittenOff_BesideCreditors() public {
        manager.grantRole(manager.CREDITOR_ROLE(), address(this));
        _venueSigned();
        manager.setCredit(trader, USD, manager.creditOf(trader, USD) + 7e6);
        drawNow(90_000e6);
        _challengedAndSilent(40);
        vm.prank(keeper);
        vault.liquidateUnanswered(trader, 1, ETH);
        uint128 bad = manager.badDebtOf(trader);
        assertEq(manager.creditOf(trader, USD), bad + 7e6, "both");
        manager.setCredit(trader, USD, manager.creditOf(trader, USD) + 5e6);
        manager.setCredit(trader, USD, manager.creditOf(trader, USD) - 2e6);
        assertEq(manager.creditOf(trader, USD), bad + 10e6, "more of the one");
        (, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        assertEq(uint256(short[USD]), uint256(bad) + 10e6, "in the leg");
        usd.mint(trader, bad);
        vm.prank(trader);
        vault.repay(trader, bad / 2);
        assertEq(manager.creditOf(trader, USD), bad - bad / 2 + 10e6, "less of the other");
        vm.prank(trader);
        vault.repay(trader, bad);
        assertEq(manager.creditOf(trader, USD), 10e6, "the creditors' alone");
        manager.setCredit(trader, USD, 0);
        assertEq(uint256(manager.accountState(trader).creditMask), 0, "nothing");
    }

    /// @dev Repaid, it is first the shares' that bore it.
    function test_K17_WrittenOff_RepaidToTheSharesThatBoreIt() public {
        _venueSigned();
        drawNow(90_000e6);
        vm.prank(lender);
        usd.approve(address(vault), type(uint256).max);
        usd.mint(keeper, 10_000e6);
        vm.prank(keeper);
        vault.fundReserve(10_000e6);
        _challengedAndSilent(40);
        vm.prank(keeper);
        vault.liquidateUnanswered(trader, 1, ETH);
        assertTrue(vault.totalAssets() < LENT - 79_000e6 && vault.reserve() == 0, "the reserve first, then the shares");
        usd.mint(trader, 100_000e6);
        vm.prank(trader);
        vault.repay(trader, type(uint128).max);
        assertEq(vault.totalAssets(), LENT, "whole");
        assertTrue(vault.reserve() > 9_999e6, "and then the reserve");
    }

    /// @dev Silence says nothing of health: a debt that the escrow does not carry is written off when the bonus is at its highest.
    function test_K17_Silent_NothingWrittenOffBeforeTheBonusIsAtItsHighest() public {
        _venueSigned();
        drawNow(90_000e6);
        _challengedAndSilent(5);
        (, , uint64 liveSeconds) = _desk.unansweredFor(trader);
        assertTrue(liveSeconds > 0 && liveSeconds < vault.bonusSeconds(), "early");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.NotUnanswered.selector, trader));
        vm.prank(keeper);
        vault.liquidateUnanswered(trader, 1, ETH);
        _live(uint64(vault.bonusSeconds() / HOUR + 1));
        vm.prank(keeper);
        vault.liquidateUnanswered(trader, 1, ETH);
        assertEq(vault.debtOf(trader), 0, "in the end");
    }

    /// @dev Half of the debt an epoch, however many calls.
    function test_K16_Silent_HalfAnEpoch() public {
        commitFor(trader);
        depositEth(100 ether);
        drawNow(50_000e6);
        _challengedAndSilent(6);
        usd.mint(thief, 100_000e6);
        vm.startPrank(thief);
        (uint128 repaid,) = vault.liquidateUnanswered(trader, 10_000e6, ETH);
        assertEq(repaid, 10_000e6, "a part");
        (repaid,) = vault.liquidateUnanswered(trader, type(uint128).max, ETH);
        assertEq(repaid, 15_000e6, "the rest of the half");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.NotUnanswered.selector, trader));
        vault.liquidateUnanswered(trader, type(uint128).max, ETH);
        vm.stopPrank();
        _live(1);
        vm.prank(thief);
        (repaid,) = vault.liquidateUnanswered(trader, type(uint128).max, ETH);
        assertEq(repaid, 12_500e6, "half of what is left");
    }

    function test_K17_VaultWithoutALeastDebt_Refused() public {
        VaultConfig memory terms = vaultTerms(address(usd), USD, policyId);
        terms.minimumDebt = 0;
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.VaultConfigInvalid.selector));
        this.newVaultOf(terms);
        terms.minimumDebt = 1;
        this.newVaultOf(terms);
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newVaultOf(VaultConfig memory terms) external {
        new CreditVault(terms);
    }

    // ---- venue accounts

    /// @dev Full places are no way to keep the registrar from demanding another venue account.
    function test_C11_NoPlaceLeft_RegistrarReplacesOne() public {
        commitFor(trader);
        BindRequest memory request = requestOf(trader, 4, 1);
        for (uint256 i = 0; i < 4; ++i) {
            request.parts[i] = signedPart(1, 0xe000 + i, uint64(vm.getBlockTimestamp()));
        }
        request.coverageBps = 10_000;
        bindAs(trader, request);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.VenueAccountsInvalid.selector, trader, 0xdeb7));
        binder.requireVenueAccount(trader, 0xdeb7);
        binder.replaceVenueAccount(trader, 0xe003, 0xdeb7);
        Proof memory none;
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.VenueAccountMissing.selector, 0xdeb7));
        vm.prank(trader);
        binder.bind(request, none);
    }

    function test_C11_Replace_RevertWhen_NotRegistrar() public {
        bytes memory refused = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, thief, binder.REGISTRAR_ROLE()
        );
        vm.expectRevert(refused);
        vm.prank(thief);
        binder.replaceVenueAccount(trader, 1, 2);
    }
}
