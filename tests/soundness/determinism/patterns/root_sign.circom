pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"square": 4}
// good inputs: {"square": 4}
// C6: both square roots pass. (What the generator would compute does not matter here.)

include "circomlib/circuits/bitify.circom";

template RootSignBad() {
    signal input square;
    signal output root;
    root <-- square \ 2;
    root * root === square;
}

template RootSignGood() {
    signal input square;
    signal output root;
    root <-- square \ 2;
    root * root === square;
    _ <== Num2Bits(252)(root);
}
