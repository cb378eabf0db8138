"""What the lists of orders and fills show: which rows, in which order, for which time, and for how long."""

from collections.abc import Iterator
from typing import Any

import pytest

from margind.engine.commands import ChangePositionMode
from tests.api.order_world import BOTH_MARKETS, COINM, TRADER_KEY, TRADER_NAME, Desk, opened
from tests.api.support import NOW, World, decoded, signed_query

DAY = 24 * 3600 * 1000


@pytest.fixture(params=BOTH_MARKETS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world, request.param)
    world.close()


@pytest.fixture
def coinm() -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world, COINM)
    world.close()


def later(desk: Desk, path: str, parameters: str) -> Any:
    """The reply to a read signed at the exchange's own time."""
    runtime = desk.world.main
    query = signed_query(parameters, TRADER_KEY, timestamp=runtime.now())
    prefix = "/fapi" if desk.symbol == "BTCUSDT" else "/dapi"
    response = desk.world.send("GET", f"{prefix}/v1/{path}", query, key=TRADER_KEY.text)
    return decoded(response)


def wait(desk: Desk, milliseconds: int) -> None:
    desk.world.run(desk.world.main.advance_to(desk.world.main.now() + milliseconds))


def ids(rows: list[dict[str, Any]], name: str = "orderId") -> list[int]:
    return [row[name] for row in rows]


def test_all_orders_come_oldest_first_whatever_became_of_them(desk: Desk) -> None:
    resting, gone = desk.rest("99000"), desk.rest("98000")
    desk.ask("DELETE", "order", symbol=desk.symbol, orderId=gone)
    filled = desk.buy()["orderId"]
    rows = desk.ask("GET", "allOrders", symbol=desk.symbol)
    assert [(row["orderId"], row["status"]) for row in rows] == [
        (resting, "NEW"),
        (gone, "CANCELED"),
        (filled, "FILLED"),
    ]
    assert rows[2] == desk.ask("GET", "order", symbol=desk.symbol, orderId=filled)


def test_a_limit_keeps_the_newest_or_from_an_id_on_the_first(desk: Desk) -> None:
    orders = [desk.rest(price) for price in ("99000", "98000", "97000")]
    assert ids(desk.ask("GET", "allOrders", symbol=desk.symbol, limit=2)) == orders[1:]
    assert ids(desk.ask("GET", "allOrders", symbol=desk.symbol, orderId=orders[0], limit=2)) == orders[:2]
    assert ids(desk.ask("GET", "allOrders", symbol=desk.symbol, startTime=NOW, limit=2)) == orders[:2]
    assert ids(desk.ask("GET", "allOrders", symbol=desk.symbol, endTime=NOW - 1)) == []


def test_fills_are_listed_by_order_id_or_time(desk: Desk) -> None:
    first, second = desk.buy(), desk.buy()
    trades = desk.ask("GET", "userTrades", symbol=desk.symbol)
    assert ids(trades) == [first["orderId"], second["orderId"]]
    assert [trade["maker"] for trade in trades] == [False, False]
    by_order = desk.ask("GET", "userTrades", symbol=desk.symbol, orderId=second["orderId"])
    assert by_order == trades[1:]
    assert desk.ask("GET", "userTrades", symbol=desk.symbol, fromId=trades[1]["id"]) == trades[1:]
    assert desk.ask("GET", "userTrades", symbol=desk.symbol, fromId=trades[0]["id"], limit=1) == trades[:1]
    assert desk.ask("GET", "userTrades", symbol=desk.symbol, limit=1) == trades[1:]


def test_an_id_excludes_times(desk: Desk) -> None:
    for name in ("startTime", "endTime"):
        refusal = desk.refusal("GET", "userTrades", symbol=desk.symbol, fromId=1, **{name: NOW})
        assert refusal == (-1128, "Combination of optional parameters invalid.")


@pytest.mark.parametrize("path", ["allOrders", "userTrades"])
def test_a_list_spans_at_most_seven_days(desk: Desk, path: str) -> None:
    span = {"startTime": NOW - 7 * DAY, "endTime": NOW}
    assert desk.ask("GET", path, symbol=desk.symbol, **span) == []
    too_long = desk.refusal("GET", path, symbol=desk.symbol, startTime=NOW - 7 * DAY - 1, endTime=NOW)
    code = -4165 if desk.symbol == "BTCUSDT" else -4088
    assert (too_long[0], too_long[1].rstrip(".")) == (code, "Maximum time interval is 7 days")
    turned = desk.refusal("GET", path, symbol=desk.symbol, startTime=NOW, endTime=NOW - 1)
    assert turned[0] == -1023


def test_without_times_a_list_is_that_of_the_last_seven_days(desk: Desk) -> None:
    filled = desk.buy()["orderId"]
    wait(desk, 7 * DAY + 1)
    symbol = f"symbol={desk.symbol}"
    assert later(desk, "allOrders", symbol) == []
    assert later(desk, "userTrades", symbol) == []
    assert ids(later(desk, "allOrders", f"{symbol}&startTime={NOW}")) == [filled]
    assert ids(later(desk, "allOrders", f"{symbol}&orderId={filled}")) == [filled]
    assert ids(later(desk, "userTrades", f"{symbol}&orderId={filled}")) == [filled]
    assert ids(later(desk, "userTrades", f"{symbol}&fromId=1")) == [filled]


def test_an_order_without_a_fill_is_forgotten_three_days_after_it_was_placed(desk: Desk) -> None:
    gone, resting = desk.rest("99000"), desk.rest("98000")
    desk.ask("DELETE", "order", symbol=desk.symbol, orderId=gone)
    filled = desk.buy()["orderId"]
    symbol = f"symbol={desk.symbol}"
    wait(desk, 3 * DAY)
    assert later(desk, "order", f"{symbol}&orderId={gone}")["status"] == "CANCELED"
    wait(desk, 1)
    assert later(desk, "order", f"{symbol}&orderId={gone}")["code"] == -2013
    assert ids(later(desk, "allOrders", symbol)) == [resting, filled]


def test_a_filled_order_is_forgotten_after_ninety_days(desk: Desk) -> None:
    filled, resting = desk.buy()["orderId"], desk.rest()
    wait(desk, 90 * DAY)
    symbol = f"symbol={desk.symbol}"
    assert later(desk, "order", f"{symbol}&orderId={filled}")["status"] == "FILLED"
    wait(desk, 1)
    assert later(desk, "order", f"{symbol}&orderId={filled}")["code"] == -2013
    assert later(desk, "userTrades", f"{symbol}&orderId={filled}") == []
    assert later(desk, "order", f"{symbol}&orderId={resting}")["status"] == "NEW"


def test_changes_come_newest_first(desk: Desk) -> None:
    order_id = desk.rest("99000")
    change = {"symbol": desk.symbol, "orderId": order_id, "side": "BUY", "quantity": desk.quantity}
    for price in ("98000", "97000"):
        desk.ask("PUT", "order", **change, price=price)
    rows = desk.ask("GET", "orderAmendment", symbol=desk.symbol, orderId=order_id)
    assert [
        (row["amendment"]["count"], row["amendment"]["price"]["before"], row["amendment"]["price"]["after"])
        for row in rows
    ] == [(2, "98000", "97000"), (1, "99000", "98000")]
    assert desk.ask("GET", "orderAmendment", symbol=desk.symbol, orderId=order_id, limit=1) == rows[:1]
    assert desk.refusal("GET", "orderAmendment", symbol=desk.symbol)[0] == -1102


def test_open_orders_are_those_of_a_symbol_or_all(desk: Desk) -> None:
    order_id = desk.rest()
    other = "ETHUSDT" if desk.symbol == "BTCUSDT" else "ETHUSD_PERP"
    assert ids(desk.ask("GET", "openOrders")) == [order_id]
    assert ids(desk.ask("GET", "openOrders", symbol=desk.symbol)) == [order_id]
    assert desk.ask("GET", "openOrders", symbol=other) == []


def test_forced_orders_are_none(desk: Desk) -> None:
    assert desk.ask("GET", "forceOrders", autoCloseType="ADL") == []
    assert desk.refusal("GET", "forceOrders", autoCloseType="OTHER")[0] == -1130


def test_a_pair_of_coin_m_stands_for_its_contracts(coinm: Desk) -> None:
    filled, resting = coinm.buy()["orderId"], coinm.rest()
    assert ids(coinm.ask("GET", "allOrders", pair="BTCUSD")) == [filled, resting]
    assert ids(coinm.ask("GET", "userTrades", pair="BTCUSD")) == [filled]
    assert ids(coinm.ask("GET", "openOrders", pair="BTCUSD")) == [resting]
    for path in ("allOrders", "userTrades", "openOrders"):
        assert coinm.ask("GET", path, pair="ETHUSD") == []


def test_a_pair_of_coin_m_excludes_ids(coinm: Desk) -> None:
    for path in ("allOrders", "userTrades"):
        assert coinm.refusal("GET", path) == (
            -1102,
            "Param 'symbol' or 'pair' must be sent, but both were empty/null!",
        )
        assert coinm.refusal("GET", path, pair="BTCUSD", orderId=1)[0] == -1128
    assert coinm.refusal("GET", "userTrades", pair="BTCUSD", fromId=1)[0] == -1128
    assert coinm.refusal("GET", "userTrades", pair="BTCUSD", symbol="BTCUSD_PERP")[0] == -1128


def test_orders_are_the_accounts_own(desk: Desk) -> None:
    desk.rest(newClientOrderId="mine")
    prefix = "/fapi" if desk.symbol == "BTCUSDT" else "/dapi"
    query = f"symbol={desk.symbol}&origClientOrderId=mine"
    assert decoded(desk.world.call("GET", f"{prefix}/v1/order", query))["code"] == -2013
    assert decoded(desk.world.call("DELETE", f"{prefix}/v1/order", query))["code"] == -2011


def test_fills_of_hedge_legs_tell_their_leg(desk: Desk) -> None:
    desk.world.execute(desk.world.main, ChangePositionMode(TRADER_NAME, dual_side_position=True))
    desk.buy(positionSide="LONG")
    desk.buy(side="SELL", positionSide="SHORT")
    trades = desk.ask("GET", "userTrades", symbol=desk.symbol)
    assert [(trade["positionSide"], trade["buyer"]) for trade in trades] == [
        ("LONG", True),
        ("SHORT", False),
    ]
