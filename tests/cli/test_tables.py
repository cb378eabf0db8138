"""Tables stand straight: points below each other, and the least important columns give way first."""

import pytest

from margind.cli import numbers
from margind.cli.terminal import Cell, Column, Table, Tone, laid_out, point_aligned


def text_of(table: Table, width: int | None = None) -> list[str]:
    return ["".join(cell.text for cell in cells).rstrip() for cells in laid_out(table, width)]


WALLETS = Table(
    (Column("Asset"), Column("Wallet", numeric=True), Column("Kept", rank=2), Column("Note", rank=1)),
    [
        [Cell("USDT"), Cell("1,000.25"), Cell("yes"), Cell("")],
        [Cell("BTC"), Cell("0.5"), Cell("no"), Cell("mine")],
        [Cell("X"), Cell("12"), Cell(""), Cell("")],
    ],
)


def test_decimal_points_stand_below_each_other() -> None:
    assert text_of(WALLETS) == [
        " Asset    Wallet  Kept  Note",
        " ───────────────────────────",
        " USDT   1,000.25  yes",
        " BTC        0.5   no    mine",
        " X         12",
    ]


def test_the_highest_rank_gives_way_first() -> None:
    assert text_of(WALLETS, 22)[0] == " Asset    Wallet  Note"
    assert text_of(WALLETS, 21)[0] == " Asset    Wallet"


def test_what_has_no_rank_stays_however_narrow_it_is() -> None:
    assert text_of(WALLETS, 3)[0] == " Asset    Wallet"


def test_a_column_that_is_empty_in_all_rows_is_left_out() -> None:
    table = Table(
        (Column("Symbol"), Column("Side")), [[Cell("BTCUSDT"), Cell("")], [Cell("ETHUSDT"), Cell("")]]
    )
    assert text_of(table) == [" Symbol", " ───────", " BTCUSDT", " ETHUSDT"]


def test_texts_without_a_number_stay_empty() -> None:
    assert point_aligned(["1.25", "", "-", "3"]) == ["1.25", "", "-   ", "3   "]


@pytest.mark.parametrize(
    ("text", "asset", "shown"),
    [
        ("10000.00000000", "USDT", "10,000.00"),
        ("0.12345678", "BTC", "0.123456"),
        ("0.00999999", "USDT", "0.00"),
        ("-0.00999999", "USDT", "0.00"),
        ("-1234.567", "FDUSD", "-1,234.56"),
    ],
)
def test_money_is_cut_toward_zero(text: str, asset: str, shown: str) -> None:
    assert numbers.amount(text, asset) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("103015.80000000", "103,015.80"),
        ("2473.15", "2,473.15"),
        ("173.123456", "173.12"),
        ("1.23456789", "1.2345"),
        ("0.000012345678", "0.000012345"),
        ("0", "-"),
    ],
)
def test_a_price_shows_at_least_five_digits(text: str, shown: str) -> None:
    assert numbers.price(text) == shown


def test_a_profit_is_green_and_a_loss_red() -> None:
    assert numbers.profit("12.5", "USDT") == Cell("+12.50", Tone.GOOD)
    assert numbers.profit("-12.5", "USDT") == Cell("-12.50", Tone.BAD)
    assert numbers.profit("0", "USDT") == Cell("0.00", Tone.PLAIN)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("0.01234567", Cell("1.23 %", Tone.GOOD)),
        ("0.50000000", Cell("50.00 %", Tone.WARNING)),
        ("0.80000000", Cell("80.00 %", Tone.BAD)),
        (None, Cell("", Tone.PLAIN)),
    ],
)
def test_a_margin_ratio_has_the_colour_of_its_danger(text: str | None, cell: Cell) -> None:
    assert numbers.ratio(text) == cell


def test_numbers_of_many_digits_are_not_shortened_from_the_left() -> None:
    assert numbers.amount("12345678901234567890123456789.129", "USDT").endswith(",123,456,789.12")
