pragma circom 2.1.6;
// expect: dead input
// bad inputs: {"public_recipient": 9, "a": 3}
// good inputs: {"public_recipient": 9, "a": 3}
// C21: the recipient stands in no constraint.

template DeadPublicInputBad() {
    signal input public_recipient;
    signal input a;
    signal output out;
    out <== a * a;
}

template DeadPublicInputGood() {
    signal input public_recipient;
    signal input a;
    signal output out;
    out <== a * a;
    signal square <== public_recipient * public_recipient;
}
