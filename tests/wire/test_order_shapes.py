"""Views of orders have the fields and JSON types of the documented examples; what differs is named here."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from margind import errors
from margind.engine.model.orders import Order
from margind.engine.model.terms import Market, OrderType, Side
from margind.errors import Refusal
from margind.wire import algo_orders, orders
from margind.wire.coinm import orders as coinm
from margind.wire.replies import encode
from margind.wire.usdm import orders as usdm
from tests.wire.accounts import BTCUSD_PERP, BTCUSDT, contract
from tests.wire.test_order_replies import TAKE_PROFIT, Changed, Fill, order

LINEAR, INVERSE = contract(Market.USDM, BTCUSDT), contract(Market.COINM, BTCUSD_PERP)
PLAIN, PLAIN_COINM = order(BTCUSDT, 1, "20000", "1"), order(BTCUSD_PERP, 1, "20000", "1")


def trailing(plain: Order) -> Order:
    return msgspec.structs.replace(
        plain,
        type=OrderType.TRAILING_STOP_MARKET,
        activate_price=Decimal(9020),
        callback_rate=Decimal("0.003"),
    )


TRAILING, TRAILING_COINM = trailing(PLAIN), trailing(PLAIN_COINM)
ONE = Decimal(1)
FILL = Fill("BTCUSDT", 1, 2, Side.BUY, ONE, ONE, ONE, ONE, ONE, "USDT", is_maker=False, time=3)
CHANGE = Changed(1, "BTCUSDT", 2, "x", ONE, ONE, ONE, ONE, 1, None, 3)
REFUSED = orders.refused(Refusal(errors.REDUCE_ONLY_REJECT), Market.USDM)

AVERAGE = {"avgPrice"}
# Documented: came to the rows of USDⓈ-M and of COIN-M in 2026-08.
SINCE_USDM = {"pair", "cumBase"}
SINCE_COINM = {"cumQuote", "goodTillDate"}
ATTACHED = {"actualType", "actualQty"}


class Shape(NamedTuple):
    """A view and the example of its page."""

    example: str
    ours: object
    added: frozenset[str] | set[str] = frozenset()


SHAPES = [
    Shape("fapi-v1-order.post", usdm.order_reply(PLAIN, LINEAR)),
    Shape("fapi-v1-batchOrders.post", [usdm.order_reply(PLAIN, LINEAR), REFUSED], {"closePosition"}),
    Shape("fapi-v1-order.put", usdm.amended_order(PLAIN, LINEAR), {"cumQuote"}),
    Shape("fapi-v1-batchOrders.put", [usdm.amended_order(PLAIN, LINEAR), REFUSED], {"cumQuote"}),
    Shape("fapi-v1-order.delete", usdm.order_reply(TRAILING, LINEAR), AVERAGE),
    Shape("fapi-v1-batchOrders.delete", [usdm.order_reply(TRAILING, LINEAR), REFUSED], AVERAGE),
    Shape("fapi-v1-allOpenOrders.delete", orders.ALL_CANCELLED),
    Shape("fapi-v1-countdownCancelAll.post", orders.countdown("BTCUSDT", 1)),
    Shape("fapi-v1-order.get", usdm.order_row(TRAILING, LINEAR), SINCE_USDM),
    Shape("fapi-v1-openOrder", usdm.order_row(TRAILING, LINEAR), SINCE_USDM),
    Shape("fapi-v1-openOrders", [usdm.order_row(TRAILING, LINEAR)], SINCE_USDM),
    Shape("fapi-v1-allOrders", [usdm.order_row(TRAILING, LINEAR)], SINCE_USDM),
    Shape("fapi-v1-userTrades", [usdm.trade(FILL, LINEAR)], {"pair", "baseQty", "marginAsset"}),
    Shape("fapi-v1-orderAmendment", orders.amendments([CHANGE], "BTCUSDT")),
    Shape("fapi-v1-forceOrders", [usdm.force_order(PLAIN, LINEAR)], SINCE_USDM),
    Shape("fapi-v1-algoOrder.post", algo_orders.algo_reply(TAKE_PROFIT, LINEAR)),
    Shape("fapi-v1-algoOrder.get", algo_orders.algo_row(TAKE_PROFIT, LINEAR, None), ATTACHED),
    Shape("fapi-v1-openAlgoOrders", [algo_orders.algo_row(TAKE_PROFIT, LINEAR, None)], ATTACHED),
    Shape("fapi-v1-allAlgoOrders", [algo_orders.algo_row(TAKE_PROFIT, LINEAR, None)], ATTACHED),
    Shape("fapi-v1-algoOrder.delete", algo_orders.algo_cancelled(TAKE_PROFIT)),
    Shape("fapi-v1-algoOpenOrders.delete", orders.ALL_CANCELLED),
    Shape("ws-fapi.order.place", usdm.order_reply(PLAIN, LINEAR)),
    Shape("ws-fapi.order.modify", usdm.amended_order(PLAIN, LINEAR), SINCE_USDM),
    Shape("ws-fapi.order.cancel", usdm.order_reply(TRAILING, LINEAR), AVERAGE),
    Shape(
        "ws-fapi.order.status",
        usdm.order_row(TRAILING, LINEAR),
        # Named by the official SDK.
        SINCE_USDM | {"priceMatch", "selfTradePreventionMode", "goodTillDate"},
    ),
    Shape(
        "ws-fapi.algoOrder.place",
        algo_orders.algo_reply(TAKE_PROFIT, LINEAR),
        {"activatePrice", "callbackRate"},
    ),
    Shape("ws-fapi.algoOrder.cancel", algo_orders.algo_cancelled(TAKE_PROFIT)),
    Shape("dapi-v1-order.post", coinm.order_reply(TRAILING_COINM, INVERSE)),
    Shape(
        "dapi-v1-batchOrders.post", [coinm.order_reply(TRAILING_COINM, INVERSE), REFUSED], {"closePosition"}
    ),
    Shape("dapi-v1-order.put", coinm.amended_order(PLAIN_COINM, INVERSE)),
    Shape("dapi-v1-order.delete", coinm.order_reply(TRAILING_COINM, INVERSE)),
    Shape("dapi-v1-order.get", coinm.order_row(TRAILING_COINM, INVERSE), SINCE_COINM),
    Shape("dapi-v1-openOrder", coinm.order_row(TRAILING_COINM, INVERSE), SINCE_COINM),
    Shape("dapi-v1-openOrders", [coinm.order_row(TRAILING_COINM, INVERSE)], SINCE_COINM | {"pair"}),
    Shape("dapi-v1-allOrders", [coinm.order_row(TRAILING_COINM, INVERSE)], SINCE_COINM),
    Shape("dapi-v1-userTrades", [coinm.trade(FILL, INVERSE)], {"quoteQty"}),
    Shape("dapi-v1-forceOrders", [coinm.force_order(PLAIN_COINM, INVERSE)], SINCE_COINM),
    Shape(
        "ws-dapi.order.place",
        coinm.order_reply(PLAIN_COINM, INVERSE),
        {"priceMatch", "selfTradePreventionMode"},
    ),
    Shape(
        "ws-dapi.order.modify",
        coinm.order_reply(PLAIN_COINM, INVERSE),
        {"priceMatch", "selfTradePreventionMode"},
    ),
    Shape(
        "ws-dapi.order.cancel",
        coinm.order_reply(PLAIN_COINM, INVERSE),
        {"priceMatch", "selfTradePreventionMode"},
    ),
    Shape("ws-dapi.order.status", coinm.order_row(PLAIN_COINM, INVERSE), SINCE_COINM),
]


def differences(example: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Fields that only one side has, ours with a plus; types that differ."""
    if isinstance(example, list):
        # Not every example lists as much as ours; what stands in the same place is alike.
        for place, (theirs, mine) in enumerate(zip(example, ours, strict=False)):
            yield from differences(theirs, mine, at if place == 0 else f"{at}[{place}]")
    elif isinstance(example, dict) and isinstance(ours, dict):
        yield from (f"-{name}" for name in example.keys() - ours.keys())
        yield from (f"+{name}" for name in ours.keys() - example.keys())
        for name in example.keys() & ours.keys():
            yield from differences(example[name], ours[name], f"{at}.{name}")
    elif type(example) is not type(ours):
        yield f"{at}: {type(ours).__name__} instead of {type(example).__name__}"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.example)
def test_a_view_has_the_fields_and_types_of_the_example(reference: Path, shape: Shape) -> None:
    path = reference / "examples" / "trade" / f"{shape.example}.json"
    example = msgspec.json.decode(path.read_bytes())
    if shape.example.startswith("ws-"):
        example = example["result"]
    found = set(differences(example, msgspec.json.decode(encode(shape.ours))))
    assert found == {f"+{name}" for name in shape.added}


# The REST pages of placing, querying and cancelling list their keys in another order than replies have; other
# examples, and public replies, agree on one. COIN-M's order.status alone ends with priceMatch.
IN_ORDER = [
    shape
    for shape in SHAPES
    if shape.example.startswith(("ws-fapi.order.place", "ws-fapi.order.modify", "ws-fapi.algo"))
    or shape.example.startswith(("ws-dapi.order.place", "ws-dapi.order.modify", "ws-dapi.order.cancel"))
    or shape.example.endswith(("order.put", "batchOrders.put", "forceOrders", "orderAmendment"))
    or "lgo" in shape.example
]


@pytest.mark.parametrize("shape", IN_ORDER, ids=lambda shape: shape.example)
def test_the_keys_come_in_the_order_of_the_example(reference: Path, shape: Shape) -> None:
    path = reference / "examples" / "trade" / f"{shape.example}.json"
    example, ours = msgspec.json.decode(path.read_bytes()), msgspec.json.decode(encode(shape.ours))
    if shape.example.startswith("ws-"):
        example = example["result"]
    if isinstance(example, list):
        example, ours = example[0], ours[0]
    assert [name for name in ours if name in example] == list(example)


def test_every_example_of_the_reference_has_its_view(reference: Path) -> None:
    there = {path.name.removesuffix(".json") for path in (reference / "examples" / "trade").iterdir()}
    again = {"ws-fapi.order.place.general-info", "ws-dapi.order.place.general-info"}
    assert there - again == {shape.example for shape in SHAPES}


def test_a_difference_is_found() -> None:
    assert set(differences({"a": "1", "b": 2}, {"b": "2", "c": 1})) == {
        "-a",
        "+c",
        ".b: str instead of int",
    }
