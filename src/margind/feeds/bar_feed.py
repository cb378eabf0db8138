"""A feed whose prices come from one-minute bars: what replayed and synthetic markets share."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

import msgspec

from margind.engine.model.decimals import ONE, ZERO, cut8, half8
from margind.engine.model.funding import HOUR, USUAL_TERMS, FundingTerms, funding_rate, premium_index
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.feeds.bars import Bar, Bars, klines, price_at
from margind.feeds.candles import Candles
from margind.feeds.feed import FundingRate, Kline, Tick
from margind.feeds.fundings import Fundings
from margind.feeds.intervals import MINUTE
from margind.feeds.premiums import Premiums, index_price

SECOND: Millis = 1000

_BOOK_SHARE = 120
"""Best bid and ask show a 120th of the minute's volume each: half a second of trading."""


class Series:
    """One symbol of a feed: its bars and the funding rates that were settled."""

    __slots__ = ("bars", "funding_rates", "funding_times", "market", "premiums", "symbol")

    def __init__(
        self,
        market: Market,
        symbol: str,
        bars: Bars,
        funding_times: tuple[Millis, ...] = (),
        funding_rates: tuple[Decimal, ...] = (),
        *,
        premiums: Premiums | None = None,
    ) -> None:
        self.market = market
        self.symbol = symbol
        self.bars = bars
        self.funding_times = funding_times
        """When each rate was settled, in milliseconds from the first bar of the recording."""
        self.funding_rates = funding_rates
        self.premiums = premiums
        """How far it trades from its index; None where that was not recorded: then the index is its price."""


class BarFeed:
    """Prices of one second each, made from bars; symbols it does not cover keep their reference price.

    Last price: the way through the bar (`price_at`). Best bid and ask are one tick apart, the last price
    being the ask after a rise and the bid after a fall. Index price: what the premium leaves of the last
    price, which is all of it where no premium is known. Mark price: by the documented rule it is the median
    of index · (1 + funding to come), index + mean basis and last price, which is the index where no premium
    is known. Funding rate: the one recorded for the next funding, or by the documented formula the one that
    the premium makes.
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
        self._fundings = {
            (one.market, one.symbol): Fundings(
                reference[one.market].funding.get(one.symbol, USUAL_TERMS),
                one.funding_times,
                one.funding_rates,
                self._offset,
            )
            for one in series
        }
        self._reference = reference
        self._history = history
        self._anchor: Millis | None = None
        self._second = -1
        self._shown: dict[tuple[Market, str], _Showing] = {}
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
        fundings = self._fundings[market, symbol]
        last = now if end_time is None else min(end_time, now)
        first = max(start_time or 0, self.anchor - self._history)
        if start_time is None:
            dues = list(islice(fundings.dues_back(first, last), limit))[::-1]
        else:
            dues = list(islice(fundings.dues(first, last), limit))
        return [self._funding(series, due) for due in dues]

    def funding_interval_hours(self, market: Market, symbol: str, now: Millis) -> int | None:
        """How many hours lie between fundings where a recording knows it; None where it does not."""
        series = self._series.get((market, symbol))
        if series is None or not series.funding_times:
            return None
        fundings = self._fundings[market, symbol]
        return fundings.interval_hours(fundings.next_due(now))

    def set_funding_terms(self, market: Market, symbol: str, terms: FundingTerms) -> None:
        """Fund a symbol on other terms from now on; what was recorded keeps its own times and rates."""
        if (market, symbol) in self._series:
            self._fundings[market, symbol].change(terms)
            self._shown.pop((market, symbol), None)
            self._second = -1

    def _funding(self, series: Series, due: Millis) -> FundingRate:
        fundings = self._fundings[series.market, series.symbol]
        until_then = self._showing(series, due, due)
        rate = self._rate(series, until_then, _symbol_price(series.bars, until_then, due), due)
        then = self._price(series, self._showing(series, due, fundings.next_due(due)), due)
        return FundingRate(series.symbol, due, rate, then.mark_price)

    def _offset(self, time: Millis) -> Millis:
        """How far into the bars a time is."""
        return time - self.anchor

    def _tick(self, now: Millis) -> Tick:
        changed: dict[Market, list[tuple[str, SymbolPrice]]] = {Market.USDM: [], Market.COINM: []}
        asset_index: list[tuple[str, AssetIndex]] = []
        for key, series in self._series.items():
            shown = self._shown.get(key)
            due = shown.funding_time if shown is not None else 0
            if due <= now or series.funding_times:
                due = self._fundings[key].next_due(now)
            showing = self._showing(series, now, due)
            if shown == showing:
                continue
            self._shown[key] = showing
            price = self._price(series, showing, now)
            changed[series.market].append((series.symbol, price))
            index = self._index_of(series, price.index_price, now)
            if index is not None:
                asset_index.append(index)
        return Tick(tuple(changed[Market.USDM]), tuple(changed[Market.COINM]), tuple(asset_index))

    def _showing(self, series: Series, now: Millis, funding_time: Millis) -> "_Showing":
        bar = series.bars.bar(now // MINUTE)
        premium = 0 if series.premiums is None else series.premiums.at(now)
        return _Showing(bar, *price_at(bar, now % MINUTE // SECOND), funding_time, premium)

    def _price(self, series: Series, showing: "_Showing", now: Millis) -> SymbolPrice:
        price = _symbol_price(series.bars, showing, now)
        rate = self._rate(series, showing, price, now)
        if series.premiums is None:
            return msgspec.structs.replace(price, last_funding_rate=rate)
        index = half8(index_price(price.last_price, showing.premium))
        terms = self._fundings[series.market, series.symbol].terms_of(showing.funding_time)
        interval = terms.interval_hours * HOUR
        to_come = rate * max(showing.funding_time - now, 0) / interval
        with_basis = index * (ONE + series.premiums.basis(now))
        mark = sorted((index * (ONE + to_come), with_basis, price.last_price))[1]
        return msgspec.structs.replace(
            price, index_price=index, mark_price=half8(mark), last_funding_rate=rate
        )

    def _rate(self, series: Series, showing: "_Showing", price: SymbolPrice, now: Millis) -> Decimal:
        """The rate recorded for the next funding, or the one that the premium makes."""
        fundings = self._fundings[series.market, series.symbol]
        due = showing.funding_time
        rate = fundings.recorded_rate(due)
        if rate is not None:
            return rate
        facts, terms = self._reference[series.market], fundings.terms_of(due)
        brackets = facts.brackets[series.symbol]
        if series.premiums is None:
            premium = premium_index(facts.contracts[series.symbol], brackets, price)
        else:
            began = due - terms.interval_hours * HOUR
            premium = series.premiums.of_funding(began, due, now)
        return funding_rate(premium, terms, brackets)

    def _index_of(self, series: Series, price: Decimal, now: Millis) -> tuple[str, AssetIndex] | None:
        """The index of a coin: the price of its USDT contract times the index of USDT.

        Without one, that of its coin-margined perpetual, which is in USD.
        """
        facts = self._reference[Market.USDM].asset_index
        contract = self._reference[series.market].contracts[series.symbol]
        name = contract.base_asset + "USD"
        if name not in facts or not contract.is_perpetual:
            return None
        if series.market is Market.COINM:
            if (Market.USDM, contract.base_asset + "USDT") in self._series:
                return None
        elif contract.quote_asset == "USDT" and "USDTUSD" in facts:
            price = cut8(price * facts["USDTUSD"].index)
        else:
            return None
        return name, msgspec.structs.replace(facts[name], index=price, time=now)

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


class _Showing(NamedTuple):
    """What a symbol's prices are made of; the same again is no news."""

    bar: Bar
    ticks: int
    rising: bool
    funding_time: Millis
    premium: int
    """Over the index, in billionths."""


def _symbol_price(bars: Bars, showing: _Showing, now: Millis) -> SymbolPrice:
    bar, ticks, rising, funding_time, _ = showing
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
        last_funding_rate=ZERO,
        next_funding_time=funding_time,
        time=now // SECOND * SECOND,
    )
