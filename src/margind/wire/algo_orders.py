"""What both markets answer about conditional orders, which wait in the algo service.

Documented: the pages of USDⓈ-M. COIN-M has had the same calls since 2026-06, and no pages.
"""

from typing import Any

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import (
    AlgoStatus,
    Millis,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from margind.wire.orders import AVERAGE_DECIMALS, average_price, percent_text, rounded_text
from margind.wire.text import quantity_text, traded_price_text


class AlgoReply(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`POST /fapi/v1/algoOrder` and its twin; prices of a trailing stop are empty texts unless it is one."""

    algo_id: int
    client_algo_id: str
    algo_type: str = "CONDITIONAL"
    order_type: OrderType
    symbol: str
    side: Side
    position_side: PositionSide
    time_in_force: TimeInForce
    quantity: str
    algo_status: AlgoStatus
    trigger_price: str
    price: str
    iceberg_quantity: None = None
    self_trade_prevention_mode: SelfTradePrevention
    working_type: WorkingType
    price_match: PriceMatch
    close_position: bool
    price_protect: bool
    reduce_only: bool
    activate_price: str
    callback_rate: str
    create_time: Millis
    update_time: Millis
    trigger_time: Millis
    good_till_date: Millis


class AlgoRow(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`GET /fapi/v1/algoOrder`, and one row of `openAlgoOrders` and `allAlgoOrders`.

    Documented: `actualType` and `actualQty` are in the official SDK of 2026-08; the prices of attached orders
    (`tp…`, `sl…`), which cannot be asked for, are on the pages.
    """

    algo_id: int
    client_algo_id: str
    algo_type: str = "CONDITIONAL"
    order_type: OrderType
    symbol: str
    side: Side
    position_side: PositionSide
    time_in_force: TimeInForce
    quantity: str
    algo_status: AlgoStatus
    actual_order_id: str
    actual_price: str
    actual_type: str
    actual_qty: str
    trigger_price: str
    price: str
    iceberg_quantity: None = None
    tp_trigger_price: str
    tp_price: str
    sl_trigger_price: str
    sl_price: str
    tp_order_type: str = ""
    self_trade_prevention_mode: SelfTradePrevention
    working_type: WorkingType
    price_match: PriceMatch
    close_position: bool
    price_protect: bool
    reduce_only: bool
    create_time: Millis
    update_time: Millis
    trigger_time: Millis
    good_till_date: Millis


class AlgoCancelled(msgspec.Struct, rename="camel", frozen=True):
    """`DELETE /fapi/v1/algoOrder` and its twin; here the code is a text."""

    algo_id: int
    client_algo_id: str
    code: str = "200"
    msg: str = "success"


def _fields(order: AlgoOrder, contract: Contract) -> dict[str, Any]:
    return {
        "algo_id": order.algo_id,
        "client_algo_id": order.client_algo_id,
        "order_type": order.type,
        "symbol": order.symbol,
        "side": order.side,
        "position_side": order.position_side,
        "time_in_force": order.time_in_force,
        "quantity": quantity_text(order.quantity, contract.quantity_precision),
        "algo_status": order.status,
        "trigger_price": traded_price_text(order.trigger_price, contract.price_precision),
        "price": traded_price_text(order.price, contract.price_precision),
        "self_trade_prevention_mode": order.self_trade_prevention,
        "working_type": order.working_type,
        "price_match": order.price_match,
        "close_position": order.close_position,
        "price_protect": order.price_protect,
        "reduce_only": order.reduce_only,
        "create_time": order.create_time,
        "update_time": order.update_time,
        "trigger_time": order.trigger_time,
        "good_till_date": order.good_till_date,
    }


def algo_reply(order: AlgoOrder, contract: Contract) -> AlgoReply:
    """A conditional order that was placed. Assumed: the rate of a trailing stop is the percentage sent."""
    trails = order.type is OrderType.TRAILING_STOP_MARKET
    price = traded_price_text(order.activate_price, contract.price_precision)
    return AlgoReply(
        **_fields(order, contract),
        activate_price=price if trails else "",
        callback_rate=percent_text(order.callback_rate) if trails else "",
    )


def algo_row(order: AlgoOrder, contract: Contract, actual: Order | None) -> AlgoRow:
    """A conditional order as it stands, and what it became.

    Documented: FINISHED once the order that it became is filled or cancelled.
    """
    if order.status is AlgoStatus.TRIGGERED and actual is not None and not actual.is_open:
        order = msgspec.structs.replace(
            order, status=AlgoStatus.FINISHED, update_time=max(order.update_time, actual.update_time)
        )
    none = f"{0:.{contract.price_precision}f}"
    decimals = max(AVERAGE_DECIMALS, contract.price_precision)
    executed, average = (
        (ZERO, ZERO) if actual is None else (actual.executed_qty, average_price(actual, contract))
    )
    return AlgoRow(
        **_fields(order, contract),
        actual_order_id=str(order.actual_order_id) if order.actual_order_id else "",
        actual_price=rounded_text(average, decimals),
        actual_type="" if actual is None else actual.type,
        actual_qty=quantity_text(executed, contract.quantity_precision),
        tp_trigger_price=none,
        tp_price=none,
        sl_trigger_price=none,
        sl_price=none,
    )


def algo_cancelled(order: AlgoOrder) -> AlgoCancelled:
    """A conditional order that no longer waits."""
    return AlgoCancelled(order.algo_id, order.client_algo_id)
