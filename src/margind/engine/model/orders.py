"""An order resting on the exchange."""

from decimal import Decimal

import msgspec

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Millis, OrderStatus, OrderType, PositionSide, Side, TimeInForce

ON_THE_BOOK = frozenset({OrderType.LIMIT})


class Order(msgspec.Struct, frozen=True):
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
    reduce_only: bool = False
    close_position: bool = False
    status: OrderStatus = OrderStatus.NEW
    time: Millis = 0
    update_time: Millis = 0

    @property
    def remaining_qty(self) -> Decimal:
        """What is still to be filled."""
        return self.orig_qty - self.executed_qty

    @property
    def binds_margin(self) -> bool:
        """Whether the order counts for open-order margin.

        Assumed: resting limit orders do; reduce-only, close-position and untriggered conditional ones do not
        (a public reply with a conditional order alone would settle it).
        """
        return self.type in ON_THE_BOOK and not self.reduce_only and not self.close_position
