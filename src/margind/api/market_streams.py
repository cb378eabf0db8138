"""Which market streams there are, and what they push when prices have moved."""

import re
from collections.abc import Iterator

from margind.api.hub import Hub
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from margind.wire import market_streams as wire
from margind.wire.replies import encode

_SYMBOL_STREAM = re.compile(r"(?P<symbol>[^@!]+)@(?P<kind>bookTicker|markPrice(@1s)?)")
_ALL = frozenset({"!bookTicker", "!markPrice@arr", "!markPrice@arr@1s"})

MARK_PRICE_EVERY_MS = 3_000
"""Documented: markPrice is pushed every 3 s, with @1s each second."""


def market_of(runtime: ExchangeRuntime, stream: str, named: Market | None) -> Market | None:
    """The market of a stream; None when there is no such stream. One without a symbol is USDⓈ-M's."""
    if stream in _ALL:
        return named or Market.USDM
    match = _SYMBOL_STREAM.fullmatch(stream)
    if match is None:
        return None
    symbol = match["symbol"].upper()
    for market in Market if named is None else (named,):
        if symbol in runtime.state.markets[market].contracts:
            return market
    return None


def topic(market: Market, stream: str) -> str:
    """What the hub calls a stream: two markets may have streams of one name."""
    return f"{market}:{stream}"


class MarketStreams:
    """Pushes what moved since it last looked, to those who listen."""

    def __init__(self, runtime: ExchangeRuntime, hub: Hub) -> None:
        self._runtime = runtime
        self._hub = hub
        self._seen: dict[Market, dict[str, SymbolPrice]] = {market: {} for market in Market}
        self._mark_prices_at = 0

    def push(self) -> None:
        """Book tickers of symbols that moved; mark prices when they are due."""
        now = self._runtime.now()
        second = now // 1000
        if second != self._mark_prices_at:
            self._mark_prices_at = second
            for market in Market:
                self._push_mark_prices(market, every_3s=second * 1000 % MARK_PRICE_EVERY_MS == 0)
        for market in Market:
            self._push_book_tickers(market)

    def _push_book_tickers(self, market: Market) -> None:
        of_market, seen = self._runtime.state.markets[market], self._seen[market]
        everything = topic(market, "!bookTicker")
        all_heard = self._hub.is_heard(everything)
        for symbol in self._symbols(market, "@bookTicker", all_heard):
            price = of_market.prices.get(symbol)
            if price is None or price is seen.get(symbol):
                continue
            seen[symbol] = price
            message = encode(wire.book_ticker(of_market, symbol, price, self._runtime.now()))
            stream = f"{symbol.lower()}@bookTicker"
            self._hub.publish(topic(market, stream), message, name=stream)
            self._hub.publish(everything, message, name="!bookTicker")

    def _push_mark_prices(self, market: Market, *, every_3s: bool) -> None:
        of_market, now = self._runtime.state.markets[market], self._runtime.now()
        suffixes = ("@1s", "") if every_3s else ("@1s",)
        for suffix in suffixes:
            kind = f"@markPrice{suffix}"
            for symbol in self._symbols(market, kind, all_heard=False):
                stream = f"{symbol.lower()}{kind}"
                event = wire.mark_price(of_market, symbol, of_market.prices[symbol], now)
                self._hub.publish(topic(market, stream), encode(event), name=stream)
            stream = f"!markPrice@arr{suffix}"
            if self._hub.is_heard(topic(market, stream)):
                rows = [
                    wire.mark_price(of_market, symbol, of_market.prices[symbol], now)
                    for symbol in of_market.contracts
                    if symbol in of_market.prices
                ]
                self._hub.publish(topic(market, stream), encode(rows), name=stream)

    def _symbols(self, market: Market, kind: str, all_heard: bool) -> Iterator[str]:
        of_market = self._runtime.state.markets[market]
        if all_heard:
            yield from of_market.contracts
            return
        prefix = f"{market}:"
        for heard in self._hub.heard():
            if heard.startswith(prefix) and heard.endswith(kind) and "!" not in heard:
                symbol = heard[len(prefix) : -len(kind)].upper()
                if symbol in of_market.prices:
                    yield symbol
