pragma circom 2.1.6;
// expect: not unique
// C6: both square roots pass.

include "circomlib/circuits/bitify.circom";

template RootSignBad() {
    signal input root_hint;
    signal input square;
    signal output root;
    root <-- root_hint;
    root * root === square;
}

template RootSignGood() {
    signal input root_hint;
    signal input square;
    signal output root;
    root <-- root_hint;
    root * root === square;
    _ <== Num2Bits(252)(root);
}
