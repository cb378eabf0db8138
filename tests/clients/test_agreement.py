"""Different clients, different doors, one account: they print the same numbers."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_coin_futures import DerivativesTradingCoinFutures
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from tests.clients.event_loop import run
from tests.clients.python_binance import close, close_async, connected, connected_async
from tests.clients.sdk_models import as_json
from tests.clients.server import Access, Server
from tests.clients.settings import for_ccxt, for_sdk_rest

ASSET_NUMBERS = {
    "walletBalance",
    "unrealizedProfit",
    "marginBalance",
    "maintMargin",
    "initialMargin",
    "positionInitialMargin",
    "openOrderInitialMargin",
    "crossWalletBalance",
    "crossUnPnl",
    "availableBalance",
    "maxWithdrawAmount",
}


class Clients:
    """All of them, on one account."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.linear = ccxt.binanceusdm(for_ccxt(access))
        self.inverse = ccxt.binancecoinm(for_ccxt(access))
        self.python_binance = connected(access)
        settings = for_sdk_rest(access)
        self.usds = DerivativesTradingUsdsFutures(ConfigurationRestAPI(**settings)).rest_api
        self.coin = DerivativesTradingCoinFutures(ConfigurationRestAPI(**settings)).rest_api

    def usdm_accounts(self) -> list[Any]:
        """The account as each client sees it, over each door and in each version."""
        return [
            self.access.get("/fapi/v3/account"),
            self.linear.fetch_balance()["info"],
            self.linear.fetch_balance({"useV2": True})["info"],
            self.python_binance.futures_account(),
            as_json(self.usds.account_information_v2().data()),
            as_json(self.usds.account_information_v3().data()),
            *run(self._over_websocket()),
        ]

    def coinm_accounts(self) -> list[Any]:
        return [
            self.access.get("/dapi/v1/account"),
            self.inverse.fetch_balance()["info"],
            self.python_binance.futures_coin_account(),
            as_json(self.coin.account_information().data()),
        ]

    async def _over_websocket(self) -> list[Any]:
        client = await connected_async(self.access)
        try:
            return [await client.ws_futures_account_status(), await client.ws_futures_v2_account_status()]
        finally:
            await close_async(client)

    def close(self) -> None:
        self.linear.session.close()
        self.inverse.session.close()
        close(self.python_binance)


@pytest.fixture
def clients(trader: Access) -> Iterator[Clients]:
    clients = Clients(trader)
    yield clients
    clients.close()


def rows_of(accounts: list[Any], names: set[str]) -> list[dict[str, dict[str, str]]]:
    seen = [
        {row["asset"]: {name: row[name] for name in names & row.keys()} for row in account["assets"]}
        for account in accounts
    ]
    assert all(len(row) == len(names) for rows in seen for row in rows.values())
    return seen


def test_all_clients_see_one_usdm_account(clients: Clients) -> None:
    accounts = clients.usdm_accounts()
    first, *others = rows_of(accounts, ASSET_NUMBERS)
    assert len(first) > 5
    assert all(other == first for other in others)
    for name in [name for name in accounts[0] if name.startswith("total")] + ["availableBalance"]:
        assert {account[name] for account in accounts} == {accounts[0][name]}


def test_all_clients_see_one_coinm_account(clients: Clients) -> None:
    first, *others = rows_of(clients.coinm_accounts(), ASSET_NUMBERS)
    assert all(other == first for other in others)


def test_all_clients_see_the_same_positions(clients: Clients) -> None:
    access = clients.access
    told = [
        access.get("/fapi/v3/positionRisk"),
        clients.python_binance.futures_position_information(),
        as_json(clients.usds.position_information_v3().data()),
        [row["info"] for row in clients.linear.fetch_positions()],
    ]
    assert told[0]
    assert all(rows == told[0] for rows in told)
    for row in clients.linear.fetch_positions():
        of_wire = row["info"]
        assert row["contracts"] == abs(float(of_wire["positionAmt"]))
        assert row["notional"] == abs(float(of_wire["notional"]))
        assert row["unrealizedPnl"] == float(of_wire["unRealizedProfit"])
        assert row["liquidationPrice"] == float(of_wire["liquidationPrice"])
        assert row["initialMargin"] == float(of_wire["initialMargin"])
        assert row["maintenanceMargin"] == float(of_wire["maintMargin"])


def test_a_changed_price_is_in_the_next_reply_of_each(clients: Clients, server: Server) -> None:
    standing = server.control("GET", "/prices?symbols=BTCUSDT")["usdm"]["BTCUSDT"]["markPrice"]
    try:
        server.control("PUT", "/prices", {"usdm": {"BTCUSDT": {"markPrice": "106000"}}})
        accounts = clients.usdm_accounts()
    finally:
        server.control("PUT", "/prices", {"usdm": {"BTCUSDT": {"markPrice": standing}}})
    # 0.05 more on 1000 higher.
    assert {account["totalCrossUnPnl"] for account in accounts} == {"300.00000000"}


def test_a_change_by_one_client_is_seen_by_the_others(clients: Clients) -> None:
    clients.linear.set_leverage(40, "BTC/USDT:USDT")
    (row,) = clients.usds.symbol_configuration(symbol="BTCUSDT").data()
    assert row.leverage == 40
    clients.usds.modify_isolated_position_margin(symbol="ETHUSDT", amount=10.0, type="1")
    accounts = clients.usdm_accounts()
    # Half of 262.5 and 95 is free again at twice the leverage, and 10 went to the isolated position.
    assert {account["availableBalance"] for account in accounts} == {"441.25000000"}
