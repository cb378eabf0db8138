"""Wallets, sums, what is available and what can leave, asset by asset; the totals of single-asset mode."""

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine.margin.position_report import flat_report
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Market, PositionSide, Side
from tests.engine.builders import NAME, NOW, Desk, cross, document, held, isolated, numbers, resting
from tests.scenarios import orders


@pytest.fixture
def desk() -> Desk:
    """Wallet 1000; isolated: wallet 30, loss 2, orders bind 10; cross: profit 5, initial margin 120."""
    desk = Desk({"ETHUSDT": "98", "BTCUSDT": "1200"})
    desk.load(
        document(
            {"USDT": "1000", "USDC": "7"},
            {"ETHUSDT": isolated(10), "BTCUSDT": cross(10)},
            [held("ETHUSDT", "1", "100", "30"), held("BTCUSDT", "1", "1195")],
            [resting("ETHUSDT", Side.BUY, "100", "1")],
        )
    )
    return desk


def test_the_asset_row_adds_up_its_positions_isolated_ones_included(desk: Desk) -> None:
    row = desk.asset("USDT")
    assert (row.wallet_balance, row.cross_wallet_balance) == numbers(1000, 970)
    assert (row.unrealized_profit, row.cross_unrealized_profit, row.margin_balance) == numbers(3, 5, 1003)
    # 1 % of 98 and of 1200; a tenth of both; the isolated symbol's order.
    assert str(row.maint_margin) == "12.98000000"
    assert str(row.position_initial_margin) == "129.80000000"
    assert (row.open_order_initial_margin, row.initial_margin) == numbers(10, "139.8")


def test_available_is_cross_money_less_cross_margins_and_isolated_orders(desk: Desk) -> None:
    # 970 + 5 - 120 - 10: the isolated position costs nothing here, its money has left the cross wallet.
    assert desk.asset("USDT").available_balance == 845


def test_the_cross_pool_knows_what_liquidation_looks_at(desk: Desk) -> None:
    pool = desk.asset("USDT").pool
    assert (pool.margin_balance, pool.maint_margin, pool.unbound) == numbers(975, 12, 845)
    assert str(pool.margin_ratio) == "0.01230769"  # 12 / 975


def test_an_asset_without_positions_is_wholly_available(desk: Desk) -> None:
    row = desk.asset("USDC")
    assert (row.available_balance, row.max_withdraw_amount) == numbers(7, 7)
    assert row.pool.margin_ratio is None


def test_isolated_margin_is_the_isolated_wallet_plus_its_profit(desk: Desk) -> None:
    assert desk.row("ETHUSDT").isolated_margin == 28
    assert desk.row("BTCUSDT").isolated_margin == 0


def test_single_asset_totals_are_the_usdt_row(desk: Desk) -> None:
    totals, row = desk.totals(), desk.asset("USDT")
    for name in totals.__struct_fields__:
        assert getattr(totals, name) == getattr(row, name)
    assert totals.wallet_balance == 1000  # not 1007


def test_profit_lifts_what_is_available_but_not_what_can_leave() -> None:
    # cw 100, profit 50, initial margin 20, maintenance 2: available 130, withdraw min(98, 130).
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "100"}, {"BTCUSDT": cross(10)}, [held("BTCUSDT", "2", "75")]))
    row = desk.asset("USDT")
    assert (row.available_balance, row.max_withdraw_amount) == numbers(130, 98)


def test_what_can_leave_stays_within_the_cross_wallet() -> None:
    # Wallet 100, 90 of it isolated: 10, though the isolated position stands 50 in profit.
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "100"}, {"BTCUSDT": isolated(10)}, [held("BTCUSDT", "1", "50", "90")]))
    assert desk.asset("USDT").max_withdraw_amount == 10


def test_nothing_is_available_when_margins_exceed_the_balance() -> None:
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "10"}, {"BTCUSDT": cross(10)}, [held("BTCUSDT", "2", "100")]))
    row = desk.asset("USDT")
    assert (row.available_balance, row.max_withdraw_amount, row.pool.unbound) == numbers(0, 0, -10)


def test_a_pool_past_its_end_stands_at_100_percent() -> None:
    desk = Desk({"BTCUSDT": "100"})
    desk.load(document({"USDT": "-5"}, {"BTCUSDT": cross(10)}, [held("BTCUSDT", "2", "100")]))
    assert desk.asset("USDT").pool.margin_ratio == 1


def test_coin_margined_assets_stand_each_for_itself_and_have_no_totals() -> None:
    # 1000 USD from 50000 to 62500: 0.02 - 0.016 = 0.004 profit; value 0.016; 10x; 1 %.
    desk = Desk({"BTCUSD_PERP": "62500"})
    desk.load(
        coinm=document(
            {"BTC": "0.1", "ETH": "2"}, {"BTCUSD_PERP": cross(10)}, [held("BTCUSD_PERP", "10", "50000")]
        )
    )
    report = desk.report(Market.COINM)
    assert report.totals is None
    row = report.assets["BTC"]
    assert [f"{value:f}" for value in (row.unrealized_profit, row.initial_margin, row.maint_margin)] == [
        "0.00400000",
        "0.00160000",
        "0.00016000",
    ]
    # 0.1 + 0.004 - 0.0016; and 0.1 - 0.00016, which is less than nothing else.
    assert (f"{row.available_balance:f}", f"{row.max_withdraw_amount:f}") == ("0.10240000", "0.09984000")
    assert report.assets["ETH"].available_balance == 2


def test_a_market_without_usdt_has_no_totals() -> None:
    desk = Desk()
    facts = desk.facts[Market.USDM]
    others = tuple(asset for asset in facts.assets if asset.asset != "USDT")
    desk.state.markets[Market.USDM] = MarketState(msgspec.structs.replace(facts, assets=others))
    assert desk.report().totals is None


def test_an_order_that_is_not_filled_leaves_the_time_of_its_row_at_0() -> None:
    desk = Desk()
    desk.load(document({"USDT": "1000"}, {}, [], [resting("ETHUSDT", Side.BUY, "90", "1", update_time=7)]))
    assert desk.row("ETHUSDT").update_time == 0
    (order_id,) = desk.state.accounts[NAME].usdm.open_orders
    desk.do(c.CancelOrder(NAME, Market.USDM, "ETHUSDT", order_id))
    assert desk.state.accounts[NAME].usdm.update_time(("ETHUSDT", PositionSide.BOTH)) == 0


def test_a_position_that_was_closed_keeps_the_time_of_its_end() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDT": "1000"}, {}, [held("ETHUSDT", "1", "100")]))
    orders.at(desk, orders.market(Side.SELL, "1", "ETHUSDT"), NOW + 5)
    half = desk.state.accounts[NAME].usdm
    assert not half.positions
    assert half.update_time(("ETHUSDT", PositionSide.BOTH)) == NOW + 5


def test_a_flat_row_has_its_mark_its_settings_and_its_last_change() -> None:
    desk = Desk({"ETHUSDT": "98"}, {"ETHUSDT": [(50, "1000", "0.01"), (5, "5000", "0.1")]})
    desk.load(document(symbols={"ETHUSDT": isolated(20)}))
    half, market = desk.state.accounts[NAME].usdm, desk.state.markets[Market.USDM]
    half.touched["ETHUSDT", PositionSide.BOTH] = 5
    row = flat_report(half, market, ("ETHUSDT", PositionSide.BOTH))
    assert (row.mark_price, row.max_notional) == numbers(98, 1000)
    assert row.update_time == 5
    assert (row.configuration, row.is_isolated) == (isolated(20), True)
    assert not any(
        (row.position_amt, row.notional, row.initial_margin, row.maint_margin, row.isolated_margin)
    )
    assert row.exact_initial_margin == 0
