"""Books and metrics against fractions (L1, L2), a few hundred cases; `tests.campaigns.client` runs the rest.

Then the forms that a file may have around its numbers, and every place that a big integer passes.
"""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaigns.client import check_case
from tests.campaigns.client_books import NO_NUMBERS, UNIVERSE
from zkrisk.book import load_book, parse_csv_book, parse_json_book, parse_quantity, quantise
from zkrisk.commitment import Opening
from zkrisk.errors import BadQuantity, InputError
from zkrisk.store.codec import decode_opening, encode_opening

SEED = 20_261_121
BIG = (2**53 - 1, 2**53, 2**53 + 1, 2**63, 2**64 - 1)


def test_l1_cases_agree_with_fractions():
    for number in range(240):
        check_case(number, SEED)


@pytest.mark.parametrize(("name", "other"), [("scale_down", "scale_up"), ("scale_up", "scale_down")])
def test_l1_cases_find_a_rounding_on_the_wrong_side(monkeypatch, name, other):
    module = sys.modules["zkrisk.book.quantise"]
    monkeypatch.setattr(module, name, getattr(module, other))
    with pytest.raises(AssertionError, match="lots"):
        for number in range(60):
            check_case(number, SEED)


@pytest.mark.parametrize("text", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
def test_l1_text_that_is_no_number_is_refused_everywhere_and_not_repeated(text):
    document = json.dumps([{"instrument": "ETH", "long": text}])
    for read in (lambda: parse_quantity(text), lambda: parse_json_book(document, UNIVERSE)):
        with pytest.raises(BadQuantity) as caught:
            read()
        assert len(text) < 3 or text not in caught.value.message


@given(st.floats() | st.booleans() | st.none() | st.binary() | st.lists(st.integers()) | st.complex_numbers())
def test_l1_value_that_is_no_text_integer_or_decimal_is_refused(value):
    with pytest.raises(BadQuantity):
        parse_quantity(value)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_l1_decimal_is_taken_exactly_or_refused(value):
    try:
        assert parse_quantity(value) == value
    except BadQuantity:
        assert not value.is_finite() or value.adjusted() >= 60 or value.as_tuple().exponent < -60 or value == 0


@pytest.mark.parametrize("lots", BIG)
def test_l2_big_lots_come_through_every_file_exactly(tmp_path, lots):
    """USD has six decimals: the same integer as text, as a JSON number, in CSV, and sealed."""
    text = f"{lots // 10**6}.{lots % 10**6:06d}"
    (tmp_path / "a.csv").write_text(f"instrument,long,short\nUSD,{text},0\n")
    (tmp_path / "b.json").write_text(f'[{{"instrument": "USD", "long": {text}}}]')
    (tmp_path / "c.json").write_text(f'[{{"instrument": "USD", "long": "{lots}e-6"}}]')
    vectors = [quantise(load_book(path, UNIVERSE, name="b"), UNIVERSE) for path in sorted(tmp_path.iterdir())]
    assert [vector.long[0] for vector in vectors] == [lots] * 3
    for number in (lots, 2**128 - 1, 2**248 - 1):
        opening = Opening(vectors[0], number % 2**160, number, number)
        again = decode_opening(encode_opening(opening), number)
        assert (again.long[0], again.owner, again.salt, again.commitment) == (lots, number % 2**160, number, number)


FORMS = {
    "plain": "instrument,long,short\nETH,1.5,0\nUSD,0,2\n",
    "byte-order mark": "\ufeffinstrument,long,short\nETH,1.5,0\nUSD,0,2\n",
    "carriage returns": "instrument,long,short\r\nETH,1.5,0\r\nUSD,0,2\r\n",
    "no end of line": "instrument,long,short\nETH,1.5,0\nUSD,0,2",
    "empty cells and lines": "instrument,long,short\n\nETH,1.5,\n,,\nUSD,,2\n",
    "other columns": "x,instrument,long,short\n9,ETH,1.5,0\n9,USD,0,2\n",
    "quotes and blanks": '"instrument","long","short"\n" ETH ","1.5 "," 0"\n"USD","0","2"\n',
}


@pytest.mark.parametrize("form", FORMS)
def test_l1_form_around_the_numbers_changes_nothing(tmp_path, form):
    (tmp_path / "book.csv").write_bytes(FORMS[form].encode())
    (tmp_path / "book.json").write_text(
        '\ufeff[{"instrument": "ETH", "long": 1.5},\r\n {"instrument": "USD", "short": "2"}]', encoding="utf-8"
    )
    vectors = {quantise(load_book(path, UNIVERSE, ignored=("x",)), UNIVERSE) for path in sorted(tmp_path.iterdir())}
    assert len(vectors) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf\xef\xbb\xbfinstrument,qty\nETH,1\n",
        b"instrument,qty\rETH,1\r\nETH,1\n",
        b"instrument,qty\nETH,1\nETH,1\n",
        b"instrument,qty\nETH,1\n ETH ,1\n",
        b"instrument,qty\neth,1\n",
        b"instrument,qty\nETH,null\n",
        b"instrument,qty\nETH\xc2\xa0X,1\n",
        b"instrument,qty\n\xef\xbc\xa5TH,1\n",
        b'instrument,qty\n"ETH,1\n',
        b"instrument,qty\nETH,1,2\n",
        "instrument,qty\nETH,1\n".encode("utf-16"),
    ],
    ids=range(11),
)
def test_l1_file_that_could_be_read_in_two_ways_is_refused(tmp_path, content):
    (tmp_path / "book.csv").write_bytes(content)
    with pytest.raises(InputError):
        load_book(tmp_path / "book.csv", UNIVERSE)


@given(st.text(max_size=60), st.sampled_from((parse_csv_book, parse_json_book)))
def test_l1_any_text_is_a_book_or_an_error_of_ours(text, read):
    for whole in (text, f"instrument,qty\nETH,{text}\n", f'[{{"instrument": "ETH", "qty": {text}}}]'):
        try:
            read(whole, UNIVERSE, name="b")
        except InputError as error:
            assert len(error.message) < 200
