pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 3}
// good inputs: {"a": 3}
// assert() is a statement of the generator; it constrains nothing.

template AssertionOnlyBad() {
    signal input a;
    signal output cube;
    cube <-- a * a * a;
    assert(cube == a * a * a);
}

template AssertionOnlyGood() {
    signal input a;
    signal output cube;
    signal square <== a * a;
    cube <== square * a;
}
