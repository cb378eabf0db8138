"""The order views of USDⓈ-M: replies to orders, rows of queries, fills, forced orders, the book.

Observed: numbers have the symbol's decimals, "0.00" for none, and keys come in the order of the examples of
the WebSocket API, not in that of the REST pages (public replies of 2023 to 2025).
"""

from decimal import Decimal
from typing import Any

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from margind.wire.history import TradeEntry
from margind.wire.orders import (
    AVERAGE_DECIMALS,
    BookLevels,
    OrderDigits,
    PriceLevels,
    TradeFields,
    average_price,
    levels,
    order_fields,
    rounded_text,
    trade_fields,
)
from margind.wire.text import quantity_text, traded_price_text


class OrderReply(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`POST /fapi/v1/order`, `DELETE /fapi/v1/order`, their batches and WebSocket methods.

    Documented: a notice of 2026-06 and the official SDK of 2026-08 have no `avgPrice` and `cumQuote` here any
    more. Both are kept: the pages print them, and clients read what a market order was filled at from them.
    """

    order_id: int
    symbol: str
    status: OrderStatus
    client_order_id: str
    price: str
    avg_price: str
    orig_qty: str
    executed_qty: str
    cum_qty: str
    cum_quote: str
    time_in_force: TimeInForce
    type: OrderType
    reduce_only: bool
    close_position: bool
    side: Side
    position_side: PositionSide
    stop_price: str
    working_type: WorkingType
    price_protect: bool
    orig_type: OrderType
    activate_price: str | msgspec.UnsetType = msgspec.UNSET
    """This and the next: trailing stops only."""
    price_rate: str | msgspec.UnsetType = msgspec.UNSET
    price_match: PriceMatch
    self_trade_prevention_mode: SelfTradePrevention
    good_till_date: Millis
    update_time: Millis


class AmendedOrder(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`PUT /fapi/v1/order`: REST's page prints `pair` and `cumBase`, the WebSocket API's `cumQuote`."""

    order_id: int
    symbol: str
    pair: str
    status: OrderStatus
    client_order_id: str
    price: str
    avg_price: str
    orig_qty: str
    executed_qty: str
    cum_qty: str
    cum_quote: str
    cum_base: str = "0"
    time_in_force: TimeInForce
    type: OrderType
    reduce_only: bool
    close_position: bool
    side: Side
    position_side: PositionSide
    stop_price: str
    working_type: WorkingType
    price_protect: bool
    orig_type: OrderType
    activate_price: str | msgspec.UnsetType = msgspec.UNSET
    """This and the next: trailing stops only."""
    price_rate: str | msgspec.UnsetType = msgspec.UNSET
    price_match: PriceMatch
    self_trade_prevention_mode: SelfTradePrevention
    good_till_date: Millis
    update_time: Millis
    modify_id: int | msgspec.UnsetType = msgspec.UNSET
    """Documented: only if the request had one."""


class OrderRow(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`GET /fapi/v1/order`, `openOrder`, and one row of `openOrders` and `allOrders`.

    Documented: rows gain `pair` and `cumBase` in 2026-08; `cumBase` means nothing on this market and is "0".
    """

    order_id: int
    symbol: str
    pair: str
    status: OrderStatus
    client_order_id: str
    price: str
    avg_price: str
    orig_qty: str
    executed_qty: str
    cum_quote: str
    cum_base: str = "0"
    time_in_force: TimeInForce
    type: OrderType
    reduce_only: bool
    close_position: bool
    side: Side
    position_side: PositionSide
    stop_price: str
    working_type: WorkingType
    price_protect: bool
    orig_type: OrderType
    activate_price: str | msgspec.UnsetType = msgspec.UNSET
    """This and the next: trailing stops only."""
    price_rate: str | msgspec.UnsetType = msgspec.UNSET
    price_match: PriceMatch
    self_trade_prevention_mode: SelfTradePrevention
    good_till_date: Millis
    time: Millis
    update_time: Millis


class ForceOrder(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One row of `GET /fapi/v1/forceOrders`; `pair` and `cumBase` came in 2026-08."""

    order_id: int
    symbol: str
    pair: str
    status: OrderStatus
    client_order_id: str
    price: str
    avg_price: str
    orig_qty: str
    executed_qty: str
    cum_quote: str
    cum_base: str = "0"
    time_in_force: TimeInForce
    type: OrderType
    reduce_only: bool
    close_position: bool
    side: Side
    position_side: PositionSide
    stop_price: str
    working_type: WorkingType
    orig_type: OrderType
    time: Millis
    update_time: Millis


class Depth(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/depth` and `GET /fapi/v1/rpiDepth`."""

    last_update_id: int
    message_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    bids: PriceLevels
    asks: PriceLevels


def _digits(order: Order, contract: Contract, average: str) -> OrderDigits:
    price, quantity = contract.price_precision, contract.quantity_precision
    return OrderDigits(
        traded_price_text(order.price, price),
        average,
        quantity_text(order.orig_qty, quantity),
        quantity_text(order.executed_qty, quantity),
        traded_price_text(order.trigger_price, price),
        traded_price_text(order.activate_price, price),
    )


def _average(order: Order, contract: Contract) -> str:
    return rounded_text(average_price(order, contract), max(AVERAGE_DECIMALS, contract.price_precision))


def _value(value: Decimal, contract: Contract) -> str:
    """A value in the quote asset. Observed: it has the decimals of price and quantity together."""
    return quantity_text(value, contract.price_precision + contract.quantity_precision)


def _reply(order: Order, contract: Contract) -> dict[str, Any]:
    # Observed: before the first fill, replies to orders print "0.00" where queries print "0.00000".
    average = (
        _average(order, contract) if order.executed_qty else traded_price_text(ZERO, contract.price_precision)
    )
    digits = _digits(order, contract, average)
    fields = order_fields(order, digits)
    fields["cum_qty"] = digits.executed
    fields["cum_quote"] = _value(order.cum_quote, contract)
    fields["price_protect"] = order.price_protect
    fields["price_match"] = order.price_match
    fields["self_trade_prevention_mode"] = order.self_trade_prevention
    fields["good_till_date"] = order.good_till_date
    return fields


def order_reply(order: Order, contract: Contract) -> OrderReply:
    """An order as placing or cancelling it left it."""
    return OrderReply(**_reply(order, contract))


def amended_order(order: Order, contract: Contract, modify_id: int | None = None) -> AmendedOrder:
    """An order as a change left it."""
    named = msgspec.UNSET if modify_id is None else modify_id
    return AmendedOrder(**_reply(order, contract), pair=contract.pair, modify_id=named)


def order_row(order: Order, contract: Contract) -> OrderRow:
    """An order as it stands."""
    return OrderRow(
        **order_fields(order, _digits(order, contract, _average(order, contract))),
        cum_quote=_value(order.cum_quote, contract),
        price_protect=order.price_protect,
        price_match=order.price_match,
        self_trade_prevention_mode=order.self_trade_prevention,
        good_till_date=order.good_till_date,
        time=order.time,
        pair=contract.pair,
    )


def force_order(order: Order, contract: Contract) -> ForceOrder:
    """An order that a liquidation or auto-deleveraging placed."""
    return ForceOrder(
        **order_fields(order, _digits(order, contract, _average(order, contract))),
        cum_quote=_value(order.cum_quote, contract),
        time=order.time,
        pair=contract.pair,
    )


def trade(entry: TradeEntry, contract: Contract) -> TradeFields:
    """A fill."""
    return TradeFields(
        **trade_fields(entry, contract),
        price=traded_price_text(entry.price, contract.price_precision),
        qty=quantity_text(entry.quantity, contract.quantity_precision),
        quote_qty=_value(entry.value, contract),
    )


def depth(
    contract: Contract, update_id: int, times: tuple[Millis, Millis], bids: BookLevels, asks: BookLevels
) -> Depth:
    """The book; `times` are now and when the prices last changed."""
    return Depth(update_id, *times, levels(contract, bids), levels(contract, asks))
