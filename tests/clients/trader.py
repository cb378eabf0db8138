"""The account the clients read, and its numbers, worked by hand.

USDⓈ-M, marks BTCUSDT 105000 and ETHUSDT 4000, maintenance 0.4 % in the first bracket of both:

* BTCUSDT long 0.050 from 100000, cross, 20x: notional 5250, profit 250, initial margin 262.5,
  maintenance 21.
* ETHUSDT short 1.5 from 3900, isolated with 620, 10x: notional -6000, profit -150, isolated margin 470,
  initial margin 600, maintenance 24, liquidated where 620 + 1.5 x (3900 - p) = 0.004 x 1.5 p,
  p = 6470 / 1.506 = 4296.14873838.
* A bid of 0.020 BTCUSDT at 95000: both sides together would be 0.070, and its initial margin is that of
  0.020 at the bid's price, 1900 / 20 = 95.
* Wallet 1000, so cross wallet 380. Available 380 + 250 - 262.5 - 95 = 272.5. BTCUSDT is liquidated where
  380 + 0.05 x (p - 100000) = 0.004 x 0.05 p, p = 4620 / 0.0498 = 92771.08433735.

COIN-M, marks BTCUSD_PERP 105000 and ETHUSD_PERP 4000, contracts of 100 and 10 USD:

* BTCUSD_PERP long 30 from 100000, cross, 10x: worth 3000 USD = 0.02857142 BTC, profit
  3000 x (1/100000 - 1/105000) = 0.00142857 BTC, initial margin 0.00285714 or, rounded up, 0.00285715.
* ETHUSD_PERP short 20 from 3900, isolated with 0.01, 10x: worth 200 USD = 0.05 ETH, profit
  200 x (1/4000 - 1/3900) = -0.00128205 ETH.
"""

from typing import Any

LONG_AGO = 1_700_000_000_000

PRICES: dict[str, Any] = {
    "usdm": {
        "BTCUSDT": {"markPrice": "105000", "indexPrice": "105010", "lastPrice": "105001"},
        "ETHUSDT": {"markPrice": "4000", "indexPrice": "4001", "lastPrice": "4000.5"},
    },
    "coinm": {
        "BTCUSD_PERP": {"markPrice": "105000", "indexPrice": "105010", "lastPrice": "105001"},
        "ETHUSD_PERP": {"markPrice": "4000", "indexPrice": "4001", "lastPrice": "4000.5"},
    },
}


def _wallets(**amounts: str) -> dict[str, Any]:
    return {asset: {"walletBalance": amount, "updateTime": LONG_AGO} for asset, amount in amounts.items()}


def _position(symbol: str, amount: str, entry_price: str, isolated_wallet: str = "0") -> dict[str, Any]:
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": amount,
        "entryPrice": entry_price,
        "isolatedWallet": isolated_wallet,
        "updateTime": LONG_AGO,
    }


TRADER: dict[str, Any] = {
    "usdm": {
        "wallets": _wallets(USDT="1000", USDC="250", BNB="2"),
        "symbols": {"BTCUSDT": {"leverage": 20}, "ETHUSDT": {"leverage": 10, "marginType": "ISOLATED"}},
        "positions": [
            _position("BTCUSDT", "0.050", "100000"),
            _position("ETHUSDT", "-1.500", "3900", isolated_wallet="620"),
        ],
        "openOrders": [
            {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "positionSide": "BOTH",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "price": "95000",
                "origQty": "0.020",
                "executedQty": "0",
                "reduceOnly": False,
                "clientOrderId": "resting",
                "time": LONG_AGO,
            }
        ],
    },
    "coinm": {
        "wallets": _wallets(BTC="0.01", ETH="0.5"),
        "symbols": {
            "BTCUSD_PERP": {"leverage": 10},
            "ETHUSD_PERP": {"leverage": 10, "marginType": "ISOLATED"},
        },
        "positions": [
            _position("BTCUSD_PERP", "30", "100000"),
            _position("ETHUSD_PERP", "-20", "3900", isolated_wallet="0.01"),
        ],
        "openOrders": [],
    },
}
