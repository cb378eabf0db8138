"""One exchange's streams: its hub, what follows its events, and the ticking of keys and prices."""

import asyncio
from collections.abc import Sequence

from margind.api.hub import Hub
from margind.api.market_streams import MarketStreams, topic
from margind.api.user_events import UserEvents
from margind.engine import events as e
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from margind.wire.replies import encode
from margind.wire.user_events import ListenKeyExpired

TICK_S = 0.05
"""How often prices are looked at for streams; nothing is looked at while nobody listens."""


class StreamDesk:
    """Pushes what one exchange has to say."""

    def __init__(self, runtime: ExchangeRuntime) -> None:
        self.runtime = runtime
        self.hub = Hub()
        self._user_events = UserEvents(runtime)
        self._market_streams = MarketStreams(runtime, self.hub)
        runtime.listeners.append(self._tell)
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"streams of {runtime.name}")

    def close(self) -> None:
        """Stop ticking."""
        self._task.cancel()

    def _tell(self, events: Sequence[e.Event]) -> None:
        now = self.runtime.now()
        for account, market, name, message in self._user_events.of(events):
            key = self.runtime.listen_keys.of((account, market), now)
            if key is not None:
                self.hub.publish(topic(market, key), message, name=key, event=name)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.expire_keys()
            if self.hub.heard():
                self._market_streams.push()

    def expire_keys(self) -> None:
        """Documented: an expired key is told on its open connections, which stay."""
        for key, (_, market) in self.runtime.listen_keys.expire(self.runtime.now()):
            self.tell_expired(key, market)

    def tell_expired(self, key: str, market: Market) -> None:
        """Tell the listeners of a key that it ended."""
        message = encode(ListenKeyExpired(event_time=self.runtime.now(), listen_key=key))
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
