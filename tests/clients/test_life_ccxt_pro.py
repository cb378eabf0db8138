"""ccxt.pro leads its whole life on both markets over WebSockets: what it watches is what REST says."""

import asyncio
import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ccxt.pro
import pytest

from tests.clients.event_loop import run
from tests.clients.life import STEPS, Seen, live
from tests.clients.server import Access, Server
from tests.clients.settings import for_ccxt
from tests.clients.stage import Stage, inverse, linear
from tests.clients.told import Told

STATUSES = {"closed": "FILLED", "canceled": "CANCELED"}


class CcxtProBot:
    """User data, ticker and order book watched, orders over REST or the WebSocket API."""

    def __init__(self, client: Any, symbol: str, stage: Stage, *, over_websocket: bool) -> None:
        self.client = client
        self.symbol = symbol
        self.stage = stage
        self.suffix = "_ws" if over_websocket else ""
        self.watching: list[asyncio.Task[None]] = []
        self.ticker: Any = None
        self.book: Any = None
        self.balance: Any = None

    async def connect(self, told: Told) -> None:
        await self.client.load_markets()

        def heard_orders(orders: Any) -> None:
            for order in orders:
                told.hear_order(order["info"])

        def heard_trades(trades: Any) -> None:
            for trade in trades:
                told.hear_fill(trade["info"])

        def heard_positions(positions: Any) -> None:
            for position in positions:
                told.hear_position(position["info"])
                assert position["contracts"] == abs(float(position["info"]["pa"]))

        def heard_balance(balance: Any) -> None:
            told.hear(balance["info"])
            # A change of margin type names the position alone.
            self.balance = balance.get(self.stage.asset)

        self._watch("watch_orders", heard_orders)
        self._watch("watch_my_trades", heard_trades)
        self._watch("watch_positions", heard_positions)
        self._watch("watch_balance", heard_balance)
        self._watch("watch_ticker", lambda ticker: setattr(self, "ticker", ticker), self.symbol)
        self._watch("watch_order_book", lambda book: setattr(self, "book", book), self.symbol)
        await self.until(lambda: bool(self.book and self.book["bids"]))
        await self.until(lambda: any("listenKey" in url or "/ws/" in url for url in self.client.clients))

    def _watch(self, method: str, heard: Callable[[Any], None], *arguments: str) -> None:
        async def watch() -> None:
            while True:
                heard(await getattr(self.client, method)(*arguments))

        self.watching.append(asyncio.create_task(watch()))

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for what a stream has to bring, but no longer than five seconds."""
        async with asyncio.timeout(5):
            while not reached():
                for task in self.watching:
                    assert not task.done(), task.exception()
                await asyncio.sleep(0.01)

    async def configure(self) -> None:
        await self.client.set_position_mode(True)
        await self.client.set_position_mode(False)
        await self.client.set_margin_mode("isolated", self.symbol)
        await self.client.set_leverage(10, self.symbol)

    async def _call(self, method: str, *arguments: Any, **params: Any) -> Any:
        return await getattr(self.client, method + self.suffix)(*arguments, **params)

    async def place(self, lots: int, price: int) -> Any:
        amount = float(self.stage.quantity(lots))
        order = await self._call("create_order", self.symbol, "limit", "buy", amount, price)
        assert order["status"] == "open"
        await self.until(lambda: [price, amount] in self.book["bids"])
        return order["id"]

    async def amend(self, order: Any, lots: int, price: int) -> None:
        amount = float(self.stage.quantity(lots))
        await self._call("edit_order", order, self.symbol, "limit", "buy", amount, price)
        await self.until(lambda: self.book["bids"][0] == [price, amount])

    async def query(self, order: Any) -> Seen:
        row = await self._call("fetch_order", order, self.symbol)
        filled = Decimal(str(row["filled"]))
        started = "PARTIALLY_FILLED" if filled else "NEW"
        return Seen(STATUSES.get(row["status"], started), filled, Decimal(str(row["average"] or 0)))

    async def open_orders(self) -> list[Any]:
        return [row["id"] for row in await self.client.fetch_open_orders(self.symbol)]

    async def cancel(self, order: Any) -> None:
        cancelled = await self._call("cancel_order", order, self.symbol)
        assert cancelled["status"] == "canceled"

    async def fills(self) -> list[tuple[Decimal, Decimal]]:
        rows = await self.client.fetch_my_trades(self.symbol)
        return [(Decimal(str(row["price"])), Decimal(str(row["amount"]))) for row in rows]

    async def position(self) -> Decimal:
        rows = await self.client.fetch_positions([self.symbol])
        return sum((Decimal(str(row["contracts"])) for row in rows), Decimal(0))

    async def sell(self, lots: int) -> None:
        amount = float(self.stage.quantity(lots))
        await self._call("create_order", self.symbol, "market", "sell", amount, params={"reduceOnly": True})
        await self.until(lambda: self.book["bids"][0][0] == 97_000)
        await self.until(lambda: self.ticker is not None and self.ticker["last"] == 97_500)

    async def disconnect(self) -> None:
        failed = [task.exception() for task in self.watching if task.done()]
        for task in self.watching:
            task.cancel()
        for task in self.watching:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.client.close()
        assert not failed


def is_part_of(part: list[str], whole: list[str]) -> bool:
    """Whether `part` is `whole` with some left out."""
    rest = iter(whole)
    return all(step in rest for step in part)


LINEAR, INVERSE = (
    (ccxt.pro.binanceusdm, "BTC/USDT:USDT", linear),
    (ccxt.pro.binancecoinm, "BTC/USD:BTC", inverse),
)


@pytest.mark.parametrize(
    ("client", "symbol", "stage_of", "over_websocket"),
    [(*LINEAR, False), (*LINEAR, True), (*INVERSE, False), (*INVERSE, True)],
    ids=["linear, REST", "linear, WebSocket API", "inverse, REST", "inverse, WebSocket API"],
)
def test_the_life_of_a_watching_bot(
    *,
    server: Server,
    newcomer: Access,
    other: Access,
    client: Any,
    symbol: str,
    stage_of: Callable[[Server, Access], Stage],
    over_websocket: bool,
) -> None:
    stage = stage_of(server, other)

    async def life() -> None:
        bot = CcxtProBot(client(for_ccxt(newcomer)), symbol, stage, over_websocket=over_websocket)
        told = await live(bot, newcomer, stage, hedged=False)
        # Two updates of one order in a moment are one to ccxt, which hands on how the order stands.
        assert is_part_of(told.steps(), STEPS)
        assert bot.balance["total"] == float(stage.final_wallet)

    run(life())
