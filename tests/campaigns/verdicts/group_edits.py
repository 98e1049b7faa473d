"""Edits inside the groups, where the pairing decides; and forged proofs, where it would decide wrongly."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.campaigns.verdicts.known import Part, g1, g2
from tests.campaigns.verdicts.tuples import Known, Tuple, World, fresh_key, simulate
from zkrisk.params import SCALAR_MODULUS as R

__all__ = ["FORGERIES", "GROUP_EDITS", "forged"]

Edit = Callable[[random.Random, World], Tuple]


def _d(part: Part) -> int:
    assert part.dlog is not None
    return part.dlog


def _proof(known: Known, a: int, b: int, c: int) -> Known:
    return replace(known, points=(g1(a), g2(b), g1(c)))


def _dlogs(known: Known) -> tuple[int, int, int]:
    a, b, c = (_d(part) for part in known.points)
    return a, b, c


def honest(rng: random.Random, world: World) -> Tuple:
    """A proof that nobody touched: of random signals, or of the extreme ones."""
    key = rng.choice(world.keys)
    public = [rng.choice((0, 1, 2, R - 1, R // 2, R // 2 + 1, (1 << 128), rng.randrange(R))) for _ in key.public]
    a, b = (rng.choice((1, 2, R - 1, rng.randrange(1, R))) for _ in range(2))
    return simulate(key, public, a, b).sent("honest")


def malleable(rng: random.Random, world: World) -> Tuple:
    """K2: what anybody can make of a proof: A/u, u·B + u·v·delta, C + v·A for any u, v; u = -1 negates A and B."""
    known = world.any_proof(rng)
    a, b, c = _dlogs(known)
    u = rng.choice((1, R - 1, rng.randrange(1, R)))
    v = rng.choice((0, 1, R - 1, rng.randrange(1, R)))
    return _proof(known, a * pow(u, -1, R), u * b + u * v * _d(known.head[3]), c + v * a).sent("malleable form")


def nearly_malleable(rng: random.Random, world: World) -> Tuple:
    """One of the three points of a malleable form is left as it was, or has the other sign."""
    known = world.any_proof(rng)
    a, b, c = _dlogs(known)
    u, v = rng.randrange(2, R), rng.randrange(1, R)
    new = [a * pow(u, -1, R), u * b + u * v * _d(known.head[3]), c + v * a]
    index = rng.randrange(3)
    new[index] = rng.choice((_dlogs(known)[index], -new[index]))
    return _proof(known, *new).sent("nearly malleable form")


def negated(rng: random.Random, world: World) -> Tuple:
    """Any of A, B, C, alpha … with the other sign; A and B together is a valid form."""
    known = world.any_proof(rng)
    a, b, c = (rng.choice((1, -1)) * dlog for dlog in _dlogs(known))
    known = _proof(known, a, b, c)
    if rng.random() < 0.3:
        index = rng.randrange(4 + len(known.ic))
        part = (*known.head, *known.ic)[index]
        known = known.with_key(index, (g2 if 1 <= index <= 3 else g1)(-_d(part)))
    return known.sent("negated points")


def exchanged(rng: random.Random, world: World) -> Tuple:
    """The proof or one point of it, or the signals, of another honest proof; A for C."""
    known, other = world.any_proof(rng), world.any_proof(rng)
    a, _, c = known.points
    match rng.randrange(4):
        case 0:
            return replace(known, points=other.points).sent("exchanged proof")
        case 1:
            index = rng.randrange(3)
            return known.with_point(index, other.points[index]).sent("exchanged point")
        case 2:
            public = (*other.public, 0, 0)[: len(known.public)]
            return replace(known, public=public).sent("exchanged signals")
        case _:
            return known.with_point(0, c).with_point(2, a).sent("A for C")


def special_point(rng: random.Random, world: World) -> Tuple:
    """K24: generators, points of the key and vk_x where A, B and C should be."""
    known = world.any_proof(rng)
    alpha, beta, gamma, delta = (_d(part) for part in known.head)
    a, b, c = _dlogs(known)
    x = known.x()
    a, c = (rng.choice((old, 1, R - 1, alpha, -alpha, x, -x, a, c, _d(known.ic[0]))) for old in (a, c))
    b = rng.choice((b, 1, R - 1, beta, gamma, delta, -delta))
    return _proof(known, a, b, c).sent("special points")


def signals(rng: random.Random, world: World) -> Tuple:
    """Signals permuted, moved by a little, negated, or other numbers."""
    known = world.any_proof(rng)
    public, index = [*known.public], rng.randrange(len(known.public))
    if rng.random() < 0.3:
        rng.shuffle(public)
    else:
        old = public[index]
        public[index] = rng.choice((old + 1, old - 1, -old, 0, 1, 2 * old, rng.randrange(R), old ^ 1)) % R
    return replace(known, public=tuple(public)).sent("other signals")


def key_moved(rng: random.Random, world: World) -> Tuple:
    """One point of the key is another point of its group; two IC points exchanged; gamma and delta exchanged."""
    known = world.any_proof(rng)
    parts = [*known.head, *known.ic]
    choice = rng.random()
    if choice < 0.15:
        return replace(known, head=(*known.head[:2], known.head[3], known.head[2])).sent("gamma for delta")
    if choice < 0.4:
        one, other = rng.sample(range(4, len(parts)), 2)
        return known.with_key(one, parts[other]).with_key(other, parts[one]).sent("IC points exchanged")
    index = rng.randrange(len(parts))
    make = g2 if 1 <= index <= 3 else g1
    old = _d(parts[index])
    moved = make(rng.choice((old + 1, 2 * old, -old, 2, rng.randrange(2, R))))
    return known.with_key(index, moved).sent("key point moved")


def key_of_another(rng: random.Random, world: World) -> Tuple:
    """The proof under another key, cut or filled up so that the count of signals fits."""
    known, other = world.any_proof(rng), world.any_proof(rng)
    ic = (*other.ic, *known.ic)[: len(known.ic)]
    return replace(known, head=other.head, ic=ic).sent("key of another circuit")


def ic_longer_or_shorter(rng: random.Random, world: World) -> Tuple:
    """One IC point and one signal more or less: accepted when the signal is 0, because the sum is the same."""
    known = world.any_proof(rng)
    value = rng.choice((0, 0, 1, rng.randrange(R)))
    if rng.random() < 0.5:
        longer = replace(known, ic=(*known.ic, g1(rng.randrange(1, R))), public=(*known.public, value))
        return longer.sent("IC and signals longer")
    public = (*known.public[:-1], value)
    a, b, _ = _dlogs(known)
    shorter = simulate(replace(known, public=public), public, a, b, fast=known.points[1])
    return replace(shorter, ic=shorter.ic[:-1], public=public[:-1]).sent("IC and signals shorter")


def degenerate_sum(rng: random.Random, world: World) -> Tuple:
    """Honest proofs whose sums meet the special cases of addition: vk_x or a part of it is the identity, or doubled."""
    known = world.any_proof(rng)
    t = [_d(part) for part in known.ic]
    public = [0, *known.public[1:]]
    sign = rng.choice((1, -1))
    public[0] = sign * t[0] * pow(t[1], -1, R) % R
    if rng.random() < 0.5:
        rest = sum(value * dlog for value, dlog in zip(public[:-1], t[1:-1], strict=True)) + t[0]
        public[-1] = -rest * pow(t[-1], -1, R) % R
    a, b, _ = _dlogs(known)
    made = simulate(known, public, a, b, fast=known.points[1])
    return (made if rng.random() < 0.7 else made.with_point(2, g1(_d(made.points[2]) + 1))).sent("degenerate sums")


def special_key(rng: random.Random, world: World) -> Tuple:
    """Honest proofs under keys that look odd and are sound: gamma or alpha a generator, IC points equal or opposite."""
    key = fresh_key(rng, 3)
    if rng.random() < 0.5:
        key = key.with_key(2, g2(1))
    if rng.random() < 0.3:
        key = key.with_key(0, g1(rng.choice((1, R - 1))))
    if rng.random() < 0.3:
        key = key.with_key(5, g1(rng.choice((1, -1)) * _d(key.ic[2])))
    if rng.random() < 0.3:
        key = key.with_key(3, g2(2 * _d(key.head[2])))
    made = simulate(key, [rng.randrange(R) for _ in range(3)], rng.randrange(1, R), rng.randrange(1, R))
    return (made if rng.random() < 0.7 else made.with_point(0, g1(_d(made.points[0]) + 1))).sent("odd but sound key")


def forged(rng: random.Random, world: World) -> Tuple:
    """S1: keys for which anybody can forge, with the forged proof: the equation holds, the key must be refused."""
    key, name = rng.choice(world.keys), rng.choice(list(FORGERIES))
    public = tuple(rng.randrange(R) for _ in key.public)
    return FORGERIES[name](replace(key, public=public), rng.choice((1, -1))).sent(f"forged: {name}")


def _delta_of(known: Known, dlog: int, sign: int) -> Known:
    """delta = ± gamma: A = alpha, B = beta, C = ∓vk_x."""
    forgeable = known.with_key(3, g2(sign * dlog)).with_key(2, g2(dlog))
    return replace(forgeable, points=(known.head[0], known.head[1], g1(-sign * known.x())))


def _beta_gamma(known: Known, sign: int) -> Known:
    """beta = ± gamma: A = vk_x ± alpha, B = gamma + delta, C = A."""
    gamma, delta = _d(known.head[2]), _d(known.head[3])
    a = known.x() + sign * _d(known.head[0])
    return _proof(known.with_key(1, g2(sign * gamma)), a, gamma + delta, a)


def _beta_delta(known: Known, sign: int) -> Known:
    """beta = ± delta: A = vk_x, B = gamma + delta, C = vk_x ∓ alpha."""
    gamma, delta = _d(known.head[2]), _d(known.head[3])
    x = known.x()
    return _proof(known.with_key(1, g2(sign * delta)), x, gamma + delta, x - sign * _d(known.head[0]))


def _delta_generator(known: Known, sign: int) -> Known:
    """delta = ± the generator, known to everybody; with the gamma of a set-up, the generator as well."""
    return _delta_of(known, 1, sign)


def _delta_generator_alone(known: Known, sign: int) -> Known:
    """The same where gamma is another point; the proof is made with the trapdoor."""
    return simulate(known.with_key(3, g2(sign)), known.public, 5, 7)


FORGERIES: Final[dict[str, Callable[[Known, int], Known]]] = {
    "delta = ± gamma": lambda known, sign: _delta_of(known, _d(known.head[2]), sign),
    "delta = ± gamma = ± generator": _delta_generator,
    "delta = ± generator": _delta_generator_alone,
    "beta = ± gamma": _beta_gamma,
    "beta = ± delta": _beta_delta,
}
GROUP_EDITS: Final[dict[str, Edit]] = {
    edit.__name__: edit
    for edit in (
        honest, malleable, nearly_malleable, negated, exchanged, special_point, signals, key_moved, key_of_another,
        ic_longer_or_shorter, degenerate_sum, special_key,
    )
}  # fmt: skip
