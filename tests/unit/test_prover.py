"""The prover as Python programs use it: kernels, threads, batches, progress and interruption."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

import zkrisk
from tests.unit import test_bundle_case as case
from tests.unit.test_backends import honest_witness
from zkrisk import _prover
from zkrisk.errors import ArtifactMismatch, ConstraintViolated, InputError, WitnessError
from zkrisk.params import CircuitKind
from zkrisk.proof import loaded
from zkrisk.proof.backends import native
from zkrisk.proof.groth16 import BACKENDS

KERNELS = _prover.kernels()


@cache
def witness() -> bytes:
    return honest_witness()


@cache
def prover(kernel: str = "auto", threads: int = 0) -> _prover.Prover:
    return _prover.Prover.load(case.instance().zkey, kernel, threads)


def edited() -> bytes:
    changed = bytearray(witness())
    changed[-32] ^= 1
    return bytes(changed)


def is_valid(proof: _prover.Proof) -> bool:
    public = [int.from_bytes(witness()[32 * i : 32 * i + 32], "little") for i in range(1, prover().n_public + 1)]
    prover().verifying_key().verify(public, proof)
    return True


def test_the_public_names_are_the_prover_and_prove() -> None:
    assert zkrisk.Prover is _prover.Prover
    assert callable(zkrisk.prove)


def test_kernels_are_those_of_this_processor_the_fastest_first() -> None:
    assert KERNELS[-1] == "scalar"
    assert prover().kernel == KERNELS[0]
    assert set(KERNELS) <= {"ifma", "scalar"}
    for kernel in {"ifma", "scalar"} - set(KERNELS):
        with pytest.raises(InputError, match=kernel):
            prover(kernel)


def test_an_unknown_kernel_is_refused() -> None:
    with pytest.raises(InputError, match="scalar"):
        _prover.Prover.load(case.instance().zkey, "gpu")


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_P5_every_kernel_makes_the_same_proof(threads: int) -> None:  # noqa: N802
    proofs = {prover(kernel, threads).prove_insecure_with_randomness(witness(), 3, 5).to_bytes() for kernel in KERNELS}
    assert len(proofs) == 1
    for kernel in KERNELS:
        assert (prover(kernel, threads).kernel, prover(kernel, threads).threads) == (kernel, threads)


@pytest.mark.parametrize("kernel", KERNELS)
def test_P2_no_kernel_proves_an_unsatisfied_witness(kernel: str) -> None:  # noqa: N802
    with pytest.raises(ConstraintViolated):
        prover(kernel).prove(edited())


@pytest.mark.parametrize("backend", [f"native-{kernel}" for kernel in KERNELS])
def test_a_forced_path_is_a_backend(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    prover_of = loaded.prover_of
    monkeypatch.setattr(native, "prover_of", lambda *given: asked.append(prover_of(*given)) or asked[-1])
    proof = BACKENDS[backend](case.instance(), witness())
    assert is_valid(_prover.Proof.from_bytes(proof))
    assert [f"native-{used.kernel}" for used in asked] == [backend], "and it is the one that runs"


def test_proofs_from_many_threads_at_once_all_verify() -> None:
    with ThreadPoolExecutor(8) as pool:
        proofs = list(pool.map(lambda _: prover().prove(witness()), range(32)))
    assert all(map(is_valid, proofs))
    assert len({proof.to_bytes() for proof in proofs}) == 32


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_batch_proves_every_witness(count: int) -> None:
    proofs = prover().prove_batch([witness()] * count)
    assert len(proofs) == count
    assert all(map(is_valid, proofs))
    assert len({proof.to_bytes() for proof in proofs}) == count


def test_P2_a_batch_names_the_witness_that_it_refuses() -> None:  # noqa: N802
    with pytest.raises(ConstraintViolated) as caught:
        prover().prove_batch([witness(), witness(), edited(), witness()])
    assert caught.value.details["witness"] == 2
    with pytest.raises(WitnessError) as malformed:
        prover().prove_batch([witness(), witness()[:-32]])
    assert malformed.value.details["witness"] == 1


def test_progress_ends_with_the_whole_and_never_goes_back() -> None:
    for run in (lambda hear: prover().prove(witness(), hear), lambda hear: prover().prove_batch([witness()] * 9, hear)):
        heard: list[float] = []
        run(heard.append)
        assert heard == sorted(heard)
        assert heard[-1] == 1.0


def test_an_exception_of_the_listener_stops_the_work_and_comes_out() -> None:
    class Stop(Exception):
        pass

    def stop(share: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        prover().prove_batch([witness()] * 500, stop)
    assert is_valid(prover().prove(witness())), "and the prover goes on working"


@pytest.fixture
def heard_interrupts() -> Iterator[None]:
    """Interrupts raise KeyboardInterrupt, also in a background job of a shell, which inherits that they are ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_interrupts")
def test_an_interrupt_stops_a_batch_at_once() -> None:
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        prover().prove_batch([witness()] * 20_000)
    assert time.monotonic() - start < 60, "twenty thousand proofs take many minutes"


def test_other_threads_run_while_a_proof_is_made() -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    prover().prove_batch([witness()] * 20)
    done.set()
    thread.join()
    assert counted > 3


def test_a_circuit_stays_loaded() -> None:
    assert loaded.prover_of(case.instance()) is loaded.prover_of(case.instance())
    assert loaded.calculator_of(case.instance()) is loaded.calculator_of(case.instance())


def test_a_key_that_proves_for_another_verifying_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = case.instance(CircuitKind.HEALTHY).key()
    monkeypatch.setattr(type(case.instance()), "key", lambda self: other)
    loaded._prover_of.cache_clear()
    with pytest.raises(ArtifactMismatch, match="another verifying key"):
        loaded.prover_of(case.instance())
    monkeypatch.undo()
    loaded._prover_of.cache_clear()
