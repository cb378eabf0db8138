"""What a user data stream told a client, merged, and compared with what REST says at the same moment."""

import asyncio
import time
from decimal import Decimal
from typing import Any

from tests.clients.server import Access

WAIT_S = 5
OPEN = ("NEW", "PARTIALLY_FILLED")

# Names in ORDER_TRADE_UPDATE, and in the replies to order and openOrders.
WORDS = {
    "s": "symbol",
    "c": "clientOrderId",
    "S": "side",
    "o": "type",
    "f": "timeInForce",
    "X": "status",
    "i": "orderId",
    "R": "reduceOnly",
    "wt": "workingType",
    "ot": "origType",
    "ps": "positionSide",
    "cp": "closePosition",
    "pP": "priceProtect",
    "V": "selfTradePreventionMode",
    "pm": "priceMatch",
    "T": "updateTime",
}
NUMBERS = {"q": "origQty", "p": "price", "ap": "avgPrice", "z": "executedQty", "sp": "stopPrice"}
# Names in an ORDER_TRADE_UPDATE that tells a fill, and in the reply to userTrades.
TRADE_WORDS = {
    "t": "id",
    "i": "orderId",
    "S": "side",
    "ps": "positionSide",
    "N": "commissionAsset",
    "m": "maker",
}
TRADE_NUMBERS = {"L": "price", "l": "qty", "n": "commission", "rp": "realizedPnl"}


class Told:
    """The events of one account on one market, as a client hands them on."""

    def __init__(self, access: Access, market: str, symbol: str) -> None:
        self.access = access
        self.prefix = "/fapi" if market == "usdm" else "/dapi"
        self.balances_path = "/fapi/v2/" if market == "usdm" else "/dapi/v1/"
        self.symbol = symbol
        self.orders: list[Any] = []
        self.fills: list[Any] = []
        self.balances: dict[str, Any] = {}
        self.positions: dict[str, Any] = {}
        self.events: list[str] = []

    def hear(self, event: Any) -> None:
        """One message of the stream, as on the wire."""
        self.events.append(event["e"])
        if event["e"] == "ORDER_TRADE_UPDATE":
            self.hear_order(event["o"])
            if event["o"]["x"] == "TRADE":
                self.hear_fill(event["o"])
        elif event["e"] == "ACCOUNT_UPDATE":
            for row in event["a"]["B"]:
                self.balances[row["a"]] = row
            for row in event["a"]["P"]:
                self.hear_position(row)

    def hear_order(self, order: Any) -> None:
        """The body of an ORDER_TRADE_UPDATE."""
        self.orders.append(order)

    def hear_fill(self, order: Any) -> None:
        """The same, if it tells a fill."""
        self.fills.append(order)

    def hear_position(self, row: Any) -> None:
        """One row of P in an ACCOUNT_UPDATE."""
        assert row["s"] == self.symbol
        self.positions[row["ps"]] = row

    def steps(self) -> list[str]:
        """The statuses that orders went through, each after what happened."""
        return [f"{order['x']} {order['X']}" for order in self.orders]

    async def agrees(self) -> None:
        """Wait until the stream has caught up with REST; how they differ if it does not."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                self._compare()
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.01)
            else:
                return

    def _compare(self) -> None:
        self._compare_orders()
        self._compare_fills()
        shown = {row["asset"]: row for row in self.access.get(self.balances_path + "balance")}
        for asset, row in self.balances.items():
            assert Decimal(row["wb"]) == Decimal(shown[asset]["balance"])
            assert Decimal(row["cw"]) == Decimal(shown[asset]["crossWalletBalance"])
        risks = self.access.get(self.balances_path + "positionRisk")
        rows = {row["positionSide"]: row for row in risks if row["symbol"] == self.symbol}
        told = {side for side, row in self.positions.items() if Decimal(row["pa"])}
        assert told == {side for side, row in rows.items() if Decimal(row["positionAmt"])}
        for side, position in self.positions.items():
            row = rows[side]
            for name, shown_name in (("pa", "positionAmt"), ("ep", "entryPrice"), ("bep", "breakEvenPrice")):
                assert Decimal(position[name]) == Decimal(row[shown_name])
            assert position["mt"] == row["marginType"]

    def _compare_orders(self) -> None:
        last = {order["i"]: order for order in self.orders}
        rows = {row["orderId"]: row for row in self.access.get(f"{self.prefix}/v1/openOrders")}
        assert {number for number, order in last.items() if order["X"] in OPEN} == rows.keys()
        every = self.access.get(f"{self.prefix}/v1/allOrders", symbol=self.symbol)
        assert [row["orderId"] for row in every] == sorted(last)
        for shown in every:
            number = shown["orderId"]
            one = self.access.get(f"{self.prefix}/v1/order", symbol=self.symbol, orderId=number)
            assert one == shown == rows.get(number, shown)
            _same(last[number], one, WORDS, NUMBERS)

    def _compare_fills(self) -> None:
        trades = self.access.get(f"{self.prefix}/v1/userTrades", symbol=self.symbol)
        assert len(trades) == len(self.fills)
        for told, shown in zip(self.fills, trades, strict=True):
            _same(told, shown, TRADE_WORDS, TRADE_NUMBERS)
            assert told["T"] == shown["time"]


def _same(told: Any, shown: Any, words: dict[str, str], numbers: dict[str, str]) -> None:
    assert {name: told[name] for name in words} == {name: shown[other] for name, other in words.items()}
    told_numbers = {name: Decimal(told[name]) for name in numbers}
    assert told_numbers == {name: Decimal(shown[other]) for name, other in numbers.items()}
