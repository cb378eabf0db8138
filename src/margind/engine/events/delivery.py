"""What can have happened when a dated contract came to its end."""

from decimal import Decimal

import msgspec

from margind.engine.model.orders import Order
from margind.engine.model.terms import Market, Millis


class PositionDelivered(msgspec.Struct, frozen=True, tag=True):
    """One position was closed at the settlement price of its contract, by an order of the exchange's own."""

    account: str
    market: Market
    symbol: str
    order: Order
    """Filled; it was never open."""
    trade_id: int
    price: Decimal
    margin_asset: str
    realized_profit: Decimal
    commission: Decimal
    """In `commission_asset`; what the account pays is positive."""
    commission_asset: str
    wallet_balance: Decimal
    """Of the margin asset, after profit and fee."""
    commission_balance: Decimal
    """Of the commission asset; the same wallet when the assets are the same."""
    accumulated_realized: Decimal
    """Realized profit of this position row so far, before fees."""
    tran_id: int
    """Of the profit; the commission has the next one."""
    time: Millis


class ContractDelivered(msgspec.Struct, frozen=True, tag=True):
    """All positions of a contract have been settled."""

    market: Market
    symbol: str
    pair: str
    delivery_price: Decimal
    time: Millis
