"""The largest and smallest numbers that can be set: no report fails, nothing is lost."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from margind.engine import commands as c
from margind.engine.margin.liquidation_price import liquidation_price
from margind.engine.model.decimals import parse_decimal
from margind.engine.model.terms import Market, PositionSide, Side
from tests.engine.builders import AT_PAR, NAME, Desk, Tiers, contract, document, held, index, ladder, resting

HUGE, TINY = "9" * 20 + "." + "9" * 20, "0." + "0" * 19 + "1"
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
STEEP: Tiers = [(125, TINY, TINY), (5, HUGE, "0.99999999999999999999")]


def ends() -> Iterator[tuple[str, str, str]]:
    yield from product((HUGE, TINY), repeat=3)


def test_these_are_the_ends_of_what_is_read() -> None:
    assert parse_decimal(HUGE) is not None
    assert parse_decimal(TINY) is not None
    assert parse_decimal("9" + HUGE) is parse_decimal(TINY + "1") is None


@pytest.mark.parametrize("multi_assets_margin", [False, True])
@pytest.mark.parametrize("tiers", [STEEP, [(20, None, "0.01")]], ids=["steep", "one tier"])
def test_no_linear_report_fails(tiers: Tiers, multi_assets_margin: bool) -> None:
    rate = index(HUGE, "0.99999999999999999999", HUGE)
    for quantity, entry, mark in ends():
        desk = Desk({"BTCUSDT": mark}, {"BTCUSDT": tiers}, {**AT_PAR, "USDTUSD": rate})
        positions = [
            held("BTCUSDT", quantity, entry, side=LONG),
            held("BTCUSDT", "-" + quantity, entry, side=SHORT),
        ]
        orders = [resting("BTCUSDT", Side.BUY, entry, quantity, LONG)]
        wallet = {"USDT": "99999999999999999999.99999999"}
        half = document(wallet, {}, positions[:1], orders, multi_assets_margin=multi_assets_margin)
        desk.load(half, dual=True)
        assert desk.row("BTCUSDT", LONG).exact.notional == Fraction(quantity) * Fraction(mark)
        assert desk.liquidation_price("BTCUSDT", LONG) >= 0
        desk.load(document(wallet, {}, positions, multi_assets_margin=multi_assets_margin), dual=True)
        assert desk.liquidation_price("BTCUSDT", SHORT) >= 0
        assert desk.totals().maint_margin >= 0


@pytest.mark.parametrize("size", [HUGE, TINY])
def test_no_inverse_report_fails(size: str) -> None:
    for quantity, entry, mark in ends():
        desk = Desk(ladders={"BTCUSD_PERP": STEEP})
        desk.do(c.ListContracts((contract(Market.COINM, "BTCUSD_PERP", "BTC", size),)))
        desk.do(c.SetPrices(coinm={"BTCUSD_PERP": c.PricePatch(mark_price=Decimal(mark))}))
        for amount in (quantity, "-" + quantity):
            position = held("BTCUSD_PERP", amount, entry)
            order = resting("BTCUSD_PERP", Side.SELL, entry, quantity)
            desk.load(coinm=document({"BTC": "1"}, {}, [position], [order]))
            report = desk.report(Market.COINM)
            for row in report.positions.values():
                assert liquidation_price(report, row) >= 0
                assert row.open_order_initial_margin >= 0


def test_the_product_of_two_long_numbers_keeps_every_digit() -> None:
    desk = Desk({"BTCUSDT": HUGE})
    desk.load(document(positions=[held("BTCUSDT", HUGE, "1")]))
    assert Fraction(desk.row("BTCUSDT").exact.notional) == Fraction(HUGE) * Fraction(HUGE)


@pytest.mark.parametrize("buffer", ["0", "0.99999999999999999999"])
def test_an_index_is_refused_before_it_could_divide_by_nothing(buffer: str) -> None:
    desk = Desk(asset_index=AT_PAR)
    desk.load(document({"USDT": "5"}, multi_assets_margin=True))
    smallest = c.IndexPatch(Decimal("0.00000001"), Decimal(buffer))
    desk.do(c.SetPrices(asset_index={"USDTUSD": smallest}))
    assert desk.asset("USDT").available_balance >= 0


def test_a_liquidation_price_beyond_all_prices_is_none() -> None:
    # Sold for 1E+19 coins with all but one unit of them in the wallet: it would be some 1E+46.
    round_number = "1" + "0" * 19
    desk = Desk()
    desk.do(c.ListContracts((contract(Market.COINM, "BTCUSD_PERP", "BTC", round_number),)))
    position = held("BTCUSD_PERP", "-" + round_number, round_number)
    desk.load(coinm=document({"BTC": "9" * 19 + ".99999999"}, {}, [position]))
    assert desk.liquidation_price("BTCUSD_PERP") == 0


def test_an_account_at_the_ends_can_be_changed() -> None:
    desk = Desk({"BTCUSDT": HUGE}, {"BTCUSDT": [(50, None, "0.01")]})
    desk.load(document({"USDT": HUGE[:29]}, {}, [held("BTCUSDT", HUGE, HUGE)]))
    desk.do(c.ChangeLeverage(NAME, Market.USDM, "BTCUSDT", 50))
    desk.do(c.SetBrackets(((Market.USDM, "BTCUSDT", ladder(STEEP)),)))
    assert desk.row("BTCUSDT").maint_margin > 0
