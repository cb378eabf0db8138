"""Conditional orders: what may wait, what fires it, and what becomes of it then."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    AlgoStatus,
    Market,
    OrderType,
    PriceMatch,
    Side,
    TimeInForce,
    WorkingType,
)
from margind.errors import ErrorKind
from tests.engine.builders import NAME, NOW, Desk, held, numbers
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    SHORT,
    at,
    conditional,
    limit,
    move,
    only,
    open_orders,
    placed,
    quote,
    steps,
    trading,
    waiting,
)
from tests.scenarios.refusals import refusal

STOP, TAKE_PROFIT = OrderType.STOP, OrderType.TAKE_PROFIT
STOP_MARKET, TAKE_PROFIT_MARKET = OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET
TRAILING = OrderType.TRAILING_STOP_MARKET
MARK, CONTRACT = WorkingType.MARK_PRICE, WorkingType.CONTRACT_PRICE

# Each waits at 100 and fires at the price that follows, not at the one before it.
TRIGGERS = [
    (STOP, BUY, "102", "101.9"),
    (STOP, SELL, "98", "98.1"),
    (STOP_MARKET, BUY, "102", "101.9"),
    (STOP_MARKET, SELL, "98", "98.1"),
    (TAKE_PROFIT, BUY, "98", "98.1"),
    (TAKE_PROFIT, SELL, "102", "101.9"),
    (TAKE_PROFIT_MARKET, BUY, "98", "98.1"),
    (TAKE_PROFIT_MARKET, SELL, "102", "101.9"),
]


def algo(desk: Desk, order_type: OrderType, side: Side, trigger: str | None, **changes: Any) -> int:
    """Let one of 2 BTC wait; limits are those of the trigger."""
    if order_type in {STOP, TAKE_PROFIT} and trigger is not None:
        changes = {"price": Decimal(trigger), **changes}
    return waiting(desk, conditional(order_type, side, "2", trigger, **changes)).algo_id


@pytest.mark.parametrize(("order_type", "side", "trigger", "before"), TRIGGERS)
@pytest.mark.parametrize("working_type", [CONTRACT, MARK])
def test_an_order_fires_when_its_price_is_reached_and_not_before(
    order_type: OrderType, side: Side, trigger: str, before: str, working_type: WorkingType
) -> None:
    desk = trading()
    algo_id = algo(desk, order_type, side, trigger, working_type=working_type)
    looked_at = "last" if working_type is CONTRACT else "mark"
    assert move(desk, **{looked_at: before}) == []
    events = move(desk, **{looked_at: trigger})
    (changed,) = only(events, e.AlgoOrderChanged)
    (accepted,) = only(events, e.OrderAccepted)
    assert (changed.status, changed.algo_id, changed.trigger_time) == (AlgoStatus.TRIGGERED, algo_id, NOW)
    assert changed.actual_order_id == accepted.order.order_id
    assert accepted.order.algo_id == algo_id
    becomes = OrderType.LIMIT if order_type in {STOP, TAKE_PROFIT} else OrderType.MARKET
    assert (accepted.order.type, accepted.order.side) == (becomes, side)
    assert accepted.order.orig_qty == 2
    assert not desk.state.accounts[NAME].usdm.algo_orders
    assert desk.state.algo_orders[Market.USDM] == {}


@pytest.mark.parametrize("working_type", [CONTRACT, MARK])
def test_the_other_price_fires_nothing(working_type: WorkingType) -> None:
    desk = trading()
    algo(desk, STOP_MARKET, BUY, "102", working_type=working_type)
    assert move(desk, **{"mark" if working_type is CONTRACT else "last": "104"}) == []


@pytest.mark.parametrize(("order_type", "side", "trigger", "before"), TRIGGERS)
def test_an_order_that_would_fire_at_once_is_refused(
    order_type: OrderType, side: Side, trigger: str, before: str
) -> None:
    desk = trading()
    move(desk, last=trigger)
    price = Decimal(trigger) if order_type in {STOP, TAKE_PROFIT} else None
    command = conditional(order_type, side, "2", trigger, price=price)
    assert refusal(desk, command) is errors.ORDER_WOULD_IMMEDIATELY_TRIGGER
    move(desk, last=before)
    desk.do(command)


def test_waiting_needs_no_margin_and_binds_none() -> None:
    desk = trading("0")
    algo(desk, STOP_MARKET, BUY, "102")
    assert desk.asset("USDT").initial_margin == 0


def test_an_order_that_is_refused_when_it_fires_says_why() -> None:
    desk = trading("0")
    algo(desk, STOP_MARKET, BUY, "102")
    events = move(desk, last="102")
    (changed,) = events
    assert isinstance(changed, e.AlgoOrderChanged)
    assert (changed.status, changed.actual_order_id) == (AlgoStatus.REJECTED, 0)
    assert changed.reject_reason == "Margin is insufficient."
    assert not desk.state.accounts[NAME].usdm.algo_orders


def test_a_fired_market_order_trades_in_the_same_moment() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    algo(desk, STOP_MARKET, SELL, "98", reduce_only=True)
    events = move(desk, last="98")
    assert [type(event) for event in events] == [e.AlgoOrderChanged, e.OrderAccepted, e.OrderFilled]
    assert only(events, e.OrderFilled)[0].price == Decimal("97.9")
    assert not desk.state.accounts[NAME].usdm.positions


def test_a_fired_limit_order_rests_where_its_price_is_away() -> None:
    desk = trading()
    algo(desk, STOP, BUY, "102", price=Decimal("101.5"))
    move(desk, last="102")
    (order,) = open_orders(desk).values()
    assert (order.price, order.remaining_qty) == numbers("101.5", 2)
    assert desk.asset("USDT").initial_margin == Decimal("10.15")


def test_a_fired_limit_takes_its_price_from_the_book_of_that_moment() -> None:
    desk = trading()
    command = conditional(STOP, BUY, "2", "102", price_match=PriceMatch.QUEUE)
    desk.do(command)
    move(desk, last="102")
    assert next(iter(open_orders(desk).values())).price == Decimal("101.9")


def test_close_position_closes_whatever_is_there_when_it_fires() -> None:
    desk = trading(positions=(held(BTC, "7", "100"),))
    desk.do(conditional(STOP_MARKET, SELL, None, "98", close_position=True))
    events = move(desk, last="98")
    assert only(events, e.OrderFilled)[0].quantity == 7
    assert only(events, e.OrderAccepted)[0].order.close_position


@pytest.mark.parametrize("amount", [None, "-7"], ids=["flat", "on the other side"])
def test_close_position_expires_where_there_is_nothing_to_close(amount: str | None) -> None:
    desk = trading(positions=() if amount is None else (held(BTC, amount, "100"),))
    desk.do(conditional(STOP_MARKET, SELL, None, "98", close_position=True))
    assert steps(move(desk, last="98")) == [AlgoStatus.EXPIRED]


def test_close_position_closes_one_leg_of_hedge_mode() -> None:
    legs = (held(BTC, "3", "100", side=LONG), held(BTC, "-4", "100", side=SHORT))
    desk = trading(positions=legs, dual=True)
    close = {"close_position": True}
    for side, leg in ((BUY, LONG), (SELL, SHORT)):
        command = conditional(
            STOP_MARKET, side, None, "102" if side is BUY else "98", position_side=leg, **close
        )
        assert refusal(desk, command) is errors.REDUCE_ONLY_REJECT
    desk.do(conditional(STOP_MARKET, SELL, None, "98", position_side=LONG, **close))
    move(desk, last="98")
    assert set(desk.state.accounts[NAME].usdm.positions) == {(BTC, SHORT)}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"type": STOP, "price": Decimal(102)}, errors.CLOSE_POSITION_STRATEGY_INVALID),
        ({"type": TRAILING, "callback_rate": Decimal(1)}, errors.CLOSE_POSITION_STRATEGY_INVALID),
        ({"quantity": Decimal(2)}, errors.QUANTITY_EXISTS_WITH_CLOSE_POSITION),
        ({"reduce_only": False}, errors.REDUCE_ONLY_MUST_BE_TRUE),
        ({"reduce_only": True}, errors.PARAM_NOT_REQUIRED),
    ],
    ids=["limit", "trailing", "quantity", "not reduce-only", "reduce-only"],
)
def test_close_position_excludes(changes: dict[str, Any], kind: ErrorKind) -> None:
    command = conditional(STOP_MARKET, BUY, None, "102", close_position=True)
    assert refusal(trading(), msgspec.structs.replace(command, **changes)) is kind


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (conditional(OrderType.LIMIT, BUY, "2", "102"), errors.INVALID_ORDER_TYPE),
        (conditional(STOP_MARKET, BUY, None, "102"), errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED),
        (conditional(STOP_MARKET, BUY, "2", None), errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED),
        (conditional(STOP, BUY, "2", "102"), errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED),
        (conditional(TRAILING, BUY, "2", None), errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED),
        (conditional(STOP_MARKET, BUY, "2", "102", price=Decimal(102)), errors.PARAM_NOT_REQUIRED),
        (
            conditional(STOP, BUY, "2", "102", price=Decimal(102), price_match=PriceMatch.QUEUE),
            errors.PARAM_NOT_REQUIRED,
        ),
        (
            conditional(STOP_MARKET, BUY, "2", "102", price_match=PriceMatch.QUEUE),
            errors.UNSUPPORTED_ORDER_TYPE_PRICE_MATCH,
        ),
        (conditional(STOP_MARKET, BUY, "2", "102", position_side=LONG), errors.POSITION_SIDE_NOT_MATCH),
        (
            conditional(STOP, BUY, "2", "102", price=Decimal(102), time_in_force=TimeInForce.GTD),
            errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED,
        ),
        (
            conditional(
                STOP, BUY, "2", "102", price=Decimal(102), time_in_force=TimeInForce.GTD, good_till_date=NOW
            ),
            errors.FUTURE_GOOD_TILL_DATE,
        ),
    ],
)
def test_what_a_conditional_order_needs_and_must_not_have(command: c.PlaceAlgoOrder, kind: ErrorKind) -> None:
    assert refusal(trading(), command) is kind


def test_in_hedge_mode_reduce_only_is_not_sent() -> None:
    command = conditional(STOP_MARKET, SELL, "2", "98", position_side=LONG, reduce_only=True)
    assert refusal(trading(dual=True), command) is errors.PARAM_NOT_REQUIRED


def test_a_client_algo_id_is_unique_among_waiting_orders() -> None:
    desk = trading()
    command = conditional(STOP_MARKET, BUY, "2", "102", client_algo_id="mine")
    desk.do(command)
    assert refusal(desk, command) is errors.DUPLICATED_CLIENT_ORDER_ID
    desk.do(c.CancelAlgoOrder(NAME, Market.USDM, client_algo_id="mine"))
    desk.do(command)


def test_at_most_200_orders_wait_over_all_symbols() -> None:
    desk = trading()
    for place in range(200):
        symbol = BTC if place % 2 else "ETHUSDT"
        desk.do(conditional(STOP_MARKET, BUY, "2", "102", symbol=symbol))
    for symbol in (BTC, "ADAUSDT"):
        command = conditional(STOP_MARKET, BUY, "2", "102", symbol=symbol)
        assert refusal(desk, command) is errors.MAX_STOP_ORDER_EXCEEDED


def test_waiting_orders_keep_the_position_mode() -> None:
    desk = trading()
    algo(desk, STOP_MARKET, BUY, "102")
    change = c.ChangePositionMode(NAME, True)
    assert refusal(desk, change) is errors.POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS
    desk.do(c.CancelAllAlgoOrders(NAME, Market.USDM, BTC))
    desk.do(change)


def test_cancelling_all_of_a_symbol_leaves_the_others() -> None:
    desk = trading()
    ids = [algo(desk, STOP_MARKET, BUY, trigger) for trigger in ("102", "103")]
    stays = waiting(desk, conditional(STOP_MARKET, BUY, "2", "102", symbol="ETHUSDT")).algo_id
    events = desk.do(c.CancelAllAlgoOrders(NAME, Market.USDM, BTC))
    assert [event.algo_id for event in only(events, e.AlgoOrderChanged)] == ids
    assert steps(events) == [AlgoStatus.CANCELED] * 2
    assert list(desk.state.accounts[NAME].usdm.algo_orders) == [stays]
    assert desk.do(c.CancelAllAlgoOrders(NAME, Market.USDM, BTC)) == []


def test_a_protected_order_waits_while_mark_and_last_price_are_far_from_each_other() -> None:
    # triggerProtect is 5 %: from a mark of 100 the last price counts up to 105.
    desk = trading()
    algo(desk, STOP_MARKET, BUY, "102", price_protect=True)
    assert quote(desk, "99.9", "100.1", last="105.1") == []
    assert steps(quote(desk, "99.9", "100.1", last="105")) == [AlgoStatus.TRIGGERED]


def test_orders_fire_in_the_order_in_which_they_came() -> None:
    desk = trading()
    ids = [algo(desk, STOP_MARKET, BUY, trigger) for trigger in ("103", "102", "101")]
    fired = [event.algo_id for event in only(move(desk, last="103"), e.AlgoOrderChanged)]
    assert fired == ids


def test_each_fired_order_finds_the_book_that_the_one_before_it_left() -> None:
    desk = trading()
    for _ in range(2):
        algo(desk, STOP_MARKET, BUY, "102")
    events = move(desk, last="102", ask_qty="3")
    assert [fill.quantity for fill in only(events, e.OrderFilled)] == [2, 1]


def test_a_fired_order_keeps_its_date_and_is_refused_after_it() -> None:
    hour = NOW + 3_600_000
    for then, status in ((hour - 1, AlgoStatus.TRIGGERED), (hour, AlgoStatus.REJECTED)):
        desk = trading()
        dated = {"time_in_force": TimeInForce.GTD, "good_till_date": hour}
        algo(desk, STOP, BUY, "102", price=Decimal("101.5"), **dated)
        at(desk, c.PassTime(), then)
        assert steps(move(desk, last="102", now=then)) == [status]


def test_a_date_is_cut_to_whole_seconds_and_belongs_to_gtd_alone() -> None:
    hour = NOW + 3_600_000
    for time_in_force, kept in ((TimeInForce.GTD, hour), (TimeInForce.GTC, 0)):
        dated = {"time_in_force": time_in_force, "good_till_date": hour + 999}
        order = waiting(trading(), conditional(STOP, BUY, "2", "102", price=Decimal(102), **dated))
        assert order.good_till_date == kept


def test_a_conditional_order_without_an_id_gets_none_that_is_in_use() -> None:
    desk = trading()
    first = waiting(desk, conditional(STOP_MARKET, BUY, "2", "102", client_algo_id="margind-algo-2"))
    placed(desk, limit(BUY, "2", "95", client_order_id="margind-algo-3"))
    ids = [waiting(desk, conditional(STOP_MARKET, BUY, "2", "102")).client_algo_id for _ in range(3)]
    assert (first.algo_id, ids) == (1, ["margind-algo-2-", "margind-algo-3-", "margind-algo-4"])


def test_prices_set_by_hand_fire_as_those_of_a_feed() -> None:
    desk = trading()
    algo(desk, STOP_MARKET, BUY, "102")
    patch = c.PricePatch(last_price=Decimal(102))
    assert steps(desk.do(c.SetPrices(usdm={BTC: patch}))) == [AlgoStatus.TRIGGERED]


def test_loading_an_account_leaves_nothing_waiting() -> None:
    desk = trading()
    algo(desk, STOP_MARKET, BUY, "102")
    desk.load()
    assert not desk.state.accounts[NAME].usdm.algo_orders
    assert move(desk, last="104") == []
