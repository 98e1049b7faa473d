"""The witness generator of a circuit, run in this process.

circom's generator is a WASM module that hands out one field element a call. A loop over fifty thousand wires in Python
would cost a second, so a small WASM module of our own, linked beside it, runs the loops and copies the elements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wasmtime

from zkrisk.errors import ArtifactMismatch, WitnessError
from zkrisk.params import SCALAR_MODULUS
from zkrisk.witness.wide import with_wide_products

__all__ = ["ELEMENT_BYTES", "WitnessCalculator"]

ELEMENT_BYTES = 32
_PAGE_BYTES = 65_536

_COPIER = """
(module
  (import "circom" "memory" (memory $circom 0))
  (import "circom" "getWitness" (func $get_witness (param i32)))
  (import "circom" "setInputSignal" (func $set_input (param i32 i32 i32)))
  (memory $buffer (export "buffer") 1)
  (func (export "read") (param $count i32) (param $shared i32) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (call $get_witness (local.get $i))
        (memory.copy $buffer $circom
          (i32.mul (local.get $i) (i32.const 32)) (local.get $shared) (i32.const 32))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
  (func (export "write") (param $msb i32) (param $lsb i32) (param $count i32) (param $shared i32) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (memory.copy $circom $buffer
          (local.get $shared) (i32.mul (local.get $i) (i32.const 32)) (i32.const 32))
        (call $set_input (local.get $msb) (local.get $lsb) (local.get $i))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))))
"""

_REASONS = {
    1: "signal not found",
    2: "too many signals set",
    3: "signal already set",
    4: "an assertion of the circuit does not hold",
    5: "not enough memory",
    6: "input array index out of range",
    7: "array index out of range",
}


def _fnv1a_64(name: str) -> tuple[int, int]:
    """Return circom's key of an input signal as (high, low) signed 32-bit words."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return _signed32(value >> 32), _signed32(value & 0xFFFFFFFF)


def _signed32(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value


class WitnessCalculator:
    """Computes witnesses of one circuit.

    The compiled module is cached by wasmtime in the user's cache folder; the first use of a circuit takes a second or
    two, every later one milliseconds. One calculator may be used again and again; every call gets a fresh instance,
    so nothing of one book is left in the memory of the next.

    Args:
        wasm_path: circom's generator, hash-checked by the caller (`zkrisk.proof.artifacts`).
    """

    def __init__(self, wasm_path: Path) -> None:
        config = wasmtime.Config()
        config.cache = True
        config.wasm_multi_memory = True
        config.wasm_wide_arithmetic = True
        self._engine = wasmtime.Engine(config)
        try:
            self._module = wasmtime.Module(self._engine, with_wide_products(Path(wasm_path).read_bytes()))
        except (wasmtime.WasmtimeError, OSError, IndexError, ValueError) as error:
            name = Path(wasm_path).name
            raise ArtifactMismatch(f"{name} is not a witness generator", where=str(wasm_path)) from error
        self._copier = wasmtime.Module(self._engine, _COPIER)

    def witness(self, inputs: Mapping[str, Sequence[int]]) -> bytes:
        """Compute a witness.

        Args:
            inputs: Signal name → values in row-major order, each in [0, r).

        Returns:
            All wires, 32 bytes each, little-endian.

        Raises:
            WitnessError: An input is missing, too many, or the circuit's assertions do not hold. The message never
                holds a value.
        """
        run = _Run(self._engine, self._module, self._copier)
        return run.execute(inputs)


class _Run:
    """One instance of the generator with the copier linked beside it."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module, copier: wasmtime.Module) -> None:
        self._store = wasmtime.Store(engine)
        self._failure = _Failure()
        linker = wasmtime.Linker(engine)
        i32 = wasmtime.ValType.i32()
        # The callback must not reach this object: wasmtime keeps callbacks until the store is gone, and would so keep
        # the store, with the private book in its memory, for as long as the process lives.
        linker.define_func("runtime", "exceptionHandler", wasmtime.FuncType([i32], []), self._failure.stop)
        for name in ("printErrorMessage", "writeBufferMessage", "showSharedRWMemory"):
            linker.define_func("runtime", name, wasmtime.FuncType([], []), lambda: None)
        self._circom = linker.instantiate(self._store, module).exports(self._store)
        link = wasmtime.Linker(engine)
        for name in ("memory", "getWitness", "setInputSignal"):
            link.define(self._store, "circom", name, self._circom[name])
        self._copier = link.instantiate(self._store, copier).exports(self._store)
        self._shared = self._call("getSharedRWMemoryStart")

    def execute(self, inputs: Mapping[str, Sequence[int]]) -> bytes:
        """Set every input, let the circuit run, and copy the wires out."""
        try:
            self._call("init", 1)
            self._set_inputs(inputs)
            count = self._call("getWitnessSize")
            self._reserve(count)
            self._copier["read"](self._store, count, self._shared)  # type: ignore[operator]
        except (wasmtime.Trap, wasmtime.WasmtimeError, _CircuitError) as error:
            reason = _REASONS.get(self._failure.code or 0, "the generator stopped")
            raise WitnessError(f"no witness: {reason}") from error.with_traceback(None)
        return bytes(self._buffer().read(self._store, 0, count * ELEMENT_BYTES))

    def _set_inputs(self, inputs: Mapping[str, Sequence[int]]) -> None:
        expected = self._call("getInputSize")
        given = sum(len(values) for values in inputs.values())
        for name, values in inputs.items():
            msb, lsb = _fnv1a_64(name)
            size = self._call("getInputSignalSize", msb, lsb)
            if size != len(values):
                raise WitnessError(f"input '{name}' takes {max(size, 0)} values, {len(values)} were given")
            self._reserve(len(values))
            self._buffer().write(self._store, _encode(name, values), 0)
            self._copier["write"](self._store, msb, lsb, len(values), self._shared)  # type: ignore[operator]
        if given != expected:
            raise WitnessError(f"the circuit takes {expected} input values, {given} were given")

    def _reserve(self, elements: int) -> None:
        buffer = self._buffer()
        missing = elements * ELEMENT_BYTES - buffer.data_len(self._store)
        if missing > 0:
            buffer.grow(self._store, -(-missing // _PAGE_BYTES))

    def _buffer(self) -> wasmtime.Memory:
        return self._copier["buffer"]  # type: ignore[return-value]

    def _call(self, name: str, *arguments: int) -> Any:
        return self._circom[name](self._store, *arguments)  # type: ignore[operator]


class _Failure:
    """The code that the generator stops with; knows nothing else of its run."""

    def __init__(self) -> None:
        self.code: int | None = None

    def stop(self, code: int) -> None:
        """Keep the code and unwind the generator."""
        self.code = code
        raise _CircuitError


class _CircuitError(Exception):
    """Unwinds the generator; translated before it leaves this module."""


def _encode(name: str, values: Sequence[int]) -> bytes:
    for value in values:
        if not 0 <= value < SCALAR_MODULUS:
            raise WitnessError(f"a value of input '{name}' is not a field element")
    return b"".join(value.to_bytes(ELEMENT_BYTES, "little") for value in values)
