"""One WebSocket below the streams: whole frames written at once, and a reader that can be cut off."""

from collections.abc import Callable
from typing import Any, Protocol

import websockets.http11
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from margind.api.http_protocol import LARGEST_HEAD

# An address may name 1,024 streams, and the library would stop at 8 kB. What comes here has passed the bound
# on heads already.
websockets.http11.MAX_LINE_LENGTH = LARGEST_HEAD

EXTENSION = "margind.socket"
"""Where a stream finds its socket in the ASGI scope."""

_TEXT_FRAME = 0x81
_UNREADABLE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_SHORT, _MEDIUM = 126, 1 << 16


def text_frame(text: bytes) -> bytes:
    """A text message as one frame. Built once, it is written to every listener: servers do not mask."""
    length = len(text)
    if length < _SHORT:
        return bytes((_TEXT_FRAME, length)) + text
    if length < _MEDIUM:
        return bytes((_TEXT_FRAME, _SHORT)) + length.to_bytes(2) + text
    return bytes((_TEXT_FRAME, _SHORT + 1)) + length.to_bytes(8) + text


class Socket(Protocol):
    """What a stream connection needs of its socket."""

    when_writable: Callable[[], None]
    """Called when the reader has caught up."""

    @property
    def is_writable(self) -> bool:
        """Whether the reader keeps up: what is written now does not pile up."""

    def write_frame(self, frame: bytes) -> bool:
        """Write one whole frame; False when the connection no longer stands."""

    def abort(self) -> None:
        """Drop the connection with whatever was not sent."""


class StreamingWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with a second way out, for messages that many connections get alike."""

    when_writable: Callable[[], None] = staticmethod(lambda: None)

    def data_received(self, data: bytes) -> None:
        """Take what came; a handshake that cannot be read gets an answer, too."""
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            self.transport.write(_UNREADABLE)
            self.transport.close()

    async def run_asgi(self) -> None:
        """Hand this socket to the application."""
        extensions: dict[str, Any] = self.scope["extensions"] or {}
        self.scope["extensions"] = extensions | {EXTENSION: self}
        try:
            await super().run_asgi()
        finally:
            self.when_writable = lambda: None

    def resume_writing(self) -> None:
        """The reader has caught up."""
        super().resume_writing()
        self.when_writable()

    @property
    def is_writable(self) -> bool:
        """Whether the reader keeps up: what is written now does not pile up."""
        return self.writable.is_set()

    def write_frame(self, frame: bytes) -> bool:
        """Write one whole frame; False when the connection no longer stands."""
        if self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    def abort(self) -> None:
        """Drop the connection with whatever was not sent."""
        self.transport.abort()
