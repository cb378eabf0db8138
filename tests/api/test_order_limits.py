"""Orders count per account, on both markets and over both doors together."""

from collections.abc import Iterator
from typing import Any

import pytest

from margind.api.rate_limits import RateLimits
from tests.api.order_world import COINM, TRADER_KEY, USDM, Desk, opened
from tests.api.support import OF_SIDE, World, headers_of


@pytest.fixture
def world() -> Iterator[World]:
    world = opened(World())
    yield world
    world.close()


def counts(response: Any) -> tuple[str | None, str | None]:
    headers = headers_of(response)
    return headers.get("x-mbx-order-count-10s"), headers.get("x-mbx-order-count-1m")


def test_replies_to_orders_tell_the_account_its_counts(world: World) -> None:
    usdm, coinm = Desk(world, USDM), Desk(world, COINM)
    placed = usdm.send("POST", "order", **usdm.limit("99000"))
    assert counts(placed) == ("1", "1")
    assert counts(coinm.send("POST", "order", **coinm.limit("99000"))) == ("2", "2")
    change = {"symbol": "BTCUSDT", "origClientOrderId": "x", "side": "BUY", "quantity": "1", "price": "1"}
    assert counts(usdm.send("PUT", "order", **change)) == ("3", "3")
    world.exchanges.minute += 10_000
    stop = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "90000"}
    algo = usdm.send("POST", "algoOrder", algoType="CONDITIONAL", quantity="0.002", **stop)
    assert counts(algo) == ("1", "4")


def test_a_refused_order_counts_where_its_values_could_be_read(world: World) -> None:
    desk = Desk(world)
    assert counts(desk.send("POST", "order", **desk.limit("99000", side="HOLD"))) == (None, None)
    assert counts(desk.send("POST", "order", **desk.limit("99000", quantity="2.5"))) == ("1", "1")


def test_reads_and_cancels_do_not_count(world: World) -> None:
    desk = Desk(world)
    order_id = desk.rest()
    named = {"symbol": "BTCUSDT", "orderId": order_id}
    for method, path in (("GET", "order"), ("DELETE", "order"), ("POST", "order/test")):
        parameters = named if path == "order" else desk.limit("99000")
        assert counts(desk.send(method, path, **parameters)) == (None, None)
    assert counts(desk.send("POST", "order", **desk.limit("99000"))) == ("2", "2")


def test_accounts_of_different_exchanges_count_apart(world: World) -> None:
    desk = Desk(world)
    desk.rest()
    query = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.002"
    assert counts(world.call("POST", "/fapi/v1/order", query, key=OF_SIDE)) == ("1", "1")


def test_the_websocket_api_shows_the_counts_of_orders_beside_the_weight(world: World) -> None:
    desk = Desk(world)
    desk.rest()
    session = world.session(USDM)
    reply = world.ask_signed(session, "order.place", TRADER_KEY, **desk.limit("99000"))
    assert [
        (row["rateLimitType"], row["interval"], row["intervalNum"], row["limit"], row["count"])
        for row in reply["rateLimits"]
    ] == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 2400, 0),
        ("ORDERS", "SECOND", 10, 300, 2),
        ("ORDERS", "MINUTE", 1, 1200, 2),
    ]
    named = {"symbol": "BTCUSDT", "orderId": reply["result"]["orderId"]}
    cancelled = world.ask_signed(session, "order.cancel", TRADER_KEY, **named)
    assert [row["rateLimitType"] for row in cancelled["rateLimits"]] == ["REQUEST_WEIGHT"]


def test_too_many_orders_are_refused_where_limits_are_enforced() -> None:
    world = opened(World(limits=RateLimits("enforce", orders_per_10_seconds=2)))
    desk = Desk(world)
    for _ in range(2):
        desk.rest()
    response = desk.send("POST", "order", **desk.limit("99000"))
    session = world.session(USDM)
    frame = world.ask_signed(session, "order.place", TRADER_KEY, **desk.limit("99000"))
    open_orders = len(world.main.state.accounts["trader"].usdm.open_orders)
    world.close()
    assert (response.status, headers_of(response)["retry-after"]) == (429, "10")
    assert response.body == (
        b'{"code":-1015,"msg":"Too many new orders; current limit is 2 orders per TEN_SECONDS."}'
    )
    assert (frame["status"], frame["error"]["code"]) == (429, -1015)
    assert open_orders == 2
