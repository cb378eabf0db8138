"""What listeners hear of conditional orders, from NEW to FINISHED, in the recorded order."""

from collections.abc import Iterator
from typing import Any

import pytest

from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.terms import ConditionalOrders
from tests.api.stream_world import ANNE, BERT, Ear, StreamWorld, kinds
from tests.api.support import NOW

FILL = ["TRADE_LITE", "ACCOUNT_UPDATE ORDER", "ORDER_TRADE_UPDATE TRADE FILLED"]


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


def stop(world: StreamWorld, side: str = "BUY", **more: Any) -> int:
    """The id of a conditional order that fires at 101000."""
    asked = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": side,
        "type": "STOP_MARKET",
        "quantity": "0.01",
        "triggerPrice": "101000",
        **more,
    }
    shown = {name: value for name, value in asked.items() if value is not None}
    algo_id = world.asked(ANNE, "POST", "algoOrder", **shown)["algoId"]
    assert isinstance(algo_id, int)
    return algo_id


def fire(world: StreamWorld) -> None:
    """Move the house, and with it the last price, to 101000."""
    world.quote("100999.9", "101000.1", mark="101000")


def steps(ear: Ear) -> list[tuple[str, ...]]:
    """State, order, mean price, filled quantity and type, as each ALGO_UPDATE tells them."""
    orders = [event["o"] for event in ear.heard if event["e"] == "ALGO_UPDATE"]
    return [
        (order["X"], order["ai"], *(order.get(key, "-") for key in ("ap", "aq", "act"))) for order in orders
    ]


def test_a_stop_that_is_filled_at_once_is_told_in_the_recorded_order(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world)
    fire(world)
    assert kinds(ear.heard) == [
        "ALGO_UPDATE NEW",
        "ALGO_UPDATE TRIGGERING",
        "ORDER_TRADE_UPDATE NEW NEW",
        *FILL,
        "ALGO_UPDATE TRIGGERED",
        "ALGO_UPDATE FINISHED",
    ]
    order_id = str(ear.heard[2]["o"]["i"])
    assert steps(ear) == [
        ("NEW", "", "-", "-", "-"),
        ("TRIGGERING", "", "-", "-", "-"),
        ("TRIGGERED", order_id, "0", "0", "MARKET"),
        ("FINISHED", order_id, "101000.1", "0.01", "MARKET"),
    ]


def test_the_placed_order_names_its_conditional_order(world: StreamWorld) -> None:
    ear = world.listen()
    algo_id = stop(world, clientAlgoId="mine")
    fire(world)
    orders = [event["o"] for event in ear.heard if event["e"] == "ORDER_TRADE_UPDATE"]
    named = {(order["c"], order["si"], order["ss"], order["st"]) for order in orders}
    assert named == {("mine", algo_id, -1, "ALGO_CONDITION")}


def test_an_algo_update_reads_as_the_recorded_one(world: StreamWorld) -> None:
    ear = world.listen()
    algo_id = stop(world, clientAlgoId="mine")
    expected = (
        '{"e":"ALGO_UPDATE","T":%d,"E":%d,"o":{"caid":"mine","aid":%d,"at":"CONDITIONAL","o":"STOP_MARKET",'
        '"s":"BTCUSDT","S":"BUY","ps":"BOTH","f":"GTC","q":"0.01","X":"NEW","ai":"","tp":"101000","p":"0",'
        '"V":"EXPIRE_MAKER","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":false,"tt":0,"gtd":0}}'
    )
    assert ear.texts[0].decode() == expected % (NOW, NOW, algo_id)


def test_a_stop_limit_that_rests_is_finished_when_its_order_is_filled(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world, type="STOP", price="100500")
    fire(world)
    assert kinds(ear.heard)[1:] == [
        "ALGO_UPDATE TRIGGERING",
        "ORDER_TRADE_UPDATE NEW NEW",
        "ALGO_UPDATE TRIGGERED",
    ]
    ear.taken()
    world.quote("100399.9", "100400.1", mark="100400")
    assert kinds(ear.heard) == [*FILL, "ALGO_UPDATE FINISHED"]
    assert (ear.heard[-1]["o"]["ap"], ear.heard[-1]["o"]["tt"]) == ("100500", NOW)


def test_it_is_finished_when_its_order_is_cancelled(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world, type="STOP", price="100500")
    fire(world)
    order_id = ear.taken()[2]["o"]["i"]
    world.asked(ANNE, "DELETE", "order", symbol="BTCUSDT", orderId=order_id)
    assert kinds(ear.heard) == ["ORDER_TRADE_UPDATE CANCELED CANCELED", "ALGO_UPDATE FINISHED"]
    assert steps(ear) == [("FINISHED", str(order_id), "0", "0", "LIMIT")]


def test_an_end_is_told_after_a_restart_too(world: StreamWorld) -> None:
    stop(world, type="STOP", price="100500")
    fire(world)

    async def restart() -> None:
        world.desks.close(world.main)
        world.desks.open(world.main)

    world.run(restart())
    ear = world.listen()
    world.quote("100399.9", "100400.1", mark="100400")
    assert kinds(ear.heard) == [*FILL, "ALGO_UPDATE FINISHED"]
    assert (ear.heard[-1]["o"]["ap"], ear.heard[-1]["o"]["tt"]) == ("100500", NOW)


def test_who_listens_after_the_trigger_still_hears_the_end(world: StreamWorld) -> None:
    stop(world, type="STOP", price="100500")
    fire(world)
    ear = world.listen()
    world.quote("100399.9", "100400.1", mark="100400")
    assert kinds(ear.heard) == [*FILL, "ALGO_UPDATE FINISHED"]


def test_a_refused_order_is_rejected_with_the_recorded_words(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world, quantity="10")
    fire(world)
    assert kinds(ear.heard) == ["ALGO_UPDATE NEW", "ALGO_UPDATE TRIGGERING", "ALGO_UPDATE REJECTED"]
    assert ear.heard[-1]["o"]["rm"] == "margin not enough"
    assert list(ear.heard[-1]["o"])[-1] == "rm"
    assert "rm" not in ear.heard[1]["o"]


def test_a_cancelled_one_is_told_once(world: StreamWorld) -> None:
    ear = world.listen()
    algo_id = stop(world)
    world.asked(ANNE, "DELETE", "algoOrder", algoId=algo_id)
    assert kinds(ear.heard) == ["ALGO_UPDATE NEW", "ALGO_UPDATE CANCELED"]


def test_two_that_fire_at_once_do_not_mix(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world)
    stop(world, triggerPrice="100900", quantity="0.02")
    fire(world)
    one = ["ALGO_UPDATE TRIGGERING", "ORDER_TRADE_UPDATE NEW NEW", *FILL]
    ends = ["ALGO_UPDATE TRIGGERED", "ALGO_UPDATE FINISHED"]
    assert kinds(ear.heard) == ["ALGO_UPDATE NEW"] * 2 + [*one, *ends] * 2
    finished = [event["o"]["aq"] for event in ear.heard if kinds([event]) == ["ALGO_UPDATE FINISHED"]]
    assert finished == ["0.01", "0.02"]


def test_following_a_price_is_silent(world: StreamWorld) -> None:
    ear = world.listen()
    stop(world, "SELL", type="TRAILING_STOP_MARKET", triggerPrice=None, callbackRate="1")
    ear.taken()
    for mark in ("100500", "101000", "101500"):
        world.quote(f"{int(mark) - 1}.9", f"{mark}.1", mark=mark)
    (waiting,) = world.main.state.accounts[ANNE].usdm.algo_orders.values()
    assert waiting.extreme_price == 101500
    assert ear.heard == []


def test_a_maker_hears_of_its_fill_and_nothing_of_the_takers_stop(world: StreamWorld) -> None:
    world.place(BERT, "SELL", "0.01", "100050")
    ear = world.listen(BERT)
    anne = world.listen(ANNE)
    stop(world, triggerPrice="100040")
    world.quote("100039.9", "100060.1", mark="100040")
    assert kinds(ear.heard) == FILL
    assert kinds(anne.heard)[-2:] == ["ALGO_UPDATE TRIGGERED", "ALGO_UPDATE FINISHED"]


class TestOnTheOrderEndpoint:
    """Where an exchange takes stops there, they are orders that are replaced when they fire."""

    @pytest.fixture
    def world(self) -> Iterator[StreamWorld]:
        world = StreamWorld()
        world.main.state.settings = ExchangeSettings(conditional_orders=ConditionalOrders.ORDER)
        yield world
        world.close()

    def test_a_stop_shows_its_trigger_and_counts_nothing(self, world: StreamWorld) -> None:
        ear = world.listen()
        world.place(ANNE, "BUY", "0.01", "101100", type="STOP", stopPrice="101000", priceProtect="true")
        (order,) = [event["o"] for event in ear.heard]
        shown = [order[key] for key in ("o", "ot", "sp", "x", "X", "b", "pP", "wt")]
        assert shown == ["STOP", "STOP", "101000", "NEW", "NEW", "0", True, "CONTRACT_PRICE"]

    def test_a_trailing_stop_shows_its_activation_and_its_rate(self, world: StreamWorld) -> None:
        ear = world.listen()
        more = {"type": "TRAILING_STOP_MARKET", "activationPrice": "110000", "callbackRate": "5"}
        world.place(ANNE, "SELL", "0.01", **more)
        (order,) = [event["o"] for event in ear.heard]
        assert (order["AP"], order["cr"], order["ot"]) == ("110000", "5.0", "TRAILING_STOP_MARKET")

    def test_one_that_fires_expires_with_reason_8_and_is_new_as_a_plain_order(
        self, world: StreamWorld
    ) -> None:
        ear = world.listen()
        world.place(ANNE, "BUY", "0.01", type="STOP_MARKET", stopPrice="101000")
        fire(world)
        assert kinds(ear.heard) == [
            "ORDER_TRADE_UPDATE NEW NEW",
            "ORDER_TRADE_UPDATE EXPIRED EXPIRED",
            "ORDER_TRADE_UPDATE NEW NEW",
            *FILL,
        ]
        orders = [event["o"] for event in ear.heard if event["e"] == "ORDER_TRADE_UPDATE"]
        assert [(order["o"], order["ot"], order["er"]) for order in orders] == [
            ("STOP_MARKET", "STOP_MARKET", "0"),
            ("STOP_MARKET", "STOP_MARKET", "8"),
            ("MARKET", "STOP_MARKET", "0"),
            ("MARKET", "STOP_MARKET", "0"),
        ]

    def test_one_that_is_refused_when_it_fires_says_why_and_expires(self, world: StreamWorld) -> None:
        # Documented: 'Event: Conditional Order Trigger Reject', whose example is such an order.
        ear = world.listen()
        more = {"type": "STOP", "stopPrice": "101000", "timeInForce": "FOK"}
        world.place(ANNE, "BUY", "0.01", "100000", **more)
        fire(world)
        waits, refused, expired = ear.heard
        reason = refused["or"].pop("r")
        assert reason.startswith("Due to the order could not be filled immediately, the FOK order")
        assert refused == {
            "e": "CONDITIONAL_ORDER_TRIGGER_REJECT",
            "E": world.main.now(),
            "T": world.main.now(),
            "or": {"s": "BTCUSDT", "i": waits["o"]["i"]},
        }
        assert expired["o"]["X"] == "EXPIRED"
