"""The pools of both asset modes, and what a change of notation must not change."""

import msgspec
from hypothesis import assume, given

from margind.engine import commands as c
from margind.engine.margin.report import AccountReport
from margind.engine.model.terms import Market
from margind.errors.impossible import Impossible
from tests.engine.builders import AT_PAR, USDM_SYMBOLS, Desk, cross, document, held, isolated
from tests.engine.strategies import ZERO, examples, loads


def loaded(load: c.LoadAccount) -> Desk:
    desk = Desk({"BTCUSDT": "300", "BTCUSD_PERP": "250"})
    try:
        desk.do(load)
    except Impossible:
        assume(False)
    return desk


@examples(100)
@given(loads())
def test_asset_rows_are_the_sums_of_the_position_rows(load: c.LoadAccount) -> None:
    desk = loaded(load)
    for market in Market:
        report = desk.report(market)
        for asset, row in report.assets.items():
            rows = [one for one in report.positions.values() if one.contract.margin_asset == asset]
            for name in ("unrealized_profit", "maint_margin", "position_initial_margin", "initial_margin"):
                assert getattr(row, name) == sum(getattr(one, name) for one in rows)
            assert row.wallet_balance == row.cross_wallet_balance + sum(one.isolated_wallet for one in rows)
            assert row.initial_margin == row.position_initial_margin + row.open_order_initial_margin
            assert row.margin_balance == row.wallet_balance + row.unrealized_profit


def alone(load: c.LoadAccount, *, multi_assets_margin: bool) -> AccountReport:
    """What an account holds in USDT and cross margin, in either mode; USDT at par."""
    half, symbols = load.usdm, {symbol for symbol, asset in USDM_SYMBOLS.items() if asset == "USDT"}
    usdt = document(
        {asset: str(balance) for asset, (balance, _) in half.wallets.items() if asset == "USDT"},
        {symbol: cross(row.leverage) for symbol, row in half.symbols.items() if symbol in symbols},
        [
            msgspec.structs.replace(row, isolated_wallet=ZERO)
            for row in half.positions
            if row.symbol in symbols
        ],
        [order for order in half.open_orders if order.symbol in symbols],
        multi_assets_margin=multi_assets_margin,
    )
    desk = Desk({"BTCUSDT": "300"}, asset_index={"USDTUSD": AT_PAR["USDTUSD"]})
    desk.load(usdt, dual=load.dual_side_position)
    return desk.report()


@examples(100)
@given(loads())
def test_one_asset_at_par_is_the_same_in_both_modes(load: c.LoadAccount) -> None:
    single, multi = alone(load, multi_assets_margin=False), alone(load, multi_assets_margin=True)
    assert single.totals is not None
    assert multi.totals is not None
    assert single.totals.wallet_balance == multi.totals.wallet_balance
    for name in single.totals.__struct_fields__:
        # What can leave follows another rule in each mode. For the rest: single-asset rows add up what is
        # printed, multi-assets totals what is exact, so a unit for each of a row's three roundings.
        if name != "max_withdraw_amount":
            apart = getattr(single.totals, name) - getattr(multi.totals, name)
            assert abs(apart) * 10**8 <= 3 * len(single.positions) + 1, name


def test_an_isolated_position_is_a_pool_of_its_own() -> None:
    # What happens to it moves neither the cross pool nor what is available.
    results = []
    for mark in ("50", "100", "1000"):
        desk = Desk({"ETHUSDT": mark, "BTCUSDT": "100"})
        positions = [held("ETHUSDT", "1", "100", "60"), held("BTCUSDT", "1", "100")]
        desk.load(document({"USDT": "500"}, {"ETHUSDT": isolated(10)}, positions))
        row = desk.asset("USDT")
        results.append(
            (row.available_balance, row.max_withdraw_amount, row.pool, desk.liquidation_price("BTCUSDT"))
        )
    assert results[0] == results[1] == results[2]
