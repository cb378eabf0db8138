"""Several orders in one request: each element has its own result, in the order of the request."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.order_world import BOTH_MARKETS, TRADER_KEY, Desk, opened
from tests.api.support import World, decoded, signed_query


@pytest.fixture(params=BOTH_MARKETS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    world = opened(World())
    yield Desk(world, request.param)
    world.close()


def batch(*elements: Any) -> str:
    return json.dumps(elements)


def test_a_batch_places_what_it_can(desk: Desk) -> None:
    results = desk.ask(
        "POST",
        "batchOrders",
        batchOrders=batch(
            desk.limit("99000", newClientOrderId="first"),
            desk.limit("99000", reduceOnly="true"),
            desk.limit("98000", timeInForce=None),
            desk.limit("97000", side="HOLD"),
            desk.limit("96000", newClientOrderId="last"),
        ),
    )
    assert [row.get("clientOrderId", row.get("code")) for row in results] == [
        "first",
        -2022,
        -1102,
        -1117,
        "last",
    ]
    assert results[1] == {"code": -2022, "msg": "ReduceOnly Order is rejected."}
    assert results[4]["orderId"] == results[0]["orderId"] + 1
    assert len(desk.ask("GET", "openOrders")) == 2


def test_elements_carry_numbers_or_texts(desk: Desk) -> None:
    numbers = {**desk.limit("99000"), "quantity": 2, "price": 99000, "reduceOnly": False}
    if desk.quantity == "0.002":
        numbers["quantity"] = 0.002
    numbered, texts = desk.ask(
        "POST", "batchOrders", batchOrders=batch(numbers, desk.limit("99000", reduceOnly="false"))
    )
    fields = ("price", "origQty", "reduceOnly", "status")
    assert [numbered[name] for name in fields] == [texts[name] for name in fields]


def test_a_batch_in_a_form_body_need_not_be_encoded(desk: Desk) -> None:
    # Observed: ccxt sends the JSON as it is.
    body = signed_query(f"batchOrders={batch(desk.limit('99000'))}", TRADER_KEY)
    prefix = "/fapi" if desk.symbol == "BTCUSDT" else "/dapi"
    response = desk.world.send("POST", f"{prefix}/v1/batchOrders", body=body, key=TRADER_KEY.text)
    assert decoded(response)[0]["status"] == "NEW"


@pytest.mark.parametrize("count", [0, 6])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_batch_holds_one_to_five(desk: Desk, method: str, count: int) -> None:
    elements = batch(*[desk.limit("99000")] * count)
    assert desk.refusal(method, "batchOrders", batchOrders=elements) == (
        -4082,
        f"Invalid number of batch place orders: {count}",
    )


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_element_that_is_no_object_is_refused_alone(desk: Desk, method: str) -> None:
    assert desk.ask(method, "batchOrders", batchOrders="[7]") == [
        {"code": -1130, "msg": "Data sent for parameter 'batchOrders' is not valid."}
    ]


@pytest.mark.parametrize("text", ["{}", "x", '[{"symbol"'])
def test_what_is_no_list_is_refused_whole(desk: Desk, text: str) -> None:
    assert desk.refusal("POST", "batchOrders", batchOrders=text) == (
        -1102,
        "Mandatory parameter 'batchOrders' was not sent, was empty/null, or malformed.",
    )


def test_a_batch_changes_what_it_can(desk: Desk) -> None:
    order_id = desk.rest("99000", newClientOrderId="mine")
    change = {"symbol": desk.symbol, "side": "BUY", "quantity": desk.quantity}
    results = desk.ask(
        "PUT",
        "batchOrders",
        batchOrders=batch(
            {**change, "origClientOrderId": "mine", "price": "98000"},
            {**change, "orderId": 999, "price": "98000"},
            {**change, "orderId": str(order_id), "price": "97000"},
        ),
    )
    assert [float(row["price"]) if "price" in row else row["code"] for row in results] == [
        98000,
        -2013,
        97000,
    ]


def test_a_list_of_ids_is_cancelled(desk: Desk) -> None:
    first, second = desk.rest("99000"), desk.rest("98000")
    # An official SDK sends texts, others numbers; some write the name in small letters.
    for name, ids in (("orderIdList", f'[{first},"999"]'), ("orderidlist", f'["{second}"]')):
        results = desk.ask("DELETE", "batchOrders", symbol=desk.symbol, **{name: ids})
        assert results[0]["status"] == "CANCELED"
        assert results[1:] in ([], [{"code": -2011, "msg": "Unknown order sent."}])


def test_a_list_of_client_ids_is_cancelled(desk: Desk) -> None:
    desk.rest("99000", newClientOrderId="a")
    results = desk.ask("DELETE", "batchOrders", symbol=desk.symbol, origclientorderidlist='["a","nobody"]')
    assert [row.get("clientOrderId", row.get("code")) for row in results] == ["a", -2011]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, -1102),
        ({"orderIdList": "[]"}, -1102),
        ({"origClientOrderIdList": "[]"}, -1102),
        ({"orderIdList": json.dumps(list(range(1, 12)))}, -4032),
        ({"origClientOrderIdList": json.dumps(["x"] * 11)}, -4032),
        ({"orderIdList": "[1.5]"}, -1130),
        ({"orderIdList": '["one"]'}, -1130),
        ({"origClientOrderIdList": "[1]"}, -1130),
    ],
)
def test_a_list_of_orders_to_cancel_is_refused(desk: Desk, asked: dict[str, str], code: int) -> None:
    order_id = desk.rest()
    assert desk.refusal("DELETE", "batchOrders", symbol=desk.symbol, **asked)[0] == code
    assert [row["orderId"] for row in desk.ask("GET", "openOrders")] == [order_id]


def test_a_batch_counts_five_in_ten_seconds_and_one_in_a_minute(desk: Desk) -> None:
    query = urlencode({"batchOrders": batch(desk.limit("99000"))})
    prefix = "/fapi" if desk.symbol == "BTCUSDT" else "/dapi"
    response = desk.world.call("POST", f"{prefix}/v1/batchOrders", query, key=TRADER_KEY)
    headers = dict(response.headers)
    assert (headers[b"x-mbx-order-count-10s"], headers[b"x-mbx-order-count-1m"]) == (b"5", b"1")
