"""Market stream events of both markets: book ticker and mark price."""

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Market, Millis
from margind.wire.market_data import funding_texts, price_of
from margind.wire.text import price_text, quantity_text

MARKET_CODES = {Market.USDM: 1, Market.COINM: 2}
"""Documented: `st` since 2026-06."""


class BookTickerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """bookTicker: best bid and ask."""

    event: str = msgspec.field(name="e", default="bookTicker")
    update_id: int = msgspec.field(name="u")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    bid_price: str = msgspec.field(name="b")
    bid_qty: str = msgspec.field(name="B")
    ask_price: str = msgspec.field(name="a")
    ask_qty: str = msgspec.field(name="A")
    transaction_time: Millis = msgspec.field(name="T")
    event_time: Millis = msgspec.field(name="E")
    market: int = msgspec.field(name="st")


class MarkPriceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """markPriceUpdate."""

    event: str = msgspec.field(name="e", default="markPriceUpdate")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    mark_price: str = msgspec.field(name="p")
    index_price: str = msgspec.field(name="i")
    estimated_settle_price: str = msgspec.field(name="P")
    funding_rate: str = msgspec.field(name="r")
    next_funding_time: Millis = msgspec.field(name="T")
    market: int = msgspec.field(name="st")


def book_ticker(market: MarketState, symbol: str, price: SymbolPrice, now: Millis) -> BookTickerEvent:
    """Best bid and ask of a symbol; the update id counts the market's snapshots."""
    contract: Contract = market.contracts[symbol]
    return BookTickerEvent(
        update_id=market.prices_version,
        symbol=symbol,
        pair=contract.pair,
        bid_price=price_of(contract, price.bid_price),
        bid_qty=quantity_text(price.bid_qty, contract.quantity_precision),
        ask_price=price_of(contract, price.ask_price),
        ask_qty=quantity_text(price.ask_qty, contract.quantity_precision),
        transaction_time=price.time,
        event_time=now,
        market=MARKET_CODES[market.market],
    )


def mark_price(market: MarketState, symbol: str, price: SymbolPrice, now: Millis) -> MarkPriceEvent:
    """Mark price and funding of a symbol."""
    contract = market.contracts[symbol]
    funding = funding_texts(contract, price)
    index_price = price_text(price.index_price)
    return MarkPriceEvent(
        event_time=now,
        symbol=symbol,
        pair=contract.pair,
        mark_price=price_text(price.mark_price),
        index_price=index_price,
        estimated_settle_price=index_price,
        funding_rate=funding.last_funding_rate,
        next_funding_time=funding.next_funding_time,
        market=MARKET_CODES[market.market],
    )
