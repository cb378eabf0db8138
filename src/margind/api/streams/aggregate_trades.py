"""The aggTrade streams: what one taker got at one price is one aggregate."""

from functools import cache

from margind.api.streams.hub import Hub
from margind.api.streams.names import topic
from margind.engine import events as e
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from margind.wire.market_streams import agg_trade
from margind.wire.replies import encode


class AggregateTrades:
    """Gathers the trades that somebody hears, and pushes each aggregate once it is complete."""

    def __init__(self, runtime: ExchangeRuntime, hub: Hub) -> None:
        self._runtime = runtime
        self._hub = hub
        self._fills: list[e.OrderFilled] = []
        self._hidden = ZERO
        """What of them met RPI orders."""

    def take(self, event: e.OrderFilled, *, meets_rpi: bool) -> None:
        """Take one side of a trade, of which that of the taker counts, or of a maker whom the house met.

        Documented: only market trades are aggregated, not those of the insurance fund and deleveraging.
        """
        if event.is_calculated or (event.is_maker and not event.against_house):
            return
        if self._fills and not _belongs(event, self._fills[-1]):
            self.push()
        _, heard = _stream(event.market, event.symbol)
        if self._hub.is_heard(heard):
            self._fills.append(event)
            if meets_rpi:
                self._hidden += event.quantity

    def push(self) -> None:
        """Nothing more belongs to what was gathered."""
        if self._fills:
            first = self._fills[0]
            contract = self._runtime.state.markets[first.market].contracts[first.symbol]
            event = agg_trade(contract, self._fills, self._hidden, self._runtime.now())
            name, heard = _stream(first.market, first.symbol)
            self._hub.publish(heard, encode(event), name=name)
            self._fills, self._hidden = [], ZERO


@cache
def _stream(market: Market, symbol: str) -> tuple[str, str]:
    """Name and topic of a symbol's trades."""
    name = f"{symbol.lower()}@aggTrade"
    return name, topic(market, name)


def _belongs(event: e.OrderFilled, before: e.OrderFilled) -> bool:
    """Whether a trade belongs to the aggregate of the one before: the same order met the same price."""
    return (event.market, event.order_id, event.price) == (before.market, before.order_id, before.price)
