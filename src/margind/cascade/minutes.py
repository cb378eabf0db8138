"""The minutes a crash is played from: a recording that comes with the package, or a file of candles."""

import csv
import gzip
from array import array
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market, Millis
from margind.feeds.bar_feed import BarFeed, Series
from margind.feeds.bars import Columns
from margind.feeds.catalogue import RecordingInfo, recordings
from margind.feeds.intervals import MINUTE
from margind.feeds.replay import LoopedBars, ReplayFeed

COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
"""The first columns of the public kline archives; what stands behind them is not read."""

Facts = Mapping[Market, MarketFacts]


class Minutes:
    """A feed with a beginning and an end, on USDⓈ-M."""

    __slots__ = ("anchor", "count", "feed", "name", "start", "symbol")

    def __init__(  # noqa: PLR0917 - made here only
        self, name: str, symbol: str, feed: BarFeed, anchor: Millis, start: Millis, count: int
    ) -> None:
        self.name = name
        self.symbol = symbol
        """The contract that the crowd trades."""
        self.feed = feed
        self.anchor = anchor
        """Open time of the first minute that the feed has."""
        self.start = start
        """Open time of the first minute that is played."""
        self.count = count

    def part(self, start: Millis | None, length: Millis | None) -> "Minutes":
        """The minutes from `start` on, so many as begin within `length`; ValueError when there are none."""
        first = self.start if start is None else start // MINUTE * MINUTE
        end = self.end if length is None else min(self.end, first + length)
        count = (end - first) // MINUTE
        if first < self.start or count < 1:
            raise ValueError(
                f"{self.name} has no minutes there: it goes from {_text(self.start)} to {_text(self.end)}"
            )
        return Minutes(self.name, self.symbol, self.feed, self.anchor, first, count)

    @property
    def end(self) -> Millis:
        """The end of the last minute."""
        return self.start + self.count * MINUTE


def _text(time: Millis) -> str:
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def recorded_minutes(name: str, symbol: str, facts: Facts) -> Minutes:
    """The minutes of a recording; ValueError when there is no such recording, or it has no such symbol."""
    info = _recording(name)
    symbols = [row.symbol for row in info.symbols if row.market is Market.USDM]
    if symbol not in symbols:
        raise ValueError(f"recording {name} has no {symbol} on USDⓈ-M; it has: {', '.join(symbols)}")
    return Minutes(name, symbol, ReplayFeed(info, facts), info.from_time, info.from_time, info.minutes)


def minutes_of_file(path: Path, symbol: str, facts: Facts) -> Minutes:
    """The one-minute candles of a CSV file, also gzipped, as the public archives have them.

    ValueError, naming the line, for what is no candle, and for minutes that do not follow each other.
    """
    contract = facts[Market.USDM].contracts.get(symbol)
    if contract is None:
        raise ValueError(f"{symbol} is not listed on USDⓈ-M")
    tick, step = contract.price_filter.tick_size, contract.lot_size.step_size
    start, columns = _read(path, tick, step)
    bars = LoopedBars(columns, tick, step, None)
    bars.anchor = start // MINUTE
    series = (Series(Market.USDM, symbol, bars),)
    return Minutes(
        path.name, symbol, BarFeed(path.name, "", series, facts, 0), start, start, len(columns.open)
    )


def _recording(name: str) -> RecordingInfo:
    for row in recordings():
        if row.name == name:
            return row
    raise ValueError(f"unknown recording {name!r}; there are: {', '.join(row.name for row in recordings())}")


def _read(path: Path, tick: Decimal, step: Decimal) -> tuple[Millis, Columns]:
    columns = Columns(*(array("q") for _ in Columns._fields))
    start: Millis | None = None
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if not row or row[0] == COLUMNS[0]:
                continue
            line = len(columns.open) + 1
            try:
                time = int(row[0])
                values = [int(Decimal(text) / tick) for text in row[1:5]] + [int(Decimal(row[5]) / step)]
            except (ValueError, IndexError, InvalidOperation):
                raise ValueError(f"{path}: candle {line} is not {', '.join(COLUMNS)}: {row}") from None
            start = time if start is None else start
            if time != start + (line - 1) * MINUTE:
                raise ValueError(f"{path}: candle {line} does not follow the one before by a minute")
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    if start is None:
        raise ValueError(f"{path}: there are no candles in it")
    return start, columns
