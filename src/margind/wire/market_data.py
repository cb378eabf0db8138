"""What both markets publish alike: server time, candles, funding terms, and the words around funding."""

from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from margind.engine.model.brackets import Brackets
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.funding import INTEREST_RATE as INTEREST
from margind.engine.model.funding import FundingTerms, bounds
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import Millis
from margind.wire.text import price_text, rate_text, traded_price_text


class ServerTime(msgspec.Struct, rename="camel", frozen=True):
    """`GET /fapi/v1/time` and `/dapi/v1/time`."""

    server_time: Millis


class FundingInfo(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/fundingInfo` and `/dapi/v1/fundingInfo`."""

    symbol: str
    adjusted_funding_rate_cap: str
    adjusted_funding_rate_floor: str
    funding_interval_hours: int
    disclaimer: bool
    update_time: Millis | msgspec.UnsetType = msgspec.UNSET
    """Observed (2025-08): when the terms were adjusted; no page lists it."""


class Kline(msgspec.Struct, array_like=True, frozen=True):
    """One candle of `GET /fapi/v1/klines` and `/dapi/v1/klines`: twelve columns without names."""

    open_time: Millis
    open_price: str
    high_price: str
    low_price: str
    close_price: str
    volume: str
    close_time: Millis
    turnover: str
    trades: int
    taker_buy_volume: str
    taker_buy_turnover: str
    ignore: str = "0"


Candle = NamedTuple(  # noqa: UP014 - in a class body the check for purity takes `open` for the function
    "Candle",
    [
        ("open_time", Millis),
        ("open", Decimal),
        ("high", Decimal),
        ("low", Decimal),
        ("close", Decimal),
        ("volume", Decimal),
        ("close_time", Millis),
        ("turnover", Decimal),
        ("trades", int),
        ("taker_buy_volume", Decimal),
        ("taker_buy_turnover", Decimal),
    ],
)
"""A candle as numbers. `volume` is in what the quantity counts, `turnover` in the other asset."""


class FundingSettlement(NamedTuple):
    """One funding time of a symbol."""

    symbol: str
    funding_rate: Decimal
    funding_time: Millis
    mark_price: Decimal


INTEREST_RATE = rate_text(INTEREST)
"""Documented: the examples of 'Mark Price'. Observed (2020-2023): the same on every perpetual."""


def server_time(now: Millis) -> ServerTime:
    """The exchange's clock."""
    return ServerTime(now)


def funding_info(symbol: str, terms: FundingTerms, brackets: Brackets) -> FundingInfo:
    """The funding terms of a symbol where they differ from the usual ones."""
    floor, cap = bounds(terms, brackets)
    return FundingInfo(
        symbol,
        rate_text(cap),
        rate_text(floor),
        terms.interval_hours,
        disclaimer=False,
        update_time=terms.update_time or msgspec.UNSET,
    )


def price_of(contract: Contract, price: Decimal) -> str:
    """A traded price of a contract."""
    return traded_price_text(price, contract.price_precision)


def settle_price_text(market: MarketState, symbol: str) -> str:
    """What a symbol would be settled at."""
    with localcontext(CONTEXT):
        return price_text(market.estimated_settle_price(symbol))


class FundingTexts(NamedTuple):
    """The funding part of `premiumIndex`."""

    last_funding_rate: str
    interest_rate: str
    next_funding_time: Millis


def funding_texts(contract: Contract, price: SymbolPrice) -> FundingTexts:
    """Documented (COIN-M): a dated contract has no funding and shows empty texts and 0. Assumed on USDⓈ-M."""
    if not contract.is_perpetual:
        return FundingTexts("", "", 0)
    return FundingTexts(rate_text(price.last_funding_rate), INTEREST_RATE, price.next_funding_time)
