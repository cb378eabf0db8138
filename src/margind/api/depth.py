"""The handler that shows an order book, alike on both markets."""

from collections.abc import Callable
from decimal import Decimal

from margind import errors
from margind.api.endpoints import Call, Handler
from margind.api.lookup import named
from margind.api.parameters import Kind, Parameter
from margind.engine.model.book import HOUSE, BookSide, Level
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Market, Millis, TimeInForce
from margind.engine.state import State
from margind.errors import Refusal
from margind.wire.orders import BookLevels
from margind.wire.replies import encode

DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
DEPTH_LIMIT = Parameter("limit", Kind.INTEGER, default=500)

View = Callable[[Contract, int, tuple[Millis, Millis], BookLevels, BookLevels], object]


def depth(view: View) -> Handler:
    """Shows the first levels of both sides: the house's and those of users together.

    Documented: -4021 for another number of levels, and RPI orders are left out. Assumed: `lastUpdateId` need
    only grow with each change; here it counts events and price snapshots.
    """

    def handler(call: Call) -> bytes:
        symbol, limit = named(call), call.parameters["limit"]
        if limit not in DEPTHS:
            raise Refusal(errors.INVALID_DEPTH_LIMIT, limit)
        state, market = call.runtime.state, call.market_state
        return encode(
            view(
                market.contracts[symbol],
                update_id(state, call.market),
                (call.now, market.prices[symbol].time),
                *both_sides(state, call.market, symbol, limit),
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
    if book is not None:
        return _shown_levels(state, market, book.bids, limit), _shown_levels(state, market, book.asks, limit)
    bid_price, bid_qty, ask_price, ask_qty = state.markets[market].prices[symbol].quote
    return ([(bid_price, bid_qty)] if bid_qty else []), ([(ask_price, ask_qty)] if ask_qty else [])


def _shown_levels(state: State, market: Market, side: BookSide, limit: int) -> list[tuple[Decimal, Decimal]]:
    rows = []
    for price in side.inwards():
        quantity = _shown(state, market, side.levels[price])
        if quantity:
            rows.append((price, quantity))
            if len(rows) == limit:
                break
    return rows


def _shown(state: State, market: Market, level: Level) -> Decimal:
    shown = ZERO
    for order_id, quantity in level.items():
        if order_id != HOUSE:
            half = state.accounts[state.order_owners[order_id]].on(market)
            if half.open_orders[order_id].time_in_force is TimeInForce.RPI:
                continue
        shown += quantity
    return shown
