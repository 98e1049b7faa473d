// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {Auditor, IReaderKeys, ReaderKey} from "../src/interfaces/IReaderKeys.sol";
import {IVenueRegistry} from "../src/interfaces/IVenueRegistry.sol";
import {Edwards} from "../src/libraries/Edwards.sol";
import {Fingerprint} from "../src/libraries/Fingerprint.sol";
import {Params} from "../src/libraries/Params.sol";
import {ReaderKeys} from "../src/ReaderKeys.sol";
import {VenueRegistry} from "../src/VenueRegistry.sol";
import {Assertions} from "./utils/Assertions.sol";

/// @title Keys of venues and readers: which are taken, and when they count
contract KeysTest is Assertions {
    uint256 private constant R = Params.SCALAR_MODULUS;
    uint64 private constant NOW = 1_800_000_000;
    uint64 private constant NOTICE = 2 days;
    address private constant TRADER = address(0xa11ce);
    /// @dev 2·BASE and 3·BASE, computed by the client's implementation.
    uint256 private constant TWO_X = 10031262171927540148667355526369034398030886437092045105752248699557385197826;
    uint256 private constant TWO_Y = 633281375905621697187330766174974863687049529291089048651929454608812697683;
    uint256 private constant THREE_X = 2763488322167937039616325905516046217694264098671987087929565332380420898366;
    uint256 private constant THREE_Y = 15305195750036305661220525648961313310481046260814497672243197092298550508693;

    VenueRegistry private _venues;
    ReaderKeys private _readers;

    function setUp() public {
        vm.warp(NOW);
        (_venues, _readers) = (new VenueRegistry(address(this), NOTICE), new ReaderKeys(address(this), NOTICE));
    }

    function two() private pure returns (ReaderKey memory) {
        return ReaderKey(TWO_X, TWO_Y);
    }

    function three() private pure returns (ReaderKey memory) {
        return ReaderKey(THREE_X, THREE_Y);
    }

    function one(ReaderKey memory key) private pure returns (ReaderKey[] memory keys) {
        keys = new ReaderKey[](1);
        keys[0] = key;
    }

    // ---- the curve

    function test_Edwards_KeysOfTheSubgroup() public pure {
        assertTrue(Edwards.isKey(Params.EDWARDS_BASE_X, Params.EDWARDS_BASE_Y), "the base point");
        assertTrue(Edwards.isKey(TWO_X, TWO_Y), "twice the base point");
        assertTrue(Edwards.isKey(R - TWO_X, TWO_Y), "and its negative");
    }

    /// @dev L7: with a key of small order the shared secret is one of a few, and the salt stands open.
    function test_L7_KeysOfOtherOrders_Refused() public pure {
        assertTrue(!Edwards.isKey(0, 1), "the neutral point");
        assertTrue(!Edwards.isKey(0, R - 1), "order 2");
        uint256 x = 18930368022820495955728484915491405972470733850014661777449844430438130630919;
        assertTrue(Edwards.isOnCurve(x, 0) && !Edwards.isKey(x, 0), "order 4");
        x = 11856980699911735073579050218888240690517477963323989237945955487018423297791;
        uint256 y = 21254961495933653525059074979082300224861314871124945295046274731966995797934;
        assertTrue(Edwards.isOnCurve(x, y) && !Edwards.isKey(x, y), "twice the base point and one of order 2");
        assertTrue(!Edwards.isKey(TWO_X + R, TWO_Y) && !Edwards.isKey(TWO_X, TWO_Y + R), "not canonical");
        assertTrue(!Edwards.isKey(TWO_X, TWO_Y + 1) && !Edwards.isKey(1, 1), "not on the curve");
    }

    function evaluate(uint256[] memory values, uint256 point) external pure returns (uint256) {
        return Fingerprint.evaluate(values, point);
    }

    function test_Fingerprint_HighestFirst_AndCanonical() public {
        uint256[] memory values = new uint256[](3);
        (values[0], values[1], values[2]) = (2, R - 1, 5);
        assertEq(this.evaluate(values, 10), 195, "200 - 10 + 5");
        values[1] = R;
        vm.expectRevert(abi.encodeWithSelector(Fingerprint.ValueNotCanonical.selector, 1));
        this.evaluate(values, 10);
    }

    // ---- venues

    function test_Venue_PeriodAndRotation() public {
        assertEq(_venues.addKey(7, TWO_X, TWO_Y, NOW - 1 days, NOW + 30 days), 0, "the first needs no notice");
        (uint256 x, uint256 y, uint64 until) = _venues.keyFor(7, 0, NOW);
        assertTrue(x == TWO_X && y == TWO_Y && until == NOW + 30 days, "its key");
        vm.expectRevert(
            abi.encodeWithSelector(
                IVenueRegistry.VenueKeyPeriodInvalid.selector, NOW + NOTICE - 1, NOW + 30 days, NOW + NOTICE
            )
        );
        _venues.addKey(7, THREE_X, THREE_Y, NOW + NOTICE - 1, NOW + 30 days);
        assertEq(_venues.addKey(7, THREE_X, THREE_Y, NOW + NOTICE, NOW + 30 days), 1, "the next after the notice");
        _expectExpired(1, NOW, NOW + NOTICE, NOW + 30 days);
        (x,,) = _venues.keyFor(7, 1, NOW + NOTICE);
        assertEq(x, THREE_X, "a statement of its period");
    }

    function _expectExpired(uint32 index, uint64 timestamp, uint64 from, uint64 until) private {
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyExpired.selector, 7, index, from, until));
        _venues.keyFor(7, index, timestamp);
    }

    function test_Venue_Expired_ToTheSecond() public {
        _venues.addKey(7, TWO_X, TWO_Y, NOW, NOW + 100);
        _expectExpired(0, NOW - 1, NOW, NOW + 100);
        vm.warp(NOW + 100);
        _venues.keyFor(7, 0, NOW);
        _venues.keyFor(7, 0, NOW + 100);
        _expectExpired(0, NOW + 101, NOW, NOW + 100);
        vm.warp(NOW + 101);
        _expectExpired(0, NOW, NOW, NOW + 100);
    }

    function test_Venue_Revoked_AtOnceAndForEver() public {
        _venues.addKey(7, TWO_X, TWO_Y, NOW, NOW + 30 days);
        vm.warp(NOW + 5);
        _venues.revokeKey(7, 0);
        assertTrue(_venues.isRevoked(7, 0), "told to whoever asks");
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyIsRevoked.selector, 7, 0, NOW + 5));
        _venues.keyFor(7, 0, NOW);
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyIsRevoked.selector, 7, 0, NOW + 5));
        _venues.revokeKey(7, 0);
    }

    function test_Venue_RevertWhen_Invalid() public {
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueZero.selector));
        _venues.addKey(0, TWO_X, TWO_Y, NOW, NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyInvalid.selector, 0, R - 1));
        _venues.addKey(7, 0, R - 1, NOW, NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyPeriodInvalid.selector, NOW, NOW, 0));
        _venues.addKey(7, TWO_X, TWO_Y, NOW, NOW);
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyUnknown.selector, 7, 0));
        _venues.keyFor(7, 0, NOW);
        vm.expectRevert(abi.encodeWithSelector(IVenueRegistry.VenueKeyUnknown.selector, 7, 0));
        _venues.revokeKey(7, 0);
    }

    function test_Keys_RolesOnly() public {
        bytes4 reason = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(TRADER);
        vm.expectPartialRevert(reason);
        _venues.addKey(7, TWO_X, TWO_Y, NOW, NOW + 1);
        vm.expectPartialRevert(reason);
        _venues.revokeKey(7, 0);
        vm.expectPartialRevert(reason);
        _readers.announceKeepers(one(two()));
        vm.expectPartialRevert(reason);
        _readers.setAuditor(address(0xb0b), two(), NOW, NOW + 1);
        vm.expectPartialRevert(reason);
        _readers.removeAuditor(address(0xb0b));
        vm.stopPrank();
    }

    // ---- readers

    function test_Keepers_NextSetAfterTheNotice() public {
        assertEq(_readers.currentVersion(), 0, "nobody yet");
        assertEq(_readers.announceKeepers(one(two())), 1, "the first at once");
        assertEq(_readers.currentVersion(), 1, "current");
        assertEq(_readers.announceKeepers(one(three())), 2, "announced");
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.KeepersPending.selector, 2, NOW + NOTICE));
        _readers.announceKeepers(one(two()));
        vm.warp(NOW + NOTICE - 1);
        (uint32 version, ReaderKey[] memory keys) = _readers.readersOf(TRADER);
        assertTrue(version == 1 && keys.length == 1 && keys[0].x == TWO_X, "the old ones until then");
        vm.warp(NOW + NOTICE);
        (version, keys) = _readers.readersOf(TRADER);
        assertTrue(version == 2 && keys.length == 1 && keys[0].x == THREE_X, "the new ones from then on");
        assertEq(_readers.keepersOf(1)[0].x, TWO_X, "old keys can still be looked up");
        assertEq(_readers.announceKeepers(one(two())), 3, "and so on");
        assertEq(_readers.currentVersion(), 2, "after its notice");
    }

    function test_Keepers_AnnouncedByMistake_Cancelled() public {
        bytes memory none = abi.encodeWithSelector(IReaderKeys.KeepersUnknown.selector, 2);
        _readers.announceKeepers(one(two()));
        vm.expectRevert(none);
        _readers.cancelKeepers();
        _readers.announceKeepers(one(three()));
        bytes32 role = _readers.KEEPER_ADMIN_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, TRADER, role)
        );
        vm.prank(TRADER);
        _readers.cancelKeepers();
        _readers.cancelKeepers();
        vm.expectRevert(none);
        _readers.keepersOf(2);
        vm.warp(NOW + NOTICE);
        assertEq(_readers.currentVersion(), 1, "it never counts");
        assertEq(_readers.announceKeepers(one(two())), 2, "the next gets its number");
        assertEq(_readers.keepersOf(2).length, 1, "and none of its keys");
        vm.warp(NOW + 2 * NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.KeepersUnknown.selector, 2));
        _readers.cancelKeepers();
        assertEq(_readers.currentVersion(), 2, "what counts stays");
    }

    function test_Keepers_RevertWhen_Invalid() public {
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.KeeperCountInvalid.selector, 0, 2));
        _readers.announceKeepers(new ReaderKey[](0));
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.KeeperCountInvalid.selector, 3, 2));
        _readers.announceKeepers(new ReaderKey[](3));
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.ReaderKeyInvalid.selector, 0, 1));
        _readers.announceKeepers(one(ReaderKey(0, 1)));
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.KeepersUnknown.selector, 1));
        _readers.keepersOf(1);
    }

    /// @dev L7: a key opens its scope, and a removed one nothing newer.
    function test_L7_Auditor_ReadsItsAccountInItsPeriod() public {
        _readers.announceKeepers(one(two()));
        vm.prank(TRADER);
        _readers.setAuditor(TRADER, three(), NOW + 10, NOW + 20);
        for (uint64 time = NOW + 9; time <= NOW + 21; ++time) {
            vm.warp(time);
            (, ReaderKey[] memory keys) = _readers.readersOf(TRADER);
            bool inside = time >= NOW + 10 && time <= NOW + 20;
            assertEq(keys.length, inside ? 2 : 1, "in its period");
            if (inside) assertEq(keys[1].x, THREE_X, "after the keepers");
            (, keys) = _readers.readersOf(address(0xb0b));
            assertEq(keys.length, 1, "of its account");
        }
        vm.warp(NOW + 15);
        vm.prank(TRADER);
        _readers.removeAuditor(TRADER);
        (, ReaderKey[] memory left) = _readers.readersOf(TRADER);
        assertEq(left.length, 1, "removed");
    }

    function test_L7_Auditor_SmallOrderKey_Refused() public {
        vm.startPrank(TRADER);
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.ReaderKeyInvalid.selector, 0, 1));
        _readers.setAuditor(TRADER, ReaderKey(0, 1), NOW, NOW + 1);
        _readers.setAuditor(TRADER, two(), NOW, NOW + 1);
        vm.stopPrank();
    }

    function test_Auditor_Appointed_TheAccountCannotRemoveIt() public {
        _readers.announceKeepers(one(two()));
        _readers.setAuditor(TRADER, three(), NOW, NOW + 20);
        vm.startPrank(TRADER);
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.AuditorAppointed.selector, TRADER));
        _readers.removeAuditor(TRADER);
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.AuditorAppointed.selector, TRADER));
        _readers.setAuditor(TRADER, two(), NOW, NOW);
        vm.stopPrank();
        _readers.removeAuditor(TRADER);
        Auditor memory gone = _readers.auditorOf(TRADER);
        assertTrue(gone.key.x == 0 && !gone.appointed, "the role can");
        vm.expectRevert(abi.encodeWithSelector(IReaderKeys.AuditorPeriodInvalid.selector, NOW + 1, NOW));
        _readers.setAuditor(TRADER, three(), NOW + 1, NOW);
    }
}
