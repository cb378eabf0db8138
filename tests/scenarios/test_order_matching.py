"""How an order meets the book: who is first, at which price, and what becomes of the rest."""

from decimal import Decimal

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    ExpiryReason,
    Market,
    OrderStatus,
    OrderType,
    PriceMatch,
    Side,
    TimeInForce,
)
from margind.errors import Refusal
from tests.engine.builders import NAME, Desk, document, held, numbers, resting
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    OTHER,
    SELL,
    SHORT,
    amend,
    cancel,
    ends,
    fills,
    limit,
    market,
    only,
    open_orders,
    placed,
    position,
    quote,
    rows,
    third,
    trading,
)

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
PARTLY, FILLED, EXPIRED = OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.EXPIRED
IN_MATCH = OrderStatus.EXPIRED_IN_MATCH


def book(desk: Desk, levels: int = 9) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
    found = desk.state.book(Market.USDM, BTC)
    return found.bids.depth(levels), found.asks.depth(levels)


def test_an_order_that_meets_nothing_rests() -> None:
    desk = trading()
    events = desk.do(limit(BUY, "2", "100"))
    assert [type(event) for event in events] == [e.OrderAccepted]
    assert book(desk)[0] == [(Decimal(100), Decimal(2)), (Decimal("99.9"), Decimal(500))]


def test_a_taker_gets_the_resting_price_not_its_own() -> None:
    desk = trading()
    assert fills(desk.do(limit(BUY, "2", "104"))) == rows((NAME, "100.1", "2"))


def test_the_best_price_is_met_first_then_the_next() -> None:
    desk = trading()
    desk.do(limit(SELL, "1", "100.3", account=OTHER))
    desk.do(limit(SELL, "2", "100.2", account=OTHER))
    quote(desk, "99.9", "100.1", ask_qty="3")
    events = desk.do(limit(BUY, "10", "100.3"))
    assert fills(events) == rows(
        (NAME, "100.1", "3"),
        (OTHER, "100.2", "2"),
        (NAME, "100.2", "2"),
        (OTHER, "100.3", "1"),
        (NAME, "100.3", "1"),
    )
    (order,) = open_orders(desk).values()
    assert (order.status, order.executed_qty, order.cum_quote) == (PARTLY, *numbers(6, "601"))
    assert type(events[-1]) is e.OrderRested
    assert book(desk) == ([(Decimal("100.3"), Decimal(4)), (Decimal("99.9"), Decimal(500))], [])


def test_at_one_price_whoever_came_first_is_first_the_house_too() -> None:
    desk = trading()
    desk.do(limit(BUY, "2", "99.8", account=OTHER))
    quote(desk, "99.8", "100.1", bid_qty="5")  # the house joins the queue behind the one who was there
    desk.do(limit(BUY, "2", "99.8", account=third(desk)))
    events = desk.do(market(SELL, "8"))
    assert fills(events) == rows(
        (OTHER, "99.8", "2"),
        (NAME, "99.8", "2"),
        (NAME, "99.8", "5"),
        ("third", "99.8", "1"),
        (NAME, "99.8", "1"),
    )


def test_the_house_keeps_its_place_while_it_stays_at_its_price() -> None:
    desk = trading()
    desk.do(limit(BUY, "2", "99.9", account=OTHER))
    quote(desk, "99.9", "100.1", bid_qty="3")
    assert fills(desk.do(market(SELL, "4")))[0] == rows((NAME, "99.9", "3"))[0]


def test_the_house_loses_its_place_when_it_moves_away_and_back() -> None:
    desk = trading()
    desk.do(limit(BUY, "2", "99.9", account=OTHER))
    quote(desk, "99.8", "100.1")
    quote(desk, "99.9", "100.1")
    assert fills(desk.do(market(SELL, "2")))[0] == rows((OTHER, "99.9", "2"))[0]


def test_a_house_that_comes_to_an_orders_price_fills_no_more_than_it_brings() -> None:
    desk = trading()
    first = placed(desk, limit(BUY, "2", "99.5"))
    second = placed(desk, limit(BUY, "2", "99.5", account=OTHER))
    better = placed(desk, limit(BUY, "2", "99.6"))
    events = quote(desk, "99.3", "99.5", mark="100", ask_qty="5")
    assert fills(events) == rows((NAME, "99.6", "2"), (NAME, "99.5", "2"), (OTHER, "99.5", "1"))
    assert [fill.order_id for fill in only(events, e.OrderFilled)] == [
        better.order_id,
        first.order_id,
        second.order_id,
    ]
    assert book(desk) == ([(Decimal("99.5"), Decimal(1)), (Decimal("99.3"), Decimal(500))], [])


def test_both_sides_of_the_house_meet_orders() -> None:
    desk = trading()
    placed(desk, limit(SELL, "2", "100.5"))
    placed(desk, limit(BUY, "2", "99.5"))
    assert fills(quote(desk, "100.6", "100.8")) == rows((NAME, "100.5", "2"))
    assert fills(quote(desk, "99.2", "99.4")) == rows((NAME, "99.5", "2"))


def test_a_price_that_crosses_no_order_changes_nothing() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "99.5"))
    assert quote(desk, "99.5", "99.6") == []


def test_a_market_order_trades_what_there_is_and_the_rest_expires() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="3")
    events = desk.do(market(BUY, "5"))
    assert fills(events) == rows((NAME, "100.1", "3"))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.MARKET_REMAINDER)]
    assert not open_orders(desk)


def test_a_market_order_stops_at_the_bound_around_the_mark() -> None:
    # marketTakeBound 5 %: from a mark of 100 it buys up to 105.
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="1", mark="100")
    for price in ("105", "105.1"):
        desk.do(limit(SELL, "1", price, account=OTHER))
    assert fills(desk.do(market(BUY, "5")))[1:] == rows((OTHER, "105", "1"), (NAME, "105", "1"))


def test_a_market_order_on_an_empty_book_expires() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", bid_qty="0")
    assert ends(desk.do(market(SELL, "5"))) == [(NAME, EXPIRED, ExpiryReason.MARKET_REMAINDER)]


def test_an_immediate_order_trades_what_it_can_and_the_rest_expires() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="3")
    events = desk.do(limit(BUY, "5", "100.1", time_in_force=IOC))
    assert fills(events) == rows((NAME, "100.1", "3"))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.IOC_REMAINDER)]


def test_an_immediate_order_never_rests() -> None:
    desk = trading()
    events = desk.do(limit(BUY, "5", "100", time_in_force=IOC))
    assert not only(events, e.OrderAccepted)[0].rests
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.IOC_REMAINDER)]
    assert book(desk)[0] == [(Decimal("99.9"), Decimal(500))]


def test_a_fill_or_kill_order_counts_only_what_reduce_only_orders_will_trade() -> None:
    # The other user's reduce-only sells of 2 and 3 close a long of 4: not more than 4 can be bought.
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="0")
    long_of_four = document({"USDT": "100000"}, {}, [held(BTC, "4", "100")])
    desk.do(c.LoadAccount(OTHER, False, long_of_four, document()))
    for quantity in ("2", "3"):
        desk.do(limit(SELL, quantity, "100", account=OTHER, reduce_only=True))
    kill = limit(BUY, "4.001", "100", time_in_force=FOK)
    with pytest.raises(Refusal, match="FOK order has been rejected"):
        desk.do(kill)
    assert len(fills(desk.do(msgspec.structs.replace(kill, quantity=Decimal(4))))) == 4


def test_a_reduce_only_fill_or_kill_order_fills_no_more_than_its_position() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    kill = limit(SELL, "3", "99.9", time_in_force=FOK, reduce_only=True)
    with pytest.raises(Refusal, match="FOK order has been rejected"):
        desk.do(kill)
    desk.do(msgspec.structs.replace(kill, quantity=Decimal(2)))
    assert not desk.state.accounts[NAME].usdm.positions


def test_a_reduce_only_order_closes_and_never_opens() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    events = desk.do(limit(SELL, "5", "99.9", reduce_only=True))
    assert fills(events) == rows((NAME, "99.9", "2"))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.REDUCE_ONLY)]
    assert not desk.state.accounts[NAME].usdm.positions


@pytest.mark.parametrize("closing", ["2", "5"], ids=["flat", "flip"])
def test_reduce_only_orders_go_when_there_is_nothing_left_to_reduce(closing: str) -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    placed(desk, limit(SELL, "1", "103", reduce_only=True))
    placed(desk, limit(SELL, "2", "104", reduce_only=True))
    stays = placed(desk, limit(SELL, "1", "105"))
    events = desk.do(market(SELL, closing))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.REDUCE_ONLY)] * 2
    assert list(open_orders(desk)) == [stays.order_id]


def test_a_shrunk_position_bounds_what_reduce_only_orders_fill() -> None:
    desk = trading(positions=(held(BTC, "5", "100"),))
    placed(desk, limit(SELL, "4", "103", reduce_only=True))
    desk.do(market(SELL, "3"))
    assert len(open_orders(desk)) == 1
    events = quote(desk, "103", "103.2", mark="100")
    assert fills(events) == rows((NAME, "103", "2"))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.REDUCE_ONLY)]


def test_in_hedge_mode_closing_orders_go_with_their_leg() -> None:
    legs = (held(BTC, "2", "100", side=LONG), held(BTC, "-2", "100", side=SHORT))
    desk = trading(positions=legs, dual=True)
    placed(desk, limit(SELL, "2", "103", position_side=LONG))
    stays = placed(desk, limit(BUY, "2", "97", position_side=SHORT))
    events = desk.do(market(SELL, "2", position_side=LONG))
    assert ends(events) == [(NAME, EXPIRED, ExpiryReason.REDUCE_ONLY)]
    assert list(open_orders(desk)) == [stays.order_id]
    assert position(desk, side=SHORT).position_amt == -2


@pytest.mark.parametrize(
    ("side", "wanted", "price"),
    [
        (BUY, PriceMatch.OPPONENT, "100.1"),
        (BUY, PriceMatch.OPPONENT_5, "100.5"),
        (BUY, PriceMatch.OPPONENT_10, "101"),
        (BUY, PriceMatch.OPPONENT_20, "102"),
        (BUY, PriceMatch.QUEUE, "99.9"),
        (BUY, PriceMatch.QUEUE_5, "99.5"),
        (BUY, PriceMatch.QUEUE_10, "99"),
        (BUY, PriceMatch.QUEUE_20, "98"),
        (SELL, PriceMatch.OPPONENT, "99.9"),
        (SELL, PriceMatch.QUEUE_5, "100.5"),
    ],
)
def test_a_matched_price_is_that_of_the_level(side: Side, wanted: PriceMatch, price: str) -> None:
    # 20 levels on either side, 0.1 apart, from 99.9 down and from 100.1 up.
    desk = trading()
    for step in range(2, 21):
        away = Decimal(step) / 10
        desk.do(limit(BUY, "2", str(100 - away), account=OTHER))
        desk.do(limit(SELL, "2", str(100 + away), account=OTHER))
    order = only(desk.do(limit(side, "1.1", None, price_match=wanted)), e.OrderAccepted)[0].order
    assert (order.price, order.price_match) == (Decimal(price), wanted)


def test_cancelling_takes_an_order_off_the_book() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99.5"))
    assert ends(desk.do(cancel(order))) == [(NAME, OrderStatus.CANCELED, ExpiryReason.NONE)]
    assert book(desk)[0] == [(Decimal("99.9"), Decimal(500))]
    assert desk.asset("USDT").available_balance == 100000


def test_cancelling_all_orders_of_a_symbol_leaves_the_others() -> None:
    desk = trading()
    asked = ((BUY, "98"), (SELL, "102"), (BUY, "97"))
    ids = [placed(desk, limit(side, "2", price)).order_id for side, price in asked]
    stays = placed(desk, limit(BUY, "2", "98", "ETHUSDT"))
    events = desk.do(c.CancelAllOrders(NAME, Market.USDM, BTC))
    assert [row.order_id for row in only(events, e.OrderCancelled)] == ids
    assert list(open_orders(desk)) == [stays.order_id]
    assert desk.do(c.CancelAllOrders(NAME, Market.USDM, BTC)) == []


def test_orders_of_a_loaded_document_are_on_the_book_and_those_before_are_not() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "99"))
    from_before = placed(desk, limit(BUY, "3", "98"))
    desk.do(c.SetCountdown(NAME, Market.USDM, BTC, 60_000))
    kept = msgspec.structs.replace(from_before, client_order_id="kept")
    waits = msgspec.structs.replace(kept, type=OrderType.STOP, client_order_id="waits", order_id=0)
    desk.load(document({"USDT": "100000"}, orders=[kept, waits]))
    assert book(desk) == (
        [(Decimal("99.9"), Decimal(500)), (Decimal(98), Decimal(3))],
        [(Decimal("100.1"), Decimal(500))],
    )
    assert not desk.state.countdowns
    assert fills(desk.do(limit(SELL, "600", "98", account=OTHER)))[-2:] == rows(
        (NAME, "98", "3"), (OTHER, "98", "3")
    )
    assert [order.type for order in open_orders(desk).values()] == [OrderType.STOP]


def test_loading_again_puts_orders_at_the_end_of_their_queue() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "99"))
    desk.do(limit(BUY, "2", "99", account=OTHER))
    desk.load(document({"USDT": "100000"}, orders=[order]))
    quote(desk, "98", "99", mark="100", ask_qty="2")
    assert position(desk, account=OTHER).position_amt == 2
    assert not desk.state.accounts[NAME].usdm.positions


def test_the_statuses_of_an_order_follow_its_fills() -> None:
    desk = trading()
    placed(desk, limit(BUY, "5", "99"))
    first = only(quote(desk, "98", "99", mark="100", ask_qty="2"), e.OrderFilled)
    second = only(quote(desk, "98", "99", mark="100", ask_qty="9"), e.OrderFilled)
    assert [(fill.status, fill.executed_qty, fill.cum_quote) for fill in first + second] == [
        (PARTLY, *numbers(2, 198)),
        (FILLED, *numbers(5, 495)),
    ]


@pytest.mark.parametrize("meets", ["user", "house", "change"])
def test_a_documents_reduce_only_order_without_a_position_goes_when_it_is_met(meets: str) -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="0")
    idle = resting(BTC, SELL, "101", "2", reduce_only=True, client_order_id="idle")
    desk.load(document({"USDT": "100000"}, orders=[idle]))
    (order,) = open_orders(desk).values()
    if meets == "user":
        events = desk.do(limit(BUY, "2", "101", account=OTHER, time_in_force=IOC))
    elif meets == "house":
        events = quote(desk, "101", "101.2", mark="100")
    else:
        events = desk.do(amend(order, "2", "99.9"))
    assert (NAME, EXPIRED, ExpiryReason.REDUCE_ONLY) in ends(events)
    assert NAME not in {account for account, _, _ in fills(events)}
    assert not open_orders(desk)


def test_a_user_behind_an_idle_reduce_only_order_is_met_all_the_same() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="0")
    idle = resting(BTC, SELL, "101", "2", reduce_only=True, client_order_id="idle")
    desk.load(document({"USDT": "100000"}, orders=[idle]))
    desk.do(limit(SELL, "2", "101", account=OTHER))
    name = third(desk)
    events = desk.do(limit(BUY, "2", "101", account=name, time_in_force=FOK))
    assert fills(events) == rows((OTHER, "101", "2"), (name, "101", "2"))
