"""One exchange's streams: its hub, what follows its events, and the ticking of keys and prices."""

import asyncio
import logging
from collections.abc import Sequence

from margind.api.streams.hub import Connection, Hub
from margind.api.streams.market_streams import TICK_MS, MarketStreams
from margind.api.streams.names import market_of, topic
from margind.api.streams.user_events import UserEvents
from margind.engine import events as e
from margind.engine.model.terms import Market
from margind.listen_keys import Owner
from margind.runtime import ExchangeRuntime
from margind.wire.account_events import ListenKeyExpired
from margind.wire.replies import encode

log = logging.getLogger("margind")


class StreamDesk:
    """Pushes what one exchange has to say."""

    def __init__(self, runtime: ExchangeRuntime) -> None:
        self.runtime = runtime
        self.hub = Hub()
        self.closed = asyncio.Event()
        self._owners: dict[str, Owner] = {}
        """Whose listen keys are heard, by topic; a key that has ended stays until its listeners leave."""
        self._user_events = UserEvents(runtime)
        self._market_streams = MarketStreams(runtime, self.hub)
        runtime.listeners.append(self._tell)
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"streams of {runtime.name}")

    def close(self) -> None:
        """Stop ticking, and let all connections end."""
        self._task.cancel()
        self.closed.set()

    # Who listens

    def subscribe(self, connection: Connection, stream: str, market: Market | None) -> None:
        """Let a connection hear a market stream or a listen key.

        Observed: an unknown stream or key is accepted, and stays silent.
        """
        owner = self.runtime.listen_keys.owner(stream)
        if owner is not None:
            self._user_events.follow(owner)
            self._owners[topic(owner[1], stream)] = owner
            of_market = owner[1]
        else:
            of_market = market_of(self.runtime.state, stream, market) or market or Market.USDM
        heard = topic(of_market, stream)
        self.hub.subscribe(connection, stream, heard)
        self._market_streams.join(heard)

    def unsubscribe(self, connection: Connection, stream: str) -> None:
        """End that."""
        self._forget_unheard(self.hub.unsubscribe(connection, stream))

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        for stream in list(connection.streams):
            self.unsubscribe(connection, stream)

    def _forget_unheard(self, unheard: str | None) -> None:
        if unheard is None or self.hub.is_heard(unheard):
            return
        self._market_streams.leave(unheard)
        owner = self._owners.pop(unheard, None)
        if owner is not None and owner not in self._owners.values():
            self._user_events.forget(owner)

    # What is pushed

    def _tell(self, events: Sequence[e.Event]) -> None:
        now = self.runtime.now()
        for account, market, name, message in self._user_events.of(events):
            key = self.runtime.listen_keys.of((account, market), now)
            if key is not None:
                self.hub.publish(topic(market, key), message, name=key, event=name)
        self._market_streams.tell(events)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_MS / 1000)
            try:
                self.tick()
            except Exception:
                log.exception("a tick of the streams of %s failed", self.runtime.name)

    def tick(self) -> None:
        """Do what is due: end old keys, push what has moved; nothing once the journal has failed."""
        if self.runtime.has_failed:
            return
        self._expire_keys()
        self._market_streams.tick()

    def _expire_keys(self) -> None:
        """Documented: an expired key is told on its open connections, which stay."""
        now = self.runtime.now()
        for key, (_, market) in self.runtime.listen_keys.expire(now):
            message = encode(ListenKeyExpired(event_time=now, listen_key=key))
            self.hub.publish(topic(market, key), message, name=key, event="listenKeyExpired")


class StreamDesks:
    """The desks of all exchanges, made and closed with them."""

    def __init__(self) -> None:
        self._desks: dict[str, StreamDesk] = {}

    def open(self, runtime: ExchangeRuntime) -> None:
        """Set up the streams of an exchange."""
        self._desks[runtime.name] = StreamDesk(runtime)

    def close(self, runtime: ExchangeRuntime) -> None:
        """End the streams of an exchange."""
        self._desks.pop(runtime.name).close()

    def get(self, name: str) -> StreamDesk:
        """The desk of an exchange."""
        return self._desks[name]
