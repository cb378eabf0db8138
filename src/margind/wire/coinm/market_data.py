"""What COIN-M publishes: mark prices, tickers, funding and candles. Every call answers a list."""

from collections.abc import Iterable

import msgspec

from margind.engine.model.market_state import MarketState
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
    """One row of `GET /dapi/v1/premiumIndex`."""

    symbol: str
    pair: str
    mark_price: str
    index_price: str
    estimated_settle_price: str
    last_funding_rate: str
    interest_rate: str
    next_funding_time: Millis
    time: Millis


class PriceTicker(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/ticker/price`."""

    symbol: str
    ps: str  # Binance's name here; `pair` everywhere else
    price: str
    time: Millis


class BookTicker(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/ticker/bookTicker`."""

    last_update_id: int
    symbol: str
    pair: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    time: Millis


class FundingRate(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/fundingRate`."""

    symbol: str
    funding_time: Millis
    funding_rate: str


def symbols_of(market: MarketState, symbol: str | None = None, pair: str | None = None) -> list[str]:
    """The listed symbols, all of them, of a pair, or one (documented: one filter or the other)."""
    return [
        listed
        for listed in listed_symbols(market)
        if symbol in (None, listed) and pair in (None, market.contracts[listed].pair)
    ]


def premium_indexes(market: MarketState, symbols: Iterable[str]) -> list[PremiumIndex]:
    """Mark price, index price and funding.

    Assumed: the estimated settle price is the mean of the index so far, and the index price before one is
    made (a capture of the last hour before a settlement would settle it).
    """
    rows = []
    for symbol in symbols:
        contract, price = market.contracts[symbol], market.prices[symbol]
        funding = funding_texts(contract, price)
        rows.append(
            PremiumIndex(
                symbol=symbol,
                pair=contract.pair,
                mark_price=price_text(price.mark_price),
                index_price=price_text(price.index_price),
                estimated_settle_price=settle_price_text(market, symbol),
                last_funding_rate=funding.last_funding_rate,
                interest_rate=funding.interest_rate,
                next_funding_time=funding.next_funding_time,
                time=price.time,
            )
        )
    return rows


def price_tickers(market: MarketState, symbols: Iterable[str]) -> list[PriceTicker]:
    """Last prices."""
    rows = []
    for symbol in symbols:
        contract, price = market.contracts[symbol], market.prices[symbol]
        rows.append(PriceTicker(symbol, contract.pair, price_of(contract, price.last_price), price.time))
    return rows


def book_ticker(
    market: MarketState, symbol: str, update_id: int, bids: BookLevels, asks: BookLevels
) -> BookTicker:
    """The best bid and ask of a symbol; zeros where a side is empty."""
    contract = market.contracts[symbol]
    best = best_prices(contract, bids, asks)
    return BookTicker(update_id, symbol, contract.pair, *best, market.prices[symbol].time)


def funding_rates(settlements: Iterable[FundingSettlement]) -> list[FundingRate]:
    """Funding times as they come, oldest first; the mark price is not shown on this market."""
    return [
        FundingRate(settlement.symbol, settlement.funding_time, rate_text(settlement.funding_rate))
        for settlement in settlements
    ]


def klines(market: MarketState, symbol: str, candles: Iterable[Candle]) -> list[Kline]:
    """Candles as they come: volume in contracts, turnover in the base asset with 8 decimals (observed)."""
    contract = market.contracts[symbol]
    quantity = contract.quantity_precision
    return [
        Kline(
            open_time=candle.open_time,
            open_price=price_of(contract, candle.open),
            high_price=price_of(contract, candle.high),
            low_price=price_of(contract, candle.low),
            close_price=price_of(contract, candle.close),
            volume=quantity_text(candle.volume, quantity),
            close_time=candle.close_time,
            turnover=amount_text(candle.turnover),
            trades=candle.trades,
            taker_buy_volume=quantity_text(candle.taker_buy_volume, quantity),
            taker_buy_turnover=amount_text(candle.taker_buy_turnover),
        )
        for candle in candles
    ]
