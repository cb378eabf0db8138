"""What an event makes of an order: the one place where orders change, for state and history alike."""

import msgspec

from margind.engine import events as e
from margind.engine.model.orders import AlgoOrder, Order

OrderEvent = e.OrderFilled | e.OrderCancelled | e.OrderAmended | e.StopOrderFollowed | e.StopOrderFired


def order_after(order: Order, event: OrderEvent) -> Order:
    """The order once the event has happened."""
    if isinstance(event, e.OrderFilled):
        return msgspec.structs.replace(
            order,
            executed_qty=event.executed_qty,
            cum_quote=event.cum_quote,
            status=event.status,
            update_time=event.time,
        )
    if isinstance(event, e.OrderCancelled):
        return msgspec.structs.replace(order, status=event.status, update_time=event.time)
    if isinstance(event, e.StopOrderFollowed):
        return msgspec.structs.replace(order, extreme_price=event.extreme_price, update_time=event.time)
    if isinstance(event, e.StopOrderFired):
        return msgspec.structs.replace(
            order,
            type=event.becomes,
            orig_type=order.type,
            price=event.price,
            orig_qty=event.orig_qty,
            update_time=event.time,
        )
    return msgspec.structs.replace(
        order,
        price=event.price,
        orig_qty=event.orig_qty,
        price_match=order.price_match if event.price_match is None else event.price_match,
        amendments=order.amendments + 1,
        update_time=event.time,
    )


def algo_order_after(order: AlgoOrder, event: e.AlgoOrderChanged) -> AlgoOrder:
    """The conditional order once the event has happened."""
    return msgspec.structs.replace(
        order,
        status=event.status,
        extreme_price=event.extreme_price,
        actual_order_id=event.actual_order_id,
        reject_reason=event.reject_reason,
        trigger_time=event.trigger_time,
        update_time=event.time,
    )
