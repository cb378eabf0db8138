"""Candles of prices that were set by hand or never move: what a feed shows where it has no bars."""

from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal

from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import Millis
from margind.feeds.feed import Kline
from margind.feeds.intervals import MINUTE, next_open_time, open_time, open_time_back


class Candles:
    """The prices one symbol had, by the minute. Nothing was traded at them, so volumes are zero."""

    __slots__ = ("_bars", "_minutes")

    def __init__(self, price: Decimal, time: Millis) -> None:
        self._minutes = [time // MINUTE]
        self._bars = [[price, price, price, price]]

    def observe(self, price: Decimal, time: Millis) -> None:
        """A price from a time on; times do not go back."""
        minute = time // MINUTE
        bar = self._bars[-1]
        if minute > self._minutes[-1]:
            # A new candle opens where the one before it closed, then goes to the new price.
            opened = bar[3]
            self._minutes.append(minute)
            self._bars.append([opened, max(opened, price), min(opened, price), price])
        else:
            bar[1], bar[2], bar[3] = max(bar[1], price), min(bar[2], price), price

    def klines(
        self, interval: str, *, start_time: Millis | None, end_time: Millis | None, limit: int, now: Millis
    ) -> list[Kline]:
        """Candles up to `now`, flat where no price was set; none from before the first price."""
        end_time = now if end_time is None else min(end_time, now)
        oldest = open_time(interval, self._minutes[0] * MINUTE)
        if end_time < oldest or (start_time is not None and start_time > end_time):
            return []
        if start_time is None:
            opened = max(open_time_back(interval, open_time(interval, end_time), limit - 1), oldest)
        else:
            opened = open_time(interval, max(start_time, oldest))
            if opened < start_time:
                opened = next_open_time(interval, opened)
        rows: list[Kline] = []
        while opened <= end_time and len(rows) < limit:
            following = next_open_time(interval, opened)
            rows.append(self._kline(opened, following))
            opened = following
        return rows

    def _kline(self, opened: Millis, following: Millis) -> Kline:
        bars = list(self._between(opened // MINUTE, following // MINUTE))
        return Kline(
            open_time=opened,
            close_time=following - 1,
            open=bars[0][0],
            high=max(bar[1] for bar in bars),
            low=min(bar[2] for bar in bars),
            close=bars[-1][3],
            volume=ZERO,
            quote_volume=ZERO,
        )

    def _between(self, first: int, end: int) -> Iterator[list[Decimal]]:
        place = bisect_right(self._minutes, first - 1)
        if place > 0:
            close = self._bars[place - 1][3]
            yield [close, close, close, close]
        while place < len(self._minutes) and self._minutes[place] < end:
            yield self._bars[place]
            place += 1
