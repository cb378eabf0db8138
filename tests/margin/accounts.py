"""Small account documents that the tests of the oracle share."""

from typing import Any

from margind import margin
from margind.margin import Situation

PRICE = "95000"


def position(amount: str, side: str = "BOTH", entry: str = PRICE) -> dict[str, Any]:
    """A cross BTCUSDT position."""
    return {"symbol": "BTCUSDT", "positionSide": side, "positionAmt": amount, "entryPrice": entry}


def situation_of(wallet: str, *positions: dict[str, Any], leverage: int = 20, **changes: Any) -> Situation:
    """A USDT wallet and BTCUSDT positions, everything at 95,000."""
    usdm = {
        "wallets": {"USDT": {"walletBalance": wallet}},
        "symbols": {"BTCUSDT": {"leverage": leverage}},
        "positions": list(positions),
        **changes,
    }
    return margin.situation({"usdm": usdm}, {"BTCUSDT": PRICE})
