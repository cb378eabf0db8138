"""Streams over real connections: every form of address, pings, several readers, and one who does not read."""

import json
import socket
import struct
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server.support import PATIENCE_S, Server, serving

QUIET_S = 0.3
"""How long nothing must come for a stream to count as silent."""

USDM, COINM = "/fapi/v1", "/dapi/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("streams"), "--memory") as running:
        yield running


@pytest.fixture(autouse=True)
def lives(server: Server) -> Iterator[None]:
    """Every test here ends with a server that answers."""
    yield
    assert server.is_alive
    assert server.send("GET", "/fapi/v1/ping").status == 200


def opened(server: Server, path: str, base: str | None = None, **options: Any) -> ClientConnection:
    options = {"compression": None, "open_timeout": PATIENCE_S, "max_size": None, **options}
    connection: ClientConnection = connect((base or server.ws_url) + path, proxy=None, **options)
    return connection


def heard(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(PATIENCE_S))


def ask(connection: ClientConnection, method: str, params: Any = None, identity: Any = 1) -> Any:
    connection.send(json.dumps({"method": method, "params": params or [], "id": identity}))
    return heard(connection)


def listen_key(server: Server, family: str = USDM, prefix: str = "", account: str = "demo") -> str:
    key = server.credentials[account]["api_key"]
    answer = server.send("POST", f"{prefix}{family}/listenKey", x_mbx_apikey=key)
    assert answer.status == 200, answer
    return str(answer.json["listenKey"])


def pay(server: Server, market: str = "usdm", account: str = "demo", exchange: str = "main") -> None:
    asset = "USDT" if market == "usdm" else "BTC"
    transfer = {"market": market, "asset": asset, "amount": "0.001"}
    server.control("POST", f"/{exchange}/accounts/{account}/transfers", transfer)


def is_silent(connection: ClientConnection) -> bool:
    try:
        connection.recv(QUIET_S)
    except TimeoutError:
        return True
    return False


# ---- addresses


@pytest.mark.parametrize("market", ["usdm", "coinm"])
@pytest.mark.parametrize(
    ("address", "wrapped"),
    [
        ("/ws/{key}", False),
        ("/private/ws/{key}", False),
        ("/private/ws?listenKey={key}", False),
        ("/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE", False),
        ("/private/stream?listenKey={key}", True),
        ("/stream?streams={key}", True),
        ("/{market}/ws/{key}", False),
        ("/{market}/private/ws?listenKey={key}", False),
        ("/{market}/stream?streams={key}", True),
        ("/x/main/ws/{key}", False),
        ("/x/main/private/stream?listenKey={key}", True),
    ],
)
def test_user_data_comes_on_every_form_of_address(
    server: Server, address: str, wrapped: bool, market: str
) -> None:
    key = listen_key(server, USDM if market == "usdm" else COINM)
    with opened(server, address.format(key=key, market=market)) as connection:
        # An answer to a request says that the server has set the stream up.
        assert ask(connection, "LIST_SUBSCRIPTIONS")["result"] == [key]
        pay(server, market)
        message = heard(connection)
    if wrapped:
        assert message["stream"] == key
        message = message["data"]
    assert (message["e"], message["a"]["m"]) == ("ACCOUNT_UPDATE", "DEPOSIT")
    assert ("i" in message) is (market == "coinm")


@pytest.mark.parametrize("identity", [1, "6f2c1b7e-uuid", "0a1b2c"])
@pytest.mark.parametrize(
    ("address", "wrapped"), [("/ws", False), ("/private/stream", True), ("/stream?streams=", True)]
)
def test_a_key_may_be_subscribed_to(server: Server, address: str, wrapped: bool, identity: Any) -> None:
    key = listen_key(server)
    with opened(server, address) as connection:
        assert ask(connection, "SUBSCRIBE", [key], identity) == {"result": None, "id": identity}
        pay(server)
        message = heard(connection)
        assert (message.get("stream") == key) is wrapped
        assert ask(connection, "UNSUBSCRIBE", [key], identity) == {"result": None, "id": identity}
        pay(server)
        assert is_silent(connection)


@pytest.mark.parametrize("route", ["", "/public", "/market", "/private", "/usdm", "/usdm/market", "/x/main"])
def test_market_data_comes_on_every_route(server: Server, route: str) -> None:
    with opened(server, f"{route}/ws/ethusdt@bookTicker") as connection:
        assert heard(connection)["s"] == "ETHUSDT"
    with opened(server, f"{route}/stream?streams=ethusdt@bookTicker/ethusdt@depth5@100ms") as connection:
        names = {heard(connection)["stream"] for _ in range(2)}
    assert names == {"ethusdt@bookTicker", "ethusdt@depth5@100ms"}


def test_what_names_no_symbol_belongs_to_the_market_of_the_path(server: Server) -> None:
    for path, market in (("", 1), ("/usdm", 1), ("/coinm", 2)):
        with opened(server, f"{path}/ws/!markPrice@arr@1s") as connection:
            assert {row["st"] for row in heard(connection)} == {market}


def test_an_exchange_has_streams_of_its_own(server: Server) -> None:
    server.control("POST", "", {"name": "aside"})
    server.control("POST", "/aside/accounts", {"name": "demo", "balances": {"usdm": {"USDT": "5"}}})
    server.credentials["aside"] = server.control("POST", "/aside/accounts/demo/keys", {})
    key = listen_key(server, prefix="/x/aside", account="aside")
    with opened(server, f"/x/aside/ws/{key}") as there, opened(server, f"/ws/{key}") as here:
        for connection in (there, here):
            ask(connection, "LIST_SUBSCRIPTIONS")
        pay(server, exchange="aside")
        assert heard(there)["a"]["B"][0]["wb"] == "5.00100000"
        assert is_silent(here)
        server.control("DELETE", "/aside")
        with pytest.raises(ConnectionClosed):
            there.recv(PATIENCE_S)


def test_the_second_port_means_coinm(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(tmp_path, "--memory", "--coinm-port", str(port)) as server:
        with opened(server, "/ws/!bookTicker", f"ws://127.0.0.1:{port}") as connection:
            assert heard(connection)["st"] == 2
        key = listen_key(server)
        with opened(server, f"/ws/{key}", f"ws://127.0.0.1:{port}") as connection:
            ask(connection, "LIST_SUBSCRIPTIONS")
            pay(server)
            assert heard(connection)["e"] == "ACCOUNT_UPDATE", "a key tells its own market"


# ---- connections


def test_an_order_is_heard_on_all_connections_of_its_key(server: Server) -> None:
    key = listen_key(server)
    with ExitStack() as stack:
        connections = [stack.enter_context(opened(server, f"/ws/{key}")) for _ in range(3)]
        for connection in connections:
            ask(connection, "LIST_SUBSCRIPTIONS")
        order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000"
        order_id = server.call("POST", "/fapi/v1/order", order).json["orderId"]
        told = [heard(connection) for connection in connections]
        assert [(event["o"]["i"], event["o"]["X"]) for event in told] == [(order_id, "NEW")] * 3
        server.call("DELETE", "/fapi/v1/order", f"symbol=BTCUSDT&orderId={order_id}")
        assert [heard(connection)["o"]["X"] for connection in connections] == ["CANCELED"] * 3


def test_pings_are_answered_and_unasked_pongs_borne(server: Server) -> None:
    with opened(server, "/ws") as connection:
        assert connection.ping("mine").wait(PATIENCE_S)
        connection.pong("nobody asked")
        assert ask(connection, "LIST_SUBSCRIPTIONS") == {"result": [], "id": 1}


def test_nonsense_is_answered_and_the_connection_stays(server: Server) -> None:
    with opened(server, "/ws") as connection:
        for nonsense in ("", "ping", "[]", '{"a":' * 3000, "\x00", b"\xff\xfe"):
            connection.send(nonsense)
            assert heard(connection)["error"]["code"] in (2, 3)
        assert ask(connection, "GET_PROPERTY", ["combined"]) == {"result": False, "id": 1}


def test_a_flood_ends_a_connection_where_limits_are_enforced(tmp_path: Path) -> None:
    with serving(tmp_path, "--memory", "--limits", "enforce") as server, opened(server, "/ws") as connection:
        with pytest.raises(ConnectionClosed) as ended:
            flood(connection)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1008


def flood(connection: ClientConnection) -> None:
    """Ask 400 times at once, and hear all answers until the connection ends."""
    for number in range(400):
        connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
    while True:
        connection.recv(PATIENCE_S)


def deaf(server: Server, path: str) -> socket.socket:
    """A client that shakes hands and then never reads."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE_S)
    connection.connect(server.address)
    nonce = b64encode(bytes(16)).decode()
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection.sendall(f"{head}Sec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    return connection


def framed(text: bytes) -> bytes:
    """A client's text frame; a mask of zeros leaves the text as it is."""
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def test_a_client_that_does_not_read_is_cut_off_and_holds_nobody_up(server: Server) -> None:
    """Each of its questions is answered with a list of 900 names, which nobody takes."""
    key = listen_key(server)
    many = "/".join(f"stream-number-{number}" for number in range(900))
    slow = deaf(server, f"/stream?streams={many}")
    with opened(server, f"/ws/{key}") as reader:
        ask(reader, "LIST_SUBSCRIPTIONS")
        question = framed(b'{"method":"LIST_SUBSCRIPTIONS","id":1}')
        slowest, ended = 0.0, False
        deadline = time.monotonic() + PATIENCE_S
        while not ended and time.monotonic() < deadline:
            try:
                slow.sendall(question * 50)
            except OSError:
                ended = True
            began = time.perf_counter()
            pay(server)
            assert heard(reader)["a"]["m"] == "DEPOSIT"
            slowest = max(slowest, time.perf_counter() - began)
        assert ended, "it was cut off"
        assert slowest < 2
    slow.close()


def test_an_address_may_name_a_thousand_streams(server: Server) -> None:
    names = [f"stream-number-{number}" for number in range(1_000)]
    with opened(server, f"/stream?streams={'/'.join(names)}") as connection:
        assert ask(connection, "LIST_SUBSCRIPTIONS")["result"] == names


def test_a_handshake_that_cannot_be_read_is_answered(server: Server) -> None:
    lines = "".join(f"X-{number}: 1\r\n" for number in range(300))
    head = f"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{lines}\r\n"
    assert server.exchange_bytes(head.encode(), end=False).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_vanishes_without_a_word_is_borne(server: Server) -> None:
    key = listen_key(server)
    vanishing = deaf(server, f"/ws/{key}")
    vanishing.recv(64)
    # Closed with a reset instead of a farewell.
    vanishing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    vanishing.close()
    with opened(server, f"/ws/{key}") as connection:
        ask(connection, "LIST_SUBSCRIPTIONS")
        for _ in range(5):
            pay(server)
            assert heard(connection)["e"] == "ACCOUNT_UPDATE"
