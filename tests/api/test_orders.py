"""Orders over REST and the WebSocket API, from the first to the last thing that can happen to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from margind.engine.model.terms import Market
from tests.api.order_world import BOTH_MARKETS, COINM, TRADER_KEY, USDM, Desk, opened, unchanged
from tests.api.support import World


@pytest.fixture
def desk() -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world)
    world.close()


@pytest.fixture(params=BOTH_MARKETS)
def each_desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    world = opened(World())
    market: Market = request.param
    yield Desk(world, market)
    world.close()


# ---- one life


def test_an_order_is_placed_queried_changed_and_cancelled(each_desk: Desk) -> None:
    desk = each_desk
    placed = desk.ask("POST", "order", **desk.limit("99000", newClientOrderId="my-order"))
    named = {"symbol": desk.symbol, "orderId": placed["orderId"]}
    by_client = {"symbol": desk.symbol, "origClientOrderId": "my-order"}
    assert (placed["status"], placed["clientOrderId"], float(placed["price"])) == ("NEW", "my-order", 99000)

    queried = desk.ask("GET", "order", **named)
    assert (queried["status"], queried["time"]) == ("NEW", placed["updateTime"])
    assert desk.ask("GET", "order", **by_client) == queried
    assert desk.ask("GET", "openOrder", **by_client) == queried
    assert desk.ask("GET", "openOrders", symbol=desk.symbol) == [queried]

    changed = desk.ask("PUT", "order", **named, side="BUY", quantity=desk.quantity, price="98000")
    assert (changed["status"], float(changed["price"])) == ("NEW", 98000)
    (amendment,) = desk.ask("GET", "orderAmendment", **by_client)
    assert amendment["amendment"]["price"] == {"before": "99000", "after": "98000"}
    assert (amendment["orderId"], amendment["amendment"]["count"]) == (placed["orderId"], 1)

    cancelled = desk.ask("DELETE", "order", **by_client)
    assert (cancelled["orderId"], cancelled["status"]) == (placed["orderId"], "CANCELED")
    assert desk.ask("GET", "openOrders") == []
    assert desk.refusal("GET", "openOrder", **named)[0] == -2013
    assert desk.ask("GET", "order", **named)["status"] == "CANCELED"


def test_the_name_of_a_change_is_handed_back_and_kept(each_desk: Desk) -> None:
    desk = each_desk
    named = {"symbol": desk.symbol, "orderId": desk.rest("99000"), "side": "BUY", "quantity": desk.quantity}
    assert "modifyId" not in desk.ask("PUT", "order", **named, price="98000")
    assert desk.ask("PUT", "order", **named, price="97000", modifyId="77")["modifyId"] == 77
    (batched,) = desk.ask(
        "PUT", "batchOrders", batchOrders=json.dumps([{**named, "price": "96000", "modifyId": 0}])
    )
    assert batched["modifyId"] == 0
    changes = desk.ask("GET", "orderAmendment", symbol=desk.symbol, orderId=named["orderId"])
    assert [row["amendment"].get("modifyId") for row in changes] == [0, 77, None]
    assert desk.refusal("PUT", "order", **named, price="95000", modifyId="mine")[0] == -1130


def test_a_change_may_say_reduce_only_of_an_order_that_is(each_desk: Desk) -> None:
    desk = each_desk
    named = {"symbol": desk.symbol, "orderId": desk.rest("99000"), "side": "BUY", "quantity": desk.quantity}
    if desk.market is Market.COINM:  # whose pages have no such parameter
        assert desk.ask("PUT", "order", **named, price="98000", reduceOnly="true")["reduceOnly"] is False
        return
    refused = (-5047, "The original order is not a reduce-only order.")
    assert desk.refusal("PUT", "order", **named, price="98000", reduceOnly="true") == refused
    (batched,) = desk.ask(
        "PUT", "batchOrders", batchOrders=json.dumps([{**named, "price": "98000", "reduceOnly": True}])
    )
    assert (batched["code"], batched["msg"]) == refused
    reply = over_websocket(desk, "order.modify", **named, price="98000", reduceOnly=True)
    assert reply["error"] == {"code": refused[0], "msg": refused[1]}
    assert desk.ask("PUT", "order", **named, price="98000", reduceOnly="false")["status"] == "NEW"


def test_a_resting_order_is_filled_when_the_price_comes_to_it(each_desk: Desk) -> None:
    desk = each_desk
    order_id = desk.rest("99000")
    desk.quote("98899.9", "98900.1")
    order = desk.ask("GET", "order", symbol=desk.symbol, orderId=order_id)
    assert (order["status"], order["executedQty"], float(order["avgPrice"])) == (
        "FILLED",
        desk.quantity,
        99000,
    )
    (trade,) = desk.ask("GET", "userTrades", symbol=desk.symbol)
    assert (trade["orderId"], trade["maker"], trade["buyer"], trade["qty"]) == (
        order_id,
        True,
        True,
        desk.quantity,
    )


def test_a_market_order_is_answered_with_its_fill_or_with_its_receipt(desk: Desk) -> None:
    filled = desk.buy()
    assert (filled["status"], filled["avgPrice"], filled["cumQuote"]) == (
        "FILLED",
        "100000.10000",
        "200.00020",
    )
    receipt = desk.ask("POST", "order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.001")
    assert (receipt["status"], receipt["executedQty"], receipt["cumQuote"]) == ("NEW", "0.000", "0.00000")


def test_a_market_order_of_coin_m_is_answered_with_its_fill() -> None:
    world = opened(World())
    # 2 contracts of 100 USD at 100000.1.
    filled = Desk(world, COINM).buy("2")
    world.close()
    assert (filled["status"], filled["avgPrice"], filled["cumQty"], filled["cumBase"]) == (
        "FILLED",
        "100000.1",
        "2",
        "0.00199999",
    )


def test_what_an_immediate_order_does_not_get_expires(desk: Desk) -> None:
    desk.quote("99999.9", "100000.1", "0.001")
    reply = desk.ask("POST", "order", **desk.limit("100100", timeInForce="IOC", newOrderRespType="RESULT"))
    assert (reply["status"], reply["executedQty"], reply["origQty"]) == ("EXPIRED", "0.001", "0.002")


def test_a_partial_fill_leaves_the_rest_on_the_book(desk: Desk) -> None:
    desk.quote("99999.9", "100000.1", "0.001")
    reply = desk.ask("POST", "order", **desk.limit("100100", newOrderRespType="RESULT"))
    assert (reply["status"], reply["executedQty"]) == ("PARTIALLY_FILLED", "0.001")
    assert desk.ask("GET", "openOrders")[0]["status"] == "PARTIALLY_FILLED"


def test_a_price_match_takes_its_price_from_the_book(desk: Desk) -> None:
    reply = desk.ask("POST", "order", **desk.limit("", price=None, priceMatch="QUEUE"))
    assert (reply["price"], reply["priceMatch"]) == ("99999.90", "QUEUE")


def test_a_good_till_date_is_cut_to_seconds_and_kept(desk: Desk) -> None:
    now = desk.world.main.now()
    until = now + 700_000
    reply = desk.ask("POST", "order", **desk.limit("99000", timeInForce="GTD", goodTillDate=until + 999))
    assert reply["goodTillDate"] == (until + 999) // 1000 * 1000
    desk.world.run(desk.world.main.advance_to(until + 2_000))
    assert desk.world.main.state.accounts["trader"].usdm.open_orders == {}


def test_an_order_that_is_only_checked_leaves_no_trace(desk: Desk) -> None:
    def check() -> None:
        reply = desk.ask("POST", "order/test", **desk.limit("99000", newClientOrderId="tried"))
        assert (reply["orderId"], reply["clientOrderId"], reply["status"]) == (0, "tried", "NEW")
        assert desk.refusal("POST", "order/test", **desk.limit("99000", quantity="2.5"))[0] == -2019

    assert unchanged(desk.world, check)


def test_all_orders_of_a_symbol_are_cancelled_at_once(each_desk: Desk) -> None:
    desk = each_desk
    for price in ("99000", "98000"):
        desk.rest(price)
    for _ in range(2):
        assert desk.ask("DELETE", "allOpenOrders", symbol=desk.symbol) == {
            "code": 200,
            "msg": "The operation of cancel all open order is done.",
        }
    assert desk.ask("GET", "openOrders") == []


def test_a_countdown_cancels_unless_it_is_called_off(each_desk: Desk) -> None:
    desk = each_desk
    runtime = desk.world.main
    desk.rest()
    for countdown in ("5000", "0"):
        reply = desk.ask("POST", "countdownCancelAll", symbol=desk.symbol, countdownTime=countdown)
        assert reply == {"symbol": desk.symbol, "countdownTime": countdown}
    half = runtime.state.accounts["trader"].on(desk.market)
    desk.world.run(runtime.advance_to(runtime.now() + 4_000))
    assert len(half.open_orders) == 1
    # Within the time for which the requests of this test are signed.
    desk.ask("POST", "countdownCancelAll", symbol=desk.symbol, countdownTime="500", recvWindow="10000")
    desk.world.run(runtime.advance_to(runtime.now() + 500))
    assert half.open_orders == {}


# ---- hedge mode


def test_in_hedge_mode_each_leg_has_its_orders(desk: Desk) -> None:
    desk.hedge()
    opened_long = desk.buy("0.004", positionSide="LONG")
    opened_short = desk.buy("0.003", side="SELL", positionSide="SHORT")
    assert [opened_long["reduceOnly"], opened_short["reduceOnly"]] == [False, False]
    closed = desk.buy("0.001", side="SELL", positionSide="LONG")
    assert (closed["status"], closed["reduceOnly"], closed["positionSide"]) == ("FILLED", True, "LONG")
    rows = desk.world.call("GET", "/fapi/v3/positionRisk", "symbol=BTCUSDT", key=TRADER_KEY)
    assert b'"positionAmt":"0.003"' in rows.body
    assert b'"positionAmt":"-0.003"' in rows.body


HEDGE_REFUSALS: list[tuple[dict[str, Any], int]] = [
    ({}, -4061),
    ({"positionSide": "BOTH"}, -4061),
    ({"positionSide": "LONG", "reduceOnly": "true"}, -1106),
    ({"positionSide": "LONG", "reduceOnly": "False"}, -1106),
    ({"positionSide": "LONG", "side": "SELL"}, -2022),
]


@pytest.mark.parametrize(("more", "code"), HEDGE_REFUSALS)
def test_hedge_mode_refuses_what_does_not_fit_a_leg(desk: Desk, more: dict[str, Any], code: int) -> None:
    desk.hedge()
    assert unchanged(desk.world, lambda: desk.refusal("POST", "order", **desk.limit("100000.1", **more)))
    assert desk.refusal("POST", "order", **desk.limit("100000.1", **more))[0] == code


# ---- refusals

PLACE_REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"symbol": "NOSUCHUSDT"}, -1121, "Invalid symbol."),
    ({"side": "HOLD"}, -1117, "Invalid side."),
    ({"type": "ICEBERG"}, -1116, "Invalid orderType."),
    ({"timeInForce": "DAY"}, -1115, "Invalid timeInForce."),
    ({"newOrderRespType": "FULL"}, -1136, "Invalid newOrderRespType."),
    ({"priceMatch": "BEST", "price": None}, -5037, "Invalid price match"),
    ({"selfTradePreventionMode": "DECREMENT"}, -5039, "Invalid self trade prevention mode"),
    (
        {"timeInForce": None},
        -1102,
        "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    ),
    ({"price": None}, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
    ({"quantity": None}, -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."),
    ({"quantity": ""}, -1105, "Parameter 'quantity' was empty."),
    ({"priceMatch": "QUEUE"}, -1106, "Parameter 'price' sent when not required."),
    ({"type": "MARKET", "price": None}, -1106, "Parameter 'timeInForce' sent when not required."),
    (
        {"type": "STOP_MARKET", "price": None, "timeInForce": None, "stopPrice": "90000"},
        -4120,
        "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    ),
    ({"positionSide": "LONG"}, -4061, "Order's position side does not match user's setting."),
    ({"newClientOrderId": "no blanks"}, -4015, "Client order id is not valid."),
    ({"newClientOrderId": "x" * 37}, -4015, "Client order id is not valid."),
    ({"price": "0"}, -4001, "Price less than 0."),
    ({"price": "99000.123"}, -1111, "Precision is over the maximum defined for this asset."),
    ({"price": "99000.05"}, -4014, "Price not increased by tick size."),
    ({"price": "110000"}, -4016, "Price is higher than mark price multiplier cap."),
    ({"quantity": "0"}, -4003, "Quantity less than zero."),
    ({"quantity": "0.0015"}, -1111, "Precision is over the maximum defined for this asset."),
    ({"price": "40000", "quantity": "0.001"}, -4164, "Order's notional must be no smaller than 100 ("),
    ({"quantity": "2.5"}, -2019, "Margin is insufficient."),
    ({"reduceOnly": "true"}, -2022, "ReduceOnly Order is rejected."),
    (
        {"timeInForce": "GTX", "price": "100000.1"},
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    (
        {"timeInForce": "FOK"},
        -5021,
        "Due to the order could not be filled immediately, the FOK order has been rejected.",
    ),
    ({"timeInForce": "GTD"}, -1102, "Mandatory parameter 'goodTillDate' was not sent, was empty/null"),
    ({"timeInForce": "GTD", "goodTillDate": "1790000000001"}, -5040, "The goodTillDate timestamp must be"),
]


@pytest.mark.parametrize(("more", "code", "message"), PLACE_REFUSALS, ids=lambda value: str(value)[:40])
def test_an_order_is_refused_with_its_code_and_changes_nothing(
    desk: Desk, more: dict[str, Any], code: int, message: str
) -> None:
    before = desk.world.fingerprint()
    refusal = desk.refusal("POST", "order", **desk.limit("99000", **more))
    assert refusal[0] == code, refusal
    assert refusal[1].startswith(message)
    assert desk.world.fingerprint() == before


def test_a_client_order_id_is_unique_among_open_orders_only(each_desk: Desk) -> None:
    desk = each_desk
    order_id = desk.rest(newClientOrderId="once")
    again = desk.limit("98000", newClientOrderId="once")
    code, message = desk.refusal("POST", "order", **again)
    assert (code, message) == (-4116, "clientOrderId is duplicated")
    desk.ask("DELETE", "order", symbol=desk.symbol, orderId=order_id)
    later = desk.ask("POST", "order", **again)["orderId"]
    assert desk.ask("GET", "order", symbol=desk.symbol, origClientOrderId="once")["orderId"] == later


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_order_is_named_by_one_of_its_ids(each_desk: Desk, method: str) -> None:
    assert each_desk.refusal(method, "order", symbol=each_desk.symbol) == (
        -1102,
        "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    )


def test_an_order_that_is_not_there_is_not_found(each_desk: Desk) -> None:
    desk = each_desk
    named = {"symbol": desk.symbol, "orderId": 999}
    assert desk.refusal("DELETE", "order", **named) == (-2011, "Unknown order sent.")
    assert desk.refusal("GET", "order", **named) == (-2013, "Order does not exist.")
    assert desk.refusal("GET", "openOrder", **named) == (-2013, "Order does not exist.")
    change = {"side": "BUY", "quantity": desk.quantity, "price": "99000"}
    assert desk.refusal("PUT", "order", **named, **change) == (-2013, "Order does not exist.")


def test_names_of_ids_are_found_in_any_case(desk: Desk) -> None:
    order_id = desk.rest()
    assert desk.ask("GET", "order", symbol="BTCUSDT", orderid=order_id)["orderId"] == order_id


AMEND_REFUSALS: list[tuple[dict[str, Any], int]] = [
    ({"quantity": None}, -1102),
    ({"price": None}, -1102),
    ({"side": "SELL"}, -2013),
    ({}, -5027),
    ({"price": "99000.05"}, -4014),
    ({"quantity": "2.5"}, -2019),
]


@pytest.mark.parametrize(("more", "code"), AMEND_REFUSALS)
def test_a_change_is_refused_and_the_order_stays(desk: Desk, more: dict[str, Any], code: int) -> None:
    order_id = desk.rest()
    asked = {
        "symbol": "BTCUSDT",
        "orderId": order_id,
        "side": "BUY",
        "quantity": "0.002",
        "price": "99000",
        **more,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    before = desk.world.fingerprint()
    assert desk.refusal("PUT", "order", **asked)[0] == code
    assert desk.world.fingerprint() == before


def test_coin_m_has_numbers_of_its_own_for_changes() -> None:
    world = opened(World())
    desk = Desk(world, COINM)
    order_id = desk.rest()
    same = {"orderId": order_id, "side": "BUY", "quantity": "2", "price": "99000"}
    refusal = desk.refusal("PUT", "order", symbol=desk.symbol, **same)
    world.close()
    assert refusal == (-4197, "No need to modify the order.")


def test_coin_m_takes_no_good_till_date() -> None:
    world = opened(World())
    desk = Desk(world, COINM)
    refusal = desk.refusal("POST", "order", **desk.limit("99000", timeInForce="GTD"))
    world.close()
    assert refusal == (-1115, "Invalid timeInForce.")


# ---- the WebSocket API


def over_websocket(desk: Desk, method: str, **params: Any) -> Any:
    session = desk.world.session(desk.market)
    return desk.world.ask_signed(session, method, TRADER_KEY, **params)


def test_the_websocket_api_answers_as_rest_does(each_desk: Desk) -> None:
    desk = each_desk
    placed = over_websocket(desk, "order.place", **desk.limit("99000", newClientOrderId="socket"))
    order_id = placed["result"]["orderId"]
    named = {"symbol": desk.symbol, "orderId": order_id}
    assert over_websocket(desk, "order.status", **named)["result"] == desk.ask("GET", "order", **named)

    change = {**named, "side": "BUY", "quantity": desk.quantity}
    changed = over_websocket(desk, "order.modify", **change, price="98000", modifyId=5)["result"]
    assert changed["modifyId"] == 5
    assert changed == desk.ask("PUT", "order", **change, price="97000", modifyId=5) | {
        "price": changed["price"]
    }

    twin = desk.ask("POST", "order", **desk.limit("96000"))
    by_rest = desk.ask("DELETE", "order", symbol=desk.symbol, orderId=twin["orderId"])
    by_socket = over_websocket(desk, "order.cancel", **named)["result"]
    assert by_socket.keys() == by_rest.keys()
    assert (by_socket["status"], by_socket["clientOrderId"]) == ("CANCELED", "socket")


def test_the_websocket_api_refuses_as_rest_does(each_desk: Desk) -> None:
    desk = each_desk
    asked = desk.limit("99000", timeInForce="FOK")
    reply = over_websocket(desk, "order.place", **asked)
    code, message = desk.refusal("POST", "order", **asked)
    assert (reply["status"], reply["error"]) == (400, {"code": code, "msg": message})


def test_numbers_and_booleans_of_a_frame_are_read_as_texts_are(desk: Desk) -> None:
    desk.buy("0.004")
    asked = desk.limit("", side="SELL", price=101000, quantity=0.002, reduceOnly=True)
    reply = over_websocket(desk, "order.place", **asked)
    assert (reply["result"]["price"], reply["result"]["reduceOnly"]) == ("101000.00", True)


# ---- the book


def test_the_book_shows_the_house_and_users_together(each_desk: Desk) -> None:
    desk = each_desk
    desk.quote("99999.9", "100000.1", "3")
    before = desk.ask("GET", "depth", symbol=desk.symbol, limit=5)
    desk.rest("99999.9")
    desk.rest("99000")
    book = desk.ask("GET", "depth", symbol=desk.symbol, limit=5)
    together = float(desk.quantity) + 3
    assert [[float(cell) for cell in row] for row in book["bids"]] == [
        [99999.9, together],
        [99000, float(desk.quantity)],
    ]
    assert [[float(cell) for cell in row] for row in book["asks"]] == [[100000.1, 3]]
    assert book["lastUpdateId"] > before["lastUpdateId"]
    assert (book["E"], book["T"]) == (desk.world.main.now(), desk.world.main.now())


def test_the_best_prices_are_those_of_the_book(each_desk: Desk) -> None:
    desk = each_desk
    desk.quote("99999.9", "100000.1", "3")
    desk.rest("100000")
    desk.buy()
    named = {"symbol": desk.symbol}
    book = desk.ask("GET", "depth", **named, limit=5)
    best = desk.ask("GET", "ticker/bookTicker", **named)
    (row,) = best if desk.market is COINM else [best]
    assert [[row["bidPrice"], row["bidQty"]], [row["askPrice"], row["askQty"]]] == [
        book["bids"][0],
        book["asks"][0],
    ]
    assert (float(row["bidPrice"]), float(row["askQty"])) == (100000, 3 - float(desk.quantity))
    assert row in desk.ask("GET", "ticker/bookTicker")


def test_the_best_prices_of_a_side_that_is_taken_are_zeros(each_desk: Desk) -> None:
    desk = each_desk
    desk.quote("99999.9", "100000.1", desk.quantity)
    desk.buy()
    best = desk.ask("GET", "ticker/bookTicker", symbol=desk.symbol)
    (row,) = best if desk.market is COINM else [best]
    assert (float(row["bidPrice"]), float(row["askPrice"]), float(row["askQty"])) == (99999.9, 0, 0)


def test_only_the_rpi_book_shows_rpi_orders(desk: Desk) -> None:
    desk.rest("100000", timeInForce="RPI")
    plain, deeper = (desk.ask("GET", path, symbol="BTCUSDT") for path in ("depth", "rpiDepth"))
    assert [price for price, _ in plain["bids"]] == ["99999.90"]
    assert [price for price, _ in deeper["bids"]] == ["100000.00", "99999.90"]
    assert (deeper["asks"], list(deeper)) == (plain["asks"], list(plain))
    assert desk.ask("GET", "ticker/bookTicker", symbol="BTCUSDT")["bidPrice"] == "99999.90"


def test_the_rpi_book_of_a_symbol_that_nobody_ordered_is_the_house(desk: Desk) -> None:
    plain, deeper = (desk.ask("GET", path, symbol="ETHUSDT") for path in ("depth", "rpiDepth"))
    assert plain == deeper


def test_the_rpi_book_has_only_one_depth(desk: Desk) -> None:
    assert desk.ask("GET", "rpiDepth", symbol="BTCUSDT", limit=1000)["bids"]
    assert desk.refusal("GET", "rpiDepth", symbol="BTCUSDT", limit=500) == (
        -4021,
        "'500' is not valid depth limit.",
    )


def test_the_book_has_only_the_documented_depths(each_desk: Desk) -> None:
    desk = each_desk
    assert desk.refusal("GET", "depth", symbol=desk.symbol, limit=7) == (
        -4021,
        "'7' is not valid depth limit.",
    )


def test_the_websocket_api_shows_the_same_book(desk: Desk) -> None:
    session = desk.world.session(USDM)
    reply = desk.world.ask(session, "depth", symbol="BTCUSDT", limit=5)
    assert reply["result"] == desk.ask("GET", "depth", symbol="BTCUSDT", limit=5)
