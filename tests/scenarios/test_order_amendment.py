"""Changing an open order."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    ContractStatus,
    Market,
    OrderStatus,
    OrderType,
    PriceMatch,
    TimeInForce,
)
from margind.engine.order_life import order_after
from tests.engine.builders import NAME, Desk, document, held, numbers
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    OTHER,
    SELL,
    amend,
    limit,
    market,
    only,
    open_orders,
    placed,
    position,
    quote,
    trading,
)
from tests.scenarios.refusals import refusal


def partly_filled() -> tuple[Desk, Any]:
    """A buy of 10 at 100, 4 of it filled."""
    desk = trading()
    order = placed(desk, limit(BUY, "10", "100"))
    quote(desk, "99.8", "100", ask_qty="4", mark="100")
    return desk, open_orders(desk)[order.order_id]


def test_a_change_moves_price_and_quantity_and_says_what_they_were() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    (event,) = only(desk.do(amend(order, "3", "98")), e.OrderAmended)
    assert (event.price_before, event.orig_qty_before) == numbers(99, 2)
    changed = open_orders(desk)[order.order_id]
    assert (changed.price, changed.orig_qty, changed.amendments) == (*numbers(98, 3), 1)
    bids = desk.state.book(Market.USDM, BTC).bids
    assert bids.depth(9) == [numbers("99.9", 500), numbers(98, 3)]


@pytest.mark.parametrize(("quantity", "price"), [("3", "99"), ("1.5", "99")], ids=["more", "less"])
def test_a_changed_order_goes_to_the_end_of_its_queue(quantity: str, price: str) -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.do(limit(BUY, "2", "99", account=OTHER))
    desk.do(amend(order, quantity, price))
    quote(desk, "98", "99", mark="100", ask_qty="2")
    assert position(desk, account=OTHER).position_amt == 2
    assert order.order_id in open_orders(desk)


def test_a_change_that_breaks_a_rule_leaves_the_order_and_its_place() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.do(limit(BUY, "2", "99", account=OTHER))
    assert refusal(desk, amend(order, "2", "99.05")) is errors.PRICE_NOT_INCREASED_BY_TICK_SIZE
    quote(desk, "98", "99", mark="100", ask_qty="2")
    assert position(desk).position_amt == 2


def test_a_changed_order_that_meets_the_book_trades() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    quote(desk, "99.9", "100.1", ask_qty="2")
    events = desk.do(amend(order, "3", "100.1"))
    assert [type(event) for event in events] == [e.OrderAmended, e.OrderFilled, e.OrderRested]
    assert not only(events, e.OrderAmended)[0].rests
    assert not only(events, e.OrderFilled)[0].is_maker
    assert open_orders(desk)[order.order_id].remaining_qty == 1


def test_a_partly_filled_order_keeps_what_it_has_filled() -> None:
    desk, order = partly_filled()
    desk.do(amend(order, "7", "99"))
    changed = open_orders(desk)[order.order_id]
    assert (changed.executed_qty, changed.remaining_qty) == numbers(4, 3)
    assert changed.status is OrderStatus.PARTIALLY_FILLED
    bids = desk.state.book(Market.USDM, BTC).bids
    assert bids.depth(9) == [numbers("99.8", 500), numbers(99, 3)]


@pytest.mark.parametrize("quantity", ["4", "3.999"])
def test_an_order_filled_beyond_its_new_quantity_is_cancelled_instead(quantity: str) -> None:
    desk, order = partly_filled()
    (event,) = desk.do(amend(order, quantity, "99"))
    assert isinstance(event, e.OrderCancelled)
    assert event.status is OrderStatus.CANCELED
    assert not open_orders(desk)


def test_a_post_only_order_that_would_trade_is_cancelled_instead() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99", time_in_force=TimeInForce.GTX))
    (event,) = desk.do(amend(order, "2", "100.1"))
    assert isinstance(event, e.OrderCancelled)
    assert not desk.state.accounts[NAME].usdm.positions


def test_a_change_that_changes_nothing_is_refused() -> None:
    kind = errors.SAME_ORDER
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    assert refusal(desk, amend(order, "2.000", "99.0")) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-5027, -4197)


def test_a_change_takes_its_price_from_the_book() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.do(amend(order, "2", None, price_match=PriceMatch.QUEUE))
    assert open_orders(desk)[order.order_id].price == Decimal("99.9")
    both = amend(order, "2", "99", price_match=PriceMatch.QUEUE)
    assert refusal(desk, both) is errors.PARAM_NOT_REQUIRED
    none = amend(order, "2", None, price_match=PriceMatch.QUEUE_20)
    assert refusal(desk, none) is errors.BBO_ORDER_REJECT


def test_a_change_says_where_its_price_came_from() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.do(amend(order, "2", None, price_match=PriceMatch.QUEUE))
    assert open_orders(desk)[order.order_id].price_match is PriceMatch.QUEUE
    desk.do(amend(order, "2", "98"))
    assert open_orders(desk)[order.order_id].price_match is PriceMatch.NONE


def test_a_change_in_an_older_journal_keeps_where_the_price_came_from() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", None, price_match=PriceMatch.QUEUE))
    (change,) = only(desk.do(amend(order, "3", "98")), e.OrderAmended)
    assert (
        order_after(order, msgspec.structs.replace(change, price_match=None)).price_match is PriceMatch.QUEUE
    )


def test_price_and_quantity_are_both_needed() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    for command in (amend(order, "2", None), amend(order, None, "98")):
        assert refusal(desk, command) is errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED


def test_only_limit_orders_are_changed() -> None:
    kind = errors.LIMIT_ORDER_ONLY
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.load(document({"USDT": "1000"}, orders=[msgspec.structs.replace(order, type=OrderType.STOP)]))
    (waits,) = open_orders(desk).values()
    assert refusal(desk, amend(waits, "2", "98")) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-5025, -4196)


def test_a_symbol_that_does_not_trade_changes_no_orders() -> None:
    kind = errors.MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    row = desk.state.markets[Market.USDM].contracts[BTC]
    desk.do(c.ListContracts((msgspec.structs.replace(row, status=ContractStatus.PRE_SETTLE),)))
    assert refusal(desk, amend(order, "2", "98")) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-5024, -4199)


def test_an_order_is_changed_fewer_than_10000_times() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    # 9998 changes later, without making them.
    half = desk.state.accounts[NAME].usdm
    payoff = desk.state.markets[Market.USDM].contracts[BTC].payoff
    half.put_order(msgspec.structs.replace(order, amendments=9998), payoff)
    desk.do(amend(order, "2", "98"))
    assert refusal(desk, amend(order, "2", "97")) is errors.EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT


def test_a_reduce_only_order_stays_one_and_needs_no_margin() -> None:
    desk = trading("50", positions=(held(BTC, "2", "100"),))
    order = placed(desk, limit(SELL, "2", "103", reduce_only=True))
    desk.do(amend(order, "900", "104"))
    changed = open_orders(desk)[order.order_id]
    assert (changed.reduce_only, changed.orig_qty) == (True, Decimal(900))


def reduce_only() -> tuple[Desk, Any]:
    """A reduce-only sell of 2 at 103 against a long of 2."""
    desk = trading("50", positions=(held(BTC, "2", "100"),))
    return desk, placed(desk, limit(SELL, "2", "103", reduce_only=True))


def test_a_change_of_a_reduce_only_order_has_a_minimum_unless_it_says_so() -> None:
    desk, order = reduce_only()
    small = amend(order, "0.5", "104")  # 52 USDT: below the minimum of 100
    assert refusal(desk, small) is errors.MODIFICATION_MIN_NOTIONAL
    desk.do(amend(order, "0.5", "104", reduce_only=True))
    changed = open_orders(desk)[order.order_id]
    assert (changed.reduce_only, changed.orig_qty) == (True, Decimal("0.5"))


def test_a_change_says_reduce_only_of_a_reduce_only_order_alone() -> None:
    kind = errors.ORIGINAL_ORDER_NOT_REDUCE_ONLY
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    assert refusal(desk, amend(order, "3", "99", reduce_only=True)) is kind
    assert kind.code("usdm") == -5047


def test_in_hedge_mode_the_closing_side_is_reduce_only_without_being_asked() -> None:
    desk = trading("50", positions=(held(BTC, "2", "100", side=LONG),), dual=True)
    order = placed(desk, limit(SELL, "2", "103", position_side=LONG))
    desk.do(amend(order, "0.5", "104", reduce_only=True))
    assert open_orders(desk)[order.order_id].orig_qty == Decimal("0.5")


def test_in_hedge_mode_a_closing_order_grows_no_larger_than_its_leg() -> None:
    # Documented (example of 'Modify Multiple Orders'): -2022.
    desk = trading(positions=(held(BTC, "5", "100", side=LONG),), dual=True)
    order = placed(desk, limit(SELL, "2", "103", position_side=LONG))
    assert refusal(desk, amend(order, "5.001", "103")) is errors.REDUCE_ONLY_REJECT
    desk.do(amend(order, "5", "103"))


def test_a_closing_order_that_outgrew_its_leg_may_still_be_moved() -> None:
    desk = trading(positions=(held(BTC, "5", "100", side=LONG),), dual=True)
    order = placed(desk, limit(SELL, "5", "103", position_side=LONG))
    desk.do(market(SELL, "2", position_side=LONG))
    desk.do(amend(order, "5", "102"))
    desk.do(amend(order, "4", "102"))
    assert refusal(desk, amend(order, "4.5", "102")) is errors.REDUCE_ONLY_REJECT


def test_a_change_keeps_the_name_its_client_gives_it() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    (named,) = only(desk.do(amend(order, "3", "98", modify_id=-7)), e.OrderAmended)
    (unnamed,) = only(desk.do(amend(order, "3", "97")), e.OrderAmended)
    assert (named.modify_id, unnamed.modify_id) == (-7, None)


def test_a_name_or_a_number_finds_the_order_and_the_number_wins() -> None:
    desk = trading()
    first = placed(desk, limit(BUY, "2", "99", client_order_id="first"))
    second = placed(desk, limit(BUY, "2", "98", client_order_id="second"))
    desk.do(amend(first, "3", "97", order_id=None, client_order_id="first"))
    desk.do(amend(second, "3", "96", client_order_id="first"))
    assert [order.price for order in open_orders(desk).values()] == [97, 96]
