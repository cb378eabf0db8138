"""The account that is asked for: ten positions, in a market where twenty prices move."""

from itertools import count
from typing import Any

from bench.programs import Caller
from bench.signed import Key

POSITIONS = 10
MOVING = 20


class Market:
    """Prices that move a little each time."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        listed: dict[str, Any] = caller.control("GET", "/prices")["usdm"]
        self.start = {symbol: float(row["markPrice"]) for symbol, row in list(listed.items())[:MOVING]}
        self._steps = count(1)

    def move(self) -> dict[str, str]:
        """Move all of them; the mark prices that hold now."""
        step = next(self._steps) % 100
        marks = {symbol: f"{start * (1 + step / 10_000):.8f}" for symbol, start in self.start.items()}
        self._caller.control("PUT", "/prices", {"usdm": {s: {"markPrice": m} for s, m in marks.items()}})
        return marks


def open_account(caller: Caller, market: Market, name: str = "bench", positions: int = POSITIONS) -> Key:
    """An account with a position on each of the first symbols that move."""
    opened = caller.control("POST", "/accounts", {"name": name})
    caller.control("PUT", f"/accounts/{name}/state", document(market, positions))
    return Key(opened["api_key"], opened["secret_key"])


def document(market: Market, positions: int) -> dict[str, Any]:
    """Longs and shorts in turn, worth 1000 each, a little away from the present price."""
    rows = [
        {
            "symbol": symbol,
            "positionSide": "BOTH",
            "positionAmt": f"{(1000 if place % 2 else -1000) / start:.3f}",
            "entryPrice": f"{start * 1.01:.4f}",
        }
        for place, (symbol, start) in enumerate(list(market.start.items())[:positions])
    ]
    held = [row for row in rows if float(row["positionAmt"])]
    assert len(held) == positions, "a price is so high that 1000 buy less than 0.001"
    return {"usdm": {"wallets": {"USDT": {"walletBalance": "100000"}}, "positions": held}}
