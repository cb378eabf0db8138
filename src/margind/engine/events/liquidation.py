"""What can have happened to accounts in danger: margin calls, liquidations, what the insurance fund does."""

from decimal import Decimal

import msgspec

from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import ClearReason, MarginType, Market, Millis, PositionSide


class CalledPosition(msgspec.Struct, frozen=True):
    """One position of a pool at the moment of a margin call, valued at the mark price."""

    symbol: str
    position_side: PositionSide
    position_amt: Decimal
    margin_type: MarginType
    isolated_wallet: Decimal
    mark_price: Decimal
    unrealized_profit: Decimal
    maint_margin: Decimal


class MarginCalled(msgspec.Struct, frozen=True, tag=True):
    """The margin ratio of a pool passed the threshold of margin calls."""

    account: str
    market: Market
    pool: MarginPool
    margin_ratio: Decimal
    cross_wallet_balance: Decimal | None
    """Of the pool's asset, in USD for the joint wallet; None for an isolated position."""
    positions: tuple[CalledPosition, ...]
    time: Millis


class MarginCallEnded(msgspec.Struct, frozen=True, tag=True):
    """The margin ratio of a pool is below the threshold again, or nothing is left in it; told to nobody."""

    account: str
    market: Market
    pool: MarginPool
    time: Millis


class LiquidationStarted(msgspec.Struct, frozen=True, tag=True):
    """A pool no longer covers its maintenance margin: its orders are cancelled and its positions reduced."""

    account: str
    market: Market
    pool: MarginPool
    margin_balance: Decimal
    """In the pool's asset, in USD for the joint wallet."""
    maint_margin: Decimal
    time: Millis


class LiquidationEnded(msgspec.Struct, frozen=True, tag=True):
    """A pool covers its maintenance margin again, or has no position left."""

    account: str
    market: Market
    pool: MarginPool
    margin_balance: Decimal
    maint_margin: Decimal
    """0 when no position is left."""
    time: Millis


class PositionTakenOver(msgspec.Struct, frozen=True, tag=True):
    """The insurance fund took the rest of a position and closed it at the mark price.

    The account's side of it is the fill of `order_id`, which comes before this event.
    """

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    order_id: int
    quantity: Decimal
    price: Decimal
    """The bankruptcy price, at which it was taken."""
    mark_price: Decimal
    asset: str
    amount: Decimal
    """What the fund gained; negative when it lost."""
    time: Millis


class InsuranceCleared(msgspec.Struct, frozen=True, tag=True):
    """A posting between an account and the insurance fund; income of type INSURANCE_CLEAR."""

    account: str
    market: Market
    asset: str
    amount: Decimal
    """Signed from the account's side: a liquidation fee is negative, a deficit that was paid positive."""
    wallet_balance: Decimal
    """After the posting."""
    reason: ClearReason
    symbol: str
    """Of the position whose liquidation cost the fee; empty for a whole wallet."""
    position_side: PositionSide
    isolated_wallet: Decimal | None
    """Of that position, after the posting; None when it is cross or closed."""
    order_id: int
    """Of the liquidation order; 0 for a whole wallet."""
    tran_id: int
    time: Millis
