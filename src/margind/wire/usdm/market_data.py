"""What USDⓈ-M publishes: mark prices, tickers, funding, candles and the asset index.

Calls with a symbol answer an object, without one a list; the functions make one row or all rows.
"""

from collections.abc import Iterable
from decimal import localcontext

import msgspec

from margind.engine.model.decimals import CONTEXT
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import AssetIndex
from margind.engine.model.terms import Millis
from margind.wire.market_data import (
    Candle,
    FundingSettlement,
    Kline,
    funding_texts,
    price_of,
    settle_price_text,
)
from margind.wire.orders import BookLevels, best_prices
from margind.wire.rows import listed_symbols
from margind.wire.text import amount_text, price_text, quantity_text, rate_text


class PremiumIndex(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/premiumIndex`."""

    symbol: str
    mark_price: str
    index_price: str
    estimated_settle_price: str
    last_funding_rate: str
    interest_rate: str
    next_funding_time: Millis
    time: Millis


class PriceTicker(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/ticker/price` and `/fapi/v2/ticker/price`."""

    symbol: str
    price: str
    time: Millis


class BookTicker(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/ticker/bookTicker`."""

    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    time: Millis


class SessionBookTicker(msgspec.Struct, rename="camel", frozen=True):
    """One row of the WebSocket API's `ticker.book`, which tells the book's update id, too."""

    last_update_id: int
    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    time: Millis


class FundingRate(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/fundingRate`."""

    symbol: str
    funding_rate: str
    funding_time: Millis
    mark_price: str


class AssetIndexRow(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/assetIndex`."""

    symbol: str
    time: Millis
    index: str
    bid_buffer: str
    ask_buffer: str
    bid_rate: str
    ask_rate: str
    auto_exchange_bid_buffer: str
    auto_exchange_ask_buffer: str
    auto_exchange_bid_rate: str
    auto_exchange_ask_rate: str


class DeliveryPrice(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /futures/data/delivery-price`."""

    delivery_time: Millis
    delivery_price: msgspec.Raw
    """A JSON number."""


def delivery_prices(market: MarketState, pair: str) -> list[DeliveryPrice]:
    """The settlement prices of a pair, newest first, with 8 decimals as in the documented example."""
    return [
        DeliveryPrice(row.time, msgspec.Raw(price_text(row.delivery_price).encode()))
        for row in reversed(market.deliveries.get(pair, []))
    ]


def premium_index(market: MarketState, symbol: str) -> PremiumIndex:
    """Mark price, index price and funding of a symbol.

    Documented: the estimated settle price matters only in the last hour before a settlement. Assumed: it is
    the mean of the index so far, and the index price while none is made (a capture of that hour would settle
    it).
    """
    price = market.prices[symbol]
    funding = funding_texts(market.contracts[symbol], price)
    return PremiumIndex(
        symbol=symbol,
        mark_price=price_text(price.mark_price),
        index_price=price_text(price.index_price),
        estimated_settle_price=settle_price_text(market, symbol),
        last_funding_rate=funding.last_funding_rate,
        interest_rate=funding.interest_rate,
        next_funding_time=funding.next_funding_time,
        time=price.time,
    )


def premium_indexes(market: MarketState) -> list[PremiumIndex]:
    """Every listed symbol."""
    return [premium_index(market, symbol) for symbol in listed_symbols(market)]


def price_ticker(market: MarketState, symbol: str) -> PriceTicker:
    """The last price of a symbol."""
    price = market.prices[symbol]
    return PriceTicker(symbol, price_of(market.contracts[symbol], price.last_price), price.time)


def price_tickers(market: MarketState) -> list[PriceTicker]:
    """Every listed symbol."""
    return [price_ticker(market, symbol) for symbol in listed_symbols(market)]


def book_ticker(market: MarketState, symbol: str, bids: BookLevels, asks: BookLevels) -> BookTicker:
    """The best bid and ask of a symbol; zeros where a side is empty."""
    best = best_prices(market.contracts[symbol], bids, asks)
    return BookTicker(symbol, *best, market.prices[symbol].time)


def session_book_ticker(row: BookTicker, last_update_id: int) -> SessionBookTicker:
    """The same, as the WebSocket API shows it."""
    return SessionBookTicker(last_update_id, *msgspec.structs.astuple(row))


def funding_rates(settlements: Iterable[FundingSettlement]) -> list[FundingRate]:
    """Funding times as they come, oldest first."""
    return [
        FundingRate(
            symbol=settlement.symbol,
            funding_rate=rate_text(settlement.funding_rate),
            funding_time=settlement.funding_time,
            mark_price=price_text(settlement.mark_price),
        )
        for settlement in settlements
    ]


def klines(market: MarketState, symbol: str, candles: Iterable[Candle]) -> list[Kline]:
    """Candles as they come. Observed: the turnover in quote asset has the decimals of price and quantity."""
    contract = market.contracts[symbol]
    quantity, turnover = (
        contract.quantity_precision,
        contract.quantity_precision + contract.price_precision,
    )
    return [
        Kline(
            open_time=candle.open_time,
            open_price=price_of(contract, candle.open),
            high_price=price_of(contract, candle.high),
            low_price=price_of(contract, candle.low),
            close_price=price_of(contract, candle.close),
            volume=quantity_text(candle.volume, quantity),
            close_time=candle.close_time,
            turnover=quantity_text(candle.turnover, turnover),
            trades=candle.trades,
            taker_buy_volume=quantity_text(candle.taker_buy_volume, quantity),
            taker_buy_turnover=quantity_text(candle.taker_buy_turnover, turnover),
        )
        for candle in candles
    ]


def asset_index(symbol: str, row: AssetIndex) -> AssetIndexRow:
    """What one unit of a collateral asset counts for; `symbol` is the asset's name with USD behind it."""
    with localcontext(CONTEXT):
        return AssetIndexRow(
            symbol=symbol,
            time=row.time,
            index=price_text(row.index),
            bid_buffer=rate_text(row.bid_buffer),
            ask_buffer=rate_text(row.ask_buffer),
            bid_rate=amount_text(row.bid_rate),
            ask_rate=amount_text(row.ask_rate),
            auto_exchange_bid_buffer=rate_text(row.auto_exchange_bid_buffer),
            auto_exchange_ask_buffer=rate_text(row.auto_exchange_ask_buffer),
            auto_exchange_bid_rate=amount_text(row.auto_exchange_bid_rate),
            auto_exchange_ask_rate=amount_text(row.auto_exchange_ask_rate),
        )


def asset_indexes(market: MarketState) -> list[AssetIndexRow]:
    """Every asset with an index."""
    return [asset_index(symbol, row) for symbol, row in market.asset_index.items()]
