"""One WebSocket that asks and waits: just enough of the protocol for a measurement."""

import socket
from types import TracebackType
from typing import Self

from bench.generator import handshake, reply_frame
from bench.programs import Program


class WebSocket:
    """A connection, open inside `with`."""

    def __init__(self, program: Program, path: str) -> None:
        self._socket = socket.create_connection((program.host, program.port), timeout=30)
        handshake(self._socket, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, framed: bytes) -> bytes:
        """The payload of the reply to one framed request."""
        self._socket.sendall(framed)
        data = b""
        while True:
            data += self._socket.recv(1 << 18)
            measured = reply_frame(data)
            if measured is not None and len(data) >= measured[1]:
                return data[measured[0] : measured[1]]
