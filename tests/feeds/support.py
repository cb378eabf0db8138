"""What the tests of feeds share: the facts, a time to start at, and short ways to ask."""

from collections.abc import Mapping
from typing import Any

from margind.engine.model.market_state import MarketFacts
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market
from margind.facts.load import load_facts
from margind.feeds.feed import Feed, FundingRate, Kline, Tick

MINUTE_OF_START = 1763715600000  # 2025-11-21 09:00 UTC
NOW = MINUTE_OF_START + 12_345
MINUTE = 60_000


def reference() -> Mapping[Market, MarketFacts]:
    return {market: load_facts(market) for market in Market}


def price_of(tick: Tick | None, symbol: str) -> SymbolPrice:
    assert tick is not None
    return dict(tick.usdm + tick.coinm)[symbol]


def klines(feed: Feed, symbol: str, interval: str = "1m", **window: Any) -> list[Kline]:
    asked: dict[str, Any] = {"start_time": None, "end_time": None, "limit": 500, "now": NOW, **window}
    return feed.klines(market_of(symbol), symbol, interval, **asked)


def funding_rates(feed: Feed, symbol: str, **window: Any) -> list[FundingRate]:
    asked: dict[str, Any] = {"start_time": None, "end_time": None, "limit": 100, "now": NOW, **window}
    return feed.funding_rates(market_of(symbol), symbol, **asked)


def market_of(symbol: str) -> Market:
    return Market.COINM if "USD_" in symbol else Market.USDM
