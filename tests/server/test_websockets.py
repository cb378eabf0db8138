"""The WebSocket API over real connections: paths, pings, floods, sessions, and clients that misbehave."""

import hmac
import json
import socket
import struct
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.server.support import PATIENCE_S, Server, read_to_end

USDM, COINM = "/ws-fapi/v1", "/ws-dapi/v1"
STATUS = '{"id":1,"method":"session.status"}'


@pytest.fixture(autouse=True)
def lives(server: Server) -> Iterator[None]:
    """Every test here ends with a server that answers."""
    yield
    assert server.is_alive
    with opened(server) as connection:
        assert ask(connection, "session.status")["status"] == 200


def opened(server: Server, path: str = USDM, **options: Any) -> ClientConnection:
    options = {"compression": None, "open_timeout": PATIENCE_S, "max_size": None, **options}
    connection: ClientConnection = connect(server.ws_url + path, proxy=None, **options)
    return connection


def ask(connection: ClientConnection, method: str, params: Any = None, identity: Any = 1) -> Any:
    connection.send(json.dumps({"id": identity, "method": method, "params": params or {}}))
    return json.loads(connection.recv(PATIENCE_S))


def signed_params(server: Server, account: str = "demo", **params: Any) -> dict[str, Any]:
    known = server.credentials[account]
    payload = {"apiKey": known["api_key"], **params, "timestamp": time.time_ns() // 1_000_000}
    text = urlencode(sorted(payload.items()))
    signature = hmac.new(known["secret_key"].encode(), text.encode(), "sha256").hexdigest()
    return {**payload, "signature": signature}


# ---- handshakes


@pytest.mark.parametrize(("path", "rows"), [(USDM, "USDT"), (COINM, "BTC"), ("/x/main" + USDM, "USDT")])
def test_each_path_serves_its_market(server: Server, path: str, rows: str) -> None:
    with opened(server, path) as connection:
        reply = ask(connection, "account.balance", signed_params(server), "a-1")
    assert (reply["id"], reply["status"]) == ("a-1", 200)
    assert rows in {row["asset"] for row in reply["result"]}


def test_an_exchange_of_its_own_has_its_own_path(server: Server) -> None:
    server.control("POST", "", {"name": "aside", "clock": {"mode": "manual", "now": 1_700_000_000_000}})
    with opened(server, "/x/aside" + USDM) as connection:
        assert ask(connection, "session.status")["result"]["serverTime"] == 1_700_000_000_000
        assert ask(connection, "account.balance", signed_params(server))["error"]["code"] == -2015


@pytest.mark.parametrize(
    "path", ["/", "/ws-fapi", "/ws-fapi/v2", "/ws-fapi/v1/", "/x/nowhere" + USDM, "/fapi/v1/ping"]
)
def test_an_unknown_path_is_refused_in_http(server: Server, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(server, path)
    response = refused.value.response
    assert response.status_code == 404
    assert json.loads(response.body or b"")["code"] == -5000


@pytest.mark.parametrize(
    "lines",
    [
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    ids=["no key", "short key", "old version", "no version"],
)
def test_a_handshake_that_is_none_is_refused(server: Server, lines: str) -> None:
    head = f"GET {USDM} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n{lines}\r\n\r\n"
    reply = server.exchange_bytes(head.encode(), end=False)
    assert reply.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 426 "))
    assert b"Traceback" not in reply


@pytest.mark.parametrize("query", ["returnRateLimits=%zz", "a=1&a=2", "a=%00"])
def test_a_query_that_cannot_be_read_is_refused_in_http(server: Server, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(server, f"{USDM}?{query}")
    assert refused.value.response.status_code == 400


@pytest.mark.parametrize(
    ("query", "shown"), [("", True), ("?returnRateLimits=true", True), ("?returnRateLimits=false", False)]
)
def test_the_query_says_whether_limits_are_shown(server: Server, query: str, shown: bool) -> None:
    with opened(server, USDM + query) as connection:
        reply = ask(connection, "session.status")
    assert ("rateLimits" in reply) == shown
    assert reply["result"]["returnRateLimits"] == shown


def test_a_handshake_costs_five(server: Server) -> None:
    with opened(server) as connection:
        before = ask(connection, "session.status")["rateLimits"][0]["count"]
        with opened(server):
            after = ask(connection, "session.status")["rateLimits"][0]["count"]
    assert (after - before) % 2400 in {7, after}  # a new minute may have begun in between


# ---- frames


def test_pings_are_answered_with_what_they_carried(server: Server) -> None:
    with opened(server) as connection:
        for payload in (b"", b"1", b"x" * 125):
            assert connection.ping(payload).wait(PATIENCE_S)
        connection.pong(b"unasked")
        assert ask(connection, "session.status")["status"] == 200


def test_requests_sent_without_waiting_are_answered_in_order(server: Server) -> None:
    params = signed_params(server)
    methods = ["session.status", "v2/account.balance", "no.such", "account.position"]
    with opened(server) as connection:
        for number in range(400):
            method = methods[number % 4]
            connection.send(json.dumps({"id": number, "method": method, "params": params}))
            if number % 50 == 0:
                connection.send("not a request")
        replies = [json.loads(connection.recv(PATIENCE_S)) for _ in range(408)]
    assert [reply["id"] for reply in replies if reply["id"] is not None] == list(range(400))
    assert [reply["status"] for reply in replies if reply["id"] is not None] == [200, 200, 404, 200] * 100


def test_a_request_in_pieces_is_one_request(server: Server) -> None:
    with opened(server) as connection:
        connection.send(list(STATUS))
        assert json.loads(connection.recv(PATIENCE_S))["status"] == 200


def test_a_binary_frame_is_read_like_text(server: Server) -> None:
    with opened(server) as connection:
        connection.send(STATUS.encode())
        assert json.loads(connection.recv(PATIENCE_S))["status"] == 200
        connection.send(b'{"id":"\xff"}')
        assert json.loads(connection.recv(PATIENCE_S))["error"]["code"] == -1013


@pytest.mark.parametrize("size", [(1 << 20) + 1, 10 << 20])
def test_a_frame_that_is_too_large_ends_the_connection(server: Server, size: int) -> None:
    def send_it_all(connection: ClientConnection) -> None:
        connection.send(b"x" * size)
        connection.recv(PATIENCE_S)

    with opened(server) as connection, pytest.raises(ConnectionClosed) as closed:
        send_it_all(connection)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_a_large_frame_that_is_no_request_is_refused(server: Server) -> None:
    with opened(server) as connection:
        for text in ("[" * 1_000_000, '{"id":"' + "a" * 1_000_000 + '","method":"session.status"}'):
            connection.send(text)
            assert json.loads(connection.recv(PATIENCE_S))["error"]["code"] == -1013


def frame(first: int, payload: bytes, *, masked: bool = True) -> bytes:
    """One frame of at most 125 bytes, its first byte as given."""
    head = bytes([first, len(payload) | (0x80 if masked else 0)])
    return head + (b"\0\0\0\0" if masked else b"") + payload


HANDSHAKE = (
    f"GET {USDM} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    f"Sec-WebSocket-Key: {b64encode(b'0123456789abcdef').decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(0x81, b"\xff\xfe"), 1007),
        (frame(0x83, b"reserved"), 1002),
        (frame(0xC1, b"compressed"), 1002),
        (frame(0x81, STATUS.encode(), masked=False), 1002),
        (frame(0x80, b"continued"), 1002),
        (frame(0x09, b"ping in pieces"), 1002),
        (frame(0x88, b"\x03"), 1002),
        (bytes([0x81, 0xFF]) + b"\xff" * 8, 1009),
        (bytes([0x82, 0xFF]) + struct.pack("!Q", 1 << 40), 1009),
    ],
)
def test_what_is_no_frame_ends_the_connection_with_its_code(server: Server, sent: bytes, code: int) -> None:
    with server.connect() as connection:
        connection.sendall(HANDSHAKE)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 101 ")
        connection.sendall(sent)
        reply = read_to_end(connection)
    assert reply[0] == 0x88
    assert int.from_bytes(reply[2:4], "big") == code


# ---- clients that do not behave


def test_connections_that_break_off_do_no_harm(server: Server) -> None:
    with ExitStack() as stack:
        for number in range(100):
            connection = stack.enter_context(server.connect())
            connection.sendall(HANDSHAKE)
            connection.recv(1 << 16)
            if number % 3 == 0:  # in the middle of a frame
                connection.sendall(frame(0x81, STATUS.encode())[:10])
            elif number % 3 == 1:  # before the reply is read, and with a reset
                connection.sendall(frame(0x81, STATUS.encode()) * 50)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
        assert server.call("GET", "/fapi/v3/account").status == 200


def test_what_a_client_that_hung_up_had_still_asked_for_is_forgotten(server: Server) -> None:
    order = signed_params(
        server, symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="30000"
    )
    asked = json.dumps({"id": 1, "method": "order.place", "params": order}).encode()
    sent = bytes([0x81, 0xFE]) + struct.pack("!H", len(asked)) + b"\0\0\0\0" + asked
    before = len(server.call("GET", "/fapi/v1/openOrders").json)
    with server.connect() as connection:
        connection.sendall(HANDSHAKE)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 101 ")
        connection.sendall(sent * 20 + frame(0x88, b"\x03\xe8"))
        read_to_end(connection)
    placed = len(server.call("GET", "/fapi/v1/openOrders").json) - before
    assert server.call("DELETE", "/fapi/v1/allOpenOrders", "symbol=BTCUSDT").status == 200
    assert placed == 1


def test_a_client_that_never_reads_holds_up_nobody(server: Server) -> None:
    with server.connect() as deaf, opened(server) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(HANDSHAKE)
        deaf.recv(1 << 16)
        params = signed_params(server)
        asked = json.dumps({"id": 1, "method": "account.status", "params": params}).encode()
        # 240 kB come back for each; what is not read piles up here, not in the server's memory.
        sent = bytes([0x81, 0xFE]) + struct.pack("!H", len(asked)) + b"\0\0\0\0" + asked
        deaf.settimeout(0.5)
        try:
            for _ in range(20_000):
                deaf.sendall(sent)
        except TimeoutError:
            pass
        else:
            raise AssertionError("the server takes requests whose replies nobody reads")
        for _ in range(10):
            began = time.monotonic()
            assert ask(other, "v2/account.status", signed_params(server))["status"] == 200
            assert time.monotonic() - began < 5
        assert memory_mb(server) < 200


def memory_mb(server: Server) -> float:
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(server.process.pid)], capture_output=True, check=True
    )
    return int(told.stdout) / 1024


def test_a_flood_of_connections_is_served(server: Server) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(opened(server)) for _ in range(100)]
        for connection in connections:
            connection.send(STATUS)
        for connection in connections:
            assert json.loads(connection.recv(PATIENCE_S))["status"] == 200


# ---- sessions, as a client lives them


def test_a_session_ends_when_its_key_is_taken_away(server: Server) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = server.control("POST", "/main/accounts/demo/keys", {"type": "ed25519", "public_key": pem})
    assert made["secret_key"] is None
    stamp = {"timestamp": time.time_ns() // 1_000_000}
    payload = f"apiKey={made['api_key']}&timestamp={stamp['timestamp']}"
    signature = b64encode(private.sign(payload.encode())).decode()
    with opened(server) as connection:
        logon = ask(connection, "session.logon", {"apiKey": made["api_key"], **stamp, "signature": signature})
        assert (logon["status"], logon["result"]["apiKey"]) == (200, made["api_key"])
        assert ask(connection, "v2/account.status", stamp)["status"] == 200
        server.control("DELETE", f"/main/accounts/demo/keys/{made['api_key']}")
        revoked = ask(connection, "v2/account.status", stamp, "mine")
        assert (revoked["id"], revoked["status"], revoked["error"]["code"]) == (None, 401, -2015)
        assert ask(connection, "session.status")["result"]["apiKey"] is None


def test_a_change_over_rest_is_in_the_very_next_reply(server: Server) -> None:
    with opened(server) as connection:
        for amount in range(1, 20):
            before = usdt(ask(connection, "v2/account.balance", signed_params(server)))
            server.control(
                "POST",
                "/main/accounts/demo/transfers",
                {"market": "usdm", "asset": "USDT", "amount": str(amount)},
            )
            assert usdt(ask(connection, "v2/account.balance", signed_params(server))) == before + amount


def usdt(reply: Any) -> float:
    return next(float(row["balance"]) for row in reply["result"] if row["asset"] == "USDT")
