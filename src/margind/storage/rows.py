"""What history keeps: one row for each thing that a history endpoint can tell of an account."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import IncomeType, MarginChangeType, Market, Millis, PositionSide, Side


class IncomeRow(msgspec.Struct, frozen=True, gc=False):
    """One change of a wallet balance and its reason; empty texts where a field does not apply."""

    account: str
    market: Market
    symbol: str
    income_type: IncomeType
    income: Decimal  # signed from the account's side, in `asset`
    asset: str
    info: str
    time: Millis
    tran_id: int  # unique per account inside one income type; the caller's duty
    trade_id: str


class MarginChangeRow(msgspec.Struct, frozen=True, gc=False):
    """One change of the margin of an isolated position."""

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    type: int  # 1 added, 2 taken out
    delta_type: MarginChangeType
    amount: Decimal  # in `asset`
    asset: str
    time: Millis


class FundingRow(msgspec.Struct, frozen=True):
    """The terms on which a symbol was funded."""

    market: Market
    symbol: str
    funding_time: Millis
    funding_rate: Decimal
    mark_price: Decimal


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """One fill of an order, as its account sees it."""

    account: str
    market: Market
    symbol: str
    trade_id: int
    order_id: int
    side: Side
    position_side: PositionSide
    price: Decimal
    quantity: Decimal
    value: Decimal  # in the quote asset on USDⓈ-M, in the base coin on COIN-M
    realized_profit: Decimal  # in `margin_asset`, before the fee
    margin_asset: str
    commission: Decimal  # what the account paid is positive, in `commission_asset`
    commission_asset: str
    is_maker: bool
    time: Millis


class AmendmentRow(msgspec.Struct, frozen=True, gc=False):
    """One change of price and quantity of a resting order."""

    account: str
    market: Market
    symbol: str
    amendment_id: int
    order_id: int
    client_order_id: str
    price_before: Decimal
    price: Decimal
    orig_qty_before: Decimal
    orig_qty: Decimal
    count: int  # which change of this order it was: 1 is the first
    modify_id: int | None  # what the client calls the change
    time: Millis


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """An order as it stands now; it takes the place of what was kept of it before."""

    account: str
    market: Market
    order: Order


class AlgoOrderRow(msgspec.Struct, frozen=True, gc=False):
    """A conditional order as it stands now; it takes the place of what was kept of it before."""

    account: str
    market: Market
    order: AlgoOrder


HistoryRow: TypeAlias = (
    IncomeRow | MarginChangeRow | FundingRow | TradeRow | AmendmentRow | OrderRow | AlgoOrderRow
)
