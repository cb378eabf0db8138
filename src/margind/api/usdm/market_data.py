"""Market data endpoints of USDⓈ-M that clients need to start: rules, prices, funding, candles."""

from collections.abc import Callable

from margind import errors
from margind.api import connectivity
from margind.api.candles import INTERVALS, candles
from margind.api.common_parameters import END_TIME, OPTIONAL_SYMBOL, START_TIME, SYMBOL, limit
from margind.api.depth import both_sides, update_id
from margind.api.endpoints import Call, Endpoint, Handler, Security, by_limit, by_symbol
from margind.api.funding import funding_info, settlements
from margind.api.lookup import listed, named
from margind.api.parameters import Kind, Parameter
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market
from margind.engine.rules.insurance import fund_balance
from margind.errors import Refusal
from margind.wire.market_data import FundingInfo, Kline, ServerTime
from margind.wire.replies import encode
from margind.wire.rows import listed_symbols
from margind.wire.usdm import market_data as views
from margind.wire.usdm.exchange_info import exchange_info
from margind.wire.usdm.insurance_fund import InsuranceFund, insurance_funds


def _one_or_all(one: Callable[[MarketState, str], object], every: Callable[[MarketState], object]) -> Handler:
    """An object with a symbol, a list without."""

    def handler(call: Call) -> bytes:
        symbol = listed(call)
        return encode(every(call.market_state) if symbol is None else one(call.market_state, symbol))

    return handler


def _exchange_info(call: Call) -> bytes:
    return encode(exchange_info(call.market_state, call.now))


async def _funding_rate(call: Call) -> bytes:
    return encode(views.funding_rates(await settlements(call, listed(call))))


def _klines(call: Call) -> bytes:
    return encode(views.klines(call.market_state, named(call), candles(call)))


def _asset_index(call: Call) -> bytes:
    symbol = call.parameters["symbol"]
    market = call.market_state
    if symbol is None:
        return encode(views.asset_indexes(market))
    if symbol not in market.asset_index:
        raise Refusal(errors.BAD_SYMBOL)
    return encode(views.asset_index(symbol, market.asset_index[symbol]))


def _insurance_balance(call: Call) -> bytes:
    symbol, market, state = listed(call), call.market_state, call.runtime.state
    balances = {asset: fund_balance(state, Market.USDM, asset) for asset in market.assets}
    funds = insurance_funds(market, balances, call.now)
    return encode(list(funds.values()) if symbol is None else funds[market.margin_assets[symbol]])


def _book_tickers(call: Call) -> list[views.BookTicker]:
    symbol, market, state = call.parameters["symbol"], call.market_state, call.runtime.state
    return [
        views.book_ticker(market, name, *both_sides(state, call.market, name, 1))
        for name in (listed_symbols(market) if symbol is None else [symbol])
    ]


def _book_ticker(call: Call) -> bytes:
    symbol, rows = listed(call), _book_tickers(call)
    return encode(rows if symbol is None else rows[0])


def _session_book_ticker(call: Call) -> bytes:
    symbol, last_update_id = listed(call), update_id(call.runtime.state, call.market)
    rows = [views.session_book_ticker(row, last_update_id) for row in _book_tickers(call)]
    return encode(rows if symbol is None else rows[0])


def _delivery_prices(call: Call) -> bytes:
    return encode(views.delivery_prices(call.market_state, call.parameters["pair"]))


_PRICE_TICKER = _one_or_all(views.price_ticker, views.price_tickers)

ENDPOINTS = (
    Endpoint(
        Market.USDM, "Test Connectivity", Security.NONE, connectivity.ping, method="GET", path="/fapi/v1/ping"
    ),
    Endpoint(
        Market.USDM,
        "Check Server Time",
        Security.NONE,
        connectivity.time,
        method="GET",
        path="/fapi/v1/time",
        reply=ServerTime,
    ),
    Endpoint(
        Market.USDM,
        "Exchange Information",
        Security.NONE,
        _exchange_info,
        method="GET",
        path="/fapi/v1/exchangeInfo",
    ),
    Endpoint(
        Market.USDM,
        "Mark Price",
        Security.NONE,
        _one_or_all(views.premium_index, views.premium_indexes),
        weight=by_symbol(1, without=10),
        method="GET",
        path="/fapi/v1/premiumIndex",
        parameters=(OPTIONAL_SYMBOL,),
        reply=views.PremiumIndex,
    ),
    Endpoint(
        Market.USDM,
        "Symbol Price Ticker",
        Security.NONE,
        _PRICE_TICKER,
        weight=by_symbol(1, without=2),
        method="GET",
        path="/fapi/v1/ticker/price",
        parameters=(OPTIONAL_SYMBOL,),
        reply=views.PriceTicker,
    ),
    Endpoint(
        Market.USDM,
        "Symbol Price Ticker V2",
        Security.NONE,
        _PRICE_TICKER,
        weight=by_symbol(1, without=2),
        method="GET",
        path="/fapi/v2/ticker/price",
        ws_method="ticker.price",
        parameters=(OPTIONAL_SYMBOL,),
        reply=views.PriceTicker,
    ),
    Endpoint(
        Market.USDM,
        "Symbol Order Book Ticker",
        Security.NONE,
        _book_ticker,
        weight=by_symbol(2, without=5),
        method="GET",
        path="/fapi/v1/ticker/bookTicker",
        ws_method="ticker.book",
        ws_handler=_session_book_ticker,
        parameters=(OPTIONAL_SYMBOL,),
        reply=views.BookTicker,
    ),
    Endpoint(
        Market.USDM,
        "Get Funding Rate History",
        Security.NONE,
        _funding_rate,
        weight=0,
        charges_funding_calls=True,
        method="GET",
        path="/fapi/v1/fundingRate",
        parameters=(OPTIONAL_SYMBOL, START_TIME, END_TIME, limit(100, 1000)),
        reply=views.FundingRate,
    ),
    Endpoint(
        Market.USDM,
        "Get Funding Rate Info",
        Security.NONE,
        funding_info,
        weight=0,
        charges_funding_calls=True,
        method="GET",
        path="/fapi/v1/fundingInfo",
        reply=FundingInfo,
    ),
    Endpoint(
        Market.USDM,
        "Kline/Candlestick Data",
        Security.NONE,
        _klines,
        weight=by_limit,
        method="GET",
        path="/fapi/v1/klines",
        parameters=(
            SYMBOL,
            Parameter("interval", Kind.ENUM, required=True, choices=INTERVALS),
            START_TIME,
            END_TIME,
            limit(500, 1500),
        ),
        reply=Kline,
    ),
    Endpoint(
        Market.USDM,
        "Multi-Assets Mode Asset Index",
        Security.NONE,
        _asset_index,
        weight=by_symbol(1, without=10),
        method="GET",
        path="/fapi/v1/assetIndex",
        parameters=(OPTIONAL_SYMBOL,),
        reply=views.AssetIndexRow,
    ),
    Endpoint(
        Market.USDM,
        "Query Insurance Fund Balance Snapshot",
        Security.NONE,
        _insurance_balance,
        method="GET",
        path="/fapi/v1/insuranceBalance",
        parameters=(OPTIONAL_SYMBOL,),
        reply=InsuranceFund,
    ),
    Endpoint(
        Market.USDM,
        "Quarterly Contract Settlement Price",
        Security.NONE,
        _delivery_prices,
        weight=0,
        method="GET",
        path="/futures/data/delivery-price",
        parameters=(Parameter("pair", Kind.SYMBOL, required=True),),
        reply=views.DeliveryPrice,
    ),
)
