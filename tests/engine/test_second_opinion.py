"""Every number of the report against a second computation in exact fractions."""

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.model.terms import Market, Rounding
from margind.errors.impossible import Impossible
from tests.engine import naive
from tests.engine.builders import NAME, Desk
from tests.engine.strategies import examples, ladders, loads, prices

ROW_COLUMNS = (
    "notional",
    "unrealized_profit",
    "initial_margin",
    "maint_margin",
    "position_initial_margin",
    "open_order_initial_margin",
    "bid_notional",
    "ask_notional",
    "isolated_wallet",
    "isolated_margin",
)
ASSET_COLUMNS = (
    "wallet_balance",
    "unrealized_profit",
    "margin_balance",
    "maint_margin",
    "initial_margin",
    "position_initial_margin",
    "open_order_initial_margin",
    "cross_wallet_balance",
    "cross_unrealized_profit",
)
FREE = ("available_balance", "max_withdraw_amount")


def check(desk: Desk, market: Market) -> None:
    report, of_market = desk.report(market), desk.state.markets[market]
    half, rounding = desk.state.accounts[NAME].on(market), desk.settings.initial_margin_rounding
    rows = naive.rows(half, of_market, rounding)
    assert set(rows) == set(report.positions)
    for key, row in report.positions.items():
        for name in ROW_COLUMNS:
            assert Fraction(getattr(row, name)) == rows[key][name], (key, name)
    columns = naive.assets(half, of_market, rounding)
    assert set(columns) == set(report.assets)
    single = ASSET_COLUMNS if half.multi_assets_margin else ASSET_COLUMNS + FREE
    for asset, asset_row in report.assets.items():
        for name in single:
            assert Fraction(getattr(asset_row, name)) == columns[asset][name], (asset, name)
    if half.multi_assets_margin:
        check_joint(desk)
    elif market is Market.USDM:
        totals = desk.totals()
        for name in ASSET_COLUMNS + FREE:
            assert Fraction(getattr(totals, name)) == columns["USDT"][name], name
    else:
        assert report.totals is None


def check_joint(desk: Desk) -> None:
    report, totals = desk.report(), desk.totals()
    expected = naive.multi_assets(
        desk.state.accounts[NAME].usdm,
        desk.state.markets[Market.USDM],
        desk.settings.initial_margin_rounding,
    )
    joint = report.multi_assets
    assert joint is not None
    for name in ("equity", "initial_margin", "maint_margin"):
        assert abs(Fraction(getattr(joint, name)) - expected[name]) < Fraction(1, 10**40)
    for name, value in expected["totals"].items():
        assert Fraction(getattr(totals, name)) == value, name
    for name in FREE:
        for asset, value in expected[name].items():
            assert Fraction(getattr(report.assets[asset], name)) == value, (asset, name)


@examples(150)
@given(
    loads(),
    prices(),
    st.sampled_from(Rounding),
    st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT", "BTCUSD_PERP"]), ladders()),
)
def test_the_report_agrees_with_the_published_formulas(
    load: c.LoadAccount, moved: c.SetPrices, rounding: Rounding, tiers: dict[str, list[tuple[int, str, str]]]
) -> None:
    desk = Desk(ladders=tiers, rounding=rounding)
    desk.do(moved)
    try:
        desk.do(load)
    except Impossible:
        assume(False)
    for market in Market:
        check(desk, market)


def test_the_second_opinion_knows_the_worked_examples() -> None:
    # margin of 1000.12345678 at 7x, and the cut entry price: the same numbers by hand as in the scenarios.
    assert naive.up(Fraction("1000.12345678") * naive.up(Fraction(1, 7))) == Fraction("142.87478669")
    assert naive.cut(Fraction(-30) * (Fraction("0.125") - naive.cut(Fraction("0.123456789012")))) == Fraction(
        "-0.0462966"
    )
