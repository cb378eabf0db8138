"""Trailing stops: how they follow the price, and where they turn."""

from decimal import Decimal
from typing import Any

import pytest

from margind import errors
from margind.engine.model.terms import (
    AlgoStatus,
    OrderType,
    Side,
    WorkingType,
)
from margind.errors import ErrorKind
from tests.engine.builders import NAME, Desk, numbers
from tests.scenarios.orders import (
    BUY,
    SELL,
    conditional,
    move,
    position,
    steps,
    trading,
    waiting,
)
from tests.scenarios.refusals import refusal

TRAILING = OrderType.TRAILING_STOP_MARKET
MARK, CONTRACT = WorkingType.MARK_PRICE, WorkingType.CONTRACT_PRICE


def trailing(desk: Desk, side: Side, rate: str, activation: str | None = None, **changes: Any) -> int:
    activate_price = None if activation is None else Decimal(activation)
    terms = {"callback_rate": Decimal(rate), "activate_price": activate_price, **changes}
    return waiting(desk, conditional(TRAILING, side, "2", None, **terms)).algo_id


def test_a_trailing_sell_follows_the_high_and_fires_at_the_callback_below_it() -> None:
    desk = trading()
    trailing(desk, SELL, "1")
    for price, extreme in (("99.1", "100"), ("104", "104"), ("103", "104")):
        move(desk, last=price)
        (order,) = desk.state.accounts[NAME].usdm.algo_orders.values()
        assert order.extreme_price == Decimal(extreme)
    assert steps(move(desk, last="102.97")) == []  # 104 · 0.99 = 102.96
    assert steps(move(desk, last="102.96")) == [AlgoStatus.TRIGGERED]
    assert position(desk).position_amt == -2


def test_a_trailing_buy_follows_the_low_and_fires_at_the_callback_above_it() -> None:
    desk = trading()
    trailing(desk, BUY, "1")
    move(desk, last="98")
    assert steps(move(desk, last="98.97")) == []  # 98 · 1.01 = 98.98
    assert steps(move(desk, last="98.98")) == [AlgoStatus.TRIGGERED]


def test_a_trailing_order_follows_only_once_it_is_activated() -> None:
    desk = trading()
    trailing(desk, SELL, "1", "103")
    for price in ("102.9", "90"):
        assert move(desk, last=price) == []
    assert steps(move(desk, last="103")) == [AlgoStatus.NEW]
    assert steps(move(desk, last="101.97")) == [AlgoStatus.TRIGGERED]  # 103 · 0.99


def test_a_trailing_order_without_activation_is_active_from_the_present_price_on() -> None:
    desk = trading()
    move(desk, last="101", mark="99")
    for working_type, extreme in ((CONTRACT, "101"), (MARK, "99")):
        algo_id = trailing(desk, SELL, "1", working_type=working_type)
        order = desk.state.accounts[NAME].usdm.algo_orders[algo_id]
        assert (order.extreme_price, order.activate_price) == numbers(extreme, extreme)


@pytest.mark.parametrize(
    ("side", "activation", "kind"),
    [
        (BUY, "100", errors.ORDER_WOULD_IMMEDIATELY_TRIGGER),
        (SELL, "100", errors.ORDER_WOULD_IMMEDIATELY_TRIGGER),
        (BUY, "0", errors.INVALID_ACTIVATION_PRICE),
        (SELL, "-1", errors.INVALID_ACTIVATION_PRICE),
    ],
)
def test_a_trailing_order_is_activated_on_the_far_side_of_the_price(
    side: Side, activation: str, kind: ErrorKind
) -> None:
    command = conditional(
        TRAILING, side, "2", None, callback_rate=Decimal(1), activate_price=Decimal(activation)
    )
    assert refusal(trading(), command) is kind


@pytest.mark.parametrize(("rate", "passes"), [("0.09", False), ("0.1", True), ("20", True), ("20.1", False)])
def test_a_callback_is_a_tenth_to_twenty_percent(rate: str, passes: bool) -> None:
    command = conditional(TRAILING, BUY, "2", None, callback_rate=Decimal(rate))
    if passes:
        assert waiting(trading(), command).callback_rate == Decimal(rate) / 100
    else:
        assert refusal(trading(), command) is errors.INVALID_PARAMETER
