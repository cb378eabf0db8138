"""The handlers that show an order book, alike on both markets."""

from collections.abc import Callable, Collection

from margind import errors
from margind.api.endpoints import Call, Handler
from margind.api.lookup import named
from margind.api.parameters import Kind, Parameter
from margind.engine.model.contracts import Contract
from margind.engine.model.terms import BUY, SELL, Market, Millis
from margind.engine.state import State
from margind.errors import Refusal
from margind.wire.orders import BookLevels
from margind.wire.replies import encode

DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
DEPTH_LIMIT = Parameter("limit", Kind.INTEGER, default=500)

RPI_DEPTHS = (1000,)
"""Documented: the only one."""

RPI_DEPTH_LIMIT = Parameter("limit", Kind.INTEGER, default=1000)

View = Callable[[Contract, int, tuple[Millis, Millis], BookLevels, BookLevels], object]
Reader = Callable[[State, Market, str, int], tuple[BookLevels, BookLevels]]


def depth(view: View) -> Handler:
    """Shows the first levels of both sides: the house's and those of users together.

    Documented: -4021 for another number of levels, and RPI orders are left out. Assumed: `lastUpdateId` need
    only grow with each change; here it counts events and price snapshots.
    """
    return _levels(view, DEPTHS, both_sides)


def rpi_depth(view: View) -> Handler:
    """Shows the same with RPI orders."""
    return _levels(view, RPI_DEPTHS, both_sides_with_rpi)


def _levels(view: View, depths: Collection[int], read: Reader) -> Handler:
    def handler(call: Call) -> bytes:
        symbol, limit = named(call), call.parameters["limit"]
        if limit not in depths:
            raise Refusal(errors.INVALID_DEPTH_LIMIT, limit)
        state, market = call.runtime.state, call.market_state
        return encode(
            view(
                market.contracts[symbol],
                update_id(state, call.market),
                (call.now, market.prices[symbol].time),
                *read(state, call.market, symbol, limit),
            )
        )

    return handler


def update_id(state: State, market: Market) -> int:
    """A number that grows with each change of any book of a market: events and price snapshots."""
    return state.sequence + state.markets[market].prices_version


def both_sides(state: State, market: Market, symbol: str, limit: int) -> tuple[BookLevels, BookLevels]:
    """The first bids and asks of a symbol as everybody may see them, best first.

    A symbol that nobody has ordered has no book yet: there the house stands alone.
    """
    book = state.books[market].get(symbol)
    if book is None:
        return _house(state, market, symbol)
    return book.bids.depth(limit), book.asks.depth(limit)


def both_sides_with_rpi(
    state: State, market: Market, symbol: str, limit: int
) -> tuple[BookLevels, BookLevels]:
    """The same with RPI orders, except where they cross the other side."""
    book = state.books[market].get(symbol)
    if book is None:
        return _house(state, market, symbol)
    return book.depth_with_rpi(BUY, limit), book.depth_with_rpi(SELL, limit)


def _house(state: State, market: Market, symbol: str) -> tuple[BookLevels, BookLevels]:
    bid_price, bid_qty, ask_price, ask_qty = state.markets[market].prices[symbol].quote
    return ([(bid_price, bid_qty)] if bid_qty else []), ([(ask_price, ask_qty)] if ask_qty else [])
