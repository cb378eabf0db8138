"""A server that does nothing: FILE's bytes to every request and every frame, on the socket FD."""

import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def application(reply: bytes) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Answers the same bytes to everything, under the headers margind answers with; it reads POSTs."""
    headers = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"x-mbx-used-weight-1m", b"123456"),
        (b"content-length", b"%d" % len(reply)),
    ]
    counts = [(b"x-mbx-order-count-10s", b"12345"), (b"x-mbx-order-count-1m", b"12345")]
    head = {"type": "http.response.start", "status": 200, "headers": headers}
    order_head = {**head, "headers": headers + counts}
    body = {"type": "http.response.body", "body": reply}
    frame = {"type": "websocket.send", "text": reply.decode()}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "POST":
                await receive()
                await send(order_head)
            else:
                await send(head)
            await send(body)
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            await send(frame)

    return serve


def main(file: str, descriptor: str) -> None:
    """Serve until ended, set up as margind sets up its own."""
    config = uvicorn.Config(
        application(Path(file).read_bytes()),
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        backlog=2048,
    )
    listener = socket.socket(fileno=int(descriptor))
    uvloop.run(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
