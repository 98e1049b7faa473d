"""The native readers and the exceptions that they raise."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import pytest

from zkrisk import _prover as prover
from zkrisk.errors import (
    ConstraintViolated,
    InputError,
    KeyFileInvalid,
    KeyMismatch,
    ProofRejected,
    RangeExceeded,
    WitnessError,
)

DATA = Path(__file__).resolve().parents[2] / "prover" / "tests" / "data"
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def r1cs() -> prover.R1cs:
    return prover.R1cs.load(DATA / "small.r1cs")


@pytest.fixture(scope="module")
def witness() -> bytes:
    return prover.read_wtns(DATA / "small.wtns")


@pytest.fixture(scope="module")
def zkey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "small.zkey"
    prover.setup_insecure_from_seed(DATA / "small.r1cs", path, SEED)
    return path


@pytest.fixture(scope="module")
def key(zkey: Path) -> prover.Prover:
    return prover.Prover.load(zkey)


def edited(witness: bytes, wire: int, value: int) -> bytes:
    return witness[: 32 * wire] + value.to_bytes(32, "little") + witness[32 * wire + 32 :]


def public(witness: bytes) -> list[int]:
    return [int.from_bytes(witness[32 * i : 32 * i + 32], "little") for i in range(1, 4)]


def test_r1cs_names_its_sizes_and_labels(r1cs: prover.R1cs, witness: bytes) -> None:
    assert len(witness) == 32 * r1cs.n_wires
    assert r1cs.n_public == 3
    assert r1cs.n_private_inputs == 2
    labels = r1cs.wire_labels()
    assert len(labels) == r1cs.n_wires
    assert labels[0] == 0
    assert max(labels) < r1cs.n_labels


def test_r1cs_constraints_hold_when_evaluated_in_python(r1cs: prover.R1cs, witness: bytes) -> None:
    values = [int.from_bytes(witness[i : i + 32], "little") for i in range(0, len(witness), 32)]
    for index in range(r1cs.n_constraints):
        a, b, c = (sum(factor * values[wire] for wire, factor in row.items()) for row in r1cs.constraint(index))
        assert (a * b - c) % R == 0
    with pytest.raises(RangeExceeded):
        r1cs.constraint(r1cs.n_constraints)


def test_check_names_the_first_violated_constraint(r1cs: prover.R1cs, witness: bytes) -> None:
    r1cs.check(witness)
    assert r1cs.violations(witness) == []
    bad = edited(witness, 1, 424242)
    violations = r1cs.violations(bad)
    with pytest.raises(ConstraintViolated) as caught:
        r1cs.check(bad)
    assert caught.value.details == {"constraint": violations[0]}
    assert "424242" not in str(caught.value)
    many = r1cs.violations(edited(witness, 4, 7))
    assert len(many) > 1
    assert r1cs.violations(edited(witness, 4, 7), 1) == many[:1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda witness: b"",
        lambda witness: witness[:-1],
        lambda witness: witness[:-32],
        lambda witness: witness + bytes(32),
        lambda witness: edited(witness, 0, 2),
        lambda witness: edited(witness, 5, R),
        lambda witness: edited(witness, 5, 2**256 - 1),
    ],
)
def test_malformed_witness_is_refused_everywhere(r1cs, key, witness, damage) -> None:
    for use in (r1cs.check, r1cs.violations, key.prove):
        with pytest.raises(WitnessError):
            use(damage(witness))


def test_P2_unsatisfied_witness_gives_no_proof(key: prover.Prover, witness: bytes) -> None:  # noqa: N802
    with pytest.raises(ConstraintViolated):
        key.prove(edited(witness, 1, 1))


@pytest.mark.parametrize("excess", [0, 1, (1 << 256) - 1 - R])
def test_P7_witness_value_not_below_the_modulus_is_refused(  # noqa: N802
    r1cs: prover.R1cs, key: prover.Prover, witness: bytes, tmp_path: Path, excess: int
) -> None:
    """Above all the same residue in another encoding, v + p: it satisfies every constraint of a reader that reduces."""
    content = (DATA / "small.wtns").read_bytes()
    values = len(content) - len(witness)
    for wire in range(r1cs.n_wires):
        old = int.from_bytes(witness[32 * wire : 32 * wire + 32], "little")
        for value in (R + excess, old + R):
            bad = edited(witness, wire, value)
            for use in (r1cs.check, r1cs.violations, key.prove):
                with pytest.raises(WitnessError):
                    use(bad)
            with pytest.raises(WitnessError):
                prover.write_wtns(tmp_path / "bad.wtns", bad)
            (tmp_path / "bad.wtns").write_bytes(content[:values] + bad)
            with pytest.raises(KeyFileInvalid):
                prover.read_wtns(tmp_path / "bad.wtns")


def damaged(rng: random.Random, content: bytes) -> bytes:
    """A bit, a byte, a word, a stretch less or a stretch twice; what the Rust tests do at length."""
    start, length = rng.randrange(len(content)), rng.randint(1, 64)
    stretch = content[start : start + length]
    flipped = bytes([content[start] ^ 1 << rng.randrange(8)])
    fillers = (flipped, rng.randbytes(1), b"\xff" * 4, b"", stretch * 2)
    chosen = rng.randrange(len(fillers))
    skipped = (1, 1, 4, length, length)[chosen]
    return content[:start] + fillers[chosen] + content[start + skipped :]


@pytest.mark.parametrize("suffix", ["r1cs", "wtns", "zkey"])
def test_P1_damaged_files_end_in_errors_of_ours(tmp_path: Path, zkey: Path, suffix: str) -> None:  # noqa: N802
    """A panic would come out as an exception that is none of these, an abort would end the test."""
    readers = {"r1cs": prover.R1cs.load, "wtns": prover.read_wtns, "zkey": prover.Prover.load}
    content = zkey.read_bytes() if suffix == "zkey" else (DATA / f"small.{suffix}").read_bytes()
    rng, refused, path = random.Random(suffix), 0, tmp_path / f"damaged.{suffix}"  # noqa: S311
    for _ in range(300):
        path.write_bytes(damaged(rng, content))
        try:
            readers[suffix](path)
        except (KeyFileInvalid, KeyMismatch):
            refused += 1
    assert refused > 100, "the others are other files, which may be read"


AVX512 = ("ifma.rs", "ifma/limbs.rs")


def test_P1_unsafe_code_is_only_vector_instructions_and_says_why_it_is_sound() -> None:  # noqa: N802
    """Only the kernel of AVX-512 may have any, each block with its reason in the line before."""
    crate = DATA.parents[1]
    assert tomllib.loads((crate / "Cargo.toml").read_text())["lints"]["rust"]["unsafe_code"] == "deny"
    found = 0
    for path in (crate / "src").rglob("*.rs"):
        lines = path.read_text().splitlines()
        blocks = [number for number, line in enumerate(lines) if re.search(r"\bunsafe\b *[{a-z]", line)]
        assert not blocks or path.relative_to(crate / "src" / "kernel").as_posix() in AVX512, path.name
        for number in blocks:
            before = "\n".join(lines[max(0, number - 3) : number])
            assert "// SAFETY:" in before, f"{path.name}:{number + 1}"
            assert not re.search(r"\bunsafe (fn|impl|trait)\b", lines[number]), f"{path.name}:{number + 1}"
        found += len(blocks)
    assert found > 10


def test_wtns_reads_back(tmp_path: Path, witness: bytes) -> None:
    prover.write_wtns(tmp_path / "w.wtns", witness)
    assert (tmp_path / "w.wtns").read_bytes() == (DATA / "small.wtns").read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.wtns"]
    assert (tmp_path / "w.wtns").stat().st_mode & 0o077 == 0
    with pytest.raises(WitnessError):
        prover.write_wtns(tmp_path / "bad.wtns", bytes(32))
    with pytest.raises(KeyFileInvalid):
        prover.write_wtns(tmp_path / "no" / "folder.wtns", witness)


@pytest.mark.parametrize("reader", [prover.R1cs.load, prover.Prover.load, prover.read_wtns])
def test_missing_or_malformed_file_names_its_path(tmp_path: Path, reader) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_bytes(b"nothing that anybody knows")
    for name in ("missing", "empty", "text", "."):
        with pytest.raises(KeyFileInvalid) as caught:
            reader(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


def test_key_sizes_are_those_of_the_circuit(key: prover.Prover, r1cs: prover.R1cs) -> None:
    assert (key.n_wires, key.n_public) == (r1cs.n_wires, r1cs.n_public)
    assert key.domain_size >= r1cs.n_constraints + r1cs.n_public + 1
    assert key.verifying_key().n_public == 3


def test_development_setup_reports_phases_and_draws_fresh_secrets(tmp_path: Path, witness: bytes) -> None:
    phases: list[str] = []
    prover.setup_development(DATA / "small.r1cs", tmp_path / "one.zkey", phases.append)
    prover.setup_development(str(DATA / "small.r1cs"), str(tmp_path / "two.zkey"))
    assert phases[0] == "read"
    assert phases[-1] == "write"
    one, two = (prover.Prover.load(tmp_path / name) for name in ("one.zkey", "two.zkey"))
    assert one.verifying_key() != two.verifying_key()
    one.verifying_key().verify(public(witness), one.prove(witness))
    with pytest.raises(ProofRejected):
        two.verifying_key().verify(public(witness), one.prove(witness))
    with pytest.raises(InputError):
        prover.setup_insecure_from_seed(DATA / "small.r1cs", tmp_path / "three.zkey", b"short")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["one.zkey", "two.zkey"]


def test_setup_names_the_file_that_it_could_not_use(tmp_path: Path) -> None:
    for source, target, where in (
        (tmp_path / "missing.r1cs", tmp_path / "k.zkey", tmp_path / "missing.r1cs"),
        (DATA / "small.wtns", tmp_path / "k.zkey", DATA / "small.wtns"),
        (DATA / "small.r1cs", tmp_path / "no" / "k.zkey", tmp_path / "no" / "k.zkey"),
    ):
        with pytest.raises(KeyFileInvalid) as caught:
            prover.setup_development(source, target)
        assert caught.value.where == str(where)


def test_progress_that_raises_is_heard(tmp_path: Path) -> None:
    def progress(phase: str) -> None:
        raise RuntimeError(phase)

    with pytest.raises(RuntimeError, match="read"):
        prover.setup_development(DATA / "small.r1cs", tmp_path / "k.zkey", progress)


def test_public_values_outside_the_field_or_of_another_count_are_refused(key, witness) -> None:
    proof = key.prove(witness)
    verifying = key.verifying_key()
    good = public(witness)
    verifying.verify(good, proof)
    for bad in ([], good[:2], [*good, 0], [good[0] + R, *good[1:]], [-1, *good[1:]], [0, *good[1:]]):
        with pytest.raises(ProofRejected):
            verifying.verify(bad, proof)


def test_folded_point_verifies_like_the_values(key: prover.Prover, witness: bytes) -> None:
    verifying, proof = key.verifying_key(), key.prove(witness)
    ic = verifying.to_bytes()[64 + 3 * 128 :]
    vk_x = prover.add_points(ic[:64] + prover.fold(ic[64:], public(witness)))
    verifying.verify_with_point(vk_x, proof)
    for bad in (bytes(64), ic[:64], b"\1" * 64, vk_x[:-1]):
        with pytest.raises(ProofRejected):
            verifying.verify_with_point(bad, proof)


def test_key_and_proof_bytes_read_back(key: prover.Prover, witness: bytes) -> None:
    verifying, proof = key.verifying_key(), key.prove(witness)
    assert prover.VerifyingKey.from_bytes(verifying.to_bytes()) == verifying
    assert prover.Proof.from_bytes(proof.to_bytes()) == proof
    words = b"".join(number.to_bytes(32, "big") for number in (*proof.a, *proof.b, *proof.c))
    assert words == proof.to_bytes()
    for blob in (b"", proof.to_bytes()[:-1], bytes(256), b"\xff" * 256):
        with pytest.raises(ProofRejected):
            prover.Proof.from_bytes(blob)


def test_s1_key_whose_gamma_is_delta_is_refused(key: prover.Prover, zkey: Path, tmp_path: Path) -> None:
    blob = bytearray(key.verifying_key().to_bytes())
    blob[320:448] = blob[192:320]
    with pytest.raises(KeyMismatch):
        prover.VerifyingKey.from_bytes(bytes(blob))
    blob[320:448] = bytes(128)
    with pytest.raises(KeyFileInvalid):
        prover.VerifyingKey.from_bytes(bytes(blob))
    # In the file: the header's body starts at 40, gamma at 340 of it, delta (G2) at 532 of it.
    file = bytearray(zkey.read_bytes())
    file[40 + 532 : 40 + 660] = file[40 + 340 : 40 + 468]
    (tmp_path / "forgeable.zkey").write_bytes(file)
    with pytest.raises(KeyMismatch):
        prover.Prover.load(tmp_path / "forgeable.zkey")


def test_fold_agrees_with_repeated_addition_and_refuses_bad_input() -> None:
    generator = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
    assert prover.fold(b"", []) == bytes(64)
    assert prover.add_points(b"") == bytes(64)
    assert prover.fold(generator, [0]) == bytes(64)
    assert prover.fold(generator, [1]) == generator
    assert prover.fold(generator, [5]) == prover.add_points(generator * 5)
    assert prover.add_points(prover.fold(generator, [R - 7]) + prover.fold(generator, [7])) == bytes(64)
    assert prover.fold(generator * 3 + bytes(64), [1, 2**64, R - 2**64, 9]) == generator
    for scalar in (-1, R, 2**300):
        with pytest.raises(RangeExceeded):
            prover.fold(generator, [scalar])
    with pytest.raises(InputError):
        prover.fold(generator, [1, 2])
    for points in (generator[:-1], b"\1" * 64, b"\xff" * 64):
        with pytest.raises(KeyFileInvalid):
            prover.fold(points, [1])
