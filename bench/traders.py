"""Accounts that place orders: each holds ten positions, and its bids rest on ten books below the market."""

import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any, NamedTuple

import msgspec

from bench.account import Market, document
from bench.programs import Caller
from bench.signed import Key

ACCOUNTS = 100
SYMBOLS = 10
PER_ROW = 200
"""Orders that an account may have open on a symbol."""
WORTH = 100
"""In USDT."""

_LEVELS = 100
"""Prices at which bids of a symbol rest, from 1 to 2 % below the market."""


class Listed(NamedTuple):
    """A symbol that is traded."""

    symbol: str
    mark_price: Decimal
    tick: Decimal
    step: Decimal

    def bid(self, place: int) -> tuple[str, str]:
        """Price and quantity of the bid at one of the levels."""
        wanted = self.mark_price * (Decimal("0.99") - Decimal(place % _LEVELS) / _LEVELS / 100)
        price = (wanted / self.tick).quantize(Decimal(1), ROUND_DOWN) * self.tick
        quantity = (WORTH / price / self.step).quantize(Decimal(1), ROUND_CEILING) * self.step
        return f"{price:f}", f"{quantity:f}"


class Floor:
    """The accounts of one server, and what they send it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        market = Market(caller)
        self._held = document(market, SYMBOLS)
        of_usdt = [symbol for symbol in market.start if symbol.endswith("USDT")]
        self.listed = listed(caller, of_usdt[:SYMBOLS])
        self._keys = [self._open(f"trader-{number}") for number in range(ACCOUNTS)]
        self.clear()

    def _open(self, name: str) -> Key:
        opened = self._caller.control("POST", "/accounts", {"name": name})
        return Key(opened["api_key"], opened["secret_key"])

    def clear(self) -> None:
        """Let all accounts be as they were, with nothing resting."""
        for number in range(ACCOUNTS):
            self._caller.control("PUT", f"/accounts/trader-{number}/state", self._held)

    def crowd(self, orders: int) -> None:
        """Let this many bids of others rest on the same books."""
        for number in range(orders // (SYMBOLS * PER_ROW)):
            self._open(f"other-{number}")
            rows = [order_row(one, place) for one in self.listed for place in range(PER_ROW)]
            self._caller.control("PUT", f"/accounts/other-{number}/state", with_orders(self._held, rows))

    def place(self) -> bytes:
        """The reply to one order."""
        key = self._keys[0]
        body = _signed(key, self.listed[0], 0)
        headers = {**key.headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._caller.send_raw("POST", "/fapi/v1/order", body, headers)

    def requests(self, port: int) -> list[bytes]:
        """An order of each account on each symbol, over and over the same: each makes a new order."""
        return list(self._requests(port))

    def _requests(self, port: int) -> Iterator[bytes]:
        for place, one in enumerate(self.listed):
            for number, key in enumerate(self._keys):
                body = _signed(key, one, place * ACCOUNTS + number)
                yield (
                    f"POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                    f"X-MBX-APIKEY: {key.api_key}\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}"
                ).encode()


def listed(caller: Caller, symbols: Sequence[str]) -> list[Listed]:
    """What an order of these symbols must fit."""
    prices: Mapping[str, Any] = caller.control("GET", "/prices")["usdm"]
    info = msgspec.json.decode(caller.send("GET", "/fapi/v1/exchangeInfo"))
    found = {}
    for row in info["symbols"]:
        filters = {of["filterType"]: of for of in row["filters"]}
        found[row["symbol"]] = Listed(
            row["symbol"],
            Decimal(prices.get(row["symbol"], {}).get("markPrice", 0)),
            Decimal(filters["PRICE_FILTER"]["tickSize"]),
            Decimal(filters["LOT_SIZE"]["stepSize"]),
        )
    return [found[symbol] for symbol in symbols]


def order_row(one: Listed, place: int) -> dict[str, str]:
    """A bid as an account document has it."""
    price, quantity = one.bid(place)
    return {"symbol": one.symbol, "side": "BUY", "price": price, "origQty": quantity}


def with_orders(held: dict[str, Any], rows: list[dict[str, str]]) -> dict[str, Any]:
    """An account document, with open orders."""
    return {"usdm": {**held["usdm"], "openOrders": rows}}


def _signed(key: Key, one: Listed, place: int) -> str:
    price, quantity = one.bid(place)
    body = (
        f"symbol={one.symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity={quantity}&price={price}"
        f"&recvWindow=600000&timestamp={time.time_ns() // 1_000_000}"
    )
    return f"{body}&signature={key.sign(body)}"
