"""Edits of real proofs of the micro circuits. Nobody knows the logarithms; what is changed cannot hold any more."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.campaigns.verdicts.known import G1_SIZE, add_g2
from tests.campaigns.verdicts.tuples import Tuple
from tests.unit import test_bundle_case as case
from zkrisk import _prover
from zkrisk.params import BASE_MODULUS as Q
from zkrisk.params import MICRO, CircuitKind
from zkrisk.params import SCALAR_MODULUS as R
from zkrisk.proof.folding import statement_of
from zkrisk.proof.keys import HEAD_BYTES
from zkrisk.witness import WitnessCalculator, circuit_inputs

__all__ = ["REAL_BYTE_EDITS", "REAL_GROUP_EDITS", "Real", "honest_proofs"]

_DELTA: Final = slice(320, 448)


@dataclass(frozen=True)
class Real:
    """Honest proofs of one statement with fixed randomness, and a proof of another statement of the same circuit.

    Attributes:
        instance: Name of the circuit.
        proofs: Two of the same statement.
        foreign: Proofs with as many signals, of another statement or circuit.
    """

    instance: str
    material: bytes
    public: tuple[int, ...]
    proofs: tuple[bytes, bytes]
    foreign: tuple[bytes, ...] = ()

    def sent(self, kind: str, expected: bool, **changed: object) -> Tuple:
        """Return the tuple with some of material, public and proof changed."""
        fields = {"material": self.material, "public": self.public, "proof": self.proofs[0]} | changed
        return Tuple(f"{self.instance}: {kind}", expected=expected, **fields)  # type: ignore[arg-type]


def _prove(kind: CircuitKind, witness: bytes, r: int) -> bytes:
    key = _prover.Prover.load(str(case.instance(kind).zkey))
    return key.prove_insecure_with_randomness(witness, r, r + 1).to_bytes()


@cache
def honest_proofs() -> tuple[Real, ...]:
    """Return liquidation, healthy and compliance at the micro tier; the first two have as many signals."""
    made = []
    for kind in (CircuitKind.LIQUIDATION, CircuitKind.HEALTHY):
        one = case.liquidate().parts.statement
        leg = one.leg if kind is CircuitKind.LIQUIDATION else case.LEG
        dynamic = (one.commitment, one.owner, one.context, 10_000)
        statement = statement_of(kind, case.sheet(), dynamic, leg)
        other = statement_of(kind, case.sheet(), (*dynamic[:2], 5, 10_000), leg)
        calculator = WitnessCalculator(case.instance(kind).wasm)
        witnesses = [calculator.witness(circuit_inputs(each, case.opening())) for each in (statement, other)]
        proofs = (_prove(kind, witnesses[0], 3), _prove(kind, witnesses[0], 5))
        made.append((kind, statement.public_signals(), proofs, _prove(kind, witnesses[1], 3)))
    strangers = tuple(proof for *_, proofs, foreign in made for proof in (*proofs, foreign))
    reals = [
        Real(kind.name.lower(), case.key(kind).material, public, proofs, tuple(p for p in strangers if p not in proofs))
        for kind, public, proofs, _ in made
    ]
    return (*reals, _compliance(strangers))


def _compliance(strangers: tuple[bytes, ...]) -> Real:
    values = case.policy().public_values(MICRO, case.sheet().parameters.sector_names)
    dynamic = (case.opening().commitment, int(case.ACCOUNT, 16), 77)
    statement = statement_of(CircuitKind.COMPLIANCE, case.sheet(), dynamic, case.LEG, values)
    threshold = case.tail_threshold(case.policy(), case.opening().vector, case.LEG, case.sheet())
    wasm = case.instance(CircuitKind.COMPLIANCE).wasm
    witness = WitnessCalculator(wasm).witness(circuit_inputs(statement, case.opening(), threshold))
    proofs = (_prove(CircuitKind.COMPLIANCE, witness, 3), _prove(CircuitKind.COMPLIANCE, witness, 5))
    return Real("compliance", case.key().material, statement.public_signals(), proofs, strangers)


def _minus(point: bytes) -> bytes:
    half = len(point) // 2
    ordinates = (int.from_bytes(point[start : start + 32], "big") for start in range(half, len(point), 32))
    return point[:half] + b"".join((-y % Q).to_bytes(32, "big") for y in ordinates)


def _split(proof: bytes) -> tuple[bytes, bytes, bytes]:
    return proof[:64], proof[64:192], proof[192:]


def honest(rng: random.Random, real: Real) -> Tuple:
    """One of the two proofs."""
    return real.sent("honest", True, proof=rng.choice(real.proofs))


def malleable(rng: random.Random, real: Real) -> Tuple:
    """K2: A/u, u·B + u·v·delta, C + v·A, or (-A, -B, C)."""
    a, b, c = _split(rng.choice(real.proofs))
    if rng.random() < 0.3:
        return real.sent("negated pair", True, proof=_minus(a) + _minus(b) + c)
    u, v = rng.randrange(1, R), rng.choice((0, 1, rng.randrange(1, R)))
    # u·B = B + (u - 1)·B
    scaled = add_g2(add_g2(b, b, u - 1), real.material[_DELTA], u * v % R)
    shifted = _prover.fold(c + a, [1, v])
    return real.sent("malleable form", True, proof=_prover.fold(a, [pow(u, -1, R)]) + scaled + shifted)


def other_signal(rng: random.Random, real: Real) -> Tuple:
    """C20 and C22: two different signals exchanged, or one of them another number."""
    public = [*real.public]
    one, other = rng.sample(range(len(public)), 2)
    if rng.random() < 0.5 and public[one] != public[other]:
        public[one], public[other] = public[other], public[one]
        return real.sent("signals exchanged", False, public=tuple(public))
    public[one] = (public[one] + rng.choice((1, -1, 1 << rng.randrange(250)))) % R
    return real.sent("other signal", False, public=tuple(public))


def other_proof(rng: random.Random, real: Real) -> Tuple:
    """A proof of another statement or circuit, or points of two proofs of this statement."""
    if rng.random() < 0.6:
        return real.sent("foreign proof", False, proof=rng.choice(real.foreign))
    first, second = (_split(proof) for proof in real.proofs)
    index = rng.randrange(3)
    mixed = [*first]
    mixed[index] = second[index]
    return real.sent("points of two proofs", False, proof=b"".join(mixed))


def one_negated(rng: random.Random, real: Real) -> Tuple:
    """One point with the other sign, or A for C."""
    parts = [*_split(real.proofs[0])]
    index = rng.randrange(4)
    if index == 3:
        return real.sent("A for C", False, proof=parts[2] + parts[1] + parts[0])
    parts[index] = _minus(parts[index])
    return real.sent("negated point", False, proof=b"".join(parts))


def other_key(rng: random.Random, real: Real) -> Tuple:
    """The key of the circuit with as many signals, or two IC points exchanged where the signals differ."""
    same = [o for o in honest_proofs() if len(o.public) == len(real.public) and o is not real]
    if same and rng.random() < 0.5:
        return real.sent("key of another circuit", False, material=rng.choice(same).material)
    while True:
        one, other = rng.sample(range(len(real.public)), 2)
        if real.public[one] != real.public[other]:
            break
    material = bytearray(real.material)
    places = [slice(start, start + G1_SIZE) for start in (HEAD_BYTES + G1_SIZE * (1 + j) for j in (one, other))]
    material[places[0]], material[places[1]] = real.material[places[1]], real.material[places[0]]
    return real.sent("IC points exchanged", False, material=bytes(material))


def flipped_bit(rng: random.Random, real: Real) -> Tuple:
    """A bit of the proof or of the key."""
    field = rng.choice(("proof", "material"))
    changed = bytearray(real.proofs[0] if field == "proof" else real.material)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return real.sent(f"bit flip in {field}", False, **{field: bytes(changed)})


def aliased(rng: random.Random, real: Real) -> Tuple:
    """A signal plus a multiple of r, or a coordinate plus q."""
    if rng.random() < 0.6:
        public, index = [*real.public], rng.randrange(len(real.public))
        public[index] += R * rng.randint(1, ((1 << 256) - 1 - public[index]) // R)
        return real.sent("aliased signal", False, public=tuple(public))
    start, proof = 32 * rng.randrange(8), real.proofs[0]
    value = int.from_bytes(proof[start : start + 32], "big") + Q
    return real.sent("coordinate + q", False, proof=proof[:start] + value.to_bytes(32, "big") + proof[start + 32 :])


def counted(rng: random.Random, real: Real) -> Tuple:
    """Another number of signals, or of IC points."""
    cut = rng.randrange(len(real.public))
    changes: tuple[dict[str, object], ...] = (
        {"public": real.public[:cut]},
        {"public": (*real.public, 0)},
        {"material": real.material[: HEAD_BYTES + G1_SIZE * cut]},
        {"material": real.material + real.material[-G1_SIZE:]},
    )
    return real.sent("counts", False, **rng.choice(changes))


Edit = Callable[[random.Random, Real], Tuple]
REAL_GROUP_EDITS: Final[tuple[Edit, ...]] = (honest, malleable, other_signal, other_proof, one_negated, other_key)
REAL_BYTE_EDITS: Final[tuple[Edit, ...]] = (flipped_bit, aliased, counted)
