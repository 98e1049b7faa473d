"""circom's witness generator with a faster multiplication put in.

Half of a generator's time is spent in one function, which multiplies field elements in words of 32 bits. WebAssembly's
wide arithmetic multiplies words of 64: the same numbers in a quarter of the time. Only that function's body is
exchanged; what the circuit computes stays circom's, and the constraints judge it either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import wasmtime

from zkrisk.params import SCALAR_MODULUS

__all__ = ["with_wide_products"]

_PRODUCT = "Fr_F1m_mul"
_CUSTOM, _IMPORTS, _CODE = 0, 2, 10
_FUNCTION_NAMES = 1
_FUNCTION = 0
_HEADER_BYTES = 8
_WORDS = 4
_WORD = 1 << 64


def with_wide_products(module: bytes) -> bytes:
    """Return the generator with the faster multiplication; as it was where it has no such function.

    Args:
        module: A generator as circom writes it, with its function names.
    """
    wanted = _function_number(module)
    if wanted is None:
        return module
    out = [module[:_HEADER_BYTES]]
    for kind, body in _sections(module):
        replaced = _exchanged(body, wanted - _imported(module), _product_body()) if kind == _CODE else body
        out.append(bytes([kind]) + _encoded(len(replaced)) + replaced)
    return b"".join(out)


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEADER_BYTES
    while at < len(module):
        size, start = _number(module, at + 1)
        yield module[at], module[start : start + size]
        at = start + size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in LEB128 and where the next thing starts."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    return data[at : at + size], at + size


def _function_number(module: bytes) -> int | None:
    """Find the multiplication by its name."""
    for kind, body in _sections(module):
        if kind != _CUSTOM or not body.startswith(b"\x04name"):
            continue
        at = 5
        while at < len(body):
            part, (size, start) = body[at], _number(body, at + 1)
            at = start + size
            if part == _FUNCTION_NAMES:
                return _named(body, start)
    return None


def _named(body: bytes, at: int) -> int | None:
    count, at = _number(body, at)
    for _ in range(count):
        number, at = _number(body, at)
        name, at = _text(body, at)
        if name == _PRODUCT.encode():
            return number
    return None


def _imported(module: bytes) -> int:
    """Return how many functions are imported: they come first in the numbering and have no body. circom imports no
    tables, memories or globals."""
    for kind, body in _sections(module):
        if kind == _IMPORTS:
            count, at = _number(body, 0)
            for _ in range(count):
                for _ in range(2):
                    _, at = _text(body, at)
                if body[at] != _FUNCTION:
                    raise ValueError("the generator imports something else than functions")
                _, at = _number(body, at + 1)
            return count
    return 0


def _exchanged(code: bytes, wanted: int, body: bytes) -> bytes:
    """Return a code section with another body for one of its functions."""
    count, at = _number(code, 0)
    for _ in range(wanted):
        size, start = _number(code, at)
        at = start + size
    size, start = _number(code, at)
    return _encoded(count) + code[len(_encoded(count)) : at] + body + code[start + size :]


@cache
def _product_body() -> bytes:
    """Return the body of the multiplication, its size in front."""
    module = bytes(wasmtime.wat2wasm(_product_source()))
    code = next(body for kind, body in _sections(module) if kind == _CODE)
    return code[1:]


def _product_source() -> str:
    """Write x·y/2^256 modulo r for Montgomery forms below r, words from the lowest on; the highest word of r is below
    2^62, so that no sum needs a sixth word (gnark's "no-carry" form of Montgomery's algorithm)."""
    words = [SCALAR_MODULUS >> 64 * i & (_WORD - 1) for i in range(_WORDS)]
    inverse = -pow(SCALAR_MODULUS, -1, _WORD) % _WORD
    lines = [f"(local.set $y{j} (i64.load offset={8 * j} (local.get $y)))" for j in range(_WORDS)]
    for i in range(_WORDS):
        lines.append(f"(local.set $x0 (i64.load offset={8 * i} (local.get $x)))")
        for j in range(_WORDS):
            lines += _multiplied("$x0", f"(local.get $y{j})", f"$t{j}", None if j == 0 else "$c")
            lines.append(f"(local.set $c) (local.set $t{j})")
        lines.append("(local.set $t4 (local.get $c))")
        lines.append(f"(local.set $m (i64.mul (local.get $t0) (i64.const {_signed(inverse)})))")
        for j in range(_WORDS):
            lines += _multiplied("$m", f"(i64.const {_signed(words[j])})", f"$t{j}", None if j == 0 else "$c")
            lines.append("(local.set $c) " + ("(drop)" if j == 0 else f"(local.set $t{j - 1})"))
        lines.append("(local.set $t3 (i64.add (local.get $t4) (local.get $c)))")
    low = [f"(i64.const {_signed(words[j])})" for j in range(_WORDS)]
    lines.append(f"(i64.sub128 (local.get $t0) (local.get $t1) {low[0]} {low[1]}) (local.set $d1) (local.set $d0)")
    # The low half is below that of r: the high half lends it one.
    lines.append(
        f"(local.set $c (i64.extend_i32_u (select (i64.lt_u (local.get $t0) {low[0]})"
        f" (i64.lt_u (local.get $t1) {low[1]}) (i64.eq (local.get $t1) {low[1]}))))"
    )
    lines.append(
        f"(i64.sub128 (i64.sub128 (local.get $t2) (local.get $t3) {low[2]} {low[3]}) (local.get $c) (i64.const 0))"
        " (local.set $d3) (local.set $d2)"
    )
    # Both are below 2^255: a difference that is negative has the highest bit.
    lines.append(
        "(if (i64.ge_s (local.get $d3) (i64.const 0)) (then"
        + "".join(f" (local.set $t{j} (local.get $d{j}))" for j in range(_WORDS))
        + "))"
    )
    lines += [f"(i64.store offset={8 * j} (local.get $r) (local.get $t{j}))" for j in range(_WORDS)]
    names = [*(f"$y{j}" for j in range(_WORDS)), "$x0", *(f"$t{j}" for j in range(5)), *(f"$d{j}" for j in range(4))]
    local = " ".join(f"(local {name} i64)" for name in (*names, "$c", "$m"))
    head = "(module (memory 1) (func (param $x i32) (param $y i32) (param $r i32)"
    return "\n".join([head, local, *lines, "))"])


def _multiplied(factor: str, other: str, sum_: str, carry: str | None) -> list[str]:
    """Leave low and high word of factor·other + sum + carry."""
    lines = [f"(i64.mul_wide_u (local.get {factor}) {other}) (local.get {sum_}) (i64.const 0) (i64.add128)"]
    if carry is not None:
        lines.append(f"(local.get {carry}) (i64.const 0) (i64.add128)")
    return lines


def _signed(word: int) -> int:
    return word - _WORD if word >= _WORD >> 1 else word
