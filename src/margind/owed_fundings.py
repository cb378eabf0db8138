"""The fundings that a journal owes: they fell due before its last entry, and it ends without them."""

from collections.abc import Iterable

import msgspec

from margind.engine import events as e
from margind.engine.model.terms import Market, Millis
from margind.engine.state import State
from margind.feeds.feed import Feed, Tick

Held = tuple[Market, str]
"""A market and a symbol of it that somebody holds."""


class OwedFundings:
    """Follows a journal that is read again.

    A funding is settled a moment after it falls due. What was asked for in between is in the journal first,
    and when the server dies then, it is all there is.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._settled: dict[Held, Millis] = {}
        """The last funding of what is held; before the first, since when it is held."""

    def follow(self, event: e.Event) -> None:
        """Take note of an event that the state has just taken over."""
        if isinstance(event, e.OrderFilled | e.PositionDelivered):
            self._follow_holders(event.market, (event.symbol,), event.time)
        elif isinstance(event, e.MarketAccountLoaded):
            known = {symbol for market, symbol in self._settled if market is event.market}
            self._follow_holders(event.market, known.union(self._state.holders[event.market]), event.time)
        elif isinstance(event, e.FundingFixed | e.FundingTermsSet):
            held = (event.market, event.symbol)
            if held in self._settled:
                then = event.funding_time if isinstance(event, e.FundingFixed) else event.time
                self._settled[held] = max(then, self._settled[held])

    def show(self, now: Millis, feed: Feed, tick: Tick) -> bool:
        """Let symbols show what they owe at a time, so that it is settled when time passes; whether any does.

        Prices stay those of now, as when a funding is settled a moment late. `tick` has all that the feed
        covers. What is set by hand shows what it owes already: its funding times are events.
        """
        covered = {Market.USDM: dict(tick.usdm), Market.COINM: dict(tick.coinm)}
        owed = False
        for (market, symbol), settled in self._settled.items():
            if symbol in self._state.hand_set_prices[market]:
                continue
            price = self._state.markets[market].prices[symbol]
            if symbol in covered[market]:
                dues = feed.funding_rates(
                    market, symbol, start_time=settled + 1, end_time=now, limit=1, now=now
                )
                for due in dues:
                    then, rate = due.funding_time, due.funding_rate
                    price = msgspec.structs.replace(price, next_funding_time=then, last_funding_rate=rate)
            elif price.next_funding_time:
                then = self._state.markets[market].funding_terms(symbol).next_time(settled)
                price = msgspec.structs.replace(price, next_funding_time=then)
            if 0 < price.next_funding_time <= now:
                self._state.set_prices(market, ((symbol, price),), {})
                owed = True
        return owed

    def _follow_holders(self, market: Market, symbols: Iterable[str], now: Millis) -> None:
        for symbol in symbols:
            if symbol in self._state.holders[market]:
                self._settled.setdefault((market, symbol), now)
            else:
                self._settled.pop((market, symbol), None)
