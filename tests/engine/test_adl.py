"""The queue for auto-deleveraging."""

from decimal import Decimal

from margind.engine import commands as c
from margind.engine.margin.adl import adl_queue, ranked_positions
from margind.engine.model.terms import Market, PositionSide
from tests.engine.builders import (
    AT_PAR,
    EMPTY_DOCUMENT,
    NAME,
    Desk,
    cross,
    document,
    held,
    index,
    isolated,
)

BOTH = PositionSide.BOTH


def open_with(desk: Desk, name: str, entry: str, wallet: str, amount: str = "1") -> int:
    desk.do(c.OpenAccount(name))
    usdm = document({"USDT": wallet}, {"ETHUSDT": cross(5)}, [held("ETHUSDT", amount, entry)])
    desk.do(c.LoadAccount(name, False, usdm, EMPTY_DOCUMENT))
    return desk.state.accounts[name].number


def places(desk: Desk, numbers: list[int]) -> list[int]:
    queue = adl_queue(desk.state.accounts.values(), desk.state.markets[Market.USDM])
    return [queue[number]["ETHUSDT", BOTH] for number in numbers]


def test_traders_are_ranked_by_profit_over_wallet_times_margin_ratio() -> None:
    # Mark 100, maintenance 1 % of it: 1. LeveragePnL is max(0, P) / max(1, W) · 1 / (W + P).
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(20, None, "0.01")]})
    numbers = [
        open_with(desk, "a", "60", "1000"),  # 40 / 1000 / 1040 = 0.0000385
        open_with(desk, "b", "95", "10"),  # 5 / 10 / 15 = 0.033
        open_with(desk, "c", "50", "50"),  # 50 / 50 / 100 = 0.01
        open_with(desk, "d", "99", "0.5"),  # 1 / 1 / 1.5 = 0.67: a wallet below 1 counts as 1
        open_with(desk, "e", "80", "100"),  # 20 / 100 / 120 = 0.0017
    ]
    assert places(desk, numbers) == [0, 3, 2, 4, 1]


def test_who_has_no_profit_stands_at_the_end() -> None:
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(20, None, "0.01")]})
    numbers = [
        open_with(desk, name, entry, "50") for name, entry in (("a", "110"), ("b", "90"), ("c", "120"))
    ]
    assert places(desk, numbers) == [0, 4, 0]


def test_both_cross_legs_of_a_symbol_stand_in_one_place_by_their_common_profit() -> None:
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(20, None, "0.01")]})
    desk.do(c.OpenAccount("both"))
    legs = [
        held("ETHUSDT", "3", "90", side=PositionSide.LONG),
        held("ETHUSDT", "-1", "80", side=PositionSide.SHORT),
    ]
    # Together 30 - 20 = 10 and maintenance 4: 10 / 40 · 4 / 50 = 0.02, each leg.
    usdm = document({"USDT": "40"}, {"ETHUSDT": cross(5)}, legs)
    desk.do(c.LoadAccount("both", True, usdm, EMPTY_DOCUMENT))
    ranked = ranked_positions(desk.state.accounts["both"], desk.state.markets[Market.USDM])
    assert [row.score for row in ranked] == [Decimal("0.02"), Decimal("0.02")]


def test_an_isolated_position_is_ranked_by_its_own_wallet() -> None:
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(20, None, "0.01")]})
    position = held("ETHUSDT", "1", "90", "10")
    desk.load(document({"USDT": "1000"}, {"ETHUSDT": isolated(10)}, [position]))
    (ranked,) = ranked_positions(desk.state.accounts[NAME], desk.state.markets[Market.USDM])
    assert ranked.score == Decimal(10) / 10 * 1 / 20


def test_in_multi_assets_mode_the_joint_wallet_counts() -> None:
    rates = {**AT_PAR, "USDCUSD": index("1", "0.1", "0.1")}
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(20, None, "0.01")]}, rates)
    desk.load(
        document({"USDC": "100", "USDT": "10"}, {}, [held("ETHUSDT", "2", "95")], multi_assets_margin=True)
    )
    (ranked,) = ranked_positions(desk.state.accounts[NAME], desk.state.markets[Market.USDM])
    # 10 won, a wallet of 100 · 0.9 + 10 = 100, maintenance 2: 10 / 100 · 2 / 110
    assert ranked.score == Decimal(10) / 100 * 2 / 110


def test_longs_and_shorts_queue_apart() -> None:
    desk = Desk({"ETHUSDT": "100"})
    long, short = open_with(desk, "long", "90", "50"), open_with(desk, "short", "110", "50", "-1")
    # Each alone in its queue, and so its first.
    assert places(desk, [long, short]) == [4, 4]


def test_a_market_without_positions_has_no_queue() -> None:
    desk = Desk()
    assert adl_queue(desk.state.accounts.values(), desk.state.markets[Market.COINM]) == {}
