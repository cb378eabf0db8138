"""The 24 hour statistics endpoints of both markets."""

from margind.api.common_parameters import OPTIONAL_SYMBOL, PAIR
from margind.api.day_statistics import day_statistics
from margind.api.endpoints import Call, Endpoint, Security, by_symbol
from margind.api.lookup import listed, refuse_both
from margind.engine.model.terms import Market
from margind.wire.coinm.market_data import symbols_of
from margind.wire.replies import encode
from margind.wire.rows import listed_symbols
from margind.wire.tickers import CoinDayTicker, DayTicker, day_ticker

NAME = "24hr Ticker Price Change Statistics"


def _row(call: Call, symbol: str) -> DayTicker | CoinDayTicker:
    market = call.market_state
    day = day_statistics(call.runtime.feed, call.market, symbol, market.prices[symbol], call.now)
    return day_ticker(market.contracts[symbol], day)


def _usdm(call: Call) -> bytes:
    """Documented: an object with a symbol, a list without."""
    symbol = listed(call)
    if symbol is not None:
        return encode(_row(call, symbol))
    return encode([_row(call, name) for name in listed_symbols(call.market_state)])


def _coinm(call: Call) -> bytes:
    """Documented: always a list."""
    symbol, pair = listed(call), call.parameters["pair"]
    refuse_both(call, "symbol", "pair")
    return encode([_row(call, name) for name in symbols_of(call.market_state, symbol, pair)])


ENDPOINTS = (
    Endpoint(
        Market.USDM,
        NAME,
        Security.NONE,
        _usdm,
        weight=by_symbol(1, without=40),
        method="GET",
        path="/fapi/v1/ticker/24hr",
        parameters=(OPTIONAL_SYMBOL,),
        reply=DayTicker,
    ),
    Endpoint(
        Market.COINM,
        NAME,
        Security.NONE,
        _coinm,
        weight=by_symbol(1, without=40),
        method="GET",
        path="/dapi/v1/ticker/24hr",
        parameters=(OPTIONAL_SYMBOL, PAIR),
        reply=CoinDayTicker,
    ),
)
