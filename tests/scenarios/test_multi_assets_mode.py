"""Multi-assets mode: one wallet in USD, each asset at its own rates."""

from decimal import Decimal

from margind.engine.model.prices import AssetIndex
from tests.engine.builders import AT_PAR, NOW, Desk, cross, document, held, index, numbers


def test_rates_are_the_index_less_or_plus_a_buffer_cut_at_eight_decimals() -> None:
    # Documented: 'Multi-Assets Mode Asset Index', the ADAUSD example.
    row = AssetIndex(
        Decimal("1.92957370"), Decimal("0.10"), Decimal("0.10"), Decimal("0.05"), Decimal("0.05"), NOW
    )
    assert [
        str(rate)
        for rate in (row.bid_rate, row.ask_rate, row.auto_exchange_bid_rate, row.auto_exchange_ask_rate)
    ] == ["1.73661633", "2.12253107", "1.83309501", "2.02605238"]


def faq() -> Desk:
    """Documented: FAQ 'How to Calculate Margin in Multi-Assets Mode'; maintenance 80 USDT and 120 USDC."""
    desk = Desk(
        {"BTCUSDT": "50000", "BTCUSDC": "48000"},
        {"BTCUSDT": [(125, None, "0.08")], "BTCUSDC": [(125, None, "0.05")]},
        {**AT_PAR, "USDTUSD": index("0.99", "0.01", "0.005")},
    )
    desk.load(
        document(
            {"USDT": "200", "USDC": "220"},
            {"BTCUSDT": cross(10), "BTCUSDC": cross(10)},
            [held("BTCUSDT", "0.02", "50000"), held("BTCUSDC", "0.05", "48000")],
            multi_assets_margin=True,
        )
    )
    return desk


def test_the_worked_example_of_the_faq() -> None:
    report = faq().report()
    joint = report.multi_assets
    assert joint is not None
    assert (report.rates["USDT"].bid, report.rates["USDT"].ask) == (Decimal("0.9801"), Decimal("0.99495"))
    assert [report.assets[asset].initial_margin for asset in ("USDT", "USDC")] == [100, 240]
    assert joint.equity == Decimal("416.02")  # 200 · 0.9801 + 220
    assert joint.initial_margin == Decimal("339.495")  # 99.495 + 240
    assert joint.available == Decimal("76.525")
    assert joint.maint_margin == Decimal("199.596")  # 79.596 + 120
    assert joint.margin_ratio == Decimal("0.47977501")  # the FAQ's 47.98 %
    assert str(report.assets["USDC"].available_balance) == "76.52500000"
    assert f"{report.assets['USDT'].available_balance:.2f}" == "76.91"


def test_totals_convert_wallets_at_bid_and_margins_at_ask() -> None:
    totals = faq().totals()
    assert str(totals.wallet_balance) == str(totals.margin_balance) == "416.02000000"
    assert str(totals.initial_margin) == str(totals.position_initial_margin) == "339.49500000"
    assert str(totals.maint_margin) == "199.59600000"
    assert str(totals.available_balance) == str(totals.max_withdraw_amount) == "76.52500000"
    assert (totals.open_order_initial_margin, totals.unrealized_profit) == numbers(0, 0)


def test_what_can_leave_of_an_asset_is_its_wallet_or_its_share_of_what_is_available() -> None:
    desk = faq()
    assert desk.asset("USDC").max_withdraw_amount == Decimal("76.525")
    # BTC is held at zero: something is available in it, nothing can leave.
    row = desk.asset("BTC")
    assert (row.available_balance, row.max_withdraw_amount) == numbers("76.525", 0)


ONE_PERCENT = {**AT_PAR, "USDTUSD": index("1", "0.01", "0.01")}


def test_a_negative_balance_counts_at_the_ask_rate() -> None:
    desk = Desk(asset_index=ONE_PERCENT)
    desk.load(document({"USDT": "-100", "USDC": "200"}, multi_assets_margin=True))
    joint = desk.report().multi_assets
    assert joint is not None
    assert joint.equity == 99  # -101 + 200
    assert joint.margin_ratio is None
    assert desk.totals().wallet_balance == 99


def test_a_loss_inside_a_positive_equity_is_converted_at_bid() -> None:
    desk = Desk({"BTCUSDT": "90"}, asset_index=ONE_PERCENT)
    desk.load(document({"USDT": "100"}, positions=[held("BTCUSDT", "1", "100")], multi_assets_margin=True))
    totals = desk.totals()
    assert totals.unrealized_profit == totals.cross_unrealized_profit == Decimal("-9.9")
    assert totals.margin_balance == Decimal("89.1")


def test_all_parts_of_a_negative_equity_are_converted_at_ask() -> None:
    desk = Desk({"BTCUSDT": "90"}, asset_index=ONE_PERCENT)
    desk.load(
        document(
            {"USDT": "5", "USDC": "50"}, positions=[held("BTCUSDT", "1", "100")], multi_assets_margin=True
        )
    )
    totals = desk.totals()
    assert totals.unrealized_profit == Decimal("-10.1")
    assert totals.wallet_balance == totals.cross_wallet_balance == Decimal("55.05")  # 5 · 1.01 + 50
    assert totals.margin_balance == Decimal("44.95")


def test_a_loss_in_an_asset_that_is_not_held_is_owed() -> None:
    desk = Desk({"BTCUSDT": "90"}, asset_index=ONE_PERCENT)
    desk.load(document({"USDC": "50"}, positions=[held("BTCUSDT", "1", "100")], multi_assets_margin=True))
    joint = desk.report().multi_assets
    assert joint is not None
    assert joint.equity == Decimal("39.9")  # 50 - 10 · 1.01


def test_btc_with_a_buffer_of_five_percent_counts_95_percent() -> None:
    desk = Desk(asset_index={**AT_PAR, "BTCUSD": index("60000", "0.05", "0.05")})
    desk.load(document({"BTC": "2"}, multi_assets_margin=True))
    assert desk.totals().available_balance == 114000


def test_an_asset_that_is_no_collateral_stays_outside() -> None:
    desk = Desk(asset_index={**AT_PAR, "BNBUSD": index("600")})
    desk.load(document({"BNB": "3", "USDT": "10"}, multi_assets_margin=True))
    row = desk.asset("BNB")
    assert not row.margin_available
    assert (row.available_balance, row.max_withdraw_amount) == numbers(0, 3)
    assert desk.totals().wallet_balance == 10


def test_an_asset_without_index_backs_only_what_is_settled_in_it() -> None:
    # BTC has no index: its position needs 1 % of 20 BTC, and orders 10 %.
    desk = Desk({"ETHBTC": "2"}, asset_index={"USDTUSD": index("1")})
    desk.load(
        document(
            {"BTC": "3", "USDT": "10"},
            {"ETHBTC": cross(10)},
            [held("ETHBTC", "10", "2")],
            multi_assets_margin=True,
        )
    )
    report, row = desk.report(), desk.asset("BTC")
    assert (row.available_balance, row.max_withdraw_amount) == numbers(0, 1)
    assert (report.unbound("BTC"), report.unbound("USDT")) == numbers(1, 10)
    assert desk.totals().initial_margin == 0
    # (3 - 20) / (10 · (0.01 - 1)): its own pool is liquidated alone.
    assert str(desk.liquidation_price("ETHBTC")) == "1.71717172"
