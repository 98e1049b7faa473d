pragma circom 2.1.6;
// expect: not unique
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
