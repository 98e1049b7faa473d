pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"index": 2}
// good inputs: {"index": 2}
// circomlib's Decoder: nobody asks that one output be 1, so all may be 0.

template OneHot(N) {
    signal input index;
    signal output out[N];
    signal output success;
    var sum = 0;
    for (var i = 0; i < N; i++) {
        out[i] <-- index == i ? 1 : 0;
        out[i] * (index - i) === 0;
        sum += out[i];
    }
    success <== sum;
    success * (success - 1) === 0;
}

template OneHotNoSumBad() {
    signal input index;
    signal output out[5];
    component decode = OneHot(5);
    decode.index <== index;
    out <== decode.out;
}

template OneHotNoSumGood() {
    signal input index;
    signal output out[5];
    component decode = OneHot(5);
    decode.index <== index;
    out <== decode.out;
    decode.success === 1;
}
