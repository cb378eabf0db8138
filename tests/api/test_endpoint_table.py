"""Every row of the endpoint table: who may call, what it costs, where it is found, on which exchange."""

from collections import Counter
from typing import NamedTuple

import pytest

from margind.api.endpoints import Endpoint, Security
from margind.api.table import ENDPOINTS
from margind.engine.model.terms import Market
from tests.api.support import (
    ELSEWHERE,
    FULL,
    OF_SIDE,
    OTHER_IP,
    READER,
    TRADER,
    UNKNOWN,
    World,
    code_of,
    decoded,
    headers_of,
    signed_query,
)


class Documented(NamedTuple):
    """What the page of a call says: security, and the weight with and without a symbol."""

    security: str
    weight: int
    without_symbol: int | None = None


# The pages of both markets as of 2026-01, changes of 2026-06 included. /fapi/v2 account, balance and
# positionRisk are 5 on their pages (a notice of 2024-08 says 10: the setting legacy_account_weight).
PAGES = {
    "GET /fapi/v1/ping": Documented("NONE", 1),
    "GET /fapi/v1/time": Documented("NONE", 1),
    "GET /fapi/v1/exchangeInfo": Documented("NONE", 1),
    "GET /fapi/v1/premiumIndex": Documented("NONE", 1, 10),
    "GET /fapi/v1/ticker/price": Documented("NONE", 1, 2),
    "GET /fapi/v2/ticker/price": Documented("NONE", 1, 2),
    "GET /fapi/v1/ticker/bookTicker": Documented("NONE", 2, 5),
    "GET /fapi/v1/ticker/24hr": Documented("NONE", 1, 40),
    "GET /fapi/v1/fundingRate": Documented("NONE", 0),
    "GET /fapi/v1/fundingInfo": Documented("NONE", 0),
    "GET /fapi/v1/klines": Documented("NONE", 5),
    "GET /fapi/v1/assetIndex": Documented("NONE", 1, 10),
    "GET /fapi/v1/insuranceBalance": Documented("NONE", 1),
    "GET /futures/data/delivery-price": Documented("NONE", 0),
    "GET /fapi/v2/account": Documented("USER_DATA", 5),
    "GET /fapi/v3/account": Documented("USER_DATA", 5),
    "GET /fapi/v2/balance": Documented("USER_DATA", 5),
    "GET /fapi/v3/balance": Documented("USER_DATA", 5),
    "GET /fapi/v1/accountConfig": Documented("USER_DATA", 5),
    "GET /fapi/v1/symbolConfig": Documented("USER_DATA", 5),
    "GET /fapi/v1/multiAssetsMargin": Documented("USER_DATA", 30),
    "POST /fapi/v1/multiAssetsMargin": Documented("TRADE", 1),
    "GET /fapi/v1/positionSide/dual": Documented("USER_DATA", 30),
    "POST /fapi/v1/positionSide/dual": Documented("TRADE", 1),
    "GET /fapi/v1/feeBurn": Documented("USER_DATA", 30),
    "POST /fapi/v1/feeBurn": Documented("TRADE", 1),
    "GET /fapi/v1/commissionRate": Documented("USER_DATA", 20),
    "GET /fapi/v1/leverageBracket": Documented("USER_DATA", 1),
    "GET /fapi/v1/rateLimit/order": Documented("USER_DATA", 1),
    "GET /fapi/v1/apiTradingStatus": Documented("USER_DATA", 1, 10),
    "GET /fapi/v1/income": Documented("USER_DATA", 30),
    "GET /fapi/v1/income/asyn": Documented("USER_DATA", 1000),
    "GET /fapi/v1/income/asyn/id": Documented("USER_DATA", 10),
    "GET /fapi/v1/order/asyn": Documented("USER_DATA", 1000),
    "GET /fapi/v1/order/asyn/id": Documented("USER_DATA", 10),
    "GET /fapi/v1/trade/asyn": Documented("USER_DATA", 1000),
    "GET /fapi/v1/trade/asyn/id": Documented("USER_DATA", 10),
    "POST /fapi/v1/leverage": Documented("TRADE", 1),
    "POST /fapi/v1/marginType": Documented("TRADE", 1),
    "POST /fapi/v1/positionMargin": Documented("TRADE", 1),
    "GET /fapi/v1/positionMargin/history": Documented("TRADE", 1),
    "GET /fapi/v2/positionRisk": Documented("USER_DATA", 5),
    "GET /fapi/v3/positionRisk": Documented("USER_DATA", 5),
    "GET /fapi/v1/adlQuantile": Documented("USER_DATA", 5),
    "POST /fapi/v1/order": Documented("TRADE", 0),
    "POST /fapi/v1/order/test": Documented("TRADE", 0),
    "POST /fapi/v1/batchOrders": Documented("TRADE", 5),
    "PUT /fapi/v1/order": Documented("TRADE", 0),
    "PUT /fapi/v1/batchOrders": Documented("TRADE", 5),
    "DELETE /fapi/v1/order": Documented("TRADE", 1),
    "DELETE /fapi/v1/batchOrders": Documented("TRADE", 1),
    "DELETE /fapi/v1/allOpenOrders": Documented("TRADE", 1),
    "POST /fapi/v1/countdownCancelAll": Documented("TRADE", 10),
    "GET /fapi/v1/order": Documented("USER_DATA", 1),
    "GET /fapi/v1/openOrder": Documented("USER_DATA", 1),
    "GET /fapi/v1/openOrders": Documented("USER_DATA", 1, 40),
    "GET /fapi/v1/allOrders": Documented("USER_DATA", 5),
    "GET /fapi/v1/userTrades": Documented("USER_DATA", 5),
    "GET /fapi/v1/orderAmendment": Documented("USER_DATA", 1),
    "GET /fapi/v1/forceOrders": Documented("USER_DATA", 20, 50),
    "GET /fapi/v1/depth": Documented("NONE", 10),
    "GET /fapi/v1/rpiDepth": Documented("NONE", 20),
    "POST /fapi/v1/algoOrder": Documented("TRADE", 0),
    "DELETE /fapi/v1/algoOrder": Documented("TRADE", 1),
    "DELETE /fapi/v1/algoOpenOrders": Documented("TRADE", 1),
    "GET /fapi/v1/algoOrder": Documented("USER_DATA", 1),
    "GET /fapi/v1/openAlgoOrders": Documented("USER_DATA", 1, 40),
    "GET /fapi/v1/allAlgoOrders": Documented("USER_DATA", 5),
    "POST /fapi/v1/listenKey": Documented("USER_STREAM", 1),
    "PUT /fapi/v1/listenKey": Documented("USER_STREAM", 1),
    "DELETE /fapi/v1/listenKey": Documented("USER_STREAM", 1),
    "GET /dapi/v1/ping": Documented("NONE", 1),
    "GET /dapi/v1/time": Documented("NONE", 1),
    "GET /dapi/v1/exchangeInfo": Documented("NONE", 1),
    "GET /dapi/v1/premiumIndex": Documented("NONE", 10),
    "GET /dapi/v1/ticker/price": Documented("NONE", 1, 2),
    "GET /dapi/v1/ticker/bookTicker": Documented("NONE", 2, 5),
    "GET /dapi/v1/ticker/24hr": Documented("NONE", 1, 40),
    "GET /dapi/v1/fundingRate": Documented("NONE", 1),
    "GET /dapi/v1/fundingInfo": Documented("NONE", 1),
    "GET /dapi/v1/klines": Documented("NONE", 5),
    "GET /dapi/v1/account": Documented("USER_DATA", 5),
    "GET /dapi/v1/balance": Documented("USER_DATA", 1),
    "GET /dapi/v1/symbolConfig": Documented("USER_DATA", 5),  # on no page; as its USDⓈ-M twin
    "GET /dapi/v1/positionSide/dual": Documented("USER_DATA", 30),
    "POST /dapi/v1/positionSide/dual": Documented("TRADE", 1),
    "GET /dapi/v1/commissionRate": Documented("USER_DATA", 20),
    "GET /dapi/v1/leverageBracket": Documented("USER_DATA", 1),
    "GET /dapi/v2/leverageBracket": Documented("USER_DATA", 1, 2),
    "GET /dapi/v1/income": Documented("USER_DATA", 20),
    # COIN-M: 5 until 2026
    "GET /dapi/v1/income/asyn": Documented("USER_DATA", 1000),
    "GET /dapi/v1/income/asyn/id": Documented("USER_DATA", 5),
    "GET /dapi/v1/order/asyn": Documented("USER_DATA", 1000),
    "GET /dapi/v1/order/asyn/id": Documented("USER_DATA", 5),
    "GET /dapi/v1/trade/asyn": Documented("USER_DATA", 1000),
    "GET /dapi/v1/trade/asyn/id": Documented("USER_DATA", 5),
    "POST /dapi/v1/leverage": Documented("TRADE", 1),
    "POST /dapi/v1/marginType": Documented("TRADE", 1),
    "POST /dapi/v1/positionMargin": Documented("TRADE", 1),
    "GET /dapi/v1/positionMargin/history": Documented("TRADE", 1),
    "GET /dapi/v1/positionRisk": Documented("USER_DATA", 1),
    "GET /dapi/v1/adlQuantile": Documented("USER_DATA", 5),
    "POST /dapi/v1/order": Documented("TRADE", 0),
    "POST /dapi/v1/batchOrders": Documented("TRADE", 5),
    "PUT /dapi/v1/order": Documented("TRADE", 1),
    "PUT /dapi/v1/batchOrders": Documented("TRADE", 5),
    "DELETE /dapi/v1/order": Documented("TRADE", 1),
    "DELETE /dapi/v1/batchOrders": Documented("TRADE", 1),
    "DELETE /dapi/v1/allOpenOrders": Documented("TRADE", 1),
    "POST /dapi/v1/countdownCancelAll": Documented("TRADE", 10),
    "GET /dapi/v1/order": Documented("USER_DATA", 1),
    "GET /dapi/v1/openOrder": Documented("USER_DATA", 1),
    "GET /dapi/v1/openOrders": Documented("USER_DATA", 1, 40),
    "GET /dapi/v1/allOrders": Documented("USER_DATA", 5),
    "GET /dapi/v1/userTrades": Documented("USER_DATA", 5),
    "GET /dapi/v1/orderAmendment": Documented("USER_DATA", 1),
    "GET /dapi/v1/forceOrders": Documented("USER_DATA", 20, 50),
    "GET /dapi/v1/depth": Documented("NONE", 10),
    "POST /dapi/v1/algoOrder": Documented("TRADE", 0),
    "DELETE /dapi/v1/algoOrder": Documented("TRADE", 1),
    "DELETE /dapi/v1/algoOpenOrders": Documented("TRADE", 1),
    "GET /dapi/v1/algoOrder": Documented("USER_DATA", 1),
    "GET /dapi/v1/openAlgoOrders": Documented("USER_DATA", 1, 40),
    "GET /dapi/v1/allAlgoOrders": Documented("USER_DATA", 5),
    "POST /dapi/v1/listenKey": Documented("USER_STREAM", 1),
    "PUT /dapi/v1/listenKey": Documented("USER_STREAM", 1),
    "DELETE /dapi/v1/listenKey": Documented("USER_STREAM", 1),
    # The few spot paths that futures clients call when they start; here each costs one.
    "GET /api/v3/ping": Documented("NONE", 1),
    "GET /api/v3/time": Documented("NONE", 1),
    "GET /api/v3/exchangeInfo": Documented("NONE", 1),
    "GET /sapi/v1/capital/config/getall": Documented("USER_DATA", 1),
    "GET /sapi/v1/margin/allPairs": Documented("MARKET_DATA", 1),
    "GET /sapi/v1/margin/isolated/allPairs": Documented("MARKET_DATA", 1),
}

# 'WebSocket API', by market: security and weight of every method.
WEBSOCKET_PAGES = {
    ("usdm", "account.status"): ("USER_DATA", 5),
    ("usdm", "v2/account.status"): ("USER_DATA", 5),
    ("usdm", "account.balance"): ("USER_DATA", 5),
    ("usdm", "v2/account.balance"): ("USER_DATA", 5),
    ("usdm", "account.position"): ("USER_DATA", 5),
    ("usdm", "v2/account.position"): ("USER_DATA", 5),
    ("usdm", "ticker.price"): ("NONE", 2),
    ("usdm", "ticker.book"): ("NONE", 5),
    ("usdm", "depth"): ("NONE", 10),
    ("usdm", "order.place"): ("TRADE", 0),
    ("usdm", "order.modify"): ("TRADE", 0),
    ("usdm", "order.cancel"): ("TRADE", 1),
    ("usdm", "order.status"): ("USER_DATA", 1),
    ("usdm", "algoOrder.place"): ("TRADE", 0),
    ("usdm", "algoOrder.cancel"): ("TRADE", 1),
    ("usdm", "userDataStream.start"): ("USER_STREAM", 1),
    ("usdm", "userDataStream.ping"): ("USER_STREAM", 1),
    ("usdm", "userDataStream.stop"): ("USER_STREAM", 1),
    ("coinm", "account.status"): ("USER_DATA", 5),
    ("coinm", "account.balance"): ("USER_DATA", 5),
    ("coinm", "account.position"): ("USER_DATA", 5),
    ("coinm", "order.place"): ("TRADE", 0),
    ("coinm", "order.modify"): ("TRADE", 1),
    ("coinm", "order.cancel"): ("TRADE", 1),
    ("coinm", "order.status"): ("USER_DATA", 1),
    ("coinm", "userDataStream.start"): ("USER_STREAM", 1),
    ("coinm", "userDataStream.ping"): ("USER_STREAM", 1),
    ("coinm", "userDataStream.stop"): ("USER_STREAM", 1),
}

ROWS = [row for row in ENDPOINTS if row.path]
SIGNED = [row for row in ROWS if row.security.is_signed]
WEBSOCKET_ROWS = [row for row in ENDPOINTS if row.ws_method]
NAMING_A_SYMBOL = [
    row
    for row in ROWS
    if any(each.name == "symbol" for each in row.parameters) and row.name != "Get Income History"
]

SYMBOLS = {Market.USDM: "ETHUSDT", Market.COINM: "BTCUSD_PERP"}
VALUES = {
    "interval": "1m",
    "leverage": "5",
    "marginType": "ISOLATED",
    "dualSidePosition": "false",
    "multiAssetsMargin": "false",
    "feeBurn": "true",
    "amount": "1",
    "type": "1",
    # A batch of none, a limit order without timeInForce and a change that names no order are refused.
    "batchOrders": "[]",
    "side": "BUY",
    "quantity": "0.002",
    "price": "90000",
    "algoType": "CONDITIONAL",
    "countdownTime": "0",
    "startTime": "0",
    "endTime": "1",
    "downloadId": "123456789012345678",
}
ORDER_TYPES = {"order": "LIMIT", "test": "LIMIT", "algoOrder": "STOP_MARKET"}
"""`type` of the calls whose path ends so."""

IDS = {"orderId": "999", "algoId": "999"}
"""What some reads need beside what is mandatory; there is no such order."""
NAMING_ONE = ("v1/order", "v1/openOrder", "v1/algoOrder")
"""Reads that name one order: -2013."""


def name_of(row: Endpoint) -> str:
    return f"{row.method} {row.path}"


def ws_name_of(row: Endpoint) -> str:
    return f"{row.market} {row.ws_method}"


def values_of(row: Endpoint) -> dict[str, str]:
    return VALUES | ({"type": ORDER_TYPES[last(row)]} if last(row) in ORDER_TYPES else {})


def last(row: Endpoint) -> str:
    return row.path.rpartition("/")[2]


def readable(row: Endpoint) -> str:
    """A request that a read can answer."""
    more = [f"{name}={IDS[name]}" for name in IDS if is_one(row) and name in names_of(row)]
    if row.market is Market.COINM and last(row) in ("allOrders", "userTrades"):
        more.append(f"symbol={SYMBOLS[row.market]}")
    if last(row) == "orderAmendment":
        more.append("orderId=999")
    return "&".join(filter(None, [mandatory(row), *more]))


def is_one(row: Endpoint) -> bool:
    return row.path.endswith(NAMING_ONE)


def answer_of(row: Endpoint) -> int:
    """The code of a read that names what is not there; 0 of the others."""
    if is_one(row):
        return -2013
    return -1130 if row.path.endswith("/asyn/id") else 0


def names_of(row: Endpoint) -> set[str]:
    return {each.name for each in row.parameters}


def mandatory(row: Endpoint, **values: str) -> str:
    """A value for every parameter that must be sent."""
    known = {"symbol": SYMBOLS[row.market], "pair": "BTCUSDT", **values_of(row), **values}
    return "&".join(f"{each.name}={known[each.name]}" for each in row.parameters if each.required)


def with_symbol(row: Endpoint, symbol: str) -> str:
    others = [each.name for each in row.parameters if each.required and each.name != "symbol"]
    return "&".join([f"symbol={symbol}", *(f"{name}={values_of(row)[name]}" for name in others)])


@pytest.fixture
def fresh_minute(world: World) -> World:
    """The shared world in a minute in which nothing was asked yet."""
    world.exchanges.minute += 60_000
    return world


# ---- what there is


def test_the_table_holds_the_documented_calls() -> None:
    assert sorted(map(name_of, ROWS)) == sorted(PAGES)
    assert sorted((str(row.market), row.ws_method) for row in WEBSOCKET_ROWS) == sorted(WEBSOCKET_PAGES)


def test_no_call_is_in_the_table_twice() -> None:
    for places in (map(name_of, ROWS), map(ws_name_of, WEBSOCKET_ROWS)):
        assert [place for place, count in Counter(places).items() if count > 1] == []


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_another_method_is_an_unknown_path(world: World, row: Endpoint) -> None:
    offered = {other.method for other in ROWS if other.path == row.path}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"} - offered:
        response = world.call(method, row.path, mandatory(row))
        assert (response.status, decoded(response)) == (
            404,
            {"code": -5000, "msg": f"Path {row.path}, Method {method} is invalid"},
        )


@pytest.mark.parametrize(
    "path",
    ["", "/", "//fapi/v1/ping", "/fapi/v1/ping/", "/fapi/v1/Ping", "/fapi", "/x/main", "/x//fapi/v1/ping"],
)
def test_paths_are_known_only_as_written(world: World, path: str) -> None:
    assert code_of(world.send("GET", path)) == -5000


def test_an_exchange_that_does_not_exist_has_no_paths(world: World) -> None:
    assert code_of(world.send("GET", "/x/nowhere/fapi/v1/ping")) == -5000


# ---- who may call


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_security_is_the_documented_one(row: Endpoint) -> None:
    assert row.security == PAGES[name_of(row)].security


@pytest.mark.parametrize("row", WEBSOCKET_ROWS, ids=ws_name_of)
def test_security_of_the_websocket_api_is_the_documented_one(row: Endpoint) -> None:
    assert row.security == WEBSOCKET_PAGES[str(row.market), row.ws_method][0]


@pytest.mark.parametrize("row", [row for row in ROWS if row.security is Security.NONE], ids=name_of)
def test_a_public_call_takes_no_notice_of_keys_and_signatures(world: World, row: Endpoint) -> None:
    query = mandatory(row)
    extra = "&".join(filter(None, [query, "timestamp=1", "recvWindow=x", "signature=wrong"]))
    for key in (None, UNKNOWN.text, "not a key"):
        assert code_of(world.send(row.method, row.path, query, key=key)) == 0
        assert code_of(world.send(row.method, row.path, extra, key=key)) == 0


@pytest.mark.parametrize("row", SIGNED, ids=name_of)
def test_a_signed_call_needs_a_key_that_may_make_it(world: World, row: Endpoint) -> None:
    before = world.fingerprint()
    query = mandatory(row)
    assert code_of(world.send(row.method, row.path, signed_query(query))) == -2014
    lacking = READER if row.security is Security.TRADE else TRADER
    for key in (UNKNOWN, ELSEWHERE, lacking):
        response = world.call(row.method, row.path, query, key=key)
        assert (response.status, code_of(response)) == (401, -2015)
    assert world.fingerprint() == before


@pytest.mark.parametrize("row", SIGNED, ids=name_of)
def test_a_signed_call_needs_time_and_signature(world: World, row: Endpoint) -> None:
    before = world.fingerprint()
    query = mandatory(row)
    unsigned = world.send(row.method, row.path, query, key=FULL.text)
    assert decoded(unsigned)["msg"].startswith("Mandatory parameter 'timestamp'")
    forged = signed_query(query).replace("signature=", "signature=0")
    assert code_of(world.send(row.method, row.path, forged, key=FULL.text)) == -1022
    assert world.fingerprint() == before


@pytest.mark.parametrize("row", [row for row in SIGNED if row.method == "GET"], ids=name_of)
@pytest.mark.parametrize("place", ["main", "side"])
def test_signed_reads_are_answered_on_the_exchange_of_the_key(
    world: World, row: Endpoint, place: str
) -> None:
    own, foreign = (FULL, OF_SIDE) if place == "main" else (OF_SIDE, FULL)
    query = readable(row)
    named = world.call(row.method, f"/x/{place}{row.path}", query, key=own)
    assert code_of(named) == answer_of(row)
    unnamed = world.call(row.method, row.path, query, key=own)
    assert code_of(unnamed) == answer_of(row)
    # Each request for a file has an id of its own.
    assert unnamed.body == named.body or last(row) == "asyn"
    assert code_of(world.call(row.method, f"/x/{place}{row.path}", query, key=foreign)) == -2015


def test_a_path_that_names_the_exchange_tells_its_time(own_world: World) -> None:
    own_world.run(own_world.side.advance_to(own_world.side.now() + 5))
    assert decoded(own_world.send("GET", "/x/side/fapi/v1/time")) == {"serverTime": own_world.main.now() + 5}
    assert decoded(own_world.send("GET", "/dapi/v1/time")) == {"serverTime": own_world.main.now()}


def test_an_address_on_the_list_may_use_the_key(world: World) -> None:
    assert code_of(world.call("GET", "/fapi/v3/balance", key=ELSEWHERE, ip=OTHER_IP)) == 0


# ---- what a call costs, and how its reply is dressed


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_documented_weight_is_charged_and_shown(fresh_minute: World, row: Endpoint) -> None:
    page = PAGES[name_of(row)]
    names = {each.name for each in row.parameters}
    spent = 0
    if "symbol" in names:
        response = fresh_minute.call(row.method, row.path, with_symbol(row, SYMBOLS[row.market]))
        spent += page.weight
        assert headers_of(response)["x-mbx-used-weight-1m"] == str(spent)
    response = fresh_minute.call(row.method, row.path, mandatory(row))
    mandatory_symbol = any(each.name == "symbol" and each.required for each in row.parameters)
    if page.without_symbol is None or mandatory_symbol:
        spent += page.weight
    else:
        spent += page.without_symbol
    assert headers_of(response)["x-mbx-used-weight-1m"] == str(spent)


@pytest.mark.parametrize("row", WEBSOCKET_ROWS, ids=ws_name_of)
def test_the_documented_weight_is_charged_over_websockets(fresh_minute: World, row: Endpoint) -> None:
    session = fresh_minute.session(row.market)
    reply = fresh_minute.ask_signed(session, row.ws_method)
    assert reply["status"] in (200, 400)
    counts = {(limit["rateLimitType"], limit["interval"]): limit["count"] for limit in reply["rateLimits"]}
    assert counts["REQUEST_WEIGHT", "MINUTE"] == WEBSOCKET_PAGES[str(row.market), row.ws_method][1]


@pytest.mark.parametrize(
    ("limit", "weight"),
    [("1", 1), ("99", 1), ("100", 2), ("499", 2), ("500", 5), ("1000", 5), ("1001", 10), ("1500", 10)],
)
@pytest.mark.parametrize("path", ["/fapi/v1/klines", "/dapi/v1/klines"])
def test_candles_cost_by_their_number(fresh_minute: World, path: str, limit: str, weight: int) -> None:
    symbol = SYMBOLS[Market.USDM if path.startswith("/fapi") else Market.COINM]
    response = fresh_minute.send("GET", path, f"symbol={symbol}&interval=1m&limit={limit}")
    assert (response.status, headers_of(response)["x-mbx-used-weight-1m"]) == (200, str(weight))


def test_funding_calls_count_apart_from_weights(fresh_minute: World) -> None:
    for _ in range(3):
        response = fresh_minute.send("GET", "/fapi/v1/fundingRate")
        assert headers_of(response)["x-mbx-used-weight-1m"] == "0"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_reply_is_json_and_tells_the_used_weight(world: World, row: Endpoint) -> None:
    for response in (
        world.call(row.method, row.path, mandatory(row)),
        world.send(row.method, row.path),
        world.send("PATCH", row.path),
        world.send(row.method, row.path, "a=%"),
    ):
        headers = headers_of(response)
        assert headers["content-type"] == "application/json;charset=UTF-8"
        assert headers["x-mbx-used-weight-1m"].isdigit()
        decoded(response)


# ---- symbols


@pytest.mark.parametrize("row", NAMING_A_SYMBOL, ids=name_of)
@pytest.mark.parametrize("symbol", ["NOSUCHUSDT", "btcusdt", "BTC/USDT", "%E5%B8%81", "BTCUSDT%20"])
def test_a_symbol_that_is_not_listed_is_refused(world: World, row: Endpoint, symbol: str) -> None:
    before = world.fingerprint()
    response = world.call(row.method, row.path, with_symbol(row, symbol))
    assert (response.status, decoded(response)) == (400, {"code": -1121, "msg": "Invalid symbol."})
    assert world.fingerprint() == before


@pytest.mark.parametrize("row", NAMING_A_SYMBOL, ids=name_of)
def test_a_symbol_of_the_other_market_is_not_listed(world: World, row: Endpoint) -> None:
    other = SYMBOLS[Market.COINM if row.market is Market.USDM else Market.USDM]
    assert code_of(world.call(row.method, row.path, with_symbol(row, other))) == -1121


@pytest.mark.parametrize("market", ["fapi", "dapi"])
def test_income_of_a_symbol_that_is_not_listed_is_an_empty_list(world: World, market: str) -> None:
    # A symbol may have left the list since.
    response = world.call("GET", f"/{market}/v1/income", "symbol=NOSUCHUSDT")
    assert (response.status, response.body) == (200, b"[]")
    assert code_of(world.call("GET", f"/{market}/v1/income", "symbol=NO/SUCH")) == -1121
