"""Tampered (proof, public inputs, key) tuples, four verifiers that judge them, and an oracle that knows the answer.

`known` makes points whose discrete logarithms are known, `tuples` puts them together and says what the answer is,
`bytes_edits`, `group_edits` and `real` tamper, `judges` asks the verifiers.
"""
