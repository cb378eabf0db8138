"""A feed whose prices come from one-minute bars: what replayed and synthetic markets share."""

from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from margind.engine.model.decimals import cut8
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.feeds.bars import Bar, Bars, klines, price_at
from margind.feeds.candles import Candles
from margind.feeds.feed import FUNDING_INTERVAL, FundingRate, Kline, Tick, next_funding_time
from margind.feeds.intervals import MINUTE

SECOND: Millis = 1000

FLAT_FUNDING_RATE = Decimal("0.00010000")
"""Documented: without a premium the funding rate is the interest rate, 0.01 % per 8 hours."""

_BOOK_SHARE = 120
"""Best bid and ask show a 120th of the minute's volume each: half a second of trading."""


class Series:
    """One symbol of a feed: its bars and the funding rates that were in force."""

    __slots__ = ("bars", "funding_rates", "funding_times", "market", "symbol")

    def __init__(
        self,
        market: Market,
        symbol: str,
        bars: Bars,
        funding_times: tuple[Millis, ...] = (),
        funding_rates: tuple[Decimal, ...] = (),
    ) -> None:
        self.market = market
        self.symbol = symbol
        self.bars = bars
        self.funding_times = funding_times
        """When each rate began, in milliseconds from the first bar of the recording."""
        self.funding_rates = funding_rates

    def funding_rate(self, offset: Millis) -> Decimal:
        """The rate in force at an offset from the first bar; bars go round, so the last also comes first."""
        if not self.funding_times:
            return FLAT_FUNDING_RATE
        return self.funding_rates[bisect_right(self.funding_times, offset) - 1]


class BarFeed:
    """Prices of one second each, made from bars; symbols it does not cover keep their reference price.

    Last price: the way through the bar (`price_at`). Best bid and ask are one tick apart, the last price
    being the ask after a rise and the bid after a fall. Index price: the last price. Mark price: by the
    documented rule it is the median of index · (1 + funding to come), index + mean basis and last price,
    which is the index where no basis was recorded.
    """

    def __init__(
        self,
        name: str,
        description: str,
        series: tuple[Series, ...],
        reference: Mapping[Market, MarketFacts],
        history: Millis,
    ) -> None:
        self.name = name
        self.description = description
        self._series = {(one.market, one.symbol): one for one in series}
        self._reference = reference
        self._history = history
        self._anchor: Millis | None = None
        self._second = -1
        self._shown: dict[tuple[Market, str], tuple[Bar, int, bool, Decimal, Millis]] = {}
        self._by_hand: dict[tuple[Market, str], Candles] = {}

    @property
    def anchor(self) -> Millis:
        """The minute it started from; started again with it, the feed goes on where it stood."""
        assert self._anchor is not None, "a feed is started before it is asked"
        return self._anchor

    def start(self, now: Millis, anchor: Millis | None = None) -> Tick:
        """All prices at `now`, which becomes the first moment unless an anchor is given."""
        self._anchor = (now if anchor is None else anchor) // MINUTE * MINUTE
        self._shown.clear()
        self._second = now // SECOND
        return self._tick(now)

    def at(self, now: Millis) -> Tick | None:
        """What changed since the last call; None when nothing did."""
        if now // SECOND == self._second:
            return None
        self._second = now // SECOND
        tick = self._tick(now)
        return None if tick.is_empty else tick

    def next_change(self, now: Millis) -> Millis | None:
        """The next full second."""
        return (now // SECOND + 1) * SECOND

    def observe(self, market: Market, symbol: str, price: Decimal, time: Millis) -> None:
        """Take note of a price that was set by hand; symbols the feed covers keep their own candles."""
        if (market, symbol) not in self._series:
            candles = self._candles(market, symbol)
            if candles is None:
                self._by_hand[market, symbol] = Candles(price, time)
            else:
                candles.observe(price, time)

    def klines(
        self,
        market: Market,
        symbol: str,
        interval: str,
        *,
        start_time: Millis | None,
        end_time: Millis | None,
        limit: int,
        now: Millis,
    ) -> list[Kline]:
        """Candles up to `now`, the last unfinished: the first `limit` from a start time, or the last."""
        series = self._series.get((market, symbol)) or self._series_followed(market, symbol)
        if series is not None:
            earliest = self.anchor - self._history
            return klines(
                series.bars,
                interval,
                start_time=start_time,
                end_time=end_time,
                limit=limit,
                now=now,
                earliest=earliest,
            )
        candles = self._candles(market, symbol)
        if candles is None:
            return []
        return candles.klines(interval, start_time=start_time, end_time=end_time, limit=limit, now=now)

    def funding_rates(
        self,
        market: Market,
        symbol: str,
        *,
        start_time: Millis | None,
        end_time: Millis | None,
        limit: int,
        now: Millis,
    ) -> list[FundingRate]:
        """Fundings that were due up to `now`: the first `limit` from a start time, else the last."""
        series = self._series.get((market, symbol))
        if series is None:
            return []
        last = (now if end_time is None else min(end_time, now)) // FUNDING_INTERVAL
        first = -(-max(start_time or 0, self.anchor - self._history) // FUNDING_INTERVAL)
        dues = range(first, last + 1)
        dues = dues[-limit:] if start_time is None else dues[:limit]
        return [self._funding(series, due * FUNDING_INTERVAL) for due in dues]

    def _funding(self, series: Series, due: Millis) -> FundingRate:
        mark = price_at(series.bars.bar(due // MINUTE), 0)[0] * series.bars.tick
        # What is due at an instant was in force until then.
        return FundingRate(series.symbol, due, series.funding_rate(self._offset(due - 1)), mark)

    def _offset(self, time: Millis) -> Millis:
        """How far into the bars a time is."""
        return time - self.anchor

    def _tick(self, now: Millis) -> Tick:
        changed: dict[Market, list[tuple[str, SymbolPrice]]] = {Market.USDM: [], Market.COINM: []}
        asset_index: list[tuple[str, AssetIndex]] = []
        funding_time = next_funding_time(now)
        offset = self._offset(now)
        for key, series in self._series.items():
            bar = series.bars.bar(now // MINUTE)
            last, rising = price_at(bar, now % MINUTE // SECOND)
            rate = series.funding_rate(offset)
            showing = (bar, last, rising, rate, funding_time)
            if self._shown.get(key) == showing:
                continue
            self._shown[key] = showing
            price = _symbol_price(series.bars, showing, now)
            changed[series.market].append((series.symbol, price))
            index = self._index_of(series, price.index_price, now)
            if index is not None:
                asset_index.append(index)
        return Tick(tuple(changed[Market.USDM]), tuple(changed[Market.COINM]), tuple(asset_index))

    def _index_of(self, series: Series, price: Decimal, now: Millis) -> tuple[str, AssetIndex] | None:
        """The index of a coin whose USDT contract is covered: its price times the index of USDT."""
        facts = self._reference[Market.USDM]
        base, _, quote = series.symbol.partition("USDT")
        index = facts.asset_index.get(base + "USD")
        usdt = facts.asset_index.get("USDTUSD")
        if series.market is not Market.USDM or quote or index is None or usdt is None:
            return None
        return base + "USD", msgspec.structs.replace(index, index=cut8(price * usdt.index), time=now)

    def _series_followed(self, market: Market, symbol: str) -> Series | None:
        """The perpetual's bars, for a dated contract that has none: the engine lets it follow that price."""
        pair, dated, _ = symbol.partition("_")
        if not dated or (market, symbol) in self._by_hand:
            return None
        return self._series.get((market, pair if market is Market.USDM else f"{pair}_PERP"))

    def _candles(self, market: Market, symbol: str) -> Candles | None:
        candles = self._by_hand.get((market, symbol))
        if candles is None:
            reference = self._reference[market].prices.get(symbol)
            if reference is None:
                return None
            candles = Candles(reference.last_price, self.anchor)
            self._by_hand[market, symbol] = candles
        return candles


def _symbol_price(bars: Bars, showing: tuple[Bar, int, bool, Decimal, Millis], now: Millis) -> SymbolPrice:
    bar, ticks, rising, rate, funding_time = showing
    last = ticks * bars.tick
    bid, ask = (last - bars.tick, last) if rising and ticks > 1 else (last, last + bars.tick)
    size = max(bar.volume // _BOOK_SHARE, 1) * bars.step
    return SymbolPrice(
        mark_price=last,
        index_price=last,
        last_price=last,
        bid_price=bid,
        bid_qty=size,
        ask_price=ask,
        ask_qty=size,
        last_funding_rate=rate,
        next_funding_time=funding_time,
        time=now // SECOND * SECOND,
    )
