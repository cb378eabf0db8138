"""Market stream event forceOrder: orders by which the exchange closed somebody's position."""

from decimal import Decimal

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.orders import Order
from margind.engine.model.terms import Millis
from margind.wire.candle_events import MARKET_CODES
from margind.wire.market_data import price_of
from margind.wire.order_events import average_text
from margind.wire.text import quantity_text


class ForcedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The order, without its owner."""

    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    side: str = msgspec.field(name="S")
    type: str = msgspec.field(name="o")
    time_in_force: str = msgspec.field(name="f")
    orig_qty: str = msgspec.field(name="q")
    price: str = msgspec.field(name="p")
    average_price: str = msgspec.field(name="ap")
    status: str = msgspec.field(name="X")
    last_qty: str = msgspec.field(name="l")
    executed_qty: str = msgspec.field(name="z")
    time: Millis = msgspec.field(name="T")


class ForceOrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """forceOrder. Documented: `ps` and `st` came to USDⓈ-M in 2026."""

    event: str = msgspec.field(name="e", default="forceOrder")
    event_time: Millis = msgspec.field(name="E")
    market: int = msgspec.field(name="st")
    order: ForcedOrder = msgspec.field(name="o")


def force_order(order: Order, last_qty: Decimal, contract: Contract, now: Millis) -> ForceOrderEvent:
    """An order as it stood after its last fill, which was one of `last_qty`."""
    places = contract.quantity_precision
    forced = ForcedOrder(
        symbol=order.symbol,
        pair=contract.pair,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        orig_qty=quantity_text(order.orig_qty, places),
        price=price_of(contract, order.price),
        average_price=average_text(order, contract),
        status=order.status,
        last_qty=quantity_text(last_qty, places),
        executed_qty=quantity_text(order.executed_qty, places),
        time=order.update_time,
    )
    return ForceOrderEvent(event_time=now, market=MARKET_CODES[contract.market], order=forced)
