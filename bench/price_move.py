"""One price move across four thousand resting orders of a thousand users: all of them are filled."""

import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median

from bench.account import Market, document
from bench.options import Options
from bench.programs import Caller, margind
from bench.result import Result
from bench.traders import Listed, listed, order_row, with_orders

NAME = "price-move"
SYMBOL = "BTCUSDT"
USERS = 1_000
ORDERS_EACH = 4
LIMIT_MS = 100
_ENOUGH = "1000000"
_REST_S = 1
"""In which history takes in how the accounts were made, so that it is not measured with the move."""


def run(options: Options) -> Iterator[Result]:
    """From the control call that moves the price to its reply, on a server that keeps everything on disk."""
    users = options.times(USERS)
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        margind("--no-demo", data=Path(folder)) as server,
    ):
        caller = Caller(server)
        market = Market(caller)
        (one,) = listed(caller, [SYMBOL])
        for number in range(users):
            caller.control("POST", "/accounts", {"name": f"user-{number}"})
        waited = []
        for _ in range(options.starts):
            _quote(caller, one, "1")
            for number in range(users):
                rows = [order_row(one, number + place) for place in range(ORDERS_EACH)]
                caller.control(
                    "PUT", f"/accounts/user-{number}/state", with_orders(document(market, 0), rows)
                )
            time.sleep(_REST_S)
            began = time.perf_counter()
            _quote(caller, one, "0.95")
            waited.append((time.perf_counter() - began) * 1000)
        left = caller.control("GET", "/accounts/user-0/state")["usdm"].get("openOrders", [])
        assert not left, "the price has not reached the orders"
    limit = LIMIT_MS if users == USERS else None
    yield Result(
        f"one price move fills {users * ORDERS_EACH:,} orders of {users:,} users",
        median(waited),
        "ms",
        "at most" if limit else None,
        limit,
        f"{min(waited):.0f} to {max(waited):.0f} ms, call to durable reply",
    )


def _quote(caller: Caller, one: Listed, of_mark: str) -> None:
    """The house buys and sells a tick apart, at a fraction of the price at which the orders were made."""
    ask = (one.mark_price * Decimal(of_mark) / one.tick).to_integral_value() * one.tick
    price = {"bidPrice": f"{ask - one.tick:f}", "bidQty": _ENOUGH, "askPrice": f"{ask:f}", "askQty": _ENOUGH}
    caller.control("PUT", "/prices", {"usdm": {SYMBOL: price}})
