"""The forceOrder streams: of each symbol and second, the largest order that closed a position by force."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from margind.api.streams.names import ALL, StreamName
from margind.api.streams.sources import Source
from margind.engine import events as e
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import Market
from margind.engine.order_life import order_after
from margind.runtime import ExchangeRuntime
from margind.wire.force_orders import force_order
from margind.wire.replies import encode


class Forced(msgspec.Struct, frozen=True):
    """One order that the exchange placed, when it ended."""

    market: Market
    order: Order
    last_qty: Decimal
    """Of its last fill."""


class ForcedOrders:
    """Follows the orders that the exchange places, which end within the command that placed them."""

    def __init__(self) -> None:
        self._open: dict[int, Forced] = {}

    def accepted(self, event: e.OrderAccepted) -> None:
        """An order is open, which may be one of them."""
        if event.order.auto_close is not None:
            self._open[event.order.order_id] = Forced(event.market, event.order, ZERO)

    def ended(self, event: e.OrderFilled | e.OrderCancelled) -> Forced | None:
        """The order that ends with an event, if it was one of them and was filled, in part at least."""
        if event.order_id not in self._open:
            return None
        forced = self._open[event.order_id]
        last_qty = event.quantity if isinstance(event, e.OrderFilled) else forced.last_qty
        forced = Forced(forced.market, order_after(forced.order, event), last_qty)
        if forced.order.is_open:
            self._open[event.order_id] = forced
            return None
        del self._open[event.order_id]
        return forced if forced.order.executed_qty else None


class ForceOrders(Source):
    """The largest one since the push before. Documented: until 2026-04-10 it was the latest one."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._largest: dict[str, Forced] = {}

    def note(self, forced: Forced) -> None:
        """One more of them."""
        if forced.market is not self.market or self.name.symbol not in (ALL, forced.order.symbol):
            return
        largest = self._largest.get(forced.order.symbol)
        if largest is None or forced.order.executed_qty >= largest.order.executed_qty:
            self._largest[forced.order.symbol] = forced

    def messages(self) -> Iterator[bytes]:
        """One for each symbol; nothing when there was none."""
        forced, self._largest = self._largest, {}
        for symbol, one in forced.items():
            contract = self.of_market.contracts[symbol]
            yield encode(force_order(one.order, one.last_qty, contract, self.now))
