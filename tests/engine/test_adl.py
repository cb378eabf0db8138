"""The queue for auto-deleveraging."""

from margind.engine import commands as c
from margind.engine.margin.adl import adl_queue
from margind.engine.model.terms import Market, PositionSide
from tests.engine.builders import EMPTY_DOCUMENT, Desk, cross, document, held

BOTH = PositionSide.BOTH


def open_with(desk: Desk, name: str, entry: str, leverage: int, amount: str = "1") -> int:
    desk.do(c.OpenAccount(name))
    usdm = document({"USDT": "9"}, {"ETHUSDT": cross(leverage)}, [held("ETHUSDT", amount, entry)])
    desk.do(c.LoadAccount(name, False, usdm, EMPTY_DOCUMENT))
    return desk.state.accounts[name].number


def test_winners_with_leverage_stand_in_front_and_losers_with_leverage_at_the_end() -> None:
    # Mark 100. Profit over entry value: 1, 1, 0.25, 0 and -0.5; times leverage when won, divided when lost.
    desk = Desk({"ETHUSDT": "100"})
    numbers = [
        open_with(desk, "a", "200", 10),  # -0.5 / 10
        open_with(desk, "b", "200", 2),  # -0.5 / 2, behind it
        open_with(desk, "c", "80", 4),  # 0.25 · 4
        open_with(desk, "d", "50", 2),  # 1 · 2
        open_with(desk, "e", "50", 10),  # 1 · 10
    ]
    queue = adl_queue(desk.state.accounts.values(), desk.state.markets[Market.USDM])
    assert [queue[number]["ETHUSDT", BOTH] for number in numbers] == [1, 0, 2, 3, 4]


def test_longs_and_shorts_queue_apart() -> None:
    desk = Desk({"ETHUSDT": "100"})
    long, short = open_with(desk, "long", "90", 5), open_with(desk, "short", "90", 5, "-1")
    queue = adl_queue(desk.state.accounts.values(), desk.state.markets[Market.USDM])
    # Each alone in its queue, and so its first.
    assert (queue[long]["ETHUSDT", BOTH], queue[short]["ETHUSDT", BOTH]) == (4, 4)


def test_a_market_without_positions_has_no_queue() -> None:
    desk = Desk()
    assert adl_queue(desk.state.accounts.values(), desk.state.markets[Market.COINM]) == {}
