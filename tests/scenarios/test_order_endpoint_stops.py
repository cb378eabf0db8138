"""Conditional orders where plain orders are placed, as until 2025-12-09: what waits, fires and ends there."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    ConditionalOrders,
    ExpiryReason,
    Market,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from tests.engine.builders import NAME, NOW, Desk, held
from tests.scenarios.orders import (
    BTC,
    BUY,
    SELL,
    at,
    ends,
    fills,
    limit,
    market,
    move,
    only,
    open_orders,
    placed,
    position,
    quote,
    rows,
    trading,
)
from tests.scenarios.refusals import refusal

HOUR = NOW + 3_600_000
STOP, STOP_MARKET = OrderType.STOP, OrderType.STOP_MARKET


def before_the_move(wallet: str = "100000", **changes: Any) -> Desk:
    """BTCUSDT at 100 on an exchange whose order endpoint takes conditional orders."""
    desk = trading(wallet, **changes)
    desk.state.settings = ExchangeSettings(conditional_orders=ConditionalOrders.ORDER)
    return desk


def stop(trigger: str, price: str = "102", **changes: Any) -> c.PlaceOrder:
    """A buy of 2 at a limit, once the last price has come up to the trigger."""
    return limit(BUY, "2", price, type=STOP, trigger_price=Decimal(trigger), **changes)


def waits(desk: Desk, command: c.PlaceOrder) -> Order:
    order = placed(desk, command)
    assert order.waits
    return order


def test_a_good_till_date_ends_the_waiting() -> None:
    desk = before_the_move()
    order = waits(desk, stop("102", time_in_force=TimeInForce.GTD, good_till_date=HOUR + 999))
    assert (order.time_in_force, order.good_till_date) == (TimeInForce.GTD, HOUR)
    assert at(desk, c.PassTime(), HOUR - 1) == []
    assert ends(at(desk, c.PassTime(), HOUR)) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.NONE)]
    assert not open_orders(desk)
    assert move(desk, last="102", now=HOUR) == []


def test_a_fired_order_keeps_its_date() -> None:
    desk = before_the_move()
    waits(desk, stop("102", "99", time_in_force=TimeInForce.GTD, good_till_date=HOUR))
    move(desk, last="102", mark="100")
    (order,) = open_orders(desk).values()
    assert (order.type, order.good_till_date) == (OrderType.LIMIT, HOUR)
    assert ends(at(desk, c.PassTime(), HOUR)) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.NONE)]


def test_a_date_is_needed_and_lies_more_than_ten_minutes_ahead() -> None:
    desk = before_the_move()
    missing = stop("102", time_in_force=TimeInForce.GTD)
    assert refusal(desk, missing) is errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED
    early = stop("102", time_in_force=TimeInForce.GTD, good_till_date=NOW + 600_000)
    assert refusal(desk, early) is errors.FUTURE_GOOD_TILL_DATE


def test_a_fired_limit_is_executed_by_its_time_in_force() -> None:
    desk = before_the_move()
    order = waits(desk, stop("102", "103", time_in_force=TimeInForce.IOC))
    events = move(desk, last="102", ask_qty="0.5")
    assert fills(events) == rows((NAME, "102.1", "0.5"))
    assert ends(events) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.IOC_REMAINDER)]
    assert order.time_in_force is TimeInForce.IOC


def test_a_fired_market_order_takes_what_it_gets_whatever_time_was_sent() -> None:
    desk = before_the_move()
    command = limit(BUY, "2", None, type=STOP_MARKET, trigger_price=Decimal(102))
    waits(desk, msgspec.structs.replace(command, time_in_force=TimeInForce.GTX))
    assert fills(move(desk, last="102")) == rows((NAME, "102.1", "2"))


def test_a_fired_post_only_order_that_would_trade_expires() -> None:
    desk = before_the_move()
    waits(desk, stop("102", "103", time_in_force=TimeInForce.GTX))
    events = move(desk, last="102")
    assert ends(events) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.NONE)]
    assert not fills(events)


def test_an_order_without_margin_when_it_fires_expires() -> None:
    # 2 at 102 with 20x need 10.2; nothing was needed to wait.
    desk = before_the_move("5")
    waits(desk, stop("102"))
    events = move(desk, last="102")
    (refused,) = only(events, e.StopOrderRefused)
    assert (refused.order_id, refused.reason) == (1, "Margin is insufficient.")
    assert ends(events) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.NONE)]
    assert not desk.state.stop_orders[Market.USDM]


def test_reduce_only_expires_when_there_is_nothing_to_reduce_when_it_fires() -> None:
    desk = before_the_move(positions=(held(BTC, "2", "100"),))
    sell = limit(SELL, "2", "97", type=STOP, trigger_price=Decimal(98), reduce_only=True)
    waits(desk, sell)
    desk.do(market(SELL, "2"))
    assert ends(move(desk, last="98")) == [(NAME, OrderStatus.EXPIRED, ExpiryReason.NONE)]


def test_close_position_closes_what_is_there_when_it_fires() -> None:
    desk = before_the_move(positions=(held(BTC, "2", "100"),))
    command = limit(SELL, "1", None, type=STOP_MARKET, trigger_price=Decimal(98), close_position=True)
    waits(desk, msgspec.structs.replace(command, quantity=None, time_in_force=None))
    desk.do(market(BUY, "3"))
    assert fills(move(desk, last="98")) == rows((NAME, "97.9", "5"))
    assert not desk.state.accounts[NAME].usdm.positions


@pytest.mark.parametrize("time_in_force", [TimeInForce.GTC, TimeInForce.IOC])
def test_conditional_orders_are_among_the_200_open_ones(time_in_force: TimeInForce) -> None:
    desk = before_the_move()
    for _ in range(200):
        desk.do(limit(BUY, "1.1", "95"))
    late = stop("102", time_in_force=time_in_force)
    assert refusal(desk, late) is errors.MAX_OPEN_ORDER_EXCEEDED
    desk.do(c.CancelOrder(NAME, Market.USDM, BTC, next(iter(open_orders(desk)))))
    waits(desk, late)


def test_a_callback_has_at_most_ten_percent_here() -> None:
    desk = before_the_move()
    trailing = market(SELL, "2", type=OrderType.TRAILING_STOP_MARKET, callback_rate=Decimal("10.1"))
    assert refusal(desk, trailing) is errors.INVALID_PARAMETER
    waits(desk, msgspec.structs.replace(trailing, callback_rate=Decimal(10)))


def test_a_trailing_stop_follows_the_price_and_fires_when_it_comes_back() -> None:
    desk = before_the_move(positions=(held(BTC, "2", "100"),))
    kind = OrderType.TRAILING_STOP_MARKET
    waits(desk, market(SELL, "2", type=kind, callback_rate=Decimal(1)))
    (followed,) = only(move(desk, last="110", mark="110"), e.StopOrderFollowed)
    assert followed.extreme_price == 110
    assert not move(desk, last="109", mark="109")
    assert fills(move(desk, last="108.9", mark="109")) == rows((NAME, "108.8", "2"))


def test_a_symbol_has_a_largest_number_of_waiting_orders() -> None:
    desk = before_the_move()
    row = desk.state.markets[Market.USDM].contracts[BTC]
    desk.do(c.ListContracts((msgspec.structs.replace(row, max_num_algo_orders=2),)))
    waits(desk, stop("102"))
    waits(desk, stop("103", "103"))
    placed(desk, limit(BUY, "2", "99"))  # plain orders have a number of their own
    assert refusal(desk, stop("104", "104")) is errors.MAX_STOP_ORDER_EXCEEDED


def test_a_symbol_without_that_filter_has_no_such_number() -> None:
    desk = before_the_move()
    row = desk.state.markets[Market.USDM].contracts[BTC]
    desk.do(c.ListContracts((msgspec.structs.replace(row, max_num_algo_orders=None),)))
    for _ in range(12):
        waits(desk, stop("102"))


def test_a_test_order_checks_and_keeps_nothing() -> None:
    desk = before_the_move()
    assert desk.do(stop("102", only_checks=True)) == []
    assert refusal(desk, stop("99", only_checks=True)) is errors.ORDER_WOULD_IMMEDIATELY_TRIGGER


def test_orders_fire_in_the_order_of_their_ids() -> None:
    desk = before_the_move()
    first = waits(desk, stop("102", "103"))
    second = waits(desk, stop("102", "103"))
    events = move(desk, last="102", ask_qty="3")
    assert [fired.order_id for fired in only(events, e.StopOrderFired)] == [first.order_id, second.order_id]
    assert fills(events) == rows((NAME, "102.1", "2"), (NAME, "102.1", "1"))
    assert position(desk).position_amt == 3
    quote(desk, "102.9", "103", mark="103")
    assert position(desk).position_amt == 4
