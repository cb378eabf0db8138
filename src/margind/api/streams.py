"""The stream doors: `/ws` and `/stream`, bare, split by route, or under a market's name."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from margind.api.http import Door, Receive, Scope, Send
from margind.api.hub import Connection
from margind.api.market_streams import market_of, topic
from margind.api.stream_desk import StreamDesk
from margind.engine.model.terms import Market
from margind.exchanges import Exchanges

ROUTES = frozenset({"public", "market", "private"})
MARKETS = {"usdm": Market.USDM, "coinm": Market.COINM}
LIFETIME_S = 24 * 3600
"""Documented: a connection ends after 24 hours."""

MOST_STREAMS = 1_024
"""Documented: streams per connection."""

_POLICY, _GOING_AWAY = 1008, 1001


class Address(msgspec.Struct, frozen=True):
    """What a stream address says."""

    market: Market | None
    """The market it belongs to alone; None when streams and keys tell."""
    combined: bool
    streams: tuple[str, ...]
    events: frozenset[str] | None


def address_of(path: str, query: bytes, default: Market | None = None) -> Address | None:
    """Read a stream address; None when it is none.

    Documented forms: `/ws/<stream>/<stream>`, `/stream?streams=<stream>/<stream>`, the same under a route,
    `/private/ws?listenKey=<key>&events=<EVENT>/<EVENT>`.
    """
    parts = [unquote(part) for part in path.split("/") if part]
    market = default
    if parts and parts[0] in MARKETS:
        market = MARKETS[parts.pop(0)]
    if parts and parts[0] in ROUTES:
        parts.pop(0)
    if not parts or parts[0] not in {"ws", "stream"}:
        return None
    combined = parts.pop(0) == "stream"
    streams, events = list(parts), None
    for name, value in parse_qsl(query.decode("latin-1")):
        if name in {"streams", "listenKey"}:
            streams += [stream for stream in value.split("/") if stream]
        elif name == "events":
            events = frozenset(value.split("/"))
    return Address(market, combined, tuple(streams), events)


class Streams:
    """Serves stream connections."""

    def __init__(
        self, exchanges: Exchanges, desks: Callable[[str], StreamDesk], coinm_port: int | None = None
    ) -> None:
        self._exchanges = exchanges
        self._desks = desks
        self._coinm_port = coinm_port

    def serves(self, scope: Scope) -> bool:
        """Whether a path is a stream address of an exchange."""
        exchange, path = self._exchanges.split(scope["path"])
        return exchange is not None and address_of(path, scope["query_string"]) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection from handshake to end."""
        exchange, path = self._exchanges.split(scope["path"])
        server = scope.get("server")
        on_coinm = self._coinm_port is not None and server is not None and server[1] == self._coinm_port
        default = Market.COINM if on_coinm else None
        address = address_of(path, scope["query_string"], default)
        assert exchange is not None, "serves() was asked first"
        assert address is not None, "serves() was asked first"
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        desk = self._desks(exchange.name)
        connection = Connection(combined=address.combined, events=address.events)
        for stream in address.streams[:MOST_STREAMS]:
            _subscribe(desk, connection, address.market, stream)
        listener = asyncio.ensure_future(_listen(desk, connection, address.market, receive))
        speaker = asyncio.ensure_future(_speak(connection, send))
        try:
            await asyncio.wait({listener, speaker}, timeout=LIFETIME_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            desk.hub.leave(connection)
            finished = listener.done()
            for task in (listener, speaker):
                task.cancel()
            await asyncio.gather(listener, speaker, return_exceptions=True)
        if not finished:
            code = _POLICY if connection.cut_off else _GOING_AWAY
            with contextlib.suppress(Exception):
                await asyncio.wait_for(send({"type": "websocket.close", "code": code}), timeout=1)


async def _speak(connection: Connection, send: Send) -> None:
    """Send what waits; ends when the reader fell too far behind."""
    while not connection.cut_off:
        for text in await connection.next_messages():
            await send({"type": "websocket.send", "text": text})


async def _listen(desk: StreamDesk, connection: Connection, market: Market | None, receive: Receive) -> None:
    """Answer what the client asks for; ends when it hangs up."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            text = message.get("bytes") or b""
        connection.push(answer(desk, connection, market, text))


class _Request(msgspec.Struct):
    method: str
    id: int | str | None = None
    params: list[Any] = []


_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_decode = msgspec.json.Decoder(_Request).decode


def answer(desk: StreamDesk, connection: Connection, market: Market | None, text: str | bytes) -> str:
    """The answer to one message of a client. Documented: 'Live Subscribing/Unsubscribing to Streams'."""
    try:
        request = _decode(text)
    except msgspec.ValidationError:
        return _error(2, "Invalid request: missing field `method` at line 1 column 1", None)
    except (msgspec.DecodeError, RecursionError):
        return _error(3, "Invalid JSON: expected value at line 1 column 1", None)
    if request.method not in _METHODS:
        names = ", ".join(f"`{name}`" for name in _METHODS)
        text = (
            f"Invalid request: unknown variant {request.method}, expected one of {names} at line 1 column 1"
        )
        return _error(2, text, request.id)
    result: object = None
    if request.method == "LIST_SUBSCRIPTIONS":
        result = [stream.partition(":")[2] for stream in connection.streams]
    elif request.method.endswith("PROPERTY"):
        if not request.params or request.params[0] != "combined":
            return _error(0, "Unknown property", request.id)
        if request.method == "GET_PROPERTY":
            result = connection.combined
        elif len(request.params) != 2 or not isinstance(request.params[1], bool):  # noqa: PLR2004 - name, value
            return _error(1, "Invalid value type: expected Boolean", request.id)
        else:
            connection.combined = request.params[1]
    else:
        refused = _change(desk, connection, market, request)
        if refused is not None:
            return refused
    return msgspec.json.encode({"result": result, "id": request.id}).decode()


def _change(desk: StreamDesk, connection: Connection, market: Market | None, request: _Request) -> str | None:
    if not all(isinstance(stream, str) for stream in request.params):
        return _error(2, "Invalid request: invalid stream", request.id)
    if request.method == "UNSUBSCRIBE":
        for stream in request.params:
            for known in [name for name in connection.streams if name.partition(":")[2] == stream]:
                desk.hub.unsubscribe(connection, known)
        return None
    if len(connection.streams) + len(request.params) > MOST_STREAMS:
        return _error(2, "Invalid request: too many parameters", request.id)
    for stream in request.params:
        _subscribe(desk, connection, market, stream)
    return None


def _subscribe(desk: StreamDesk, connection: Connection, market: Market | None, stream: str) -> None:
    """Subscribe to a market stream or a listen key.

    Observed: an unknown stream or key is accepted, and stays silent.
    """
    of_market = market_of(desk.runtime, stream, market)
    if of_market is None:
        owner = desk.runtime.listen_keys.owner(stream)
        of_market = owner[1] if owner is not None else market or Market.USDM
    desk.hub.subscribe(connection, topic(of_market, stream))


def _error(code: int, message: str, identity: int | str | None) -> str:
    return msgspec.json.encode({"error": {"code": code, "msg": message}, "id": identity}).decode()


class WebSocketDoors:
    """Sends each WebSocket connection through the right door: streams, or the WebSocket API."""

    def __init__(self, streams: Streams, requests: Door) -> None:
        self._streams = streams
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        door = self._streams if self._streams.serves(scope) else self._requests
        await door(scope, receive, send)
