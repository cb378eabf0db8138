"""Recorded markets, played again in a loop."""

import gzip
from array import array
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market, Millis
from margind.feeds.bar_feed import BarFeed, Series
from margind.feeds.bars import Bar, Columns
from margind.feeds.feed import Tick
from margind.feeds.intervals import DAY, MINUTE

HISTORY: Millis = 365 * DAY
"""How far back klines reach before the start: the loop went round before it, too."""

_FOLDER = Path(__file__).parent / "recordings"


class RecordedSymbol(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of a recording and what its prices rest on."""

    market: Market
    symbol: str
    file: str
    tick: Decimal
    step: Decimal
    basis: str
    """`recorded`, or `derived` from another symbol of the recording."""
    source: str
    licence: str
    contract_size: Decimal | None = None
    converted: bool = False
    """Whether its volume is that of the file's own contract, turned into contracts of the same value."""


class RecordingInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What there is to know about a recording without opening its bars."""

    name: str
    description: str
    from_time: Millis
    to_time: Millis
    interval: str
    symbols: tuple[RecordedSymbol, ...]

    @property
    def minutes(self) -> int:
        """Length of the loop."""
        return (self.to_time - self.from_time) // MINUTE


class _RecordedBars(msgspec.Struct, rename="camel"):
    open: list[int]
    high: list[int]
    low: list[int]
    close: list[int]
    volume: list[int]
    tick: Decimal
    step: Decimal
    funding_times: list[Millis] = []
    funding_rates: list[Decimal] = []


class LoopedBars:
    """The bars of a recording, repeated for all time; `anchor` is a minute at which the loop begins."""

    __slots__ = ("_columns", "_length", "anchor", "contract_size", "step", "tick")

    def __init__(self, columns: Columns, tick: Decimal, step: Decimal, contract_size: Decimal | None) -> None:
        self._columns = columns
        self._length = len(columns.open)
        self.tick = tick
        self.step = step
        self.contract_size = contract_size
        self.anchor = 0

    def bar(self, minute: int) -> Bar:
        """The bar of one minute."""
        place = (minute - self.anchor) % self._length
        return Bar(*(column[place] for column in self._columns))

    def columns(self, first: int, end: int) -> Iterator[Columns]:
        """The bars from `first` to before `end`, in pieces, in order."""
        while first < end:
            place = (first - self.anchor) % self._length
            count = min(end - first, self._length - place)
            yield self._columns.part(place, place + count)
            first += count


class ReplayFeed(BarFeed):
    """A recording in a loop, shifted by whole minutes: its first minute is the one it is started in."""

    def __init__(self, recording: RecordingInfo, reference: Mapping[Market, MarketFacts]) -> None:
        series = _series(recording)
        self._bars = [bars for _, bars in series]
        self._length = recording.minutes * MINUTE
        super().__init__(
            recording.name, recording.description, tuple(one for one, _ in series), reference, HISTORY
        )

    def start(self, now: Millis, anchor: Millis | None = None) -> Tick:
        """All prices at `now`, which becomes the first moment unless an anchor is given."""
        for bars in self._bars:
            bars.anchor = (now if anchor is None else anchor) // MINUTE
        return super().start(now, anchor)

    def _offset(self, time: Millis) -> Millis:
        return (time - self.anchor) % self._length


@cache
def recordings() -> tuple[RecordingInfo, ...]:
    """The recordings that come with the package, the default one first."""
    return msgspec.json.decode((_FOLDER / "index.json").read_bytes(), type=tuple[RecordingInfo, ...])


def _series(recording: RecordingInfo) -> list[tuple[Series, LoopedBars]]:
    files = {row.file: _read(row.file) for row in recording.symbols}
    series = []
    for row in recording.symbols:
        recorded, columns = files[row.file]
        if row.converted and row.contract_size is not None:
            columns = _converted(columns, recorded, row.contract_size)
        bars = LoopedBars(columns, row.tick, row.step, row.contract_size)
        times, rates = tuple(recorded.funding_times), tuple(recorded.funding_rates)
        fundings = ((), ()) if row.converted else (times, rates)
        series.append((Series(row.market, row.symbol, bars, *fundings), bars))
    return series


def _read(name: str) -> tuple[_RecordedBars, Columns]:
    recorded = msgspec.json.decode(gzip.decompress((_FOLDER / name).read_bytes()), type=_RecordedBars)
    lists = (recorded.open, recorded.high, recorded.low, recorded.close, recorded.volume)
    columns = Columns(*(array("q", values) for values in lists))
    for values in lists:
        values.clear()
    return recorded, columns


def _converted(columns: Columns, recorded: _RecordedBars, contract_size: Decimal) -> Columns:
    """The same prices; as many contracts as are worth the volume, each minute at its close."""
    numerator, denominator = (recorded.tick * recorded.step / contract_size).as_integer_ratio()
    contracts = (
        volume * close * numerator // denominator
        for volume, close in zip(columns.volume, columns.close, strict=True)
    )
    return columns._replace(volume=array("q", contracts))
