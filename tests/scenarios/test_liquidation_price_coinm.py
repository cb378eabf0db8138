"""Liquidation prices on COIN-M: balances in coin, prices cut at eight decimals."""

import pytest

from margind.engine.model.terms import PositionSide
from tests.engine.builders import BTCUSD_PERP_2021, Desk, cross, document, held, isolated

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def test_an_isolated_long_of_a_public_reply() -> None:
    # Public: ccxt's sample of BTCUSD_PERP at 2x: 200 · 1.004 / (0.00268058 + 200 / 37643.10000021).
    desk = Desk({"BTCUSD_PERP": "37000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    position = held("BTCUSD_PERP", "2", "37643.10000021", "0.00268058")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": isolated(2)}, [position]))
    assert str(desk.liquidation_price("BTCUSD_PERP")) == "25119.97445760"


def test_an_isolated_short() -> None:
    # By hand: 3000 · (0.004 - 1) / (0.006 - 3000 / 60000) = 2988 / 0.044.
    desk = Desk({"BTCUSD_PERP": "60000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    position = held("BTCUSD_PERP", "-30", "60000", "0.006")
    desk.load(coinm=document({"BTC": "1"}, {"BTCUSD_PERP": isolated(10)}, [position]))
    assert str(desk.liquidation_price("BTCUSD_PERP")) == "67909.09090909"


def test_a_price_is_cut_not_rounded() -> None:
    # The cross pool around it: 0.081 - 0.001 maintenance + 0.02 profit of the other contract, so 10100 / 0.3.
    desk = Desk({"BTCUSD_PERP": "50000", "BTCUSD_260925": "50000"})
    positions = [held("BTCUSD_PERP", "100", "50000"), held("BTCUSD_260925", "-50", "62500")]
    desk.load(coinm=document({"BTC": "0.081"}, {}, positions))
    assert str(desk.liquidation_price("BTCUSD_PERP")) == "33666.66666666"


def test_both_cross_legs_share_one_price() -> None:
    # By hand: 100 · (100 · 0.01 + 40 · 0.01 + 100 - 40) / (0.1 + 0.2 - 0.08) = 6140 / 0.22.
    desk = Desk({"BTCUSD_PERP": "50000"})
    positions = [
        held("BTCUSD_PERP", "100", "50000", side=LONG),
        held("BTCUSD_PERP", "-40", "50000", side=SHORT),
    ]
    desk.load(coinm=document({"BTC": "0.1"}, {}, positions), dual=True)
    assert str(desk.liquidation_price("BTCUSD_PERP", LONG)) == "27909.09090909"
    assert str(desk.liquidation_price("BTCUSD_PERP", SHORT)) == "27909.09090909"


def test_a_short_that_its_coins_hedge_has_no_liquidation_price() -> None:
    # 3000 USD short from 60000 owe at most the 0.05 BTC they were sold for.
    desk = Desk({"BTCUSD_PERP": "60000"})
    for wallet in ("0.05", "0.06"):
        desk.load(coinm=document({"BTC": wallet}, {}, [held("BTCUSD_PERP", "-30", "60000")]))
        assert desk.liquidation_price("BTCUSD_PERP") == 0


def test_the_bracket_is_the_one_at_the_price_in_coin() -> None:
    # 4000 contracts are 4 BTC at 100000 but more than 5 below 80000: cum 0.005 and 0.5 % there.
    # By hand: 400000 · 1.005 / (2 + 0.005 + 4) = 402000 / 6.005.
    desk = Desk({"BTCUSD_PERP": "100000"}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    desk.load(coinm=document({"BTC": "2"}, {}, [held("BTCUSD_PERP", "4000", "100000")]))
    assert f"{desk.liquidation_price('BTCUSD_PERP'):.4f}" == "66944.2132"


@pytest.mark.parametrize("contracts", [3, 7, 11, 13, 17, 19])
def test_a_price_where_two_brackets_meet_is_found(contracts: int) -> None:
    # Worth 5 BTC, the first cap, at contracts · 20; bought at twice that price for 2.5 BTC, so the wallet
    # that ends there holds the loss of 2.5 and a maintenance margin of 0.02.
    desk = Desk({"BTCUSD_PERP": str(contracts * 40)}, {"BTCUSD_PERP": BTCUSD_PERP_2021})
    position = held("BTCUSD_PERP", str(contracts), str(contracts * 40), "2.52")
    desk.load(coinm=document({"BTC": "9"}, {"BTCUSD_PERP": isolated(5)}, [position]))
    assert desk.liquidation_price("BTCUSD_PERP") == contracts * 20


def test_isolated_contracts_of_the_coin_do_not_help_a_cross_one() -> None:
    # 1000 USD at 50000: 10100 / (0.3 - 0.2 + 0.2) with 0.2 BTC locked away.
    desk = Desk({"BTCUSD_PERP": "50000", "BTCUSD_260925": "50000"})
    positions = [held("BTCUSD_PERP", "100", "50000"), held("BTCUSD_260925", "1", "50000", "0.2")]
    configuration = {"BTCUSD_260925": isolated(10), "BTCUSD_PERP": cross(10)}
    desk.load(coinm=document({"BTC": "0.3"}, configuration, positions))
    assert str(desk.liquidation_price("BTCUSD_PERP")) == "33666.66666666"
