"""ccxt, pointed at COIN-M, sees the account as it is."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.clients.server import Access
from tests.clients.settings import for_ccxt

BTC, ETH = "BTC/USD:BTC", "ETH/USD:ETH"


@pytest.fixture
def exchange(trader: Access) -> Iterator[Any]:
    client = ccxt.binancecoinm(for_ccxt(trader))
    yield client
    client.session.close()


@pytest.fixture
def fresh(newcomer: Access) -> Iterator[Any]:
    client = ccxt.binancecoinm(for_ccxt(newcomer))
    yield client
    client.session.close()


def test_every_listed_contract_becomes_a_market(exchange: Any, trader: Access) -> None:
    exchange.load_markets()
    listed = {row["symbol"]: row for row in trader.get("/dapi/v1/exchangeInfo")["symbols"]}
    assert set(exchange.markets_by_id) == set(listed)
    for market in exchange.markets.values():
        row = listed[market["id"]]
        assert market["inverse"]
        assert market["contractSize"] == row["contractSize"]
        assert market["settleId"] == row["marginAsset"]
        assert market["active"] == (row["contractStatus"] == "TRADING")
        assert market["precision"]["price"] > 0
        assert market["limits"]["amount"]["min"] == 1


def test_free_used_and_total_are_available_initial_margin_and_margin_balance(exchange: Any) -> None:
    balance = exchange.fetch_balance()
    assert balance["BTC"] == {"free": 0.00857142, "used": 0.00285715, "total": 0.01142857}
    assert balance["ETH"] == {"free": 0.49, "used": 0.005, "total": 0.49871795}
    assert set(balance["total"]) == {"BTC", "ETH"}


def test_a_cross_position_has_its_liquidation_price_and_the_wallet_as_collateral(exchange: Any) -> None:
    (position,) = exchange.fetch_positions([BTC])
    assert (position["side"], position["contracts"], position["contractSize"]) == ("long", 30, 100)
    assert (position["entryPrice"], position["markPrice"]) == (100000, 105000)
    assert (position["notional"], position["unrealizedPnl"]) == (0.02857142, 0.00142857)
    assert (position["leverage"], position["initialMargin"]) == (10, 0.00285714)
    # Where 0.01 + 3000 x (1/100000 - 1/p) = 0.004 x 3000 / p: p = 3012 / 0.04.
    assert position["liquidationPrice"] == 75300
    assert position["collateral"] == pytest.approx(0.01, abs=2e-8)
    assert position["marginMode"] == "cross"


def test_an_isolated_position_has_its_own_margin(exchange: Any) -> None:
    (position,) = exchange.fetch_positions([ETH])
    assert (position["side"], position["contracts"], position["contractSize"]) == ("short", 20, 10)
    assert (position["notional"], position["unrealizedPnl"]) == (0.05, -0.00128205)
    assert (position["initialMargin"], position["maintenanceMargin"]) == (0.005, 0.00025)
    # Where 0.01 + 200 x (1/p - 1/3900) = 0.005 x 200 / p: p = 199 / (200/3900 - 0.01).
    assert position["liquidationPrice"] == pytest.approx(199 / (200 / 3900 - 0.01), abs=1e-7)
    assert (position["positionMargin"], position["collateral"]) == (0.01, 0.00871795)
    assert position["marginMode"] == "isolated"


def test_positions_of_the_account_reply_are_those_of_the_position_reply(exchange: Any) -> None:
    rows = exchange.fetch_positions(params={"method": "account", "filterClosed": True})
    assert [row["symbol"] for row in rows] == [BTC, ETH]
    assert [row["unrealizedPnl"] for row in rows] == [0.00142857, -0.00128205]
    assert [row["initialMargin"] for row in rows] == [0.00285715, 0.005]
    assert [row["maintenanceMargin"] for row in rows] == [0.00011428, 0.00025]
    assert [row["leverage"] for row in rows] == [10, 10]
    assert [row["collateral"] for row in rows] == [0.01142857, 0.00871795]


def test_leverage_margin_mode_fees_and_brackets_are_read(exchange: Any) -> None:
    leverages = exchange.fetch_leverages([BTC, ETH])
    assert [leverages[symbol]["longLeverage"] for symbol in (BTC, ETH)] == [10, 10]
    assert [leverages[symbol]["marginMode"] for symbol in (BTC, ETH)] == ["cross", "isolated"]
    assert exchange.fetch_margin_mode(ETH)["marginMode"] == "isolated"
    assert exchange.fetch_position_mode()["hedged"] is False
    fee = exchange.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0001, 0.0005)
    tiers = exchange.fetch_leverage_tiers()
    assert set(tiers) == set(exchange.markets)
    assert [tiers[ETH][0][name] for name in ("minNotional", "maxNotional", "maxLeverage")] == [0, 100, 100]


def test_prices_are_those_that_were_set(exchange: Any) -> None:
    assert exchange.fetch_funding_rate(BTC)["markPrice"] == 105000
    assert exchange.fetch_last_prices([BTC])[BTC]["price"] == 105001
    assert exchange.fetch_ohlcv(BTC, "1m")[-1][4] == 105001


def test_settings_are_changed_and_the_second_time_refused(fresh: Any) -> None:
    fresh.set_leverage(33, BTC)
    assert fresh.fetch_leverage(BTC)["longLeverage"] == 33
    fresh.set_margin_mode("isolated", ETH)
    assert fresh.fetch_margin_mode(ETH)["marginMode"] == "isolated"
    with pytest.raises(ccxt.MarginModeAlreadySet, match="No need to change margin type"):
        fresh.set_margin_mode("isolated", ETH)
    fresh.set_position_mode(True)
    assert fresh.fetch_position_mode()["hedged"] is True
    with pytest.raises(ccxt.OperationRejected, match="No need to change position side"):
        fresh.set_position_mode(True)


def test_isolated_margin_goes_in_and_out_and_is_remembered(exchange: Any) -> None:
    # ccxt's own add_margin rounds the amount to whole contracts, so its plain call is used.
    change = {"symbol": "ETHUSD_PERP", "type": 1, "amount": "0.02"}
    assert exchange.dapiPrivatePostPositionMargin(change)["code"] == 200
    (position,) = exchange.fetch_positions([ETH])
    assert (position["positionMargin"], position["collateral"]) == (0.03, 0.02871795)
    exchange.dapiPrivatePostPositionMargin({**change, "type": 2, "amount": "0.01"})
    changes = exchange.fetch_margin_adjustment_history(ETH)
    assert [(row["type"], row["amount"], row["code"]) for row in changes] == [
        ("add", 0.02, "ETH"),
        ("reduce", 0.01, "ETH"),
    ]


def test_refusals_have_the_classes_ccxt_knows_them_by(exchange: Any) -> None:
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        exchange.dapiPrivateGetAccount({"timestamp": 1_700_000_000_000})
    with pytest.raises(ccxt.BadSymbol, match="Invalid symbol"):
        exchange.dapiPrivateGetCommissionRate({"symbol": "NOPEUSD_PERP"})
    with pytest.raises(ccxt.BadRequest, match="-4028"):
        exchange.set_leverage(125, ETH)
    with pytest.raises(ccxt.InsufficientFunds, match="-4050"):
        exchange.dapiPrivatePostPositionMargin({"symbol": "ETHUSD_PERP", "type": 1, "amount": "10"})
    with pytest.raises(ccxt.OperationRejected, match="-4048"):
        exchange.set_margin_mode("cross", ETH)


def test_a_wrong_secret_is_an_authentication_error(trader: Access) -> None:
    client = ccxt.binancecoinm({**for_ccxt(trader, fetchCurrencies=False), "secret": "wrong"})
    with pytest.raises(ccxt.AuthenticationError, match="-1022"):
        client.fetch_balance()
    client.session.close()


def test_one_client_serves_both_markets(trader: Access) -> None:
    client = ccxt.binance(for_ccxt(trader, defaultType="swap", fetchMarkets={"types": ["linear", "inverse"]}))
    client.load_markets()
    assert client.fetch_balance({"subType": "linear"})["USDT"]["total"] == 1100
    assert client.fetch_balance({"subType": "inverse"})["BTC"]["total"] == 0.01142857
    client.session.close()
