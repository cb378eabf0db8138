"""Orders: what rests on or went through the book, and what waits for a trigger."""

from collections.abc import Container
from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import (
    BOTH,
    BUY,
    LIMIT,
    LONG,
    MARKET,
    NO_MATCH,
    SELL,
    AlgoStatus,
    AutoClose,
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

ON_THE_BOOK = frozenset({LIMIT})

CONDITIONAL = frozenset(OrderType) - {LIMIT, MARKET}
"""Types that wait for a trigger in the algo service."""


def made_up_id(wanted: str, taken: Container[str]) -> str:
    """What the exchange calls an order whose client gave it no id; dashes keep it from ids in use."""
    while wanted in taken:
        wanted += "-"
    return wanted


def closes_leg(position_side: PositionSide, side: Side) -> bool:
    """Whether an order of hedge mode is of the closing side: selling a long, buying a short."""
    return (position_side is LONG) is (side is SELL)


class Order(msgspec.Struct, frozen=True, gc=False):
    """One order of one account."""

    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal
    orig_qty: Decimal
    executed_qty: Decimal = ZERO
    cum_quote: Decimal = ZERO
    """Value of what was filled: in the quote asset on USDⓈ-M, in the base coin (`cumBase`) on COIN-M."""
    reduce_only: bool = False
    close_position: bool = False
    status: OrderStatus = OrderStatus.NEW
    price_match: PriceMatch = NO_MATCH
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    good_till_date: Millis = 0
    amendments: int = 0
    orig_type: OrderType | None = None
    """What it was before its trigger; None for an order that never had one or still waits."""
    trigger_price: Decimal = ZERO
    """`stopPrice` of the plain order endpoint."""
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_protect: bool = False
    activate_price: Decimal = ZERO
    callback_rate: Decimal = ZERO
    """A fraction: 0.01 for the 1 that a request says."""
    extreme_price: Decimal = ZERO
    """The lowest (buy) or highest (sell) price since a trailing stop was activated; 0 before."""
    algo_id: int = 0
    """The conditional order this one was triggered by; 0 for a plain one."""
    auto_close: AutoClose | None = None
    """Why the exchange placed it; None for a user's own order."""
    time: Millis = 0
    update_time: Millis = 0

    @property
    def remaining_qty(self) -> Decimal:
        """What is still to be filled."""
        return self.orig_qty - self.executed_qty

    def quantity_signed(self, quantity: Decimal) -> Decimal:
        """What a fill of a quantity adds to the position."""
        return quantity if self.side is BUY else -quantity

    @property
    def waits(self) -> bool:
        """Whether it waits for a trigger and is not on the book yet."""
        return self.type in CONDITIONAL

    @property
    def only_reduces(self) -> bool:
        """Whether it may never open a position. Documented: in hedge mode the closing side never does."""
        if self.position_side is BOTH:
            return self.reduce_only or self.close_position
        return closes_leg(self.position_side, self.side)

    @property
    def is_open(self) -> bool:
        """Whether it can still be filled or cancelled."""
        return self.status in _OPEN

    @property
    def average_price(self) -> Decimal:
        """Volume-weighted price of its fills on USDⓈ-M; 0 before the first."""
        return self.cum_quote / self.executed_qty if self.executed_qty else ZERO

    @property
    def binds_margin(self) -> bool:
        """Whether the order counts for open-order margin.

        Assumed: resting limit orders do; reduce-only, close-position and untriggered conditional ones do not
        (a public reply with a conditional order alone would settle it).
        """
        return self.type in ON_THE_BOOK and not self.reduce_only and not self.close_position


_OPEN = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class AlgoOrder(msgspec.Struct, frozen=True, gc=False):
    """A conditional order that waits for its trigger."""

    algo_id: int
    client_algo_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    """0 when it closes the whole position."""
    price: Decimal
    trigger_price: Decimal
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_match: PriceMatch = NO_MATCH
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool = False
    activate_price: Decimal = ZERO
    callback_rate: Decimal = ZERO
    """A fraction: 0.01 for the 1 that a request says."""
    extreme_price: Decimal = ZERO
    """The lowest (buy) or highest (sell) price since a trailing stop was activated; 0 before."""
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    good_till_date: Millis = 0
    status: AlgoStatus = AlgoStatus.NEW
    actual_order_id: int = 0
    reject_reason: str = ""
    create_time: Millis = 0
    update_time: Millis = 0
    trigger_time: Millis = 0

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status is AlgoStatus.NEW
