"""The HTTP and WebSocket edge: a thin ASGI application around plain functions."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from margind import errors
from margind.api.pipeline import JSON, Headers, Pipeline, Request, failure
from margind.engine.model.terms import Market

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LARGEST_BODY = 1 << 20
"""Assumed: one megabyte; the largest documented request (five orders) has a few kilobytes."""

LARGEST_DRAINED_BODY = 16 << 20
"""A larger body is read to here and thrown away: a client that is cut off while it sends loses the reply."""


WHOLE = "margind.whole"
"""The name in a request's state under which our server offers a `WholeExchange`; ASGI knows none."""


class WholeExchange(Protocol):
    """A request and its reply in one piece each, where ASGI passes messages to and fro."""

    @property
    def body(self) -> bytes | None:
        """The body if all of it is there."""

    def reply(self, status: int, headers: Headers, body: bytes) -> bool:
        """Send the reply; False when that has to be done message by message."""


class Door(Protocol):
    """Another ASGI application, responsible for some paths."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""


class Application:
    """Sends each request through the right door."""

    def __init__(self, pipeline: Pipeline, control: Door, websockets: Door) -> None:
        self._pipeline = pipeline
        self._control = control
        self._websockets = websockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/margind/"):
            await self._control(scope, receive, send)
            return
        method = scope["method"]
        # Taken out of the state: a request that refers to itself would be left to the garbage collector.
        whole: WholeExchange | None = scope.get("state", _NONE).pop(WHOLE, None)
        body = b"" if method == "GET" else (whole and whole.body) or await read_body(receive)
        if body is None:
            _, payload = failure(errors.TOO_MANY_PARAMETERS, Market.USDM)
            await _respond(send, 413, [JSON, (b"connection", b"close")], payload)
            return
        client = scope["client"]
        response = await self._pipeline.answer(
            Request(
                method,
                path,
                scope["query_string"],
                body,
                header(scope, b"x-mbx-apikey"),
                client[0] if client else "127.0.0.1",
                scope,
            )
        )
        if whole is None or not whole.reply(response.status, response.headers, response.body):
            await _respond(send, response.status, response.headers, response.body)


_NONE: dict[str, Any] = {}


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large, or when the client hung up before its end."""
    message = await receive()
    body = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request":
        return body if len(body) <= LARGEST_BODY else None
    parts, size = [body], len(body)
    while message.get("more_body") and size <= LARGEST_DRAINED_BODY:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
    if size > LARGEST_BODY or message["type"] == "http.disconnect":
        return None
    return b"".join(parts)


async def _respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})
