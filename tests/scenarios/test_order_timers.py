"""What falls due: good-till dates, and countdowns that cancel all orders of a symbol."""

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import ExpiryReason, Market, OrderStatus, TimeInForce
from tests.engine.builders import NAME, NOW, Desk, document
from tests.scenarios.orders import (
    BTC,
    BUY,
    OTHER,
    SELL,
    amend,
    at,
    limit,
    only,
    open_orders,
    placed,
    trading,
)
from tests.scenarios.refusals import refusal

HOUR = NOW + 3_600_000
PASS = c.PassTime()


def countdown(ms: int, symbol: str = BTC, account: str = NAME) -> c.SetCountdown:
    return c.SetCountdown(account, Market.USDM, symbol, ms)


def ended(events: list[e.Event]) -> list[tuple[int, OrderStatus, ExpiryReason]]:
    return [(row.order_id, row.status, row.reason) for row in only(events, e.OrderCancelled)]


def dated(desk: Desk, good_till_date: int = HOUR) -> int:
    command = limit(BUY, "2", "99", time_in_force=TimeInForce.GTD, good_till_date=good_till_date)
    return placed(desk, command).order_id


def test_an_order_expires_at_its_date_and_not_before() -> None:
    desk = trading()
    order_id = dated(desk, HOUR + 999)  # whole seconds count
    assert desk.state.next_deadline == HOUR
    assert at(desk, PASS, HOUR - 1) == []
    assert ended(at(desk, PASS, HOUR)) == [(order_id, OrderStatus.EXPIRED, ExpiryReason.NONE)]
    assert not open_orders(desk)
    assert desk.state.next_deadline is None


def test_orders_expire_in_the_order_of_their_dates() -> None:
    desk = trading()
    late, early = dated(desk, HOUR + 2000), dated(desk, HOUR)
    assert [order_id for order_id, _, _ in ended(at(desk, PASS, HOUR + 9000))] == [early, late]


def test_a_date_of_an_order_that_is_gone_means_nothing() -> None:
    desk = trading()
    desk.do(c.CancelOrder(NAME, Market.USDM, BTC, dated(desk)))
    assert at(desk, PASS, HOUR) == []


def test_a_changed_order_keeps_its_date() -> None:
    desk = trading()
    order = open_orders(desk)[dated(desk)]
    desk.do(amend(order, "2", "98"))
    assert [order_id for order_id, _, _ in ended(at(desk, PASS, HOUR))] == [order.order_id]


def test_an_order_of_a_document_expires_at_its_date() -> None:
    desk = trading()
    order = open_orders(desk)[dated(desk)]
    desk.load(document({"USDT": "1000"}, orders=[order]))
    (loaded,) = open_orders(desk)
    assert [order_id for order_id, _, _ in ended(at(desk, PASS, HOUR))] == [loaded]


def test_a_countdown_cancels_all_orders_of_its_symbol_and_account() -> None:
    desk = trading()
    ids = [placed(desk, limit(side, "2", price)).order_id for side, price in ((BUY, "99"), (SELL, "101"))]
    placed(desk, limit(BUY, "2", "98", "ETHUSDT"))
    placed(desk, limit(BUY, "2", "98", account=OTHER))
    (started,) = desk.do(countdown(10_000))
    assert started == e.CountdownSet(NAME, Market.USDM, BTC, NOW + 10_000, NOW)
    assert at(desk, PASS, NOW + 9_999) == []
    events = at(desk, PASS, NOW + 10_000)
    assert ended(events) == [(order_id, OrderStatus.CANCELED, ExpiryReason.NONE) for order_id in ids]
    assert events[-1] == e.CountdownSet(NAME, Market.USDM, BTC, 0, NOW + 10_000)
    assert (len(open_orders(desk)), len(open_orders(desk, OTHER))) == (1, 1)


def test_each_call_starts_the_countdown_anew() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "99"))
    desk.do(countdown(10_000))
    at(desk, countdown(10_000), NOW + 9_000)
    assert at(desk, PASS, NOW + 10_000) == []
    assert len(ended(at(desk, PASS, NOW + 19_000))) == 1


def test_a_countdown_of_zero_calls_it_off() -> None:
    desk = trading()
    placed(desk, limit(BUY, "2", "99"))
    desk.do(countdown(10_000))
    desk.do(countdown(0))
    assert at(desk, PASS, NOW + 10_000) == []
    assert desk.state.countdowns == {}


def test_a_countdown_runs_out_once() -> None:
    desk = trading()
    desk.do(countdown(10_000))
    at(desk, PASS, NOW + 10_000)
    placed(desk, limit(BUY, "2", "99"))
    assert at(desk, PASS, NOW + 60_000) == []


def test_symbols_and_accounts_count_down_apart() -> None:
    desk = trading()
    mine, others = placed(desk, limit(BUY, "2", "99")), placed(desk, limit(BUY, "2", "98", account=OTHER))
    desk.do(countdown(1_000))
    desk.do(countdown(2_000, account=OTHER))
    desk.do(countdown(500, "ETHUSDT"))
    assert [row[0] for row in ended(at(desk, PASS, NOW + 1_000))] == [mine.order_id]
    assert [row[0] for row in ended(at(desk, PASS, NOW + 2_000))] == [others.order_id]


def test_a_countdown_is_not_negative() -> None:
    assert refusal(trading(), countdown(-1)) is errors.INVALID_PARAMETER
