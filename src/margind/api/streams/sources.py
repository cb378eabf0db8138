"""Where each kind of market stream takes its messages from; each is made once for all who hear it."""

from collections.abc import Iterator
from decimal import Decimal

from margind.api.candles import candle_of
from margind.api.day_statistics import day_statistics
from margind.api.depth import both_sides, both_sides_with_rpi, update_id
from margind.api.streams.names import ALL, StreamName
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.runtime import ExchangeRuntime
from margind.wire import candle_events, market_streams
from margind.wire.coinm.market_data import klines as coinm_klines
from margind.wire.orders import BookLevels
from margind.wire.replies import encode
from margind.wire.rows import listed_symbols
from margind.wire.usdm.market_data import asset_index, asset_indexes
from margind.wire.usdm.market_data import klines as usdm_klines

MOST_LEVELS = 1_000
"""Documented: the deepest snapshot of a book; changes farther out are not pushed."""


class Source:
    """One stream. Subclasses say what there is to push when it is due."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        self.runtime = runtime
        self.market = market
        self.name = name

    @property
    def of_market(self) -> MarketState:
        """The market as it is."""
        return self.runtime.state.markets[self.market]

    @property
    def now(self) -> Millis:
        """The exchange's time."""
        return self.runtime.now()

    @property
    def contract(self) -> Contract:
        """The symbol's contract."""
        return self.of_market.contracts[self.name.symbol]

    def symbols(self) -> list[str]:
        """The symbols it covers, with prices."""
        return list(listed_symbols(self.of_market)) if self.name.symbol == ALL else [self.name.symbol]

    def renew(self) -> None:
        """Somebody joined: push the present state again, where a stream pushes states."""

    def messages(self) -> Iterator[bytes]:
        """What there is to push now."""
        yield from ()

    def both_sides(self, symbol: str, limit: int) -> tuple[BookLevels, BookLevels]:
        """Bids and asks of a symbol, best first."""
        return both_sides(self.runtime.state, self.market, symbol, limit)


class BookTickers(Source):
    """Best bids and asks that changed."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._seen: dict[str, tuple[BookLevels, BookLevels]] = {}
        self._version = -1

    def renew(self) -> None:
        """Push them again."""
        self._seen.clear()
        self._version = -1

    def messages(self) -> Iterator[bytes]:
        """One for each symbol."""
        version = update_id(self.runtime.state, self.market)
        if version == self._version:
            return
        self._version = version
        for symbol in self.symbols():
            best = self.both_sides(symbol, 1)
            if best != self._seen.get(symbol):
                self._seen[symbol] = best
                times = (self.now, self.of_market.prices[symbol].time)
                contract = self.of_market.contracts[symbol]
                yield encode(market_streams.book_ticker(contract, version, *best, times))


class MarkPrices(Source):
    """Mark price and funding, moved or not."""

    def messages(self) -> Iterator[bytes]:
        """One of a symbol, or a list of all or of a pair."""
        prices, contracts, now = self.of_market.prices, self.of_market.contracts, self.now
        wanted = self.name.symbol
        if wanted in contracts:
            if wanted in prices:
                yield encode(market_streams.mark_price(self.of_market, wanted, now))
            return
        shown = [
            symbol for symbol in listed_symbols(self.of_market) if wanted in (ALL, contracts[symbol].pair)
        ]
        yield encode([market_streams.mark_price(self.of_market, symbol, now) for symbol in shown])


class AssetIndexes(Source):
    """What collateral assets count for, moved or not."""

    def messages(self) -> Iterator[bytes]:
        """One of an asset, or a list of all."""
        wanted, now = self.name.symbol, self.now
        if wanted == ALL:
            rows = asset_indexes(self.of_market)
            yield encode([market_streams.asset_index(row, now) for row in rows])
        else:
            row = asset_index(wanted, self.of_market.asset_index[wanted])
            yield encode(market_streams.asset_index(row, now))


class Candles(Source):
    """The candle that runs, when it changed; and the one before it, once it is over."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._seen: object = None
        self._open_time: Millis | None = None

    def renew(self) -> None:
        """Push the running one again."""
        self._seen = None

    def messages(self) -> Iterator[bytes]:
        """The finished one first."""
        now, interval = self.now, self.name.interval
        found = self.runtime.feed.klines(
            self.market, self.name.symbol, interval, start_time=None, end_time=None, limit=2, now=now
        )
        if not found or found == self._seen:
            return
        # The first of the two is told again only when it ran at the last look and is over now.
        ended = found[-1].open_time != self._open_time and found[0].open_time == self._open_time
        self._seen, self._open_time = found, found[-1].open_time
        view = usdm_klines if self.market is Market.USDM else coinm_klines
        for row in view(self.of_market, self.name.symbol, map(candle_of, found if ended else found[-1:])):
            yield encode(candle_events.kline(self.name.symbol, interval, row, now))


class DayTickers(Source):
    """24 hours of symbols whose price moved."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._seen: dict[str, SymbolPrice] = {}

    def renew(self) -> None:
        """Push them again."""
        self._seen.clear()

    def messages(self) -> Iterator[bytes]:
        """One of a symbol, or a list of all that moved."""
        prices = self.of_market.prices
        moved = [symbol for symbol in self.symbols() if prices[symbol] is not self._seen.get(symbol)]
        event = candle_events.ticker if self.name.kind == "ticker" else candle_events.mini_ticker
        rows = []
        for symbol in moved:
            self._seen[symbol] = prices[symbol]
            day = day_statistics(self.runtime.feed, self.market, symbol, prices[symbol], self.now)
            rows.append(event(self.of_market.contracts[symbol], day))
        if rows:
            yield encode(rows if self.name.symbol == ALL else rows[0])


class PartialBook(Source):
    """The best levels, when they changed."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._seen: tuple[BookLevels, BookLevels] | None = None
        self._version = update_id(runtime.state, market)

    def renew(self) -> None:
        """Push them again."""
        self._seen = None

    def messages(self) -> Iterator[bytes]:
        """All of them."""
        sides = self.both_sides(self.name.symbol, self.name.levels)
        if sides == self._seen:
            return
        self._seen = sides
        ids = market_streams.UpdateIds(self._version, update_id(self.runtime.state, self.market))
        self._version = ids.last
        times = (self.now, self.of_market.prices[self.name.symbol].time)
        yield encode(market_streams.depth(self.contract, ids, *sides, times))


class BookChanges(Source):
    """What changed in a book since the event before: absolute quantities, 0 for a level that is gone."""

    def __init__(self, runtime: ExchangeRuntime, market: Market, name: StreamName) -> None:
        super().__init__(runtime, market, name)
        self._version = update_id(runtime.state, market)
        self._sides = self._read()

    def _read(self) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        bids, asks = self.both_sides(self.name.symbol, MOST_LEVELS)
        return dict(bids), dict(asks)

    def messages(self) -> Iterator[bytes]:
        """One, if anything changed."""
        version = update_id(self.runtime.state, self.market)
        if version == self._version:
            return
        before, self._sides = self._sides, self._read()
        bids, asks = (_changes(old, new) for old, new in zip(before, self._sides, strict=True))
        if bids or asks:
            ids = market_streams.UpdateIds(self._version, version)
            self._version = version
            times = (self.now, self.of_market.prices[self.name.symbol].time)
            yield encode(market_streams.depth(self.contract, ids, bids, asks, times))


class RpiBookChanges(BookChanges):
    """The same with RPI orders. Documented: 0 may also mean that a quantity is crossed and hidden."""

    def both_sides(self, symbol: str, limit: int) -> tuple[BookLevels, BookLevels]:
        """Bids and asks of a symbol with RPI orders, best first."""
        return both_sides_with_rpi(self.runtime.state, self.market, symbol, limit)


def _changes(before: dict[Decimal, Decimal], after: dict[Decimal, Decimal]) -> list[tuple[Decimal, Decimal]]:
    changed = [(price, quantity) for price, quantity in after.items() if before.get(price) != quantity]
    return changed + [(price, ZERO) for price in before if price not in after]
