"""Who hears what: stream names, the connections that asked for them, and cutting off slow readers."""

import asyncio
from collections import deque

from margind.api.streams.socket import Socket, text_frame

MOST_WAITING = 1_000
"""Messages that may wait for one reader; a reader that falls further behind is cut off."""

MOST_WAITING_BYTES = 8 << 20


class Connection:
    """One stream connection: its subscriptions and what waits until its reader has caught up."""

    __slots__ = ("_bytes", "_socket", "combined", "cut_off", "events", "streams", "waiting")

    def __init__(self, socket: Socket, *, combined: bool, events: frozenset[str] | None) -> None:
        self._socket = socket
        socket.when_writable = self.catch_up
        self.combined = combined
        self.events = events
        """User events it wants; None for all."""
        self.streams: dict[str, str] = {}
        """Topics of the hub by the names it asked for."""
        self.waiting: deque[bytes] = deque()
        self._bytes = 0
        self.cut_off = asyncio.Event()

    def push(self, frame: bytes) -> None:
        """Send a frame, or let it wait for its turn; never blocks the exchange."""
        if self._socket.is_writable and not self.waiting:
            self._socket.write_frame(frame)
            return
        if self.cut_off.is_set():
            return
        self.waiting.append(frame)
        self._bytes += len(frame)
        if len(self.waiting) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES:
            self.waiting.clear()
            self.cut_off.set()

    def catch_up(self) -> None:
        """Send what waits, as far as the reader takes it."""
        while self.waiting and self._socket.is_writable:
            frame = self.waiting.popleft()
            self._bytes -= len(frame)
            self._socket.write_frame(frame)


class Hub:
    """The streams of one exchange."""

    def __init__(self) -> None:
        self._subscribers: dict[str, dict[Connection, None]] = {}

    def subscribe(self, connection: Connection, name: str, topic: str) -> None:
        """Let a connection hear a topic under the name it gave it."""
        self.unsubscribe(connection, name)
        connection.streams[name] = topic
        self._subscribers.setdefault(topic, {})[connection] = None

    def unsubscribe(self, connection: Connection, name: str) -> str | None:
        """End that; the topic it was. A topic that nobody hears is forgotten."""
        topic = connection.streams.pop(name, None)
        if topic is None or topic in connection.streams.values():
            return topic
        subscribers = self._subscribers[topic]
        subscribers.pop(connection, None)
        if not subscribers:
            del self._subscribers[topic]
        return topic

    def heard(self) -> frozenset[str]:
        """The topics that anybody hears."""
        return frozenset(self._subscribers)

    def is_heard(self, topic: str) -> bool:
        """Whether anybody hears a topic."""
        return topic in self._subscribers

    def publish(self, topic: str, message: bytes, *, name: str, event: str | None = None) -> None:
        """Send a message to all who hear a topic: encoded once, and framed once in either form.

        `name` is what combined streams call it; `event` is a user event, which a connection's filter may
        leave out.
        """
        subscribers = self._subscribers.get(topic)
        if not subscribers:
            return
        plain = text_frame(message)
        wrapped = text_frame(b'{"stream":"%b","data":%b}' % (name.encode(), message))
        for connection in subscribers:
            if event is None or connection.events is None or event in connection.events:
                connection.push(wrapped if connection.combined else plain)
