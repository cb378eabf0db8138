"""Market data endpoints of COIN-M that clients need to start: rules, prices, funding, candles."""

from collections.abc import Callable

from margind.api import connectivity
from margind.api.candles import INTERVALS, candles
from margind.api.common_parameters import END_TIME, OPTIONAL_SYMBOL, PAIR, START_TIME, SYMBOL, limit
from margind.api.depth import both_sides, update_id
from margind.api.endpoints import Call, Endpoint, Handler, Security, by_limit, by_symbol
from margind.api.funding import funding_info, settlements
from margind.api.lookup import listed, named, refuse_both
from margind.api.parameters import Kind, Parameter
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market
from margind.wire.coinm import market_data as views
from margind.wire.coinm.exchange_info import exchange_info
from margind.wire.market_data import FundingInfo, Kline, ServerTime
from margind.wire.replies import encode


def _rows(view: Callable[[MarketState, list[str]], object], *, both: bool = False) -> Handler:
    """Always a list: of all symbols, of a pair, or of one. `both` filters exclude each other unless set."""

    def handler(call: Call) -> bytes:
        symbol, pair = listed(call), call.parameters["pair"]
        if not both:
            refuse_both(call, "symbol", "pair")
        return encode(view(call.market_state, views.symbols_of(call.market_state, symbol, pair)))

    return handler


def _book_tickers(call: Call) -> bytes:
    symbol, pair = listed(call), call.parameters["pair"]
    refuse_both(call, "symbol", "pair")
    market, state = call.market_state, call.runtime.state
    version = update_id(state, call.market)
    return encode(
        [
            views.book_ticker(market, name, version, *both_sides(state, call.market, name, 1))
            for name in views.symbols_of(market, symbol, pair)
        ]
    )


def _exchange_info(call: Call) -> bytes:
    return encode(exchange_info(call.market_state, call.now))


async def _funding_rate(call: Call) -> bytes:
    symbol = named(call)
    perpetual = call.market_state.contracts[symbol].is_perpetual
    # Documented: an empty list for dated contracts.
    return encode(views.funding_rates(await settlements(call, symbol) if perpetual else []))


def _klines(call: Call) -> bytes:
    return encode(views.klines(call.market_state, named(call), candles(call)))


ENDPOINTS = (
    Endpoint(
        Market.COINM,
        "Test Connectivity",
        Security.NONE,
        connectivity.ping,
        method="GET",
        path="/dapi/v1/ping",
    ),
    Endpoint(
        Market.COINM,
        "Check Server Time",
        Security.NONE,
        connectivity.time,
        method="GET",
        path="/dapi/v1/time",
        reply=ServerTime,
    ),
    Endpoint(
        Market.COINM,
        "Exchange Information",
        Security.NONE,
        _exchange_info,
        method="GET",
        path="/dapi/v1/exchangeInfo",
    ),
    Endpoint(
        Market.COINM,
        "Index Price and Mark Price",
        Security.NONE,
        _rows(views.premium_indexes, both=True),
        weight=10,
        method="GET",
        path="/dapi/v1/premiumIndex",
        parameters=(OPTIONAL_SYMBOL, PAIR),
        reply=views.PremiumIndex,
    ),
    Endpoint(
        Market.COINM,
        "Symbol Price Ticker",
        Security.NONE,
        _rows(views.price_tickers),
        weight=by_symbol(1, without=2),
        method="GET",
        path="/dapi/v1/ticker/price",
        parameters=(OPTIONAL_SYMBOL, PAIR),
        reply=views.PriceTicker,
    ),
    Endpoint(
        Market.COINM,
        "Symbol Order Book Ticker",
        Security.NONE,
        _book_tickers,
        weight=by_symbol(2, without=5),
        method="GET",
        path="/dapi/v1/ticker/bookTicker",
        parameters=(OPTIONAL_SYMBOL, PAIR),
        reply=views.BookTicker,
    ),
    Endpoint(
        Market.COINM,
        "Get Funding Rate History of Perpetual Futures",
        Security.NONE,
        _funding_rate,
        method="GET",
        path="/dapi/v1/fundingRate",
        parameters=(SYMBOL, START_TIME, END_TIME, limit(100, 1000)),
        reply=views.FundingRate,
    ),
    Endpoint(
        Market.COINM,
        "Get Funding Rate Info",
        Security.NONE,
        funding_info,
        method="GET",
        path="/dapi/v1/fundingInfo",
        reply=FundingInfo,
    ),
    Endpoint(
        Market.COINM,
        "Kline/Candlestick Data",
        Security.NONE,
        _klines,
        weight=by_limit,
        method="GET",
        path="/dapi/v1/klines",
        parameters=(
            SYMBOL,
            Parameter("interval", Kind.ENUM, required=True, choices=INTERVALS),
            START_TIME,
            END_TIME,
            limit(500, 1500),
        ),
        reply=Kline,
    ),
)
