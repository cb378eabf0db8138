"""Position mode, asset mode and BNB burn."""

import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import PositionSide, Side
from tests.engine.builders import AT_PAR, NAME, NOW, Desk, cross, document, held, index, isolated, resting
from tests.scenarios.refusals import refusal

HEDGE, ONE_WAY = c.ChangePositionMode(NAME, True), c.ChangePositionMode(NAME, False)
MULTI, SINGLE = c.ChangeAssetMode(NAME, True), c.ChangeAssetMode(NAME, False)
ORDERS = [resting("ETHUSDT", Side.BUY, "100", "1")]
POSITIONS = [held("ETHUSDT", "1", "100")]
COIN_ORDERS = [resting("BTCUSD_PERP", Side.BUY, "100", "1")]
COIN_POSITIONS = [held("BTCUSD_PERP", "1", "100")]


def test_position_mode_is_one_for_both_markets() -> None:
    desk = Desk()
    assert desk.do(HEDGE) == [e.PositionModeChanged(NAME, True, NOW)]
    assert desk.report().dual_side_position
    desk.do(ONE_WAY)
    assert not desk.report().dual_side_position


def test_the_same_position_mode_again_is_refused_first_of_all() -> None:
    desk = Desk()
    desk.load(document({"USDT": "99"}, {}, POSITIONS, ORDERS))
    assert refusal(desk, ONE_WAY) is errors.NO_NEED_TO_CHANGE_POSITION_SIDE


@pytest.mark.parametrize(
    ("usdm", "coinm"),
    [(document(orders=ORDERS, positions=POSITIONS), document()), (document(), document(orders=COIN_ORDERS))],
    ids=["USDⓈ-M, before its positions", "COIN-M"],
)
def test_open_orders_on_either_market_keep_the_position_mode(
    usdm: c.MarketDocument, coinm: c.MarketDocument
) -> None:
    desk = Desk()
    desk.load(usdm, coinm)
    assert refusal(desk, HEDGE) is errors.POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS


@pytest.mark.parametrize(
    ("usdm", "coinm"),
    [(document(positions=POSITIONS), document()), (document(), document(positions=COIN_POSITIONS))],
    ids=["USDⓈ-M", "COIN-M"],
)
def test_positions_on_either_market_keep_the_position_mode(
    usdm: c.MarketDocument, coinm: c.MarketDocument
) -> None:
    desk = Desk()
    desk.load(usdm, coinm)
    assert refusal(desk, HEDGE) is errors.POSITION_SIDE_CHANGE_EXISTS_QUANTITY


def test_hedge_mode_is_left_by_the_same_rules() -> None:
    desk = Desk()
    desk.load(document(positions=[held("ETHUSDT", "1", "100", side=PositionSide.LONG)]), dual=True)
    assert refusal(desk, HEDGE) is errors.NO_NEED_TO_CHANGE_POSITION_SIDE
    assert refusal(desk, ONE_WAY) is errors.POSITION_SIDE_CHANGE_EXISTS_QUANTITY


def test_the_first_fault_of_an_asset_mode_change_wins() -> None:
    desk = Desk({"ETHUSDT": "100"})
    negative = {"USDT": "-1"}
    desk.load(document(negative, {"ADAUSDT": isolated(10)}, POSITIONS, ORDERS))
    assert refusal(desk, SINGLE) is errors.NO_NEED_TO_CHANGE_JOINT_MARGIN
    assert refusal(desk, MULTI) is errors.ISOLATED_REJECT_WITH_JOINT_MARGIN
    desk.load(document(negative, {"ADAUSDT": cross(10)}, POSITIONS, ORDERS))
    assert refusal(desk, MULTI) is errors.JOINT_MARGIN_REJECT_WITH_OPEN_ORDER
    desk.load(document(negative, {}, POSITIONS))
    assert refusal(desk, MULTI) is errors.JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE
    desk.load(document({"USDT": "4.99"}, {}, POSITIONS))
    assert refusal(desk, MULTI) is errors.JOINT_MARGIN_REJECT_WITH_MB  # 100 at 20x
    desk.load(document({"USDT": "5"}, {}, POSITIONS))
    assert desk.do(MULTI) == [e.AssetModeChanged(NAME, True, NOW)]
    assert desk.report().multi_assets is not None


def test_the_joint_wallet_must_hold_the_margins_at_its_rates() -> None:
    # 5 USDT at a bid of 0.9 against 5 at an ask of 1.1; 2 USDC more are enough.
    desk = Desk({"ETHUSDT": "100"}, asset_index={**AT_PAR, "USDTUSD": index("1", "0.1", "0.1")})
    desk.load(document({"USDT": "5"}, {}, POSITIONS))
    assert refusal(desk, MULTI) is errors.JOINT_MARGIN_REJECT_WITH_MB
    desk.load(document({"USDT": "5", "USDC": "1"}, {}, POSITIONS))
    desk.do(MULTI)


def test_leaving_multi_assets_mode_every_asset_must_hold_its_own_margins() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDC": "500"}, {}, POSITIONS, multi_assets_margin=True))
    assert refusal(desk, MULTI) is errors.NO_NEED_TO_CHANGE_JOINT_MARGIN
    assert refusal(desk, SINGLE) is errors.JOINT_MARGIN_REJECT_WITH_MB
    desk.load(document({"USDT": "5", "USDC": "500"}, {}, POSITIONS, multi_assets_margin=True))
    desk.do(SINGLE)
    assert desk.report().multi_assets is None


def test_only_collateral_below_zero_is_a_negative_balance() -> None:
    # BNB is no collateral here; its own pool is short all the same.
    desk = Desk()
    desk.load(document({"BNB": "-1", "USDT": "5"}))
    assert refusal(desk, MULTI) is errors.JOINT_MARGIN_REJECT_WITH_MB


def test_bnb_burn_may_be_set_again() -> None:
    desk = Desk()
    assert desk.do(c.ChangeFeeBurn(NAME, True)) == []
    assert desk.do(c.ChangeFeeBurn(NAME, False)) == [e.FeeBurnChanged(NAME, False, NOW)]
    assert desk.state.accounts[NAME].usdm.fee_burn is False
