"""Market streams: what is due at a tick, and trades as they happen."""

from collections.abc import Callable, Sequence
from typing import Any

from margind.api.streams.aggregate_trades import AggregateTrades
from margind.api.streams.force_orders import ForcedOrders, ForceOrders
from margind.api.streams.hub import Hub
from margind.api.streams.names import StreamName, market_of, name_of, parse, topic
from margind.api.streams.sources import (
    AssetIndexes,
    BookChanges,
    BookTickers,
    Candles,
    DayTickers,
    MarkPrices,
    PartialBook,
    RpiBookChanges,
    Source,
)
from margind.engine import events as e
from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Market, OrderStatus, TimeInForce
from margind.runtime import ExchangeRuntime
from margind.wire.contract_events import contract_info
from margind.wire.replies import encode

TICK_MS = 50
"""How often it is asked what is due, in the machine's time: a hand-moved clock may stand."""

CONTRACT_INFO = "!contractInfo"


class MarketStreams:
    """The market streams of one exchange that anybody hears."""

    def __init__(self, runtime: ExchangeRuntime, hub: Hub) -> None:
        self._runtime = runtime
        self._hub = hub
        self._sources: dict[str, Source | None] = {}
        """By topic; None for what is no market stream."""
        self._ticks = 0
        self._rpi_orders = {
            order.order_id
            for account in runtime.state.accounts.values()
            for half in (account.usdm, account.coinm)
            for order in half.open_orders.values()
            if order.time_in_force is TimeInForce.RPI
        }
        """Open RPI orders, whose fills `nq` of a trade leaves out."""
        self._forced = ForcedOrders()
        self._trades = AggregateTrades(runtime, hub)

    def join(self, heard: str) -> None:
        """Somebody listens to a topic from now on."""
        source = self._source(heard)
        if source is not None:
            source.renew()

    def leave(self, unheard: str) -> None:
        """Nobody listens to a topic any more."""
        self._sources.pop(unheard, None)

    def tick(self) -> None:
        """Push what is due."""
        self._ticks += 1
        for heard, source in list(self._sources.items()):
            if source is not None and self._ticks % ((source.name.every_ms or TICK_MS) // TICK_MS) == 0:
                for message in source.messages():
                    self._hub.publish(heard, message, name=name_of(heard)[1])

    def _source(self, heard: str) -> Source | None:
        if heard not in self._sources:
            market, name = name_of(heard)
            known = market_of(self._runtime.state, name, market) is not None
            stream = parse(name, market) if known else None
            self._sources[heard] = None if stream is None else source_of(self._runtime, market, stream)
        return self._sources[heard]

    def tell(self, events: Sequence[e.Event]) -> None:
        """Push the trades and the contracts among some events."""
        for event in events:
            tell = _TELL.get(type(event))
            if tell is not None:
                tell(self, event)
        self._trades.push()

    def order_accepted(self, event: e.OrderAccepted) -> None:
        """An order that may be an RPI order, or forced."""
        self._forced.accepted(event)
        if event.order.time_in_force is TimeInForce.RPI:
            self._rpi_orders.add(event.order.order_id)

    def order_filled(self, event: e.OrderFilled) -> None:
        """One side of a trade."""
        self._watch_forced(event)
        self._trades.take(event, meets_rpi=event.order_id in self._rpi_orders)
        if event.status is OrderStatus.FILLED:
            self._rpi_orders.discard(event.order_id)

    def order_cancelled(self, event: e.OrderCancelled) -> None:
        """An order that is gone."""
        self._watch_forced(event)
        self._rpi_orders.discard(event.order_id)

    def _watch_forced(self, event: e.OrderFilled | e.OrderCancelled) -> None:
        forced = self._forced.ended(event)
        if forced is not None:
            for source in self._sources.values():
                if isinstance(source, ForceOrders):
                    source.note(forced)

    def contract_listed(self, event: e.ContractListed) -> None:
        """A contract that is new, or has other terms."""
        self._push_contract(event.contract, None)

    def brackets_set(self, event: e.BracketsSet) -> None:
        """A contract with other brackets."""
        contract = self._runtime.state.markets[event.market].contracts.get(event.symbol)
        if contract is not None:
            self._push_contract(contract, event.brackets)

    def _push_contract(self, contract: Contract, brackets: Brackets | None) -> None:
        heard = topic(contract.market, CONTRACT_INFO)
        if self._hub.is_heard(heard):
            event = contract_info(contract, brackets, self._runtime.now())
            self._hub.publish(heard, encode(event), name=CONTRACT_INFO)


_TELL: dict[type, Callable[[MarketStreams, Any], None]] = {
    e.OrderAccepted: MarketStreams.order_accepted,
    e.OrderFilled: MarketStreams.order_filled,
    e.OrderCancelled: MarketStreams.order_cancelled,
    e.ContractListed: MarketStreams.contract_listed,
    e.BracketsSet: MarketStreams.brackets_set,
}


def source_of(runtime: ExchangeRuntime, market: Market, name: StreamName) -> Source:
    """Where a stream takes its messages from."""
    if name.kind == "depth":
        return (PartialBook if name.levels else BookChanges)(runtime, market, name)
    return _SOURCES[name.kind](runtime, market, name)


_SOURCES: dict[str, type[Source]] = {
    "bookTicker": BookTickers,
    "rpiDepth": RpiBookChanges,
    "markPrice": MarkPrices,
    "assetIndex": AssetIndexes,
    "kline": Candles,
    "ticker": DayTickers,
    "miniTicker": DayTickers,
    "forceOrder": ForceOrders,
    "aggTrade": Source,
    "contractInfo": Source,
}
