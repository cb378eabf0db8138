"""User data stream events about conditional orders: ALGO_UPDATE, CONDITIONAL_ORDER_TRIGGER_REJECT."""

import msgspec

from margind import errors
from margind.engine.model.contracts import Contract
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import AlgoStatus, Millis
from margind.wire.order_events import average_text
from margind.wire.text import short_text

UNSET = msgspec.UNSET
Maybe = msgspec.UnsetType


class AlgoChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ALGO_UPDATE."""

    client_algo_id: str = msgspec.field(name="caid")
    algo_id: int = msgspec.field(name="aid")
    algo_type: str = msgspec.field(name="at", default="CONDITIONAL")
    type: str = msgspec.field(name="o")
    symbol: str = msgspec.field(name="s")
    side: str = msgspec.field(name="S")
    position_side: str = msgspec.field(name="ps")
    time_in_force: str = msgspec.field(name="f")
    quantity: str = msgspec.field(name="q")
    status: str = msgspec.field(name="X")
    actual_order_id: str = msgspec.field(name="ai")
    actual_price: str | Maybe = msgspec.field(name="ap", default=UNSET)
    actual_qty: str | Maybe = msgspec.field(name="aq", default=UNSET)
    actual_type: str | Maybe = msgspec.field(name="act", default=UNSET)
    trigger_price: str = msgspec.field(name="tp")
    price: str = msgspec.field(name="p")
    self_trade_prevention: str = msgspec.field(name="V")
    working_type: str = msgspec.field(name="wt")
    price_match: str = msgspec.field(name="pm")
    close_position: bool = msgspec.field(name="cp")
    price_protect: bool = msgspec.field(name="pP")
    reduce_only: bool = msgspec.field(name="R")
    trigger_time: Millis = msgspec.field(name="tt")
    good_till_date: Millis = msgspec.field(name="gtd")
    reject_reason: str | Maybe = msgspec.field(name="rm", default=UNSET)


class AlgoUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ALGO_UPDATE."""

    event: str = msgspec.field(name="e", default="ALGO_UPDATE")
    transaction_time: Millis = msgspec.field(name="T")
    event_time: Millis = msgspec.field(name="E")
    order: AlgoChange = msgspec.field(name="o")


class TriggerRefusal(msgspec.Struct, frozen=True):
    """The body of CONDITIONAL_ORDER_TRIGGER_REJECT."""

    symbol: str = msgspec.field(name="s")
    order_id: int = msgspec.field(name="i")
    reason: str = msgspec.field(name="r")


class TriggerReject(msgspec.Struct, frozen=True, kw_only=True):
    """CONDITIONAL_ORDER_TRIGGER_REJECT: documented for stops where orders are placed, not for algo orders."""

    event: str = msgspec.field(name="e", default="CONDITIONAL_ORDER_TRIGGER_REJECT")
    event_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    refused: TriggerRefusal = msgspec.field(name="or")


REASONS = {
    errors.MARGIN_NOT_SUFFICIEN.messages[0]: "margin not enough",
    errors.REDUCE_ONLY_REJECT.messages[0]: "Reduce Only reject",
}
"""Observed: why a triggered order was refused is not said in the words of the error."""


class Step(msgspec.Struct, frozen=True):
    """A state of a conditional order that is told, and what it had become on the book by then."""

    status: AlgoStatus
    placed: Order | None = None


def algo_change(order: AlgoOrder, step: Step, contract: Contract) -> AlgoChange:
    """The conditional order as ALGO_UPDATE shows it."""
    placed = step.placed
    return AlgoChange(
        client_algo_id=order.client_algo_id,
        algo_id=order.algo_id,
        type=order.type,
        symbol=order.symbol,
        side=order.side,
        position_side=order.position_side,
        time_in_force=order.time_in_force,
        quantity=short_text(order.quantity),
        status=step.status,
        actual_order_id="" if placed is None else str(placed.order_id),
        actual_price=UNSET if placed is None else average_text(placed, contract),
        actual_qty=UNSET if placed is None else short_text(placed.executed_qty),
        actual_type=UNSET if placed is None else placed.type,
        trigger_price=short_text(order.trigger_price),
        price=short_text(order.price),
        self_trade_prevention=order.self_trade_prevention,
        working_type=order.working_type,
        price_match=order.price_match,
        close_position=order.close_position,
        price_protect=order.price_protect,
        reduce_only=order.reduce_only,
        trigger_time=order.trigger_time,
        good_till_date=order.good_till_date,
        reject_reason=REASONS.get(order.reject_reason, order.reject_reason) or UNSET
        if step.status is AlgoStatus.REJECTED
        else UNSET,
    )
