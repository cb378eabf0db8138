"""What a feed is: prices at any exchange time, and the klines and funding rates that led there."""

from decimal import Decimal
from typing import Protocol

import msgspec

from margind.engine.model.funding import FundingTerms
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market, Millis


class Tick(msgspec.Struct, frozen=True):
    """What changed since the tick before."""

    usdm: tuple[tuple[str, SymbolPrice], ...] = ()
    coinm: tuple[tuple[str, SymbolPrice], ...] = ()
    asset_index: tuple[tuple[str, AssetIndex], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.usdm or self.coinm or self.asset_index)


class Kline(msgspec.Struct, frozen=True):
    """One candle.

    Volume is in the base asset, on COIN-M in contracts. Quote volume is what that was worth: in the quote
    asset, on COIN-M in the base asset.
    """

    open_time: Millis
    close_time: Millis
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal


class FundingRate(msgspec.Struct, frozen=True):
    """One funding that was due."""

    symbol: str
    funding_time: Millis
    funding_rate: Decimal
    mark_price: Decimal


class Feed(Protocol):
    """Where prices come from. A feed knows no clock: it is asked what is true at a time."""

    name: str
    description: str

    @property
    def anchor(self) -> Millis:
        """The minute it started from; started again with it, the feed goes on where it stood."""

    def start(self, now: Millis, anchor: Millis | None = None) -> Tick:
        """All prices at `now`, which becomes the first moment unless an anchor is given."""

    def at(self, now: Millis) -> Tick | None:
        """What changed since the last call; None when nothing did."""

    def next_change(self, now: Millis) -> Millis | None:
        """When prices may change next; None when they never do by themselves."""

    def observe(self, market: Market, symbol: str, price: Decimal, time: Millis) -> None:
        """Take note of a price that was set by hand, so that it shows in the klines."""

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

    def funding_interval_hours(self, market: Market, symbol: str, now: Millis) -> int | None:
        """How many hours lie between fundings where the feed knows it; None where it does not."""

    def set_funding_terms(self, market: Market, symbol: str, terms: FundingTerms) -> None:
        """Fund a symbol on other terms from now on; what was recorded keeps its own times and rates."""
