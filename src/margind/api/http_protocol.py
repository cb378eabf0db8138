"""HTTP/1.1 as uvicorn speaks it, with the bounds it lacks: on sizes of heads and on waiting for clients."""

import asyncio
from collections.abc import Iterable

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from margind import errors
from margind.api.http import WHOLE
from margind.api.pipeline import Headers, failure
from margind.engine.model.terms import Market

LARGEST_HEAD = 64 << 10
"""Assumed: request line and headers together; clients send less than one kilobyte."""

REQUEST_WITHIN_S = 30.0
"""Assumed: how long a client may take over one request."""

KEEP_ALIVE_S = 75.0
"""Assumed: how long a connection is kept between two requests."""


class UvicornExchange:
    """`WHOLE` over uvicorn: a body that is there is not waited for, a reply is written once."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    @property
    def body(self) -> bytes | None:
        """What came with the head; None when there is more to come."""
        cycle = self._cycle
        return None if cycle.more_body or cycle.disconnected else bytes(cycle.body)

    def reply(self, status: int, headers: Headers, body: bytes) -> bool:
        """Whether the reply is on its way; if not it must be sent as ASGI has it."""
        cycle = self._cycle
        if cycle.disconnected or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        parts = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"content-length: %d\r\n" % len(body))
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", body)
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection; what is no HTTP gets an error of the exchange, too."""

    _unused = 0
    """Bytes received since the parser last got somewhere: through a head, or further into a body."""
    is_idle = False
    """Whether all that was asked is answered, and nothing has come since."""
    _answering: RequestResponseCycle | None = None
    """What is being answered; `cycle` is the last request received, which may have to wait for it."""

    def data_received(self, data: bytes) -> None:
        """Parse what came; end a connection whose head, or whatever it sends instead of one, does not end."""
        self._unused += len(data)
        self.is_idle = False
        super().data_received(data)
        if self._unused > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse(431, failure(errors.TOO_MANY_PARAMETERS, Market.USDM)[1])

    def on_headers_complete(self) -> None:
        """Take a request whose head is complete."""
        self._unused = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unused = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was asked; uvicorn would go on answering requests that were sent without waiting."""
        self.pipeline.clear()
        if self._answering is not None:
            self._answering.disconnected = True
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed. Assumed: -1100 fits best, as for a parameter that cannot be read."""
        self._refuse(400, failure(errors.ILLEGAL_CHARS, Market.USDM)[1])

    @property
    def waits_for_client(self) -> bool:
        """Whether it is the client's turn: the rest of a request is missing, or there is none."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete or cycle.more_body

    def on_response_complete(self) -> None:
        """Go on with the next request. There is no timer for when none comes: see `Patience`."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.is_idle = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        cycle.scope["state"][WHOLE] = UvicornExchange(cycle)
        super()._start_asgi_task(cycle, app)

    def _refuse(self, status: int, body: bytes) -> None:
        head = (
            b"content-type: application/json;charset=UTF-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head % len(body) + body)
        self.transport.close()


class Patience:
    """Ends connections whose client does not get on with its request, or has none for long.

    It looks at all of them now and then, which costs less than a timer for every reply.
    """

    def __init__(self, within_s: float = REQUEST_WITHIN_S, between_s: float = KEEP_ALIVE_S) -> None:
        self._within_s = within_s
        self._between_s = between_s
        self._waiting: dict[BoundedHttpProtocol, tuple[object, float]] = {}

    def look(self, connections: Iterable[asyncio.Protocol], now: float) -> None:
        """End what was found waiting for the same too long ago; `now` in seconds of any clock."""
        waiting: dict[BoundedHttpProtocol, tuple[object, float]] = {}
        for connection in connections:
            if isinstance(connection, BoundedHttpProtocol) and connection.waits_for_client:
                turn = (connection.cycle, connection.is_idle)
                before, since = self._waiting.get(connection, (turn, now))
                if before != turn:
                    since = now
                if now - since > (self._between_s if connection.is_idle else self._within_s):
                    connection.transport.close()
                else:
                    waiting[connection] = (turn, since)
        self._waiting = waiting
