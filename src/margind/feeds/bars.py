"""One-minute bars: the way prices took inside a minute, and larger candles made of them.

Prices are whole numbers of ticks and volumes whole numbers of steps, so that nothing is rounded on the way.
"""

from array import array
from collections.abc import Iterator
from decimal import Decimal
from operator import mul
from typing import NamedTuple, Protocol

from margind.engine.model.decimals import E8
from margind.engine.model.terms import Millis
from margind.feeds.feed import Kline
from margind.feeds.intervals import MINUTE, next_open_time, open_time, open_time_back

SECONDS = 60
_SCALE = 10**12
_FIRST_TURN, _SECOND_TURN, _LAST_SECOND = 20, 40, 59


class Bar(NamedTuple):
    """One minute, in ticks and steps."""

    open: int
    high: int
    low: int
    close: int
    volume: int


class Columns(NamedTuple):
    """Consecutive minutes, column by column."""

    open: "array[int]"
    high: "array[int]"
    low: "array[int]"
    close: "array[int]"
    volume: "array[int]"

    def part(self, first: int, end: int) -> "Columns":
        """The minutes from `first` to before `end`."""
        return Columns(*(column[first:end] for column in self))


class Bars(Protocol):
    """Bars for every minute of exchange time, counted from 1970."""

    tick: Decimal
    step: Decimal
    contract_size: Decimal | None
    """Quote value of one contract where volume counts contracts; None where it is in the base asset."""

    def bar(self, minute: int) -> Bar:
        """The bar of one minute."""

    def columns(self, first: int, end: int) -> Iterator[Columns]:
        """The bars from `first` to before `end`, in pieces, in order."""


def price_at(bar: Bar, second: int) -> tuple[int, bool]:
    """The last price at a second of a bar, and whether it was bought (a rising leg) or sold.

    A candle tells four prices and no order. We go from the open to the farther side first, that is to the
    low when the bar rises and to the high when it falls, then to the other side, then to the close, in
    straight legs that turn at the 20th and the 40th second; the last second has the close.
    """
    first, second_turn = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    if second < _FIRST_TURN:
        start, end, done, length = bar.open, first, second, _FIRST_TURN
    elif second < _SECOND_TURN:
        start, end, done, length = first, second_turn, second - _FIRST_TURN, _SECOND_TURN - _FIRST_TURN
    else:
        start, end, done, length = second_turn, bar.close, second - _SECOND_TURN, _LAST_SECOND - _SECOND_TURN
    return start + (end - start) * done // length, end >= start


def bar_until(bar: Bar, second: int) -> Bar:
    """The bar as it looks after `second`, while its minute is not over."""
    here = price_at(bar, second)[0]
    passed = [bar.open, here]
    rising = bar.close >= bar.open
    if second >= _FIRST_TURN:
        passed.append(bar.low if rising else bar.high)
    if second >= _SECOND_TURN:
        passed.append(bar.high if rising else bar.low)
    return Bar(bar.open, max(passed), min(passed), here, bar.volume * (second + 1) // SECONDS)


def klines(
    bars: Bars,
    interval: str,
    *,
    start_time: Millis | None,
    end_time: Millis | None,
    limit: int,
    now: Millis,
    earliest: Millis,
) -> list[Kline]:
    """Candles made of bars; none begins before the one that holds `earliest`."""
    end_time = now if end_time is None else min(end_time, now)
    if end_time < earliest or (start_time is not None and start_time > end_time):
        open_time(interval, now)  # an interval that does not exist is refused all the same
        return []
    oldest = open_time(interval, earliest)
    if start_time is None:
        opened = max(open_time_back(interval, open_time(interval, end_time), limit - 1), oldest)
    else:
        opened = open_time(interval, max(start_time, earliest))
        if opened < start_time:
            opened = next_open_time(interval, opened)
    rows: list[Kline] = []
    while opened <= end_time and len(rows) < limit:
        following = next_open_time(interval, opened)
        rows.append(_kline(bars, opened, following, now))
        opened = following
    return rows


def _kline(bars: Bars, opened: Millis, following: Millis, now: Millis) -> Kline:
    current = now // MINUTE
    first, end = opened // MINUTE, following // MINUTE
    pieces = list(bars.columns(first, min(end, current)))
    if first <= current < end:
        unfinished = bar_until(bars.bar(current), now % MINUTE // 1000)
        pieces.append(Columns(*(array("q", (value,)) for value in unfinished)))
    tick, step = bars.tick, bars.step
    return Kline(
        open_time=opened,
        close_time=following - 1,
        open=pieces[0].open[0] * tick,
        high=max(max(piece.high) for piece in pieces) * tick,
        low=min(min(piece.low) for piece in pieces) * tick,
        close=pieces[-1].close[-1] * tick,
        volume=sum(sum(piece.volume) for piece in pieces) * step,
        quote_volume=_value(bars, pieces),
    )


def _value(bars: Bars, pieces: list[Columns]) -> Decimal:
    """What the volume was worth. Recorded candles do not say, so each minute is valued at its close."""
    if bars.contract_size is None:
        return sum(sum(map(mul, piece.volume, piece.close)) for piece in pieces) * (bars.tick * bars.step)
    scaled = sum(
        sum(volume * _SCALE // close for volume, close in zip(piece.volume, piece.close, strict=True))
        for piece in pieces
    )
    return (scaled * bars.step * bars.contract_size / (_SCALE * bars.tick)).quantize(E8)
