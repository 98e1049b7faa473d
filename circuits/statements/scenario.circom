pragma circom 2.1.6;

include "exposure.circom";

/// The loss of the book in one scenario, rounded so that it can only be overstated.
/// @input    exposure_cents  |.| <= 2^EXPOSURE_BITS
/// @input    return_e6       public, at least -10^6, magnitude below 2^RETURN_BITS
/// @output   loss            -sum(return * exposure) + N * 10^6, in 10^-6 cents; N * 10^6 covers the floors
template ScenarioLoss(N) {
    signal input exposure_cents[N];
    signal input return_e6[N];
    signal output loss;
    signal gain[N];
    var total = 0;
    for (var i = 0; i < N; i++) {
        gain[i] <== return_e6[i] * exposure_cents[i];
        total += gain[i];
    }
    loss <== N * RETURN_SCALE() - total;
}

/// Bits of a limit in 10^-6 cents minus a loss: limit (RATIO) * 100 (7) * equity in cents, or a loss.
function LOSS_GAP_BITS(N) {
    var limit = RATIO_BITS() + 7 + EXPOSURE_BITS() + LOG2_CEIL(N);
    return (limit > LOSS_BITS() + 1 ? limit : LOSS_BITS() + 1) + 1;
}

/// Whether a loss lies above t, and by how much.
/// @input    loss    10^-6 cents, |.| < 2^(LOSS_BITS - 1) by its widths
/// @input    t       the prover's; bounded here through the range of the distance
/// @output   beyond  1 if loss > t, else 0; unique also at loss = t
/// @output   excess  max(loss - t, 0)
/// @enforces beyond is a bit; (2 beyond - 1)(loss - t) - beyond is in [0, 2^LOSS_BITS)
template TailPart() {
    signal input loss;
    signal input t;
    signal output beyond;
    signal output excess;

    // Signed comparison of the difference, so that both signs of t work.
    beyond <-- (loss - t) > 0 ? 1 : 0;
    beyond * (beyond - 1) === 0;
    signal distance <== (2 * beyond - 1) * (loss - t) - beyond;
    component range = AssertRange(LOSS_BITS());
    range.in <== distance;
    excess <== (distance + beyond + loss - t) / 2;
}

/// Statements 4 and 5: historical value at risk and expected shortfall at the same private t.
/// @param    S               scenarios
/// @input    var_enabled     a bit
/// @input    es_enabled      a bit
/// @input    loss            one a scenario, 10^-6 cents
/// @input    tail_threshold  t, private, signed
/// @input    equity_cents    sum of floored exposures
/// @input    tail_count      public, floor((10^4 - c) S / 10^4)
/// @input    tail_mass       public, (10^4 - c) S
/// @input    var_max_bps     public, below 2^RATIO_BITS
/// @input    es_max_bps      public, below 2^RATIO_BITS
/// @enforces var_enabled = 0, or #{loss > t} <= tail_count and t <= 100 * var_max * equity_cents;
///           es_enabled = 0, or tail_mass * t + 10^4 * sum(max(loss - t, 0)) <= tail_mass * 100 * es_max * equity_cents
template AssertTail(N, S) {
    signal input var_enabled;
    signal input es_enabled;
    signal input loss[S];
    signal input tail_threshold;
    signal input equity_cents;
    signal input tail_count;
    signal input tail_mass;
    signal input var_max_bps;
    signal input es_max_bps;

    component part[S];
    var count = 0;
    var excess = 0;
    for (var s = 0; s < S; s++) {
        part[s] = TailPart();
        part[s].loss <== loss[s];
        part[s].t <== tail_threshold;
        count += part[s].beyond;
        excess += part[s].excess;
    }

    component tail = AssertAtMost(LOG2_CEIL(S + 1));
    tail.enabled <== var_enabled;
    tail.value <== count;
    tail.limit <== tail_count;

    signal var_allowed <== 100 * var_max_bps * equity_cents;
    component var_limit = AssertAtMost(LOSS_GAP_BITS(N));
    var_limit.enabled <== var_enabled;
    var_limit.value <== tail_threshold;
    var_limit.limit <== var_allowed;

    signal es_allowed <== 100 * es_max_bps * equity_cents;
    signal es_room <== tail_mass * (es_allowed - tail_threshold);
    component es_limit = AssertAtMost(LOSS_GAP_BITS(N) + 14 + LOG2_CEIL(S));
    es_limit.enabled <== es_enabled;
    es_limit.value <== BPS() * excess;
    es_limit.limit <== es_room;
}

/// Statement 7: the worst stress loss is at most a share of equity.
/// @param    R             stress rows
/// @input    enabled       a bit
/// @input    loss          one a row, 10^-6 cents
/// @input    equity_cents  sum of floored exposures
/// @input    limit_bps     public, below 2^RATIO_BITS
/// @enforces enabled = 0, or loss[r] <= 100 * limit * equity_cents for every row
template AssertStress(N, R) {
    signal input enabled;
    signal input loss[R];
    signal input equity_cents;
    signal input limit_bps;
    signal allowed <== 100 * limit_bps * equity_cents;
    component limit[R];
    for (var r = 0; r < R; r++) {
        limit[r] = AssertAtMost(LOSS_GAP_BITS(N));
        limit[r].enabled <== enabled;
        limit[r].value <== loss[r];
        limit[r].limit <== allowed;
    }
}
