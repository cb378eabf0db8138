"""The order views of COIN-M: replies to orders, rows of queries, fills, forced orders, the book.

Observed: numbers have no trailing zeros here, quantities are whole contracts, and keys come in the order of
the examples of the WebSocket API (public replies, 2021 to 2024).
"""

import msgspec

from margind.engine.model.contracts import Contract
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
from margind.wire.text import margin_text, short_text


class OrderReply(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`POST` and `DELETE /dapi/v1/order`, their batches and WebSocket methods.

    Documented: a notice of 2026-06 and the official SDK of 2026-08 have no `avgPrice` and `cumBase` here any
    more. Both are kept: the pages print them, and clients read what a market order was filled at from them.
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
    cum_qty: str
    cum_base: str
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
    update_time: Millis


class AmendedOrder(OrderReply, rename="camel", frozen=True, kw_only=True):
    """`PUT /dapi/v1/order`, its batch and WebSocket method."""

    modify_id: int | msgspec.UnsetType = msgspec.UNSET
    """Documented: only if the request had one."""


class OrderRow(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """`GET /dapi/v1/order`, `openOrder`, and one row of `openOrders` and `allOrders`.

    Documented: rows gain `cumQuote` and `goodTillDate` in 2026-08; neither means anything here.
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
    cum_quote: str = "0"
    cum_base: str
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
    good_till_date: Millis = 0
    time: Millis
    update_time: Millis


class ForceOrder(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One row of `GET /dapi/v1/forceOrders`; `cumQuote` and `goodTillDate` came in 2026-08."""

    order_id: int
    symbol: str
    pair: str
    status: OrderStatus
    client_order_id: str
    price: str
    avg_price: str
    orig_qty: str
    executed_qty: str
    cum_quote: str = "0"
    cum_base: str
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
    good_till_date: Millis = 0
    time: Millis
    update_time: Millis


class Depth(msgspec.Struct, rename="camel", frozen=True):
    """`GET /dapi/v1/depth`."""

    last_update_id: int
    symbol: str
    pair: str
    message_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    bids: PriceLevels
    asks: PriceLevels


def _digits(order: Order, contract: Contract) -> OrderDigits:
    return OrderDigits(
        short_text(order.price),
        rounded_text(average_price(order, contract), contract.price_precision),
        short_text(order.orig_qty),
        short_text(order.executed_qty),
        short_text(order.trigger_price),
        short_text(order.activate_price),
    )


def order_reply(order: Order, contract: Contract) -> OrderReply:
    """An order as placing or cancelling it left it."""
    digits = _digits(order, contract)
    return OrderReply(
        **order_fields(order, digits),
        pair=contract.pair,
        cum_qty=digits.executed,
        cum_base=margin_text(order.cum_quote),
        price_protect=order.price_protect,
        price_match=order.price_match,
        self_trade_prevention_mode=order.self_trade_prevention,
    )


def amended_order(order: Order, contract: Contract, modify_id: int | None = None) -> AmendedOrder:
    """An order as a change left it."""
    reply = msgspec.structs.asdict(order_reply(order, contract))
    return AmendedOrder(**reply, modify_id=msgspec.UNSET if modify_id is None else modify_id)


def order_row(order: Order, contract: Contract) -> OrderRow:
    """An order as it stands."""
    return OrderRow(
        **order_fields(order, _digits(order, contract)),
        pair=contract.pair,
        cum_base=margin_text(order.cum_quote),
        price_protect=order.price_protect,
        price_match=order.price_match,
        self_trade_prevention_mode=order.self_trade_prevention,
        time=order.time,
    )


def force_order(order: Order, contract: Contract) -> ForceOrder:
    """An order that a liquidation or auto-deleveraging placed."""
    return ForceOrder(
        **order_fields(order, _digits(order, contract)),
        pair=contract.pair,
        cum_base=margin_text(order.cum_quote),
        price_protect=order.price_protect,
        time=order.time,
    )


def trade(entry: TradeEntry, contract: Contract) -> TradeFields:
    """A fill; what it was worth in the coin is rounded. Observed: baseQty of 1 at 8800 is "0.01136364"."""
    return TradeFields(
        **trade_fields(entry, contract),
        price=short_text(entry.price),
        qty=short_text(entry.quantity),
        base_qty=rounded_text(entry.value, _COIN_DECIMALS),
    )


_COIN_DECIMALS = 8


def depth(
    contract: Contract, update_id: int, times: tuple[Millis, Millis], bids: BookLevels, asks: BookLevels
) -> Depth:
    """The book; `times` are now and when the prices last changed."""
    sides = levels(contract, bids), levels(contract, asks)
    return Depth(update_id, contract.symbol, contract.pair, *times, *sides)
