"""Books: every refusal names row and column and no quantity; then what is read, and how it rounds."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import ValidationError

from zkrisk.book import (
    Book,
    BookVector,
    Leg,
    Position,
    load_book,
    parse_csv_book,
    parse_json_book,
    perpetual_cash,
    perpetual_positions,
    quantise,
)
from zkrisk.errors import BadFile, BadQuantity, InputError, RangeExceeded, UnknownInstrument, ZkRiskError
from zkrisk.sheet import load_universe

UNIVERSE = load_universe("standard-32")
MARK = "31415926.535"
LSB = "instrument,long,short\n"


def shown(error: ZkRiskError) -> str:
    return f"{error!s} {error!r} {error.where} {error.hint} {error.details}"


BAD_CSV = [
    ("", BadFile, "empty"),
    ("a,b\n", BadFile, "no column 'instrument'"),
    ("instrument,long\nETH,1\n", BadFile, "needs 'long' and 'short'"),
    ("instrument,qty,long\nETH,1,1\n", BadFile, "which one counts"),
    ("instrument,qty,qty\nETH,1,1\n", BadFile, "twice"),
    (LSB + "ETH,1\n", BadFile, "row 2: 2 columns"),
    (LSB + 'ETH,"1,0\n', BadFile, "not CSV"),
    (LSB + f"DOGE,{MARK},0\n", UnknownInstrument, "row 2: 'DOGE' is not in universe standard-32"),
    (LSB + f"{MARK},1,0\n", UnknownInstrument, "row 2: the instrument is not in universe"),
    (LSB + f"ETH,-{MARK},0\n", BadQuantity, "row 2: negative quantity; shorts go in column 'short'"),
    (LSB + f"ETH,0,-{MARK}\n", BadQuantity, "row 2: negative quantity"),
    (LSB + "ETH,NaN,0\n", BadQuantity, "row 2: the quantity is not a finite number"),
    (LSB + "ETH,inf,0\n", BadQuantity, "not a finite number"),
    (LSB + "ETH,1e400,0\n", BadQuantity, "out of range"),
    (LSB + f'ETH,"{MARK},0",0\n', BadQuantity, "not a number"),
    (LSB + f"BTC,1,0\nETH,{MARK},0\n\nETH,{MARK},0\n", InputError, "row 5: 'ETH' is already in row 3"),
    (LSB + f"ETH,{MARK}e9,0\n", RangeExceeded, "row 2: the quantity in column 'long' is 2^64 lots or more"),
    ("instrument,qty\nETH,\n", BadQuantity, "row 2: the quantity is empty"),
    (f"instrument,side,qty\nETH,flat,{MARK}\n", BadQuantity, "row 2: the side is not"),
    (f"instrument,side,qty\nETH,long,-{MARK}\n", BadQuantity, "row 2: negative"),
    (f"instrument,side,qty\nETH,long,1\nETH,buy,{MARK}\n", InputError, "row 3: 'ETH' is already in row 2"),
    (f"instrument,long,short,debt\nBTC,1,0,{MARK}\n", BadFile, "not known: 'debt'"),
    (f"instrument,qty,borrowed\nBTC,1,{MARK}\n", BadFile, "not known: 'borrowed'"),
    (f"instrument,long,short,{MARK}\nBTC,1,0,1\n", BadFile, "not known: number 4"),
    (f"instrument,side,long,short\nBTC,short,{MARK},0\n", BadFile, "not known: 'side'"),
    (f"instrument,long,short,\nBTC,1,0,\nETH,1,0,{MARK}\n", BadFile, "row 3: column 4 has no name"),
]


@pytest.mark.parametrize(("text", "kind", "message"), BAD_CSV)
def test_csv_bad_row_raises_with_the_row_and_no_quantity(text, kind, message):
    with pytest.raises(kind) as caught:
        parse_csv_book(text, UNIVERSE, name="main")
    assert message in str(caught.value)
    assert "31415926" not in shown(caught.value)


BAD_JSON = [
    ("{", BadFile, "not JSON"),
    ("[" * 10_000, BadFile, "nested deeper"),
    ('{"positions": 1}', BadFile, "not a list"),
    ('{"positions": [], "positions": []}', BadFile, "same key twice"),
    ('{"positions": [], "owner": 1}', BadFile, "not known"),
    ('{"schema": "urn:zkrisk:account/v1", "positions": []}', BadFile, "not known"),
    (f'[{{"instrument": "ETH", "long": 1, "debt": {MARK}}}]', BadFile, "row 1: needs"),
    ('{"universe": "other", "positions": []}', InputError, "another universe"),
    ("[1]", BadFile, "row 1: not an object"),
    ('[{"instrument": "ETH"}]', BadFile, "row 1: needs"),
    (f'[{{"instrument": "ETH", "qty": {MARK}, "long": 1}}]', BadFile, "row 1: needs"),
    ('[{"instrument": "ETH", "qty": NaN}]', BadQuantity, "row 1: the quantity is not a finite number"),
    ('[{"instrument": "ETH", "qty": 1e400}]', BadQuantity, "out of range"),
    ('[{"instrument": "ETH", "qty": true}]', BadQuantity, "not a number"),
    (f'[{{"instrument": "ETH", "long": -{MARK}}}]', BadQuantity, "row 1: negative"),
    ('[{"instrument": "ETH", "qty": ' + "9" * 5000 + "}]", BadQuantity, "not a number"),
]


@pytest.mark.parametrize(("text", "kind", "message"), BAD_JSON)
def test_json_bad_book_raises_with_the_row_and_no_quantity(text, kind, message):
    with pytest.raises(kind) as caught:
        parse_json_book(text, UNIVERSE)
    assert message in str(caught.value)
    assert "31415926" not in shown(caught.value)


def test_csv_unknown_instrument_where_and_hint_are_the_documented_ones():
    with pytest.raises(UnknownInstrument) as caught:
        parse_csv_book(LSB + "XETHX,1,0\n", UNIVERSE, name="main", where="book.csv")
    assert caught.value.where == "book.csv, column 'instrument'"
    assert caught.value.hint == "zkrisk sheet show --universe standard-32 --find eth"


def test_csv_negative_long_where_and_hint_are_the_documented_ones():
    with pytest.raises(BadQuantity) as caught:
        parse_csv_book(LSB + "ETH,-1,0\n", UNIVERSE, name="main", where="book.csv")
    assert caught.value.where == "book.csv, column 'long'"
    assert caught.value.hint == "zkrisk book add book.csv --column side=direction"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("big.csv", b"x" * (2**20 + 1), "larger than 1048576 bytes"),
        ("latin.csv", b"instrument,qty\nETH,\xff\n", "not UTF-8"),
        ("nul.csv", b"instrument,qty\nETH,\x001\n", "NUL"),
        ("book.xlsx", b"", "format is not known"),
    ],
)
def test_load_hostile_file_raises_cleanly(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=message):
        load_book(path, UNIVERSE)


def test_load_missing_file_raises(tmp_path):
    with pytest.raises(BadFile, match="cannot read"):
        load_book(tmp_path / "none.csv", UNIVERSE)


@pytest.mark.parametrize("mapping", [{"size": "qty"}, {"qty": "amount"}])
def test_csv_bad_column_mapping_raises(mapping):
    with pytest.raises(BadFile):
        parse_csv_book("instrument,size\nETH,1\n", UNIVERSE, name="main", columns=mapping)


def test_csv_column_that_two_names_mean_raises():
    with pytest.raises(BadFile, match="mapped twice"):
        parse_csv_book("instrument,size\nETH,1\n", UNIVERSE, name="m", columns={"long": "size", "short": "size"})


def test_csv_column_of_another_meaning_than_its_name_raises():
    with pytest.raises(BadFile, match="not known: 'qty'"):
        parse_csv_book("instrument,qty,size\nETH,1,2\n", UNIVERSE, name="m", columns={"qty": "size"})


def test_csv_unknown_column_hint_says_where_debts_go_and_how_to_ignore():
    with pytest.raises(BadFile) as caught:
        parse_csv_book(LSB.strip() + ",debt\n", UNIVERSE, name="m", where="b.csv", command="zkrisk issuer sign")
    assert caught.value.hint == (
        "what is owed goes in 'short'; if it is neither held nor owed: zkrisk issuer sign b.csv --ignore debt"
    )


@pytest.mark.parametrize("name", ["short", " Side", "qty"])
def test_column_that_is_read_cannot_be_ignored(name):
    with pytest.raises(BadFile, match="cannot be ignored"):
        parse_csv_book("instrument,qty,short\n", UNIVERSE, name="m", ignored=(name,))


def test_json_field_that_is_ignored_by_name_does_not_matter_and_one_that_is_read_must():
    text = '{"as_of": 1, "positions": [{"instrument": "ETH", "long": 1, "price": 2}]}'
    assert parse_json_book(text, UNIVERSE, ignored=("as_of", "price")).positions[0].long == 1
    with pytest.raises(BadFile, match="cannot be ignored"):
        parse_json_book(text, UNIVERSE, ignored=("as_of", "price", "short"))


@pytest.mark.parametrize("value", [0.1, float("nan"), True, None, [1], 10**70, Decimal("NaN"), Decimal("Infinity")])
def test_position_value_without_exact_meaning_raises(value):
    with pytest.raises(BadQuantity):
        Position(instrument="ETH", long=value)


def test_book_duplicate_instrument_raises():
    with pytest.raises(InputError, match="row 2: the same instrument is already in row 1"):
        Book(name="b", universe="u", positions=(Position(instrument="ETH"), Position(instrument="ETH")))


def test_model_error_hides_the_input():
    with pytest.raises(ValidationError) as caught:
        Position(instrument="ETH", long=MARK, note=MARK)
    assert MARK not in str(caught.value)


def test_quantise_other_universe_raises():
    with pytest.raises(InputError, match="universe micro-8, not standard-32"):
        quantise(Book(name="b", universe="micro-8", positions=()), UNIVERSE)


@pytest.mark.parametrize(
    ("long", "short"), [((1,), (1, 2)), ((-1,), (0,)), ((2**64,), (0,)), ((0,), (1.0,)), ((True,), (0,))]
)
def test_vector_out_of_range_raises(long, short):
    for kind in (BookVector, Leg):
        with pytest.raises(InputError):
            kind(long, short)


FORMS = [
    LSB + "ETH,1.5,0\nUSD,,100\nBTC,2,1\n",
    "instrument,side,qty\nETH,buy,1.5\nUSD,SHORT,100\nBTC,long,2\nBTC,sell,1\n",
    "\ufeffInstrument , short, long ,Note, \nETH,0,1.5,x,\n\nUSD,100,,y,\nBTC,1,2,z,\n",
]


@pytest.mark.parametrize("text", FORMS)
def test_csv_all_forms_give_the_same_book(text):
    book = parse_csv_book(text.removeprefix("\ufeff"), UNIVERSE, name="main", ignored=("note",))
    vector = quantise(book, UNIVERSE)
    slot = UNIVERSE.slot_of
    assert (vector.long[slot("ETH")], vector.short[0]) == (150_000_000, 100_000_000)
    assert (vector.long[slot("BTC")], vector.short[slot("BTC")]) == (2 * 10**8, 10**8)


def test_csv_signed_quantity_and_mapping_negative_is_short():
    book = parse_csv_book("coin,size\nETH,-1e-8\n", UNIVERSE, name="m", columns={"instrument": "coin", "qty": "Size"})
    assert quantise(book, UNIVERSE).short[UNIVERSE.slot_of("ETH")] == 1


def test_quantise_too_many_decimals_rounds_against_the_owner():
    book = parse_csv_book(LSB + "ETH,1.999999999,1.000000001\n", UNIVERSE, name="main")
    vector, slot = quantise(book, UNIVERSE), UNIVERSE.slot_of("ETH")
    assert (vector.long[slot], vector.short[slot]) == (199_999_999, 100_000_001)


def test_json_number_is_read_as_written(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('[{"instrument": "ETH", "long": 0.1, "short": "0.30000000000000004"}]')
    book = load_book(path, UNIVERSE)
    assert (book.name, book.positions[0].long, book.positions[0].short) == (
        "mine",
        Decimal("0.1"),
        Decimal("0.30000000000000004"),
    )


def test_to_dict_reads_back():
    book = parse_csv_book(FORMS[0], UNIVERSE, name="main")
    assert parse_json_book(json.dumps(book.to_dict()), UNIVERSE) == book


def test_repr_shows_counts_only():
    book = parse_csv_book(LSB + f"ETH,{MARK},0\n", UNIVERSE, name="main")
    vector = quantise(book, UNIVERSE)
    assert repr(book) == str(book) == "<Book 'main' 1 positions, universe standard-32, private>"
    assert "3141" not in f"{book!r}{book.positions!r}{book.positions[0]}{vector!r}{vector}"
    assert len(vector.long) == len(Leg.empty(32).long) == 32


def test_perpetual_cash_is_wallet_minus_cost_exactly():
    fills = [(Decimal("-0.123456789012345678"), Decimal("3000.000000000000000001")), (Decimal(2), Decimal("10.5"))]
    cash = perpetual_cash(Decimal(100), fills)
    assert Fraction(cash) == 100 - sum(Fraction(quantity) * Fraction(entry) for quantity, entry in fills)
    with pytest.raises(BadQuantity):
        perpetual_cash(Decimal("NaN"), [])


def test_perpetual_positions_equity_is_wallet_plus_profit():
    positions = perpetual_positions("USD", Decimal(1000), [("ETH-PERP", Decimal(2), Decimal(3000))])
    assert (positions[0].short, positions[1].long) == (Decimal(5000), Decimal(2))
    mark = Decimal(3100)
    assert positions[1].long * mark - positions[0].short == Decimal(1000) + 2 * (mark - 3000)
