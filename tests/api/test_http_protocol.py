"""A connection is bounded: in the size of what it may send as a head, and in how long it may take to."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import uvicorn
from uvicorn.server import ServerState

from margind.api.http import WHOLE, Application
from margind.api.http_protocol import LARGEST_HEAD, BoundedHttpProtocol, Patience
from margind.api.pipeline import Request, Response

REQUEST = b"GET /fapi/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"
TEN_SECONDS = 10.0
A_MINUTE = 60.0


class Wire(asyncio.Transport):
    """A transport that keeps what is written and knows whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, then answers."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def whole_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers in one piece."""
    assert scope["state"][WHOLE].reply(200, [], b"{}")


def connected(serves: Any = app) -> tuple[BoundedHttpProtocol, Wire]:
    config = uvicorn.Config(serves, http=BoundedHttpProtocol, lifespan="off", log_config=None)
    connection, wire = BoundedHttpProtocol(config, ServerState(), {}), Wire()
    connection.connection_made(wire)
    return connection, wire


def on_loop(scenario: Callable[[], Any]) -> None:
    async def run() -> None:
        await scenario()

    asyncio.run(run())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def error_of(wire: Wire) -> tuple[bytes, int]:
    head, _, body = wire.written.partition(b"\r\n\r\n")
    return head.split()[1], msgspec.json.decode(body)["code"]


def test_a_head_that_does_not_end_is_refused() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        connection.data_received(b"GET / HTTP/1.1\r\n")
        for _ in range(LARGEST_HEAD // 10_000):
            connection.data_received(b"X-Flood: " + b"x" * 9_989 + b"\r\n")
            assert not wire.closed
        connection.data_received(b"X-Flood: " + b"x" * 9_989 + b"\r\n")
        assert wire.closed
        assert error_of(wire) == (b"431", -1101)

    on_loop(scenario)


def test_a_trailer_that_does_not_end_is_refused() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        connection.data_received(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        for _ in range(20):
            connection.data_received(b"X-Flood: " + b"x" * 9_989 + b"\r\n")
        assert wire.closed

    on_loop(scenario)


def test_a_long_body_and_many_requests_are_not_a_long_head() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        connection.data_received(b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(100):
            connection.data_received(b"a" * 10_000)
        await settle()
        for _ in range(2_000):
            connection.data_received(REQUEST)
            await settle()
        assert wire.written.count(b"200 OK") == 2_001
        assert not wire.closed
        connection.connection_lost(None)

    on_loop(scenario)


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("asked", [b"", b"Connection: close\r\n", b"Connection: keep-alive\r\n"])
def test_a_reply_in_one_piece_has_the_bytes_of_its_messages(version: bytes, asked: bytes) -> None:
    async def scenario() -> None:
        wires = []
        for serves in (app, whole_app):
            connection, wire = connected(serves)
            connection.data_received(b"GET / HTTP/%b\r\nHost: x\r\n%b\r\n" % (version, asked))
            await settle()
            wires.append((wire.written, wire.closed))
            connection.connection_lost(None)
        assert wires[0] == wires[1]
        assert wires[0][0].endswith(b"\r\n\r\n{}")

    on_loop(scenario)


def test_what_is_answered_is_forgotten_without_the_garbage_collector() -> None:
    class Answers:
        async def answer(self, _: Request) -> Response:
            return Response(200, [], b"{}")

    async def scenario() -> None:
        answers: Any = Answers()
        connection, wire = connected(Application(answers, answers, answers))
        gc.collect()
        gc.disable()
        try:
            for _ in range(100):
                connection.data_received(REQUEST)
                await settle()
            assert gc.collect() < 100
        finally:
            gc.enable()
        assert wire.written.count(b"200 OK") == 100
        connection.connection_lost(None)

    on_loop(scenario)


def test_what_is_no_http_gets_an_error_of_the_exchange() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        connection.data_received(b"\x16\x03\x01 hello\r\n\r\n")
        assert wire.closed
        assert error_of(wire) == (b"400", -1100)

    on_loop(scenario)


def waited(connection: BoundedHttpProtocol, wire: Wire) -> bool:
    """Whether the connection is ended when it stays as it is."""
    patience = Patience(TEN_SECONDS, A_MINUTE)
    patience.look([connection], 100.0)
    patience.look([connection], 110.0)
    assert not wire.closed
    patience.look([connection], 110.1)
    return wire.closed


def test_who_does_not_finish_a_request_is_not_waited_for() -> None:
    async def scenario() -> None:
        unfinished = (b"GET /fapi", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        for sent in ((), unfinished[:1], unfinished[1:], (REQUEST, b"GET")):
            connection, wire = connected()
            for part in sent:
                connection.data_received(part)
                await settle()
            assert waited(connection, wire), sent
            connection.connection_lost(None)

    on_loop(scenario)


def test_a_connection_between_two_requests_is_kept_for_longer() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        connection.data_received(REQUEST)
        await settle()
        assert not waited(connection, wire)
        patience = Patience(TEN_SECONDS, A_MINUTE)
        for second in (0.0, 60.0):
            patience.look([connection], second)
            assert not wire.closed
        patience.look([connection], 60.1)
        assert wire.closed
        connection.connection_lost(None)

    on_loop(scenario)


def test_time_between_requests_begins_anew_with_each() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        patience = Patience(TEN_SECONDS, A_MINUTE)
        for second in range(0, 500, 50):
            connection.data_received(REQUEST)
            await settle()
            patience.look([connection], float(second))
        assert not wire.closed
        connection.connection_lost(None)

    on_loop(scenario)


def test_each_request_has_its_own_time() -> None:
    async def scenario() -> None:
        connection, wire = connected()
        patience = Patience(TEN_SECONDS)
        for second in range(0, 100, 8):
            connection.data_received(REQUEST[:-2])
            patience.look([connection], float(second))
            connection.data_received(REQUEST[-2:])
            await settle()
        assert not wire.closed
        connection.connection_lost(None)

    on_loop(scenario)
