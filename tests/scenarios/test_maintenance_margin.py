"""Maintenance margin by bracket, and the largest position a leverage allows."""

from decimal import Decimal

import pytest

from tests.engine.builders import (
    BTCUSD_PERP_2021,
    BTCUSDT_2021,
    BTCUSDT_2026_09,
    Desk,
    cross,
    document,
    held,
    ladder,
)


def test_cum_joins_two_brackets() -> None:
    # 300000 · (0.005 - 0.004)
    assert [row.cum for row in ladder(BTCUSDT_2026_09).rows[:2]] == [0, 300]


@pytest.mark.parametrize(
    ("quantity", "margin"),
    [
        ("5", "2200.00000000"),  # 500000 · 0.005 - 300
        ("3", "1200.00000000"),  # 300000 · 0.004, where the first bracket ends
        ("3.0000000001", "1200.00000005"),  # 300000.00001 · 0.005 - 300
        ("-5", "2200.00000000"),
    ],
)
def test_maintenance_margin_is_the_brackets_rate_less_its_cum(quantity: str, margin: str) -> None:
    desk = Desk({"BTCUSDT": "100000"}, {"BTCUSDT": BTCUSDT_2026_09})
    desk.load(document({"USDT": "1000000"}, positions=[held("BTCUSDT", quantity, "100000")]))
    assert str(desk.row("BTCUSDT").maint_margin) == margin


@pytest.mark.parametrize(
    ("symbol", "amount", "mark", "ratio", "margin"),
    [
        # Documented: USDⓈ-M 'Position Information V3', 12.314277 · 0.0065 = 0.0800428005.
        ("ADAUSDT", "30", "0.41047590", "0.0065", "0.08004280"),
        # Documented: 'Account Information V3', 49.72023376 · 0.01 = 0.4972023376.
        ("ETHUSDT", "-1", "49.72023376", "0.01", "0.49720233"),
    ],
)
def test_maintenance_margin_is_cut(symbol: str, amount: str, mark: str, ratio: str, margin: str) -> None:
    desk = Desk({symbol: mark}, {symbol: [(75, None, ratio)]})
    desk.load(document({"USDT": "100"}, positions=[held(symbol, amount, "1")]))
    assert str(desk.row(symbol).maint_margin) == margin


def test_coin_margined_brackets_are_in_coin() -> None:
    # 4000 contracts of 100 USD at 50000 are 8 BTC: 8 · 0.005 - 5 · 0.001.
    desk = Desk({"BTCUSD_PERP": "50000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    desk.load(coinm=document({"BTC": "10"}, positions=[held("BTCUSD_PERP", "4000", "50000")]))
    assert str(desk.row("BTCUSD_PERP").maint_margin) == "0.03500000"


def test_a_division_leaves_no_unit_behind() -> None:
    # 10 USD / 3 · 0.006 = 0.02, which a cut quotient would miss by one unit.
    desk = Desk({"ETHUSD_PERP": "3"}, {"ETHUSD_PERP": [(50, None, "0.006")]})
    desk.load(coinm=document({"ETH": "9"}, positions=[held("ETHUSD_PERP", "1", "3")]))
    assert str(desk.row("ETHUSD_PERP").maint_margin) == "0.02000000"


def test_beyond_the_top_cap_the_top_bracket_goes_on() -> None:
    # The fifth cum is 16300 + 5000000 · 0.025 = 141300; 30000000 · 0.05 - 141300.
    desk = Desk({"BTCUSDT": "100000"}, {"BTCUSDT": BTCUSDT_2021})
    desk.load(document({"USDT": "9000000"}, {"BTCUSDT": cross(10)}, [held("BTCUSDT", "300", "100000")]))
    assert desk.row("BTCUSDT").maint_margin == 1358700


@pytest.mark.parametrize(
    ("leverage", "largest"),
    [(1, 1800000000), (20, 100000000), (21, 70000000), (25, 70000000), (150, 300000)],
)
def test_max_notional_is_the_largest_cap_at_this_leverage(leverage: int, largest: int) -> None:
    desk = Desk({"BTCUSDT": "100000"}, {"BTCUSDT": BTCUSDT_2026_09})
    desk.load(document({"USDT": "100"}, {"BTCUSDT": cross(leverage)}, [held("BTCUSDT", "0.001", "1")]))
    assert desk.row("BTCUSDT").max_notional == largest


@pytest.mark.parametrize(("leverage", "largest"), [(1, None), (2, Decimal(1500)), (125, Decimal(5))])
def test_a_top_bracket_without_cap_has_no_largest_position(leverage: int, largest: Decimal | None) -> None:
    assert ladder(BTCUSD_PERP_2021).max_notional(leverage) == largest


def test_a_leverage_above_every_bracket_allows_nothing() -> None:
    assert ladder(BTCUSDT_2026_09).max_notional(151) == 0
