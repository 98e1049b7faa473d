pragma circom 2.1.6;
// expect: not unique
// Both orders of a pair have the same sum and product.

include "circomlib/circuits/bitify.circom";

template SortedPairBad() {
    signal input a;
    signal input b;
    signal output low;
    signal output high;
    low <-- a < b ? a : b;
    high <-- a < b ? b : a;
    low + high === a + b;
    signal product <== a * b;
    low * high === product;
}

template SortedPairGood() {
    signal input a;
    signal input b;
    signal output low;
    signal output high;
    signal above <== GreaterHint()(a, b);
    low <== above * (b - a) + a;
    high <== a + b - low;
}

template GreaterHint() {
    signal input a;
    signal input b;
    signal output above;
    component range[3];
    for (var i = 0; i < 3; i++) {
        range[i] = Num2Bits(64);
    }
    range[0].in <== a;
    range[1].in <== b;
    above <-- a > b ? 1 : 0;
    above * (above - 1) === 0;
    range[2].in <== (2 * above - 1) * (a - b) - above;
}
