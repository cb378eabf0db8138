"""At the liquidation price the pool's balance equals its maintenance margin, whatever the pool."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.model.decimals import CONTEXT
from margind.engine.model.terms import Market, PositionSide
from tests.engine.builders import Desk, document, held, isolated, ladder, market_of
from tests.engine.strategies import (
    CONTRACTS,
    PRICES,
    QUANTITIES,
    WALLETS,
    between,
    examples,
    indexes,
    ladders,
)

LONG, SHORT, BOTH = PositionSide.LONG, PositionSide.SHORT, PositionSide.BOTH
TICK = Decimal("0.00000001")
Excess = Callable[[Desk], Decimal]


def excess_of_isolated(side: PositionSide, symbol: str) -> Excess:
    def excess(desk: Desk) -> Decimal:
        row = desk.row(symbol, side)
        return row.isolated_wallet + row.exact.unrealized_profit - row.exact.maint_margin

    return excess


def excess_of_asset(asset: str, market: Market) -> Excess:
    def excess(desk: Desk) -> Decimal:
        row = desk.asset(asset, market)
        return row.cross_wallet_balance + row.exact.cross_unrealized_profit - row.exact.cross_maint_margin

    return excess


def excess_of_joint_wallet(desk: Desk) -> Decimal:
    joint = desk.report().multi_assets
    assert joint is not None
    return joint.equity - joint.maint_margin


def set_mark(desk: Desk, symbol: str, price: Decimal) -> None:
    patches = {symbol: c.PricePatch(mark_price=price)}
    desk.do(c.SetPrices(usdm=patches) if market_of(symbol) is Market.USDM else c.SetPrices(coinm=patches))


def check(desk: Desk, symbol: str, side: PositionSide, excess: Excess) -> None:
    """Within one tick of the printed price the excess changes its sign, and nowhere nearer to the mark."""
    market = desk.state.markets[market_of(symbol)]
    mark = market.mark_price(symbol)
    printed = desk.liquidation_price(symbol, side)
    assert printed >= 0

    def at(price: Decimal) -> Decimal:
        set_mark(desk, symbol, price)
        return excess(desk)

    here = at(mark)
    if printed > TICK:
        low, high = at(printed - TICK), at(printed + TICK)
        assert low * high <= 0 or min(abs(low), abs(high)) < TICK
        # Between the mark and there it keeps its sign.
        inside = [mark + (printed - mark) * share / 10 for share in range(10)]
        if abs(mark - printed) > TICK * 20:
            assert all(at(price) * here >= 0 for price in inside)
    elif not printed:
        assert here != 0
        for exponent in range(-7, 13):
            for digits in (1, 3):
                assert at(Decimal(digits).scaleb(exponent)) * here > 0
    set_mark(desk, symbol, mark)


@examples(120)
@given(ladders(), st.tuples(PRICES, PRICES), QUANTITIES, between("0", "50000", 8), st.booleans())
def test_isolated_positions(
    tiers: Any, prices: tuple[Decimal, Decimal], quantity: Decimal, wallet: Decimal, short: bool
) -> None:
    mark, entry = prices
    desk = Desk({"BTCUSDT": str(mark)}, {"BTCUSDT": tiers})
    position = held("BTCUSDT", str(-quantity if short else quantity), str(entry), str(wallet))
    desk.load(document({"USDT": "50000"}, {"BTCUSDT": isolated(1)}, [position]))
    check(desk, "BTCUSDT", BOTH, excess_of_isolated(BOTH, "BTCUSDT"))


@examples(120)
@given(
    ladders(),
    st.tuples(PRICES, PRICES, PRICES),
    st.tuples(QUANTITIES, QUANTITIES),
    WALLETS,
    st.booleans(),
)
def test_cross_hedge_legs_beside_another_symbol(
    tiers: Any,
    prices: tuple[Decimal, Decimal, Decimal],
    quantities: tuple[Decimal, Decimal],
    wallet: Decimal,
    other: bool,
) -> None:
    mark, *entries = prices
    desk = Desk({"BTCUSDT": str(mark)}, {"BTCUSDT": tiers, "ETHUSDT": tiers})
    positions = [
        held("BTCUSDT", str(quantities[0]), str(entries[0]), side=LONG),
        held("BTCUSDT", str(-quantities[1]), str(entries[1]), side=SHORT),
    ]
    if other:
        positions.append(held("ETHUSDT", "-3", "120", side=SHORT))
    desk.load(document({"USDT": str(wallet)}, {}, positions), dual=True)
    assert desk.liquidation_price("BTCUSDT", LONG) == desk.liquidation_price("BTCUSDT", SHORT)
    check(desk, "BTCUSDT", LONG, excess_of_asset("USDT", Market.USDM))


@examples(120)
@given(
    st.tuples(ladders(), ladders()),
    st.tuples(PRICES, PRICES),
    QUANTITIES.flatmap(lambda quantity: st.sampled_from([quantity, -quantity])),
    st.tuples(WALLETS, WALLETS),
    st.tuples(indexes(), indexes()),
)
def test_the_joint_wallet_of_multi_assets_mode(
    tiers: tuple[Any, Any],
    prices: tuple[Decimal, Decimal],
    amount: Decimal,
    wallets: tuple[Decimal, Decimal],
    rates: tuple[Any, Any],
) -> None:
    mark, entry = prices
    desk = Desk(
        {"BTCUSDT": str(mark)},
        {"BTCUSDT": tiers[0], "BTCUSDC": tiers[1]},
        {"USDTUSD": rates[0], "USDCUSD": rates[1]},
    )
    desk.load(
        document(
            {"USDT": str(wallets[0]), "USDC": str(wallets[1])},
            {},
            [held("BTCUSDT", str(amount), str(entry)), held("BTCUSDC", "5", "103")],
            multi_assets_margin=True,
        )
    )
    check(desk, "BTCUSDT", BOTH, excess_of_joint_wallet)


@examples(120)
@given(
    ladders(), PRICES, st.tuples(PRICES, PRICES), st.tuples(CONTRACTS, CONTRACTS), between("-1", "5000", 8)
)
def test_coin_margined_legs_beside_another_contract(
    tiers: Any,
    mark: Decimal,
    entries: tuple[Decimal, Decimal],
    contracts: tuple[Decimal, Decimal],
    wallet: Decimal,
) -> None:
    desk = Desk({"BTCUSD_PERP": str(mark)}, {"BTCUSD_PERP": tiers})
    positions = [
        held("BTCUSD_PERP", str(contracts[0]), str(entries[0]), side=LONG),
        held("BTCUSD_PERP", str(-contracts[1]), str(entries[1]), side=SHORT),
        held("BTCUSD_260925", "30", "90", side=LONG),
    ]
    desk.load(coinm=document({"BTC": str(wallet)}, {}, positions), dual=True)
    check(desk, "BTCUSD_PERP", SHORT, excess_of_asset("BTC", Market.COINM))


@examples(80)
@given(ladders(), st.tuples(PRICES, PRICES), CONTRACTS, between("0", "5", 8), st.booleans())
def test_isolated_coin_margined_positions(
    tiers: Any, prices: tuple[Decimal, Decimal], contracts: Decimal, wallet: Decimal, short: bool
) -> None:
    mark, entry = prices
    desk = Desk({"BTCUSD_PERP": str(mark)}, {"BTCUSD_PERP": tiers})
    position = held("BTCUSD_PERP", str(-contracts if short else contracts), str(entry), str(wallet))
    desk.load(coinm=document({"BTC": "5"}, {"BTCUSD_PERP": isolated(1)}, [position]))
    check(desk, "BTCUSD_PERP", BOTH, excess_of_isolated(BOTH, "BTCUSD_PERP"))


@examples(80)
@given(ladders(), QUANTITIES, PRICES, st.integers(0, 5), st.booleans())
def test_a_price_where_two_brackets_meet_is_found(
    tiers: Any, quantity: Decimal, entry: Decimal, edge: int, short: bool
) -> None:
    # A cross wallet that is used up exactly where the position is worth a bracket's cap.
    tiers = tiers if tiers[0][1] is not None else [(20, "1000", "0.01")]
    capped = [row for row in ladder(tiers).rows if row.notional_cap is not None]
    row = capped[edge % len(capped)]
    assert row.notional_cap is not None
    loss = row.notional_cap - quantity * entry if short else quantity * entry - row.notional_cap
    wallet = (row.notional_cap * row.maint_margin_ratio - row.cum + loss).quantize(TICK)
    desk = Desk({"BTCUSDT": "100"}, {"BTCUSDT": tiers})
    position = held("BTCUSDT", str(-quantity if short else quantity), str(entry))
    desk.load(document({"USDT": str(wallet)}, {}, [position]))
    # The wallet has 8 decimals; at a maintenance rate of at most a half, half a unit of it moves the price by
    # a unit per coin.
    printed = desk.liquidation_price("BTCUSDT")
    assert abs(printed - CONTEXT.divide(row.notional_cap, quantity)) <= TICK + CONTEXT.divide(TICK, quantity)
