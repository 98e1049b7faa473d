"""The native module: constraint check, development setup, Groth16 proofs, Poseidon and folding over BN254.

Everything is checked where it enters: files, points (on the curve, in the subgroup), field elements (canonical).
Long operations release the interpreter's lock. Errors are the classes of `zkrisk.errors`; their messages
name row, wire and constraint numbers, never a value.

`r` is the order of the scalar field. Witness bytes are the wires in order, 32 bytes little-endian
each, below r; wire 0 is 1.
A point of G1 is 64 bytes, x ‖ y big-endian, all zeros for the identity.

Raised where no function says more: `KeyFileInvalid` (a file or key is malformed or cannot be read, `where` is its
path), `WitnessError` (witness bytes are malformed), `RangeExceeded` (an integer is negative or not below r),
`InputError` (counts disagree), `EnvironmentBroken` (no randomness from the operating system).
"""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Self, TypeAlias, final

StrPath: TypeAlias = str | PathLike[str]

def poseidon(inputs: Sequence[int]) -> int:
    """Hash 1 to 16 field elements with circomlib's Poseidon."""

def poseidon_squeeze(inputs: Sequence[int], count: int) -> list[int]:
    """Return the first `count` elements of the state, at most as many as inputs: circomlib's PoseidonEx."""

def fold(points: bytes, scalars: Sequence[int]) -> bytes:
    """Return Σ scalars[j]·points[j] as a point of 64 bytes; the identity when there are none.

    Args:
        points: 64 bytes each; the identity is allowed.
        scalars: 0 ≤ scalar < r, as many as points. A negative value v is given as r - |v|.

    Raises:
        KeyFileInvalid: A point is not on the curve, or `points` is not a multiple of 64 bytes.
        RangeExceeded: A scalar is out of range; it is not reduced.
        InputError: The counts disagree.
    """

def add_points(points: bytes) -> bytes:
    """Return the sum of points of 64 bytes each; the identity when there are none.

    Raises:
        KeyFileInvalid: A point is not on the curve, or `points` is not a multiple of 64 bytes.
    """

def read_wtns(path: StrPath) -> bytes:
    """Return the witness bytes of a `.wtns` file (version 2).

    Raises:
        KeyFileInvalid: The file is malformed, of another field, not canonical, or wire 0 is not 1.
    """

def write_wtns(path: StrPath, witness: bytes) -> None:
    """Write witness bytes as a `.wtns` file that snarkjs reads. The file is as secret as the book.

    The file appears whole or not at all, and only its owner may read it.

    Raises:
        WitnessError: The witness bytes are malformed.
        KeyFileInvalid: The file cannot be written.
    """

def setup_development(r1cs_path: StrPath, zkey_path: StrPath, progress: Callable[[str], object] | None = None) -> None:
    """Make a proving key in this process, for development only.

    The secrets come from the operating system, are wiped, and are never written; but nobody else can know that,
    so a contract of value must not trust this key. The file has no contributions: `snarkjs zkey verify` refuses it.

    Args:
        progress: Hears the name of each phase as it starts, in the calling thread. An exception that it raises is
            raised again after the key is written.

    Raises:
        KeyFileInvalid: The `.r1cs` file is malformed or too large for the curve, or the key cannot be written.
    """

def setup_insecure_from_seed(r1cs_path: StrPath, zkey_path: StrPath, seed: bytes) -> None:
    """Make the same key every time from 32 bytes. For tests: whoever knows the seed forges proofs."""

@final
class R1cs:
    """A constraint system; row i demands (A_i·w)·(B_i·w) = C_i·w modulo r."""

    @classmethod
    def load(cls, path: StrPath) -> Self:
        """Read an `.r1cs` file (version 1, no custom gates)."""

    @property
    def n_wires(self) -> int:
        """Wires, the constant 1 (wire 0) included."""

    @property
    def n_constraints(self) -> int: ...
    @property
    def n_public(self) -> int:
        """Public outputs and inputs; wires 1 … n_public."""

    @property
    def n_private_inputs(self) -> int:
        """Private inputs that the optimiser kept; they follow the public wires."""

    @property
    def n_labels(self) -> int:
        """Labels of the source, before optimisation."""

    def wire_labels(self) -> list[int]:
        """Return the label of each wire, as in the first column of circom's `.sym` file."""

    def check(self, witness: bytes) -> None:
        """Refuse a witness that violates a constraint.

        Raises:
            ConstraintViolated: `details["constraint"]` is the first violated row.
            WitnessError: Wrong length, wire 0 is not 1, or a value is not canonical.
        """

    def violations(self, witness: bytes, limit: int = 16) -> list[int]:
        """Return the first `limit` violated rows in order; raise `WitnessError` as `check` does."""

    def constraint(self, index: int) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
        """Return A_i, B_i and C_i as wire → coefficient in 0 … r-1.

        Raises:
            RangeExceeded: There is no such row.
        """

@final
class Proof:
    """A, B and C of Groth16: each in its group, none the identity. Equal when the points are.

    Proofs are malleable: (-A, -B, C) is valid, too. Never use the bytes as an identifier.
    """

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Read A (64 bytes), B (128: x.c1, x.c0, y.c1, y.c0) and C (64), big-endian.

        Raises:
            ProofRejected: Wrong length, not canonical, not on the curve, not in the subgroup, or the identity.
        """

    def to_bytes(self) -> bytes:
        """Return the 256 bytes that `from_bytes` reads."""

    @property
    def a(self) -> tuple[int, int]:
        """x, y."""

    @property
    def b(self) -> tuple[int, int, int, int]:
        """x.c1, x.c0, y.c1, y.c0: the order of the pairing precompile, not of snarkjs' JSON."""

    @property
    def c(self) -> tuple[int, int]:
        """x, y."""

    def __eq__(self, other: object) -> bool: ...

@final
class VerifyingKey:
    """The points that verify proofs; none is the identity, and nobody can forge for them: see `from_bytes`."""

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Read alpha (64), beta, gamma, delta (128 each, EIP-197 order), then IC_0 … IC_n (64 each), big-endian.

        Raises:
            KeyFileInvalid: Wrong length, or a point is not in its group or is the identity.
            KeyMismatch: delta is ± gamma or ± the generator (no phase-2 contribution), or beta is ± gamma or ± delta:
                anybody can forge proofs for this key.
        """

    def to_bytes(self) -> bytes:
        """Return the bytes that `from_bytes` reads."""

    @property
    def n_public(self) -> int: ...
    def verify(self, public: Sequence[int], proof: Proof) -> None:
        """Return nothing when the proof is valid for these public values.

        Raises:
            ProofRejected: The equation does not hold, the count is wrong, or a value is negative or not below r.
        """

    def verify_with_point(self, vk_x: bytes, proof: Proof) -> None:
        """Verify with an already folded point, as a contract does.

        A point that the caller did not fold itself from values proves nothing: whoever chooses it can forge.

        Raises:
            ProofRejected: The equation does not hold, or the point is not on the curve.
        """

    def __eq__(self, other: object) -> bool: ...

def kernels() -> list[str]:
    """Return the names of the kernels that this processor can run, the fastest first."""

def product_rate(kernel: str) -> float:
    """Return how many products of field elements a thread makes in a second when it does nothing else, with a kernel
    of `kernels`."""

@final
class Prover:
    """A Groth16 proving key in snarkjs' format, checked, and converted once for the kernels that prove with it.

    Safe to use from several threads at once; no more proofs than there are threads are made at a time, the others wait.
    """

    @classmethod
    def load(cls, path: StrPath, kernel: str = "auto", threads: int = 0) -> Self:
        """Read a `.zkey` file and check all of its points; half a second at 2^16 rows.

        Whether the ceremony behind it was a good one is not decided here.

        Args:
            kernel: ``ifma`` (AVX-512 IFMA, eight field elements at a time), ``scalar`` (every processor), or ``auto``:
                the fastest that this processor can run.
            threads: Threads for all of its proofs together; 0 for one a processor, or `RAYON_NUM_THREADS`.

        Raises:
            KeyFileInvalid: The file is malformed, or a point is not in its group.
            KeyMismatch: Anybody can forge proofs for it (`VerifyingKey.from_bytes`).
            InputError: There is no such kernel, or this processor, or so small a circuit, cannot run it.
        """

    @property
    def n_public(self) -> int: ...
    @property
    def n_wires(self) -> int: ...
    @property
    def domain_size(self) -> int:
        """Rows of the evaluation domain, a power of two."""

    @property
    def kernel(self) -> str:
        """What runs: ``ifma`` or ``scalar``."""

    @property
    def threads(self) -> int: ...
    def verifying_key(self) -> VerifyingKey:
        """Return the key that verifies what this one proves."""

    def prove(self, witness: bytes, on_progress: Callable[[float], object] | None = None) -> Proof:
        """Prove with randomness of the operating system; the proof is verified before it is returned.

        Ctrl-C stops it, and so does an exception of `on_progress`, which is raised again.

        Args:
            on_progress: Hears, in the calling thread, the share of the work that is done: some twenty times a second,
                and 1.0 at the end.

        Raises:
            ConstraintViolated: The witness does not satisfy the constraints. A key does not know which one
                (`details` is empty): ask `R1cs.check`.
            WitnessError: Wrong length, wire 0 is not 1, or a value is not canonical.
        """

    def prove_batch(
        self, witnesses: Sequence[bytes], on_progress: Callable[[float], object] | None = None
    ) -> list[Proof]:
        """Prove many witnesses, each by a thread of its own: more proofs a second than one after the other.

        Args:
            on_progress: As for `prove`.

        Returns:
            The proofs, in the order of the witnesses.

        Raises:
            ConstraintViolated, WitnessError: As `prove`, for the first witness that was refused: `details["witness"]`
                is its number. There are no proofs then.
        """

    def profile(self, witness: bytes) -> list[tuple[str, float, int]]:
        """Do a proof's work one phase after the other; return name, seconds and products of field elements of each.

        Raises:
            WitnessError: As `prove`.
        """

    def prove_insecure_with_randomness(self, witness: bytes, r: int, s: int) -> Proof:
        """Prove with given r and s, the same bytes every time.

        For tests: whoever knows or guesses r and s can test guesses of the private book against the proof.
        """
