"""Dishonest witnesses of circuits/commitment."""

from __future__ import annotations

from harness.case import OUT_OF_FIELD_SENSE, Case, Honest
from harness.constraints import R
from harness.specs import commitment

LONG, SHORT, OWNER, SALT, LARGEST = [5, 6], [7, 8], 9, (1 << 200) + 10, (1 << 64) - 1

_CONSTANTS = {"head.inputs[0]", "head.inputs[1]", "outer.inputs[0]"}


def _opened(long: list[int], short: list[int]) -> dict[str, object]:
    """Return account inputs whose commitment really opens to a book, in range or not."""
    book = [q % R for q in (*long, *short)]
    value = commitment(book[: len(long)], book[len(long) :], OWNER, SALT)
    return {"long": long, "short": short, "commitment": value}


HONEST: dict[str, dict[str, object]] = {
    "pack": {"quantity": [1, 2, 3, 4]},
    "chain": {"element": list(range(16))},
    "hash": {"long": LONG, "short": SHORT},
    "book": {"long": LONG, "short": SHORT, "owner": OWNER, "salt": SALT},
    "account": {"owner": OWNER, "salt": SALT, "context": 11, "leg_long": [1, 0], "leg_short": [0, 2]}
    | _opened(LONG, SHORT),
}

EDGES = [
    Honest("pack", "largest quantities", {"quantity": [LARGEST] * 4}),
    Honest("chain", "zeros", {"element": [0] * 16}),
    Honest("account", "empty book", _opened([0, 0], [0, 0])),
    Honest("account", "largest book and leg", _opened([LARGEST] * 2, [LARGEST] * 2) | {"leg_long": [LARGEST] * 2}),
    Honest("account", "context 0", {"context": 0}),
    Honest("account", "context r - 1", {"context": R - 1}),
]


def _hash() -> list[Case]:
    output = "h = P(DOMAIN, LENGTH, first 14)"
    bent = {"head.inputs[0]": 8, "head.inputs[1]": 4, "head.inputs[2]": 1, "step[0].inputs[0]": 0,
            "step[0].inputs[2]": 0, "state[0]": 1, "state[1]": 1, "out": 1}  # fmt: skip
    cases = [Case("pack", "packed", f"packed {i}", ("",), {}, {f"packed[{i}]": 1}) for i in (0, 1)]
    # A constant is tied to the input of the hash alone, so the hash is where its constraint stands.
    cases += [
        Case("chain", output, f"c17 {name} replaced", ("head" if name in _CONSTANTS else "",), {}, {name: value})
        for name, value in bent.items()
    ]
    clause = "HashChain(DOMAIN_BOOK, N) over"
    bent = {"pack.quantity[0]": 6, "pack.quantity[3]": 0, "chain.element[1]": 0, "hash": 1}
    cases += [Case("hash", clause, f"{name} replaced", ("",), {}, {name: value}) for name, value in bent.items()]
    cases += [
        Case("hash", clause, "c17 domain of the book replaced", ("chain.head",), {}, {"chain.head.inputs[0]": 0}),
        Case("hash", clause, "c17 length of the book replaced", ("chain.head",), {}, {"chain.head.inputs[1]": 3}),
        Case("hash", "the book, three quantities to an element", "packed replaced", ("",), {}, {"packed[1]": 1}),
        Case("book", "the book, three quantities to an element", "packed replaced", ("",), {}, {"packed[1]": 1}),
        Case("book", "BookHash of the book", "hash of another book handed on", ("",), {}, {"book_hash": 1}),
        Case("book", "BookHash of the book", "another asset hashed", ("",), {}, {"book.long[0]": 6}),
        Case("book", "BookHash of the book", "a debt left out", ("",), {}, {"book.short[1]": 0}),
    ]
    bent = {"outer.inputs[0]": 0, "outer.inputs[1]": 0, "outer.inputs[2]": 10, "outer.inputs[3]": 0, "commitment": 1}
    clause = "P(DOMAIN_COMMITMENT, book_hash, owner, salt)"
    return cases + [
        Case("book", clause, f"{name} replaced", ("outer" if name in _CONSTANTS else "",), {}, {name: value})
        for name, value in bent.items()
    ]


def _account() -> list[Case]:
    ranges, opens, context = "every private quantity", "the commitment opens to this book, owner", "the context"
    cases = []
    for value in OUT_OF_FIELD_SENSE:
        cases += [
            Case("account", ranges, f"c1 long {value}", ("long_range[1]",), _opened([5, value], SHORT)),
            Case("account", ranges, f"c1 short {value}", ("short_range[0]",), _opened(LONG, [value, 8])),
        ]
    other = _opened([5, 7], SHORT)["commitment"]
    return [
        *cases,
        # The packed element is the same, so the commitment is: only the range tells the two books apart.
        Case("account", ranges, "carry into the next quantity", ("long_range[0]",), {"long": [5 + (1 << 64), 5]}),
        Case("account", ranges, "carry from the next quantity", ("long_range[0]",), {"long": [5 - (1 << 64), 7]}),
        Case("account", ranges, "range of another number", ("",), _opened([1 << 64, 6], SHORT),
             {"long_range[0].in": 0}),
        Case("account", ranges, "range of another debt", ("",), _opened(LONG, [1 << 64, 8]), {"short_range[0].in": 0}),
        Case("account", opens, "another debt hashed", ("",), {"short": [7, 0]}, {"book.short[1]": 8}),
        Case("account", "salt", "another salt hashed", ("",), {"salt": SALT + 1}, {"book.salt": SALT}),
        Case("account", opens, "another commitment", ("",), {"commitment": other}),
        Case("account", opens, "commitment 0", ("",), {"commitment": 0}),
        Case("account", opens, "more assets", ("",), {"long": [5, 7]}),
        Case("account", opens, "c11 a debt left out", ("",), {"short": [7, 0]}),
        Case("account", opens, "another owner", ("",), {"owner": 10}),
        Case("account", "salt", "another salt", ("",), {"salt": SALT + 1}),
        Case("account", opens, "another book hashed", ("",), {"long": [5, 7]}, {"book.long[1]": 6}),
        Case("account", opens, "another owner hashed", ("",), {"owner": 10}, {"book.owner": OWNER}),
        Case("account", context, "square left free", ("",), {"context": 12}, {"context_square": 121}),
        Case("account", "total_long", "one more", ("",), {}, {"total_long[0]": 7}),
        Case("account", "total_short", "a leg left out", ("",), {}, {"total_short[1]": 8}),
    ]  # fmt: skip


CASES = [*_hash(), *_account()]
