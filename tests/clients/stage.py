"""The market in which each client lives through one trade, and the trade's numbers, worked by hand.

A bid of 50 lots at 99500 becomes one of 60 at 100000, ahead of the house (99000 and 101000). Another account
sells 20 to it, then the house's ask falls to 98000 and sells it the remaining 40, both at the bid's own
price. A bid of 30 at 96000 is cancelled. The house's bid of 97000 takes the 60 back.

USDⓈ-M, a lot of 0.001 BTC, fees 0.02 % and 0.05 %: fees 0.4 + 0.8 and, on 5820, 2.91; loss 0.06 x 3000 =
180; the wallet of 1000 ends at 815.89.

COIN-M, a lot of one contract of 100 USD, fees 0.01 % and 0.05 %: fees 0.000002 + 0.000004 and, on
6000 / 97000 = 0.06185567 BTC, 0.00003092; loss 6000 x (1/97000 - 1/100000) = 0.00185567; the wallet of 1
ends at 0.99810741.
"""

from decimal import Decimal
from typing import NamedTuple

from tests.clients.server import Access, Server


class Stage(NamedTuple):
    """One contract, and the account on the other side."""

    market: str
    symbol: str
    lot: Decimal
    asset: str
    final_wallet: str
    server: Server
    other: Access

    @property
    def prefix(self) -> str:
        return "/fapi" if self.market == "usdm" else "/dapi"

    def quantity(self, lots: int) -> str:
        return str(lots * self.lot)

    def quote(self, bid: int, ask: int) -> None:
        """The house's best prices, with more than enough behind them; the mark price is between."""
        much = str(100_000 * self.lot)
        middle = str((bid + ask) // 2)
        prices = {
            "markPrice": middle,
            "indexPrice": middle,
            "lastPrice": middle,
            "bidPrice": str(bid),
            "bidQty": much,
            "askPrice": str(ask),
            "askQty": much,
        }
        self.server.control("PUT", "/prices", {self.market: {self.symbol: prices}})

    def other_sells(self, lots: int, price: int) -> None:
        """The other account sells to whoever bids the price now."""
        sold = self.other.ask(
            "POST",
            f"{self.prefix}/v1/order",
            symbol=self.symbol,
            side="SELL",
            type="LIMIT",
            timeInForce="IOC",
            quantity=self.quantity(lots),
            price=price,
            newOrderRespType="RESULT",
        )
        assert sold["status"] == "FILLED", sold


def linear(server: Server, other: Access) -> Stage:
    return Stage("usdm", "BTCUSDT", Decimal("0.001"), "USDT", "815.89", server, other)


def inverse(server: Server, other: Access) -> Stage:
    return Stage("coinm", "BTCUSD_PERP", Decimal(1), "BTC", "0.99810741", server, other)
