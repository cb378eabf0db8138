"""No bytes, wherever they stand in a request, bring anything but data or an error of the exchange."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margind.api.http import LARGEST_BODY
from margind.api.table import ENDPOINTS
from margind.engine.model.terms import Market
from tests.api.support import (
    FULL,
    NOW,
    World,
    request_frame,
    signed_params,
    signed_query,
)

PATHS = sorted({row.path for row in ENDPOINTS if row.path})
WS_METHODS = sorted({row.ws_method for row in ENDPOINTS if row.ws_method})
NAMES = sorted({each.name for row in ENDPOINTS for each in row.parameters})

METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "", "get"])
TEXT = st.text(max_size=30)
VALUES = st.one_of(
    st.sampled_from(
        ["BTCUSDT", "BTCUSD_PERP", "USDT", "true", "1", "ISOLATED", "0", "-1", "1e9", "NaN", "1m"]
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    TEXT,
)
PARAMETERS = st.dictionaries(
    st.one_of(st.sampled_from([*NAMES, "timestamp", "recvWindow"]), TEXT), VALUES, max_size=6
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


def answer(
    world: World, method: str, path: str, *, query: bytes, body: bytes, headers: Any
) -> tuple[int, Any]:
    """Status and JSON of the reply to a request as the server's edge sees it."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    world.run(world.application(scope, receive, send))
    start, end = sent
    assert dict(start["headers"])[b"content-type"].startswith(b"application/json")
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(end["body"])
    return start["status"], msgspec.json.decode(end["body"])


def check(status: int, document: Any) -> None:
    """Data, or an error of the exchange; never a fault of ours."""
    if status != 200:
        assert status in {400, 401, 404, 413}
        assert isinstance(document, dict)
        assert document.keys() == {"code", "msg"}
        assert isinstance(document["code"], int)
        assert document["code"] < -1000
        assert isinstance(document["msg"], str)


@settings(max_examples=300)
@given(
    method=METHODS,
    path=st.one_of(st.sampled_from(PATHS), TEXT, TEXT.map(lambda text: f"/x/main/{text}")),
    query=st.binary(max_size=200),
    body=st.binary(max_size=200),
    headers=st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=80)), max_size=4),
    key=st.one_of(st.none(), st.binary(max_size=80), st.just(FULL.text.encode())),
)
def test_arbitrary_bytes_get_an_error_of_the_exchange(
    world: World, *, method: str, path: str, query: bytes, body: bytes, headers: Any, key: bytes | None
) -> None:
    before = world.fingerprint()
    all_headers = headers if key is None else [*headers, (b"x-mbx-apikey", key)]
    check(*answer(world, method, path, query=query, body=body, headers=all_headers))
    assert world.fingerprint() == before


@settings(max_examples=300)
@given(method=st.sampled_from(["GET", "POST"]), path=st.sampled_from(PATHS), parameters=PARAMETERS)
def test_arbitrary_values_truly_signed_get_data_or_an_error(
    world: World, method: str, path: str, parameters: dict[str, str]
) -> None:
    before = world.fingerprint()
    sent = {name: value for name, value in parameters.items() if name != "timestamp"}
    query = signed_query("&".join(f"{quote(name)}={quote(value)}" for name, value in sent.items()))
    headers = [(b"x-mbx-apikey", FULL.text.encode())]
    status, document = answer(world, method, path, query=query.encode(), body=b"", headers=headers)
    check(status, document)
    if status != 200 or method == "GET":
        assert world.fingerprint() == before


@given(parameters=PARAMETERS, path=st.sampled_from(PATHS))
def test_public_calls_get_data_or_an_error(world: World, path: str, parameters: dict[str, str]) -> None:
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in parameters.items())
    check(*answer(world, "GET", path, query=query.encode(), body=b"", headers=[]))


def check_reply(world: World, market: Market, frame: str | bytes) -> Any:
    before = world.fingerprint()
    reply = world.frame(world.session(market), frame)
    assert reply["status"] in {200, 400, 401, 404}
    kind = "result" if reply["status"] == 200 else "error"
    assert reply.keys() - {"rateLimits"} == {"id", "status", kind}
    if kind == "error":
        check(reply["status"], reply["error"])
    assert world.fingerprint() == before
    return reply


@given(market=st.sampled_from(Market), frame=st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_arbitrary_frames_get_an_error_of_the_exchange(
    world: World, market: Market, frame: str | bytes
) -> None:
    check_reply(world, market, frame)


@given(
    market=st.sampled_from(Market),
    method=st.one_of(st.sampled_from([*WS_METHODS, "session.logon", "session.logout"]), TEXT),
    params=st.one_of(
        JSON, st.dictionaries(st.sampled_from([*NAMES, "apiKey", "timestamp", "signature"]), JSON)
    ),
    identity=JSON,
)
def test_arbitrary_requests_get_a_reply_with_their_id(
    world: World, market: Market, method: str, params: Any, identity: Any
) -> None:
    frame = msgspec.json.encode({"id": identity, "method": method, "params": params})
    reply = check_reply(world, market, frame)
    if isinstance(identity, str | int) and not isinstance(identity, bool) and len(frame) < 128:
        assert reply["id"] == identity


@given(market=st.sampled_from(Market), method=st.sampled_from(WS_METHODS), params=PARAMETERS)
def test_arbitrary_values_truly_signed_are_answered_over_websockets(
    world: World, market: Market, method: str, params: dict[str, str]
) -> None:
    sent = {name: value for name, value in params.items() if name != "timestamp"}
    check_reply(world, market, request_frame(method, signed_params(sent, FULL)))


# ---- times at the ends of what can be said

TIMES = ["0", "1", "-1", "9223372036854775807", "9223372036854775808", "253402300799999", str(NOW), "1e12"]
WITH_TIMES = {
    "/fapi/v1/klines": "symbol=BTCUSDT&interval=1M",
    "/dapi/v1/klines": "symbol=BTCUSD_PERP&interval=1m",
    "/fapi/v1/fundingRate": "symbol=BTCUSDT",
    "/dapi/v1/fundingRate": "symbol=BTCUSD_PERP",
    "/fapi/v1/income": "limit=1000",
    "/dapi/v1/income": "page=1000000",
    "/fapi/v1/positionMargin/history": "symbol=ETHUSDT",
    "/dapi/v1/positionMargin/history": "symbol=BTCUSD_PERP",
}


@pytest.mark.parametrize("end", TIMES)
@pytest.mark.parametrize("start", TIMES)
@pytest.mark.parametrize("path", WITH_TIMES)
def test_spans_of_any_length_are_answered(world: World, path: str, start: str, end: str) -> None:
    for times in (f"startTime={start}&endTime={end}", f"startTime={start}", f"endTime={end}"):
        response = world.call("GET", path, f"{WITH_TIMES[path]}&{times}")
        document = msgspec.json.decode(response.body)
        check(response.status, document)
        assert response.status == 400 or isinstance(document, list)


# ---- bodies


def body_of(world: World, *messages: dict[str, Any]) -> tuple[int, Any]:
    """The reply to a POST whose body comes in parts."""
    left, sent = list(messages), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/fapi/v1/leverage",
        "query_string": b"",
        "headers": [(b"x-mbx-apikey", FULL.text.encode())],
        "client": None,
    }
    world.run(world.application(scope, receive, send))
    assert left == []
    return sent[0]["status"], msgspec.json.decode(sent[1]["body"])


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_parts_is_one_body(world: World) -> None:
    query = signed_query("symbol=SOLUSDT&leverage=4").encode()
    parts = [part(query[at : at + 7], more=True) for at in range(0, len(query), 7)]
    status, document = body_of(world, *parts, part(b"", more=False))
    assert (status, document["leverage"]) == (200, 4)


@pytest.mark.parametrize("size", [LARGEST_BODY, LARGEST_BODY + 1])
def test_a_body_may_have_a_megabyte(world: World, size: int) -> None:
    refused = (413, {"code": -1101, "msg": "Too many parameters sent for this endpoint."})
    whole = body_of(world, part(b"a" * size, more=False))
    parts = body_of(world, part(b"a" * 10, more=True), part(b"a" * (size - 10), more=False))
    assert whole == parts
    assert (whole == refused) == (size > LARGEST_BODY)


def test_a_body_that_breaks_off_is_not_carried_out(world: World) -> None:
    before = world.fingerprint()
    query = signed_query("symbol=SOLUSDT&leverage=6").encode()
    body_of(world, part(query, more=True), {"type": "http.disconnect"})
    body_of(world, {"type": "http.disconnect"})
    assert world.fingerprint() == before
