pragma circom 2.1.6;

include "commitment/bound_book.circom";
include "statements/health.circom";
include "statements/valuation.circom";

/// A committed book, with its on-chain leg: health factor >= threshold (statement 1). Equity may be negative.
/// The order of the signals is the order of docs/protocol.md, "Circuits and public signals".
/// @param N instruments
template Healthy(N) {
    // DYNAMIC
    signal input commitment;
    signal input owner;
    signal input context;
    signal input threshold_bps;
    // LEG
    signal input leg_long[N];
    signal input leg_short[N];
    // PRICES
    signal input price[N - 1];
    // PARAMETERS
    signal input liquidation_threshold_bps[N];
    signal input borrow_factor_bps[N];
    // Private.
    signal input long[N];
    signal input short[N];
    signal input salt;

    component account = BoundBook(N);
    account.commitment <== commitment;
    account.owner <== owner;
    account.context <== context;
    account.leg_long <== leg_long;
    account.leg_short <== leg_short;
    account.long <== long;
    account.short <== short;
    account.salt <== salt;

    component valuation = Valuation(N);
    valuation.total_long <== account.total_long;
    valuation.total_short <== account.total_short;
    valuation.price <== price;

    component gap = HealthGap(N);
    gap.long_value <== valuation.long_value;
    gap.short_value <== valuation.short_value;
    gap.liquidation_threshold_bps <== liquidation_threshold_bps;
    gap.borrow_factor_bps <== borrow_factor_bps;
    gap.threshold_bps <== threshold_bps;
    component health = AssertHealthy(N);
    health.enabled <== 1;
    health.gap <== gap.gap;
}
