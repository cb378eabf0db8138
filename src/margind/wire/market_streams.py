"""Market stream events of both markets: book ticker, mark price, depth and trades."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from margind.engine.events import OrderFilled
from margind.engine.model.contracts import Contract
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, Millis, Side
from margind.wire.candle_events import MARKET_CODES
from margind.wire.market_data import funding_texts, price_of, settle_price_text
from margind.wire.orders import BookLevels, PriceLevels, best_prices, levels
from margind.wire.text import price_text, quantity_text
from margind.wire.usdm.market_data import AssetIndexRow


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


class AssetIndexEvent(msgspec.Struct, frozen=True, kw_only=True):
    """assetIndexUpdate: what a collateral asset counts for in multi-assets mode."""

    event: str = msgspec.field(name="e", default="assetIndexUpdate")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    index: str = msgspec.field(name="i")
    bid_buffer: str = msgspec.field(name="b")
    ask_buffer: str = msgspec.field(name="a")
    bid_rate: str = msgspec.field(name="B")
    ask_rate: str = msgspec.field(name="A")
    auto_exchange_bid_buffer: str = msgspec.field(name="q")
    auto_exchange_ask_buffer: str = msgspec.field(name="g")
    auto_exchange_bid_rate: str = msgspec.field(name="Q")
    auto_exchange_ask_rate: str = msgspec.field(name="G")


class UpdateIds(msgspec.Struct, frozen=True):
    """Which changes of a book an event covers: from the end of the one before it to its own."""

    previous: int
    last: int


class DepthEvent(msgspec.Struct, frozen=True, kw_only=True):
    """depthUpdate: the best levels, or what changed."""

    event: str = msgspec.field(name="e", default="depthUpdate")
    event_time: Millis = msgspec.field(name="E")
    transaction_time: Millis = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    first_update_id: int = msgspec.field(name="U")
    update_id: int = msgspec.field(name="u")
    previous_update_id: int = msgspec.field(name="pu")
    bids: PriceLevels = msgspec.field(name="b")
    asks: PriceLevels = msgspec.field(name="a")
    market: int = msgspec.field(name="st")


class AggTradeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """aggTrade: what one order took at one price."""

    event: str = msgspec.field(name="e", default="aggTrade")
    event_time: Millis = msgspec.field(name="E")
    aggregate_id: int = msgspec.field(name="a")
    symbol: str = msgspec.field(name="s")
    price: str = msgspec.field(name="p")
    quantity: str = msgspec.field(name="q")
    normal_quantity: str | msgspec.UnsetType = msgspec.field(name="nq", default=msgspec.UNSET)
    """USDⓈ-M only: without fills of RPI orders."""
    first_id: int = msgspec.field(name="f")
    last_id: int = msgspec.field(name="l")
    time: Millis = msgspec.field(name="T")
    is_buyer_maker: bool = msgspec.field(name="m")
    market: int = msgspec.field(name="st")


def book_ticker(
    contract: Contract, update_id: int, bids: BookLevels, asks: BookLevels, times: tuple[Millis, Millis]
) -> BookTickerEvent:
    """Best bid and ask of a symbol; zeros where a side is empty. `times` are the event's and the engine's."""
    bid_price, bid_qty, ask_price, ask_qty = best_prices(contract, bids, asks)
    now, time = times
    return BookTickerEvent(
        update_id=update_id,
        symbol=contract.symbol,
        pair=contract.pair,
        bid_price=bid_price,
        bid_qty=bid_qty,
        ask_price=ask_price,
        ask_qty=ask_qty,
        transaction_time=time,
        event_time=now,
        market=MARKET_CODES[contract.market],
    )


def mark_price(market: MarketState, symbol: str, now: Millis) -> MarkPriceEvent:
    """Mark price and funding of a symbol."""
    contract, price = market.contracts[symbol], market.prices[symbol]
    funding = funding_texts(contract, price)
    return MarkPriceEvent(
        event_time=now,
        symbol=symbol,
        pair=contract.pair,
        mark_price=price_text(price.mark_price),
        index_price=price_text(price.index_price),
        estimated_settle_price=settle_price_text(market, symbol),
        funding_rate=funding.last_funding_rate,
        next_funding_time=funding.next_funding_time,
        market=MARKET_CODES[market.market],
    )


def asset_index(row: AssetIndexRow, now: Millis) -> AssetIndexEvent:
    """The row of `assetIndex` as an event."""
    return AssetIndexEvent(
        event_time=now,
        symbol=row.symbol,
        index=row.index,
        bid_buffer=row.bid_buffer,
        ask_buffer=row.ask_buffer,
        bid_rate=row.bid_rate,
        ask_rate=row.ask_rate,
        auto_exchange_bid_buffer=row.auto_exchange_bid_buffer,
        auto_exchange_ask_buffer=row.auto_exchange_ask_buffer,
        auto_exchange_bid_rate=row.auto_exchange_bid_rate,
        auto_exchange_ask_rate=row.auto_exchange_ask_rate,
    )


def depth(
    contract: Contract, ids: UpdateIds, bids: BookLevels, asks: BookLevels, times: tuple[Millis, Millis]
) -> DepthEvent:
    """Levels of a book.

    Documented: the first event after a snapshot has U <= lastUpdateId <= u. Assumed: so `U` may equal `pu`,
    since a book that stood still since its last event could not keep that otherwise.
    """
    now, time = times
    return DepthEvent(
        event_time=now,
        transaction_time=time,
        symbol=contract.symbol,
        pair=contract.pair,
        first_update_id=ids.previous,
        update_id=ids.last,
        previous_update_id=ids.previous,
        bids=levels(contract, bids),
        asks=levels(contract, asks),
        market=MARKET_CODES[contract.market],
    )


def agg_trade(
    contract: Contract, fills: Sequence[OrderFilled], hidden: Decimal, now: Millis
) -> AggTradeEvent:
    """Fills of one taker at one price, seen from a side that a user has in them; `hidden` met RPI orders."""
    first, last = fills[0], fills[-1]
    quantity = sum((fill.quantity for fill in fills), Decimal(0))
    places = contract.quantity_precision
    usdm = contract.market is Market.USDM
    return AggTradeEvent(
        event_time=now,
        aggregate_id=first.trade_id,
        symbol=contract.symbol,
        price=price_of(contract, first.price),
        quantity=quantity_text(quantity, places),
        normal_quantity=quantity_text(quantity - hidden, places) if usdm else msgspec.UNSET,
        first_id=first.trade_id,
        last_id=last.trade_id,
        time=last.time,
        # A fill as maker against the house says it itself, a taker's says the opposite.
        is_buyer_maker=(first.side is Side.BUY) is first.is_maker,
        market=MARKET_CODES[contract.market],
    )
