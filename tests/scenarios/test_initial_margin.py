"""Initial margin: a rate that is rounded up, times the exact notional, rounded by the exchange's setting."""

from decimal import Decimal

import pytest

from margind.engine.margin.position_margin import initial_margin_rate
from margind.engine.model.terms import Rounding
from tests.engine.builders import Desk, cross, document, held, isolated


@pytest.mark.parametrize(
    ("leverage", "rate"),
    [
        (1, "1"),
        (3, "0.33333334"),
        (6, "0.16666667"),
        (7, "0.14285715"),
        # Observed: the public row that tells "up" from "nearest".
        (11, "0.09090910"),
        (20, "0.05"),
        (125, "0.008"),
    ],
)
def test_the_rate_is_one_over_leverage_rounded_up_at_eight_decimals(leverage: int, rate: str) -> None:
    assert initial_margin_rate(leverage) == Decimal(rate)


@pytest.mark.parametrize(
    ("rounding", "margin"), [(Rounding.UP, "142.87478669"), (Rounding.CUT, "142.87478668")]
)
def test_the_product_is_rounded_up_or_cut_by_the_setting(rounding: Rounding, margin: str) -> None:
    # 1000.12345678 · 0.14285715 = 142.8747866837...
    desk = Desk({"ETHUSDT": "1000.12345678"}, rounding=rounding)
    desk.load(document({"USDT": "1000"}, {"ETHUSDT": cross(7)}, [held("ETHUSDT", "-1", "1000")]))
    row = desk.row("ETHUSDT")
    assert str(row.position_initial_margin) == margin
    assert str(row.initial_margin) == margin
    assert row.open_order_initial_margin == 0


def test_documented_v3_initial_margins_come_out_when_cut() -> None:
    # Documented: 'Position Information V3', ADAUSDT 12.314277 at 20x; 49.72023376 / 20 printed 2.48601168.
    desk = Desk({"ADAUSDT": "0.41047590", "ETHUSDT": "49.72023376"}, rounding=Rounding.CUT)
    desk.load(
        document(
            {"USDT": "100"}, positions=[held("ADAUSDT", "30", "0.385"), held("ETHUSDT", "-1", "70.92841")]
        )
    )
    assert str(desk.row("ADAUSDT").position_initial_margin) == "0.61571385"
    assert str(desk.row("ETHUSDT").position_initial_margin) == "2.48601168"


@pytest.mark.parametrize(("rounding", "margin"), [(Rounding.UP, "0.00024394"), (Rounding.CUT, "0.00024393")])
def test_coin_margined_initial_margin_follows_the_same_setting(rounding: Rounding, margin: str) -> None:
    # ccxt's sample of BTCUSD_210625: notional 0.00243939 at 10x gives 0.00024393 (cut, as replies were then).
    desk = Desk({"BTCUSD_PERP": "40993.8"}, rounding=rounding)
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}, [held("BTCUSD_PERP", "1", "40000")]))
    row = desk.row("BTCUSD_PERP")
    assert str(row.notional) == "0.00243939"
    assert str(row.position_initial_margin) == margin


def test_an_isolated_position_is_charged_at_the_mark_price_not_by_its_wallet() -> None:
    desk = Desk({"ETHUSDT": "105"})
    desk.load(document({"USDT": "100"}, {"ETHUSDT": isolated(10)}, [held("ETHUSDT", "2", "100", "30")]))
    assert desk.row("ETHUSDT").position_initial_margin == 21


def test_a_division_leaves_no_unit_behind() -> None:
    # 10 USD / 3 · 0.14285715 = 0.4761905 exactly: neither rounded up to ...51 nor cut to ...49.
    for rounding in Rounding:
        desk = Desk({"ETHUSD_PERP": "3"}, rounding=rounding)
        desk.load(coinm=document({"ETH": "9"}, {"ETHUSD_PERP": cross(7)}, [held("ETHUSD_PERP", "1", "3")]))
        assert str(desk.row("ETHUSD_PERP").position_initial_margin) == "0.47619050"
