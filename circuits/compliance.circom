pragma circom 2.1.6;

include "commitment/bound_book.circom";
include "statements/blocked.circom";
include "statements/concentration.circom";
include "statements/exposure.circom";
include "statements/health.circom";
include "statements/leverage.circom";
include "statements/scenario.circom";
include "statements/valuation.circom";

/// A committed book, with its on-chain leg, meets a policy on a sheet: statements 1-5, 7 and B.
/// The order of the signals is the order of docs/protocol.md, "Circuits and public signals".
/// @param N instruments  @param S scenarios  @param R stress rows  @param K sectors
template Compliance(N, S, R, K) {
    // DYNAMIC
    signal input commitment;
    signal input owner;
    signal input context;
    // LEG
    signal input leg_long[N];
    signal input leg_short[N];
    // PRICES
    signal input price[N - 1];
    signal input blocked[N - 1];
    // POLICY
    signal input enabled[8];
    signal input health_min_bps;
    signal input leverage_max_bps;
    signal input position_max_bps;
    signal input hhi_max_bps;
    signal input var_max_bps;
    signal input expected_shortfall_max_bps;
    signal input stress_max_bps;
    signal input tail_count;
    signal input tail_mass;
    signal input sector_max_bps[K];
    // PARAMETERS
    signal input liquidation_threshold_bps[N];
    signal input borrow_factor_bps[N];
    signal input sector[K][N];
    signal input stress_return[R][N];
    // WINDOW
    signal input window_return[S][N];
    // Private.
    signal input long[N];
    signal input short[N];
    signal input salt;
    signal input tail_threshold;

    component bit[8];
    for (var i = 0; i < 8; i++) {
        bit[i] = AssertBit();
        bit[i].in <== enabled[i];
    }

    component account = BoundBook(N);
    account.commitment <== commitment;
    account.owner <== owner;
    account.context <== context;
    account.leg_long <== leg_long;
    account.leg_short <== leg_short;
    account.long <== long;
    account.short <== short;
    account.salt <== salt;

    component open = AssertNotBlocked(N);
    open.blocked <== blocked;
    open.total_long <== account.total_long;
    open.total_short <== account.total_short;

    component valuation = Valuation(N);
    valuation.total_long <== account.total_long;
    valuation.total_short <== account.total_short;
    valuation.price <== price;

    component exposure = Exposure(N);
    exposure.long_value <== valuation.long_value;
    exposure.short_value <== valuation.short_value;

    component solvent = AssertSolvent(N);
    solvent.equity <== exposure.equity;

    component gap = HealthGap(N);
    gap.long_value <== valuation.long_value;
    gap.short_value <== valuation.short_value;
    gap.liquidation_threshold_bps <== liquidation_threshold_bps;
    gap.borrow_factor_bps <== borrow_factor_bps;
    gap.threshold_bps <== health_min_bps;
    component health = AssertHealthy(N);
    health.enabled <== enabled[0];
    health.gap <== gap.gap;

    component leverage = AssertLeverage(N);
    leverage.enabled <== enabled[1];
    leverage.gross <== exposure.gross;
    leverage.equity <== exposure.equity;
    leverage.limit_bps <== leverage_max_bps;

    component position = AssertPosition(N);
    position.enabled <== enabled[2];
    position.magnitude <== exposure.magnitude;
    position.equity <== exposure.equity;
    position.limit_bps <== position_max_bps;

    component sectors = AssertSectors(N, K);
    sectors.enabled <== enabled[3];
    sectors.magnitude <== exposure.magnitude;
    sectors.equity <== exposure.equity;
    sectors.sector <== sector;
    sectors.limit_bps <== sector_max_bps;

    component herfindahl = AssertHerfindahl(N);
    herfindahl.enabled <== enabled[4];
    herfindahl.magnitude <== exposure.magnitude;
    herfindahl.limit_bps <== hhi_max_bps;

    component scenario[S];
    component tail = AssertTail(N, S);
    tail.var_enabled <== enabled[5];
    tail.es_enabled <== enabled[6];
    tail.tail_threshold <== tail_threshold;
    tail.equity_cents <== exposure.equity_cents;
    tail.tail_count <== tail_count;
    tail.tail_mass <== tail_mass;
    tail.var_max_bps <== var_max_bps;
    tail.es_max_bps <== expected_shortfall_max_bps;
    for (var s = 0; s < S; s++) {
        scenario[s] = ScenarioLoss(N);
        scenario[s].exposure_cents <== exposure.exposure_cents;
        scenario[s].return_e6 <== window_return[s];
        tail.loss[s] <== scenario[s].loss;
    }

    component stress_row[R];
    component stress = AssertStress(N, R);
    stress.enabled <== enabled[7];
    stress.equity_cents <== exposure.equity_cents;
    stress.limit_bps <== stress_max_bps;
    for (var r = 0; r < R; r++) {
        stress_row[r] = ScenarioLoss(N);
        stress_row[r].exposure_cents <== exposure.exposure_cents;
        stress_row[r].return_e6 <== stress_return[r];
        stress.loss[r] <== stress_row[r].loss;
    }
}
