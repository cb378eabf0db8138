"""The largest order: what it is, what stops the next step, and that the exchange agrees."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from margind import margin
from margind.margin import NewOrder, PositionSide, Side, Situation
from tests.margin.accounts import PRICE, position, situation_of

BOTH, LONG, SHORT = PositionSide
STEP = Decimal("0.001")
AT_95000 = Decimal(PRICE)


@pytest.mark.parametrize(
    ("held", "order", "expected"),
    [
        # Flat, 1000 at 20x: 4.75 for each 0.001.
        ([], (Side.BUY, BOTH), ("0.210", "0", "0.210")),
        ([], (Side.SELL, BOTH), ("0.210", "0", "-0.210")),
        # A long of 0.1 binds 475; what is left pays for 525 · 20 / 95000 = 0.1105 more.
        ([("0.1", "BOTH")], (Side.BUY, BOTH), ("0.110", "0", "0.210")),
        # Against it 0.1 closes, 0.1 takes the place of what was bound, and 0.1105 is new.
        ([("0.1", "BOTH")], (Side.SELL, BOTH), ("0.310", "0.1", "-0.210")),
        # Each hedge leg opens for itself, and closes no more than it has.
        ([("0.1", "LONG")], (Side.BUY, LONG), ("0.110", "0", "0.210")),
        ([("0.1", "LONG")], (Side.SELL, LONG), ("0.100", "0.100", "0")),
        ([("0.1", "LONG")], (Side.SELL, SHORT), ("0.110", "0", "-0.110")),
        ([("0.1", "LONG"), ("-0.05", "SHORT")], (Side.SELL, SHORT), ("0.060", "0", "-0.110")),
    ],
)
def test_the_largest_limit_order_at_the_mark(
    held: list[tuple[str, str]], order: tuple[Side, PositionSide], expected: tuple[str, str, str]
) -> None:
    side, row = order
    rows = [position(amount, leg) for amount, leg in held]
    situation = situation_of("1000", *rows, dualSidePosition=row is not BOTH)
    largest = margin.largest_order(situation, "BTCUSDT", side, position_side=row, price=AT_95000)
    shown = (largest.quantity, largest.closes, largest.position_amt)
    assert shown == tuple(map(Decimal, expected))


def test_a_market_buy_is_charged_at_its_ask_and_a_margin_above() -> None:
    # 4.75 · 1.0005 = 4.752375 for each 0.001, and 0.0475 of open loss: 208.3.
    largest = margin.largest_order(situation_of("1000"), "BTCUSDT", "BUY")
    assert largest.quantity == Decimal("0.208")
    assert largest.need <= largest.available < largest.need * 209 / 208


@pytest.mark.parametrize(
    ("wallet", "leverage", "price", "quantity", "code"),
    [
        ("1000", 20, AT_95000, "0.210", -2019),
        # At 150x no more than 300000 may be held.
        ("1000000", 150, AT_95000, "3.157", -2027),
        # LOT_SIZE and MARKET_LOT_SIZE end at 1000 and 120.
        ("900000000", 1, AT_95000, "1000", -4005),
        ("900000000", 1, None, "120", -4005),
        # Not even the smallest order the filters take.
        ("1", 20, AT_95000, "0", -2019),
    ],
)
def test_what_stops_the_next_step_is_told_with_its_code(
    wallet: str, leverage: int, price: Decimal | None, quantity: str, code: int
) -> None:
    largest = margin.largest_order(situation_of(wallet, leverage=leverage), "BTCUSDT", "BUY", price=price)
    assert largest.quantity == Decimal(quantity)
    assert largest.stopped_by is not None
    assert largest.stopped_by.code == code
    assert largest.stopped_by.because.rule


@pytest.mark.parametrize(
    ("changes", "price", "code"),
    [
        ({"canTrade": False}, AT_95000, -4088),
        ({"dualSidePosition": True}, AT_95000, -4061),
        ({}, Decimal("95000.05"), -4014),
    ],
)
def test_when_something_else_is_wrong_no_quantity_is_taken(
    changes: dict[str, bool], price: Decimal, code: int
) -> None:
    largest = margin.largest_order(situation_of("1000", **changes), "BTCUSDT", "BUY", price=price)
    assert largest.quantity == 0
    assert largest.stopped_by is not None
    assert largest.stopped_by.code == code


def test_a_position_beyond_its_market_lot_closes_in_parts() -> None:
    situation = situation_of("9000000", position("130", "LONG"), dualSidePosition=True)
    largest = margin.largest_order(situation, "BTCUSDT", "SELL", position_side="LONG")
    assert largest.quantity == 120


def test_an_unknown_symbol_is_told_with_those_like_it() -> None:
    with pytest.raises(margin.Impossible, match="BTCUSD is not listed on either market; near it: BTCUSD"):
        margin.largest_order(situation_of("1000"), "BTCUSD", "BUY")


@st.composite
def asked(draw: st.DrawFn) -> tuple[Situation, NewOrder]:
    """An account with a position or none, and an order without a size."""
    held, hedge = draw(st.integers(-400, 400)), draw(st.booleans())
    row = BOTH
    if hedge:
        row = LONG if held >= 0 else SHORT
    rows = [position(str(held * STEP), row)] if held else []
    wallet, leverage = draw(st.integers(5, 2_000_000)), draw(st.sampled_from([1, 3, 20, 75, 150]))
    ticks = draw(st.none() | st.integers(-40_000, 40_000))
    price = None if ticks is None else AT_95000 + ticks * Decimal("0.1")
    order = NewOrder(draw(st.sampled_from(Side)), STEP, "BTCUSDT", price, row)
    return situation_of(str(wallet), *rows, leverage=leverage, dualSidePosition=hedge), order


@given(asked())
@settings(max_examples=60)
def test_the_exchange_takes_the_largest_and_refuses_one_step_more(case: tuple[Situation, NewOrder]) -> None:
    situation, order = case
    largest = margin.largest_order(
        situation, "BTCUSDT", order.side, position_side=order.position_side, price=order.price
    )
    assert largest.stopped_by is not None
    if largest.quantity:
        assert margin.place(situation, largest.order).refusal is None
    again = margin.place(situation, replace(order, quantity=largest.quantity + STEP))
    assert again.refusal is not None
    if largest.quantity:
        assert again.refusal.code == largest.stopped_by.code
