"""Names of market streams, and the market each belongs to."""

import re

import msgspec

from margind.api.candles import INTERVALS
from margind.engine.model.terms import Market
from margind.engine.state import State

ALL = ""
"""The symbol of streams that cover all symbols."""

_SECOND_MS = 1_000
_DEPTH_MS, _MARK_PRICE_MS, _KLINE_MS = 250, 3_000, 250

_EACH = re.compile(
    r"(?P<symbol>[^@!]+)@(?P<kind>[a-zA-Z]+)(?P<levels>\d*)(?:_(?P<interval>\w+))?(?:@(?P<speed>\w+))?"
)
_SPEEDS = {"100ms": 100, "500ms": 500, "1s": _SECOND_MS}
_LEVELS = frozenset({"5", "10", "20"})


class StreamName(msgspec.Struct, frozen=True):
    """What a stream name says."""

    kind: str
    symbol: str = ALL
    """In capitals; `ALL` for a stream of all symbols. On COIN-M a pair for the mark prices of a pair."""
    levels: int = 0
    """Of a partial book; 0 for all that changes."""
    interval: str = ""
    every_ms: int | None = None
    """How often it is pushed; None for as soon as can be."""


_OF_ALL = {
    "!bookTicker": StreamName("bookTicker"),
    "!markPrice@arr": StreamName("markPrice", every_ms=_MARK_PRICE_MS),
    "!markPrice@arr@1s": StreamName("markPrice", every_ms=_SECOND_MS),
    "!assetIndex@arr": StreamName("assetIndex", every_ms=_SECOND_MS),
    "!ticker@arr": StreamName("ticker", every_ms=_SECOND_MS),
    "!forceOrder@arr": StreamName("forceOrder", every_ms=_SECOND_MS),
    "!miniTicker@arr": StreamName("miniTicker", every_ms=_SECOND_MS),
    "!contractInfo": StreamName("contractInfo"),
}
_TICKER_MS: dict[Market, int | None] = {Market.USDM: 2_000, Market.COINM: 500}
_PLAIN_MS: dict[str, dict[Market, int | None]] = {
    "bookTicker": dict.fromkeys(Market),
    "aggTrade": dict.fromkeys(Market),
    "forceOrder": dict.fromkeys(Market, _SECOND_MS),
    "assetIndex": dict.fromkeys(Market, _SECOND_MS),
    "ticker": _TICKER_MS,
    "miniTicker": _TICKER_MS,
}
"""How often the streams of a symbol are pushed that have one speed and no interval."""
_ALL_BOOK_TICKERS_MS = {Market.USDM: 5_000, Market.COINM: None}


def parse(name: str, market: Market) -> StreamName | None:
    """Read a stream name with the documented speeds of a market; None when there is no such stream here.

    Documented: symbols are written in lower case.
    """
    of_all = _OF_ALL.get(name)
    if of_all is not None:
        if of_all.kind == "bookTicker":
            return StreamName("bookTicker", every_ms=_ALL_BOOK_TICKERS_MS[market])
        return of_all
    match = _EACH.fullmatch(name)
    if match is None or match["symbol"] != match["symbol"].lower():
        return None
    symbol, levels, interval, speed = (
        match["symbol"].upper(),
        match["levels"],
        match["interval"],
        match["speed"],
    )
    every_ms = _SPEEDS.get(speed) if speed else None
    if speed and every_ms is None:
        return None
    match match["kind"], bool(levels), bool(interval), speed:
        case kind, False, False, None if kind in _PLAIN_MS:
            return StreamName(kind, symbol, every_ms=_PLAIN_MS[kind][market])
        case "markPrice", False, False, None | "1s":
            return StreamName("markPrice", symbol, every_ms=every_ms or _MARK_PRICE_MS)
        case "kline", False, True, None if interval in INTERVALS:
            return StreamName("kline", symbol, interval=interval, every_ms=_KLINE_MS)
        case "depth", _, False, None | "100ms" | "500ms" if not levels or levels in _LEVELS:
            return StreamName("depth", symbol, levels=int(levels or 0), every_ms=every_ms or _DEPTH_MS)
        case "rpiDepth", False, False, "500ms" if market is Market.USDM:
            return StreamName("rpiDepth", symbol, every_ms=every_ms)
    return None


def market_of(state: State, name: str, named: Market | None) -> Market | None:
    """The market of a stream; None when there is no such stream. One of all symbols is USDⓈ-M's."""
    for market in Market if named is None else (named,):
        stream = parse(name, market)
        if stream is None:
            return None
        if stream.symbol == ALL or _covers(state, market, stream):
            return market
    return None


def _covers(state: State, market: Market, stream: StreamName) -> bool:
    contracts = state.markets[market].contracts
    if stream.kind == "assetIndex":
        return stream.symbol in state.markets[market].asset_index
    if stream.symbol in contracts:
        return True
    # Documented on COIN-M: <pair>@markPrice holds all symbols of a pair.
    pairs = stream.kind == "markPrice" and market is Market.COINM
    return pairs and any(contract.pair == stream.symbol for contract in contracts.values())


def topic(market: Market, name: str) -> str:
    """What the hub calls a stream: two markets may have streams of one name."""
    return f"{market}:{name}"


def name_of(heard: str) -> tuple[Market, str]:
    """The market and the name behind a topic."""
    market, _, name = heard.partition(":")
    return Market(market), name
