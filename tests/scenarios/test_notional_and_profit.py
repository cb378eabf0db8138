"""Notional, unrealized profit and entry price of one position."""

from decimal import Decimal

import pytest

from margind.engine.model.payoff import Inverse, Linear
from tests.engine.builders import Desk, cross, document, held


@pytest.mark.parametrize(
    ("amount", "entry", "mark", "notional", "profit"),
    [
        # Documented: USDⓈ-M 'Position Information V3', the ADAUSDT example.
        ("30", "0.385", "0.41047590", "12.31427700", "0.76427700"),
        # Documented: USDⓈ-M 'Account Information V3', the short of the multi-assets example.
        ("-1", "70.92841", "49.72023376", "-49.72023376", "21.20817624"),
        # By hand: -30 · (0.125 - 0.12345678), the entry price cut to 8 decimals.
        ("-30", "0.123456789012", "0.12500000", "-3.75000000", "-0.04629660"),
        # By hand: 0.003 · 0.333333333 = 0.000999999999 and 0.003 · -0.666666667 = -0.002000000001.
        ("0.003", "1", "0.333333333", "0.00099999", "-0.00200000"),
        ("-0.003", "1", "0.333333333", "-0.00099999", "0.00200000"),
    ],
)
def test_linear_notional_and_profit_are_cut_at_eight_decimals(
    amount: str, entry: str, mark: str, notional: str, profit: str
) -> None:
    desk = Desk({"ADAUSDT": mark})
    desk.load(document({"USDT": "100"}, positions=[held("ADAUSDT", amount, entry)]))
    row = desk.row("ADAUSDT")
    assert str(row.notional) == notional
    assert str(row.unrealized_profit) == profit


@pytest.mark.parametrize(
    ("amount", "entry", "mark", "notional", "profit"),
    [
        # By hand: -3000 / 62000 and -3000 · (1/60000 - 1/62000).
        ("-30", "60000", "62000", "-0.04838709", "-0.00161290"),
        # Documented: COIN-M 'Position Information', one contract of 100 USD.
        ("1", "11707.70000003", "11788.66626667", "0.00848272", "0.00005866"),
        # By hand: 100/24 - 100/25 = 0.1666..., 100/25 = 4.
        ("1", "24", "25", "4.00000000", "0.16666666"),
    ],
)
def test_inverse_notional_and_profit_are_in_coin(
    amount: str, entry: str, mark: str, notional: str, profit: str
) -> None:
    desk = Desk({"BTCUSD_PERP": mark})
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": cross(10)}, [held("BTCUSD_PERP", amount, entry)]))
    row = desk.row("BTCUSD_PERP")
    assert str(row.notional) == notional
    assert str(row.unrealized_profit) == profit


def test_adding_to_a_linear_position_moves_the_entry_price_to_the_weighted_mean() -> None:
    # (2 · 100 + 1 · 130) / 3, for a long and for a short.
    assert Linear().entry_price(Decimal(2), Decimal(100), Decimal(1), Decimal(130)) == 110
    assert Linear().entry_price(Decimal(-2), Decimal(100), Decimal(-1), Decimal(130)) == 110


def test_adding_to_an_inverse_position_moves_the_entry_price_to_the_harmonic_mean() -> None:
    # 200 contracts cost 100/40000 + 100/60000 = 1/240 of a contract's size: 200 · 240 = 48000.
    payoff = Inverse(Decimal(100))
    assert payoff.entry_price(Decimal(100), Decimal(40000), Decimal(100), Decimal(60000)) == 48000
    assert payoff.entry_price(Decimal(-100), Decimal(40000), Decimal(-100), Decimal(60000)) == 48000
