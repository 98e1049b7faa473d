// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Challenge, IChallengeDesk} from "./interfaces/IChallengeDesk.sol";
import {IHeartbeat} from "./interfaces/IHeartbeat.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";
import {AnswerRequest} from "./interfaces/ManagerTypes.sol";
import {Proof} from "./interfaces/Types.sol";

/// @title Challenges and their answers: see IChallengeDesk
contract ChallengeDesk is IChallengeDesk {
    IRiskManager public immutable manager;
    IHeartbeat public immutable heartbeat;
    IPriceSheet public immutable sheet;
    uint64 public immutable window;
    uint256 public immutable bond;

    mapping(address account => Challenge) private _challenges;
    mapping(address owner => uint256) public claimable;
    uint64 private _lastNumber;

    constructor(address manager_, address heartbeat_, uint64 window_, uint256 bond_) {
        manager = IRiskManager(manager_);
        heartbeat = IHeartbeat(heartbeat_);
        sheet = manager.sheet();
        (window, bond) = (window_, bond_);
        // Else the window could be over before there is a price to answer at.
        if (manager.maxActionAge() > sheet.epochSeconds() + window_) revert WindowInvalid(window_);
    }

    /// @inheritdoc IChallengeDesk
    function challenge(address account) external payable returns (uint64 number) {
        if (msg.value != bond) revert BondInvalid(msg.value, bond);
        if (manager.vaultOf(account) == address(0)) revert NothingOwed(account);
        Challenge storage open = _challenges[account];
        if (open.challenger != address(0)) revert ChallengeOpen(account, open.number);
        number = ++_lastNumber;
        heartbeat.poke();
        _challenges[account] = Challenge(msg.sender, number, sheet.newestEpoch(), heartbeat.liveTime());
        emit Challenged(account, msg.sender, number, sheet.newestEpoch());
    }

    /// @inheritdoc IChallengeDesk
    function answer(AnswerRequest calldata request, Proof calldata proof) external {
        Challenge memory open = _challenges[msg.sender];
        if (open.challenger == address(0) || open.number != request.challenge) {
            revert ChallengeUnknown(msg.sender, request.challenge);
        }
        (bool isLate,) = _overdue(open);
        (uint64 newest, uint64 first) = (sheet.newestEpoch(), _firstAfter(open.epoch));
        bool isPrompt = !isLate && request.epoch == first && manager.vaultOf(msg.sender) != address(0);
        // Whoever was not healthy at the first epoch, or comes late, may be so now; the challenger was right to ask.
        if (newest <= open.epoch || !(isPrompt || request.epoch == newest)) revert EpochRefused(request.epoch, newest);
        manager.verifyHealthy(msg.sender, request, proof);
        delete _challenges[msg.sender];
        claimable[isPrompt ? msg.sender : open.challenger] += bond;
        emit Answered(msg.sender, open.number, isPrompt);
    }

    /// @inheritdoc IChallengeDesk
    function close(address account) external {
        Challenge memory open = _challenges[account];
        if (open.challenger == address(0)) revert ChallengeUnknown(account, 0);
        if (manager.vaultOf(account) != address(0)) revert DebtOutstanding(account);
        delete _challenges[account];
        claimable[open.challenger] += bond;
        emit ChallengeClosed(account, open.number);
    }

    /// @inheritdoc IChallengeDesk
    function claim(address payable to) external {
        uint256 amount = claimable[msg.sender];
        claimable[msg.sender] = 0;
        emit Claimed(msg.sender, to, amount);
        (bool ok,) = to.call{value: amount}("");
        if (!ok || amount == 0 || to == address(0)) revert ClaimFailed(msg.sender, amount);
    }

    /// @inheritdoc IChallengeDesk
    function unansweredFor(address account)
        external
        view
        returns (bool isUnanswered, address challenger, uint64 liveSeconds)
    {
        Challenge memory open = _challenges[account];
        if (open.challenger == address(0)) return (false, address(0), 0);
        (isUnanswered, liveSeconds) = _overdue(open);
        challenger = open.challenger;
    }

    /// @inheritdoc IChallengeDesk
    function challengeOf(address account) external view returns (Challenge memory) {
        return _challenges[account];
    }

    /// @dev Whether the window is over. It runs while an epoch after the challenge can be answered about, one epoch after the challenge at the
    /// earliest, so that the snapshot may take its time.
    function _overdue(Challenge memory open) private view returns (bool, uint64) {
        if (sheet.newestEpoch() <= open.epoch) return (false, 0);
        uint64 due = open.live + sheet.epochSeconds() + window;
        uint64 live = heartbeat.liveTime();
        return live > due ? (true, live - due) : (false, 0);
    }

    /// @dev The first epoch with a snapshot after another, or the newest when that is out of the ring.
    function _firstAfter(uint64 epoch) private view returns (uint64 first) {
        uint64 newest = sheet.newestEpoch();
        uint64 ring = sheet.ringEpochs();
        first = newest - epoch < ring ? epoch + 1 : newest;
        while (first < newest) {
            try sheet.epochMeta(first) {
                return first;
            } catch {
                ++first;
            }
        }
    }
}
