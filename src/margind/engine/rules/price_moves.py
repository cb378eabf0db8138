"""What prices cause when they move: resting orders meet the house, and triggers fire."""

from collections.abc import Iterable, Iterator

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import Market, Millis, Side
from margind.engine.rules.algo_orders import fire_triggers
from margind.engine.rules.funding import funding_of_moved
from margind.engine.rules.matching import Floor
from margind.engine.rules.stop_orders import fire_stop_orders
from margind.engine.state import State


def move_prices(state: State, command: c.MovePrices, now: Millis) -> Iterator[e.Event]:
    """Take over a feed's prices, which are no events, and yield what they cause."""
    moved = ((Market.USDM, command.usdm), (Market.COINM, command.coinm))
    before = {
        market: [(symbol, prices[symbol]) for symbol, _ in rows if symbol in prices]
        for market, rows in moved
        for prices in (state.markets[market].prices,)
    }
    state.apply_feed(command.usdm, command.coinm, command.asset_index)
    for market, rows in moved:
        yield from follow_prices(state, market, (symbol for symbol, _ in rows), now)
        yield from funding_of_moved(state, market, before[market], now)


def follow_prices(state: State, market: Market, symbols: Iterable[str], now: Millis) -> Iterator[e.Event]:
    """Bring books and triggers of some symbols up to their present prices."""
    books, stops = state.books[market], state.stop_orders[market]
    waiting = state.algo_orders[market]
    for symbol in symbols:
        if symbol in books:
            yield from _meet_the_house(state, market, symbol, now)
        if symbol in stops:
            yield from fire_stop_orders(state, market, symbol, now)
        if symbol in waiting:
            yield from fire_triggers(state, market, symbol, now)


def _meet_the_house(state: State, market: Market, symbol: str, now: Millis) -> Iterator[e.Event]:
    floor = Floor(state, market, symbol, now)
    yield from floor.house_meets(Side.SELL)
    yield from floor.house_meets(Side.BUY)
