"""The multiplication that is put into witness generators: the same numbers as circom's."""

from __future__ import annotations

import random

import pytest
import wasmtime

from tests.unit.test_backends import honest_witness
from zkrisk.params import SCALAR_MODULUS as R
from zkrisk.witness import calculator, wide

EDGES = (0, 1, 2, R - 1, R - 2, R >> 1, (R >> 1) + 1, (1 << 64) - 1, 1 << 64, (1 << 128) - 1, 1 << 192, pow(2, 256, R))


def product() -> tuple[wasmtime.Store, wasmtime.Func, wasmtime.Memory]:
    source = wide._product_source().replace("(memory 1)", '(memory (export "memory") 1)')
    config = wasmtime.Config()
    config.wasm_wide_arithmetic = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    module = wasmtime.Module(engine, source.replace("(func (param", '(func (export "product") (param', 1))
    exports = wasmtime.Instance(store, module, []).exports(store)
    return store, exports["product"], exports["memory"]  # type: ignore[return-value]


def test_products_are_montgomerys_for_edges_and_random_numbers() -> None:
    store, multiply, memory = product()
    rng, inverse = random.Random(7), pow(1 << 256, -1, R)  # noqa: S311
    cases = [(x, y) for x in EDGES for y in EDGES] + [(rng.randrange(R), rng.randrange(R)) for _ in range(3_000)]
    for x, y in cases:
        memory.write(store, x.to_bytes(32, "little") + y.to_bytes(32, "little"), 64)
        # The result may lie where a factor lay.
        for place in (64, 96, 160):
            memory.write(store, x.to_bytes(32, "little") + y.to_bytes(32, "little"), 64)
            multiply(store, 64, 96, place)
            assert int.from_bytes(memory.read(store, place, place + 32), "little") == x * y * inverse % R


def test_a_witness_is_what_circoms_own_multiplication_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    with_wide = honest_witness()
    monkeypatch.setattr(calculator, "with_wide_products", lambda module: module)
    assert honest_witness() == with_wide


def test_a_module_without_that_function_is_left_alone() -> None:
    module = bytes(wasmtime.wat2wasm('(module (func $other (export "f")))'))
    assert wide.with_wide_products(module) == module


def test_only_that_functions_body_is_exchanged() -> None:
    text = (
        '(module (import "a" "b" (func)) (memory 1) (func $x) (func $Fr_F1m_mul (param i32 i32 i32)) (func $y (nop)))'
    )
    module = bytes(wasmtime.wat2wasm(text))
    changed = wide.with_wide_products(module)
    assert changed != module
    config = wasmtime.Config()
    config.wasm_wide_arithmetic = True
    wasmtime.Module(wasmtime.Engine(config), changed)
    before, after = dict(wide._sections(module)), dict(wide._sections(changed))
    assert {kind for kind in before if before[kind] != after[kind]} == {wide._CODE}
    assert after[wide._CODE].startswith(before[wide._CODE][:4]) and after[wide._CODE].endswith(before[wide._CODE][-4:])
