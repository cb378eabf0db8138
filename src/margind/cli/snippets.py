"""What to paste to point public clients at a server: each reads the account, and runs as it stands."""

from string import Template
from typing import NamedTuple


class Snippet(NamedTuple):
    """One client."""

    client: str
    template: Template

    def filled(self, base_url: str, api_key: str, secret_key: str) -> str:
        """The program for one server and one key."""
        return self.template.substitute(base_url=base_url, api_key=api_key, secret_key=secret_key)


CCXT = Snippet(
    "ccxt",
    Template("""\
import ccxt
exchange = ccxt.binanceusdm({
    "apiKey": "$api_key",
    "secret": "$secret_key",
    "options": {"fetchCurrencies": False},
    "urls": {"api": {
        "fapiPublic": "$base_url/fapi/v1", "fapiPrivate": "$base_url/fapi/v1",
        "fapiPrivateV2": "$base_url/fapi/v2", "fapiPrivateV3": "$base_url/fapi/v3",
    }},
})
print(exchange.fetch_balance()["USDT"], exchange.fetch_positions())
"""),
)

CCXT_COINM = Snippet(
    "ccxt, COIN-M",
    Template("""\
import ccxt
exchange = ccxt.binancecoinm({
    "apiKey": "$api_key",
    "secret": "$secret_key",
    "options": {"fetchCurrencies": False},
    "urls": {"api": {
        "dapiPublic": "$base_url/dapi/v1", "dapiPrivate": "$base_url/dapi/v1",
        "dapiPrivateV2": "$base_url/dapi/v2",
    }},
})
print(exchange.fetch_balance()["BTC"], exchange.fetch_positions())
"""),
)

PYTHON_BINANCE = Snippet(
    "python-binance",
    Template("""\
from binance.client import Client
Client.API_URL, Client.FUTURES_URL = "$base_url/api", "$base_url/fapi"
Client.FUTURES_COIN_URL = "$base_url/dapi"
client = Client("$api_key",
                "$secret_key")
print(client.futures_account_balance(), client.futures_coin_account_balance())
"""),
)

SDK_USDS = Snippet(
    "the official SDK, USDⓈ-M",
    Template("""\
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures
client = DerivativesTradingUsdsFutures(ConfigurationRestAPI(
    api_key="$api_key",
    api_secret="$secret_key",
    base_path="$base_url"))
print(client.rest_api.account_information_v3().data())
"""),
)

SDK_COIN = Snippet(
    "the official SDK, COIN-M",
    Template("""\
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_coin_futures import DerivativesTradingCoinFutures
client = DerivativesTradingCoinFutures(ConfigurationRestAPI(
    api_key="$api_key",
    api_secret="$secret_key",
    base_path="$base_url"))
print(client.rest_api.account_information().data())
"""),
)

SNIPPETS = (CCXT, CCXT_COINM, PYTHON_BINANCE, SDK_USDS, SDK_COIN)
