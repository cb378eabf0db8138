"""Changing a symbol's leverage."""

import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import Market, PositionSide, Side
from margind.errors import Refusal
from tests.engine.builders import (
    AT_PAR,
    BTCUSD_PERP_2021,
    BTCUSDT_2026_09,
    NAME,
    NOW,
    Desk,
    cross,
    document,
    held,
    index,
    isolated,
    market_of,
    numbers,
    resting,
)
from tests.scenarios.refusals import refusal

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
BUY, SELL = Side.BUY, Side.SELL


def leverage(symbol: str, value: int) -> c.ChangeLeverage:
    return c.ChangeLeverage(NAME, market_of(symbol), symbol, value)


def btc(mark: str = "50000") -> Desk:
    return Desk({"BTCUSDT": mark}, {"BTCUSDT": BTCUSDT_2026_09})


def test_a_change_holds_for_the_symbol_alone() -> None:
    desk = btc()
    assert desk.do(leverage("BTCUSDT", 150)) == [e.LeverageChanged(NAME, Market.USDM, "BTCUSDT", 150, NOW)]
    assert desk.state.accounts[NAME].usdm.symbols == {"BTCUSDT": cross(150)}


def test_the_same_leverage_again_is_accepted_and_changes_nothing() -> None:
    desk = btc()
    assert desk.do(leverage("BTCUSDT", 20)) == []  # what it stands at before anybody sets it
    assert desk.state.accounts[NAME].usdm.symbols == {}


def test_an_unknown_symbol_is_refused() -> None:
    assert refusal(btc(), leverage("NOUSDT", 0)) is errors.BAD_SYMBOL


@pytest.mark.parametrize("value", [0, -1, 151])
def test_leverage_outside_the_brackets_is_refused(value: int) -> None:
    assert refusal(btc(), leverage("BTCUSDT", value)) is errors.INVALID_LEVERAGE


def test_the_message_of_an_invalid_leverage_names_it() -> None:
    with pytest.raises(Refusal) as caught:
        btc().do(leverage("BTCUSDT", 151))
    assert caught.value.payload("usdm") == {"code": -4028, "msg": "Leverage 151 is not valid"}


def test_an_isolated_position_keeps_its_leverage_from_falling() -> None:
    # Its wallet is too small for more initial margin (-2028), too: -4161 comes first.
    desk = btc()
    position = held("BTCUSDT", "100", "50000", "1")
    desk.load(document({"USDT": "1"}, {"BTCUSDT": isolated(150)}, [position]))
    command = leverage("BTCUSDT", 120)
    assert refusal(desk, command) is errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION


def test_coin_m_has_another_number_for_it() -> None:
    kind = errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION
    desk = Desk({"BTCUSD_PERP": "50000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    position = held("BTCUSD_PERP", "10", "50000", "0.1")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": isolated(10)}, [position]))
    assert refusal(desk, leverage("BTCUSD_PERP", 9)) is kind
    assert (kind.code("usdm"), kind.code("coinm")) == (-4161, -4150)


def test_an_isolated_raise_leaves_the_isolated_wallet_as_it_is() -> None:
    desk = btc()
    desk.load(document({"USDT": "9000"}, {"BTCUSDT": isolated(10)}, [held("BTCUSDT", "1", "50000", "6000")]))
    desk.do(leverage("BTCUSDT", 20))
    row = desk.row("BTCUSDT")
    assert (row.isolated_wallet, row.position_initial_margin) == numbers(6000, 2500)


def test_an_isolated_symbol_with_orders_alone_may_be_lowered() -> None:
    desk = btc()
    orders = [resting("BTCUSDT", BUY, "50000", "1")]
    desk.load(document({"USDT": "6000"}, {"BTCUSDT": isolated(20)}, orders=orders))
    assert refusal(desk, leverage("BTCUSDT", 8)) is errors.MIN_LEVERAGE_RATIO  # 6250
    desk.do(leverage("BTCUSDT", 10))
    assert desk.asset("USDT").available_balance == 1000


def test_a_position_must_fit_the_cap_of_the_new_leverage() -> None:
    desk = btc()
    desk.load(document({"USDT": "900000"}, {}, [held("BTCUSDT", "10", "50000")]))
    assert refusal(desk, leverage("BTCUSDT", 150)) is errors.MAX_LEVERAGE_RATIO  # 500000 over 300000
    desk.do(leverage("BTCUSDT", 100))  # within 800000


def test_orders_count_for_the_cap_where_they_add_to_the_position() -> None:
    desk = btc()
    positions, orders = [held("BTCUSDT", "5", "50000")], [resting("BTCUSDT", BUY, "50000", "1.001")]
    desk.load(document({"USDT": "900000"}, {}, positions, orders))
    assert refusal(desk, leverage("BTCUSDT", 150)) is errors.MAX_LEVERAGE_RATIO  # 250000 + 50050
    desk.load(document({"USDT": "900000"}, {}, positions, [resting("BTCUSDT", SELL, "50000", "11")]))
    desk.do(leverage("BTCUSDT", 150))  # 250000 - 550000 is a short of 300000


def test_hedge_legs_are_held_against_the_cap_one_by_one() -> None:
    desk = btc()
    legs = [held("BTCUSDT", "5", "50000", side=LONG), held("BTCUSDT", "-5", "50000", side=SHORT)]
    desk.load(document({"USDT": "900000"}, {}, legs), dual=True)
    desk.do(leverage("BTCUSDT", 150))
    for order in (
        resting("BTCUSDT", BUY, "50000", "1.001", LONG),
        resting("BTCUSDT", SELL, "50000", "1.001", SHORT),
    ):
        desk.load(document({"USDT": "900000"}, {}, legs, [order]), dual=True)
        assert refusal(desk, leverage("BTCUSDT", 150)) is errors.MAX_LEVERAGE_RATIO
    closing = [resting("BTCUSDT", SELL, "50000", "9", LONG), resting("BTCUSDT", BUY, "45000", "10", SHORT)]
    desk.load(document({"USDT": "900000"}, {}, legs, closing), dual=True)
    desk.do(leverage("BTCUSDT", 150))


def test_coin_m_caps_are_in_coin_and_the_top_has_none() -> None:
    desk = Desk({"BTCUSD_PERP": "50000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    position = held("BTCUSD_PERP", "2501", "50000")  # 5.002 BTC
    desk.load(coinm=document({"BTC": "900"}, {"BTCUSD_PERP": cross(20)}, [position]))
    assert refusal(desk, leverage("BTCUSD_PERP", 125)) is errors.MAX_LEVERAGE_RATIO
    desk.do(leverage("BTCUSD_PERP", 100))
    huge = held("BTCUSD_PERP", "5000000", "50000")  # 10000 BTC
    desk.load(coinm=document({"BTC": "90000"}, {"BTCUSD_PERP": cross(2)}, [huge]))
    desk.do(leverage("BTCUSD_PERP", 1))


def test_lowering_needs_the_extra_margin() -> None:
    # 9000 at 9x is 9000 · 0.11111112 = 1000.00008.
    desk = btc()
    desk.load(document({"USDT": "1000"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.18", "50000")]))
    assert refusal(desk, leverage("BTCUSDT", 9)) is errors.MIN_LEVERAGE_RATIO
    desk.do(leverage("BTCUSDT", 10))
    assert desk.asset("USDT").available_balance == 100


def test_raising_is_allowed_to_an_account_short_of_margin() -> None:
    desk = btc()
    desk.load(document({"USDT": "1"}, {"BTCUSDT": cross(20)}, [held("BTCUSDT", "0.18", "50000")]))
    desk.do(leverage("BTCUSDT", 25))
    assert refusal(desk, leverage("BTCUSDT", 24)) is errors.MIN_LEVERAGE_RATIO


def test_lowering_where_nothing_is_held_needs_no_margin() -> None:
    desk = btc()
    desk.load(document({"USDT": "-1"}))
    desk.do(leverage("BTCUSDT", 1))


def test_an_order_that_binds_nothing_can_be_lowered_by_an_account_short_of_margin() -> None:
    desk = btc()
    desk.load(document({"USDT": "-1"}, orders=[resting("BTCUSDT", BUY, "50000", "1", reduce_only=True)]))
    desk.do(leverage("BTCUSDT", 1))


def test_in_multi_assets_mode_the_joint_wallet_must_hold_it() -> None:
    desk = Desk(
        {"BTCUSDT": "50000"}, {"BTCUSDT": BTCUSDT_2026_09}, {**AT_PAR, "USDCUSD": index("1", "0.1", "0.1")}
    )
    position = held("BTCUSDT", "0.18", "50000")
    desk.load(document({"USDC": "1000"}, {"BTCUSDT": cross(20)}, [position], multi_assets_margin=True))
    assert refusal(desk, leverage("BTCUSDT", 9)) is errors.MIN_LEVERAGE_RATIO  # USDC counts 900
    desk.do(leverage("BTCUSDT", 10))


def test_a_lower_leverage_asks_for_margin_alone() -> None:
    # 5000000 is far beyond the 300000 of 150x and the 800000 of 100x; at 100x it needs 50000.
    desk = btc()
    beyond = [held("BTCUSDT", "100", "50000")]
    desk.load(document({"USDT": "49999"}, {"BTCUSDT": cross(150)}, beyond))
    assert refusal(desk, leverage("BTCUSDT", 100)) is errors.MIN_LEVERAGE_RATIO
    desk.load(document({"USDT": "50000"}, {"BTCUSDT": cross(150)}, beyond))
    desk.do(leverage("BTCUSDT", 100))
    assert refusal(desk, leverage("BTCUSDT", 101)) is errors.MAX_LEVERAGE_RATIO
