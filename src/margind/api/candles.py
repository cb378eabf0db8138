"""Candles, from the running feed."""

from margind.api.endpoints import Call
from margind.api.lookup import named, times
from margind.engine.model.decimals import ZERO
from margind.feeds.feed import Kline
from margind.wire.market_data import Candle

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")


def candles(call: Call) -> list[Candle]:
    """The candles a request asks for; none for a symbol that the feed does not cover."""
    asked = call.parameters
    start, end = times(call)
    found = call.runtime.feed.klines(
        call.market,
        named(call),
        asked["interval"],
        start_time=start,
        end_time=end,
        limit=asked["limit"],
        now=call.now,
    )
    return [candle_of(kline) for kline in found]


def candle_of(kline: Kline) -> Candle:
    """A candle of a feed as the views print it."""
    # Recordings hold no trade counts and no taker side: zero, as for a minute without such trades.
    return Candle(
        open_time=kline.open_time,
        open=kline.open,
        high=kline.high,
        low=kline.low,
        close=kline.close,
        volume=kline.volume,
        close_time=kline.close_time,
        turnover=kline.quote_volume,
        trades=0,
        taker_buy_volume=ZERO,
        taker_buy_turnover=ZERO,
    )
