"""Open orders of an account document: which numbers they get, and which cannot stand on a book together."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from margind.engine import commands as c
from margind.engine.model.book import HOUSE
from margind.engine.model.orders import Order
from margind.engine.model.terms import Market, TimeInForce
from margind.engine.state import State
from margind.errors.impossible import misfit

LARGEST_ORDER_ID = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact; those of the exchange are far below."""

_USDM_ONLY = frozenset({TimeInForce.GTD, TimeInForce.RPI})
"""Documented: the order pages of COIN-M do not have them."""


def order_numbers(state: State, command: c.LoadAccount) -> Iterator[int]:
    """The ids of a document's orders, market by market: their own where those are free, else new ones."""
    orders = [
        (market, order)
        for market, document in ((Market.USDM, command.usdm), (Market.COINM, command.coinm))
        for order in document.open_orders
    ]
    own = [
        order.order_id if _is_free(state, command.account, market, order) else 0 for market, order in orders
    ]
    return own_or_new(own, state.next_order_id)


def own_or_new(own: Sequence[int], next_number: int) -> Iterator[int]:
    """The numbers that orders keep, and new ones, larger than all of them, in the place of zeros."""
    number = max(next_number, max(own, default=0) + 1)
    for kept in own:
        if kept:
            yield kept
        else:
            yield number
            number += 1


def _is_free(state: State, account: str, market: Market, order: Order) -> bool:
    """Whether nobody ever had an order of this id, or it is the very order that the document stands for."""
    if order.order_id >= state.next_order_id:
        return True
    there = state.accounts[account].on(market).open_orders.get(order.order_id)
    return there is not None and _what(there) == _what(order)


def _what(order: Order) -> tuple[object, ...]:
    return order.symbol, order.side, order.position_side, order.type, order.client_order_id


def numbered(order: Order, order_id: int) -> Order:
    """An order under its number; one without a name of its client is named after that."""
    name = order.client_order_id or f"margind-{order_id}"
    return msgspec.structs.replace(order, order_id=order_id, client_order_id=name)


class Identities:
    """What the orders of one kind in a document are called: no two alike."""

    def __init__(self, market: Market, kind: str, number: str, client_id: str) -> None:
        self._market = market
        self._kind = kind
        self._number = number
        self._client_id = client_id
        self._client_ids: set[str] = set()
        self._numbers: set[int] = set()

    def check(self, name: str, number: int, client_id: str | None, time_in_force: TimeInForce) -> None:
        """Refuse an order whose id or number (0 is none) another has, or that its market does not know."""
        if client_id in self._client_ids:
            raise misfit(f"{name}: two {self._kind} orders cannot have one {self._client_id}")
        if client_id is not None:
            self._client_ids.add(client_id)
        if not 0 <= number <= LARGEST_ORDER_ID:
            raise misfit(f"{name}: {self._number} lies from 1 to {LARGEST_ORDER_ID}")
        if number in self._numbers:
            raise misfit(f"{name}: two {self._kind} orders cannot have the {self._number} {number}")
        if number:
            self._numbers.add(number)
        if self._market is Market.COINM and time_in_force in _USDM_ONLY:
            raise misfit(f"{name}: there is no timeInForce {time_in_force} on {self._market}")


def check_loaded_orders(state: State, account: str, market: Market, orders: Sequence[Order]) -> None:
    """Refuse orders that could not stand together: two under one name, or one that would have traded."""
    identities = Identities(market, "open", "orderId", "clientOrderId")
    for order in orders:
        name = f"openOrders {order.client_order_id or order.symbol}"
        identities.check(name, order.order_id, order.client_order_id or None, order.time_in_force)
        if not order.waits:
            met = _met_by(state, account, market, order)
            if met is not None:
                raise misfit(
                    f"{name}: a {order.side} at {order.price:f} would trade with an order at {met:f}"
                )


def _met_by(state: State, account: str, market: Market, order: Order) -> Decimal | None:
    """The price of another user's order on the book that an order would have traded with.

    Orders of one document may cross each other: what margin they bind is a question that people ask, and an
    account does not trade with itself.
    """
    book = state.books[market].get(order.symbol)
    if book is None or order.time_in_force is TimeInForce.RPI:  # which meets no user's order
        return None
    opposite = book.against(order.side)
    for price in opposite.inwards():
        if not opposite.reaches(price, order.price):
            break
        # The account's own orders are those that the document takes the place of.
        if any(entry != HOUSE and state.order_owners[entry] != account for entry in opposite.levels[price]):
            return price
    return None
