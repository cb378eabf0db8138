"""User data stream events of both markets: what is pushed when an account changes.

Observed (public recordings of 2026): numbers drop their trailing zeros here, and a flat price is "0".
"""

from decimal import Decimal

import msgspec

from margind.engine.events import OrderFilled
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.positions import Position
from margind.engine.model.terms import MarginType, Market, Millis
from margind.wire.text import (
    amount_text,
    break_even_price_text,
    entry_price_text,
    margin_type_text,
    quantity_text,
    short_text,
)

UNSET = msgspec.UNSET
Maybe = msgspec.UnsetType


class BalanceUpdate(msgspec.Struct, frozen=True):
    """One wallet in ACCOUNT_UPDATE."""

    asset: str = msgspec.field(name="a")
    wallet_balance: str = msgspec.field(name="wb")
    cross_wallet_balance: str = msgspec.field(name="cw")
    balance_change: str = msgspec.field(name="bc")
    """Without profit and fees: 0 for trades."""


class PositionUpdate(msgspec.Struct, frozen=True):
    """One position row in ACCOUNT_UPDATE."""

    symbol: str = msgspec.field(name="s")
    position_amt: str = msgspec.field(name="pa")
    entry_price: str = msgspec.field(name="ep")
    accumulated_realized: str = msgspec.field(name="cr")
    unrealized_profit: str = msgspec.field(name="up")
    margin_type: str = msgspec.field(name="mt")
    isolated_wallet: str = msgspec.field(name="iw")
    position_side: str = msgspec.field(name="ps")
    margin_asset: str = msgspec.field(name="ma")
    break_even_price: str = msgspec.field(name="bep")


class AccountChange(msgspec.Struct, frozen=True):
    """The body of ACCOUNT_UPDATE."""

    balances: list[BalanceUpdate] = msgspec.field(name="B")
    positions: list[PositionUpdate] = msgspec.field(name="P")
    reason: str = msgspec.field(name="m")


class AccountUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ACCOUNT_UPDATE."""

    event: str = msgspec.field(name="e", default="ACCOUNT_UPDATE")
    transaction_time: Millis = msgspec.field(name="T")
    event_time: Millis = msgspec.field(name="E")
    account_alias: str | Maybe = msgspec.field(name="i", default=UNSET)
    """COIN-M only."""
    change: AccountChange = msgspec.field(name="a")


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
    stop_price: str = msgspec.field(name="sp", default="0")
    execution_type: str = msgspec.field(name="x")
    status: str = msgspec.field(name="X")
    order_id: int = msgspec.field(name="i")
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
    working_type: str = msgspec.field(name="wt", default="CONTRACT_PRICE")
    orig_type: str = msgspec.field(name="ot")
    position_side: str = msgspec.field(name="ps")
    close_position: bool = msgspec.field(name="cp")
    realized_profit: str = msgspec.field(name="rp")
    price_protect: bool = msgspec.field(name="pP", default=False)
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


class LeverageUpdate(msgspec.Struct, frozen=True):
    """`ac` of ACCOUNT_CONFIG_UPDATE."""

    symbol: str = msgspec.field(name="s")
    leverage: int = msgspec.field(name="l")


class AssetModeUpdate(msgspec.Struct, frozen=True):
    """`ai` of ACCOUNT_CONFIG_UPDATE."""

    multi_assets_margin: bool = msgspec.field(name="j")


class AccountConfigUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """ACCOUNT_CONFIG_UPDATE."""

    event: str = msgspec.field(name="e", default="ACCOUNT_CONFIG_UPDATE")
    event_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    leverage: LeverageUpdate | Maybe = msgspec.field(name="ac", default=UNSET)
    asset_mode: AssetModeUpdate | Maybe = msgspec.field(name="ai", default=UNSET)


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


class ListenKeyExpired(msgspec.Struct, frozen=True, kw_only=True):
    """listenKeyExpired. Documented: `E` is quoted on USDⓈ-M's page, an integer in the SDK's model."""

    event: str = msgspec.field(name="e", default="listenKeyExpired")
    event_time: Millis = msgspec.field(name="E")
    listen_key: str = msgspec.field(name="listenKey")


def trade_lite(
    order: Order, fill: OrderFilled, event_time: Millis, quantity_precision: int, price_precision: int
) -> TradeLite:
    """A fill in a few fields. Observed: quantities and prices with the symbol's decimals here."""
    return TradeLite(
        event_time=event_time,
        transaction_time=fill.time,
        symbol=order.symbol,
        orig_qty=quantity_text(order.orig_qty, quantity_precision),
        price=quantity_text(order.price, price_precision),
        is_maker=fill.is_maker,
        client_order_id=order.client_order_id,
        side=order.side,
        last_price=quantity_text(fill.price, price_precision),
        last_qty=quantity_text(fill.quantity, quantity_precision),
        trade_id=fill.trade_id,
        order_id=order.order_id,
    )


def position_update(
    position: Position,
    margin_type: MarginType,
    margin_asset: str,
    *,
    unrealized_profit: Decimal,
    accumulated_realized: Decimal,
) -> PositionUpdate:
    """A position row; a flat one shows "0"."""
    flat = not position.position_amt
    return PositionUpdate(
        symbol=position.symbol,
        position_amt=short_text(position.position_amt),
        entry_price="0" if flat else short_text(Decimal(entry_price_text(position.entry_price))),
        accumulated_realized=short_text(accumulated_realized),
        unrealized_profit=short_text(unrealized_profit),
        margin_type=margin_type_text(margin_type),
        isolated_wallet=short_text(position.isolated_wallet),
        position_side=position.position_side,
        margin_asset=margin_asset,
        break_even_price="0"
        if flat
        else short_text(Decimal(break_even_price_text(position.break_even_price))),
    )


def balance_update(asset: str, wallet: Decimal, cross_wallet: Decimal, change: Decimal) -> BalanceUpdate:
    """A wallet row. Observed: balances have 8 decimals, the change drops its zeros."""
    return BalanceUpdate(asset, amount_text(wallet), amount_text(cross_wallet), short_text(change))


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to an order, beside the order itself."""

    type: str
    time: Millis
    expiry_reason: str = "0"
    last_qty: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    commission_asset: str
    trade_id: int = 0
    is_maker: bool = False
    realized_profit: Decimal = Decimal(0)
    bids: Decimal = Decimal(0)
    asks: Decimal = Decimal(0)


def order_change(
    order: Order, execution: Execution, market: Market, margin_asset: str, average_price: Decimal
) -> OrderChange:
    """The order as ORDER_TRADE_UPDATE shows it after an execution."""
    usdm = market is Market.USDM
    algo = order.algo_id != 0
    return OrderChange(
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        orig_qty=short_text(order.orig_qty),
        price=short_text(order.price),
        average_price=short_text(average_price),
        execution_type=execution.type,
        status=order.status,
        order_id=order.order_id,
        last_qty=short_text(execution.last_qty),
        executed_qty=short_text(order.executed_qty),
        last_price=short_text(execution.last_price),
        margin_asset=UNSET if usdm else margin_asset,
        commission=short_text(execution.commission),
        commission_asset=execution.commission_asset,
        time=execution.time,
        trade_id=execution.trade_id,
        bids=short_text(execution.bids),
        asks=short_text(execution.asks),
        is_maker=execution.is_maker,
        reduce_only=order.reduce_only,
        orig_type=order.type,
        position_side=order.position_side,
        close_position=order.close_position,
        realized_profit=short_text(execution.realized_profit),
        strategy_id=(order.algo_id if algo else 0) if usdm else UNSET,
        strategy_sub_id=(-1 if algo else 0) if usdm else UNSET,
        strategy_type="ALGO_CONDITION" if algo and usdm else UNSET,
        self_trade_prevention=order.self_trade_prevention,
        price_match=order.price_match,
        good_till_date=order.good_till_date if usdm else UNSET,
        expiry_reason=execution.expiry_reason,
    )


def algo_change(order: AlgoOrder, actual: Order | None, average_price: Decimal) -> AlgoChange:
    """The conditional order as ALGO_UPDATE shows it; `actual` is what it became on the book."""
    return AlgoChange(
        client_algo_id=order.client_algo_id,
        algo_id=order.algo_id,
        type=order.type,
        symbol=order.symbol,
        side=order.side,
        position_side=order.position_side,
        time_in_force=order.time_in_force,
        quantity=short_text(order.quantity),
        status=order.status,
        actual_order_id=str(order.actual_order_id) if order.actual_order_id else "",
        actual_price=UNSET if actual is None else short_text(average_price),
        actual_qty=UNSET if actual is None else short_text(actual.executed_qty),
        actual_type=UNSET if actual is None else actual.type,
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
        reject_reason=order.reject_reason or UNSET,
    )
