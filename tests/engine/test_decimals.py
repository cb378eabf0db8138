"""The decimal policy."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margind.engine.model.decimals import CONTEXT, book, cut8, half8, parse_decimal, up8


@pytest.mark.parametrize(
    "text", ["0", "1", "-1", "0.10", "00.5", "12345678901234567890.12345678901234567890"]
)
def test_plain_numbers_keep_all_their_digits(text: str) -> None:
    parsed = parse_decimal(text)
    assert parsed == Decimal(text)
    assert str(parsed) == str(Decimal(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".5",
        "5.",
        "+1",
        "1e9",
        "1E-8",
        "NaN",
        "Infinity",
        " 1",
        "1 ",
        "1\n",
        "1_000",
        "0x1",
        "٣",
        "1,5",
        "--1",
        "1.2.3",
        "1" * 21,
        "0." + "1" * 21,
    ],
)
def test_nothing_else_is_a_number(text: str) -> None:
    assert parse_decimal(text) is None


@pytest.mark.parametrize("text", ["-0", "-0.000"])
def test_minus_zero_is_zero(text: str) -> None:
    parsed = parse_decimal(text)
    assert parsed == 0
    assert parsed is not None
    assert not parsed.is_signed()


@pytest.mark.parametrize(
    ("value", "cut", "up", "half"),
    [
        ("0.123456789", "0.12345678", "0.12345679", "0.12345679"),
        ("-0.123456789", "-0.12345678", "-0.12345679", "-0.12345679"),
        ("0.000000005", "0.00000000", "0.00000001", "0.00000001"),
        ("-0.000000005", "-0.00000000", "-0.00000001", "-0.00000001"),
        ("0.0000000049", "0.00000000", "0.00000001", "0.00000000"),
        ("2.48601168", "2.48601168", "2.48601168", "2.48601168"),
        ("7", "7.00000000", "7.00000000", "7.00000000"),
    ],
)
def test_each_rounding_has_its_direction(value: str, cut: str, up: str, half: str) -> None:
    given_value = Decimal(value)
    assert (f"{cut8(given_value):f}", f"{up8(given_value):f}", f"{half8(given_value):f}") == (cut, up, half)


def test_a_posting_is_cut() -> None:
    assert book(Decimal("1.999999999")) == Decimal("1.99999999")
    assert book(Decimal("-1.999999999")) == Decimal("-1.99999999")


@pytest.mark.parametrize("noise", ["1E-60", "-1E-60", "4.9E-41"])
@pytest.mark.parametrize("exact", ["24999.5", "-24999.5", "0", "0.00000001"])
def test_the_noise_of_a_division_moves_no_digit(exact: str, noise: str) -> None:
    value = CONTEXT.add(Decimal(exact), Decimal(noise))
    for rounding in (cut8, up8, half8):
        assert rounding(value) == Decimal(exact)


@given(st.integers(-(10**100), 10**100))
def test_amounts_up_to_1e80_are_rounded_without_loss(scaled: int) -> None:
    value = Decimal(scaled).scaleb(-20, CONTEXT)
    for rounding in (cut8, up8, half8):
        rounded = Fraction(rounding(value))
        assert rounded * 10**8 == int(rounded * 10**8)
        assert abs(rounded - Fraction(value)) < Fraction(1, 10**8)
    assert abs(cut8(value)) <= abs(value) <= abs(up8(value))
