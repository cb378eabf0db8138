"""What is told of an account in danger: the call, the liquidation's orders, what the fund was paid."""

from collections.abc import Iterator

import pytest

from tests.api.stream_world import ANNE, StreamWorld, kinds
from tests.api.support import decoded

SECOND = 20
"""In ticks of the desk."""


@pytest.fixture
def world() -> Iterator[StreamWorld]:
    """Anne is long 1.5 for all she has; the house moves the price down from 100000."""
    world = StreamWorld()
    world.place(ANNE, "BUY", "1.5")
    yield world
    world.close()


def fall(world: StreamWorld, mark: str, quantity: str = "1000") -> None:
    price = float(mark)
    world.quote(f"{price - 0.1:.1f}", f"{price + 0.1:.1f}", quantity, mark=mark)


def test_a_margin_call_shows_the_position_and_comes_once(world: StreamWorld) -> None:
    """At 93800 her wallet less 9300.15 is 624.849925, and 140700 at 0.4 % is 562.8: 90 %."""
    ear = world.listen()
    fall(world, "93800")
    fall(world, "93790")
    (call,) = ear.heard
    assert (call["e"], call["cw"]) == ("MARGIN_CALL", "9924.999925")
    assert call["p"] == [
        {
            "s": "BTCUSDT",
            "ps": "BOTH",
            "pa": "1.5",
            "mt": "CROSSED",
            "iw": "0",
            "mp": "93800",
            "up": "-9300.15",
            "mm": "562.8",
        }
    ]


def test_a_liquidation_is_told_from_the_call_to_the_fee(world: StreamWorld) -> None:
    """At 93700 474.849925 stand against 562.2. All is sold at 93699.9; the fee takes what is left."""
    world.place(ANNE, "BUY", "0.003", "50000")
    ear = world.listen()
    fall(world, "93700")
    told = kinds(ear.heard)
    assert told[:3] == ["MARGIN_CALL", "ORDER_TRADE_UPDATE EXPIRED EXPIRED", "ORDER_TRADE_UPDATE NEW NEW"]
    new = ear.heard[2]["o"]
    assert new["c"] == f"autoclose-{new['i']}"
    assert (new["S"], new["f"], new["R"], new["q"]) == ("SELL", "IOC", True, "1.5")
    assert "ORDER_TRADE_UPDATE TRADE FILLED" in told
    assert told[-1] == "ACCOUNT_UPDATE INSURANCE_CLEAR"
    (wallet,) = ear.heard[-1]["a"]["B"]
    # 9924.999925 - 1.5 · (100000.1 - 93699.9) - 0.05 % of 140549.85 = 404.425 (cut and booked at 8 decimals)
    assert (wallet["wb"], wallet["bc"]) == ("0.00000000", "-404.425")
    (row,) = world.asked(ANNE, "GET", "income", incomeType="INSURANCE_CLEAR")
    assert row["income"] == "-404.42500000"
    fund = decoded(world.send("GET", "/fapi/v1/insuranceBalance", "symbol=BTCUSDT"))
    assert fund["assets"][0]["marginBalance"] == "404.42500000"


def test_a_liquidation_order_is_found_in_forceorders_and_told_to_everybody(world: StreamWorld) -> None:
    ear, _ = world.connect("btcusdt@forceOrder")
    every, _ = world.connect("!forceOrder@arr")
    fall(world, "93700")
    (order,) = world.asked(ANNE, "GET", "forceOrders", symbol="BTCUSDT")
    assert order["clientOrderId"] == f"autoclose-{order['orderId']}"
    assert (order["side"], order["status"], order["executedQty"]) == ("SELL", "FILLED", "1.500")
    assert world.asked(ANNE, "GET", "forceOrders", autoCloseType="LIQUIDATION") == [order]
    assert world.asked(ANNE, "GET", "forceOrders", autoCloseType="ADL") == []

    world.tick(SECOND)
    assert ear.heard == every.heard
    (shown,) = ear.heard
    assert (shown["e"], shown["o"]["S"], shown["o"]["z"]) == ("forceOrder", "SELL", "1.500")
    world.tick(SECOND)
    assert len(ear.heard) == 1


def test_what_the_fund_takes_over_is_calculated_and_no_trade(world: StreamWorld) -> None:
    """Nobody buys, so the fund takes all of it: no TRADE_LITE, no aggregate trade."""
    ear = world.listen()
    trades, _ = world.connect("btcusdt@aggTrade")
    world.quote("10.0", "93700.1", "1000", mark="93700")
    told = kinds(ear.heard)
    assert "ORDER_TRADE_UPDATE CALCULATED FILLED" in told
    assert "TRADE_LITE" not in told
    assert trades.heard == []
    assert world.asked(ANNE, "GET", "/fapi/v3/positionRisk", symbol="BTCUSDT") == []
