// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {CreditVault} from "../../src/CreditVault.sol";
import {CustodianRegistry} from "../../src/CustodianRegistry.sol";
import {MockERC20} from "../../src/demo/MockERC20.sol";
import {MockFeed} from "../../src/demo/MockFeed.sol";
import {VaultConfig} from "../../src/interfaces/ICreditVault.sol";
import {SetRange} from "../../src/interfaces/ICircuitRegistry.sol";
import {CustodianStatement} from "../../src/interfaces/ICustodianRegistry.sol";
import {Limits} from "../../src/interfaces/IPolicyRegistry.sol";
import {SheetConfig, SlotConfig} from "../../src/interfaces/IPriceSheet.sol";
import {IRiskManager} from "../../src/interfaces/IRiskManager.sol";
import {
    ActionRequest,
    AnswerRequest,
    AttestRequest,
    LiquidationRequest,
    RiskConfig,
    UpdateRequest
} from "../../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../../src/interfaces/Types.sol";
import {Params} from "../../src/libraries/Params.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {PriceSheet} from "../../src/PriceSheet.sol";
import {RiskManager} from "../../src/RiskManager.sol";
import {ProofSimulator, SimulatedKey} from "./ProofSimulator.sol";

/// @title A whole deployment in the micro tier with simulated keys, ready to attest, draw and liquidate
/// @dev Slot 1 is the dollar token that is lent, slot 2 the collateral; slots 3 … N − 2 have feeds only, slot N − 1 is unused.
abstract contract Fixture is ProofSimulator {
    uint8 internal constant COMPLIANCE = 1;
    uint8 internal constant HEALTHY = 2;
    uint8 internal constant LIQUIDATION = 3;
    uint8 internal constant USD = 1;
    uint8 internal constant ETH = 2;
    uint32 internal constant GENESIS = 20_000;
    uint64 internal constant HOUR = 3_600;

    uint256 internal N;
    uint256 internal S;
    uint256 internal ROWS;
    uint256 internal K;

    address internal trader = address(0x71ade6);
    address internal lender = address(0x1e4de6);
    address internal keeper = address(0x4ee9e6);
    address internal thief = address(0x7111ef);
    uint256 internal custodianKey = 0xc057;

    CircuitRegistry internal registry;
    PriceSheet internal sheet;
    PolicyRegistry internal policies;
    IRiskManager internal manager;
    CustodianRegistry internal custodians;
    CreditVault internal vault;
    MockERC20 internal usd;
    MockERC20 internal eth;
    MockFeed[] internal feeds;
    bytes32 internal policyId;
    mapping(uint8 => SimulatedKey) internal keys;
    uint256 internal nextCommitment = 1_000;
    /// @dev Compliance key version whose window is rolled.
    uint32 internal windowKey = 1;

    function tier() internal pure virtual returns (uint16[4] memory) {
        return [
            uint16(Params.MICRO_INSTRUMENTS),
            uint16(Params.MICRO_SCENARIOS),
            uint16(Params.MICRO_STRESSES),
            uint16(Params.MICRO_SECTORS)
        ];
    }

    /// @dev The micro tier leaves its last slot unused.
    function isUsed(uint256 slot) internal view virtual returns (bool) {
        return slot != 0 && slot != N - 1;
    }

    function setUp() public virtual {
        uint16[4] memory t = tier();
        (N, S, ROWS, K) = (t[0], t[1], t[3] + t[2] + 2, t[3]);
        vm.warp((uint256(GENESIS) + S + 1) * 86_400 + 600);
        registry = new CircuitRegistry(address(this), t, 2 days);
        for (uint8 kind = 1; kind <= 3; ++kind) {
            registerKey(kind, kind);
        }
        deployFeeds();
        deploySheet();
        for (uint32 day = 0; day <= S; ++day) {
            sheet.recordClose(GENESIS + day, roundIds(day + 1));
        }
        sheet.proposeParameters(parameterValues());
        for (uint8 kind = 1; kind <= 3; ++kind) {
            foldAllParameters(kind, 1, 1);
        }
        for (uint256 i = 0; i < S; ++i) {
            roll(1);
        }
        policies = new PolicyRegistry(address(registry));
        policyId = policies.register("standard", limits(1));
        policies.fold(policyId);
        deployVault();
        nextEpoch();
    }

    // ---- deployment

    function registerKey(uint8 kind, uint256 salt) internal {
        SimulatedKey memory key;
        (key.kind, key.salt) = (kind, salt);
        SetRange[6] memory ranges = registry.setRanges(kind);
        bytes memory blob = keyBlob(key, ranges[4].first - 1);
        uint256 rows = (ranges[4].count + ranges[5].count) / N;
        key.leaves = new bytes32[](rows + 1);
        key.leaves[0] = leafOf(0, blob);
        for (uint256 row = 0; row < rows; ++row) {
            key.leaves[row + 1] = leafOf(row + 1, points(key, ranges[4].first + row * N, N));
        }
        key.keyId = rootOf(key.leaves);
        keys[kind] = key;
        registry.register(kind, key.keyId, blob, merkleProof(key.leaves, 0), ranges);
    }

    function rowBases(uint8 kind, uint256 row) internal view returns (bytes memory bases, bytes32[] memory proof) {
        SimulatedKey memory key = keys[kind];
        return (
            points(key, registry.setRanges(kind)[4].first + row * N, N),
            merkleProof(key.leaves, row + 1)
        );
    }

    function basePrice(uint256 slot) internal pure returns (int256) {
        if (slot == USD) return 1e8;
        if (slot == ETH) return 2_000e8;
        return int256(10e8 * slot);
    }

    function deployFeeds() internal {
        for (uint256 slot = 0; slot < N; ++slot) {
            feeds.push(new MockFeed(8));
            MockFeed.Round[] memory rounds = new MockFeed.Round[](S + 1);
            for (uint256 day = 0; day <= S; ++day) {
                int256 wave = int256(uint256(keccak256(abi.encode(slot, day))) % 401) - 200;
                int256 price = slot == USD ? basePrice(slot) : basePrice(slot) * (10_000 + wave) / 10_000;
                rounds[day] = MockFeed.Round(int192(price), uint64((GENESIS + day + 1) * 86_400 - 300));
            }
            feeds[slot].push(rounds);
        }
    }

    function deploySheet() internal {
        SheetConfig memory config;
        config.admin = address(this);
        config.registry = address(registry);
        (config.weekdayMask, config.genesisDay) = (0x7f, GENESIS);
        (config.epochSeconds, config.parameterDelay) = (uint32(HOUR), 1 days);
        config.slots = new SlotConfig[](N);
        for (uint256 slot = 0; slot < N; ++slot) {
            if (isUsed(slot)) config.slots[slot] = SlotConfig(address(feeds[slot]), 6, 1 days, 2_000);
        }
        config.slots[0].decimals = 6;
        sheet = new PriceSheet(config);
    }

    function deployVault() internal {
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
        manager.grantRole(manager.CUSTODIAN_ROLE(), address(custodians));
        (usd, eth) = (new MockERC20("Dollar", "USD", 6), new MockERC20("Ether", "ETH", 18));
        manager.registerToken(USD, address(usd));
        manager.registerToken(ETH, address(eth));
        vault = newVault(policyId);
        vault.setCollateral(ETH, 8_000);
        custodians.setCustodian(vm.addr(custodianKey), 0, type(uint40).max);
        usd.mint(lender, 1e12);
        vm.startPrank(lender);
        usd.approve(address(vault), type(uint256).max);
        vault.deposit(1e12, lender);
        vm.stopPrank();
        eth.mint(trader, 1_000e18);
        usd.mint(keeper, 1e12);
        vm.prank(trader);
        eth.approve(address(vault), type(uint256).max);
        vm.prank(trader);
        usd.approve(address(vault), type(uint256).max);
        vm.prank(keeper);
        usd.approve(address(vault), type(uint256).max);
    }

    function newVault(bytes32 policy) internal returns (CreditVault made) {
        made = new CreditVault(vaultTerms(address(usd), USD, policy));
        manager.registerVault(address(made));
    }

    /// @dev A flat bonus of 5 %, a tenth of the interest for the reserve, nobody to ask for heartbeats and challenges.
    function vaultTerms(address asset, uint8 slot, bytes32 policy) internal view virtual returns (VaultConfig memory) {
        return VaultConfig({
            admin: address(this),
            asset: asset,
            manager: address(manager),
            sheet: address(sheet),
            heartbeat: address(0),
            desk: address(0),
            policyId: policy,
            assetSlot: slot,
            bonusBps: 500,
            maximumBonusBps: 500,
            bonusSeconds: 2 hours,
            reserveFactorBps: 1_000,
            minimumDebt: 100e6,
            name: "Pool",
            symbol: "POOL"
        });
    }

    function limits(uint8 minAssurance) internal view returns (Limits memory made) {
        made.enabledMask = 0xff;
        made.healthMinBps = 11_000;
        made.leverageMaxBps = 50_000;
        made.positionMaxBps = 10_000;
        made.hhiMaxBps = 8_000;
        made.varMaxBps = 2_000;
        made.expectedShortfallMaxBps = 3_000;
        made.stressMaxBps = 5_000;
        made.confidenceBps = 9_500;
        made.maxAgeSeconds = uint32(4 * HOUR);
        made.minAssurance = minAssurance;
        made.sectorMaxBps = new uint32[](K);
        for (uint256 k = 0; k < K; ++k) {
            made.sectorMaxBps[k] = uint32(9_000 + k);
        }
    }

    /// @dev Cash 10 000/10 000, used slots 8 000/11 000, slot i in sector i mod K, stresses −5 % … by row.
    function parameterValues() internal view returns (bytes memory out) {
        for (uint256 row = 0; row < ROWS; ++row) {
            for (uint256 slot = 0; slot < N; ++slot) {
                out = bytes.concat(out, bytes4(uint32(int32(parameterAt(row, slot)))));
            }
        }
    }

    function parameterAt(uint256 row, uint256 slot) internal view virtual returns (int256) {
        bool cash = slot == 0;
        if (!cash && !isUsed(slot)) return 0;
        if (row == 0) return cash ? int256(10_000) : int256(8_000);
        if (row == 1) return cash || slot == USD ? int256(10_000) : int256(11_000);
        if (row < 2 + K) return !cash && slot % K == row - 2 ? int256(1) : int256(0);
        return cash ? int256(0) : -50_000 * int256(row - 1 - K);
    }

    function foldAllParameters(uint8 kind, uint32 keyVersion, uint32 version) internal {
        (, uint16 needed) = sheet.parametersProgress(kind, keyVersion, version);
        for (uint16 row = 0; row < needed; ++row) {
            (bytes memory bases, bytes32[] memory proof) = rowBases(kind, row);
            sheet.foldParameters(kind, keyVersion, version, row, bases, proof);
        }
    }

    function roll(uint32 keyVersion) internal {
        (, uint32 row) = sheet.nextRow(keyVersion);
        (bytes memory bases, bytes32[] memory proof) = rowBases(COMPLIANCE, ROWS + row);
        sheet.roll(keyVersion, bases, proof);
    }

    function roundIds(uint64 round) internal view returns (uint80[] memory ids) {
        ids = new uint80[](N - 1);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = (uint80(1) << 64) | round;
        }
    }

    // ---- time and prices

    function pushPrice(uint256 slot, int256 price) internal {
        MockFeed.Round[] memory rounds = new MockFeed.Round[](1);
        rounds[0] = MockFeed.Round(int192(price), uint64(vm.getBlockTimestamp()));
        feeds[slot].push(rounds);
    }

    function foldNewest() internal {
        uint64 epoch = sheet.newestEpoch();
        for (uint8 kind = 1; kind <= 3; ++kind) {
            sheet.fold(kind, epoch);
        }
    }

    function nextEpoch() internal returns (uint64 epoch) {
        vm.warp((vm.getBlockTimestamp() / HOUR + 1) * HOUR);
        epoch = sheet.snapshot();
        foldNewest();
    }

    /// @dev Two snapshots: a jump is believed at the second one.
    function moveEth(int256 price) internal {
        pushPrice(ETH, price);
        nextEpoch();
        if (uint8(sheet.slotStatus(ETH)) != 0) nextEpoch();
    }

    // ---- what proofs are about: dlogs of the points, from values

    function rowDlog(uint8 kind, uint256 firstSignal, int256[] memory values) internal view returns (uint256 x) {
        SimulatedKey memory key = keys[kind];
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] != 0) x = addmod(x, mulmod(tau(key, firstSignal + i), toScalar(values[i]), R), R);
        }
    }

    function sheetDlog(uint8 kind, uint64 epoch) internal view returns (uint256 x) {
        SetRange[6] memory ranges = registry.setRanges(kind);
        uint64[] memory prices = sheet.pricesOf(epoch);
        (, uint128 blocked) = sheet.epochMeta(epoch);
        SimulatedKey memory key = keys[kind];
        for (uint256 i = 1; i < N; ++i) {
            x = addmod(x, mulmod(tau(key, ranges[2].first + i - 1), prices[i], R), R);
            if (kind == COMPLIANCE && (blocked >> i) & 1 == 1) x = addmod(x, tau(key, ranges[2].first + N + i - 2), R);
        }
        x = addmod(x, parametersDlog(kind), R);
        if (kind == COMPLIANCE) x = addmod(x, windowDlog(), R);
    }

    function parametersDlog(uint8 kind) internal view returns (uint256 x) {
        uint256 first = registry.setRanges(kind)[4].first;
        for (uint256 row = 0; row < (kind == COMPLIANCE ? ROWS : 2); ++row) {
            int256[] memory values = new int256[](N);
            for (uint256 slot = 0; slot < N; ++slot) {
                values[slot] = parameterAt(row, slot);
            }
            x = addmod(x, rowDlog(kind, first + row * N, values), R);
        }
    }

    /// @dev From the closes, not from what was rolled.
    function windowDlog() internal view returns (uint256 x) {
        uint256 first = registry.setRanges(COMPLIANCE)[5].first;
        (uint32 newest,,) = sheet.windowState(windowKey);
        for (uint32 ordinal = newest + 1 - uint32(S); ordinal <= newest; ++ordinal) {
            uint64[] memory before = sheet.closesOf(ordinal - 1);
            uint64[] memory current = sheet.closesOf(ordinal);
            int256[] memory values = new int256[](N);
            for (uint256 i = 1; i < N; ++i) {
                if (before[i] == 0) continue;
                int256 scaled = (int256(uint256(current[i])) - int256(uint256(before[i]))) * 1e6;
                int256 price = int256(uint256(before[i]));
                values[i] = scaled / price;
                if (scaled % price != 0 && scaled < 0) values[i] -= 1;
                if (values[i] >= 1 << 23) values[i] = (1 << 23) - 1;
            }
            x = addmod(x, rowDlog(COMPLIANCE, first + (ordinal % S) * N, values), R);
        }
    }

    function policyDlog(bytes32 id) internal view returns (uint256) {
        uint256[] memory values = policies.policyValues(id);
        int256[] memory signedValues = new int256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            signedValues[i] = int256(values[i]);
        }
        return rowDlog(COMPLIANCE, registry.setRanges(COMPLIANCE)[3].first, signedValues);
    }

    function legDlog(uint8 kind, uint64[] memory long, uint64[] memory short) internal view returns (uint256 x) {
        uint256 first = registry.setRanges(kind)[1].first;
        for (uint256 i = 0; i < N; ++i) {
            x = addmod(x, mulmod(tau(keys[kind], first + i), long[i], R), R);
            x = addmod(x, mulmod(tau(keys[kind], first + N + i), short[i], R), R);
        }
    }

    function dynamicDlog(uint8 kind, uint256 commitment, address owner, uint256 context)
        internal
        view
        returns (uint256 x)
    {
        SimulatedKey memory key = keys[kind];
        x = addmod(tau(key, 0), mulmod(tau(key, 1), commitment, R), R);
        x = addmod(x, mulmod(tau(key, 2), uint160(owner), R), R);
        x = addmod(x, mulmod(tau(key, 3), context, R), R);
    }

    // ---- proofs of a named binding

    struct Binds {
        address target;
        bytes32 policy;
        address account;
        uint256 commitment;
        uint64 sequence;
        address beneficiary;
        uint8 action;
        bytes32 actionHash;
        uint64 epoch;
        uint64 nonce;
        uint64 deadline;
    }

    function contextFor(uint8 kind, Binds memory b) internal view returns (uint256) {
        bytes memory head =
            abi.encode(keccak256("zkrisk.context.v1"), block.chainid, b.target, keys[kind].keyId, b.policy, b.account);
        bytes memory tail = abi.encode(
            b.sequence, b.beneficiary, b.action, b.actionHash, uint256(b.epoch), uint256(b.nonce), uint256(b.deadline)
        );
        return uint256(keccak256(bytes.concat(head, tail))) % R;
    }

    function complianceX(Binds memory b, uint64[] memory long, uint64[] memory short) internal view returns (uint256 x) {
        x = dynamicDlog(COMPLIANCE, b.commitment, b.account, contextFor(COMPLIANCE, b));
        x = addmod(x, legDlog(COMPLIANCE, long, short), R);
        x = addmod(x, sheetDlog(COMPLIANCE, b.epoch), R);
        x = addmod(x, policyDlog(b.policy), R);
    }

    function liquidationX(Binds memory b, LegClaim[] memory claims, uint256 threshold)
        internal
        view
        returns (uint256 x)
    {
        (uint64[] memory long, uint64[] memory short) = (new uint64[](N), new uint64[](N));
        for (uint256 i = 0; i < claims.length; ++i) {
            (long[claims[i].slot], short[claims[i].slot]) = (claims[i].long, claims[i].short);
        }
        x = dynamicDlog(LIQUIDATION, b.commitment, b.account, contextFor(LIQUIDATION, b));
        x = addmod(x, mulmod(tau(keys[LIQUIDATION], 4), threshold, R), R);
        x = addmod(x, legDlog(LIQUIDATION, long, short), R);
        x = addmod(x, sheetDlog(LIQUIDATION, b.epoch), R);
    }

    // ---- the usual actors

    function commitFor(address account) internal returns (uint256 commitment) {
        commitment = nextCommitment++;
        vm.prank(account);
        manager.commit(commitment);
    }

    function attestBinds(address account, bytes32 policy) internal view returns (Binds memory b) {
        b.target = address(manager);
        (b.policy, b.account, b.beneficiary, b.action) = (policy, account, account, 1);
        b.commitment = manager.accountState(account).commitment;
        b.sequence = manager.accountState(account).sequence;
        (b.epoch, b.nonce) = (sheet.newestEpoch(), manager.nonceOf(account, 1));
        b.deadline = uint64(vm.getBlockTimestamp() + 600);
    }

    function attestProof(Binds memory b) internal view returns (AttestRequest memory request, Proof memory proof) {
        request = AttestRequest(b.policy, b.epoch, b.nonce, b.deadline);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(b.account, b.epoch);
        proof = simulate(complianceX(b, long, short), 12_345);
    }

    function attestNow(address account) internal {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(account, policyId));
        vm.prank(account);
        manager.attest(request, proof);
    }

    function depositEth(uint256 amount) internal {
        vm.prank(trader);
        vault.depositEscrow(ETH, amount, trader);
    }

    /// @dev Binding of a draw or withdrawal of the trader.
    function actionBinds(uint8 action, address token, uint256 amount) internal view returns (Binds memory b) {
        b = attestBinds(trader, policyId);
        (b.target, b.action) = (address(vault), action);
        b.actionHash = keccak256(abi.encode(token, amount));
        b.nonce = manager.nonceOf(trader, action);
    }

    /// @dev Proof on the leg as it is after adding to debt and taking from escrow, both in lots.
    function actionProof(Binds memory b, uint64 moreUsdShort, uint64 lessEthLong)
        internal
        view
        returns (ActionRequest memory request, Proof memory proof)
    {
        request = ActionRequest(b.epoch, b.nonce, b.deadline, b.beneficiary);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(b.account, b.epoch);
        short[USD] += moreUsdShort;
        long[ETH] -= lessEthLong;
        proof = simulate(complianceX(b, long, short), 54_321);
    }

    function drawNow(uint256 amount) internal {
        Binds memory b = actionBinds(3, address(usd), amount);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, moreShort(amount, b.epoch), 0);
        vm.prank(trader);
        vault.draw(amount, request, proof);
    }

    /// @dev What a draw adds to the trader's leg: units as of the epoch's start, up, with interest to its end, up.
    function moreShort(uint256 amount, uint64 epoch) internal view returns (uint64) {
        uint256 start = manager.debtIndexOf(address(vault), uint64(epoch * HOUR));
        uint256 end = manager.debtIndexOf(address(vault), uint64((epoch + 1) * HOUR));
        (, uint256 units) = manager.positionOf(trader, USD);
        uint256 later = units + (amount * 1e18 + start - 1) / start;
        return uint64((later * end + 1e18 - 1) / 1e18 - (units * end + 1e18 - 1) / 1e18);
    }

    function tightClaims(address account) internal view returns (LegClaim[] memory claims) {
        (uint64[] memory long, uint64[] memory short) = manager.liquidationLegOf(account);
        claims = new LegClaim[](2);
        claims[0] = LegClaim(USD, long[USD], short[USD]);
        claims[1] = LegClaim(ETH, long[ETH], short[ETH]);
    }

    function liquidationOf(address account, uint256 repayAmount, uint16 thresholdBps)
        internal
        view
        returns (LiquidationRequest memory request)
    {
        request.account = account;
        request.repayAmount = repayAmount;
        request.seizeSlot = ETH;
        request.thresholdBps = thresholdBps;
        request.claims = tightClaims(account);
        request.epoch = sheet.newestEpoch();
        request.nonce = manager.liquidationNonceOf(account, keeper);
        request.deadline = uint64(vm.getBlockTimestamp() + 600);
        request.beneficiary = keeper;
    }

    function liquidationProof(LiquidationRequest memory request) internal view returns (Proof memory) {
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (address(vault), request.account, request.beneficiary, 5);
        b.commitment = manager.accountState(request.account).commitment;
        b.sequence = manager.accountState(request.account).sequence;
        b.actionHash =
            keccak256(abi.encode(request.repayAmount, request.seizeSlot, request.thresholdBps, request.claims));
        (b.epoch, b.nonce, b.deadline) = (request.epoch, request.nonce, request.deadline);
        return simulate(liquidationX(b, request.claims, request.thresholdBps), 777);
    }

    /// @dev A statement must be newer than the last deposit of escrow: a second later at the earliest.
    function attachCustodian(address account, uint256 commitment, uint64 sequence) internal {
        uint64 last = manager.accountState(account).lastDeposit;
        if (vm.getBlockTimestamp() <= last) vm.warp(last + 1);
        CustodianStatement memory statement =
            CustodianStatement(account, commitment, sequence, uint64(vm.getBlockTimestamp()));
        custodians.attachCustodian(statement, signed(custodianKey, statement));
    }

    function signed(uint256 key, CustodianStatement memory statement) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, custodians.statementDigest(statement));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The trader's honest answer to a challenge at an epoch.
    function answerAt(address desk, uint64 number, uint64 epoch)
        internal
        view
        returns (AnswerRequest memory request, Proof memory proof)
    {
        request = AnswerRequest(number, epoch, uint64(vm.getBlockTimestamp() + 2 hours));
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (desk, trader, trader, 6);
        (b.commitment, b.sequence) =
            (manager.accountState(trader).commitment, manager.accountState(trader).sequence);
        (b.epoch, b.nonce, b.deadline) = (epoch, number, request.deadline);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, epoch);
        uint256 x = dynamicDlog(HEALTHY, b.commitment, trader, contextFor(HEALTHY, b));
        x = addmod(x, mulmod(tau(keys[HEALTHY], 4), 10_000, R), R);
        x = addmod(x, addmod(legDlog(HEALTHY, long, short), sheetDlog(HEALTHY, epoch), R), R);
        proof = simulate(x, 4_242);
    }
}
