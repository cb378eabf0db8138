"""The few spot paths that futures clients call when they start."""

import msgspec

from margind.api import connectivity
from margind.api.endpoints import Call, Endpoint, Security
from margind.engine.model.terms import Market, Millis
from margind.wire.market_data import ServerTime
from margind.wire.replies import encode


class Coin(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /sapi/v1/capital/config/getall`: a coin of a spot wallet that is always empty."""

    coin: str
    name: str
    deposit_all_enable: bool = False
    withdraw_all_enable: bool = False
    free: str = "0"
    locked: str = "0"
    freeze: str = "0"
    withdrawing: str = "0"
    ipoing: str = "0"
    ipoable: str = "0"
    storage: str = "0"
    is_legal_money: bool = False
    trading: bool = True
    network_list: tuple[str, ...] = ()


class SpotExchangeInfo(msgspec.Struct, rename="camel", frozen=True):
    """`GET /api/v3/exchangeInfo` of an exchange without spot symbols."""

    server_time: Millis
    timezone: str = "UTC"
    rate_limits: tuple[str, ...] = ()
    exchange_filters: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


def _no_symbols(call: Call) -> bytes:
    """Observed: the general `binance` class of ccxt 4.5, and so freqtrade, asks this beside both markets."""
    return encode(SpotExchangeInfo(call.now))


def _coins(call: Call) -> bytes:
    """Every asset that can be held on either market; there is no spot wallet, so nothing can move."""
    assets = {asset for market in call.runtime.state.markets.values() for asset in market.assets}
    return encode([Coin(asset, asset) for asset in sorted(assets)])


def _no_pairs(call: Call) -> bytes:
    """There is no spot margin market, cross or isolated."""
    return b"[]"


ENDPOINTS = (
    Endpoint(
        Market.USDM,
        "Test Connectivity (spot)",
        Security.NONE,
        connectivity.ping,
        method="GET",
        path="/api/v3/ping",
    ),
    Endpoint(
        Market.USDM,
        "Check Server Time (spot)",
        Security.NONE,
        connectivity.time,
        method="GET",
        path="/api/v3/time",
        reply=ServerTime,
    ),
    Endpoint(
        Market.USDM,
        "Exchange Information (spot)",
        Security.NONE,
        _no_symbols,
        method="GET",
        path="/api/v3/exchangeInfo",
        reply=SpotExchangeInfo,
    ),
    Endpoint(
        Market.USDM,
        "All Coins' Information (wallet)",
        Security.USER_DATA,
        _coins,
        method="GET",
        path="/sapi/v1/capital/config/getall",
        reply=Coin,
    ),
    Endpoint(
        Market.USDM,
        "Get All Cross Margin Pairs (spot margin)",
        Security.MARKET_DATA,
        _no_pairs,
        method="GET",
        path="/sapi/v1/margin/allPairs",
    ),
    Endpoint(
        Market.USDM,
        "Get All Isolated Margin Symbols (spot margin)",
        Security.MARKET_DATA,
        _no_pairs,
        method="GET",
        path="/sapi/v1/margin/isolated/allPairs",
    ),
)
