"""The stream doors: `/ws` and `/stream`, bare, split by route, or under a market's name."""

import asyncio
import contextlib
from collections.abc import Callable

from margind.api.http import Door, Receive, Scope, Send
from margind.api.rate_limits import LimitsMode
from margind.api.streams.address import address_of
from margind.api.streams.desk import StreamDesk
from margind.api.streams.hub import Connection
from margind.api.streams.requests import MOST_STREAMS, answer
from margind.api.streams.socket import EXTENSION, Socket, text_frame
from margind.engine.model.terms import Market
from margind.exchanges import Exchanges

LIFETIME_S: float = 24 * 3600
"""Documented: a connection ends after 24 hours."""

MOST_MESSAGES_A_SECOND = 10
"""Documented: a connection that sends more is disconnected; here where limits are enforced."""

POLICY, GOING_AWAY = 1008, 1001


class Streams:
    """Serves stream connections."""

    def __init__(
        self,
        exchanges: Exchanges,
        desks: Callable[[str], StreamDesk],
        *,
        coinm_port: int | None = None,
        limits: LimitsMode = "count",
        lifetime_s: float = LIFETIME_S,
    ) -> None:
        self._exchanges = exchanges
        self._desks = desks
        self._coinm_port = coinm_port
        self._limits = limits
        self._lifetime_s = lifetime_s

    def serves(self, scope: Scope) -> bool:
        """Whether a path is a stream address of an exchange."""
        exchange, path = self._exchanges.split(scope["path"])
        return exchange is not None and address_of(path, scope["query_string"]) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection from handshake to end."""
        exchange, path = self._exchanges.split(scope["path"])
        address = address_of(path, scope["query_string"], self._market_of_port(scope))
        assert exchange is not None, "serves() was asked first"
        assert address is not None, "serves() was asked first"
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        socket: Socket = scope["extensions"][EXTENSION]
        desk = self._desks(exchange.name)
        connection = Connection(socket, combined=address.combined, events=address.events)
        for stream in address.streams[:MOST_STREAMS]:
            desk.subscribe(connection, stream, address.market)
        listener = asyncio.ensure_future(self._listen(desk, connection, address.market, receive))
        ends = [asyncio.ensure_future(event.wait()) for event in (connection.cut_off, desk.closed)]
        try:
            await asyncio.wait(
                {listener, *ends}, timeout=self._lifetime_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            desk.leave(connection)
            for task in (listener, *ends):
                task.cancel()
            await asyncio.gather(listener, *ends, return_exceptions=True)
        if connection.cut_off.is_set():
            # What was not read stays unread: closing would wait for it.
            socket.abort()
        elif listener.cancelled() or listener.result():
            code = GOING_AWAY if listener.cancelled() else POLICY
            with contextlib.suppress(Exception):
                await asyncio.wait_for(send({"type": "websocket.close", "code": code}), timeout=1)

    def _market_of_port(self, scope: Scope) -> Market | None:
        server = scope.get("server")
        on_coinm = self._coinm_port is not None and server is not None and server[1] == self._coinm_port
        return Market.COINM if on_coinm else None

    async def _listen(
        self, desk: StreamDesk, connection: Connection, market: Market | None, receive: Receive
    ) -> bool:
        """Answer what the client asks for, until it hangs up; whether it asked too often."""
        clock, second, asked = asyncio.get_running_loop().time, -1, 0
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return False
            now = int(clock())
            asked = asked + 1 if now == second else 1
            second = now
            if asked > MOST_MESSAGES_A_SECOND and self._limits == "enforce":
                return True
            text = message.get("text")
            if text is None:
                text = message.get("bytes") or b""
            connection.push(text_frame(answer(desk, connection, market, text)))


class WebSocketDoors:
    """Sends each WebSocket connection through the right door: streams, or the WebSocket API."""

    def __init__(self, streams: Streams, requests: Door) -> None:
        self._streams = streams
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        door = self._streams if self._streams.serves(scope) else self._requests
        await door(scope, receive, send)
