"""The fundings that a journal owes: they fell due before its last entry, and it ends without them."""

from collections.abc import Iterable

import msgspec

from margind.engine import events as e
from margind.engine.model.terms import Market, Millis
from margind.engine.state import State
from margind.feeds.feed import Feed

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

    def show(self, now: Millis, feed: Feed) -> bool:
        """Let symbols show what they owe at a time, so that it is settled when time passes; whether any does.

        Prices stay those of now, as when a funding is settled a moment late. The rate is the one shown until
        it fell due; a feed that was asked for it has to be started anew.
        """
        owed = self._due(now)
        for then, symbols in owed.items():
            tick = feed.start(then - 1, feed.anchor)
            fed = {Market.USDM: dict(tick.usdm), Market.COINM: dict(tick.coinm)}
            for market, symbol in symbols:
                price = self._state.markets[market].prices[symbol]
                due = msgspec.structs.replace(price, next_funding_time=then)
                before = fed[market].get(symbol, due)
                if before.next_funding_time == then:  # a recording may have had other intervals
                    due = msgspec.structs.replace(due, last_funding_rate=before.last_funding_rate)
                    self._state.set_prices(market, ((symbol, due),), {})
        return bool(owed)

    def _due(self, now: Millis) -> dict[Millis, list[Held]]:
        """When symbols were first due, and which.

        Those of prices set by hand are left out: they show what they owe, because their times are events.
        """
        found: dict[Millis, list[Held]] = {}
        for (market, symbol), settled in self._settled.items():
            of_market = self._state.markets[market]
            then = of_market.funding_terms(symbol).next_time(settled)
            by_hand = symbol in self._state.hand_set_prices[market]
            if then <= now and not by_hand and of_market.prices[symbol].next_funding_time:
                found.setdefault(then, []).append((market, symbol))
        return found

    def _follow_holders(self, market: Market, symbols: Iterable[str], now: Millis) -> None:
        for symbol in symbols:
            if symbol in self._state.holders[market]:
                self._settled.setdefault((market, symbol), now)
            else:
                self._settled.pop((market, symbol), None)
