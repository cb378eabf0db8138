"""One frame, one reply: ids come back as they were sent, and what is no request gets an error at once."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import msgspec
import pytest

from margind.engine.model.terms import Market
from tests.api.support import (
    FULL,
    NOW,
    READER,
    TRADER,
    UNKNOWN,
    World,
    decoded,
    ed25519_key,
    request_frame,
    rsa_key,
    signed_params,
    websocket_payload,
)

PING = "session.status"
WEIGHT = "REQUEST_WEIGHT"


# ---- ids


@pytest.mark.parametrize(
    "identity",
    [
        "1",
        "0",
        "-7",
        "9007199254740993",
        "123456789012345678901234567890",
        '""',
        '"1"',
        '"c174a2b1-3f51-4580-b200-8528bd237cb7"',
        '"\\u00e9\\"\\\\"',
        "null",
    ],
)
def test_an_id_comes_back_as_it_was_sent(world: World, identity: str) -> None:
    frame = f'{{"id": {identity}, "method": "{PING}"}}'
    reply = world.run(world.websockets.answer(world.session(), frame))
    assert reply.startswith(f'{{"id":{identity},"status":200,'.encode())


def test_an_id_of_letters_beyond_ascii_comes_back(world: World) -> None:
    frame = '{"id":"ключ-币","method":"session.status"}'
    assert world.frame(world.session(), frame)["id"] == "ключ-币"
    assert world.frame(world.session(), frame.encode())["id"] == "ключ-币"


def test_an_id_left_out_is_null(world: World) -> None:
    reply = world.frame(world.session(), f'{{"method":"{PING}"}}')
    assert (reply["id"], reply["status"]) == (None, 200)


@pytest.mark.parametrize("identity", ["{}", '{"a":1}', "[]", "[1]", "true", "false", f'"{"x" * 127}"'])
def test_what_cannot_be_an_id_is_refused_and_not_echoed(world: World, identity: str) -> None:
    reply = world.frame(world.session(), f'{{"id":{identity},"method":"{PING}"}}')
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (None, 400, -1013)


# ---- frames that are no requests


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "{",
        "hello",
        "[]",
        '[{"id":1,"method":"session.status"}]',
        "1",
        "null",
        '"session.status"',
        '{"id":1,"method":"session.status"',
        '{"id":1,"method":"session.status"}{}',
        "[" * 10_000,
        '{"a":' * 10_000,
        '{"id":' + "[" * 10_000 + "]" * 10_000 + "}",
        "{'id':1}",
        '{"id":1,"method":"session.status",}',
        '{"id":NaN,"method":"session.status"}',
        "\x00",
        "\ufeff{}",
    ],
    ids=range(19),
)
def test_a_frame_that_is_no_json_object_is_refused(world: World, frame: str) -> None:
    for sent in (frame, frame.encode()):
        reply = world.frame(world.session(), sent)
        assert (reply["id"], reply["status"]) == (None, 400)
        assert reply["error"] == {"code": -1013, "msg": "INVALID_MESSAGE."}
        assert reply["rateLimits"][0]["rateLimitType"] == WEIGHT


@pytest.mark.parametrize("frame", [b"\xff\xfe", b'{"id":"\xff","method":"session.status"}', b"\x00\x01\x02"])
def test_a_binary_frame_that_is_no_text_is_refused(world: World, frame: bytes) -> None:
    reply = world.frame(world.session(), frame)
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (None, 400, -1013)


@pytest.mark.parametrize(
    "rest",
    [
        '"method":1',
        '"method":null',
        '"method":["session.status"]',
        '"method":"session.status","params":[]',
        '"method":"session.status","params":"apiKey=k"',
        '"method":"session.status","params":1',
    ],
)
def test_a_request_of_the_wrong_types_is_refused_with_its_id(world: World, rest: str) -> None:
    reply = world.frame(world.session(), f'{{"id":"mine",{rest}}}')
    assert (reply["id"], reply["status"], reply["error"]["code"]) == ("mine", 400, -1013)


@pytest.mark.parametrize("rest", ["", ',"method":""', ',"method":"no.such"', ',"method":"SESSION.STATUS"'])
def test_an_unknown_method_is_refused(world: World, rest: str) -> None:
    reply = world.frame(world.session(), f'{{"id":3{rest}}}')
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (3, 404, -5000)


def test_methods_belong_to_their_market(world: World) -> None:
    assert world.ask_signed(world.session(Market.USDM), "v2/account.status")["status"] == 200
    assert world.ask_signed(world.session(Market.COINM), "v2/account.status")["error"]["code"] == -5000
    (usdm, coinm) = (
        world.ask_signed(world.session(market), "account.balance")["result"] for market in Market
    )
    assert "maxWithdrawAmount" in usdm[0]
    assert "withdrawAvailable" in coinm[0]


def test_what_is_too_deep_inside_a_parameter_is_refused(world: World) -> None:
    nested = "[" * 10_000 + "]" * 10_000
    frame = f'{{"id":4,"method":"ticker.price","params":{{"symbol":{nested}}}}}'
    reply = world.frame(world.session(), frame)
    assert (reply["status"], reply["error"]["code"]) == (400, -1013)


@pytest.mark.parametrize("text", ["BTC\\u0000USDT", "BTC\\nUSDT"])
def test_control_characters_in_a_parameter_are_refused_with_the_id(world: World, text: str) -> None:
    frame = f'{{"id":4,"method":"ticker.price","params":{{"symbol":"{text}"}}}}'
    reply = world.frame(world.session(), frame)
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (4, 400, -1100)


def test_unknown_symbols_are_refused_in_the_words_of_rest(world: World) -> None:
    reply = world.ask(world.session(), "ticker.price", symbol="NOSUCHUSDT")
    assert reply["error"] == decoded(world.send("GET", "/fapi/v2/ticker/price", "symbol=NOSUCHUSDT"))


def test_the_book_ticker_tells_the_update_id_beside_what_rest_tells(world: World) -> None:
    told = world.ask(world.session(), "ticker.book", symbol="BTCUSDT")["result"]
    rest = decoded(world.send("GET", "/fapi/v1/ticker/bookTicker", "symbol=BTCUSDT"))
    assert list(told) == ["lastUpdateId", *rest]
    assert {name: told[name] for name in rest} == rest
    every = world.ask(world.session(), "ticker.book")["result"]
    assert told in every
    assert len(every) == len(decoded(world.send("GET", "/fapi/v1/ticker/bookTicker", "")))


# ---- signatures


@pytest.mark.parametrize("kind", ["hmac", "ed25519", "rsa"])
def test_every_type_of_key_may_sign_requests(own_world: World, kind: str) -> None:
    own_world.give_key(own_world.main, rsa_key())
    key = {"hmac": FULL, "ed25519": ed25519_key(), "rsa": rsa_key()}[kind]
    session = own_world.session()
    assert own_world.ask_signed(session, "v2/account.status", key)["status"] == 200
    params = signed_params({}, key)
    params["signature"] = signed_params({"recvWindow": 4}, key)["signature"]
    reply = own_world.ask(session, "v2/account.status", **params)
    assert (reply["status"], reply["error"]["code"]) == (400, -1022)


@pytest.mark.parametrize(
    "params",
    [
        {"recvWindow": 10_000, "returnRateLimits": False},
        {"recvWindow": "10000", "returnRateLimits": "true"},
        {"note": "a b/c"},
        {"symbol": "ETHUSDT"},
    ],
)
def test_values_sign_as_their_text(world: World, params: dict[str, Any]) -> None:
    assert world.ask_signed(world.session(), "v2/account.position", **params)["status"] == 200


def test_percent_encoded_values_sign_as_well(world: World) -> None:
    complete = {"apiKey": FULL.text, "note": "a b/c", "timestamp": NOW}
    payload = websocket_payload(complete).replace(b"a b/c", quote_plus("a b/c").encode())
    signature = FULL.sign(payload)
    reply = world.ask(world.session(), "v2/account.position", **complete, signature=signature)
    assert reply["status"] == 200


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({}, 401, -2014),
        ({"apiKey": ""}, 401, -2014),
        ({"apiKey": None}, 401, -2014),
        ({"apiKey": 1}, 401, -2015),
        ({"apiKey": UNKNOWN.text}, 401, -2015),
        ({"apiKey": TRADER.text}, 401, -2015),
        ({"apiKey": READER.text}, 400, -1102),
        ({"apiKey": READER.text, "timestamp": NOW}, 400, -1102),
        ({"apiKey": READER.text, "timestamp": NOW, "signature": ""}, 400, -1102),
        ({"apiKey": READER.text, "timestamp": None, "signature": "0"}, 400, -1102),
        ({"apiKey": READER.text, "timestamp": NOW, "signature": "0"}, 400, -1022),
        ({"apiKey": READER.text, "timestamp": NOW, "signature": {}}, 400, -1022),
        ({"apiKey": READER.text, "timestamp": NOW - 5001, "signature": "0"}, 400, -1021),
        ({"apiKey": READER.text, "timestamp": 1.5e12, "signature": "0"}, 400, -1102),
        ({"apiKey": READER.text, "timestamp": True, "signature": "0"}, 400, -1102),
    ],
)
def test_a_signed_method_needs_key_time_and_signature(
    world: World, params: dict[str, Any], status: int, code: int
) -> None:
    reply = world.ask(world.session(), "account.status", **params)
    assert (reply["status"], reply["error"]["code"]) == (status, code)


# ---- rateLimits


def shows(reply: Any) -> bool:
    return "rateLimits" in reply


def failing(world: World, session: Any, **params: Any) -> Any:
    return world.ask(session, "no.such", **params)


def succeeding(world: World, session: Any, **params: Any) -> Any:
    return world.ask(session, "ticker.price", symbol="BTCUSDT", **params)


@pytest.mark.parametrize("ask", [failing, succeeding])
@pytest.mark.parametrize("default", [True, False])
def test_a_request_overrides_what_the_connection_wants(
    world: World, ask: Callable[..., Any], default: bool
) -> None:
    session = world.session(return_rate_limits=default)
    assert shows(ask(world, session)) == default
    for yes in (True, "true", "TRUE"):
        assert shows(ask(world, session, returnRateLimits=yes))
    for no in (False, "false", "FALSE"):
        assert not shows(ask(world, session, returnRateLimits=no))
    assert shows(ask(world, session)) == default


def test_account_methods_show_the_weight_alone(world: World) -> None:
    world.exchanges.minute += 60_000
    session = world.session()
    world.ask_signed(session, "account.balance")
    reply = world.ask_signed(session, "account.balance")
    assert reply["rateLimits"] == [
        {"rateLimitType": WEIGHT, "interval": "MINUTE", "intervalNum": 1, "limit": 2400, "count": 10}
    ]


def test_both_doors_count_into_one_number(world: World) -> None:
    world.exchanges.minute += 60_000
    world.send("GET", "/fapi/v1/ping")
    reply = world.ask(world.session(), PING)
    assert reply["rateLimits"][0]["count"] == 1 + 2


@pytest.mark.parametrize(
    "frame", [b"{", b"[]", b"\xff", request_frame("no.such", {}), request_frame("x", {"a": "\x00"})]
)
def test_what_cannot_be_answered_costs_one(world: World, frame: bytes) -> None:
    world.exchanges.minute += 60_000
    reply = world.frame(world.session(), frame)
    assert reply["rateLimits"][0]["count"] == 1


def test_the_fields_of_a_reply_stand_in_the_documented_order(world: World) -> None:
    good = world.run(world.websockets.answer(world.session(), request_frame(PING, {})))
    bad = world.run(world.websockets.answer(world.session(), request_frame("no.such", {})))
    assert list(msgspec.json.decode(good)) == ["id", "status", "result", "rateLimits"]
    assert list(msgspec.json.decode(bad)) == ["id", "status", "error", "rateLimits"]
