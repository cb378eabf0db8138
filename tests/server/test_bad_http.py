"""Whatever is sent, the server answers with an error or closes; it lives on, and nothing has changed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from urllib.parse import quote

import msgspec
import pytest

from tests.server.support import Answer, Server, read_to_end

UPGRADE = b"Host: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
LEVERAGE = "/fapi/v1/leverage"


@pytest.fixture(autouse=True)
def unmoved(server: Server) -> Iterator[None]:
    """Every test here ends with a server that answers, and a state that is what it was."""
    before = server.fingerprint()
    yield
    assert server.is_alive
    assert server.send("GET", "/fapi/v1/ping").body == b"{}"
    assert server.fingerprint() == before


def status_of(reply: bytes) -> int:
    """The status of a raw reply, 0 for a connection closed without one."""
    assert b"Traceback" not in reply
    return int(reply.split(b" ", 2)[1]) if reply else 0


def error_of(reply: bytes) -> int:
    """The code in the body of a raw reply."""
    body = msgspec.json.decode(reply.partition(b"\r\n\r\n")[2])
    assert set(body) == {"code", "msg"}
    return int(body["code"])


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"GET\r\n\r\n",
        b"GET fapi HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ?symbol=BTCUSDT HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /fapi/v1/ping HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /fapi/v1/ping\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /fapi/v1/ping?symbol=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /fapi/v1/ping HTTP/1.1\r\nX-Zero: \x00\r\n\r\n",
        b"GET /fapi/v1/ping HTTP/1.1\r\n: nameless\r\n\r\n",
        b"GET /fapi/v1/ping HTTP/1.1\r\nno colon\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /fapi/v1/leverage HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /fapi/v1/leverage HTTP/1.1\r\nContent-Length: 1e9\r\n\r\n",
        b"POST /fapi/v1/leverage HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /fapi/v1/leverage HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET /ws-fapi/v\xff HTTP/1.1\r\n" + UPGRADE + b"\r\n",
    ],
    ids=range(20),
)
def test_what_is_no_http_gets_an_error_and_a_close(server: Server, sent: bytes) -> None:
    reply = server.exchange_bytes(sent)
    assert (status_of(reply), error_of(reply)) == (400, -1100)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n",
        b"POST /fapi/v1/leverage HTTP/1.1\r\nContent-Length: 50\r\n\r\nsymbol=BTCUSDT",
    ],
    ids=range(4),
)
def test_who_hangs_up_early_gets_a_close(server: Server, sent: bytes) -> None:
    assert status_of(server.exchange_bytes(sent)) == 0


def test_a_handshake_with_a_body_is_a_bad_request(server: Server) -> None:
    sent = b"POST /ws-fapi/v1 HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 5\r\n\r\nhello"
    assert status_of(server.exchange_bytes(sent)) == 400


@pytest.mark.parametrize(
    "target", ["/", "*", "////", "/fapi/v1/%zz", "/fapi/v1/%ff%00", "/%66api/v1/time/", "/x//"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PURGE"])
def test_an_unknown_path_or_method_is_minus_5000(server: Server, method: str, target: str) -> None:
    reply = server.exchange_bytes(
        f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), end=False
    )
    assert (status_of(reply), error_of(reply)) == (404, -5000)


def test_head_gets_a_head(server: Server) -> None:
    reply = server.exchange_bytes(
        b"HEAD /fapi/v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", end=False
    )
    assert status_of(reply) == 404
    assert reply.endswith(b"\r\n\r\n")


def test_old_http_is_answered_and_closed(server: Server) -> None:
    reply = server.exchange_bytes(b"GET /fapi/v1/ping HTTP/1.0\r\n\r\n", end=False)
    assert (status_of(reply), reply[-2:]) == (200, b"{}")


def test_requests_sent_without_waiting_are_answered_in_order(server: Server) -> None:
    paths = ["/fapi/v1/ping", "/nowhere", "/dapi/v1/ping", "/fapi/v1/premiumIndex?symbol=BTCUSDT"] * 25
    sent = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths)
    last = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    reply = server.exchange_bytes(sent + last, end=False)
    statuses = [int(part[:3]) for part in reply.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 404, 200, 200] * 25 + [200]


# ---- sizes

MEGABYTES = 10 * (1 << 20)


def post(length: int, *lines: str) -> bytes:
    head = [f"POST {LEVERAGE} HTTP/1.1", "Host: x", f"Content-Length: {length}", *lines, "", ""]
    return "\r\n".join(head).encode()


def test_a_body_of_ten_megabytes_is_refused(server: Server) -> None:
    reply = server.exchange_bytes(post(MEGABYTES) + b"a" * MEGABYTES)
    assert (status_of(reply), error_of(reply)) == (413, -1101)


def test_ten_megabytes_in_chunks_are_refused(server: Server) -> None:
    head = f"POST {LEVERAGE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    reply = server.exchange_bytes(head + chunk * (MEGABYTES // 0x10000) + b"0\r\n\r\n", end=False)
    assert (status_of(reply), error_of(reply)) == (413, -1101)


def test_a_body_without_end_is_cut_off(server: Server) -> None:
    # Whoever is cut off in the middle of sending may miss the reply.
    reply = server.exchange_bytes(post(1 << 40) + b"a" * (40 << 20), end=False)
    assert status_of(reply) in {0, 413}


def test_a_body_with_get_is_not_looked_at(server: Server) -> None:
    with server.connect() as connection:
        for body in (b"a" * MEGABYTES, b'{"symbol":', b"\xff" * 1000):
            head = f"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            connection.sendall(head + body)
            assert connection.recv(1 << 16).endswith(b"\r\n\r\n{}")


def test_headers_without_end_are_refused(server: Server) -> None:
    for flood in (b"".join(b"X-%d: 1\r\n" % number for number in range(200_000)), b"X: " + b"a" * 2_000_000):
        reply = server.exchange_bytes(b"GET /fapi/v1/ping HTTP/1.1\r\n" + flood, end=False)
        assert status_of(reply) in {0, 431}


def test_a_path_without_end_is_refused(server: Server) -> None:
    assert status_of(server.exchange_bytes(b"GET /" + b"a" * 2_000_000, end=False)) in {0, 431}


def test_a_hundred_thousand_parameters_are_refused(server: Server) -> None:
    flood = "&".join(f"p{number}=1" for number in range(100_000))
    answer = server.send("POST", LEVERAGE, flood[:900_000].encode())
    assert (answer.status, answer.code) == (400, -1101)


def test_headers_may_repeat_and_the_first_key_counts(server: Server) -> None:
    key = server.credentials["demo"]["api_key"]
    lines = (f"X-MBX-APIKEY: {key}", "X-MBX-APIKEY: another")
    reply = server.exchange_bytes(post(0, *lines, "Connection: close"), end=False)
    assert error_of(reply) == -1102  # past the check of the key
    reply = server.exchange_bytes(post(0, *reversed(lines), "Connection: close"), end=False)
    assert error_of(reply) == -2015


def test_who_asks_before_sending_a_body_is_told_to_go_on(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(post(14, "Expect: 100-continue"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"symbol=BTCUSDT")
        assert error_of(connection.recv(1 << 16)) == -2014


# ---- values

AWKWARD = [
    "",
    "%20",
    "+",
    "1e9",
    "1E9",
    "NaN",
    "Infinity",
    "-0",
    "+1",
    "0x10",
    "1_000",
    ".5",
    "5.",
    "\uff11",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1" * 10_000,
    "253402300799999",
    "null",
    "yes",
    "[]",
    "{}",
    "'",
    '"',
    "\\",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "<script>",
    "BTCUSDT\u202e",
    "💥",
]
BROKEN = ["%", "%z", "%zz", "%00", "%ff", "%c3%28", "%ed%a0%80", "%0d%0aX-Evil: 1".replace(" ", "%20"), "%7f"]

SIGNED = {
    ("POST", LEVERAGE): "symbol=BTCUSDT&leverage=5",
    ("POST", "/fapi/v1/marginType"): "symbol=SOLUSDT&marginType=ISOLATED",
    ("POST", "/fapi/v1/positionMargin"): "symbol=ETHUSDT&amount=1&type=1&positionSide=BOTH",
    ("POST", "/fapi/v1/positionSide/dual"): "dualSidePosition=true",
    ("POST", "/fapi/v1/multiAssetsMargin"): "multiAssetsMargin=true",
    ("POST", "/fapi/v1/feeBurn"): "feeBurn=false",
    ("POST", "/dapi/v1/leverage"): "symbol=ETHUSD_PERP&leverage=5",
    ("GET", "/fapi/v1/income"): "incomeType=TRANSFER&startTime=1&endTime=2&page=1&limit=10",
    ("GET", "/fapi/v1/positionMargin/history"): "symbol=ETHUSDT&type=1&startTime=1&endTime=2&limit=10",
    ("GET", "/dapi/v1/positionRisk"): "marginAsset=BTC",
    ("GET", "/dapi/v1/leverageBracket"): "pair=BTCUSD",
}
PUBLIC = {
    ("GET", "/fapi/v1/klines"): "symbol=BTCUSDT&interval=1m&startTime=1&endTime=2&limit=10",
    ("GET", "/fapi/v1/fundingRate"): "symbol=BTCUSDT&startTime=1&endTime=2&limit=10",
    ("GET", "/dapi/v1/ticker/price"): "pair=BTCUSD",
    ("GET", "/fapi/v1/assetIndex"): "symbol=BTCUSD",
}


def with_one_replaced(parameters: str) -> Iterator[str]:
    """The parameters with one value at a time made awkward, repeated, or emptied."""
    pairs = [pair.split("=") for pair in parameters.split("&")]
    for place, (name, value) in enumerate(pairs):
        rest = [f"{other}={kept}" for at, (other, kept) in enumerate(pairs) if at != place]
        for text in [*(quote(text, safe="+%") for text in AWKWARD), *BROKEN]:
            yield "&".join([*rest, f"{name}={text}"])
        yield "&".join([*rest, f"{name}={value}", f"{name}={value}"])
        yield "&".join([*rest, name])
        yield "&".join([*rest, f"{quote(name)}%00={value}"])


def is_fair(answer: Answer) -> bool:
    """Whether a reply is one the exchange could give: data, or its own error."""
    document = answer.json
    if answer.status == 200:
        return True
    return answer.status == 400 and set(document) == {"code", "msg"} and document["code"] < 0


@pytest.mark.parametrize("call", SIGNED, ids=" ".join)
def test_awkward_values_of_signed_calls_change_nothing(server: Server, call: tuple[str, str]) -> None:
    for parameters in with_one_replaced(SIGNED[call]):
        answer = server.call(*call, parameters)
        assert is_fair(answer), (parameters, answer)
        assert call[0] == "GET" or answer.status != 200, parameters


@pytest.mark.parametrize("call", PUBLIC, ids=" ".join)
def test_awkward_values_of_public_calls_are_answered(server: Server, call: tuple[str, str]) -> None:
    for parameters in with_one_replaced(PUBLIC[call]):
        answer = server.send(call[0], f"{call[1]}?{parameters}")
        assert is_fair(answer), (parameters, answer)


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/xml", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"leverage":3}', b"<xml/>", b"\xff\x00", b"--x\r\n", b"=&=&=", b"&&&"]
)
def test_a_body_that_is_no_form_misses_its_parameters(server: Server, body: bytes, content_type: str) -> None:
    key = server.credentials["demo"]["api_key"]
    answer = server.send("POST", LEVERAGE, body, x_mbx_apikey=key, content_type=content_type)
    assert (answer.status, answer.code) in {(400, -1102), (400, -1100), (400, -1101)}


# ---- clients that take their time


def test_slow_clients_hold_up_nobody(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(200)]
        for number, connection in enumerate(slow):
            # Half of them in the head of a request, half in its body.
            connection.sendall(post(100)[: 20 + 100 * (number % 2)])
        for round_ in range(5):
            for connection in slow:
                connection.sendall(b"a")
            began = time.monotonic()
            assert server.call("GET", "/fapi/v3/account").status == 200, round_
            assert time.monotonic() - began < 5


def test_a_client_that_never_reads_holds_up_nobody(server: Server) -> None:
    asked = b"GET /fapi/v1/exchangeInfo HTTP/1.1\r\nHost: x\r\n\r\n" * 50
    with server.connect() as deaf:
        deaf.sendall(asked)
        for _ in range(5):
            assert server.call("GET", "/fapi/v3/account").status == 200


def test_connections_that_are_only_opened_do_no_harm(server: Server) -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(server.connect()) for _ in range(300)]
        assert server.send("GET", "/fapi/v1/ping").status == 200
        for connection in opened[::3]:
            connection.close()
        assert server.send("GET", "/fapi/v1/ping").status == 200


def test_many_callers_at_once_are_all_answered(server: Server) -> None:
    def ask(number: int) -> int:
        connection = HTTPConnection(*server.address, timeout=30)
        try:
            paths = ("/fapi/v3/account", "/dapi/v1/account", "/nowhere", "/fapi/v2/positionRisk")
            return server.call("GET", paths[number % 4], connection=connection).status
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(ask, range(200))) == [200, 200, 404, 200] * 50


def test_a_reply_is_whole_when_the_client_closes_its_half(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /dapi/v1/exchangeInfo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        reply = read_to_end(connection)
    assert msgspec.json.decode(reply.partition(b"\r\n\r\n")[2])["timezone"] == "UTC"
