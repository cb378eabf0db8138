"""The little of ASGI that the control door needs: a body in, JSON out."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

LARGEST_BODY = 16 << 20
"""All of a real exchangeInfo, the largest document anybody has at hand, has about one megabyte."""


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None when it is too large, which its announced length may tell before it is sent."""
    announced = header(scope, b"content-length") or ""
    if announced.isdecimal() and int(announced[:20]) > LARGEST_BODY:
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def respond(send: Send, status: int, body: bytes, headers: Iterable[Header] = ()) -> None:
    """Send a JSON reply."""
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
