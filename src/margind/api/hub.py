"""Who hears what: stream names, the connections that asked for them, and cutting off slow readers."""

import asyncio
from collections import deque

MOST_WAITING = 1_000
"""Messages that may wait for one reader; a reader that falls further behind is cut off."""

MOST_WAITING_BYTES = 8 << 20


class Connection:
    """One stream connection: its subscriptions and what waits to be sent."""

    __slots__ = ("_bytes", "_wake", "combined", "cut_off", "events", "streams", "waiting")

    def __init__(self, *, combined: bool, events: frozenset[str] | None) -> None:
        self.combined = combined
        self.events = events
        """User events it wants; None for all."""
        self.streams: dict[str, None] = {}
        self.waiting: deque[str] = deque()
        self._bytes = 0
        self.cut_off = False
        self._wake = asyncio.Event()

    def push(self, text: str) -> None:
        """Let a message wait for its turn; never blocks the exchange."""
        self.waiting.append(text)
        self._bytes += len(text)
        if len(self.waiting) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES:
            self.cut_off = True
            self.waiting.clear()
        self._wake.set()

    async def next_messages(self) -> list[str]:
        """All messages that wait, once there is one; empty when the connection is to be cut off."""
        while not self.waiting and not self.cut_off:
            self._wake.clear()
            await self._wake.wait()
        messages = list(self.waiting)
        self.waiting.clear()
        self._bytes = 0
        return messages


class Hub:
    """The streams of one exchange."""

    def __init__(self) -> None:
        self._subscribers: dict[str, dict[Connection, None]] = {}

    def subscribe(self, connection: Connection, stream: str) -> None:
        """Let a connection hear a stream."""
        connection.streams[stream] = None
        self._subscribers.setdefault(stream, {})[connection] = None

    def unsubscribe(self, connection: Connection, stream: str) -> None:
        """End that; a stream nobody hears is forgotten."""
        connection.streams.pop(stream, None)
        subscribers = self._subscribers.get(stream)
        if subscribers is not None:
            subscribers.pop(connection, None)
            if not subscribers:
                del self._subscribers[stream]

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        for stream in list(connection.streams):
            self.unsubscribe(connection, stream)

    def heard(self) -> frozenset[str]:
        """The streams that anybody hears."""
        return frozenset(self._subscribers)

    def is_heard(self, stream: str) -> bool:
        """Whether anybody hears a stream."""
        return stream in self._subscribers

    def publish(self, topic: str, message: bytes, *, name: str, event: str | None = None) -> None:
        """Send a message to all who hear a topic, under the name they asked for.

        `event` names a user event, which a connection's filter may leave out.
        """
        subscribers = self._subscribers.get(topic)
        if not subscribers:
            return
        plain = message.decode()
        wrapped = f'{{"stream":"{name}","data":{plain}}}'
        for connection in subscribers:
            if event is None or connection.events is None or event in connection.events:
                connection.push(wrapped if connection.combined else plain)
