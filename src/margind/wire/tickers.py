"""The 24 hour statistics of both markets, as a reply and as a stream event."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ONE, PERCENT, ZERO
from margind.engine.model.payoff import Inverse
from margind.engine.model.terms import Millis
from margind.wire.market_data import price_of
from margind.wire.text import amount_text, quantity_text

NO_TRADE = -1
"""Assumed: the trade id where no trade is known (a ticker of a still market would settle it)."""


class DayStatistics(msgspec.Struct, frozen=True):
    """24 hours of one symbol as numbers; `turnover` is the volume's worth, in the base coin on COIN-M."""

    open_time: Millis
    close_time: Millis
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    last_price: Decimal
    volume: Decimal
    turnover: Decimal


class DayTexts(msgspec.Struct, frozen=True):
    """The same as text."""

    change: str
    change_percent: str
    average: str
    last_price: str
    last_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    turnover: str


class DayTicker(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One row of `GET /fapi/v1/ticker/24hr`."""

    symbol: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    last_price: str
    last_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    quote_volume: str
    open_time: Millis
    close_time: Millis
    first_id: int = NO_TRADE
    last_id: int = NO_TRADE
    count: int = 0


class CoinDayTicker(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One row of `GET /dapi/v1/ticker/24hr`."""

    symbol: str
    pair: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    last_price: str
    last_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    base_volume: str
    open_time: Millis
    close_time: Millis
    first_id: int = NO_TRADE
    last_id: int = NO_TRADE
    count: int = 0


def day_texts(contract: Contract, day: DayStatistics) -> DayTexts:
    """Observed: percentages have three decimals; the volume's worth those of the price, on COIN-M eight.

    Feeds hold no single trades, so the last quantity is 0 and nothing is counted.
    """
    change = day.last_price - day.open_price
    inverse = isinstance(contract.payoff, Inverse)
    with localcontext(CONTEXT):
        percent = change / day.open_price * PERCENT if day.open_price else ZERO
        average = ZERO
        if day.volume and day.turnover:
            average = contract.payoff.average_price(day.volume, day.turnover)
    price_places = contract.price_precision
    return DayTexts(
        change=price_of(contract, change),
        change_percent=_rounded(percent, 3),
        average=_rounded(average, 8 if inverse else price_places),
        last_price=price_of(contract, day.last_price),
        last_qty=quantity_text(ZERO, contract.quantity_precision),
        open_price=price_of(contract, day.open_price),
        high_price=price_of(contract, day.high_price),
        low_price=price_of(contract, day.low_price),
        volume=quantity_text(day.volume, contract.quantity_precision),
        turnover=amount_text(day.turnover) if inverse else _rounded(day.turnover, price_places),
    )


def day_ticker(contract: Contract, day: DayStatistics) -> DayTicker | CoinDayTicker:
    """A row of the market that the contract belongs to."""
    texts = day_texts(contract, day)
    common: dict[str, Any] = {
        "symbol": contract.symbol,
        "price_change": texts.change,
        "price_change_percent": texts.change_percent,
        "weighted_avg_price": texts.average,
        "last_price": texts.last_price,
        "last_qty": texts.last_qty,
        "open_price": texts.open_price,
        "high_price": texts.high_price,
        "low_price": texts.low_price,
        "volume": texts.volume,
    }
    if isinstance(contract.payoff, Inverse):
        return CoinDayTicker(
            **common,
            pair=contract.pair,
            base_volume=texts.turnover,
            open_time=day.open_time,
            close_time=day.close_time,
        )
    return DayTicker(
        **common, quote_volume=texts.turnover, open_time=day.open_time, close_time=day.close_time
    )


def _rounded(value: Decimal, places: int) -> str:
    rounded = value.quantize(ONE.scaleb(-places), ROUND_HALF_UP, CONTEXT)
    return f"{rounded or rounded.copy_abs():f}"
