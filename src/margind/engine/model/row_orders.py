"""The open orders of one position row, with the value of those that bind margin kept as they come and go."""

from decimal import Decimal

from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import Order
from margind.engine.model.payoff import Payoff
from margind.engine.model.terms import BUY


class RowOrders:
    """Open orders of a symbol and a position side, oldest first."""

    __slots__ = ("_values", "asks", "bids", "orders", "reducing")

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.reducing: dict[int, None] = {}
        """Ids of the orders that may only reduce."""
        self.bids = ZERO
        """Value of the buys that bind margin, in the margin asset."""
        self.asks = ZERO
        self._values: dict[int, Decimal] = {}
        """What each order adds to them, by its id."""

    def put(self, order: Order, payoff: Payoff) -> Decimal:
        """Take an order in, or take over what became of it; it keeps its place.

        By how much that changes the value of its side.
        """
        before = self.orders.get(order.order_id)
        value_before = value = ZERO
        if before is not None:
            value_before = self._take_out(before)
        elif order.only_reduces:
            self.reducing[order.order_id] = None
        self.orders[order.order_id] = order
        if order.binds_margin:
            value = self._values[order.order_id] = payoff.notional(order.remaining_qty, order.price)
            if order.side is BUY:
                self.bids += value
            else:
                self.asks += value
        return value - value_before

    def drop(self, order_id: int) -> None:
        """Let an order go."""
        order = self.orders.pop(order_id)
        self.reducing.pop(order_id, None)
        self._take_out(order)
        if not self.orders:  # no trace of what divisions left behind
            self.bids = self.asks = ZERO

    def _take_out(self, order: Order) -> Decimal:
        value = self._values.pop(order.order_id, ZERO)
        if order.side is BUY:
            self.bids -= value
        else:
            self.asks -= value
        return value
