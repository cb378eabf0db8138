"""Conditional orders: in the algo service, and on the order endpoint where an exchange takes them there."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from margind.clock import Clock, ClockMode
from margind.engine.commands import OpenAccount, PricePatch, SetPrices, Transfer
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import ConditionalOrders
from margind.exchanges import ExchangeSpec
from margind.feeds.catalogue import make_feed
from tests.api.order_world import BOTH_MARKETS, TRADER_KEY, USDM, Desk, opened
from tests.api.support import NOW, World, decoded, facts, hmac_key


@pytest.fixture(params=BOTH_MARKETS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world, request.param)
    world.close()


def stop(desk: Desk, **more: Any) -> dict[str, Any]:
    """What places a stop below the market; None leaves a parameter out."""
    asked = {
        "algoType": "CONDITIONAL",
        "symbol": desk.symbol,
        "side": "SELL",
        "type": "STOP_MARKET",
        "quantity": desk.quantity,
        "triggerPrice": "99000",
        **more,
    }
    return {name: value for name, value in asked.items() if value is not None}


def move_last_price(desk: Desk, price: str) -> None:
    patch = PricePatch(last_price=Decimal(price))
    of_market = {desk.symbol: patch}
    usdm, coinm = (of_market, {}) if desk.market is USDM else ({}, of_market)
    desk.world.execute(desk.world.main, SetPrices(usdm, coinm))


def test_a_conditional_order_is_placed_queried_and_cancelled(desk: Desk) -> None:
    placed = desk.ask("POST", "algoOrder", **stop(desk, clientAlgoId="my-stop"))
    algo_id = placed["algoId"]
    assert (placed["algoStatus"], placed["orderType"], placed["clientAlgoId"]) == (
        "NEW",
        "STOP_MARKET",
        "my-stop",
    )
    queried = desk.ask("GET", "algoOrder", clientAlgoId="my-stop")
    assert queried == desk.ask("GET", "algoOrder", algoId=algo_id)
    assert desk.ask("GET", "openAlgoOrders") == [queried]
    assert desk.ask("GET", "openAlgoOrders", symbol=desk.symbol, algoType="CONDITIONAL") == [queried]
    assert desk.ask("GET", "allAlgoOrders", symbol=desk.symbol) == [queried]
    assert desk.ask("GET", "openOrders") == []

    assert desk.ask("DELETE", "algoOrder", algoId=algo_id) == {
        "algoId": algo_id,
        "clientAlgoId": "my-stop",
        "code": "200",
        "msg": "success",
    }
    assert desk.ask("GET", "openAlgoOrders") == []
    assert desk.ask("GET", "algoOrder", algoId=algo_id)["algoStatus"] == "CANCELED"
    assert desk.refusal("DELETE", "algoOrder", algoId=algo_id) == (-2011, "Unknown order sent.")


def test_a_trigger_turns_a_conditional_order_into_a_plain_one(desk: Desk) -> None:
    desk.buy()
    algo_id = desk.ask("POST", "algoOrder", **stop(desk, reduceOnly="true"))["algoId"]
    move_last_price(desk, "99000")
    assert desk.ask("GET", "openAlgoOrders") == []
    row = desk.ask("GET", "algoOrder", algoId=algo_id)
    order = desk.ask("GET", "order", symbol=desk.symbol, orderId=row["actualOrderId"])
    assert (order["status"], order["type"], order["reduceOnly"]) == ("FILLED", "MARKET", True)
    assert (row["actualType"], row["actualQty"]) == ("MARKET", desk.quantity)
    assert float(row["actualPrice"]) == float(order["avgPrice"]) == 99999.9
    assert row["triggerTime"] == desk.world.main.now()
    assert row["algoStatus"] == "FINISHED"


def test_a_conditional_order_is_finished_once_its_order_is(desk: Desk) -> None:
    limit = {"type": "STOP", "price": "120000"}
    algo_id = desk.ask("POST", "algoOrder", **stop(desk) | limit)["algoId"]
    move_last_price(desk, "99000")
    waiting = desk.ask("GET", "algoOrder", algoId=algo_id)
    assert waiting["algoStatus"] == "TRIGGERED"
    desk.ask("DELETE", "order", symbol=desk.symbol, orderId=waiting["actualOrderId"])
    row = desk.ask("GET", "algoOrder", algoId=algo_id)
    assert row["algoStatus"] == "FINISHED"
    assert desk.ask("GET", "allAlgoOrders", symbol=desk.symbol) == [row]


def test_all_conditional_orders_of_a_symbol_are_cancelled(desk: Desk) -> None:
    for trigger in ("99000", "98000"):
        desk.ask("POST", "algoOrder", **stop(desk, triggerPrice=trigger))
    plain = desk.rest()
    assert desk.ask("DELETE", "algoOpenOrders", symbol=desk.symbol)["code"] == 200
    assert desk.ask("GET", "openAlgoOrders") == []
    assert [row["orderId"] for row in desk.ask("GET", "openOrders")] == [plain]


def test_a_trailing_stop_prints_what_it_was_given(desk: Desk) -> None:
    trailing = stop(
        desk, type="TRAILING_STOP_MARKET", triggerPrice=None, activatePrice="101000", callbackRate="0.5"
    )
    placed = desk.ask("POST", "algoOrder", **trailing)
    assert (float(placed["activatePrice"]), placed["callbackRate"]) == (101000, "0.5")


ALGO_REFUSALS: list[tuple[dict[str, Any], int]] = [
    ({"algoType": None}, -1102),
    ({"algoType": "TWAP"}, -1130),
    ({"type": "LIMIT"}, -1116),
    ({"triggerPrice": None}, -1102),
    ({"quantity": None}, -1102),
    ({"positionSide": "LONG"}, -4061),
    ({"triggerPrice": "100000"}, -2021),
    ({"closePosition": "true"}, -4137),
    ({"workingType": "INDEX"}, -4031),
    ({"timeInForce": "GTD"}, -1115),
    ({"clientAlgoId": "no blanks"}, -4015),
]


@pytest.mark.parametrize(("more", "code"), ALGO_REFUSALS)
def test_a_conditional_order_is_refused_and_changes_nothing(
    desk: Desk, more: dict[str, Any], code: int
) -> None:
    before = desk.world.fingerprint()
    assert desk.refusal("POST", "algoOrder", **stop(desk, **more))[0] == code
    assert desk.world.fingerprint() == before


def test_a_conditional_order_is_named_by_one_of_its_ids(desk: Desk) -> None:
    for method in ("GET", "DELETE"):
        assert desk.refusal(method, "algoOrder") == (
            -1102,
            "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!",
        )
    assert desk.refusal("GET", "algoOrder", algoId=7) == (-2013, "Order does not exist.")


def test_the_websocket_api_places_and_cancels_conditional_orders() -> None:
    world = opened(World())
    desk, session = Desk(world), world.session(USDM)
    placed = world.ask_signed(session, "algoOrder.place", TRADER_KEY, **stop(desk))
    queried = desk.ask("GET", "algoOrder", algoId=placed["result"]["algoId"])
    cancelled = world.ask_signed(session, "algoOrder.cancel", TRADER_KEY, algoId=placed["result"]["algoId"])
    world.close()
    common = placed["result"].keys() & queried.keys()
    assert {name: queried[name] for name in common} == {name: placed["result"][name] for name in common}
    assert cancelled["result"]["code"] == "200"


# ---- on the order endpoint, as until 2025-12-09

BEFORE = "before"
BEFORE_KEY = hmac_key("b", "secret-from-before-the-move")


@pytest.fixture
def before() -> Iterator[World]:
    world = World()
    runtime = world.run(
        world.exchanges.create(
            ExchangeSpec(
                BEFORE,
                lambda: Clock(ClockMode.MANUAL, NOW),
                lambda: make_feed("manual", facts()),
                ExchangeSettings(conditional_orders=ConditionalOrders.ORDER),
                persistent=False,
            )
        )
    )
    world.execute(runtime, OpenAccount("trader"))
    world.execute(runtime, Transfer("trader", USDM, "USDT", Decimal(10_000)))
    world.give_key(runtime, BEFORE_KEY, account="trader")
    yield world
    world.close()


def test_an_exchange_may_take_conditional_orders_where_orders_are_placed(before: World) -> None:
    asked = "symbol=BTCUSDT&side=BUY&type=TAKE_PROFIT&timeInForce=GTC&quantity=0.002&price=90000"
    trigger = "&stopPrice=91000&workingType=MARK_PRICE&priceProtect=TRUE"
    placed = decoded(before.call("POST", "/fapi/v1/order", asked + trigger, key=BEFORE_KEY))
    assert {name: placed[name] for name in ("type", "origType", "stopPrice", "workingType")} == {
        "type": "TAKE_PROFIT",
        "origType": "TAKE_PROFIT",
        "stopPrice": "91000.00",
        "workingType": "MARK_PRICE",
    }
    assert placed["priceProtect"] is True
    (listed,) = decoded(before.call("GET", "/fapi/v1/openOrders", key=BEFORE_KEY))
    assert (listed["orderId"], listed["stopPrice"]) == (placed["orderId"], "91000.00")


def test_a_trailing_stop_there_shows_its_rate_and_activation(before: World) -> None:
    asked = "symbol=BTCUSDT&side=SELL&type=TRAILING_STOP_MARKET&quantity=0.002"
    more = "&activationPrice=120000&callbackRate=0.3"
    placed = decoded(before.call("POST", "/fapi/v1/order", asked + more, key=BEFORE_KEY))
    assert (placed["activatePrice"], placed["priceRate"]) == ("120000.00", "0.3")
