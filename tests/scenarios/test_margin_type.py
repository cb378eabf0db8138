"""Changing a symbol's margin type."""

import pytest

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import MarginType, Market, Side
from tests.engine.builders import NAME, NOW, Desk, cross, document, held, isolated, resting
from tests.scenarios.refusals import refusal

ISOLATED, CROSSED = MarginType.ISOLATED, MarginType.CROSSED
ORDERS = [resting("ETHUSDT", Side.BUY, "100", "1")]
POSITIONS = [held("ETHUSDT", "1", "100")]


def to(margin_type: MarginType, symbol: str = "ETHUSDT") -> c.ChangeMarginType:
    return c.ChangeMarginType(NAME, Market.USDM, symbol, margin_type)


def test_a_change_keeps_the_leverage() -> None:
    desk = Desk()
    desk.load(document(symbols={"ETHUSDT": cross(7)}))
    assert desk.do(to(ISOLATED)) == [e.MarginTypeChanged(NAME, Market.USDM, "ETHUSDT", ISOLATED, NOW)]
    assert desk.state.accounts[NAME].usdm.symbols == {"ETHUSDT": isolated(7)}


def test_a_change_of_an_untouched_symbol_keeps_its_default_leverage() -> None:
    desk = Desk(ladders={"ETHUSDT": [(8, None, "0.05")]})
    desk.do(to(ISOLATED))
    desk.do(to(ISOLATED, "ADAUSDT"))
    assert desk.state.accounts[NAME].usdm.symbols == {"ETHUSDT": isolated(8), "ADAUSDT": isolated(20)}


def test_the_first_fault_wins() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDT": "99"}, {}, POSITIONS, ORDERS, multi_assets_margin=True))
    assert refusal(desk, to(ISOLATED, "NOUSDT")) is errors.BAD_SYMBOL
    assert refusal(desk, to(ISOLATED)) is errors.JOINT_MARGIN_REJECT_WITH_ISOLATED
    assert refusal(desk, to(CROSSED)) is errors.NO_NEED_TO_CHANGE_MARGIN_TYPE
    desk.load(document({"USDT": "99"}, {}, POSITIONS, ORDERS))
    assert refusal(desk, to(ISOLATED)) is errors.THERE_EXISTS_OPEN_ORDERS
    desk.load(document({"USDT": "99"}, {}, POSITIONS))
    assert refusal(desk, to(ISOLATED)) is errors.THERE_EXISTS_QUANTITY


@pytest.mark.parametrize("configuration", [cross(5), isolated(5)])
def test_the_same_type_again_is_refused(configuration: object) -> None:
    desk = Desk()
    desk.load(document(symbols={"ETHUSDT": configuration}))  # type: ignore[dict-item]
    command = to(desk.state.accounts[NAME].usdm.symbols["ETHUSDT"].margin_type)
    assert refusal(desk, command) is errors.NO_NEED_TO_CHANGE_MARGIN_TYPE


def test_other_symbols_do_not_stand_in_the_way() -> None:
    desk = Desk()
    desk.load(document({"USDT": "99"}, {}, POSITIONS, ORDERS))
    desk.do(to(ISOLATED, "ADAUSDT"))
