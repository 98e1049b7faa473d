// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ChallengeDesk} from "../src/ChallengeDesk.sol";
import {Heartbeat} from "../src/Heartbeat.sol";
import {Challenge, IChallengeDesk} from "../src/interfaces/IChallengeDesk.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {AnswerRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Live time, silence, and challenges
contract ChallengeTest is Fixture {
    uint64 private constant WINDOW = 3 hours;
    uint256 private constant BOND = 0.1 ether;

    Heartbeat private _heartbeat;
    ChallengeDesk private _desk;
    address private _challenger = address(0xc4a11e);

    function setUp() public override {
        super.setUp();
        _heartbeat = new Heartbeat(address(manager));
        _desk = new ChallengeDesk(address(manager), address(_heartbeat), WINDOW, BOND);
        manager.grantRole(manager.CHALLENGE_ROLE(), address(_desk));
        vm.deal(_challenger, 1 ether);
        commitFor(trader);
        depositEth(100 ether);
        drawNow(50_000e6);
    }

    function challenge() private returns (uint64 number) {
        vm.prank(_challenger);
        return _desk.challenge{value: BOND}(trader);
    }

    function answerNow(uint64 number, uint64 epoch) private {
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, epoch);
        vm.prank(trader);
        _desk.answer(request, proof);
    }

    /// @dev Epochs pass, each with its snapshot; keepers poke.
    function live(uint64 epochs) private {
        for (uint64 i = 0; i < epochs; ++i) {
            nextEpoch();
            _heartbeat.poke();
        }
    }

    // ---- live time

    function test_LiveTime_StopsWithoutYoungPrices() public {
        _heartbeat.poke();
        uint64 before = _heartbeat.liveTime();
        vm.warp(vm.getBlockTimestamp() + 100);
        assertEq(uint256(_heartbeat.liveTime()), uint256(before) + 100, "runs");
        // Snapshots are young for two hours here.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        uint64 stopped = _heartbeat.liveTime();
        assertTrue(stopped <= before + 2 hours, "stopped");
        vm.warp(vm.getBlockTimestamp() + 1 days);
        assertEq(uint256(_heartbeat.liveTime()), uint256(stopped), "still");
    }

    function test_LiveTime_StopsWhilePausedAndInTheGrace() public {
        _heartbeat.poke();
        uint64 before = _heartbeat.liveTime();
        manager.pause();
        nextEpoch();
        vm.warp(vm.getBlockTimestamp() + 600);
        assertEq(uint256(_heartbeat.liveTime()), uint256(before), "paused");
        manager.unpause();
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        assertEq(uint256(_heartbeat.liveTime()), uint256(before), "grace");
        vm.warp(vm.getBlockTimestamp() + 60);
        assertEq(uint256(_heartbeat.liveTime()), uint256(before) + 60, "runs again");
    }

    function test_K16_SilentAccount_ReducingAfterThePolicysAge() public {
        assertTrue(!_heartbeat.isReducing(trader), "it has just drawn");
        live(4);
        assertTrue(!_heartbeat.isReducing(trader), "four hours are the policy's age");
        live(2);
        assertTrue(_heartbeat.isReducing(trader), "silent");
        attestNow(trader);
        assertTrue(!_heartbeat.isReducing(trader), "attested");
        vm.prank(trader);
        vault.repay(trader, type(uint256).max);
        live(7);
        assertTrue(!_heartbeat.isReducing(trader), "nothing owed");
    }

    // ---- challenges

    function test_Challenge_AnsweredInTime_BondIsTheTraders() public {
        uint64 number = challenge();
        nextEpoch();
        answerNow(number, sheet.newestEpoch());
        assertEq(_desk.claimable(trader), BOND, "the bond");
        vm.prank(trader);
        _desk.claim(payable(trader));
        assertEq(trader.balance, BOND, "claimed");
        (bool isUnanswered,,) = _desk.unansweredFor(trader);
        assertTrue(!isUnanswered, "closed");
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ClaimFailed.selector, trader, 0));
        _desk.claim(payable(trader));
    }

    /// @dev The answer is about the first epoch after the challenge, not about a better one.
    function test_Challenge_AnswerAboutAnotherEpoch_Refused() public {
        uint64 before = sheet.newestEpoch();
        uint64 number = challenge();
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, before);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.EpochRefused.selector, before, before));
        _desk.answer(request, proof);
        uint64 first = nextEpoch();
        uint64 second = nextEpoch();
        uint64 third = nextEpoch();
        (request, proof) = answerAt(address(_desk), number, second);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.EpochRefused.selector, second, third));
        _desk.answer(request, proof);
        answerNow(number, first);
    }

    /// @dev Whoever was not healthy at the first epoch and is so now need not wait to be liquidated; the bond is the challenger's.
    function test_Challenge_AnswerAboutTheNewestEpoch_InTime_BondGoesBack() public {
        uint64 number = challenge();
        nextEpoch();
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, nextEpoch());
        vm.prank(trader);
        _desk.answer(request, proof);
        assertEq(_desk.claimable(trader), 0, "not the trader's");
        assertEq(_desk.claimable(_challenger), BOND, "back to who asked");
    }

    function test_Challenge_AnswerAfterRepaying_BondGoesBack() public {
        uint64 number = challenge();
        uint64 first = nextEpoch();
        vm.prank(keeper);
        vault.repay(trader, type(uint128).max);
        answerNow(number, first);
        assertEq(_desk.claimable(_challenger), BOND, "nothing was owed that could have been answered for");
    }

    function test_K26_Answer_Deadline_LastSecondCounts() public {
        uint64 number = challenge();
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, nextEpoch());
        uint256 state = vm.snapshotState();
        vm.warp(request.deadline + 1);
        bytes memory late =
            abi.encodeWithSelector(IManagerEvents.DeadlinePassed.selector, request.deadline, request.deadline + 1);
        vm.expectRevert(late);
        vm.prank(trader);
        _desk.answer(request, proof);
        vm.revertToState(state);
        vm.warp(request.deadline);
        vm.prank(trader);
        _desk.answer(request, proof);
        assertEq(_desk.claimable(trader), BOND, "at the deadline");
    }

    /// @dev With snapshots older than that allowed, the window could be over before there is one.
    function test_Desk_WindowShorterThanASnapshotsAge_Refused() public {
        uint64 least = manager.maxActionAge() - uint64(sheet.epochSeconds());
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.WindowInvalid.selector, least - 1));
        this.newDesk(least - 1);
        this.newDesk(least);
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newDesk(uint64 window) external {
        new ChallengeDesk(address(manager), address(_heartbeat), window, BOND);
    }

    function test_Claim_ToNobody_Refused() public {
        uint64 number = challenge();
        answerNow(number, nextEpoch());
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ClaimFailed.selector, trader, BOND));
        vm.prank(trader);
        _desk.claim(payable(address(0)));
    }

    function test_Challenge_AnswerAboutAnotherBook_Refused() public {
        uint64 number = challenge();
        uint64 epoch = nextEpoch();
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, epoch);
        request.deadline += 1;
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        _desk.answer(request, proof);
        (request, proof) = answerAt(address(_desk), number, epoch);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ChallengeUnknown.selector, thief, number));
        _desk.answer(request, proof);
    }

    function test_K2_AnswerTwice_Refused() public {
        uint64 number = challenge();
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, nextEpoch());
        vm.prank(trader);
        _desk.answer(request, proof);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ChallengeUnknown.selector, trader, number));
        _desk.answer(request, proof);
        request.challenge = challenge();
        uint64 next = nextEpoch();
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.EpochRefused.selector, request.epoch, next));
        _desk.answer(request, proof);
        request.epoch = next;
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        _desk.answer(request, proof);
    }

    function test_K16_Unanswered_OnlyAfterTheWindowOfLiveTime() public {
        challenge();
        // No prices, no clock: silence of the feeds is not the trader's.
        vm.warp(vm.getBlockTimestamp() + 15 hours);
        (bool isUnanswered, address by, uint64 since) = _desk.unansweredFor(trader);
        assertTrue(!isUnanswered, "no epoch after the challenge");
        assertTrue(by == _challenger, "challenger");
        live(3);
        (isUnanswered,,) = _desk.unansweredFor(trader);
        assertTrue(!isUnanswered, "the window runs");
        live(3);
        (isUnanswered,, since) = _desk.unansweredFor(trader);
        assertTrue(isUnanswered && since > 0, "over");
    }

    function test_Challenge_LateAnswer_AtTheNewestEpoch_BondGoesBack() public {
        uint64 number = challenge();
        uint64 first = nextEpoch();
        live(6);
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, first);
        uint64 newest = sheet.newestEpoch();
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.EpochRefused.selector, first, newest));
        _desk.answer(request, proof);
        answerNow(number, sheet.newestEpoch());
        assertEq(_desk.claimable(_challenger), BOND, "the challenger's");
        (bool isUnanswered,,) = _desk.unansweredFor(trader);
        assertTrue(!isUnanswered, "closed");
    }

    function test_K23_Pause_TheClockStandsAndAnswersGoOn() public {
        uint64 number = challenge();
        uint64 first = nextEpoch();
        manager.pause();
        live(12);
        (bool isUnanswered,,) = _desk.unansweredFor(trader);
        assertTrue(!isUnanswered, "paused");
        answerNow(number, first);
    }

    /// @dev Paid off, another book, debt again: the new commitment was not active at the epoch that the answer is about.
    function test_Challenge_CommitmentOfLater_DoesNotAnswer() public {
        uint64 number = challenge();
        uint64 first = nextEpoch();
        vm.prank(trader);
        vault.repay(trader, type(uint256).max);
        vm.warp(vm.getBlockTimestamp() + 1);
        commitFor(trader);
        drawNow(50_000e6);
        uint64 activated = manager.accountState(trader).activatedAt;
        (uint64 taken,) = sheet.epochMeta(first);
        (AnswerRequest memory request, Proof memory proof) = answerAt(address(_desk), number, first);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CommitmentTooNew.selector, activated, taken));
        _desk.answer(request, proof);
    }

    function test_Challenge_Refusals() public {
        vm.prank(_challenger);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.BondInvalid.selector, BOND - 1, BOND));
        _desk.challenge{value: BOND - 1}(trader);
        vm.prank(_challenger);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.NothingOwed.selector, thief));
        _desk.challenge{value: BOND}(thief);
        uint64 number = challenge();
        vm.prank(_challenger);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ChallengeOpen.selector, trader, number));
        _desk.challenge{value: BOND}(trader);
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.DebtOutstanding.selector, trader));
        _desk.close(trader);
        vm.prank(trader);
        vault.repay(trader, type(uint256).max);
        _desk.close(trader);
        assertEq(_desk.claimable(_challenger), BOND, "back");
        vm.expectRevert(abi.encodeWithSelector(IChallengeDesk.ChallengeUnknown.selector, trader, 0));
        _desk.close(trader);
    }

    /// @dev An open challenge stops neither repayment nor top-up, nor a liquidation (Liquidation.t.sol).
    function test_Challenge_StopsNothing() public {
        challenge();
        depositEth(1 ether);
        vm.prank(trader);
        vault.repay(trader, 1_000e6);
    }
}
