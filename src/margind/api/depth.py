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
        book = state.book(call.market, symbol)
        return encode(
            view(
                market.contracts[symbol],
                update_id(state, call.market),
                (call.now, market.prices[symbol].time),
                shown_levels(state, call.market, book.bids, limit),
                shown_levels(state, call.market, book.asks, limit),
            )
        )

    return handler


def update_id(state: State, market: Market) -> int:
    """A number that grows with each change of any book of a market: events and price snapshots."""
    return state.sequence + state.markets[market].prices_version


def shown_levels(state: State, market: Market, side: BookSide, limit: int) -> list[tuple[Decimal, Decimal]]:
    """The first levels of a side as everybody may see them, best first."""
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
