"""Shows, constraint by constraint, that the inputs of a circuit leave no freedom to any of its wires.

A value that the constraints do not pin down is a value that a dishonest prover chooses. The checker reads the R1CS
files that the keys are made from. It knows nothing of templates: it derives "this wire has one value at most" from the
constraints with a few rules, each of which states why it holds, until nothing changes. Whatever is left has no proof,
and is reported by the name of its signal.

The inputs, public and private, count as given, the tail threshold t among them (the free witness of docs/protocol.md).
"""
