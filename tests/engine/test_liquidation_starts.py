"""A liquidation starts one tick beyond the printed price, and not one tick before, in every kind of pool."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from margind.engine import events as e
from margind.engine.margin.danger import pool_health, pool_of
from margind.engine.model.terms import PositionSide
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    ETHUSDT_2021,
    ONE_TIER,
    Desk,
    Tiers,
    document,
    held,
    index,
    isolated,
    market_of,
)
from tests.engine.strategies import SMALL, between, examples
from tests.engine.test_liquidation_properties import set_mark

LONG, SHORT, BOTH = PositionSide.LONG, PositionSide.SHORT, PositionSide.BOTH
TICK = Decimal("0.1")
"""Of the contracts."""
MARKS = between("60", "150", 2)
WALLETS = between("20", "4000", 8)
LARGE, LITTLE = st.integers(10, 60), st.integers(1, 4)
TIERS = st.sampled_from([ONE_TIER, SMALL, ETHUSDT_2021])
COIN_TIERS = st.sampled_from([ONE_TIER, BTCUSD_PERP_2021])
Make = Callable[[], Desk]


def check_start(make: Make, symbol: str, side: PositionSide) -> None:
    """At the printed price the ratio is 1 within a tick, and what happens says so."""
    desk = make()
    market = desk.state.markets[market_of(symbol)]
    mark, printed = market.mark_price(symbol), desk.liquidation_price(symbol, side)
    report = desk.report(market_of(symbol))
    pool = pool_of(report, report.positions[symbol, side])
    assume(not pool_health(report, pool).is_due)
    assume(printed > TICK * 10 and abs(mark - printed) > TICK)
    toward_mark = TICK if mark > printed else -TICK
    started = {}
    for price in (printed + toward_mark, printed - toward_mark):
        desk = make()
        set_mark(desk, symbol, price)
        started[price] = [event.pool for event in desk.events if isinstance(event, e.LiquidationStarted)]
    assert started == {printed + toward_mark: [], printed - toward_mark: [pool]}


@examples(60)
@given(TIERS, MARKS, MARKS, LARGE, st.booleans())
def test_of_an_isolated_position(tiers: Tiers, mark: Decimal, entry: Decimal, size: int, short: bool) -> None:
    def make() -> Desk:
        desk = Desk({"BTCUSDT": str(mark)}, {"BTCUSDT": tiers}, liquidation=True)
        set_aside = str((size * max(mark, entry) / 2).quantize(Decimal("1E-8")))
        position = held("BTCUSDT", str(-size if short else size), str(entry), set_aside)
        desk.load(document({"USDT": "50000"}, {"BTCUSDT": isolated(1)}, [position]))
        return desk

    check_start(make, "BTCUSDT", BOTH)


@examples(60)
@given(TIERS, st.tuples(MARKS, MARKS), st.tuples(LARGE, LITTLE), WALLETS, st.booleans())
def test_of_cross_hedge_legs_beside_another_symbol(
    tiers: Tiers, prices: tuple[Decimal, Decimal], sizes: tuple[int, int], wallet: Decimal, short: bool
) -> None:
    mark, entry = prices
    large, little = reversed(sizes) if short else sizes

    def make() -> Desk:
        desk = Desk({"BTCUSDT": str(mark)}, {"BTCUSDT": tiers}, liquidation=True)
        positions = [
            held("BTCUSDT", str(large), str(entry), side=LONG),
            held("BTCUSDT", str(-little), str(mark), side=SHORT),
            held("ETHUSDT", "-3", "101", side=SHORT),
        ]
        desk.load(document({"USDT": str(wallet)}, {}, positions), dual=True)
        return desk

    check_start(make, "BTCUSDT", LONG)


@examples(60)
@given(TIERS, MARKS, st.tuples(LARGE, LITTLE), WALLETS, between("0", "0.1", 2))
def test_of_the_joint_wallet(
    tiers: Tiers, mark: Decimal, sizes: tuple[int, int], wallet: Decimal, buffer: Decimal
) -> None:
    def make() -> Desk:
        rates = {"USDTUSD": index("1", str(buffer), "0.01"), "USDCUSD": index("1.01", "0.02", "0.02")}
        desk = Desk({"BTCUSDT": str(mark)}, {"BTCUSDT": tiers}, rates, liquidation=True)
        positions = [held("BTCUSDT", str(sizes[0]), str(mark)), held("BTCUSDC", str(sizes[1]), "99")]
        wallets = {"USDT": str(wallet), "USDC": "300"}
        desk.load(document(wallets, {}, positions, multi_assets_margin=True))
        return desk

    check_start(make, "BTCUSDT", BOTH)


@examples(60)
@given(COIN_TIERS, MARKS, MARKS, st.tuples(LARGE, LITTLE), st.booleans())
def test_of_coin_margined_hedge_legs(
    tiers: Any, mark: Decimal, entry: Decimal, sizes: tuple[int, int], short: bool
) -> None:
    large, little = reversed(sizes) if short else sizes

    def make() -> Desk:
        desk = Desk({"BTCUSD_PERP": str(mark)}, {"BTCUSD_PERP": tiers}, liquidation=True)
        positions = [
            held("BTCUSD_PERP", str(large), str(entry), side=LONG),
            held("BTCUSD_PERP", str(-little), str(mark), side=SHORT),
            held("BTCUSD_260925", "3", "90", side=LONG),
        ]
        desk.load(coinm=document({"BTC": "9"}, {}, positions), dual=True)
        return desk

    check_start(make, "BTCUSD_PERP", SHORT)


@examples(60)
@given(COIN_TIERS, MARKS, LARGE, st.booleans())
def test_of_an_isolated_coin_margined_position(tiers: Any, mark: Decimal, size: int, short: bool) -> None:
    def make() -> Desk:
        desk = Desk({"BTCUSD_PERP": str(mark)}, {"BTCUSD_PERP": tiers}, liquidation=True)
        position = held("BTCUSD_PERP", str(-size if short else size), str(mark), str(Decimal(size) / 2))
        desk.load(coinm=document({"BTC": "60"}, {"BTCUSD_PERP": isolated(1)}, [position]))
        return desk

    check_start(make, "BTCUSD_PERP", BOTH)
