"""RPI orders. Documented: post-only, and they match only orders from the app or the website.

Users of margind come through the API, all of them: only the house meets these orders.
"""

from decimal import Decimal

import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    ExpiryReason,
    Market,
    OrderStatus,
    OrderType,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.engine.builders import NAME, Desk, document, held, numbers, resting
from tests.engine.invariants import check_books
from tests.scenarios.dangers import isolated_long
from tests.scenarios.orders import (
    BTC,
    BUY,
    OTHER,
    SELL,
    amend,
    cancel,
    conditional,
    ends,
    fills,
    limit,
    market,
    move,
    only,
    open_orders,
    placed,
    quote,
    rows,
    third,
    trading,
)
from tests.scenarios.refusals import refusal

GTC, GTX, IOC, FOK, RPI = (
    TimeInForce.GTC,
    TimeInForce.GTX,
    TimeInForce.IOC,
    TimeInForce.FOK,
    TimeInForce.RPI,
)
BOOK = (*numbers("99.9", 500), *numbers("100.1", 500))
"""What the house alone has in the book."""


def offered(price: str = "100", quantity: str = "3") -> Desk:
    """The house stands between 99.9 and 100.1; another user sells with an RPI order inside."""
    desk = trading()
    placed(desk, limit(SELL, quantity, price, account=OTHER, time_in_force=RPI))
    return desk


def shown(desk: Desk) -> tuple[Decimal, ...]:
    book = desk.state.book(Market.USDM, BTC)
    return (*book.bids.depth(1)[0], *book.asks.depth(1)[0])


def with_rpi(desk: Desk, side: Side) -> list[tuple[Decimal, Decimal]]:
    return desk.state.book(Market.USDM, BTC).depth_with_rpi(side, 9)


def test_a_market_order_passes_over_an_rpi_order_at_a_better_price() -> None:
    desk = offered("100")
    assert fills(desk.do(market(BUY, "2"))) == rows((NAME, "100.1", "2"))
    (order,) = open_orders(desk, OTHER).values()
    assert (order.price, order.remaining_qty) == numbers(100, 3)


def test_a_limit_order_rests_where_it_crosses_an_rpi_order() -> None:
    desk = offered("100")
    events = desk.do(limit(BUY, "2", "100"))
    assert [(event.rests, fills(events)) for event in only(events, e.OrderAccepted)] == [(True, [])]
    assert shown(desk) == numbers(100, 2, "100.1", 500)
    check_books(desk.state)


def test_a_post_only_order_may_rest_where_it_crosses_an_rpi_order() -> None:
    assert placed(offered("100"), limit(BUY, "2", "100", time_in_force=GTX)).remaining_qty == 2


def test_an_order_at_once_finds_nothing_where_only_rpi_orders_stand() -> None:
    desk = offered("100")
    events = desk.do(limit(BUY, "2", "100", time_in_force=IOC))
    assert (fills(events), ends(events)) == (
        [],
        [(NAME, OrderStatus.EXPIRED, ExpiryReason.IOC_REMAINDER)],
    )
    assert refusal(desk, limit(BUY, "2", "100", time_in_force=FOK)) is errors.FOK_ORDER_REJECT


def test_fill_or_kill_does_not_count_rpi_orders() -> None:
    desk = offered("100", "3")
    quote(desk, "99.9", "100.1", ask_qty="5")
    assert refusal(desk, limit(BUY, "6", "100.1", time_in_force=FOK)) is errors.FOK_ORDER_REJECT
    events = desk.do(limit(BUY, "5", "100.1", time_in_force=FOK))
    assert fills(events) == rows((NAME, "100.1", "5"))


def test_a_market_order_without_another_seller_expires() -> None:
    desk = offered("100")
    quote(desk, "99.9", "100.1", ask_qty="0")
    events = desk.do(market(BUY, "2"))
    assert (fills(events), ends(events)) == (
        [],
        [(NAME, OrderStatus.EXPIRED, ExpiryReason.MARKET_REMAINDER)],
    )


def test_a_triggered_order_passes_over_rpi_orders() -> None:
    desk = offered("101")
    desk.do(conditional(OrderType.STOP_MARKET, BUY, "2", "100.8"))
    assert fills(move(desk, last="100.8")) == rows((NAME, "100.9", "2"))


def test_a_liquidation_order_passes_over_rpi_orders() -> None:
    # 10 long from 100 with 50 set aside: at 95.5 a loss of 45 leaves 5, and maintenance wants 9.55.
    desk = isolated_long()
    desk.do(c.OpenAccount(OTHER))
    desk.do(c.LoadAccount(OTHER, False, document({"USDT": "100000"}), document()))
    placed(desk, limit(BUY, "10", "95.5", account=OTHER, time_in_force=RPI))
    events = quote(desk, "95.4", "95.6", mark="95.5", bid_qty="10")
    assert fills(events) == rows((NAME, "95.4", "10"))
    assert len(open_orders(desk, OTHER)) == 1


def test_two_rpi_orders_never_meet() -> None:
    desk = offered("100")
    events = desk.do(limit(BUY, "2", "100", time_in_force=RPI))
    assert (fills(events), ends(events)) == ([], [])
    assert len(open_orders(desk)) == len(open_orders(desk, OTHER)) == 1
    check_books(desk.state)


def test_an_order_does_not_prevent_an_rpi_order_of_its_own_user() -> None:
    desk = trading()
    placed(desk, limit(SELL, "3", "100", time_in_force=RPI))
    both = SelfTradePrevention.EXPIRE_BOTH
    events = desk.do(limit(BUY, "2", "100", self_trade_prevention=both))
    assert ends(events) == []
    assert len(open_orders(desk)) == 2


@pytest.mark.parametrize(("side", "price"), [(BUY, "100.1"), (SELL, "99.9")])
def test_an_rpi_order_that_would_trade_with_the_house_is_refused(side: Side, price: str) -> None:
    assert refusal(trading(), limit(side, "2", price, time_in_force=RPI)) is errors.GTX_ORDER_REJECT


def test_an_rpi_order_that_would_trade_with_a_user_is_refused() -> None:
    desk = trading()
    placed(desk, limit(SELL, "1", "100", account=OTHER))
    assert refusal(desk, limit(BUY, "2", "100", time_in_force=RPI)) is errors.GTX_ORDER_REJECT


def test_price_matching_does_not_see_rpi_orders() -> None:
    desk = offered("100")
    terms = {"time_in_force": GTX, "price_match": PriceMatch.QUEUE, "account": OTHER}
    assert placed(desk, limit(SELL, "1", None, **terms)).price == Decimal("100.1")
    events = desk.do(limit(BUY, "1", None, price_match=PriceMatch.OPPONENT))
    assert fills(events) == rows((NAME, "100.1", "1"))


def test_the_house_fills_an_rpi_order_at_the_orders_price() -> None:
    desk = offered("100", "3")
    events = quote(desk, "100.2", "100.4", bid_qty="2")
    assert fills(events) == rows((OTHER, "100", "2"))
    (fill,) = only(events, e.OrderFilled)
    assert (fill.is_maker, fill.against_house) == (True, True)
    (order,) = open_orders(desk, OTHER).values()
    assert order.remaining_qty == 1
    check_books(desk.state)
    assert fills(quote(desk, "100", "100.4")) == rows((OTHER, "100", "1"))
    assert open_orders(desk, OTHER) == {}
    check_books(desk.state)


def test_the_house_meets_the_better_price_first_and_ordinary_orders_first_at_equal_price() -> None:
    # Sold: 1 at 100.3 by RPI, then 2 at 100.2 by RPI and, later in time, 4 at 100.2 by an ordinary order.
    desk = offered("100.3", "1")
    placed(desk, limit(SELL, "2", "100.2", account=OTHER, time_in_force=RPI))
    placed(desk, limit(SELL, "4", "100.2"))
    placed(desk, limit(SELL, "1", "100", account=third(desk), time_in_force=RPI))
    events = quote(desk, "100.4", "100.6")
    assert fills(events) == rows(
        ("third", "100", "1"), (NAME, "100.2", "4"), (OTHER, "100.2", "2"), (OTHER, "100.3", "1")
    )


def test_the_house_meets_rpi_bids_too() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "100", time_in_force=RPI))
    placed(desk, limit(BUY, "3", "99.8", account=OTHER))
    assert fills(quote(desk, "99.5", "99.7")) == rows((NAME, "100", "2"), (OTHER, "99.8", "3"))


def test_an_amended_rpi_order_stays_apart() -> None:
    desk = trading()
    order = placed(desk, limit(SELL, "3", "100.5", time_in_force=RPI))
    desk.do(amend(order, "2", "100"))
    assert shown(desk) == BOOK
    assert with_rpi(desk, SELL) == [numbers(100, 2), numbers("100.1", 500)]
    check_books(desk.state)
    assert fills(desk.do(market(BUY, "1", account=OTHER))) == rows((OTHER, "100.1", "1"))


def test_an_rpi_order_amended_into_the_book_is_cancelled() -> None:
    desk = trading()
    order = placed(desk, limit(SELL, "3", "100.5", time_in_force=RPI))
    events = desk.do(amend(order, "3", "99.9"))
    assert [status for _, status, _ in ends(events)] == [OrderStatus.CANCELED]
    assert with_rpi(desk, SELL) == [numbers("100.1", 500)]


def test_a_cancelled_rpi_order_is_gone() -> None:
    desk = trading()
    order = placed(desk, limit(SELL, "3", "100", time_in_force=RPI))
    desk.do(cancel(order))
    assert with_rpi(desk, SELL) == [numbers("100.1", 500)]
    assert fills(quote(desk, "100.2", "100.4")) == []


def test_an_rpi_order_that_only_reduces_goes_with_the_position() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    placed(desk, limit(SELL, "5", "100.2", time_in_force=RPI, reduce_only=True))
    events = quote(desk, "100.3", "100.5")
    assert (fills(events), ends(events)) == (
        rows((NAME, "100.2", "2")),
        [(NAME, OrderStatus.EXPIRED, ExpiryReason.REDUCE_ONLY)],
    )
    check_books(desk.state)


def test_a_loaded_rpi_order_stands_apart_and_may_cross_orders_of_others() -> None:
    desk = trading()
    placed(desk, limit(BUY, "1", "100", account=OTHER))
    order = resting(BTC, SELL, "100", "2", time_in_force=RPI)
    desk.do(c.LoadAccount(NAME, False, document({"USDT": "1000"}, orders=[order]), document()))
    check_books(desk.state)
    assert fills(desk.do(market(BUY, "1", account=OTHER))) == rows((OTHER, "100.1", "1"))
    assert fills(quote(desk, "100.1", "100.3"))[0] == (NAME, *numbers(100, 2))


def test_the_deeper_book_shows_rpi_orders_unless_they_cross() -> None:
    # 100 is crossed by the bid at 100, and 100.1 counts with what the house has there.
    desk = offered("100", "3")
    placed(desk, limit(SELL, "1", "100.1", account=OTHER, time_in_force=RPI))
    placed(desk, limit(SELL, "2", "100.3", account=OTHER, time_in_force=RPI))
    assert with_rpi(desk, SELL) == [numbers(100, 3), numbers("100.1", 501), numbers("100.3", 2)]
    placed(desk, limit(BUY, "2", "100"))
    assert with_rpi(desk, SELL) == [numbers("100.1", 501), numbers("100.3", 2)]
    assert with_rpi(desk, BUY) == [numbers(100, 2), numbers("99.9", 500)]
    assert desk.state.book(Market.USDM, BTC).depth_with_rpi(SELL, 1) == [numbers("100.1", 501)]


def test_rpi_orders_that_cross_each_other_are_both_hidden() -> None:
    desk = offered("100", "3")
    placed(desk, limit(BUY, "2", "100", time_in_force=RPI))
    assert (with_rpi(desk, BUY), with_rpi(desk, SELL)) == (
        [numbers("99.9", 500)],
        [numbers("100.1", 500)],
    )
