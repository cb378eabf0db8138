"""Numbers that remember how they came to be."""

import operator
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

import pytest

from margind.engine.margin.position_margin import initial_margin_rate
from margind.engine.model.decimals import CONTEXT, E8, cut8, up8
from margind.engine.model.traced import Formula, Input, Result, Step, Traced, given, greatest, least

TWO = given(Decimal(2), "wallet", "loaded", "USDT")
SIX = Decimal(6)
NAMED = Formula("margin", "a margin", "a page", "documented")


def test_an_input_knows_its_name_and_who_gave_it() -> None:
    assert Decimal(2) == TWO
    assert TWO.origin == Input("wallet", "USDT", "loaded")


@pytest.mark.parametrize(
    ("operate", "sign", "forward", "backward"),
    [
        (operator.add, "+", 8, 8),
        (operator.sub, "-", -4, 4),
        (operator.mul, "×", 12, 12),
        (operator.truediv, "/", Decimal(2) / 6, 3),
    ],
)
def test_arithmetic_from_either_side_is_remembered(
    operate: Callable[[Decimal, Decimal], Decimal], sign: str, forward: Decimal, backward: Decimal
) -> None:
    first, second = operate(TWO, SIX), operate(SIX, TWO)
    assert isinstance(first, Traced)
    assert isinstance(second, Traced)
    assert (first, second) == (forward, backward)
    assert first.origin == Step(sign, (TWO, SIX))
    assert second.origin == Step(sign, (SIX, TWO))


def test_whole_numbers_take_part() -> None:
    product = 3 * TWO
    assert isinstance(product, Traced)
    assert product.origin == Step("×", (Decimal(3), TWO))
    assert isinstance((1 / TWO).origin, Step)


def test_signs_are_remembered() -> None:
    negative, positive = -TWO, abs(-TWO)
    assert (negative, positive) == (Decimal(-2), Decimal(2))
    assert isinstance(negative, Traced)
    assert isinstance(positive, Traced)
    assert negative.origin == Step("negative", (TWO,))
    assert positive.origin == Step("abs", (negative,))


def test_a_rounding_is_one_step() -> None:
    rounded = (TWO / 3).quantize(E8, ROUND_DOWN, CONTEXT)
    assert str(rounded) == "0.66666666"
    assert isinstance(rounded, Traced)
    assert isinstance(rounded.origin, Step)
    assert rounded.origin.operation == "ROUND_DOWN"
    cut = cut8(TWO / 3)
    assert isinstance(cut, Traced)
    assert isinstance(cut.origin, Step)
    before = cut.origin.operands[0]
    assert isinstance(before, Traced)
    # What the policy takes off before it cuts is no step of its own.
    assert isinstance(before.origin, Step)
    assert before.origin.operation == "/"


def test_a_formula_names_a_traced_value_and_leaves_a_plain_one_alone() -> None:
    named = NAMED(TWO + 1, "BTCUSDT")
    assert isinstance(named, Traced)
    assert named.origin == Result(NAMED, "BTCUSDT", TWO + 1)
    plain = Decimal(3)
    assert NAMED(plain, "BTCUSDT") is plain


def test_the_larger_and_the_smaller_are_remembered() -> None:
    for choose, word, value in ((greatest, "max", 6), (least, "min", 2)):
        for pair in ((TWO, SIX), (SIX, TWO)):
            chosen = choose(*pair)
            assert isinstance(chosen, Traced)
            assert chosen == value
            assert chosen.origin == Step(word, pair)
        assert choose(Decimal(2), SIX) == value
        assert type(choose(Decimal(2), SIX)) is Decimal


def test_the_rate_of_a_traced_leverage_is_a_result() -> None:
    rate = initial_margin_rate(given(Decimal(11), "leverage", "set"))
    assert isinstance(rate, Traced)
    assert str(rate) == "0.09090910"
    assert isinstance(rate.origin, Result)
    assert type(initial_margin_rate(11)) is Decimal
    assert up8(Decimal(1)) == 1
