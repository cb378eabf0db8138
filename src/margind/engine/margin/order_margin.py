"""What resting orders bind: the value of bids and asks, and the margin they add to the position's."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import PositionSide, Side
from margind.engine.model.traced import greatest


class RestingValue(msgspec.Struct, frozen=True, gc=False):
    """Value of the resting orders of one position row, in the margin asset, exact."""

    bids: Decimal = ZERO
    asks: Decimal = ZERO


NOTHING_RESTING = RestingValue()


def resting_value(orders: Iterable[Order], contract: Contract) -> RestingValue:
    """Bids and asks at their own prices.

    Observed: public rows fit the order price. Assumed: sells near the market too, and on COIN-M
    quantity · contractSize / order price (a reply with such an order would settle both).
    """
    bids, asks = ZERO, ZERO
    for order in orders:
        if not order.binds_margin:
            continue
        value = contract.payoff.notional(order.remaining_qty, order.price)
        if order.side is Side.BUY:
            bids = bids + value
        else:
            asks = asks + value
    return RestingValue(bids, asks)


def present_notional(notional: Decimal, bids: Decimal, asks: Decimal) -> Decimal:
    """How large a one-way position could become if one side of the book filled."""
    return greatest(abs(notional + bids), abs(notional - asks))


def open_order_margin(
    position_side: PositionSide, notional: Decimal, resting: RestingValue, rate: Decimal
) -> Decimal:
    """The initial margin that orders add, exact.

    Documented (one-way): present notional · rate less what the position itself binds, so that orders which
    only close cost nothing until they exceed twice the position.
    Assumed (hedge): the opening side of each leg counts in full, the closing side is free (a reply of a hedge
    account with orders would settle it).
    """
    if position_side is PositionSide.LONG:
        return resting.bids * rate
    if position_side is PositionSide.SHORT:
        return resting.asks * rate
    present = present_notional(notional, resting.bids, resting.asks)
    return greatest(ZERO, present - abs(notional)) * rate
