pragma circom 2.1.6;
// expect: selector
// bad inputs: {"choice": 1, "a": 3, "b": 4}
// good inputs: {"choice": 1, "a": 3, "b": 4}
// C9: with choice = 2 the result is neither of both.

template SelectorNotBitBad() {
    signal input choice;
    signal input a;
    signal input b;
    signal output out;
    out <== choice * (a - b) + b;
}

template SelectorNotBitGood() {
    signal input choice;
    signal input a;
    signal input b;
    signal output out;
    choice * (choice - 1) === 0;
    out <== choice * (a - b) + b;
}
