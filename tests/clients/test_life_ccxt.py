"""ccxt leads its whole life on both markets, one-way and hedged; its user data is what REST says."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.clients.event_loop import run
from tests.clients.life import STEPS, Seen, live
from tests.clients.raw_stream import RawStream
from tests.clients.server import Access, Server
from tests.clients.settings import for_ccxt
from tests.clients.stage import Stage, inverse, linear
from tests.clients.told import Told

STATUSES = {"closed": "FILLED", "canceled": "CANCELED"}


class CcxtBot:
    """Synchronous ccxt with the unified calls of a bot."""

    def __init__(self, client: Any, symbol: str, stage: Stage, *, hedged: bool) -> None:
        self.client = client
        self.symbol = symbol
        self.stage = stage
        self.hedged = hedged
        self.side = {"positionSide": "LONG"} if hedged else {}

    async def connect(self, told: Told) -> None:
        self.client.load_markets()
        linear_market = self.stage.market == "usdm"
        post = self.client.fapiPrivatePostListenKey if linear_market else self.client.dapiPrivatePostListenKey
        put = self.client.fapiPrivatePutListenKey if linear_market else self.client.dapiPrivatePutListenKey
        key = post()["listenKey"]
        put({"listenKey": key})
        path = f"/private/ws?listenKey={key}" if linear_market else f"/ws/{key}"
        self.stream = await RawStream.open(told.access.ws_url + path, told)

    async def configure(self) -> None:
        self.client.set_position_mode(True)
        if not self.hedged:
            self.client.set_position_mode(False)
        self.client.set_margin_mode("isolated", self.symbol)
        assert int(self.client.set_leverage(10, self.symbol)["leverage"]) == 10

    async def place(self, lots: int, price: int) -> Any:
        amount = float(self.stage.quantity(lots))
        order = self.client.create_order(self.symbol, "limit", "buy", amount, price, self.side)
        assert (order["status"], order["amount"], order["price"]) == ("open", amount, price)
        return order["id"]

    async def amend(self, order: Any, lots: int, price: int) -> None:
        amount = float(self.stage.quantity(lots))
        amended = self.client.edit_order(order, self.symbol, "limit", "buy", amount, price)
        assert (amended["id"], amended["amount"], amended["price"]) == (order, amount, price)

    async def query(self, order: Any) -> Seen:
        row = self.client.fetch_order(order, self.symbol)
        filled = Decimal(str(row["filled"]))
        started = "PARTIALLY_FILLED" if filled else "NEW"
        average = Decimal(str(row["average"] or 0))
        return Seen(STATUSES.get(row["status"], started), filled, average)

    async def open_orders(self) -> list[Any]:
        return [row["id"] for row in self.client.fetch_open_orders(self.symbol)]

    async def cancel(self, order: Any) -> None:
        assert self.client.cancel_order(order, self.symbol)["status"] == "canceled"

    async def fills(self) -> list[tuple[Decimal, Decimal]]:
        rows = self.client.fetch_my_trades(self.symbol)
        assert all(row["fee"]["currency"] == self.stage.asset for row in rows)
        return [(Decimal(str(row["price"])), Decimal(str(row["amount"]))) for row in rows]

    async def position(self) -> Decimal:
        rows = self.client.fetch_positions([self.symbol])
        assert all((row["marginMode"], row["side"]) == ("isolated", "long") for row in rows)
        return sum((Decimal(str(row["contracts"])) for row in rows), Decimal(0))

    async def sell(self, lots: int) -> None:
        params: dict[str, object] = {**self.side} if self.hedged else {"reduceOnly": True}
        self.client.create_order(
            self.symbol, "market", "sell", float(self.stage.quantity(lots)), params=params
        )

    async def disconnect(self) -> None:
        await self.stream.close()
        self.client.session.close()


@pytest.mark.parametrize("hedged", [False, True], ids=["one-way", "hedge"])
def test_the_life_of_a_linear_bot(server: Server, newcomer: Access, other: Access, hedged: bool) -> None:
    stage = linear(server, other)
    bot = CcxtBot(ccxt.binanceusdm(for_ccxt(newcomer)), "BTC/USDT:USDT", stage, hedged=hedged)
    told = run(live(bot, newcomer, stage, hedged=hedged))
    assert told.steps() == STEPS
    assert bot.client.fetch_balance()["USDT"] == {"free": 815.89, "used": 0.0, "total": 815.89}
    assert "ACCOUNT_CONFIG_UPDATE" in told.events


@pytest.mark.parametrize("hedged", [False, True], ids=["one-way", "hedge"])
def test_the_life_of_an_inverse_bot(server: Server, newcomer: Access, other: Access, hedged: bool) -> None:
    stage = inverse(server, other)
    bot = CcxtBot(ccxt.binancecoinm(for_ccxt(newcomer)), "BTC/USD:BTC", stage, hedged=hedged)
    told = run(live(bot, newcomer, stage, hedged=hedged))
    assert told.steps() == STEPS
    assert bot.client.fetch_balance()["BTC"] == {"free": 0.99810741, "used": 0.0, "total": 0.99810741}
