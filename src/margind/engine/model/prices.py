"""What the market says: mark, index, last, bid and ask of each symbol, and the index of each asset."""

from decimal import ROUND_FLOOR, Decimal

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, cut8
from margind.engine.model.terms import Millis


class SymbolPrice(msgspec.Struct, frozen=True):
    """One snapshot of one symbol, all digits kept."""

    mark_price: Decimal
    index_price: Decimal
    last_price: Decimal
    bid_price: Decimal
    bid_qty: Decimal
    ask_price: Decimal
    ask_qty: Decimal
    last_funding_rate: Decimal
    next_funding_time: Millis
    time: Millis

    @property
    def quote(self) -> "Quote":
        """Best bid and ask with their quantities."""
        return self.bid_price, self.bid_qty, self.ask_price, self.ask_qty


Quote = tuple[Decimal, Decimal, Decimal, Decimal]
"""Bid price and quantity, ask price and quantity."""


def default_quote(contract: Contract, mark_price: Decimal) -> Quote:
    """Where the house stands on a symbol that nobody quotes: one tick wide around the mark price.

    With the contract's largest market order on either side, so that a market order is filled.
    """
    tick = contract.price_filter.tick_size or ONE.scaleb(-contract.price_precision)
    least = contract.price_filter.min_price
    ticks = ((mark_price - least) / tick).to_integral_value(ROUND_FLOOR)
    bid_price = max(least + ticks * tick, tick)
    quantity = contract.market_lot_size.max_qty
    return bid_price, quantity, bid_price + tick, quantity


class AssetIndex(msgspec.Struct, frozen=True):
    """What one unit of a collateral asset counts for, in USD.

    Rates are cut at 8 decimals. Observed: 12 captured rates fit, four of them one unit off because the
    index has digits that are not printed.
    """

    index: Decimal
    bid_buffer: Decimal
    ask_buffer: Decimal
    auto_exchange_bid_buffer: Decimal
    auto_exchange_ask_buffer: Decimal
    time: Millis

    @property
    def bid_rate(self) -> Decimal:
        """Documented: index · (1 - bidBuffer), for what is owned."""
        return cut8(self.index * (ONE - self.bid_buffer))

    @property
    def ask_rate(self) -> Decimal:
        """Documented: index · (1 + askBuffer), for what is owed."""
        return cut8(self.index * (ONE + self.ask_buffer))

    @property
    def auto_exchange_bid_rate(self) -> Decimal:
        """Documented: index · (1 - autoExchangeBidBuffer)."""
        return cut8(self.index * (ONE - self.auto_exchange_bid_buffer))

    @property
    def auto_exchange_ask_rate(self) -> Decimal:
        """Documented: index · (1 + autoExchangeAskBuffer)."""
        return cut8(self.index * (ONE + self.auto_exchange_ask_buffer))
