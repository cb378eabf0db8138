"""The last 24 hours of a symbol, from the candles of the feed."""

from margind.engine.model.decimals import ZERO
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.feeds.feed import Feed, Kline
from margind.wire.tickers import DayStatistics

MINUTE: Millis = 60_000
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR


def day_statistics(feed: Feed, market: Market, symbol: str, price: SymbolPrice, now: Millis) -> DayStatistics:
    """What happened from a full minute 24 hours ago until now.

    Observed: the window begins at a full minute. A symbol that the feed says nothing of has stood still.
    """
    began = now // MINUTE * MINUTE - DAY
    candles = list(_candles(feed, market, symbol, began, now))
    last = price.last_price
    if not candles:
        return DayStatistics(began, now, last, last, last, last, ZERO, ZERO)
    return DayStatistics(
        open_time=began,
        close_time=now,
        open_price=candles[0].open,
        high_price=max(last, *(candle.high for candle in candles)),
        low_price=min(last, *(candle.low for candle in candles)),
        last_price=last,
        volume=sum((candle.volume for candle in candles), ZERO),
        turnover=sum((candle.quote_volume for candle in candles), ZERO),
    )


def _candles(feed: Feed, market: Market, symbol: str, began: Millis, now: Millis) -> list[Kline]:
    """Minutes up to the first full hour, hours, then minutes again: 140 candles where minutes were 1,440."""
    first_hour, this_hour = -(-began // HOUR) * HOUR, now // HOUR * HOUR
    spans = (("1m", began, first_hour - 1), ("1h", first_hour, this_hour - 1), ("1m", this_hour, now))
    return [
        candle
        for interval, start, end in spans
        if start <= end
        for candle in feed.klines(market, symbol, interval, start_time=start, end_time=end, limit=60, now=now)
    ]
