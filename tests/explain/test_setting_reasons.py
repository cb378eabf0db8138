"""Why a setting could not be changed, and what would have been accepted."""

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from margind import errors
from margind.engine import commands as c
from margind.engine.model.terms import MarginType, Market, PositionSide
from margind.errors.impossible import Impossible
from tests.engine.builders import (
    BTCUSDT_2026_09,
    NAME,
    Desk,
    cross,
    document,
    held,
    index,
    isolated,
    market_of,
    resting,
)
from tests.engine.strategies import examples, loads
from tests.explain.refused import decimal, numbers, passes, refused
from tests.scenarios.orders import BOTH, BTC, BUY, LONG

SATOSHI = Decimal("0.00000001")


def leverage(value: int, symbol: str = BTC) -> c.ChangeLeverage:
    return c.ChangeLeverage(NAME, market_of(symbol), symbol, value)


def margin(
    amount: str, *, adds: bool, side: PositionSide = BOTH, symbol: str = BTC
) -> c.ChangePositionMargin:
    return c.ChangePositionMargin(NAME, market_of(symbol), symbol, side, Decimal(amount), adds)


def btc(mark: str = "50000") -> Desk:
    return Desk({BTC: mark}, {BTC: BTCUSDT_2026_09})


# Leverage


def test_a_leverage_out_of_range_names_the_nearest() -> None:
    for asked, nearest in ((0, 1), (-4, 1), (151, 150), (500, 150)):
        kind, because = refused(btc(), leverage(asked))
        assert kind is errors.INVALID_LEVERAGE
        assert numbers(because) == {"leverage": asked, "lowest": 1, "highest": 150}
        assert because.remedy_value == {"leverage": nearest}
        assert passes(btc(), leverage(nearest))


def test_an_isolated_position_keeps_its_leverage() -> None:
    desk = btc()
    desk.load(document({"USDT": "10000"}, {BTC: isolated(20)}, [held(BTC, "0.1", "50000", "300")]))
    kind, because = refused(desk, leverage(19))
    assert kind is errors.ISOLATED_LEVERAGE_REJECT_WITH_POSITION
    assert numbers(because) == {"leverage": 19, "present leverage": 20}
    assert because.remedy_value == {"leverage": 20}
    assert passes(desk, leverage(20))


def test_a_position_names_the_highest_leverage_with_room_for_it() -> None:
    # 8 · 50000 = 400000 is more than the 300000 of 150x, and less than the 800000 of 100x.
    desk = btc()
    desk.load(document({"USDT": "100000"}, {BTC: cross(20)}, [held(BTC, "8", "50000")]))
    kind, because = refused(desk, leverage(150))
    assert kind is errors.MAX_LEVERAGE_RATIO
    assert numbers(because) == {"notional with orders": 400000, "notional cap": 300000, "leverage": 150}
    assert because.remedy_value == {"leverage": 100}
    assert passes(desk, leverage(100))
    assert refused(desk, leverage(101))[0] is errors.MAX_LEVERAGE_RATIO


def test_a_margin_too_small_names_the_lowest_leverage() -> None:
    # 1 · 50000 / 7 = 7142.9 of 8000, / 6 = 8333.4.
    desk = btc()
    desk.load(document({"USDT": "8000"}, {BTC: cross(20)}, [held(BTC, "1", "50000")]))
    kind, because = refused(desk, leverage(2))
    assert kind is errors.MIN_LEVERAGE_RATIO
    assert numbers(because) == {
        "balance left with it": -17000,
        "balance left now": 5500,
        "leverage": 2,
        "present leverage": 20,
    }
    assert because.remedy_value == {"leverage": 7}
    assert refused(desk, leverage(6))[0] is errors.MIN_LEVERAGE_RATIO
    assert passes(desk, leverage(7))


@examples(150)
@given(loads(), st.data())
def test_the_leverage_named_is_accepted_and_the_next_is_not(load: c.LoadAccount, data: st.DataObject) -> None:
    try:
        desk = loaded(load)
    except Impossible:
        assume(False)
    symbol = data.draw(st.sampled_from([BTC, "ETHUSDT", "BTCUSDC", "BTCUSD_PERP"]))
    asked = data.draw(st.integers(1, 25))
    if passes(desk, leverage(asked, symbol)):
        return
    kind, because = refused(loaded(load), leverage(asked, symbol))
    lowest = because.remedy_value["leverage"]
    assert isinstance(lowest, int)
    assert passes(loaded(load), leverage(lowest, symbol))
    assert refused(loaded(load), leverage(lowest - 1, symbol))[0] is kind


def loaded(load: c.LoadAccount) -> Desk:
    desk = Desk({BTC: "300", "BTCUSD_PERP": "250"})
    desk.do(load)
    return desk


# Isolated margin


def isolated_desk() -> Desk:
    # 0.1 · 50000 at 20x: 250 initial, 20 maintenance; the wallet holds 300, profit 0.
    desk = btc()
    desk.load(document({"USDT": "1300"}, {BTC: isolated(20)}, [held(BTC, "0.1", "50000", "300")]))
    return desk


def test_more_than_can_be_added_names_the_most() -> None:
    kind, because = refused(isolated_desk(), margin("1500", adds=True))
    assert kind is errors.CROSS_BALANCE_INSUFFICIENT
    assert numbers(because) == {"amount": 1500, "most that can be added": 1000}
    assert decimal(because, "amount") == 1000
    assert passes(isolated_desk(), margin("1000", adds=True))
    assert not passes(isolated_desk(), margin(str(1000 + SATOSHI), adds=True))


def test_more_than_can_be_taken_out_names_the_most() -> None:
    kind, because = refused(isolated_desk(), margin("200", adds=False))
    assert kind is errors.ISOLATED_BALANCE_INSUFFICIENT
    assert numbers(because) == {"amount": 200, "most that can be removed": 50}
    assert passes(isolated_desk(), margin("50", adds=False))
    assert not passes(isolated_desk(), margin(str(50 + SATOSHI), adds=False))


def test_an_amount_that_is_none_and_a_position_without_margin_of_its_own() -> None:
    assert numbers(refused(isolated_desk(), margin("-1", adds=True))[1]) == {"amount": -1}
    because = refused(isolated_desk(), margin("1.123456789", adds=True))[1]
    assert because.remedy_value == {"amount": Decimal("1.12345678")}
    kind, because = refused(isolated_desk(), margin("1", adds=True, symbol="ETHUSDT"))
    assert kind is errors.ADD_ISOLATED_MARGIN_REJECT
    assert numbers(because) == {"marginType of ETHUSDT": "CROSSED", "positionAmt": 0}
    kind, because = refused(isolated_desk(), margin("1", adds=True, side=LONG))
    assert kind is errors.POSITION_SIDE_NOT_MATCH
    assert because.remedy_value == {"positionSide": "BOTH"}


# What is so already, and what stands in the way


def test_what_is_so_already_says_so() -> None:
    for command, name, value in (
        (c.ChangeMarginType(NAME, Market.USDM, BTC, MarginType.CROSSED), "marginType of BTCUSDT", "CROSSED"),
        (c.ChangePositionMode(NAME, False), "dualSidePosition", "false"),
        (c.ChangeAssetMode(NAME, False), "multiAssetsMargin", "false"),
    ):
        because = refused(btc(), command)[1]
        assert numbers(because) == {name: value}
        assert because.remedy == ""


def test_open_orders_in_the_way_are_named() -> None:
    desk = btc()
    desk.load(document({"USDT": "10000"}, orders=[resting(BTC, BUY, "49000", "0.1")]))
    (order_id,) = desk.state.accounts[NAME].usdm.open_orders
    for command, kind in (
        (c.ChangeMarginType(NAME, Market.USDM, BTC, MarginType.ISOLATED), errors.THERE_EXISTS_OPEN_ORDERS),
        (c.ChangePositionMode(NAME, True), errors.POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS),
        (c.ChangeAssetMode(NAME, True), errors.JOINT_MARGIN_REJECT_WITH_OPEN_ORDER),
    ):
        given_kind, because = refused(desk, command)
        assert given_kind is kind
        assert numbers(because) == {"open orders": 1, "their ids": f"{order_id} (BTCUSDT)"}
        desk.do(c.CancelOrder(NAME, Market.USDM, BTC, order_id))
        assert passes(desk, command)
        desk.load(document({"USDT": "10000"}, orders=[resting(BTC, BUY, "49000", "0.1")]))
        (order_id,) = desk.state.accounts[NAME].usdm.open_orders


def test_positions_in_the_way_are_named() -> None:
    desk = btc()
    desk.load(document({"USDT": "10000"}, positions=[held(BTC, "-0.1", "50000")]))
    for command, kind in (
        (c.ChangeMarginType(NAME, Market.USDM, BTC, MarginType.ISOLATED), errors.THERE_EXISTS_QUANTITY),
        (c.ChangePositionMode(NAME, True), errors.POSITION_SIDE_CHANGE_EXISTS_QUANTITY),
    ):
        given_kind, because = refused(desk, command)
        assert given_kind is kind
        assert numbers(because) == {"positions": 1, "which": "BTCUSDT BOTH -0.1"}


def test_the_asset_mode_names_isolated_symbols() -> None:
    desk = btc()
    desk.load(document({"USDT": "10000"}, {BTC: isolated(5), "ADAUSDT": isolated(5)}))
    kind, because = refused(desk, c.ChangeAssetMode(NAME, True))
    assert kind is errors.ISOLATED_REJECT_WITH_JOINT_MARGIN
    assert numbers(because) == {"symbols on isolated margin": 2, "which": "ADAUSDT, BTCUSDT"}


def test_in_multi_assets_mode_margin_cannot_be_isolated() -> None:
    desk = btc()
    desk.load(document({"USDT": "10000"}, multi_assets_margin=True))
    kind, because = refused(desk, c.ChangeMarginType(NAME, Market.USDM, BTC, MarginType.ISOLATED))
    assert kind is errors.JOINT_MARGIN_REJECT_WITH_ISOLATED
    assert numbers(because) == {"symbol": BTC, "asset mode": "multi-assets"}
    desk.do(c.ChangeAssetMode(NAME, False))
    assert passes(desk, c.ChangeMarginType(NAME, Market.USDM, BTC, MarginType.ISOLATED))


def test_the_asset_mode_names_what_is_owed() -> None:
    desk = btc()
    desk.load(document({"USDT": "-12.5", "BTC": "1"}, multi_assets_margin=True))
    kind, because = refused(desk, c.ChangeAssetMode(NAME, False))
    assert kind is errors.JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE
    assert numbers(because) == {"USDT": Decimal("-12.5")}
    assert because.remedy == "transfer 12.5 USDT"
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal("12.5")))
    assert passes(desk, c.ChangeAssetMode(NAME, False))


def test_the_asset_mode_names_what_is_missing_in_a_single_asset() -> None:
    # 0.1 · 50000 / 20 = 250 of USDT, where only 40 are; BTC pays for it in multi-assets mode alone.
    desk = btc()
    desk.load(
        document(
            {"USDT": "40", "BTC": "1"},
            {BTC: cross(20)},
            [held(BTC, "0.1", "50000")],
            multi_assets_margin=True,
        )
    )
    kind, because = refused(desk, c.ChangeAssetMode(NAME, False))
    assert kind is errors.JOINT_MARGIN_REJECT_WITH_MB
    assert numbers(because) == {"balance left in USDT": -210}
    assert because.remedy_value == {"transfer": "210.00000000 USDT"}
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", Decimal(210) - SATOSHI))
    assert not passes(desk, c.ChangeAssetMode(NAME, False))
    desk.do(c.Transfer(NAME, Market.USDM, "USDT", SATOSHI))
    assert passes(desk, c.ChangeAssetMode(NAME, False))


def test_the_asset_mode_names_what_is_missing_in_all() -> None:
    # USDC counts for 0.9 USD when owned: 1000 of USDT owed margins and nothing else in dollars.
    indexes = {"USDTUSD": index("1"), "USDCUSD": index("1", "0.5", "0.5")}
    desk = Desk({"BTCUSDC": "50000"}, asset_index=indexes)
    desk.load(document({"USDC": "300"}, {"BTCUSDC": cross(20)}, [held("BTCUSDC", "0.1", "50000")]))
    kind, because = refused(desk, c.ChangeAssetMode(NAME, True))
    # Worth 300 · 0.5 = 150, and 250 · 1.5 = 375 are bound: 225 USD short.
    assert kind is errors.JOINT_MARGIN_REJECT_WITH_MB
    assert [(one.value, one.unit) for one in because.compared] == [(-225, "USD")]
    (words,) = because.remedy_value.values()
    amount, asset = str(words).split()
    desk.do(c.Transfer(NAME, Market.USDM, asset, Decimal(amount) - SATOSHI))
    assert not passes(desk, c.ChangeAssetMode(NAME, True))
    desk.do(c.Transfer(NAME, Market.USDM, asset, SATOSHI))
    assert passes(desk, c.ChangeAssetMode(NAME, True))


def test_an_unknown_symbol_of_a_setting_names_those_near_it() -> None:
    for command in (leverage(5, "BTCUSTD"), margin("1", adds=True, symbol="BTCUSTD")):
        assert refused(btc(), command)[1].remedy_value == {"symbol": BTC}
