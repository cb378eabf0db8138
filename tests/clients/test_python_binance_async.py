"""python-binance's asynchronous client starts, and the WebSocket API tells it what REST does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from binance.exceptions import BinanceAPIException

from tests.clients.event_loop import run
from tests.clients.python_binance import close_async, connected_async
from tests.clients.server import Access


def ask(access: Access, question: Callable[[Any], Awaitable[Any]]) -> Any:
    async def answer() -> Any:
        client = await connected_async(access)
        try:
            return await question(client)
        finally:
            await close_async(client)

    return run(answer())


def test_create_takes_the_time_offset_from_the_server(trader: Access) -> None:
    async def question(client: Any) -> int:
        offset: int = client.timestamp_offset
        return offset

    assert abs(ask(trader, question)) < 2_000


@pytest.mark.parametrize(
    ("method", "path", "left_out"),
    [
        ("ws_futures_account_status", "/fapi/v2/account", {"feeBurn"}),
        ("ws_futures_v2_account_status", "/fapi/v3/account", set()),
        ("ws_futures_account_balance", "/fapi/v2/balance", set()),
        ("ws_futures_v2_account_balance", "/fapi/v3/balance", set()),
        ("ws_futures_account_position", "/fapi/v2/positionRisk", set()),
        ("ws_futures_v2_account_position", "/fapi/v3/positionRisk", set()),
    ],
)
def test_the_websocket_api_tells_what_rest_does(
    trader: Access, method: str, path: str, left_out: set[str]
) -> None:
    told, of_rest = ask(trader, lambda client: getattr(client, method)()), trader.get(path)
    if isinstance(told, list):
        assert told == of_rest
        return
    assert set(of_rest) - set(told) == left_out
    for name in set(told) - {"assets", "positions"}:
        assert told[name] == of_rest[name]
    for name in ("assets", "positions"):
        for row, rest_row in zip(told[name], of_rest[name], strict=True):
            shared = row.keys() & rest_row.keys()
            assert len(shared) > 8
            assert {key: row[key] for key in shared} == {key: rest_row[key] for key in shared}


def test_a_symbol_narrows_the_positions(trader: Access) -> None:
    rows = ask(trader, lambda client: client.ws_futures_v2_account_position(symbol="ETHUSDT"))
    assert rows == trader.get("/fapi/v3/positionRisk", symbol="ETHUSDT")


def test_asynchronous_rest_reads_both_markets(trader: Access) -> None:
    async def question(client: Any) -> Any:
        return await asyncio.gather(client.futures_account(version=3), client.futures_coin_account())

    assert ask(trader, question) == [trader.get("/fapi/v3/account"), trader.get("/dapi/v1/account")]


def test_a_refusal_over_the_websocket_api_carries_the_code(trader: Access) -> None:
    async def question(client: Any) -> None:
        with pytest.raises(BinanceAPIException) as caught:
            await client.ws_futures_v2_account_position(symbol="NOPEUSDT")
        assert (caught.value.code, caught.value.status_code) == (-1121, 400)
        assert caught.value.response["rateLimits"][0]["limit"] == 2400

    ask(trader, question)


def test_an_old_timestamp_over_the_websocket_api_is_refused(trader: Access) -> None:
    async def question(client: Any) -> None:
        long_ago = int(time.time() * 1000) - 60_000
        with pytest.raises(BinanceAPIException) as caught:
            await client.ws_futures_v2_account_balance(timestamp=long_ago)
        assert caught.value.code == -1021

    ask(trader, question)
