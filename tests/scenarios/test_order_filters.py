"""What prices and quantities a contract takes."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine.model.contracts import LotSize, PriceFilter
from margind.engine.model.terms import Market, OrderType, TimeInForce
from margind.errors import ErrorKind, Refusal
from tests.engine.builders import NAME, Desk, contract, document, held
from tests.scenarios.orders import (
    BTC,
    BUY,
    SELL,
    amend,
    conditional,
    limit,
    market,
    placed,
    quote,
    trading,
)
from tests.scenarios.refusals import refusal

# These contracts take prices of 0.1 to 1000000 in steps of 0.1 with 2 decimals, quantities of 0.001 to 1000
# in steps of 0.001 with 3 decimals, prices of 95 % to 105 % of a mark of 100, orders of at least 100 USDT.


def relisted(desk: Desk, **changes: Any) -> Desk:
    row = msgspec.structs.replace(desk.state.markets[Market.USDM].contracts[BTC], **changes)
    desk.do(c.ListContracts((row,)))
    return desk


@pytest.mark.parametrize(
    ("price", "kind"),
    [
        ("0", errors.PRICE_LESS_THAN_ZERO),
        ("-1", errors.PRICE_LESS_THAN_ZERO),
        ("0.001", errors.BAD_PRECISION),  # before the bound it breaks, too
        ("0.05", errors.PRICE_LESS_THAN_MIN_PRICE),
        ("1000000.1", errors.PRICE_GREATER_THAN_MAX_PRICE),
        ("95.05", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE),
        ("105.1", errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP),
    ],
)
def test_a_price_that_breaks_a_filter(price: str, kind: ErrorKind) -> None:
    assert refusal(trading(), limit(BUY, "2", price)) is kind


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        ("0", errors.QTY_LESS_THAN_ZERO),
        ("-2", errors.QTY_LESS_THAN_ZERO),
        ("2.0001", errors.BAD_PRECISION),
        ("1000.001", errors.QTY_GREATER_THAN_MAX_QTY),
    ],
)
def test_a_quantity_that_breaks_a_filter(quantity: str, kind: ErrorKind) -> None:
    for command in (limit(BUY, quantity, "95"), market(BUY, quantity)):
        assert refusal(trading(), command) is kind
    for order_type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET):
        rate = Decimal(1) if order_type is OrderType.TRAILING_STOP_MARKET else None
        trigger = None if rate else "120"
        assert refusal(trading(), conditional(order_type, BUY, quantity, trigger, callback_rate=rate)) is kind


def test_steps_are_counted_from_the_minimum() -> None:
    desk = relisted(trading(), lot_size=LotSize(Decimal("0.5"), Decimal(1000), Decimal(2)))
    assert refusal(desk, limit(BUY, "0.4", "95")) is errors.QTY_LESS_THAN_MIN_QTY
    assert refusal(desk, limit(BUY, "4", "95")) is errors.QTY_NOT_INCREASED_BY_STEP_SIZE
    placed(desk, limit(BUY, "4.5", "95"))
    relisted(desk, price_filter=PriceFilter(Decimal("0.3"), Decimal(1000), Decimal("0.5")))
    assert refusal(desk, limit(BUY, "4.5", "95")) is errors.PRICE_NOT_INCREASED_BY_TICK_SIZE
    placed(desk, limit(BUY, "4.5", "95.3"))


def test_a_bound_or_a_step_of_zero_is_off() -> None:
    zero = Decimal(0)
    desk = relisted(trading(), price_filter=PriceFilter(zero, zero, zero))
    placed(desk, limit(BUY, "2", "95.05"))
    relisted(desk, lot_size=LotSize(Decimal("0.5"), Decimal(1000), zero))
    placed(desk, limit(BUY, "1.999", "95.05"))


def test_trailing_zeros_are_no_decimals() -> None:
    assert placed(trading(), limit(BUY, "2.00000", "95.00000000")).price == 95


def test_market_orders_have_a_lot_size_of_their_own() -> None:
    desk = relisted(trading(), market_lot_size=LotSize(Decimal(1), Decimal(3), Decimal(1)))
    for quantity, kind in (
        ("0.5", errors.QTY_LESS_THAN_MIN_QTY),
        ("4", errors.QTY_GREATER_THAN_MAX_QTY),
        ("1.5", errors.QTY_NOT_INCREASED_BY_STEP_SIZE),
    ):
        assert refusal(desk, market(BUY, quantity)) is kind
        assert refusal(desk, conditional(OrderType.STOP_MARKET, BUY, quantity, "120")) is kind
    desk.do(limit(BUY, "4", "95"))
    desk.do(conditional(OrderType.STOP, BUY, "4", "120", price=Decimal(120)))
    desk.do(market(BUY, "3"))


def test_a_buy_costs_at_most_and_a_sell_at_least_its_share_of_the_mark_price() -> None:
    desk = trading()
    assert refusal(desk, limit(BUY, "2", "105.1")) is errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP
    assert refusal(desk, limit(SELL, "2", "94.9")) is errors.PRICE_LOWER_THAN_MULTIPLIER_DOWN
    desk.do(limit(BUY, "2", "105"))
    desk.do(limit(SELL, "2", "95"))
    # The other way round there is no bound.
    placed(desk, limit(BUY, "20", "5"))
    placed(desk, limit(SELL, "2", "900"))


def test_a_market_order_is_refused_when_the_best_price_against_it_is_too_far() -> None:
    desk = trading()
    quote(desk, "94.9", "105.1", mark="100")
    assert refusal(desk, market(BUY, "2")) is errors.MARKET_ORDER_REJECT
    assert refusal(desk, market(SELL, "2")) is errors.MARKET_ORDER_REJECT
    quote(desk, "95", "105", mark="100")
    desk.do(market(BUY, "2"))
    kind = errors.MARKET_ORDER_REJECT
    assert (kind.code("usdm"), kind.code("coinm")) == (-4131, -4113)


def test_an_order_is_worth_the_minimum_unless_it_only_reduces() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    assert refusal(desk, limit(SELL, "0.999", "100.1")) is errors.MIN_NOTIONAL  # 99.9999
    desk.do(limit(SELL, "1", "100.1"))
    desk.do(limit(SELL, "0.001", "105", reduce_only=True))
    desk.do(market(SELL, "0.001", reduce_only=True))


def test_a_market_order_is_valued_at_the_mark_price() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", mark="99.9")
    assert (
        refusal(desk, market(BUY, "1.001")) is errors.MIN_NOTIONAL
    )  # 99.9999 at the mark, 100.2001 at the ask
    desk.do(market(BUY, "1.002"))


def test_the_message_names_the_minimum() -> None:
    with pytest.raises(Refusal) as caught:
        trading().do(limit(BUY, "0.5", "95"))
    text = "Order's notional must be no smaller than 100 (unless you choose reduce only)"
    assert caught.value.payload("usdm") == {"code": -4164, "msg": text}


def test_coin_m_has_no_minimum_value() -> None:
    desk = Desk({"BTCUSD_PERP": "50000"})
    desk.load(coinm=document({"BTC": "1"}))
    row = msgspec.structs.replace(contract(Market.COINM, "BTCUSD_PERP", "BTC", "100"), min_notional=None)
    desk.do(c.ListContracts((row,)))
    placed_order = limit(BUY, "0.001", "49000", "BTCUSD_PERP")
    desk.do(placed_order)


def test_the_order_of_the_filters() -> None:
    # Price before quantity, both before how far the price is from the mark, and the value last.
    desk = trading()
    assert refusal(desk, limit(BUY, "0.00001", "200.05")) is errors.PRICE_NOT_INCREASED_BY_TICK_SIZE
    assert refusal(desk, limit(BUY, "0.00001", "200")) is errors.BAD_PRECISION
    assert refusal(desk, limit(BUY, "0.001", "200")) is errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP
    assert refusal(desk, limit(BUY, "0.001", "105")) is errors.MIN_NOTIONAL


def test_a_change_of_an_order_passes_the_same_filters() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "95"))
    for quantity, price, kind in (
        ("2", "0", errors.PRICE_LESS_THAN_ZERO),
        ("2", "95.05", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE),
        ("2", "105.1", errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP),
        ("0", "95", errors.QTY_LESS_THAN_ZERO),
        ("2.0001", "95", errors.BAD_PRECISION),
        ("1000.001", "95", errors.QTY_GREATER_THAN_MAX_QTY),
        ("1", "95", errors.MODIFICATION_MIN_NOTIONAL),
    ):
        assert refusal(desk, amend(order, quantity, price)) is kind
    with pytest.raises(Refusal, match=r"^Order's notional must be no smaller than 100$"):
        desk.do(amend(order, "1", "95"))


def test_triggers_have_errors_of_their_own() -> None:
    desk = trading()
    for trigger, kind in (
        ("0", errors.STOP_PRICE_LESS_THAN_ZERO),
        ("-1", errors.STOP_PRICE_LESS_THAN_ZERO),
        ("1000000.1", errors.STOP_PRICE_GREATER_THAN_MAX_PRICE),
        ("0.05", errors.PRICE_LESS_THAN_MIN_PRICE),
        ("120.05", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE),
        ("120.001", errors.BAD_PRECISION),
    ):
        assert refusal(desk, conditional(OrderType.STOP_MARKET, BUY, "2", trigger)) is kind


def test_the_limit_of_a_conditional_order_is_measured_from_its_trigger() -> None:
    desk = trading()
    buy = conditional(OrderType.STOP, BUY, "2", "120", price=Decimal("126.1"))
    assert refusal(desk, buy) is errors.PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP
    sell = conditional(OrderType.STOP, SELL, "2", "80", price=Decimal("75.9"))
    assert refusal(desk, sell) is errors.PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN
    for kind, numbers in (
        (errors.PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP, (-4183, -4151)),
        (errors.PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN, (-4184, -4152)),
    ):
        assert (kind.code("usdm"), kind.code("coinm")) == numbers
    desk.do(msgspec.structs.replace(buy, price=Decimal(126)))
    desk.do(msgspec.structs.replace(sell, price=Decimal(76)))
    assert len(desk.state.accounts[NAME].usdm.algo_orders) == 2


def test_an_immediate_order_is_filtered_as_any_other() -> None:
    command = limit(BUY, "0.5", "95", time_in_force=TimeInForce.IOC)
    assert refusal(trading(), command) is errors.MIN_NOTIONAL
