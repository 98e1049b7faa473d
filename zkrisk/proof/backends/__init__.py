"""Provers and verifiers that can be exchanged for one another: native, snarkjs, and the pure-Python verifier."""

from zkrisk.proof.backends import native, pairing, snarkjs

__all__ = ["native", "pairing", "snarkjs"]
