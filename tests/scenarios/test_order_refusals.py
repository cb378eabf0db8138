"""What is wrong with an order itself, with the account that sends it, or with the moment."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import (
    AlgoStatus,
    ContractStatus,
    Market,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from margind.errors import ErrorKind, Refusal
from tests.engine.builders import EMPTY_DOCUMENT, NAME, NOW, Desk, contract, held
from tests.engine.plain import plain_state
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    SHORT,
    amend,
    conditional,
    limit,
    market,
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

GTC, GTX, GTD, FOK = TimeInForce.GTC, TimeInForce.GTX, TimeInForce.GTD, TimeInForce.FOK
GOOD = limit(BUY, "2", "95")


def with_status(status: ContractStatus, **changes: Any) -> Desk:
    desk = trading(**changes)
    row = msgspec.structs.replace(desk.state.markets[Market.USDM].contracts[BTC], status=status)
    desk.do(c.ListContracts((row,)))
    return desk


@pytest.mark.parametrize("dual", [False, True], ids=["one-way", "hedge"])
def test_a_limit_or_market_order_cannot_close_a_whole_position(dual: bool) -> None:
    side = LONG if dual else PositionSide.BOTH
    desk = trading(positions=(held(BTC, "7", "100", side=side),), dual=dual)
    for command in (limit(SELL, "2", "105"), market(SELL, "2"), market(BUY, "2")):
        asked = msgspec.structs.replace(command, position_side=side, close_position=True)
        assert refusal(desk, asked) is errors.CLOSE_POSITION_STRATEGY_INVALID


def test_an_unknown_symbol_is_refused() -> None:
    for command in (
        limit(BUY, "2", "95", "NOUSDT"),
        c.CancelOrder(NAME, Market.USDM, "NOUSDT", 1),
        c.CancelAllOrders(NAME, Market.USDM, "NOUSDT"),
        c.AmendOrder(NAME, Market.USDM, "NOUSDT", BUY, 1),
        c.SetCountdown(NAME, Market.USDM, "NOUSDT", 1000),
        c.CancelAllAlgoOrders(NAME, Market.USDM, "NOUSDT"),
        conditional(OrderType.STOP_MARKET, BUY, "2", "120", symbol="NOUSDT"),
    ):
        assert refusal(trading(), command) is errors.BAD_SYMBOL


def test_a_symbol_without_brackets_or_price_cannot_be_traded_yet() -> None:
    desk = trading()
    desk.do(c.ListContracts((contract(Market.USDM, "NEWUSDT", "USDT"),)))
    assert refusal(desk, limit(BUY, "2", "95", "NEWUSDT")) is errors.BAD_SYMBOL


@pytest.mark.parametrize("status", [ContractStatus.SETTLING, ContractStatus.CLOSE, ContractStatus.DELIVERED])
def test_a_closed_symbol_takes_no_order_not_even_one_that_closes(status: ContractStatus) -> None:
    desk = with_status(status, positions=(held(BTC, "2", "100"),))
    for command in (GOOD, limit(SELL, "2", "99.9", reduce_only=True), market(SELL, "2", reduce_only=True)):
        assert refusal(desk, command) is errors.SYMBOL_ALREADY_CLOSED
    stop = conditional(OrderType.STOP_MARKET, SELL, "2", "90")
    assert refusal(desk, stop) is errors.SYMBOL_ALREADY_CLOSED


@pytest.mark.parametrize("status", [ContractStatus.PENDING_TRADING, ContractStatus.PRE_SETTLE])
def test_a_symbol_that_does_not_trade_takes_only_what_closes(status: ContractStatus) -> None:
    desk = with_status(status, positions=(held(BTC, "2", "100"),))
    assert refusal(desk, GOOD) is errors.INVALID_OPENING_POSITION_STATUS
    assert refusal(desk, limit(SELL, "2", "99.9")) is errors.INVALID_OPENING_POSITION_STATUS
    desk.do(market(SELL, "2", reduce_only=True))
    assert not desk.state.accounts[NAME].usdm.positions


def test_conditional_orders_belong_to_the_algo_service() -> None:
    for order_type in OrderType:
        if order_type not in {OrderType.LIMIT, OrderType.MARKET}:
            assert refusal(trading(), limit(BUY, "2", "95", type=order_type)) is errors.STOP_ORDER_SWITCH_ALGO


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (limit(BUY, "2", "95", time_in_force=None), "timeInForce"),
        (limit(BUY, "2", None), "price"),
        (msgspec.structs.replace(GOOD, quantity=None), "quantity"),
        (msgspec.structs.replace(market(BUY, "2"), quantity=None), "quantity"),
        (limit(BUY, "2", "95", time_in_force=GTD), "goodTillDate"),
    ],
    ids=["limit: timeInForce", "limit: price", "limit: quantity", "market: quantity", "GTD: goodTillDate"],
)
def test_what_an_order_needs_must_be_sent(command: c.PlaceOrder, name: str) -> None:
    desk = trading()
    assert refusal(desk, command) is errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED
    with pytest.raises(Refusal, match=f"Mandatory parameter '{name}' was not sent"):
        desk.do(command)


@pytest.mark.parametrize(
    "command",
    [
        market(BUY, "2", time_in_force=GTC),
        msgspec.structs.replace(market(BUY, "2"), price=Decimal(95)),
        limit(BUY, "2", "95", price_match=PriceMatch.QUEUE),
    ],
    ids=["market: timeInForce", "market: price", "price beside priceMatch"],
)
def test_what_an_order_must_not_have_is_refused(command: c.PlaceOrder) -> None:
    assert refusal(trading(), command) is errors.PARAM_NOT_REQUIRED


def test_only_limits_match_a_price() -> None:
    command = market(BUY, "2", price_match=PriceMatch.OPPONENT)
    assert refusal(trading(), command) is errors.UNSUPPORTED_ORDER_TYPE_PRICE_MATCH


def test_the_position_side_fits_the_position_mode() -> None:
    for side in (LONG, SHORT):
        assert refusal(trading(), limit(BUY, "2", "95", position_side=side)) is errors.POSITION_SIDE_NOT_MATCH
    assert refusal(trading(dual=True), GOOD) is errors.POSITION_SIDE_NOT_MATCH


@pytest.mark.parametrize("reduce_only", [True, False])
def test_in_hedge_mode_reduce_only_is_not_sent_whatever_it_says(reduce_only: bool) -> None:
    command = limit(BUY, "2", "95", position_side=LONG, reduce_only=reduce_only)
    assert refusal(trading(dual=True), command) is errors.PARAM_NOT_REQUIRED


@pytest.mark.parametrize(
    "name", ["", "a" * 37, "a b", "ä", "a\n"], ids=["empty", "long", "blank", "é", "line"]
)
def test_a_client_order_id_has_1_to_36_plain_characters(name: str) -> None:
    assert refusal(trading(), limit(BUY, "2", "95", client_order_id=name)) is errors.INVALID_CL_ORD_ID_LEN
    stop = conditional(OrderType.STOP_MARKET, BUY, "2", "120", client_algo_id=name)
    assert refusal(trading(), stop) is errors.INVALID_CL_ORD_ID_LEN


def test_a_client_order_id_is_unique_among_open_orders_alone() -> None:
    desk = trading()
    named = limit(BUY, "2", "95", client_order_id=".A-Z:/a_9")
    order = placed(desk, named)
    assert refusal(desk, named) is errors.DUPLICATED_CLIENT_ORDER_ID
    desk.do(c.CancelOrder(NAME, Market.USDM, BTC, client_order_id=".A-Z:/a_9"))
    assert placed(desk, named).order_id == order.order_id + 1


def test_an_order_without_a_name_gets_one_of_its_own() -> None:
    desk = trading()
    names = {placed(desk, GOOD).client_order_id for _ in range(3)}
    assert len(names) == 3


def test_an_order_without_an_id_gets_none_that_a_client_gave_another() -> None:
    desk = trading()
    first = placed(desk, GOOD)
    number = first.order_id
    assert first.client_order_id == f"margind-{number}"
    taken = placed(desk, msgspec.structs.replace(GOOD, client_order_id=f"margind-{number + 2}"))
    other = placed(desk, GOOD)
    assert (other.order_id, other.client_order_id) == (number + 2, f"margind-{number + 2}-")
    desk.do(c.CancelOrder(NAME, Market.USDM, BTC, client_order_id=taken.client_order_id))
    assert list(open_orders(desk)) == [number, number + 2]


@pytest.mark.parametrize(
    ("good_till_date", "passes"),
    [
        (NOW + 600_000, False),
        (NOW + 600_001, True),
        (253_402_300_798_999, True),
        (253_402_300_799_000, False),
    ],
)
def test_a_good_till_date_lies_more_than_ten_minutes_ahead(good_till_date: int, passes: bool) -> None:
    desk, command = trading(), limit(BUY, "2", "95", time_in_force=GTD, good_till_date=good_till_date)
    if passes:
        assert placed(desk, command).good_till_date == good_till_date // 1000 * 1000
    else:
        assert refusal(desk, command) is errors.FUTURE_GOOD_TILL_DATE


def test_an_account_that_may_not_trade_places_nothing() -> None:
    kind = errors.NO_PLACE_ORDER_PERMISSION
    desk = trading(can_trade=False)
    assert refusal(desk, GOOD) is kind
    assert refusal(desk, conditional(OrderType.STOP_MARKET, BUY, "2", "120")) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-4088, -4090)


def test_a_symbol_has_at_most_200_open_orders_conditional_ones_included() -> None:
    desk = trading()
    for _ in range(199):
        desk.do(limit(BUY, "2", "95"))
    stop = waiting(desk, conditional(OrderType.STOP_MARKET, BUY, "2", "120"))
    assert refusal(desk, GOOD) is errors.MAX_OPEN_ORDER_EXCEEDED
    desk.do(limit(BUY, "2", "99", "ADAUSDT"))  # another symbol
    desk.do(c.CancelAlgoOrder(NAME, Market.USDM, stop.algo_id))
    desk.do(GOOD)


@pytest.mark.parametrize("time_in_force", [None, TimeInForce.IOC, TimeInForce.FOK])
def test_what_is_never_open_has_room_beside_200_orders(time_in_force: TimeInForce | None) -> None:
    desk = trading()
    for _ in range(200):
        desk.do(limit(BUY, "2", "95"))
    at_once = (
        market(BUY, "2") if time_in_force is None else limit(BUY, "2", "101", time_in_force=time_in_force)
    )
    assert only(desk.do(at_once), e.OrderFilled)


@pytest.mark.parametrize(("resting", "status"), [(199, AlgoStatus.TRIGGERED), (200, AlgoStatus.REJECTED)])
def test_a_limit_order_that_fires_was_among_the_200_before(resting: int, status: AlgoStatus) -> None:
    desk = trading()
    for _ in range(resting):
        desk.do(limit(BUY, "2", "95"))
    waiting(desk, conditional(OrderType.STOP, BUY, "2", "101", price=Decimal(101)))
    assert steps(move(desk, last="101")) == [status]


def test_a_stop_closes_the_position_beside_200_orders() -> None:
    desk = trading(positions=(held(BTC, "2", "100"),))
    for _ in range(200):
        desk.do(limit(BUY, "1.1", "95"))
    waiting(desk, conditional(OrderType.STOP_MARKET, SELL, None, "99", close_position=True))
    assert steps(move(desk, last="99")) == [AlgoStatus.TRIGGERED]
    assert not desk.state.accounts[NAME].usdm.positions


def test_a_reduce_only_order_needs_something_to_reduce() -> None:
    desk = trading()
    assert refusal(desk, limit(SELL, "2", "105", reduce_only=True)) is errors.REDUCE_ONLY_REJECT
    desk = trading(positions=(held(BTC, "2", "100"),))
    assert refusal(desk, limit(BUY, "2", "95", reduce_only=True)) is errors.REDUCE_ONLY_REJECT
    desk.do(limit(SELL, "3", "105", reduce_only=True))  # more than there is: it fills no more than that


def test_in_hedge_mode_what_closes_fits_into_its_leg() -> None:
    desk = trading(
        positions=(held(BTC, "2", "100", side=LONG), held(BTC, "-1", "100", side=SHORT)), dual=True
    )
    for side, position_side, quantity in ((SELL, LONG, "2.001"), (BUY, SHORT, "1.001")):
        command = limit(side, quantity, "100", position_side=position_side)
        assert refusal(desk, command) is errors.REDUCE_ONLY_REJECT
    assert placed(desk, limit(SELL, "2", "105", position_side=LONG)).reduce_only
    desk = trading(dual=True)
    assert refusal(desk, limit(SELL, "2", "105", position_side=LONG)) is errors.REDUCE_ONLY_REJECT


@pytest.mark.parametrize("time_in_force", [GTX, TimeInForce.RPI])
def test_a_post_only_order_that_would_trade_is_refused(time_in_force: TimeInForce) -> None:
    for side, meets, rests in ((BUY, "100.1", "100"), (SELL, "99.9", "100")):
        desk = trading()
        command = limit(side, "2", meets, time_in_force=time_in_force)
        assert refusal(desk, command) is errors.GTX_ORDER_REJECT
        placed(desk, msgspec.structs.replace(command, price=Decimal(rests)))


def test_a_fill_or_kill_order_that_cannot_be_filled_whole_is_refused() -> None:
    desk = trading()
    quote(desk, "99.9", "100.1", ask_qty="5")
    for command in (
        limit(BUY, "5.001", "100.1", time_in_force=FOK),
        limit(BUY, "1", "100", time_in_force=FOK),
    ):
        assert refusal(desk, command) is errors.FOK_ORDER_REJECT
    events = desk.do(limit(BUY, "5", "100.1", time_in_force=FOK))
    assert [fill.quantity for fill in only(events, e.OrderFilled)] == [5]


def test_there_is_no_price_to_match_beyond_the_book() -> None:
    for wanted in (PriceMatch.OPPONENT_5, PriceMatch.QUEUE_20):
        command = limit(BUY, "2", None, price_match=wanted)
        assert refusal(trading(), command) is errors.BBO_ORDER_REJECT
    desk = trading()
    quote(desk, "99.9", "100.1", bid_qty="0")
    assert refusal(desk, limit(BUY, "2", None, price_match=PriceMatch.QUEUE)) is errors.BBO_ORDER_REJECT


def test_an_unknown_order_is_neither_cancelled_nor_changed() -> None:
    desk = trading()
    order = placed(desk, GOOD)
    for command in (
        c.CancelOrder(NAME, Market.USDM, BTC, order.order_id + 1),
        c.CancelOrder(NAME, Market.USDM, BTC, client_order_id="nobody"),
        c.CancelOrder(NAME, Market.USDM, "ETHUSDT", order.order_id),  # the id of another symbol
        c.CancelOrder("other", Market.USDM, BTC, order.order_id),  # of another user
        c.CancelOrder(NAME, Market.USDM, BTC, order.order_id + 1, order.client_order_id),  # the id wins
        c.CancelAlgoOrder(NAME, Market.USDM, 1),
        c.CancelAlgoOrder(NAME, Market.USDM, client_algo_id="nobody"),
    ):
        assert refusal(desk, command) is errors.CANCEL_REJECTED
    with pytest.raises(Refusal, match=r"^Unknown order sent\.$"):
        desk.do(c.CancelOrder(NAME, Market.USDM, BTC, 99))
    wrong_side = amend(order, "3", "95", side=SELL)
    for change in (amend(order, "3", "95", order_id=99), wrong_side):
        assert refusal(desk, change) is errors.NO_SUCH_ORDER


def test_an_order_is_named_by_one_of_its_ids() -> None:
    desk = trading()
    order = placed(desk, GOOD)
    for command in (
        c.CancelOrder(NAME, Market.USDM, BTC),
        c.CancelAlgoOrder(NAME, Market.USDM),
        amend(order, "3", "95", order_id=None),
    ):
        assert refusal(desk, command) is errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED


def test_a_filled_order_cannot_be_cancelled() -> None:
    desk = trading()
    filled = only(desk.do(limit(BUY, "2", "100.1")), e.OrderAccepted)[0].order
    assert refusal(desk, c.CancelOrder(NAME, Market.USDM, BTC, filled.order_id)) is errors.CANCEL_REJECTED


def test_a_test_order_is_checked_in_full_and_leaves_nothing() -> None:
    desk = trading()
    before = plain_state(desk.state)
    assert desk.do(msgspec.structs.replace(GOOD, only_checks=True)) == []
    assert desk.do(market(BUY, "2", only_checks=True)) == []
    assert refusal(desk, limit(BUY, "2", "106", only_checks=True)) is errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP
    assert plain_state(desk.state) == before


HALVES_WRONG: list[tuple[ErrorKind, dict[str, Any]]] = [
    # Each row is one fault; an order with the faults of all rows from some row on is refused for that row.
    (errors.STOP_ORDER_SWITCH_ALGO, {"type": OrderType.STOP}),
    (errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, {"quantity": None}),
    (errors.POSITION_SIDE_NOT_MATCH, {"position_side": LONG}),
    (errors.INVALID_CL_ORD_ID_LEN, {"client_order_id": "a b"}),
    (errors.PRICE_LESS_THAN_ZERO, {"price": Decimal(0)}),
    (errors.QTY_LESS_THAN_ZERO, {"quantity": Decimal(0)}),
    (errors.FUTURE_GOOD_TILL_DATE, {"time_in_force": GTD, "good_till_date": NOW}),
    (errors.REDUCE_ONLY_REJECT, {"reduce_only": True}),
]


@pytest.mark.parametrize("first", range(len(HALVES_WRONG)), ids=[kind.name for kind, _ in HALVES_WRONG])
def test_of_several_faults_the_first_in_the_order_of_the_checks_wins(first: int) -> None:
    faults: dict[str, Any] = {}
    for _, fault in reversed(HALVES_WRONG[first:]):
        faults |= fault
    assert refusal(trading(), msgspec.structs.replace(GOOD, **faults)) is HALVES_WRONG[first][0]


def test_too_large_comes_before_too_poor_and_both_before_the_book() -> None:
    ladder = [(20, "1000", "0.01"), (10, "5000", "0.02")]
    desk = trading("1", ladder)
    assert refusal(desk, limit(BUY, "11", "100.1", time_in_force=GTX)) is errors.MAX_LEVERAGE_RATIO
    assert refusal(desk, limit(BUY, "9", "100.1", time_in_force=GTX)) is errors.MARGIN_NOT_SUFFICIEN
    assert refusal(trading(), limit(BUY, "9", "100.1", time_in_force=GTX)) is errors.GTX_ORDER_REJECT


def test_orders_of_both_markets_do_not_share_a_name() -> None:
    desk = Desk({"BTCUSD_PERP": "50000"})
    desk.load(coinm=msgspec.structs.replace(EMPTY_DOCUMENT, wallets={"BTC": (Decimal(1), NOW)}))
    placed_on_coinm = limit(Side.BUY, "1", "49000", "BTCUSD_PERP", client_order_id="a")
    desk.do(placed_on_coinm)
    assert refusal(desk, placed_on_coinm) is errors.DUPLICATED_CLIENT_ORDER_ID
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal(1000)))
    desk.do(limit(Side.BUY, "2", "95", client_order_id="a"))
    assert len(open_orders(desk)) == len(open_orders(desk, market=Market.COINM)) == 1


def test_what_is_not_said_takes_the_documented_default() -> None:
    order = placed(trading(), GOOD)
    assert order.position_side is PositionSide.BOTH
    assert order.self_trade_prevention is SelfTradePrevention.EXPIRE_MAKER
    assert order.price_match is PriceMatch.NONE
    assert not order.reduce_only
