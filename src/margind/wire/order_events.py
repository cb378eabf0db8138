"""User data stream events about orders: ORDER_TRADE_UPDATE and TRADE_LITE.

Observed (public recordings of 2026): numbers drop their trailing zeros here, and a flat price is "0".
"""

from decimal import Decimal

import msgspec

from margind.engine.events import OrderFilled
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import PERCENT
from margind.engine.model.orders import Order
from margind.engine.model.terms import Market, Millis, OrderType
from margind.wire.orders import AVERAGE_DECIMALS, average_price, rounded_text
from margind.wire.text import number_text, quantity_text, short_text

UNSET = msgspec.UNSET
Maybe = msgspec.UnsetType


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ORDER_TRADE_UPDATE."""

    symbol: str = msgspec.field(name="s")
    client_order_id: str = msgspec.field(name="c")
    side: str = msgspec.field(name="S")
    type: str = msgspec.field(name="o")
    time_in_force: str = msgspec.field(name="f")
    orig_qty: str = msgspec.field(name="q")
    price: str = msgspec.field(name="p")
    average_price: str = msgspec.field(name="ap")
    stop_price: str = msgspec.field(
        name="sp",
    )
    execution_type: str = msgspec.field(name="x")
    status: str = msgspec.field(name="X")
    order_id: int = msgspec.field(name="i")
    modify_id: str | Maybe = msgspec.field(name="M", default=UNSET)
    """Documented: for changes whose request had a `modifyId`, as a text."""
    last_qty: str = msgspec.field(name="l")
    executed_qty: str = msgspec.field(name="z")
    last_price: str = msgspec.field(name="L")
    margin_asset: str | Maybe = msgspec.field(name="ma", default=UNSET)
    """COIN-M only."""
    commission: str = msgspec.field(name="n")
    commission_asset: str = msgspec.field(name="N")
    time: Millis = msgspec.field(name="T")
    trade_id: int = msgspec.field(name="t")
    bids: str = msgspec.field(name="b")
    asks: str = msgspec.field(name="a")
    is_maker: bool = msgspec.field(name="m")
    reduce_only: bool = msgspec.field(name="R")
    working_type: str = msgspec.field(name="wt")
    orig_type: str = msgspec.field(name="ot")
    position_side: str = msgspec.field(name="ps")
    close_position: bool = msgspec.field(name="cp")
    activate_price: str | Maybe = msgspec.field(name="AP", default=UNSET)
    callback_rate: str | Maybe = msgspec.field(name="cr", default=UNSET)
    """With `AP` for trailing stops only; in percent."""
    realized_profit: str = msgspec.field(name="rp")
    price_protect: bool = msgspec.field(name="pP")
    strategy_id: int | Maybe = msgspec.field(name="si", default=UNSET)
    strategy_sub_id: int | Maybe = msgspec.field(name="ss", default=UNSET)
    strategy_type: str | Maybe = msgspec.field(name="st", default=UNSET)
    """Observed: ALGO_CONDITION, with the id in `si` and -1 in `ss`, for an order that a trigger placed."""
    self_trade_prevention: str = msgspec.field(name="V")
    price_match: str = msgspec.field(name="pm")
    good_till_date: Millis | Maybe = msgspec.field(name="gtd", default=UNSET)
    expiry_reason: str = msgspec.field(name="er")


class OrderTradeUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ORDER_TRADE_UPDATE."""

    event: str = msgspec.field(name="e", default="ORDER_TRADE_UPDATE")
    transaction_time: Millis = msgspec.field(name="T")
    event_time: Millis = msgspec.field(name="E")
    account_alias: str | Maybe = msgspec.field(name="i", default=UNSET)
    order: OrderChange = msgspec.field(name="o")


class TradeLite(msgspec.Struct, frozen=True, kw_only=True):
    """TRADE_LITE: a fill in a few fields. Documented: USDⓈ-M only."""

    event: str = msgspec.field(name="e", default="TRADE_LITE")
    event_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    orig_qty: str = msgspec.field(name="q")
    price: str = msgspec.field(name="p")
    is_maker: bool = msgspec.field(name="m")
    client_order_id: str = msgspec.field(name="c")
    side: str = msgspec.field(name="S")
    last_price: str = msgspec.field(name="L")
    last_qty: str = msgspec.field(name="l")
    trade_id: int = msgspec.field(name="t")
    order_id: int = msgspec.field(name="i")


def trade_lite(order: Order, fill: OrderFilled, contract: Contract, event_time: Millis) -> TradeLite:
    """A fill in a few fields.

    Observed: quantities and prices with the symbol's decimals here. Documented (example): "0" for the price
    of a market order.
    """
    price, quantity = contract.price_precision, contract.quantity_precision
    return TradeLite(
        event_time=event_time,
        transaction_time=fill.time,
        symbol=order.symbol,
        orig_qty=quantity_text(order.orig_qty, quantity),
        price=quantity_text(order.price, price) if order.price else "0",
        is_maker=fill.is_maker,
        client_order_id=order.client_order_id,
        side=order.side,
        last_price=quantity_text(fill.price, price),
        last_qty=quantity_text(fill.quantity, quantity),
        trade_id=fill.trade_id,
        order_id=order.order_id,
    )


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to an order, beside the order itself."""

    type: str
    time: Millis
    expiry_reason: str = "0"
    last_qty: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    commission_asset: str = ""
    """Empty: the margin asset."""
    trade_id: int = 0
    is_maker: bool = False
    realized_profit: Decimal = Decimal(0)
    bids: Decimal = Decimal(0)
    asks: Decimal = Decimal(0)
    modify_id: int | None = None


def average_text(order: Order, contract: Contract) -> str:
    """Mean price of an order's fills: the digits of the REST replies without trailing zeros."""
    least = AVERAGE_DECIMALS if contract.market is Market.USDM else 0
    decimals = max(least, contract.price_precision)
    return short_text(Decimal(rounded_text(average_price(order, contract), decimals)))


def order_change(order: Order, execution: Execution, contract: Contract) -> OrderChange:
    """The order as ORDER_TRADE_UPDATE shows it after an execution.

    Documented: COIN-M has no `gtd`, `si` and `ss`, but `ma`. Assumed: no `st` there either.
    """
    usdm = contract.market is Market.USDM
    algo = order.algo_id != 0
    trails = (order.orig_type or order.type) is OrderType.TRAILING_STOP_MARKET
    return OrderChange(
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        orig_qty=short_text(order.orig_qty),
        price=short_text(order.price),
        average_price=average_text(order, contract),
        stop_price=short_text(order.trigger_price),
        execution_type=execution.type,
        status=order.status,
        order_id=order.order_id,
        modify_id=UNSET if execution.modify_id is None else str(execution.modify_id),
        last_qty=short_text(execution.last_qty),
        executed_qty=short_text(order.executed_qty),
        last_price=short_text(execution.last_price),
        margin_asset=UNSET if usdm else contract.margin_asset,
        commission=short_text(execution.commission),
        commission_asset=execution.commission_asset or contract.margin_asset,
        time=execution.time,
        trade_id=execution.trade_id,
        bids=short_text(execution.bids),
        asks=short_text(execution.asks),
        is_maker=execution.is_maker,
        reduce_only=order.reduce_only,
        working_type=order.working_type,
        orig_type=order.orig_type or order.type,
        position_side=order.position_side,
        close_position=order.close_position,
        activate_price=short_text(order.activate_price) if trails else UNSET,
        callback_rate=number_text(order.callback_rate * PERCENT) if trails else UNSET,
        price_protect=order.price_protect,
        realized_profit=short_text(execution.realized_profit),
        strategy_id=(order.algo_id if algo else 0) if usdm else UNSET,
        strategy_sub_id=(-1 if algo else 0) if usdm else UNSET,
        strategy_type="ALGO_CONDITION" if algo and usdm else UNSET,
        self_trade_prevention=order.self_trade_prevention,
        price_match=order.price_match,
        good_till_date=order.good_till_date if usdm else UNSET,
        expiry_reason=execution.expiry_reason,
    )
