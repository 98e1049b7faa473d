pragma circom 2.1.6;

include "range.circom";

/// Floor of a signed value by a constant, towards minus infinity.
/// @param    DIVISOR        at least 1
/// @param    DIVISOR_BITS   DIVISOR <= 2^DIVISOR_BITS
/// @param    QUOTIENT_BITS  DIVISOR_BITS + QUOTIENT_BITS <= 250, so that quotient * DIVISOR + remainder cannot wrap
/// @input    dividend       any field element, read as signed
/// @output   quotient       floor(dividend / DIVISOR)
/// @enforces dividend = quotient * DIVISOR + remainder with 0 <= remainder <= DIVISOR - 1 (two range checks:
///           a bare range of DIVISOR_BITS admits two floors) and -2^QUOTIENT_BITS <= quotient < 2^QUOTIENT_BITS
template FloorDivide(DIVISOR, DIVISOR_BITS, QUOTIENT_BITS) {
    assert(DIVISOR >= 1 && DIVISOR <= (1 << DIVISOR_BITS));
    assert(DIVISOR_BITS + QUOTIENT_BITS <= 250);
    signal input dividend;
    signal output quotient;
    signal remainder;

    // The shift makes the dividend non-negative for the integer division of the witness generator.
    var shifted = dividend + DIVISOR * (1 << QUOTIENT_BITS);
    remainder <-- shifted % DIVISOR;
    quotient <-- (shifted \ DIVISOR) - (1 << QUOTIENT_BITS);
    dividend === quotient * DIVISOR + remainder;

    component lower = AssertRange(DIVISOR_BITS);
    lower.in <== remainder;
    component upper = AssertRange(DIVISOR_BITS);
    upper.in <== DIVISOR - 1 - remainder;
    component range = AssertSignedRange(QUOTIENT_BITS);
    range.in <== quotient;
}
