pragma circom 2.1.6;
// expect: selector
// bad inputs: {"index": 1, "node": 5, "sibling": 6}
// good inputs: {"index": 1, "node": 5, "sibling": 6}
// C9: a path index of 2 swaps a Merkle node with something that is in no tree.

include "circomlib/circuits/poseidon.circom";

template PathStep(CHECKED) {
    signal input index;
    signal input node;
    signal input sibling;
    signal output parent;
    if (CHECKED) {
        index * (index - 1) === 0;
    }
    signal left <== index * (sibling - node) + node;
    signal right <== node + sibling - left;
    parent <== Poseidon(2)([left, right]);
}

template PathIndexTwoBad() {
    signal input index;
    signal input node;
    signal input sibling;
    signal output parent;
    parent <== PathStep(0)(index, node, sibling);
}

template PathIndexTwoGood() {
    signal input index;
    signal input node;
    signal input sibling;
    signal output parent;
    parent <== PathStep(1)(index, node, sibling);
}
