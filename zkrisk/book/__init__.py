"""A private book: what an account is long and short, in human units, and the one step that makes it integers."""

from zkrisk.book.load import load_book, parse_csv_book, parse_json_book
from zkrisk.book.models import Book, Listing, Position, parse_quantity
from zkrisk.book.perpetual import perpetual_cash, perpetual_positions
from zkrisk.book.quantise import BookVector, Leg, quantise, quantise_position
from zkrisk.book.trade import Fee, Trade, apply_trades, parse_fee, quoted_price

__all__ = [
    "Book",
    "BookVector",
    "Fee",
    "Leg",
    "Listing",
    "Position",
    "Trade",
    "apply_trades",
    "load_book",
    "parse_csv_book",
    "parse_fee",
    "parse_json_book",
    "parse_quantity",
    "perpetual_cash",
    "perpetual_positions",
    "quantise",
    "quantise_position",
    "quoted_price",
]
