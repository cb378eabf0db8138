"""What can have happened to orders, plain and conditional."""

from decimal import Decimal

import msgspec

from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import (
    AlgoStatus,
    ExpiryReason,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    Side,
)


class OrderAccepted(msgspec.Struct, frozen=True, tag=True, gc=False):
    """An order was accepted. It `rests` at once when nothing on the book meets it."""

    account: str
    market: Market
    order: Order
    rests: bool
    time: Millis


class OrderRested(msgspec.Struct, frozen=True, tag=True, gc=False):
    """What was left of an order after matching went onto the book."""

    account: str
    market: Market
    symbol: str
    order_id: int
    time: Millis


class OrderFilled(msgspec.Struct, frozen=True, tag=True, gc=False):
    """One side of a trade: what it did to the order, the position and the wallets of its account."""

    account: str
    market: Market
    symbol: str
    order_id: int
    trade_id: int
    side: Side
    position_side: PositionSide
    price: Decimal
    quantity: Decimal
    is_maker: bool
    against_house: bool
    status: OrderStatus
    executed_qty: Decimal
    cum_quote: Decimal
    margin_asset: str
    realized_profit: Decimal
    commission: Decimal
    """In `commission_asset`; what the account pays is positive."""
    commission_asset: str
    wallet_balance: Decimal
    """Of the margin asset, after the fill."""
    commission_balance: Decimal
    """Of the commission asset, after the fill; the same wallet when the assets are the same."""
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    isolated_wallet: Decimal
    accumulated_realized: Decimal
    """Realized profit of this position row so far, before fees."""
    tran_id: int
    """Of the realized profit; the commission has the next one."""
    time: Millis
    is_calculated: bool = False
    """Execution type CALCULATED: no trade on the book but a take-over or a deleveraging, at a set price."""


class OrderCancelled(msgspec.Struct, frozen=True, tag=True, gc=False):
    """An order left the book, or the door to it, before it was filled."""

    account: str
    market: Market
    symbol: str
    order_id: int
    status: OrderStatus
    reason: ExpiryReason
    time: Millis


class StopOrderFollowed(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A trailing stop on the order endpoint was activated, or followed the price."""

    account: str
    market: Market
    symbol: str
    order_id: int
    extreme_price: Decimal
    time: Millis


class StopOrderFired(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A conditional order on the order endpoint fired and became a plain one."""

    account: str
    market: Market
    symbol: str
    order_id: int
    becomes: OrderType
    price: Decimal
    orig_qty: Decimal
    time: Millis


class StopOrderRefused(msgspec.Struct, frozen=True, tag=True, gc=False):
    """What a conditional order on the order endpoint became was refused when it fired: next it expires."""

    account: str
    market: Market
    symbol: str
    order_id: int
    reason: str
    """The message of the error."""
    time: Millis


class OrderAmended(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Price and quantity of a resting order were changed; it lost its place in the queue."""

    account: str
    market: Market
    symbol: str
    order_id: int
    amendment_id: int
    price: Decimal
    orig_qty: Decimal
    price_before: Decimal
    orig_qty_before: Decimal
    rests: bool
    time: Millis
    modify_id: int | None = None
    """What the client calls the change."""
    price_match: PriceMatch | None = None
    """Where the new price came from; None in journals of earlier versions, which kept what the order had."""


class AlgoOrderAccepted(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A conditional order waits for its trigger."""

    account: str
    market: Market
    order: AlgoOrder
    time: Millis


class AlgoOrderChanged(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A conditional order took a step: activated, triggered, placed, refused, cancelled or finished."""

    account: str
    market: Market
    algo_id: int
    status: AlgoStatus
    extreme_price: Decimal
    actual_order_id: int
    reject_reason: str
    trigger_time: Millis
    time: Millis
