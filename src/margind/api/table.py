"""The endpoint table: every call this server answers. Routing, checks, docs and coverage are read from it."""

from margind.api import day_tickers, downloads, listen_key_calls, spot
from margind.api.coinm import account as coinm_account
from margind.api.coinm import algo_orders as coinm_algo_orders
from margind.api.coinm import market_data as coinm_market_data
from margind.api.coinm import orders as coinm_orders
from margind.api.coinm import trade as coinm_trade
from margind.api.endpoints import Endpoint
from margind.api.usdm import account as usdm_account
from margind.api.usdm import algo_orders as usdm_algo_orders
from margind.api.usdm import market_data as usdm_market_data
from margind.api.usdm import orders as usdm_orders
from margind.api.usdm import trade as usdm_trade

ENDPOINTS: tuple[Endpoint, ...] = (
    *usdm_market_data.ENDPOINTS,
    *usdm_account.ENDPOINTS,
    *usdm_trade.ENDPOINTS,
    *usdm_orders.ENDPOINTS,
    *usdm_algo_orders.ENDPOINTS,
    *coinm_market_data.ENDPOINTS,
    *coinm_account.ENDPOINTS,
    *coinm_trade.ENDPOINTS,
    *coinm_orders.ENDPOINTS,
    *coinm_algo_orders.ENDPOINTS,
    *day_tickers.ENDPOINTS,
    *listen_key_calls.ENDPOINTS,
    *downloads.ENDPOINTS,
    *spot.ENDPOINTS,
)
