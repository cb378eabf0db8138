"""ccxt's asynchronous clients and the WebSocket API tell what the synchronous ones and REST tell."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.clients.event_loop import run
from tests.clients.server import Access
from tests.clients.settings import for_ccxt

LINEAR, INVERSE = ccxt.pro.binanceusdm, ccxt.pro.binancecoinm


def ask(kind: Any, access: Access, question: Callable[[Any], Awaitable[Any]], **settings: str) -> Any:
    async def answer() -> Any:
        client = kind({**for_ccxt(access), **settings})
        try:
            return await question(client)
        finally:
            await client.close()

    return run(answer())


@pytest.mark.parametrize("method", ["account.status", "v2/account.status"])
def test_the_linear_account_over_the_websocket_api(trader: Access, method: str) -> None:
    balance = ask(LINEAR, trader, lambda client: client.fetch_balance_ws({"method": method}))
    assert balance["USDT"] == {"free": 272.5, "used": 957.5, "total": 1100.0}
    assert balance["total"] == {"USDT": 1100.0, "USDC": 250.0, "BNB": 2.0}


@pytest.mark.parametrize("method", ["account.balance", "v2/account.balance"])
def test_the_linear_balance_over_the_websocket_api(trader: Access, method: str) -> None:
    balance = ask(LINEAR, trader, lambda client: client.fetch_balance_ws({"method": method}))
    # These rows show what is booked: the wallet, and what of it is available.
    assert balance["USDT"] == {"free": 272.5, "used": 727.5, "total": 1000.0}


def test_the_inverse_account_over_the_websocket_api(trader: Access) -> None:
    status = ask(INVERSE, trader, lambda client: client.fetch_balance_ws({"method": "account.status"}))
    assert status["BTC"] == {"free": 0.00857142, "used": 0.00285715, "total": 0.01142857}
    assert status["ETH"] == {"free": 0.49, "used": 0.005, "total": 0.49871795}
    booked = ask(INVERSE, trader, lambda client: client.fetch_balance_ws({"method": "account.balance"}))
    assert booked["total"] == {"BTC": 0.01, "ETH": 0.5}


@pytest.mark.parametrize(
    ("kind", "method", "synchronous", "version"),
    [
        (LINEAR, "account.position", ccxt.binanceusdm, {"useV2": True}),
        (LINEAR, "v2/account.position", ccxt.binanceusdm, {}),
        (INVERSE, "account.position", ccxt.binancecoinm, {}),
    ],
)
def test_positions_over_the_websocket_api_are_those_of_rest(
    trader: Access, kind: Any, method: str, synchronous: Any, version: dict[str, object]
) -> None:
    rows = ask(kind, trader, lambda client: client.fetch_positions_ws(None, {"method": method}))
    client = synchronous(for_ccxt(trader))
    expected = client.fetch_positions(params=version)
    client.session.close()
    assert [row["symbol"] for row in rows] == [row["symbol"] for row in expected]
    assert [row["info"] for row in rows] == [row["info"] for row in expected]
    for row, of_rest in zip(rows, expected, strict=True):
        for name in ("side", "contracts", "entryPrice", "markPrice", "liquidationPrice", "unrealizedPnl"):
            assert row[name] == of_rest[name]


@pytest.mark.parametrize(
    ("kind", "symbol"), [(LINEAR, "ETH/USDT:USDT"), (INVERSE, "ETH/USD:ETH")], ids=["linear", "inverse"]
)
def test_one_position_over_the_websocket_api(trader: Access, kind: Any, symbol: str) -> None:
    (row,) = ask(kind, trader, lambda client: client.fetch_positions_ws([symbol]))
    assert (row["symbol"], row["side"], row["marginMode"]) == (symbol, "short", "isolated")
    assert row["collateral"] > 0


def test_asynchronous_rest_reads_the_same_account(trader: Access) -> None:
    linear = ask(LINEAR, trader, lambda client: client.fetch_balance())
    assert linear["USDT"] == {"free": 272.5, "used": 957.5, "total": 1100.0}
    inverse = ask(INVERSE, trader, lambda client: client.fetch_positions())
    assert [row["liquidationPrice"] for row in inverse] == [75300, pytest.approx(4820.4968944)]


def test_many_questions_at_once_get_their_own_answers(trader: Access) -> None:
    async def question(client: Any) -> Any:
        await client.load_markets()
        methods = ("account.balance", "account.status") * 10
        return await asyncio.gather(*(client.fetch_balance_ws({"method": method}) for method in methods))

    totals = [balance["USDT"]["total"] for balance in ask(LINEAR, trader, question)]
    assert totals == [1000, 1100] * 10


@pytest.mark.parametrize("kind", [LINEAR, INVERSE], ids=["linear", "inverse"])
def test_a_wrong_secret_is_an_authentication_error_over_the_websocket_api(trader: Access, kind: Any) -> None:
    async def question(client: Any) -> None:
        client.options["fetchCurrencies"] = False
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await client.fetch_balance_ws({"method": "account.balance"})

    ask(kind, trader, question, secret="wrong")


def test_an_unknown_symbol_is_a_bad_symbol_over_the_websocket_api(trader: Access) -> None:
    async def question(client: Any) -> None:
        with pytest.raises(ccxt.BadSymbol, match="-1121"):
            await client.fetch_balance_ws({"method": "account.position", "symbol": "NOPEUSDT"})

    ask(LINEAR, trader, question)
