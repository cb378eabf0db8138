"""What the doors refuse is remembered with its reason and without secrets; replies are as they were."""

import json
from typing import Any

import msgspec
import pytest

from margind.api.pipeline import Response
from margind.errors import Because, Reason, Refusal
from margind.exchanges import MAIN
from margind.refusals import KEPT, LONGEST_VALUE, MOST_PARAMETERS, RefusedRequest
from tests.api.support import (
    ELSEWHERE,
    FULL,
    IP,
    NOW,
    OF_SIDE,
    OWNER,
    READER,
    SIDE,
    UNKNOWN,
    World,
    code_of,
    ed25519_key,
    hmac_key,
    request_frame,
    signed_params,
    signed_query,
)

LEVERAGE = "/fapi/v1/leverage"
ORDER = "/fapi/v1/order"
BUY = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
FORGER = hmac_key("k", "not-the-secret-of-the-tester")


def newest(world: World, name: str = MAIN) -> RefusedRequest:
    (row,) = world.exchanges.by_name[name].refusals.newest(1)
    return row


def values(because: Because) -> dict[str, Any]:
    return {one.name: one.value for one in because.compared}


def why(world: World, reply: Response, code: int) -> Because:
    """The reason of the request just refused."""
    assert code_of(reply) == code
    row = newest(world)
    assert (row.code, row.http_status) == (code, reply.status)
    assert {"code": row.code, "msg": row.message} == json.loads(reply.body)
    return row.why()


# What is kept


def test_a_refusal_is_remembered_with_what_was_asked(own_world: World) -> None:
    own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=500")
    (row,) = own_world.main.refusals.of_account(OWNER)
    assert row.asked.transport == "REST"
    assert row.asked.call == "POST /fapi/v1/leverage"
    assert row.asked.parameters == {"symbol": "BTCUSDT", "leverage": "500", "timestamp": str(NOW)}
    assert (row.account, row.time, row.name) == (OWNER, NOW, "INVALID_LEVERAGE")
    assert row.why().remedy_value == {"leverage": 150}


def test_a_refused_frame_is_remembered_by_its_method(own_world: World) -> None:
    session = own_world.session()
    reply = own_world.ask_signed(session, "order.place", symbol="BTCUSDT", side="BUY", type="LIMIT")
    row = newest(own_world)
    assert reply["error"] == {"code": row.code, "msg": row.message}
    assert (row.asked.transport, row.asked.call, row.account) == ("WebSocket", "order.place", OWNER)
    assert row.asked.parameters["apiKey"] == "kkkk…"
    assert row.why().remedy == "send timeInForce"


def test_who_has_logged_on_needs_no_key_to_be_known(own_world: World) -> None:
    session, key = own_world.session(), ed25519_key()
    own_world.ask_signed(session, "session.logon", key)
    own_world.ask(session, "account.balance", timestamp=NOW - 60_000)
    row = newest(own_world)
    assert (row.code, row.account) == (-1021, OWNER)


def test_every_refused_element_of_a_batch_is_remembered(own_world: World) -> None:
    good = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "100000"}
    orders = [{**good, "quantity": amount} for amount in ("0.002", "9", "0.0005")]
    reply = own_world.call(
        "POST", "/fapi/v1/batchOrders", f"batchOrders={json.dumps(orders)}".replace(" ", "")
    )
    assert [row.get("code", 0) for row in json.loads(reply.body)] == [0, -2019, -1111]
    last, first = own_world.main.refusals.of_account(OWNER)
    assert (first.code, first.asked.call) == (-2019, "POST /fapi/v1/batchOrders (element 2)")
    assert json.loads(first.asked.parameters["batchOrders"]) == orders[1]
    assert first.why().remedy_value["quantity"] < 9  # type: ignore[operator]
    assert (last.code, last.asked.call) == (-1111, "POST /fapi/v1/batchOrders (element 3)")


def test_accepted_requests_leave_no_trace(own_world: World) -> None:
    assert own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=25").status == 200
    assert own_world.send("GET", "/fapi/v1/time").status == 200
    assert own_world.main.refusals.newest() == []


def test_of_each_account_the_newest_hundred_are_kept(own_world: World) -> None:
    for place in range(KEPT + 20):
        own_world.call("POST", LEVERAGE, f"symbol=BTCUSDT&leverage={1000 + place}")
    own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=5", key=UNKNOWN)
    rows = own_world.main.refusals.of_account(OWNER)
    assert [int(row.asked.parameters["leverage"]) for row in rows] == list(range(1119, 1019, -1))
    assert [row.asked.parameters["leverage"] for row in own_world.main.refusals.of_account(OWNER, 2)] == [
        "1119",
        "1118",
    ]
    everything = own_world.main.refusals.newest(200)
    assert len(everything) == KEPT + 1
    assert [row.number for row in everything] == sorted((row.number for row in everything), reverse=True)


def test_a_request_is_kept_within_bounds(own_world: World) -> None:
    many = "&".join(f"p{place}=1" for place in range(MOST_PARAMETERS + 10))
    own_world.send("GET", "/fapi/v1/premiumIndex", f"symbol={'X' * 5000}&{many}")
    sent = newest(own_world).asked.parameters
    assert len(sent["symbol"]) == LONGEST_VALUE
    assert len(sent) == MOST_PARAMETERS
    own_world.frame(own_world.session(), request_frame("x" * 50_000, {}))
    assert len(newest(own_world).asked.call) == LONGEST_VALUE
    assert len(msgspec.json.encode(newest(own_world).message)) < 2 * LONGEST_VALUE


def test_the_state_knows_nothing_of_refusals(own_world: World) -> None:
    before = own_world.fingerprint()
    own_world.call("POST", ORDER, f"{BUY}&quantity=9&price=100000")
    assert len(own_world.main.refusals.newest()) == 1
    assert own_world.fingerprint() == before


# Whose it is


def test_a_key_nobody_has_belongs_to_no_account(own_world: World) -> None:
    reply = own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=5", key=UNKNOWN)
    because = why(own_world, reply, -2015)
    assert newest(own_world).account is None
    assert values(because) == {"API key": "uuuu…"}
    assert own_world.main.refusals.of_account(OWNER) == []


def test_a_key_of_another_exchange_is_as_unknown_as_any(own_world: World) -> None:
    path = f"/x/{SIDE}{LEVERAGE}"
    query = "symbol=BTCUSDT&leverage=5"
    own_world.call("POST", path, query, key=FULL)
    row = newest(own_world, SIDE)
    assert row.account is None
    own_world.call("POST", path, query, key=UNKNOWN)
    other = newest(own_world, SIDE)
    assert msgspec.structs.replace(other.why(), compared=()) == msgspec.structs.replace(
        row.why(), compared=()
    )
    assert values(row.why()) == {"API key": "kkkk…"}
    assert own_world.main.refusals.newest() == []


def test_without_a_path_prefix_the_exchange_of_the_key_remembers(own_world: World) -> None:
    own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=500", key=OF_SIDE)
    assert own_world.main.refusals.newest() == []
    assert newest(own_world, SIDE).account == OWNER


def test_an_unknown_path_is_remembered_and_an_unknown_exchange_nowhere(own_world: World) -> None:
    own_world.send("GET", "/fapi/v9/account")
    assert newest(own_world).why().rule == "Path /fapi/v9/account, Method GET is invalid"
    own_world.send("GET", "/x/nowhere/fapi/v1/time")
    assert len(own_world.main.refusals.newest()) == 1


# Nothing secret


def test_no_secret_and_no_signature_is_kept(own_world: World) -> None:
    query = signed_query("symbol=BTCUSDT&leverage=5&secretKey=full-secret-of-the-tester", FORGER)
    own_world.send("POST", LEVERAGE, query, key=FULL.text)
    params = signed_params({"symbol": "BTCUSDT", "password": "full-secret-of-the-tester"}, FORGER)
    own_world.frame(own_world.session(), request_frame("order.place", {**params, "side": "BUY", "type": "X"}))
    own_world.frame(own_world.session(), request_frame("account.balance", params))
    own_world.send("POST", LEVERAGE, "", query, key=FULL.text)
    rows = own_world.main.refusals.newest()
    assert [row.code for row in rows] == [-1022] * 4
    true = FULL.sign(b"symbol=BTCUSDT&leverage=5&timestamp=%d" % NOW)
    for row in rows:
        kept = repr((row, row.why()))
        for secret in ("full-secret-of-the-tester", params["signature"], query[-64:], true, FULL.text):
            assert secret not in kept


def test_a_listen_key_is_kept_by_its_beginning(own_world: World) -> None:
    own_world.send("PUT", "/fapi/v1/listenKey", f"listenKey={'Q' * 64}&symbol=%01", key=FULL.text)
    own_world.send("GET", "/fapi/v1/premiumIndex", f"symbol=nothing!&listenKey={'Q' * 64}")
    assert "QQQQQ" not in repr(own_world.main.refusals.newest())


def test_what_is_remembered_holds_no_traceback(own_world: World) -> None:
    own_world.call("POST", ORDER, f"{BUY}&quantity=9&price=100000")
    row = newest(own_world)
    assert not any(isinstance(getattr(row, name), BaseException) for name in row.__struct_fields__)


# Reasons of the doors


def test_a_stale_request_shows_both_clocks(own_world: World) -> None:
    query = "symbol=BTCUSDT&leverage=25"
    late = own_world.send("POST", LEVERAGE, signed_query(query, timestamp=NOW - 9000), key=FULL.text)
    because = why(own_world, late, -1021)
    assert values(because)["server time"] == NOW
    assert values(because)["timestamp"] == NOW - 9000
    assert values(because)["behind the server"] == 9000
    assert values(because)["recvWindow"] == 5000
    assert because.remedy_value == {"timestamp": NOW, "recvWindow": 9000}

    def again(window: int) -> Response:
        widened = signed_query(f"{query}&recvWindow={window}", timestamp=NOW - 9000)
        return own_world.send("POST", LEVERAGE, widened, key=FULL.text)

    assert code_of(again(8999)) == -1021
    assert code_of(again(9000)) == 0


def test_a_request_from_the_future_is_told_the_time(own_world: World) -> None:
    query = signed_query("symbol=BTCUSDT&leverage=25", timestamp=NOW + 1000)
    because = why(own_world, own_world.send("POST", LEVERAGE, query, key=FULL.text), -1021)
    assert values(because)["behind the server"] == -1000
    assert because.remedy_value == {"timestamp": NOW}
    query = signed_query("symbol=BTCUSDT&leverage=25", timestamp=NOW + 999)
    assert code_of(own_world.send("POST", LEVERAGE, query, key=FULL.text)) == 0


def test_a_wrong_signature_shows_the_payload_that_was_expected_to_be_signed(own_world: World) -> None:
    reply = own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=25", key=FORGER)
    because = why(own_world, reply, -1022)
    payload = values(because)["payload to be signed"]
    assert payload == f"symbol=BTCUSDT&leverage=25&timestamp={NOW}"
    # Signed as it stands there, it passes.
    signed = f"{payload}&signature={FULL.sign(payload.encode())}"
    assert code_of(own_world.send("POST", LEVERAGE, signed, key=FULL.text)) == 0


def test_a_missing_signature_or_timestamp_is_named(own_world: World) -> None:
    unsigned = f"symbol=BTCUSDT&leverage=25&timestamp={NOW}"
    because = why(own_world, own_world.send("POST", LEVERAGE, unsigned, key=FULL.text), -1102)
    assert values(because)["signature"] == "not sent, or empty"
    timeless = own_world.send("POST", LEVERAGE, "symbol=BTCUSDT&leverage=25", key=FULL.text)
    assert "timestamp" in values(why(own_world, timeless, -1102))


@pytest.mark.parametrize(
    ("query", "code", "name", "accepted"),
    [
        ("leverage=25", -1102, "symbol", "a symbol such as BTCUSDT"),
        ("symbol=BTCUSDT&leverage=", -1102, "leverage", "a whole number of at most 64 bits"),
        ("symbol=BTCUSDT&leverage=2.5", -1102, "leverage", "a whole number of at most 64 bits"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named_with_what_is_accepted(
    own_world: World, query: str, code: int, name: str, accepted: str
) -> None:
    because = why(own_world, own_world.call("POST", LEVERAGE, query), code)
    assert name in values(because)
    assert values(because)["accepted"] == accepted


def test_values_out_of_bounds_name_the_nearest(own_world: World) -> None:
    def income(query: str) -> Response:
        return own_world.call("GET", "/fapi/v1/income", query)

    because = why(own_world, income("limit=5000"), -1130)
    assert values(because) == {"limit": 5000, "least": 1, "most": 1000}
    assert because.remedy_value == {"limit": 1000}
    assert code_of(income("limit=1000")) == 0
    because = why(own_world, income("incomeType=transfer"), -1130)
    assert because.remedy_value == {"incomeType": "TRANSFER"}
    assert code_of(income("incomeType=TRANSFER")) == 0
    because = why(own_world, income("incomeType="), -1105)
    assert because.remedy == "leave incomeType out"


def test_a_superfluous_parameter_is_named(own_world: World) -> None:
    query = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.002&price=100000"
    because = why(own_world, own_world.call("POST", ORDER, query), -1106)
    assert because.remedy == "leave price out"


def test_a_symbol_that_is_none_names_those_near_it(own_world: World) -> None:
    reply = own_world.send("GET", "/fapi/v1/premiumIndex", "symbol=BTCUSTD")
    assert why(own_world, reply, -1121).remedy_value == {"symbol": "BTCUSDT"}
    reply = own_world.send("GET", "/fapi/v1/premiumIndex", "symbol=BTC/USDT")
    assert "BTCUSDT" in why(own_world, reply, -1121).remedy


def test_a_key_that_may_not_says_what_it_may(own_world: World) -> None:
    reply = own_world.call("POST", LEVERAGE, "symbol=BTCUSDT&leverage=25", key=READER)
    because = why(own_world, reply, -2015)
    assert values(because) == {"needed": "TRADE", "permissions of the key": "USER_DATA"}
    reply = own_world.call("GET", "/fapi/v2/balance", key=ELSEWHERE)
    because = why(own_world, reply, -2015)
    assert values(because) == {"address": IP, "allowed": "192.0.2.7"}


@pytest.mark.parametrize(
    ("key", "shown"), [(None, "not sent"), ("", "0 characters"), ("a b", "3 characters")]
)
def test_a_malformed_key_is_not_repeated(own_world: World, key: str | None, shown: str) -> None:
    because = why(own_world, own_world.send("GET", "/fapi/v2/balance", key=key), -2014)
    assert values(because) == {"API key": shown}


def test_the_largest_quantity_is_taken_over_the_wire(own_world: World) -> None:
    because = why(own_world, own_world.call("POST", ORDER, f"{BUY}&quantity=9&price=100000"), -2019)
    largest = because.remedy_value["quantity"]
    assert f"{largest}" == "1.818"
    assert code_of(own_world.call("POST", ORDER, f"{BUY}&quantity=1.819&price=100000")) == -2019
    assert code_of(own_world.call("POST", ORDER, f"{BUY}&quantity={largest}&price=100000")) == 0


# The wire


ASKED = [
    ("POST", ORDER, f"{BUY}&quantity=9&price=100000"),
    ("POST", ORDER, f"{BUY}&quantity=0.0005&price=100000"),
    ("POST", ORDER, "symbol=BTCUSDT&side=BUY&type=STOP&quantity=1"),
    (
        "POST",
        "/fapi/v1/algoOrder",
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=BUY&type=STOP_MARKET&quantity=1",
    ),
    ("POST", LEVERAGE, "symbol=BTCUSDT&leverage=500"),
    ("POST", LEVERAGE, "symbol=NOTHING&leverage=5"),
    ("POST", LEVERAGE, "symbol=BTCUSDT&leverage=x"),
    ("POST", "/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED"),
    ("POST", "/fapi/v1/positionMargin", "symbol=ETHUSDT&amount=100000&type=2"),
    ("POST", "/fapi/v1/positionSide/dual", "dualSidePosition=true"),
    ("POST", "/fapi/v1/multiAssetsMargin", "multiAssetsMargin=true"),
    ("POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=500"),
    ("DELETE", ORDER, "symbol=BTCUSDT&orderId=99999"),
    ("GET", "/fapi/v9/account", ""),
]


def test_no_reply_shows_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def replies() -> list[Response]:
        world = World()
        try:
            found = [world.call(*asked) for asked in ASKED]
            found += [world.call(*ASKED[4], key=key) for key in (UNKNOWN, READER, FORGER)]
            assert len(world.main.refusals.newest()) == len(found)
            return found
        finally:
            world.close()

    def without(refusal: Refusal, reason: Reason) -> Refusal:
        return refusal

    explained = replies()
    monkeypatch.setattr(Refusal, "because", without)
    plain = replies()
    assert [reply.status for reply in explained] == [reply.status for reply in plain]
    assert [reply.body for reply in explained] == [reply.body for reply in plain]
    assert [reply.headers for reply in explained] == [reply.headers for reply in plain]
    assert all(set(json.loads(reply.body)) == {"code", "msg"} for reply in explained)
