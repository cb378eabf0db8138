"""Why an order is refused: the numbers are those compared, and what would have passed does."""

from decimal import Decimal

import msgspec
import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine.model.terms import Market, OrderType, PriceMatch, Side, TimeInForce
from tests.engine.builders import NAME, NOW, Desk, contract, document, held, isolated, resting
from tests.explain.refused import decimal, numbers, passes, refused
from tests.scenarios.orders import (
    BTC,
    BUY,
    LONG,
    SELL,
    amend,
    conditional,
    limit,
    market,
    placed,
    quote,
    trading,
    waiting,
)

GTX, FOK, GTD = TimeInForce.GTX, TimeInForce.FOK, TimeInForce.GTD
TICK, STEP = Decimal("0.1"), Decimal("0.001")


# Filters


@pytest.mark.parametrize(
    ("price", "kind", "nearest"),
    [
        ("0", errors.PRICE_LESS_THAN_ZERO, "0.1"),
        ("-3", errors.PRICE_LESS_THAN_ZERO, "0.1"),
        ("95.001", errors.BAD_PRECISION, "95"),
        ("95.04", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE, "95"),
        ("95.06", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE, "95.1"),
        ("95.05", errors.PRICE_NOT_INCREASED_BY_TICK_SIZE, "95"),
        ("0.05", errors.PRICE_LESS_THAN_MIN_PRICE, "0.1"),
        ("2000000", errors.PRICE_GREATER_THAN_MAX_PRICE, "1000000"),
    ],
)
def test_a_price_off_the_filter_names_the_nearest_one(
    price: str, kind: errors.ErrorKind, nearest: str
) -> None:
    desk = trading()
    given, because = refused(desk, limit(BUY, "2", price))
    assert given is kind
    assert numbers(because) == {
        "price": Decimal(price),
        "minPrice": Decimal("0.1"),
        "maxPrice": Decimal(1_000_000),
        "tickSize": Decimal("0.1"),
        "pricePrecision": 2,
    }
    assert decimal(because, "price") == Decimal(nearest)
    # A resting order at that price passes this filter, whatever the others say.
    after = refused(desk, limit(BUY, "0.0001", nearest))[0]
    assert after is errors.BAD_PRECISION


@pytest.mark.parametrize(
    ("quantity", "kind", "nearest"),
    [
        ("0", errors.QTY_LESS_THAN_ZERO, "0.001"),
        ("-1", errors.QTY_LESS_THAN_ZERO, "0.001"),
        ("2.0004", errors.BAD_PRECISION, "2"),
        ("2.0006", errors.BAD_PRECISION, "2.001"),
        ("1000.001", errors.QTY_GREATER_THAN_MAX_QTY, "1000"),
    ],
)
def test_a_quantity_off_the_lot_names_the_nearest_one(
    quantity: str, kind: errors.ErrorKind, nearest: str
) -> None:
    desk = trading("10000000")
    given, because = refused(desk, limit(BUY, quantity, "95"))
    assert given is kind
    assert numbers(because)["quantity"] == Decimal(quantity)
    assert numbers(because)["stepSize"] == STEP
    assert decimal(because, "quantity") == Decimal(nearest)


def coarse_lot(desk: Desk) -> None:
    row = contract(Market.USDM, BTC, "USDT")
    lot = msgspec.structs.replace(
        row.lot_size, min_qty=Decimal("0.5"), step_size=Decimal("0.25"), max_qty=Decimal("9.9")
    )
    desk.do(c.ListContracts((msgspec.structs.replace(row, lot_size=lot, market_lot_size=lot),)))


@pytest.mark.parametrize(
    ("quantity", "nearest"), [("0.4", "0.5"), ("1.3", "1.25"), ("1.4", "1.5"), ("50", "9.75")]
)
def test_the_nearest_quantity_lies_on_the_steps_within_the_bounds(quantity: str, nearest: str) -> None:
    desk = trading()
    coarse_lot(desk)
    because = refused(desk, limit(BUY, quantity, "99"))[1]
    assert decimal(because, "quantity") == Decimal(nearest)
    assert Decimal(nearest) * 99 < 100 or passes(desk, limit(BUY, nearest, "99"))


@pytest.mark.parametrize(
    ("side", "price", "kind", "edge", "beyond"),
    [
        (BUY, "106", errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP, "105", "105.1"),
        (SELL, "90", errors.PRICE_LOWER_THAN_MULTIPLIER_DOWN, "95", "94.9"),
    ],
)
def test_a_price_too_far_from_the_mark_names_the_last_that_is_not(
    side: Side, price: str, kind: errors.ErrorKind, edge: str, beyond: str
) -> None:
    desk = trading()
    given, because = refused(desk, limit(side, "2", price))
    assert given is kind
    assert numbers(because)["markPrice"] == 100
    assert decimal(because, "price") == Decimal(edge)
    assert passes(desk, limit(side, "2", edge))
    assert refused(desk, limit(side, "2", beyond))[0] is kind


@pytest.mark.parametrize(("side", "best", "bound"), [(BUY, "105.1", "105"), (SELL, "94.9", "95")])
def test_a_market_order_against_a_far_book_is_helped_by_no_quantity(
    side: Side, best: str, bound: str
) -> None:
    desk = trading()
    quote(desk, "94.9", "105.1", mark="100")
    kind, because = refused(desk, market(side, "2"))
    assert kind is errors.MARKET_ORDER_REJECT
    name, edge = ("best ask", "highest price") if side is BUY else ("best bid", "lowest price")
    assert (numbers(because)[name], numbers(because)[edge]) == (Decimal(best), Decimal(bound))
    assert because.remedy_value == {}
    assert not passes(desk, market(side, "1"))
    assert f"a LIMIT order at {bound}.00," in because.remedy
    assert passes(desk, limit(side, "2", bound))


def test_a_notional_too_small_names_the_smallest_quantity() -> None:
    desk = trading()
    kind, because = refused(desk, limit(BUY, "1", "97"))
    assert kind is errors.MIN_NOTIONAL
    assert numbers(because)["notional"] == 97
    assert numbers(because)["minimum notional"] == 100
    # 100 / 97 = 1.0309…
    assert decimal(because, "quantity") == Decimal("1.031")
    assert passes(desk, limit(BUY, "1.031", "97"))
    assert not passes(desk, limit(BUY, "1.030", "97"))


# What the account and the book make of it


def test_reduce_only_names_what_can_be_closed() -> None:
    desk = trading(positions=(held(BTC, "2.5", "100", side=LONG),), dual=True)
    kind, because = refused(desk, limit(SELL, "4", "101", position_side=LONG))
    assert kind is errors.REDUCE_ONLY_REJECT
    assert numbers(because)["reducible"] == Decimal("2.5")
    assert decimal(because, "quantity") == Decimal("2.5")
    assert passes(desk, limit(SELL, "2.5", "101", position_side=LONG))
    assert not passes(desk, limit(SELL, "2.501", "101", position_side=LONG))


def test_reduce_only_without_a_position_has_nothing_to_close() -> None:
    kind, because = refused(trading(), limit(SELL, "4", "101", reduce_only=True))
    assert kind is errors.REDUCE_ONLY_REJECT
    assert (numbers(because)["reducible"], because.remedy_value) == (0, {})


@pytest.mark.parametrize(("side", "nearest", "beyond"), [(BUY, "100", "100.1"), (SELL, "100", "99.9")])
def test_a_post_only_order_names_the_nearest_price_that_rests(side: Side, nearest: str, beyond: str) -> None:
    desk = trading()
    kind, because = refused(desk, limit(side, "2", beyond, time_in_force=GTX))
    assert kind is errors.GTX_ORDER_REJECT
    assert decimal(because, "price") == Decimal(nearest)
    assert passes(desk, limit(side, "2", nearest, time_in_force=GTX))


def test_a_fill_or_kill_order_names_what_there_was() -> None:
    desk = trading("10000000")
    kind, because = refused(desk, limit(BUY, "600", "100.1", time_in_force=FOK))
    assert kind is errors.FOK_ORDER_REJECT
    assert numbers(because)["found within its limit"] == 500
    assert decimal(because, "quantity") == 500
    assert passes(desk, limit(BUY, "500", "100.1", time_in_force=FOK))
    assert not passes(desk, limit(BUY, "500.001", "100.1", time_in_force=FOK))


@pytest.mark.parametrize(
    ("kind_of", "side", "trigger", "nearest"),
    [
        (OrderType.STOP_MARKET, BUY, "99", "100.1"),
        (OrderType.STOP_MARKET, SELL, "101", "99.9"),
        (OrderType.TAKE_PROFIT_MARKET, BUY, "101", "99.9"),
        (OrderType.TAKE_PROFIT_MARKET, SELL, "99", "100.1"),
        (OrderType.STOP_MARKET, BUY, "100", "100.1"),
    ],
)
def test_a_trigger_already_reached_names_the_nearest_that_waits(
    kind_of: OrderType, side: Side, trigger: str, nearest: str
) -> None:
    desk = trading()
    kind, because = refused(desk, conditional(kind_of, side, "2", trigger))
    assert kind is errors.ORDER_WOULD_IMMEDIATELY_TRIGGER
    assert numbers(because)["present price"] == 100
    assert decimal(because, "triggerPrice") == Decimal(nearest)
    waiting(desk, conditional(kind_of, side, "2", nearest))


def test_the_activation_of_a_trailing_stop_is_named_likewise() -> None:
    desk = trading()
    trailing = OrderType.TRAILING_STOP_MARKET
    command = conditional(trailing, SELL, "2", None, activate_price=Decimal(98), callback_rate=Decimal(1))
    because = refused(desk, command)[1]
    assert decimal(because, "activatePrice") == Decimal("100.1")
    waiting(desk, msgspec.structs.replace(command, activate_price=Decimal("100.1")))


@pytest.mark.parametrize(("rate", "nearest"), [("0.05", "0.1"), ("21", "20")])
def test_a_callback_rate_out_of_range_names_the_nearest(rate: str, nearest: str) -> None:
    desk = trading()
    command = conditional(OrderType.TRAILING_STOP_MARKET, SELL, "2", None, callback_rate=Decimal(rate))
    kind, because = refused(desk, command)
    assert kind is errors.INVALID_PARAMETER
    assert decimal(because, "callbackRate") == Decimal(nearest)
    waiting(desk, msgspec.structs.replace(command, callback_rate=Decimal(nearest)))


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (PriceMatch.QUEUE_20, PriceMatch.QUEUE_5),
        (PriceMatch.OPPONENT_5, PriceMatch.OPPONENT),
        (PriceMatch.OPPONENT_20, PriceMatch.OPPONENT),
    ],
)
def test_a_level_that_is_not_there_names_the_deepest_that_is(wanted: PriceMatch, there: PriceMatch) -> None:
    desk = trading()
    for price in ("99", "98", "97", "96"):
        placed(desk, limit(BUY, "2", price))
    kind, because = refused(desk, limit(BUY, "2", None, price_match=wanted))
    assert kind is errors.BBO_ORDER_REJECT
    assert numbers(because)["levels on that side"] == (5 if wanted is PriceMatch.QUEUE_20 else 1)
    assert because.remedy_value == {"priceMatch": there}
    assert passes(desk, limit(BUY, "2", None, price_match=there))


@pytest.mark.parametrize(("name", "near"), [("a b!", "a_b_"), ("x" * 40, "x" * 36), ("é", "_")])
def test_an_id_that_cannot_be_one_names_one_that_can(name: str, near: str) -> None:
    kind, because = refused(trading(), limit(BUY, "2", "99", client_order_id=name))
    assert kind is errors.INVALID_CL_ORD_ID_LEN
    assert because.remedy_value == {"newClientOrderId": near}
    assert passes(trading(), limit(BUY, "2", "99", client_order_id=near))
    waits = conditional(OrderType.STOP_MARKET, BUY, "2", "102", client_algo_id=name)
    assert refused(trading(), waits)[1].remedy_value == {"clientAlgoId": near}


# Words


def test_a_conditional_type_is_told_where_to_go() -> None:
    command = market(SELL, "2", type=OrderType.STOP_MARKET, trigger_price=Decimal(95))
    kind, because = refused(trading(), command)
    assert kind is errors.STOP_ORDER_SWITCH_ALGO
    assert because.remedy_value == {"path": "POST /fapi/v1/algoOrder"}


def test_a_position_side_is_held_against_the_mode() -> None:
    kind, because = refused(trading(), limit(BUY, "2", "99", position_side=LONG))
    assert kind is errors.POSITION_SIDE_NOT_MATCH
    assert numbers(because) == {"positionSide": "LONG", "position mode": "one-way"}
    assert because.remedy_value == {"positionSide": "BOTH"}
    because = refused(trading(dual=True), limit(BUY, "2", "99"))[1]
    assert numbers(because) == {"positionSide": "BOTH", "position mode": "hedge"}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (limit(BUY, "2", "99", time_in_force=None), "timeInForce"),
        (limit(BUY, "2", None), "price"),
        (msgspec.structs.replace(limit(BUY, "2", "99"), quantity=None), "quantity"),
        (market(BUY, "2", time_in_force=TimeInForce.GTC), "timeInForce"),
        (msgspec.structs.replace(market(BUY, "2"), price=Decimal(99)), "price"),
        (market(BUY, "2", price_match=PriceMatch.QUEUE), "priceMatch"),
        (limit(BUY, "2", "99", price_match=PriceMatch.QUEUE), "price"),
        (limit(BUY, "2", "99", time_in_force=GTD), "goodTillDate"),
        (conditional(OrderType.STOP_MARKET, BUY, "2", None), "triggerPrice"),
        (conditional(OrderType.STOP_MARKET, BUY, None, "105"), "quantity"),
        (conditional(OrderType.STOP_MARKET, BUY, "2", "105", close_position=True), "quantity"),
        (conditional(OrderType.TRAILING_STOP_MARKET, BUY, "2", None), "callbackRate"),
        (conditional(OrderType.STOP, BUY, "2", "105"), "price"),
        (conditional(OrderType.STOP_MARKET, BUY, "2", "105", price=Decimal(99)), "price"),
    ],
)
def test_a_parameter_missing_or_too_many_is_named(command: c.Command, name: str) -> None:
    because = refused(trading(), command)[1]
    assert name in numbers(because)
    assert name in because.remedy


def test_an_unknown_symbol_names_those_near_it() -> None:
    for asked in ("BTCUSTD", "btcusdt", "BTC/USDT", "BTC-USDT"):
        kind, because = refused(trading(), limit(BUY, "2", "99", asked, market=Market.USDM))
        assert kind is errors.BAD_SYMBOL
        assert because.remedy_value == {"symbol": "BTCUSDT"}
    assert refused(trading(), limit(BUY, "2", "99", "QQQ", market=Market.USDM))[1].remedy_value == {}


def test_an_id_in_use_names_the_order_that_has_it() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "95", client_order_id="mine"))
    kind, because = refused(desk, limit(BUY, "2", "96", client_order_id="mine"))
    assert kind is errors.DUPLICATED_CLIENT_ORDER_ID
    assert numbers(because) == {"client id": "mine", "used by order": order.order_id}


def test_an_order_that_is_not_there_names_those_that_are() -> None:
    desk = trading()
    ids = [placed(desk, limit(BUY, "2", "95")).order_id for _ in range(7)]
    kind, because = refused(desk, c.CancelOrder(NAME, Market.USDM, BTC, 999))
    assert kind is errors.CANCEL_REJECTED
    assert numbers(because)["asked for"] == 999
    assert numbers(because)["open orders on BTCUSDT"] == 7
    assert numbers(because)["their ids"] == f"{', '.join(map(str, ids[:5]))} and 2 more"


def test_a_good_till_date_names_the_earliest() -> None:
    desk = trading()
    command = limit(BUY, "2", "95", time_in_force=GTD, good_till_date=NOW)
    because = refused(desk, command)[1]
    earliest = because.remedy_value["goodTillDate"]
    assert earliest == NOW + 600_001
    assert passes(desk, msgspec.structs.replace(command, good_till_date=earliest))
    assert not passes(desk, msgspec.structs.replace(command, good_till_date=NOW + 600_000))


def test_a_change_that_changes_nothing_says_so() -> None:
    desk = trading()
    order = placed(desk, limit(BUY, "2", "95"))
    kind, because = refused(desk, amend(order, "2", "95"))
    assert kind is errors.SAME_ORDER
    assert numbers(because) == {"price": 95, "quantity": 2}


def test_an_amended_order_may_grow_as_far_as_its_margin_reaches() -> None:
    # 20x: an order of 2 at 95 binds 9.5; of 100 USDT it may grow to 21.052 (99.997 needed).
    desk = trading("100")
    order = placed(desk, limit(BUY, "2", "95"))
    kind, because = refused(desk, amend(order, "50", "95"))
    assert kind is errors.MARGIN_NOT_SUFFICIEN
    assert numbers(because)["need"] == Decimal("237.5")
    assert numbers(because)["available"] == 100
    assert decimal(because, "quantity") == Decimal("21.052")
    assert decimal(because, "transfer") == Decimal("137.5")
    assert refused(desk, amend(order, "21.053", "95"))[0] is errors.MARGIN_NOT_SUFFICIEN
    assert passes(desk, amend(order, "21.052", "95"))


def test_of_an_amended_order_what_is_filled_needs_no_margin_any_more() -> None:
    desk = trading("100")
    order = resting(BTC, BUY, "95", "2", executed_qty=Decimal(1), order_id=77)
    desk.load(document({"USDT": "100"}, {BTC: isolated(20)}, orders=(order,)))
    (rest,) = desk.state.accounts[NAME].usdm.open_orders.values()
    because = refused(desk, amend(rest, "50", "95"))[1]
    assert decimal(because, "quantity") == Decimal("22.052")
    assert not passes(desk, amend(rest, "22.053", "95"))
    assert passes(desk, amend(rest, "22.052", "95"))
