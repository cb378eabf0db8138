"""Numbers are printed as the exchange prints them: 8 decimals, no exponents, no signed zeros."""

import re
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine.model import traced
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.terms import MarginType
from margind.wire import text

SINGLE_NUMBER_TEXTS = (
    text.amount_text,
    text.margin_text,
    text.resting_text,
    text.liquidation_text,
    text.price_text,
    text.rate_text,
    text.entry_price_text,
    text.break_even_price_text,
)

any_decimal = st.decimals(
    min_value=-(10**20), max_value=10**20, allow_nan=False, allow_infinity=False, places=20
)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("0", "0.00000000"),
        ("-0", "0.00000000"),
        ("0E-8", "0.00000000"),
        ("1000", "1000.00000000"),
        ("1E+3", "1000.00000000"),
        ("23.72469206", "23.72469206"),
        ("0.00000012", "0.00000012"),
        ("-0.00000012", "-0.00000012"),
        ("-0.000000001", "0.00000000"),
        ("2.486011688", "2.48601168"),
        ("-1.06214947426", "-1.06214947"),
        ("0.123456789E-1", "0.01234567"),
    ],
)
def test_an_amount_has_8_decimals_cut_toward_zero(value: str, printed: str) -> None:
    assert text.amount_text(Decimal(value)) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [("0E-8", "0"), ("-0.000000004", "0"), ("0.61571385", "0.61571385"), ("31", "31.00000000")],
)
def test_a_margin_of_nothing_is_a_single_0(value: str, printed: str) -> None:
    assert text.margin_text(Decimal(value)) == printed
    assert text.liquidation_text(Decimal(value)) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [("0", "0"), ("190", "190"), ("310.00000000", "310"), ("190.5", "190.50000000"), ("1E+2", "100")],
)
def test_whole_resting_values_have_no_decimals(value: str, printed: str) -> None:
    assert text.resting_text(Decimal(value)) == printed


@given(value=any_decimal)
def test_an_amount_is_the_number_cut_at_8_decimals(value: Decimal) -> None:
    printed = text.amount_text(value)
    assert re.fullmatch(r"-?\d+\.\d{8}", printed)
    assert Decimal(printed) == value.quantize(Decimal("1E-8"), ROUND_DOWN, CONTEXT)


@given(value=st.one_of(any_decimal, st.decimals("-1E-6", "1E-6", places=20)))
def test_no_text_has_an_exponent_or_a_negative_zero(value: Decimal) -> None:
    for print_number in SINGLE_NUMBER_TEXTS:
        printed = print_number(value)
        assert re.fullmatch(r"-?\d+(\.\d+)?", printed)
        assert not re.fullmatch(r"-0(\.0*)?", printed)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("0", "0.0"),
        ("0.385", "0.385"),
        ("22185.2", "22185.2"),
        ("29670", "29670.0"),
        ("29670.000", "29670.0"),
        ("11707.70000003", "11707.70000003"),
        ("11707.700000039", "11707.70000003"),
        ("6563.123456789999", "6563.123456789"),
        ("1.2345678901239", "1.234567890123"),
        ("0.12345678901239", "0.1234567890123"),
        ("0.00000123456789", "0.0000012345678"),
        ("123456789012.39", "123456789012.3"),
        ("1234567890123.19", "1234567890123.1"),
        ("0.00000000000001", "0.0"),
    ],
)
def test_an_entry_price_has_13_digits_without_trailing_zeros(value: str, printed: str) -> None:
    assert text.entry_price_text(Decimal(value)) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("0.385077", "0.385077"),
        ("70.900038636", "70.900038636"),
        ("0.12345678901235", "0.1234567890124"),
        ("0.12345678901234", "0.1234567890123"),
        ("9.9999999999995", "10.0"),
    ],
)
def test_a_break_even_price_is_rounded_half_up(value: str, printed: str) -> None:
    assert text.break_even_price_text(Decimal(value)) == printed


@pytest.mark.parametrize(
    ("value", "precision", "printed"),
    [
        ("0", 3, "0.000"),
        ("-0", 3, "0.000"),
        ("0", 0, "0"),
        ("30", 0, "30"),
        ("-1", 3, "-1.000"),
        ("0.0010", 3, "0.001"),
        ("0.00051", 3, "0.00051"),
        ("1E+2", 1, "100.0"),
        ("0.5", 25, "0.5000000000000000000000000"),
    ],
)
def test_a_quantity_has_the_decimals_of_its_symbol_and_loses_none(
    value: str, precision: int, printed: str
) -> None:
    assert text.quantity_text(Decimal(value), precision) == printed


@pytest.mark.parametrize(
    ("cap", "leverage", "printed"),
    [
        ("250000", 100, "250000"),
        ("1E+8", 4, "100000000"),
        ("250000.50", 2, "250000.5"),
        (None, 5, "9223372036854775807"),
        ("10000000", 1, "1.0E7"),
        ("1200000000", 1, "1.2E9"),
        ("12345678", 1, "1.2345678E7"),
        ("9999999", 1, "9999999.0"),
        (None, 1, "9.223372036854776E18"),
    ],
)
def test_the_largest_notional_is_whole_and_at_1x_a_double(
    cap: str | None, leverage: int, printed: str
) -> None:
    assert text.max_notional_text(None if cap is None else Decimal(cap), leverage) == printed


@pytest.mark.parametrize(
    ("cap", "printed"), [("50", "50"), ("0.50", "0.5"), ("1E+3", "1000"), (None, "9223372036854775807")]
)
def test_the_largest_quantity_is_in_plain_digits(cap: str | None, printed: str) -> None:
    assert text.max_qty_text(None if cap is None else Decimal(cap)) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [("100", "100.0"), ("0.00000001", "0.00000001"), ("23.50", "23.5"), ("1E+3", "1000.0")],
)
def test_a_json_number_has_at_least_one_decimal(value: str, printed: str) -> None:
    assert text.number_text(Decimal(value)) == printed


def test_rates_have_8_decimals_and_fees_those_of_their_table() -> None:
    assert text.rate_text(Decimal("0.0001")) == "0.00010000"
    assert text.rate_text(Decimal("-0.0375")) == "-0.03750000"
    assert text.commission_rate_text(Decimal("0.000200")) == "0.000200"


def test_leverage_flags_and_margin_types_have_their_own_words() -> None:
    assert text.int_text(20) == "20"
    assert (text.flag_text(True), text.flag_text(False)) == ("true", "false")
    assert text.margin_type_text(MarginType.ISOLATED) == "isolated"
    assert text.margin_type_text(MarginType.CROSSED) == "cross"


@pytest.mark.parametrize("value", ["0", "0.385", "-1234.5678901234567"])
def test_a_traced_number_prints_the_same_digits_and_stays_at_hand(value: str) -> None:
    number = traced.given(Decimal(value), "walletBalance", "a test")
    for print_number in SINGLE_NUMBER_TEXTS:
        printed = print_number(number)
        assert isinstance(printed, text.ExplainedText)
        assert printed == print_number(Decimal(value))
        assert printed.number is number


def test_traced_quantities_caps_and_leverages_stay_at_hand() -> None:
    number = traced.given(Decimal(20), "leverage", "a test")
    for printed, digits in (
        (text.quantity_text(number, 3), "20.000"),
        (text.max_notional_text(number, 10), "20"),
        (text.max_notional_text(number, 1), "20.0"),
        (text.max_qty_text(number), "20"),
        (text.int_text(number), "20"),
    ):
        assert isinstance(printed, text.ExplainedText)
        assert (str(printed), printed.number) == (digits, number)


def test_plain_numbers_become_plain_text() -> None:
    assert all(type(print_number(Decimal("1.5"))) is str for print_number in SINGLE_NUMBER_TEXTS)
