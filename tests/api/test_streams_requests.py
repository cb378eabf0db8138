"""Addresses of streams, what a connection may ask for, and what becomes of those who do not read."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from margind.api.streams.address import address_of
from margind.api.streams.doors import GOING_AWAY, POLICY, Streams
from margind.api.streams.hub import MOST_WAITING, MOST_WAITING_BYTES
from margind.api.streams.requests import METHODS, MOST_STREAMS
from margind.api.streams.socket import EXTENSION, text_frame
from tests.api.stream_world import COINM, USDM, Ear, StreamWorld, payload


@pytest.fixture(scope="module")
def world() -> Iterator[StreamWorld]:
    world = StreamWorld()
    yield world
    world.close()


# ---- addresses


@pytest.mark.parametrize("route", ["", "/public", "/market", "/private"])
@pytest.mark.parametrize("prefix", [("", None), ("/usdm", USDM), ("/coinm", COINM)])
@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (("/ws", ""), (False, ())),
        (("/ws/", ""), (False, ())),
        (("/ws/KEY", ""), (False, ("KEY",))),
        (("/ws/btcusdt@aggTrade/!bookTicker", ""), (False, ("btcusdt@aggTrade", "!bookTicker"))),
        (("/ws", "listenKey=KEY"), (False, ("KEY",))),
        (("/stream", ""), (True, ())),
        (("/stream", "streams="), (True, ())),
        (("/stream", "streams=KEY"), (True, ("KEY",))),
        (("/stream", "streams=a@depth/b%40depth"), (True, ("a@depth", "b@depth"))),
        (("/stream", "listenKey=ONE&listenKey=TWO"), (True, ("ONE", "TWO"))),
    ],
)
def test_an_address_says_market_form_and_streams(
    route: str, prefix: tuple[str, Any], rest: tuple[str, str], said: tuple[bool, tuple[str, ...]]
) -> None:
    before, market = prefix
    path, query = rest
    address = address_of(before + route + path, query.encode())
    assert address is not None
    assert (address.market, (address.combined, address.streams)) == (market, said)
    assert address.events is None


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("events=ACCOUNT_UPDATE", {"ACCOUNT_UPDATE"}),
        ("listenKey=A&events=ACCOUNT_UPDATE/TRADE_LITE", {"ACCOUNT_UPDATE", "TRADE_LITE"}),
        ("listenKey=A&events=TRADE_LITE&listenKey=B&events=ALGO_UPDATE", {"TRADE_LITE", "ALGO_UPDATE"}),
    ],
)
def test_an_address_may_name_the_events_it_wants(query: str, events: set[str]) -> None:
    address = address_of("/private/ws", query.encode())
    assert address is not None
    assert address.events == frozenset(events)


@pytest.mark.parametrize(
    "path", ["/", "/wsx", "/fapi/v1/ws", "/public", "/usdm", "/private/coinm/ws", "/streams"]
)
def test_other_paths_are_no_stream_addresses(path: str) -> None:
    assert address_of(path, b"") is None


# ---- requests


IDENTITIES = ["1", "0", "18446744073709551615", '"6f2c-uuid"', '"0a1b2c"', '""']


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_id_comes_back_as_it_came(world: StreamWorld, identity: str) -> None:
    _, connection = world.connect()
    for method, params in (("SUBSCRIBE", '["a@b"]'), ("UNSUBSCRIBE", '["a@b"]')):
        sent = f'{{"method":"{method}","params":{params},"id":{identity}}}'
        assert world.request(connection, sent) == {"result": None, "id": json.loads(identity)}


@pytest.mark.parametrize("identity", ["null", "-1", "1.5", "true", "[1]", '{"a":1}', f'"{"x" * 200}"'])
def test_an_id_must_be_a_number_or_a_text(world: StreamWorld, identity: str) -> None:
    _, connection = world.connect()
    answer = world.request(connection, f'{{"method":"LIST_SUBSCRIPTIONS","id":{identity}}}')
    message = "Invalid request: request ID must be an unsigned integer"
    assert answer == {"error": {"code": 2, "msg": message}, "id": None}


def test_subscriptions_are_listed_as_they_were_named(world: StreamWorld) -> None:
    key = world.listen_key()["listenKey"]
    _, connection = world.connect("btcusdt@bookTicker")
    sent = {"method": "SUBSCRIBE", "params": [key, "nonsense", "btcusdt@bookTicker"], "id": 1}
    world.request(connection, json.dumps(sent))
    listed = world.request(connection, '{"method":"LIST_SUBSCRIPTIONS","id":2}')
    assert sorted(listed["result"]) == sorted([key, "nonsense", "btcusdt@bookTicker"])
    world.request(connection, '{"method":"UNSUBSCRIBE","params":["nonsense","never"],"id":3}')
    listed = world.request(connection, '{"method":"LIST_SUBSCRIPTIONS","id":4}')
    assert sorted(listed["result"]) == sorted([key, "btcusdt@bookTicker"])


def test_combined_is_a_property_that_can_be_set(world: StreamWorld) -> None:
    _, connection = world.connect()
    read, write = '{"method":"GET_PROPERTY","params":["combined"],"id":1}', '"method":"SET_PROPERTY","id":2'
    assert world.request(connection, read) == {"result": False, "id": 1}
    answer = world.request(connection, f'{{{write},"params":["combined",true]}}')
    assert answer == {"result": None, "id": 2}
    assert world.request(connection, read) == {"result": True, "id": 1}


def names(names: tuple[str, ...] = METHODS) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        ("", 3, "Invalid JSON: expected value at line 1 column 1"),
        ("ping", 3, "Invalid JSON: expected value at line 1 column 1"),
        ('{"a":' * 5000, 3, "Invalid JSON: expected value at line 1 column 1"),
        ('{"id":1}', 2, "Invalid request: missing field `method` at line 1 column 8"),
        ('{"id":1,\n "method":7}', 2, "Invalid request: missing field `method` at line 2 column 12"),
        ("[]", 2, "Invalid request: missing field `method` at line 1 column 2"),
        (
            '{"method":"PING","id":1}',
            2,
            f"Invalid request: unknown variant `PING`, expected one of {names()} at line 1 column 16",
        ),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2, "Invalid request: invalid stream"),
        ('{"method":"SUBSCRIBE","params":{"a":1},"id":1}', 2, "Invalid request: invalid stream"),
        ('{"method":"GET_PROPERTY","params":["other"],"id":1}', 0, "Unknown property"),
        ('{"method":"GET_PROPERTY","id":1}', 2, "Invalid request: property name must be a string"),
        (
            '{"method":"GET_PROPERTY","params":[7],"id":1}',
            2,
            "Invalid request: property name must be a string",
        ),
        (
            '{"method":"GET_PROPERTY","params":["combined",1],"id":1}',
            2,
            "Invalid request: too many parameters",
        ),
        (
            '{"method":"SET_PROPERTY","params":["combined",1],"id":1}',
            1,
            "Invalid value type: expected Boolean",
        ),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":1}', 1, "Invalid value type: expected Boolean"),
    ],
)
def test_a_fault_is_answered_in_the_documented_words(
    world: StreamWorld, sent: str, code: int, message: str
) -> None:
    _, connection = world.connect()
    for text in (sent, sent.encode()):
        assert world.request(connection, text)["error"] == {"code": code, "msg": message}
    assert world.request(connection, '{"method":"LIST_SUBSCRIPTIONS","id":9}') == {"result": [], "id": 9}


def test_a_connection_hears_at_most_1024_streams(world: StreamWorld) -> None:
    _, connection = world.connect()
    many = [f"s{number}@depth" for number in range(MOST_STREAMS)]
    subscribe = {"method": "SUBSCRIBE", "id": 1}
    assert "result" in world.request(connection, json.dumps({**subscribe, "params": many}))
    answer = world.request(connection, json.dumps({**subscribe, "params": ["one@more"]}))
    assert answer["error"]["msg"] == "Invalid request: too many parameters"
    assert "result" in world.request(connection, json.dumps({**subscribe, "params": many[:3]}))


# ---- frames and slow readers


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_says_its_length(length: int) -> None:
    text = b"x" * length
    assert payload(text_frame(text)) == text


def test_a_reader_that_stops_gets_what_waits_when_it_goes_on(world: StreamWorld) -> None:
    ear, connection = world.connect()
    ear.deaf = True
    for number in range(3):
        connection.push(text_frame(b"%d" % number))
    assert ear.heard == []
    ear.deaf = False
    connection.push(text_frame(b"3"))
    assert ear.heard == [], "the order stays"
    ear.when_writable()
    assert ear.heard == [0, 1, 2, 3]
    connection.push(text_frame(b"4"))
    assert ear.heard[-1] == 4


@pytest.mark.parametrize(("count", "size"), [(MOST_WAITING, 10), (8, MOST_WAITING_BYTES // 8)])
def test_a_reader_that_falls_too_far_behind_is_cut_off(world: StreamWorld, count: int, size: int) -> None:
    ear, connection = world.connect()
    ear.deaf = True
    for _ in range(count - 1):
        connection.push(b"x" * size)
    assert not connection.cut_off.is_set()
    for _ in range(2):
        connection.push(b"x" * size)
    assert connection.cut_off.is_set()
    assert not connection.waiting, "nothing is kept for it"


class Client:
    """The other end of a stream door: what it sends, and what it is told."""

    def __init__(self, world: StreamWorld, path: str, query: str = "", **options: Any) -> None:
        self.ear = Ear()
        self.sent: list[Any] = []
        self.accepted = asyncio.Event()
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.messages.put_nowait({"type": "websocket.connect"})
        self.streams = Streams(world.exchanges, world.desks.get, **options)
        self.scope = {
            "path": path,
            "query_string": query.encode(),
            "extensions": {EXTENSION: self.ear},
            "server": ("127.0.0.1", 9001),
        }

    def say(self, text: str) -> None:
        self.messages.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self.messages.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.accepted.set()

    async def serve(self) -> None:
        assert self.streams.serves(self.scope)
        await asyncio.wait_for(self.streams(self.scope, self.messages.get, self.send), timeout=10)


ACCEPTED = {"type": "websocket.accept"}


def test_a_connection_ends_after_its_lifetime(world: StreamWorld) -> None:
    client = Client(world, "/ws", lifetime_s=0.02)
    world.run(client.serve())
    assert client.sent == [ACCEPTED, {"type": "websocket.close", "code": GOING_AWAY}]


def test_a_client_that_hangs_up_is_forgotten(world: StreamWorld) -> None:
    client = Client(world, "/ws/btcusdt@aggTrade")
    client.say('{"method":"LIST_SUBSCRIPTIONS","id":1}')
    client.leave()
    world.run(client.serve())
    assert client.ear.heard == [{"result": ["btcusdt@aggTrade"], "id": 1}]
    assert client.sent == [ACCEPTED]
    assert not world.desk.hub.is_heard("usdm:btcusdt@aggTrade")


def test_the_second_port_means_coinm(world: StreamWorld) -> None:
    for port, topic in ((9001, "coinm:!bookTicker"), (9002, "usdm:!bookTicker")):
        client = Client(world, "/ws/!bookTicker", coinm_port=port)
        heard: list[bool] = []
        client.say('{"method":"LIST_SUBSCRIPTIONS","id":1}')

        def remember(frame: bytes, heard: list[bool] = heard, topic: str = topic) -> bool:
            heard.append(world.desk.hub.is_heard(topic))
            return True

        client.ear.write_frame = remember  # type: ignore[method-assign]
        client.leave()
        world.run(client.serve())
        assert set(heard) == {True}


@pytest.mark.parametrize(("limits", "answers", "ends"), [("count", 40, []), ("enforce", 10, [POLICY])])
def test_a_flood_of_messages_ends_the_connection_where_limits_are_enforced(
    world: StreamWorld, limits: Any, answers: int, ends: list[int]
) -> None:
    client = Client(world, "/ws", limits=limits)
    for number in range(40):
        client.say(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
    client.leave()
    world.run(client.serve())
    # A second may turn while they are answered: then the count begins anew.
    assert len(client.ear.heard) in (answers, 2 * answers if limits == "enforce" else answers)
    assert [message["code"] for message in client.sent[1:]] == ends or len(client.ear.heard) > answers


def test_a_reader_that_is_cut_off_loses_its_socket(world: StreamWorld) -> None:
    client = Client(world, "/ws")
    client.ear.deaf = True
    for number in range(MOST_WAITING + 1):
        client.say(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
    world.run(client.serve())
    assert client.ear.aborted
    assert client.sent == [ACCEPTED]


def test_connections_end_with_their_exchange() -> None:
    world = StreamWorld()
    client = Client(world, "/x/side/ws")

    async def reset() -> None:
        serving = asyncio.ensure_future(client.serve())
        await client.accepted.wait()
        await world.exchanges.reset("side")
        await serving

    world.exchanges.when_opened.append(world.desks.open)
    world.run(reset())
    world.close()
    assert client.sent == [ACCEPTED, {"type": "websocket.close", "code": GOING_AWAY}]
