"""ORDER_TRADE_UPDATE and TRADE_LITE: what the listeners of an account hear of its orders."""

from collections.abc import Iterator

import msgspec

from margind.api.streams.followed import Followed
from margind.api.streams.pushed import Pushed, alias, pushed
from margind.engine import events as e
from margind.engine.model.orders import Order
from margind.engine.model.terms import Millis, OrderStatus
from margind.wire import order_events as wire

EXECUTIONS = {
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.EXPIRED_IN_MATCH: "EXPIRED",
}
"""Documented: an order that ends unfilled is CANCELED or EXPIRED; EXPIRED_IN_MATCH is a status only."""


REPLACED = "8"
"""Documented: the expiry reason of an order that was replaced when its stop fired."""


def accepted(told: Followed, order: Order, time: Millis, now: Millis) -> Pushed:
    """A new order."""
    told.orders[order.order_id] = order
    return update(told, order, wire.Execution(type="NEW", time=time), now)


def traded(told: Followed, order: Order, event: e.OrderFilled, now: Millis) -> Pushed:
    """A fill, for the order that was filled.

    Documented: CALCULATED is a liquidation's execution. Assumed: of what the fund took over or deleveraging
    closed; what a liquidation order found on the book is a TRADE (a recorded liquidation would settle it).
    """
    execution = wire.Execution(
        type="CALCULATED" if event.is_calculated else "TRADE",
        time=event.time,
        last_qty=event.quantity,
        last_price=event.price,
        commission=event.commission,
        commission_asset=event.commission_asset,
        trade_id=event.trade_id,
        is_maker=event.is_maker,
        realized_profit=event.realized_profit,
    )
    return update(told, order, execution, now)


def delivered(told: Followed, event: e.PositionDelivered, now: Millis) -> Pushed:
    """The order that closed a position at its settlement price.

    Documented: orders of the exchange's own have the execution type CALCULATED. Assumed: it is told once, as
    filled (a recorded delivery would settle it).
    """
    execution = wire.Execution(
        type="CALCULATED",
        time=event.time,
        last_qty=event.order.orig_qty,
        last_price=event.price,
        commission=event.commission,
        commission_asset=event.commission_asset,
        trade_id=event.trade_id,
        realized_profit=event.realized_profit,
    )
    return update(told, event.order, execution, now)


def trade_lite(told: Followed, order: Order, event: e.OrderFilled, now: Millis) -> Pushed:
    """The same fill in a few fields."""
    lite = wire.trade_lite(order, event, told.contract(order.symbol), now)
    return pushed(told, "TRADE_LITE", lite)


def cancelled(told: Followed, order: Order, event: e.OrderCancelled, now: Millis) -> Pushed:
    """An order that ended unfilled, or in part."""
    execution = wire.Execution(type=EXECUTIONS[event.status], time=event.time, expiry_reason=event.reason)
    return update(told, order, execution, now)


def amended(told: Followed, order: Order, event: e.OrderAmended, now: Millis) -> Pushed:
    """An order with another price or quantity."""
    execution = wire.Execution(type="AMENDMENT", time=event.time, modify_id=event.modify_id)
    return update(told, order, execution, now)


def fired(told: Followed, event: e.StopOrderFired, now: Millis) -> Iterator[Pushed]:
    """A conditional order of the order endpoint fired.

    Documented: it expires with reason 8, replaced by a plain order. Assumed: which is NEW under the same id
    (a recording of a stop that was filled on the order endpoint would settle it).
    """
    waiting = told.orders[event.order_id]
    order = told.order_moved(event)
    told.orders.pop(event.order_id)
    gone = msgspec.structs.replace(waiting, status=OrderStatus.EXPIRED)
    yield update(told, gone, wire.Execution(type="EXPIRED", time=event.time, expiry_reason=REPLACED), now)
    yield accepted(told, order, event.time, now)


def replaced(told: Followed, order: Order, time: Millis, now: Millis) -> Pushed:
    """An open order that a loaded document does not have."""
    gone = msgspec.structs.replace(order, status=OrderStatus.CANCELED)
    return update(told, gone, wire.Execution(type="CANCELED", time=time), now)


def update(told: Followed, order: Order, execution: wire.Execution, now: Millis) -> Pushed:
    """ORDER_TRADE_UPDATE, with what rests beside the order."""
    bids, asks = told.resting(order.symbol, order.position_side)
    execution = msgspec.structs.replace(execution, bids=bids, asks=asks)
    event = wire.OrderTradeUpdate(
        transaction_time=execution.time,
        event_time=now,
        account_alias=alias(told),
        order=wire.order_change(order, execution, told.contract(order.symbol)),
    )
    return pushed(told, "ORDER_TRADE_UPDATE", event)
