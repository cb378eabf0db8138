"""ccxt, pointed at USDⓈ-M, sees the account as it is."""

import time
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.clients.server import Access, Server
from tests.clients.settings import for_ccxt

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


@pytest.fixture
def exchange(trader: Access) -> Iterator[Any]:
    client = ccxt.binanceusdm(for_ccxt(trader))
    yield client
    client.session.close()


@pytest.fixture
def fresh(newcomer: Access) -> Iterator[Any]:
    client = ccxt.binanceusdm(for_ccxt(newcomer))
    yield client
    client.session.close()


def test_every_listed_contract_becomes_a_market(exchange: Any, trader: Access) -> None:
    exchange.load_markets()
    listed = {row["symbol"]: row for row in trader.get("/fapi/v1/exchangeInfo")["symbols"]}
    assert set(exchange.markets_by_id) == set(listed)
    for market in exchange.markets.values():
        row = listed[market["id"]]
        assert market["linear"]
        assert market["contractSize"] == 1
        assert market["settleId"] == row["marginAsset"]
        assert market["active"] == (row["status"] == "TRADING")
        assert market["swap"] == ("PERPETUAL" in row["contractType"])
        assert market["precision"]["price"] > 0
        assert market["limits"]["amount"]["min"] > 0
        assert market["limits"]["cost"]["min"] > 0


def test_currencies_of_the_wallet_that_is_not_there_can_be_read(exchange: Any) -> None:
    assert {"USDT", "BTC", "ETH"} <= set(exchange.fetch_currencies())


@pytest.mark.parametrize("version", [{}, {"useV2": True}])
def test_free_used_and_total_are_available_initial_margin_and_margin_balance(
    exchange: Any, version: dict[str, object]
) -> None:
    balance = exchange.fetch_balance(version)
    assert balance["USDT"] == {"free": 272.5, "used": 957.5, "total": 1100.0}
    assert balance["USDC"] == {"free": 250.0, "used": 0.0, "total": 250.0}
    assert balance["BNB"] == {"free": 2.0, "used": 0.0, "total": 2.0}
    assert set(balance["total"]) == {"USDT", "USDC", "BNB"}


def test_a_cross_position_has_its_liquidation_price_and_the_cross_wallet_as_collateral(exchange: Any) -> None:
    (position,) = exchange.fetch_positions([BTC])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.05, 100000)
    assert (position["markPrice"], position["notional"], position["unrealizedPnl"]) == (105000, 5250, 250)
    # The bid beside the position counts: 262.5 + 95.
    assert position["initialMargin"] == 357.5
    assert (position["maintenanceMargin"], position["maintenanceMarginPercentage"]) == (21, 0.004)
    assert position["liquidationPrice"] == 92771.08433735
    # What ccxt derives from the liquidation price: the cross wallet, one unit of the last decimal below.
    assert position["collateral"] == pytest.approx(380, abs=1e-7)
    assert (position["marginMode"], position["hedged"]) == ("cross", False)


def test_an_isolated_position_has_its_own_margin(exchange: Any) -> None:
    (position,) = exchange.fetch_positions([ETH])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 1.5, 3900)
    assert (position["markPrice"], position["notional"], position["unrealizedPnl"]) == (4000, 6000, -150)
    assert (position["initialMargin"], position["maintenanceMargin"]) == (600, 24)
    assert position["liquidationPrice"] == 4296.14873838
    assert (position["positionMargin"], position["collateral"]) == (620, 470)
    assert (position["marginMode"], position["hedged"]) == ("isolated", False)


def test_positions_of_v2_differ_by_what_v3_adds(exchange: Any) -> None:
    now, before = exchange.fetch_positions(), exchange.fetch_positions(params={"useV2": True})
    assert [row["symbol"] for row in now] == [row["symbol"] for row in before] == [BTC, ETH]
    # V2 has no initial margin, so ccxt takes notional by leverage; V3 has no leverage.
    assert [row["leverage"] for row in before] == [20, 10]
    assert [row["initialMargin"] for row in before] == [262.5, 600]
    for new, old in zip(now, before, strict=True):
        for name in ("contracts", "entryPrice", "markPrice", "notional", "unrealizedPnl", "liquidationPrice"):
            assert new[name] == old[name]
        assert new["collateral"] == old["collateral"] > 0
        assert new["maintenanceMargin"] == old["maintenanceMargin"]


def test_positions_of_the_account_reply_are_those_of_the_position_reply(exchange: Any) -> None:
    rows = exchange.fetch_positions(params={"method": "account"})
    assert [row["symbol"] for row in rows] == [BTC, ETH]
    assert [row["unrealizedPnl"] for row in rows] == [250, -150]
    assert [row["initialMargin"] for row in rows] == [357.5, 600]
    assert [row["maintenanceMargin"] for row in rows] == [21, 24]
    # Margin balance of the pool: 380 + 250 cross, 620 - 150 isolated.
    assert [row["collateral"] for row in rows] == [630, 470]


def test_leverage_margin_mode_fees_and_brackets_are_read(exchange: Any) -> None:
    leverages = exchange.fetch_leverages([BTC, ETH])
    assert [leverages[symbol]["longLeverage"] for symbol in (BTC, ETH)] == [20, 10]
    assert [leverages[symbol]["marginMode"] for symbol in (BTC, ETH)] == ["cross", "isolated"]
    assert exchange.fetch_margin_mode(ETH)["marginMode"] == "isolated"
    assert exchange.fetch_position_mode()["hedged"] is False
    fee = exchange.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)
    tiers = exchange.fetch_leverage_tiers()
    assert set(tiers) == set(exchange.markets)
    assert tiers[ETH][0]["maintenanceMarginRate"] == 0.004
    assert [tiers[ETH][0][name] for name in ("minNotional", "maxNotional", "maxLeverage")] == [0, 300000, 150]


def test_prices_are_those_that_were_set(exchange: Any) -> None:
    assert exchange.fetch_funding_rate(BTC)["markPrice"] == 105000
    assert exchange.fetch_funding_rate(BTC)["indexPrice"] == 105010
    assert exchange.fetch_last_prices([BTC])[BTC]["price"] == 105001
    assert exchange.fetch_ohlcv(BTC, "1m")[-1][4] == 105001
    assert exchange.fetch_time() == pytest.approx(time.time() * 1000, abs=5_000)


def test_leverage_is_changed(fresh: Any, newcomer: Access) -> None:
    assert fresh.set_leverage(33, BTC)["leverage"] == 33
    (row,) = newcomer.get("/fapi/v1/symbolConfig", symbol="BTCUSDT")
    assert row["leverage"] == 33


def test_margin_mode_is_changed_and_the_second_time_refused_by_its_own_exception(fresh: Any) -> None:
    fresh.set_margin_mode("isolated", ETH)
    assert fresh.fetch_margin_mode(ETH)["marginMode"] == "isolated"
    with pytest.raises(ccxt.MarginModeAlreadySet, match="No need to change margin type"):
        fresh.set_margin_mode("isolated", ETH)


def test_position_mode_is_changed_and_the_second_time_refused(fresh: Any) -> None:
    fresh.set_position_mode(True)
    assert fresh.fetch_position_mode()["hedged"] is True
    with pytest.raises(ccxt.OperationRejected, match="No need to change position side"):
        fresh.set_position_mode(True)


def test_in_multi_assets_mode_nothing_can_be_isolated(fresh: Any) -> None:
    fresh.fapiPrivatePostMultiAssetsMargin({"multiAssetsMargin": "true"})
    assert fresh.fapiPrivateGetMultiAssetsMargin() == {"multiAssetsMargin": True}
    with pytest.raises(ccxt.ExchangeError, match="-4168"):
        fresh.set_margin_mode("isolated", ETH)


def test_isolated_margin_goes_in_and_out_and_is_remembered(exchange: Any) -> None:
    assert exchange.add_margin(ETH, 200)["status"] == "ok"
    (position,) = exchange.fetch_positions([ETH])
    assert (position["positionMargin"], position["collateral"]) == (820, 670)
    assert exchange.fetch_balance()["USDT"]["free"] == 72.5
    # 670 less the initial margin of 600 is all that may leave.
    with pytest.raises(ccxt.InsufficientFunds, match="-4051"):
        exchange.reduce_margin(ETH, 70.01)
    exchange.reduce_margin(ETH, 70)
    changes = exchange.fetch_margin_adjustment_history(ETH)
    assert [(row["type"], row["amount"], row["code"]) for row in changes] == [
        ("add", 200, "USDT"),
        ("reduce", 70, "USDT"),
    ]


def test_transfers_stand_in_the_ledger(fresh: Any, newcomer: Access, server: Server) -> None:
    for amount in ("25.5", "-0.5"):
        transfer = {"market": "usdm", "asset": "USDT", "amount": amount}
        server.control("POST", f"/accounts/{newcomer.name}/transfers", transfer)
    assert [(row["direction"], row["amount"], row["type"]) for row in fresh.fetch_ledger("USDT")] == [
        ("in", 25.5, "transfer"),
        ("out", 0.5, "transfer"),
    ]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"secret": "wrong"}, ccxt.AuthenticationError, "-1022"),
        ({"apiKey": "0" * 64}, ccxt.AuthenticationError, "-2015"),
        ({"apiKey": "not a key"}, ccxt.AuthenticationError, "-2014"),
    ],
)
def test_a_wrong_key_or_secret_is_an_authentication_error(
    trader: Access, given: dict[str, str], error: type[Exception], message: str
) -> None:
    client = ccxt.binanceusdm({**for_ccxt(trader, fetchCurrencies=False), **given})
    with pytest.raises(error, match=message):
        client.fetch_balance()
    client.session.close()


@pytest.mark.parametrize("offset", [-60_000, 60_000])
def test_a_clock_that_is_off_is_an_invalid_nonce(exchange: Any, offset: int) -> None:
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        exchange.fapiPrivateV3GetAccount({"timestamp": exchange.milliseconds() + offset})


def test_refusals_have_the_classes_ccxt_knows_them_by(exchange: Any) -> None:
    with pytest.raises(ccxt.BadSymbol, match="Invalid symbol"):
        exchange.fapiPrivateGetCommissionRate({"symbol": "NOPEUSDT"})
    with pytest.raises(ccxt.InsufficientFunds, match="-4050"):
        exchange.add_margin(ETH, 100_000)
    with pytest.raises(ccxt.OperationRejected, match="-4048"):
        exchange.set_margin_mode("cross", ETH)
    with pytest.raises(ccxt.OperationRejected, match="-4067"):
        exchange.set_position_mode(True)
    with pytest.raises(ccxt.ExchangeError, match="-4167"):
        exchange.fapiPrivatePostMultiAssetsMargin({"multiAssetsMargin": "true"})
    with pytest.raises(ccxt.ArgumentsRequired):
        exchange.set_leverage(3)
