"""python-binance leads its whole life: the plain client, and the asynchronous one with its user socket."""

import asyncio
import contextlib
from decimal import Decimal
from typing import Any

import pytest
from binance import BinanceSocketManager

from tests.clients.event_loop import run
from tests.clients.life import STEPS, Seen, live
from tests.clients.python_binance import close_async, connected, connected_async, stop_reading
from tests.clients.raw_stream import RawStream
from tests.clients.server import Access, Server
from tests.clients.settings import for_socket_manager
from tests.clients.stage import Stage, inverse, linear
from tests.clients.told import Told


async def _answer(value: Any) -> Any:
    """The answer of either client: one gives it, the other promises it."""
    return await value if asyncio.iscoroutine(value) else value


class PythonBinanceBot:
    """Either client, with the names of its calls on either market."""

    def __init__(self, access: Access, stage: Stage, *, position_side: str) -> None:
        self.access = access
        self.stage = stage
        self.linear = stage.market == "usdm"
        self.prefix = "futures" if self.linear else "futures_coin"
        self.position_side = position_side
        self.client: Any = None
        self.stream: Any = None

    async def connect(self, told: Told) -> None:
        self.client = connected(self.access)
        key = await self.call("stream_get_listen_key")
        await self.call("stream_keepalive", listenKey=key)
        path = f"/private/ws?listenKey={key}" if self.linear else f"/ws/{key}"
        self.stream = await RawStream.open(self.access.ws_url + path, told)

    async def call(self, name: str, **params: Any) -> Any:
        return await _answer(getattr(self.client, f"{self.prefix}_{name}")(**params))

    async def configure(self) -> None:
        hedged = self.position_side == "LONG"
        await self.call("change_position_mode", dualSidePosition="true")
        if not hedged:
            await self.call("change_position_mode", dualSidePosition="false")
        await self.call("change_margin_type", symbol=self.stage.symbol, marginType="ISOLATED")
        changed = await self.call("change_leverage", symbol=self.stage.symbol, leverage=10)
        assert changed["leverage"] == 10

    async def place(self, lots: int, price: int) -> Any:
        order = await self.call(
            "create_order",
            symbol=self.stage.symbol,
            side="BUY",
            positionSide=self.position_side,
            type="LIMIT",
            timeInForce="GTC",
            quantity=self.stage.quantity(lots),
            price=price,
        )
        return order["orderId"]

    async def amend(self, order: Any, lots: int, price: int) -> None:
        name = "modify_order" if self.linear else self.amend_coin
        quantity = self.stage.quantity(lots)
        amended = await self.call(
            name, symbol=self.stage.symbol, orderId=order, side="BUY", quantity=quantity, price=price
        )
        assert (amended["orderId"], amended["origQty"]) == (order, quantity)

    amend_coin = "modify_order"

    async def query(self, order: Any) -> Seen:
        row = await self.call("get_order", symbol=self.stage.symbol, orderId=order)
        return Seen(row["status"], Decimal(row["executedQty"]), Decimal(row["avgPrice"]))

    async def open_orders(self) -> list[Any]:
        rows = await self.call("get_open_orders", symbol=self.stage.symbol)
        return [row["orderId"] for row in rows]

    async def cancel(self, order: Any) -> None:
        cancelled = await self.call("cancel_order", symbol=self.stage.symbol, orderId=order)
        assert cancelled["status"] == "CANCELED"

    async def fills(self) -> list[tuple[Decimal, Decimal]]:
        rows = await self.call("account_trades", symbol=self.stage.symbol)
        return [(Decimal(row["price"]), Decimal(row["qty"])) for row in rows]

    async def position(self) -> Decimal:
        rows = await self.call("position_information")
        amounts = [Decimal(row["positionAmt"]) for row in rows if row["symbol"] == self.stage.symbol]
        return sum(amounts, Decimal(0))

    async def sell(self, lots: int) -> None:
        in_one_way = {"reduceOnly": "true"} if self.position_side == "BOTH" else {}
        await self.call(
            "create_order",
            symbol=self.stage.symbol,
            side="SELL",
            positionSide=self.position_side,
            type="MARKET",
            quantity=self.stage.quantity(lots),
            **in_one_way,
        )

    async def disconnect(self) -> None:
        await self.stream.close()
        self.client.close_connection()


class AsyncPythonBinanceBot(PythonBinanceBot):
    """The asynchronous client, with the user data socket of its socket manager."""

    amend_coin = "v1_put_order"

    async def connect(self, told: Told) -> None:
        self.client = await connected_async(self.access)
        manager = for_socket_manager(BinanceSocketManager, self.access)(self.client)
        user_socket = manager.futures_user_socket if self.linear else manager.coin_futures_user_socket
        self.socket = user_socket()
        await self.socket.__aenter__()

        async def read() -> None:
            while True:
                told.hear(await self.socket.recv())

        self.reading = asyncio.create_task(read())

    async def disconnect(self) -> None:
        self.reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.reading
        stop_reading()
        await self.socket.__aexit__(None, None, None)
        await close_async(self.client)


OVER_WEBSOCKET = {
    "create_order": "ws_futures_create_order",
    "modify_order": "ws_futures_edit_order",
    "get_order": "ws_futures_get_order",
    "cancel_order": "ws_futures_cancel_order",
    "position_information": "ws_futures_v2_account_position",
}


class WebSocketApiBot(AsyncPythonBinanceBot):
    """The asynchronous client that trades over the WebSocket API."""

    async def call(self, name: str, **params: Any) -> Any:
        over_websocket = OVER_WEBSOCKET.get(name)
        if over_websocket is None:
            return await super().call(name, **params)
        return await getattr(self.client, over_websocket)(**params)


@pytest.mark.parametrize(
    ("bot_class", "stage_of", "position_side"),
    [
        (PythonBinanceBot, linear, "BOTH"),
        (PythonBinanceBot, inverse, "LONG"),
        (AsyncPythonBinanceBot, linear, "LONG"),
        (AsyncPythonBinanceBot, inverse, "BOTH"),
        (WebSocketApiBot, linear, "BOTH"),
    ],
    ids=["USDⓈ-M", "COIN-M, hedge", "async USDⓈ-M, hedge", "async COIN-M", "WebSocket API"],
)
def test_the_life_of_a_bot(
    *, server: Server, newcomer: Access, other: Access, bot_class: Any, stage_of: Any, position_side: str
) -> None:
    stage = stage_of(server, other)
    bot = bot_class(newcomer, stage, position_side=position_side)
    told = run(live(bot, newcomer, stage, hedged=position_side == "LONG"))
    assert told.steps() == STEPS
