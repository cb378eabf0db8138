"""ccxt as freqtrade uses it: the general `binance` class, isolated futures, a stop loss kept at the exchange.

The calls and their parameters are those that freqtrade 2026.9 was seen to make, in their order.
"""

import time
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.clients.server import Access, Server
from tests.clients.settings import for_ccxt
from tests.clients.stage import Stage, linear

BTC = "BTC/USDT:USDT"


@pytest.fixture
def stage(server: Server, other: Access) -> Stage:
    stage = linear(server, other)
    stage.quote(99_990, 100_010)
    return stage


@pytest.fixture
def exchange(stage: Stage, newcomer: Access) -> Iterator[Any]:
    client = ccxt.binance(for_ccxt(newcomer, defaultType="swap"))
    client.load_markets()
    yield client
    client.session.close()


def enter(exchange: Any) -> Any:
    """What it does before and with the order that opens a trade."""
    exchange.set_margin_mode("isolated", BTC)
    assert int(exchange.set_leverage(leverage=5, symbol=BTC)["leverage"]) == 5
    book = exchange.fetch_l2_order_book(BTC, 5)
    price = book["asks"][0][0]
    assert price == 100_010
    return exchange.create_order(BTC, "limit", "buy", 0.010, price, {"timeInForce": "GTC"})


def stop(exchange: Any, price: int) -> Any:
    params = {"stopPrice": price, "reduceOnly": True, "workingType": "MARK_PRICE"}
    return exchange.create_order(
        symbol=BTC, type="stop_market", side="sell", amount=0.010, price=None, params=params
    )


def test_the_markets_of_the_general_class_are_the_futures(exchange: Any) -> None:
    assert {market["swap"] or market["future"] for market in exchange.markets.values()} == {True}
    assert {market["linear"] for market in exchange.markets.values()} == {True, False}


def test_the_account_is_checked_at_start(exchange: Any) -> None:
    assert exchange.fapiPrivateGetPositionSideDual()["dualSidePosition"] is False
    assert exchange.fapiPrivateGetMultiAssetsMargin()["multiAssetsMargin"] is False
    tiers = exchange.fetch_leverage_tiers()
    assert tiers[BTC][0]["maxLeverage"] >= 100
    assert exchange.fetch_balance()["USDT"]["free"] == 1000
    assert exchange.fetch_positions() == []


def test_prices_and_candles_are_read(exchange: Any) -> None:
    assert exchange.fetch_bids_asks([BTC])[BTC]["ask"] == 100_010
    assert exchange.fetch_tickers([BTC])[BTC]["last"] == 100_000
    assert exchange.fetch_ticker(BTC)["last"] == 100_000
    rows = exchange.fetch_ohlcv(BTC, timeframe="1m", limit=499)
    assert rows[-1][4] == 100_000
    assert exchange.fetch_funding_rate(BTC)["markPrice"] == 100_000
    assert exchange.fetch_funding_rate_history(BTC, limit=10) == []


def test_a_trade_is_opened_protected_and_closed(exchange: Any, stage: Stage) -> None:
    since = int(time.time() * 1000) - 5_000
    opened = enter(exchange)
    order = exchange.fetch_order(opened["id"], BTC)
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.010, 100_010)
    (position,) = exchange.fetch_positions()
    assert (position["symbol"], position["contracts"], position["marginMode"]) == (BTC, 0.010, "isolated")
    assert 80_000 < position["liquidationPrice"] < 81_000
    (trade,) = exchange.fetch_my_trades(BTC, since)
    assert (trade["order"], trade["fee"]["cost"]) == (opened["id"], 0.50005)
    stopped = stop(exchange, 90_000)
    # Trailing: the old one goes, a nearer one comes.
    exchange.cancel_order(stopped["id"], BTC, params={"stop": True})
    assert exchange.fetch_order(stopped["id"], BTC, params={"stop": True})["status"] == "canceled"
    stopped = stop(exchange, 95_000)
    waiting = exchange.fetch_order(stopped["id"], BTC, params={"stop": True})
    assert (waiting["status"], waiting["stopPrice"]) == ("open", 95_000)
    closed = exchange.create_order(BTC, "limit", "sell", 0.010, 99_990, {"reduceOnly": True})
    assert exchange.fetch_order(closed["id"], BTC)["status"] == "closed"
    exchange.cancel_order(stopped["id"], BTC, params={"stop": True})
    assert exchange.fetch_positions() == []
    assert exchange.fetch_open_orders(BTC) == []
    assert len(exchange.fetch_orders(BTC, since=since)) == 2


def test_a_stop_that_fires_is_found_by_the_order_it_placed(exchange: Any, stage: Stage) -> None:
    enter(exchange)
    stopped = stop(exchange, 95_000)
    stage.quote(94_000, 94_010)
    fired = exchange.fetch_order(stopped["id"], BTC, params={"stop": True})
    assert fired["status"] == "closed"
    placed = exchange.fetch_order(fired["info"]["actualOrderId"], BTC)
    assert (placed["status"], placed["filled"], placed["average"]) == ("closed", 0.010, 94_000)
    assert exchange.fetch_positions() == []


def test_funding_of_an_open_trade_is_summed(exchange: Any, server: Server) -> None:
    since = int(time.time() * 1000) - 5_000
    enter(exchange)
    server.control("POST", "/funding", {"market": "usdm", "symbol": "BTCUSDT", "rate": "0.0001"})
    paid = exchange.fetch_funding_history(symbol=BTC, since=since)
    # 0.010 at the mark price of 100000, at 0.01 %.
    assert [row["amount"] for row in paid] == [-0.1]


def test_a_stop_beyond_the_price_is_refused(exchange: Any) -> None:
    enter(exchange)
    # On the exchange's own host ccxt has a class for it: OrderImmediatelyFillable.
    with pytest.raises(ccxt.ExchangeError, match="-2021"):
        stop(exchange, 101_000)
