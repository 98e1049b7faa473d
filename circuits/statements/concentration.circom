pragma circom 2.1.6;

include "exposure.circom";

/// Statement 3a: no position is larger than a share of equity.
/// @input    enabled    a bit
/// @input    magnitude  |net| of slots 1 .. N-1, below 2^VALUE_BITS
/// @input    equity     positive (AssertSolvent)
/// @input    limit_bps  public, below 2^RATIO_BITS
/// @enforces enabled = 0, or 10^4 * magnitude[i] <= limit * equity for every i
template AssertPosition(N) {
    signal input enabled;
    signal input magnitude[N - 1];
    signal input equity;
    signal input limit_bps;
    signal allowed <== limit_bps * equity;
    component limit[N - 1];
    for (var i = 0; i < N - 1; i++) {
        limit[i] = AssertAtMost(RATIO_BITS() + EQUITY_BITS(N));
        limit[i].enabled <== enabled;
        limit[i].value <== BPS() * magnitude[i];
        limit[i].limit <== allowed;
    }
}

/// Statement 3b: no sector is larger than its share of equity.
/// @param    K          sectors
/// @input    enabled    a bit
/// @input    magnitude  |net| of slots 1 .. N-1
/// @input    equity     positive (AssertSolvent)
/// @input    sector     public 0/1 map, K rows of N; column 0 is cash and counts nowhere
/// @input    limit_bps  public, one a sector, below 2^RATIO_BITS
/// @enforces enabled = 0, or 10^4 * sum of the sector's magnitudes <= limit * equity for every sector
template AssertSectors(N, K) {
    signal input enabled;
    signal input magnitude[N - 1];
    signal input equity;
    signal input sector[K][N];
    signal input limit_bps[K];
    signal part[K][N - 1];
    signal allowed[K];
    signal cash_square[K];
    component limit[K];
    for (var k = 0; k < K; k++) {
        var total = 0;
        for (var i = 0; i < N - 1; i++) {
            part[k][i] <== sector[k][i + 1] * magnitude[i];
            total += part[k][i];
        }
        // Keeps the unused public input of the cash column in a constraint.
        cash_square[k] <== sector[k][0] * sector[k][0];
        allowed[k] <== limit_bps[k] * equity;
        limit[k] = AssertAtMost(RATIO_BITS() + EQUITY_BITS(N));
        limit[k].enabled <== enabled;
        limit[k].value <== BPS() * total;
        limit[k].limit <== allowed[k];
    }
}

/// Statement 3c: the Herfindahl-Hirschman index of the risky positions; holds for an empty book.
/// @input    enabled    a bit
/// @input    magnitude  |net| of slots 1 .. N-1, below 2^VALUE_BITS
/// @input    limit_bps  public, below 2^RATIO_BITS
/// @enforces enabled = 0, or 10^4 * sum of squares <= limit * (sum)^2
template AssertHerfindahl(N) {
    assert(2 * EQUITY_BITS(N) + RATIO_BITS() <= 250);
    signal input enabled;
    signal input magnitude[N - 1];
    signal input limit_bps;
    signal square[N - 1];
    var total = 0;
    var squares = 0;
    for (var i = 0; i < N - 1; i++) {
        square[i] <== magnitude[i] * magnitude[i];
        squares += square[i];
        total += magnitude[i];
    }
    signal total_square <== total * total;
    signal allowed <== limit_bps * total_square;
    component limit = AssertAtMost(2 * EQUITY_BITS(N) + RATIO_BITS());
    limit.enabled <== enabled;
    limit.value <== BPS() * squares;
    limit.limit <== allowed;
}
