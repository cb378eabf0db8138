"""The present prices of an exchange, in the words in which prices are set."""

from collections.abc import Collection

import msgspec

from margind.control.call import Call
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.errors.impossible import unlisted
from margind.runtime import ExchangeRuntime


class PriceRow(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol, all digits kept."""

    mark_price: str
    index_price: str
    last_price: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    last_funding_rate: str
    next_funding_time: Millis
    time: Millis
    status: str
    """Of the contract, which keeps its last prices when it has ended; empty when it is listed no more."""
    reference: bool
    """Whether this is still the price that ships with margind: neither the feed nor anybody moved it."""


class IndexRow(msgspec.Struct, frozen=True, rename="camel"):
    """The index and buffers of one collateral asset, all digits kept."""

    index: str
    bid_buffer: str
    ask_buffer: str
    auto_exchange_bid_buffer: str
    auto_exchange_ask_buffer: str
    time: Millis


class PriceSummary(msgspec.Struct, frozen=True, rename="camel"):
    """What `GET .../prices` answers."""

    time: Millis
    """The exchange's time."""
    usdm: dict[str, PriceRow]
    coinm: dict[str, PriceRow]
    asset_index: dict[str, IndexRow]


async def read_prices(call: Call) -> PriceSummary:
    """The present prices; `symbols`, separated by commas, chooses some."""
    symbols = [symbol for symbol in call.query.get("symbols", "").split(",") if symbol]
    return price_summary(call.runtime, symbols)


def price_summary(runtime: ExchangeRuntime, symbols: Collection[str] = ()) -> PriceSummary:
    """The prices of some symbols and indexes, or of all; `Impossible` when there is no such name."""
    markets = runtime.state.markets
    indexes = markets[Market.USDM].asset_index
    for symbol in symbols:
        if symbol not in indexes and not any(symbol in market.prices for market in markets.values()):
            listed = [name for market in markets.values() for name in market.prices]
            raise unlisted(symbol, "either market", listed)
    return PriceSummary(
        time=runtime.now(),
        usdm=_rows(markets[Market.USDM], symbols),
        coinm=_rows(markets[Market.COINM], symbols),
        asset_index={name: _index_row(indexes[name]) for name in symbols or indexes if name in indexes},
    )


def _rows(market: MarketState, symbols: Collection[str]) -> dict[str, PriceRow]:
    chosen = sorted(market.prices) if not symbols else [name for name in symbols if name in market.prices]
    shipped = market.facts.prices
    return {
        name: _row(
            market.prices[name],
            market.contracts[name].status if name in market.contracts else "",
            reference=market.prices[name] is shipped[name]
            if name in shipped
            else _is_inherited(market, name),
        )
        for name in chosen
    }


def _is_inherited(market: MarketState, symbol: str) -> bool:
    """Whether a contract that took another's place still has the price that ships with the other."""
    price, facts = market.prices[symbol], market.facts
    pair = market.contracts[symbol].pair if symbol in market.contracts else ""
    of_pair = [facts.prices[name] for name, row in facts.contracts.items() if row.pair == pair]
    return any(msgspec.structs.replace(row, time=price.time) == price for row in of_pair)


def _row(price: SymbolPrice, status: str, *, reference: bool) -> PriceRow:
    return PriceRow(
        mark_price=f"{price.mark_price:f}",
        index_price=f"{price.index_price:f}",
        last_price=f"{price.last_price:f}",
        bid_price=f"{price.bid_price:f}",
        bid_qty=f"{price.bid_qty:f}",
        ask_price=f"{price.ask_price:f}",
        ask_qty=f"{price.ask_qty:f}",
        last_funding_rate=f"{price.last_funding_rate:f}",
        next_funding_time=price.next_funding_time,
        time=price.time,
        status=status,
        reference=reference,
    )


def _index_row(row: AssetIndex) -> IndexRow:
    return IndexRow(
        index=f"{row.index:f}",
        bid_buffer=f"{row.bid_buffer:f}",
        ask_buffer=f"{row.ask_buffer:f}",
        auto_exchange_bid_buffer=f"{row.auto_exchange_bid_buffer:f}",
        auto_exchange_ask_buffer=f"{row.auto_exchange_ask_buffer:f}",
        time=row.time,
    )
