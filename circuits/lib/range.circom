pragma circom 2.1.6;

/// One bit.
/// @input    in  any field element
/// @enforces in is 0 or 1
template AssertBit() {
    signal input in;
    in * (in - 1) === 0;
}

/// An unsigned range.
/// @param    BITS  1..252, so that the sum of the bits cannot wrap around the field
/// @input    in    any field element
/// @enforces 0 <= in < 2^BITS
template AssertRange(BITS) {
    assert(BITS >= 1 && BITS <= 252);
    signal input in;
    signal bit[BITS];
    var sum = 0;
    for (var i = 0; i < BITS; i++) {
        bit[i] <-- (in >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += bit[i] * (1 << i);
    }
    sum === in;
}

/// A signed range, symmetric but for its lower end.
/// @param    BITS  1..251
/// @input    in    any field element, read as signed
/// @enforces -2^BITS <= in < 2^BITS
template AssertSignedRange(BITS) {
    signal input in;
    component range = AssertRange(BITS + 1);
    range.in <== in + (1 << BITS);
}

/// A limit that is checked only when the policy enables it.
/// @param    BITS     1..252; honest values of `limit - value` stay below 2^BITS
/// @input    enabled  a bit, constrained by the caller
/// @input    value    |value| and |limit| below 2^252 by the widths of the caller, so that their difference cannot wrap
/// @input    limit    as `value`
/// @enforces enabled = 0, or value <= limit and limit - value < 2^BITS
template AssertAtMost(BITS) {
    signal input enabled;
    signal input value;
    signal input limit;
    signal headroom <== enabled * (limit - value);
    component range = AssertRange(BITS);
    range.in <== headroom;
}

/// Bits that hold the numbers 0 .. n - 1, for widths of sums.
function LOG2_CEIL(n) {
    var bits = 0;
    while ((1 << bits) < n) {
        bits++;
    }
    return bits;
}
