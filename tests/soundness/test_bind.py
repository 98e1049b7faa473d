"""The `bind` circuits: edited witnesses against the constraints, before and after simplification."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import dataclasses
import re

import pytest
from harness.binding import (
    CONTEXT,
    OWNER,
    PRICES,
    READERS,
    VENUES,
    N,
    Scene,
    edited,
    honest,
    part_of,
    scene,
    shaped,
    signed,
    total,
    unsigned,
    vector,
)
from harness.constraints import R
from harness.final import final_circuit
from harness.instances import encode, patched

from tests.salts import FOREIGN_SALTS
from zkrisk.book import BookVector
from zkrisk.commitment import decrypt, ephemeral_scalar
from zkrisk.edwards import NEUTRAL, public_key
from zkrisk.params import BPS, EDWARDS_ORDER, QUANTITY_BITS
from zkrisk.venue import nullifier_of
from zkrisk.witness.binding import BookPart

KINDS = ("bind_1_1", "bind_2_3")
LISTS = {"digest", "fingerprint"}


def refused_by(kind: str, inputs: dict[str, object]) -> set[str]:
    """Return the components below main whose constraints refuse; the final circuit must refuse as well."""
    circuit = final_circuit(f"{kind}-micro")
    assert not circuit.admits(inputs)
    system = circuit.open.system
    violated = circuit.open.violated(circuit.forged(shaped(inputs), {}))
    return {system.owner(i).removeprefix("main").removeprefix(".") for i in violated}


def accepted(kind: str, one: Scene) -> bool:
    """Whether the final constraints accept a scene."""
    return final_circuit(f"{kind}-micro").admits(one.inputs())


@pytest.mark.parametrize("kind", KINDS)
def test_honest_binding_is_accepted_and_its_ciphertext_opens_the_commitment(kind):
    one, circuit = honest(kind), final_circuit(f"{kind}-micro")
    witness = circuit.honest(one.inputs())
    assert circuit.accepts(witness)
    assert circuit.dishonest(one.inputs()) == witness
    forged = circuit.forged(shaped(one.inputs()), {})
    assert circuit.projected(encode(forged)) == witness
    found = decrypt(one.statement.ciphertext, 0, 1_000, OWNER, N)
    assert (found.long, found.short) == (one.opening.long, one.opening.short)


@pytest.mark.parametrize("salt", FOREIGN_SALTS, ids=hex)
@pytest.mark.parametrize("kind", KINDS)
def test_C18_whatever_salt_the_constraints_accept_every_reader_opens(kind, salt):
    """No circuit ranges the salt, so no reader may."""
    parts, readers = ([part_of(1)], READERS[:1]) if kind == "bind_1_1" else ([part_of(1), unsigned()], READERS)
    one, circuit = scene(parts, readers, salt=salt), final_circuit(f"{kind}-micro")
    assert circuit.accepts(circuit.honest(one.inputs()))
    for place in range(len(readers)):
        found = decrypt(one.statement.ciphertext, place, 1_000 + place, OWNER, N)
        assert found == dataclasses.replace(one.opening, vector=found.vector)
        assert (found.long, found.short, found.salt) == (one.opening.long, one.opening.short, salt)


def test_unsigned_book_is_bound_without_coverage():
    """What a self-declared account does to give its readers the book."""
    one = scene([unsigned(vector(3))], READERS[:1])
    assert one.statement.coverage_bps == 0
    assert accepted("bind_1_1", one)


def test_part_that_nobody_signed_lowers_the_coverage():
    one = scene([part_of(1), unsigned(vector(2))], READERS)
    assert 0 < one.statement.coverage_bps < BPS
    assert accepted("bind_2_3", one)
    more = one.claiming(coverage_bps=one.statement.coverage_bps + 1)
    assert refused_by("bind_2_3", more.inputs()) == {"coverage.range"}


def test_unsigned_book_has_no_coverage_to_claim():
    one = scene([unsigned(vector(3))], READERS[:1], coverage_bps=BPS)
    assert refused_by("bind_1_1", one.inputs()) == {""}


@pytest.mark.parametrize("slot", range(N))
def test_C11_liability_left_out_of_a_statement_is_refused(slot):
    """For every debt: book, commitment and ciphertext agree with each other; the venue's signature does not."""
    whole = vector(1)
    short = tuple(0 if i == slot else lots for i, lots in enumerate(whole.short))
    dropped = BookVector(whole.long, short)
    said = signed(1, whole)
    one = scene([BookPart(dropped, said, VENUES[0].public)], READERS[:1])
    assert refused_by("bind_1_1", one.inputs()) == {"statement[0].signature"}


@pytest.mark.parametrize("side", ["long", "short"])
def test_C11_one_lot_more_or_less_in_one_of_two_statements_is_refused(side):
    whole = vector(2)
    for change in (1, -1):
        lots = (getattr(whole, side)[0] + change, *getattr(whole, side)[1:])
        other = dataclasses.replace(whole, **{side: lots})
        said = signed(2, whole)
        one = scene([part_of(1), BookPart(other, said, VENUES[1].public)], READERS)
        assert refused_by("bind_2_3", one.inputs()) == {"statement[1].signature"}


def test_venue_left_out_of_the_parts_is_refused():
    """The commitment is to all of it, the proof speaks of one venue: the sum is another book."""
    both = total([vector(1), vector(2)])
    left_out = scene([part_of(1), unsigned()], READERS, book=both)
    assert refused_by("bind_2_3", left_out.inputs()) == {""}
    all_there = scene([part_of(1), part_of(2)], READERS, book=both)
    assert accepted("bind_2_3", all_there)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", OWNER + 1),
        ("chain", 1),
        ("registry", 0xBADC0DE),
        ("timestamp", 1_700_000_000),
        ("locked_until", 1_900_000_000),
        ("venue", 2),
        ("account_tag", 7_777),
    ],
)
def test_statement_for_another_purpose_is_refused(field, value):
    """The venue signed another owner, chain, registry, time, venue number or account than the contract supplies."""
    other = part_of(1, **{field: value})
    honest_part = part_of(1)
    said = dataclasses.replace(honest_part.signed, signature=other.signed.signature)
    one = scene([dataclasses.replace(honest_part, signed=said)], READERS[:1])
    assert refused_by("bind_1_1", one.inputs()) == {"statement[0].signature"}


def test_signature_of_another_key_is_refused():
    one = scene([BookPart(vector(1), signed(1, vector(1)), VENUES[1].public)], READERS[:1])
    assert refused_by("bind_1_1", one.inputs()) == {"statement[0].signature"}


@pytest.mark.parametrize("change", ["s", "r8"])
def test_changed_signature_is_refused(change):
    given = honest("bind_1_1").inputs()
    if change == "s":
        wrong = edited(given, s=((given["s"][0] + 1) % EDWARDS_ORDER,))
    else:
        wrong = edited(given, r8=public_key(99))
    assert refused_by("bind_1_1", wrong) == {"statement[0].signature"}


def test_signature_point_off_the_curve_is_refused():
    given = honest("bind_1_1").inputs()
    for point in ((1, 1), (0, 0), (given["r8"][0], given["r8"][1] + 1)):
        assert "statement[0].signature.r8_on_curve" in refused_by("bind_1_1", edited(given, r8=point))


def test_signature_is_malleable_which_is_why_it_identifies_nothing():
    """s + order fits the bits for small s: accepted, and nothing in the system depends on a signature's bytes."""
    for seed in range(1, 40):
        said = signed(1, vector(seed))
        if said.signature.s + EDWARDS_ORDER < 1 << 251:
            given = scene([BookPart(vector(seed), said, VENUES[0].public)], READERS[:1]).inputs()
            again = edited(given, s=(said.signature.s + EDWARDS_ORDER,))
            assert final_circuit("bind_1_1-micro").admits(again)
            return
    pytest.fail("no small s was drawn")


def test_other_values_than_the_contracts_are_refused_one_by_one():
    """Every number of the list: the contract supplies one that the witness does not have."""
    one = honest("bind_2_3")
    given = one.inputs()
    values = one.statement.values()
    circuit = final_circuit("bind_2_3-micro")
    witness, place = circuit.dishonest(given), 3
    assert circuit.accepts(witness)
    for index in range(len(values)):
        other = 0
        for position, value in enumerate(values):
            other = (other * CONTEXT + value + (position == index)) % R
        # Nothing is computed from the fingerprint: it is compared.
        lied = patched(witness, {place: other})
        assert not circuit.accepts(lied)
    assert lied == circuit.dishonest(edited(given, fingerprint=(other,)))


def test_digest_of_other_values_is_refused():
    given = honest("bind_1_1").inputs()
    assert refused_by("bind_1_1", edited(given, digest=(given["digest"][0] + 1,))) == {""}


def test_free_values_cannot_be_solved_for_a_fingerprint():
    """With values chosen after the context one equation is easily met; then the digest is another one."""
    one = scene([unsigned(vector(3))], READERS[:1])
    contract = one.claiming(registry=0xBAD)
    chosen = list(one.statement.chosen())
    elements = one.statement.ciphertext.elements()
    count = len(chosen) + len(elements)
    wanted = contract.statement.fingerprint(CONTEXT)
    # The timestamp of an unsigned part enters nothing but the lists: set it so that the polynomials meet.
    place = 5 + 4
    gap = (wanted - one.statement.fingerprint(CONTEXT)) % R
    solved = (chosen[place] + gap * pow(CONTEXT, -(count - 1 - place), R)) % R
    given = edited(contract.inputs(), registry=(one.statement.registry,), timestamp=(solved,))
    circuit = final_circuit("bind_1_1-micro")
    system = circuit.open.system
    values = circuit.forged(shaped(given), {})
    assert values[system.wire_of["main.list.out"]] == wanted
    assert refused_by("bind_1_1", given) == {""}


@pytest.mark.parametrize("kind", KINDS)
def test_ciphertext_to_another_key_is_refused(kind):
    one = honest(kind)
    keys = (public_key(5_555), *one.statement.recipients[1:])
    given = one.inputs()
    flat = tuple(c for key in keys for c in key)
    assert refused_by(kind, edited(given, recipient_key=flat)) == {""}


def test_reader_without_a_key_gets_no_salt_and_a_key_with_x_zero_is_nobody():
    one = honest("bind_2_3")
    assert one.statement.recipients[1] == NEUTRAL
    assert one.statement.ciphertext.wraps[1] == 0
    assert accepted("bind_2_3", one)


def test_reader_key_off_the_curve_is_refused():
    one = honest("bind_1_1")
    for key in ((1, 1), (0, 0), (READERS[0][0], READERS[0][1] + 1)):
        given = edited(one.inputs(), recipient_key=key)
        assert "wrap[0].on_curve" in refused_by("bind_1_1", given)


@pytest.mark.parametrize("scalar", [0, 1, EDWARDS_ORDER])
def test_ephemeral_scalar_other_than_the_salts_is_refused(scalar):
    """0 and the order give the neutral point, with which the salt would stand open; 1 is any other number."""
    one, circuit = honest("bind_1_1"), final_circuit("bind_1_1-micro")
    lies = {f"ephemeral.bits.n2b.out[{i}]": scalar >> i & 1 for i in range(254)}
    values = circuit.forged(shaped(one.inputs()), lies)
    system = circuit.open.system
    owners = {system.owner(i).removeprefix("main.") for i in circuit.open.violated(values)}
    assert "ephemeral.bits.n2b" in owners
    assert ("ephemeral" in owners) == (scalar == 0)
    assert not circuit.accepts_forged(values)


def test_ephemeral_scalar_has_one_value():
    """The bits of the hash plus r fit 254 bits for many hashes: the alias is refused."""
    circuit = final_circuit("bind_1_1-micro")
    one = honest("bind_1_1")
    signals = circuit.signals(one.inputs())
    value = signals["ephemeral.hash.out"]
    assert value & ((1 << 250) - 1) == ephemeral_scalar(one.opening.salt, one.opening.commitment)
    alias = value + R
    if alias >> 254:
        pytest.skip("this hash has no alias of 254 bits")
    lies = {f"ephemeral.bits.n2b.out[{i}]": alias >> i & 1 for i in range(254)}
    assert not circuit.accepts_forged(circuit.forged(shaped(one.inputs()), lies))


@pytest.mark.parametrize("lots", [R - 1, 1 << QUANTITY_BITS, R - (1 << QUANTITY_BITS)])
@pytest.mark.parametrize("side", ["long", "short"])
def test_C1_quantity_outside_its_range_is_refused(side, lots):
    given = honest("bind_1_1").inputs()
    wrong = edited(given, **{side: (lots, *given[side][1:])})
    assert f"parts.{side}_range[0][0]" in refused_by("bind_1_1", wrong)


def test_parts_whose_sum_does_not_fit_are_refused():
    most = BookVector(((1 << QUANTITY_BITS) - 1,) * N, (0,) * N)
    circuit = final_circuit("bind_2_3-micro")
    one = honest("bind_2_3")
    given = edited(one.inputs(), long=(*most.long, *most.long))
    owners = refused_by("bind_2_3", given)
    assert {f"parts.total_long_range[{i}]" for i in range(N)} <= owners
    assert circuit.name == "bind_2_3-micro"


def test_nullifier_is_the_accounts_and_nobodys_for_an_unsigned_part():
    one = honest("bind_2_3")
    assert one.statement.parts[0][3] == nullifier_of(1, 7_001)
    wrong = one.claiming(parts=((*one.statement.parts[0][:3], 5, *one.statement.parts[0][4:]), one.statement.parts[1]))
    assert refused_by("bind_2_3", wrong.inputs()) == {""}
    assert unsigned().public_values() == (0, *NEUTRAL, 0, 0, 0)


def test_prices_are_the_contracts():
    one = scene([part_of(1), unsigned(vector(2))], READERS)
    cheaper = edited(one.inputs(), price=(1, *PRICES[1:]))
    assert "" in refused_by("bind_2_3", cheaper)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_inner_signal_is_determined(kind):
    """Each signal, one of every name, is set one higher, with all that follows from it: always refused."""
    circuit, given = final_circuit(f"{kind}-micro"), honest(kind).inputs()
    system, forger = circuit.open.system, circuit.open.forger
    values = circuit.forged(shaped(given), {})
    encoded = encode(values)
    first = system.public + system.private_inputs + 1
    one_of = {re.sub(r"\[\d+\]", "[]", system.names[wire]): wire for wire in range(first, system.wires)}
    free = [
        name
        for name, wire in one_of.items()
        if circuit.open.admits(patched(encoded, forger.moved(values, {wire: values[wire] + 1})))
    ]
    assert circuit.open.admits(encoded)
    assert len(one_of) > 50
    assert free == []


def test_what_follows_from_a_lie_is_the_same_computed_from_scratch_or_from_the_honest_witness():
    circuit, given = final_circuit("bind_1_1-micro"), shaped(honest("bind_1_1").inputs())
    values = circuit.forged(given, {})
    for name in ("ephemeral.bits.n2b.out[3]", "book.packed[1]", "statement[0].signature.challenge.out"):
        wire = circuit.open.system.wire_of[f"main.{name}"]
        lie = values[wire] + 1
        scratch = circuit.forged(given, {name: lie})
        changes = circuit.open.forger.moved(values, {wire: lie})
        assert changes == {wire: new for wire, (new, old) in enumerate(zip(scratch, values, strict=True)) if new != old}
        assert patched(encode(values), changes) == encode(scratch)
