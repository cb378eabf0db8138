"""Liquidation prices on USDⓈ-M, in every kind of pool; the bracket is the one at that price."""

from decimal import Decimal

import pytest

from margind.engine.model.terms import PositionSide, Side
from tests.engine.builders import (
    AT_PAR,
    BTCUSDT_2021,
    BTCUSDT_2026_09,
    ETHUSDT_2021,
    Desk,
    Tiers,
    cross,
    document,
    held,
    index,
    isolated,
    resting,
)

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def to_the_cent(price: Decimal) -> str:
    return f"{price:.2f}"


def test_isolated_hedge_legs_of_the_documented_example() -> None:
    # Documented: 'Position Information', hedge mode example, printed 5930.78 and 7189.95.
    # By hand: (13200.70726908 + 50 - 131273.3) / (20 · -0.995),
    # and (6570.42511771 + 50 + 65638.6) / (10 · 1.005).
    desk = Desk({"BTCUSDT": "6679.50671178"}, {"BTCUSDT": BTCUSDT_2021})
    positions = [
        held("BTCUSDT", "20", "6563.66500", "13200.70726908", LONG),
        held("BTCUSDT", "-10", "6563.86000", "6570.42511771", SHORT),
    ]
    desk.load(document({"USDT": "30000"}, {"BTCUSDT": isolated(10)}, positions), dual=True)
    assert to_the_cent(desk.liquidation_price("BTCUSDT", LONG)) == "5930.78"
    assert to_the_cent(desk.liquidation_price("BTCUSDT", SHORT)) == "7189.95"


def test_two_cross_positions_of_the_faq() -> None:
    # Documented: FAQ 'How to Calculate Liquidation Price of USDⓈ-M Futures Contracts'; also in freqtrade's
    # tests/exchange/test_binance.py: 1153.26 and 26316.89.
    desk = Desk(
        {"ETHUSDT": "1335.18", "BTCUSDT": "31967.27"}, {"ETHUSDT": ETHUSDT_2021, "BTCUSDT": BTCUSDT_2021}
    )
    positions = [held("ETHUSDT", "3683.979", "1456.84"), held("BTCUSDT", "109.488", "32481.98")]
    configuration = {"ETHUSDT": cross(5), "BTCUSDT": cross(10)}
    desk.load(document({"USDT": "1535443.01"}, configuration, positions))
    assert to_the_cent(desk.liquidation_price("ETHUSDT")) == "1153.26"


def test_the_other_cross_position_of_the_faq() -> None:
    # The FAQ evaluates it at an ETH mark of 1335.18: WB 1535443.01, TMM 356512.508, UPNL -448192.89.
    desk = Desk(
        {"ETHUSDT": "1335.18", "BTCUSDT": "31967.27"}, {"ETHUSDT": ETHUSDT_2021, "BTCUSDT": BTCUSDT_2021}
    )
    positions = [held("ETHUSDT", "3683.979", "1456.84"), held("BTCUSDT", "109.488", "32481.98")]
    desk.load(document({"USDT": "1535443.01"}, {"ETHUSDT": cross(5), "BTCUSDT": cross(10)}, positions))
    ethereum = desk.row("ETHUSDT")
    assert to_the_cent(ethereum.maint_margin) == "356512.51"
    assert to_the_cent(ethereum.unrealized_profit) == "-448192.89"
    assert to_the_cent(desk.liquidation_price("BTCUSDT")) == "26316.89"


@pytest.mark.parametrize(
    ("notional", "leverage", "price"),
    [
        # By hand: (95000 · (1 - 1/L) - cum/q) / (1 - MMR), the bracket at that price; iw = notional / L.
        ("50000", 20, "90612.45"),
        ("400000", 50, "93496.23"),
        ("5000000", 40, "93330.30"),
        ("20000000", 20, "91452.04"),
        ("60000000", 20, "91878.57"),
    ],
)
def test_isolated_longs_from_95000_in_five_brackets(notional: str, leverage: int, price: str) -> None:
    quantity = (Decimal(notional) / 95000).quantize(Decimal("1E-20"))
    margin = Decimal(notional) / leverage
    desk = Desk({"BTCUSDT": "95000"}, {"BTCUSDT": BTCUSDT_2026_09})
    desk.load(
        document(
            {"USDT": "10000000"},
            {"BTCUSDT": isolated(leverage)},
            [held("BTCUSDT", str(quantity), "95000", str(margin))],
        )
    )
    assert to_the_cent(desk.liquidation_price("BTCUSDT")) == price


def test_a_cross_long_beside_a_winning_short() -> None:
    # By hand: (2000 - 132 + 1000 - 9500) / (0.1 · (0.004 - 1)) = 66586.345...; ETHUSDT's first bracket
    # is the same in that table.
    desk = Desk(
        {"BTCUSDT": "95000", "ETHUSDT": "3300"}, {"BTCUSDT": BTCUSDT_2026_09, "ETHUSDT": BTCUSDT_2026_09}
    )
    positions = [held("BTCUSDT", "0.1", "95000"), held("ETHUSDT", "-10", "3400")]
    desk.load(document({"USDT": "2000"}, {}, positions))
    assert f"{desk.liquidation_price('BTCUSDT'):.1f}" == "66586.3"


def test_both_cross_legs_of_a_symbol_share_one_price() -> None:
    # By hand: (150 - 300 + 110) / (0.03 + 0.01 - 3 + 1) = 40 / 1.96.
    desk = Desk({"ETHUSDT": "100"})
    positions = [held("ETHUSDT", "3", "100", side=LONG), held("ETHUSDT", "-1", "110", side=SHORT)]
    desk.load(document({"USDT": "150"}, {"ETHUSDT": cross(10)}, positions), dual=True)
    assert str(desk.liquidation_price("ETHUSDT", LONG)) == "20.40816327"
    assert str(desk.liquidation_price("ETHUSDT", SHORT)) == "20.40816327"


def test_the_entry_price_enters_cut_to_eight_decimals() -> None:
    # (10 - 100 · 1.00000000) / (100 · -0.99) = 0.909090...; with all digits it would be one unit more.
    desk = Desk({"ADAUSDT": "1"})
    desk.load(
        document({"USDT": "10"}, {"ADAUSDT": isolated(10)}, [held("ADAUSDT", "100", "1.000000009", "10")])
    )
    assert str(desk.liquidation_price("ADAUSDT")) == "0.90909091"


@pytest.mark.parametrize("quantity", [3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_price_where_two_brackets_meet_is_found(quantity: int, sign: int) -> None:
    # The position is worth exactly 300000, the first cap, where it is liquidated: the wallet that does it is
    # 300000 · 0.004 - sign · (300000 - quantity · entry).
    entry = 310000 // quantity if sign > 0 else 290000 // quantity
    wallet = 1200 - sign * (300000 - quantity * entry)
    desk = Desk({"BTCUSDT": str(entry)}, {"BTCUSDT": BTCUSDT_2026_09})
    desk.load(
        document(
            {"USDT": "100000"},
            {"BTCUSDT": isolated(10)},
            [held("BTCUSDT", str(sign * quantity), str(entry), str(wallet))],
        )
    )
    exact = Decimal(300000) / quantity
    assert str(desk.liquidation_price("BTCUSDT")) == f"{exact:.8f}"


def test_a_long_that_its_wallet_covers_whole_has_no_liquidation_price() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDT": "500"}, {"ETHUSDT": cross(1)}, [held("ETHUSDT", "5", "100")]))
    assert desk.liquidation_price("ETHUSDT") == 0


def test_two_equal_legs_that_cost_nothing_have_no_liquidation_price() -> None:
    # No maintenance rate, no net amount: no price moves this pool.
    desk = Desk({"ETHUSDT": "100"}, {"ETHUSDT": [(10, None, "0")]})
    positions = [held("ETHUSDT", "1", "100", side=LONG), held("ETHUSDT", "-1", "100", side=SHORT)]
    desk.load(document({"USDT": "10"}, {}, positions), dual=True)
    assert desk.liquidation_price("ETHUSDT", LONG) == 0


def test_two_equal_legs_are_liquidated_when_their_margin_has_grown_to_the_wallet() -> None:
    # By hand: 150 + 100 - 100 = 2 · 0.01 · price.
    desk = Desk({"ETHUSDT": "100"})
    positions = [held("ETHUSDT", "1", "100", side=LONG), held("ETHUSDT", "-1", "100", side=SHORT)]
    desk.load(document({"USDT": "150"}, {"ETHUSDT": cross(10)}, positions), dual=True)
    assert desk.liquidation_price("ETHUSDT", SHORT) == 7500


def test_of_two_prices_the_one_nearer_to_the_mark_is_shown() -> None:
    # Long 100, short 90 from 1000, wallet 3000; rates 1 % to 150000 and 10 % above.
    # Falling: 3000 + 10 (p - 1000) = 1.9 p below the caps: p = 7000 / 8.1.
    # Rising past both caps (cum 2 · 13500): 3000 + 10 p - 10000 = 19 p - 27000: p = 20000 / 9.
    tiers: Tiers = [(50, "150000", "0.01"), (5, None, "0.1")]
    positions = [held("ETHUSDT", "100", "1000", side=LONG), held("ETHUSDT", "-90", "1000", side=SHORT)]
    for mark, price in (("1000", "864.19753086"), ("2000", "2222.22222222"), ("3000", "2222.22222222")):
        desk = Desk({"ETHUSDT": mark}, {"ETHUSDT": tiers})
        desk.load(document({"USDT": "3000"}, {"ETHUSDT": cross(5)}, positions), dual=True)
        assert str(desk.liquidation_price("ETHUSDT", LONG)) == price


def test_an_account_past_help_has_no_liquidation_price() -> None:
    # The legs lose 2 whatever the price does; no price brings a wallet of 1 above maintenance.
    desk = Desk({"ETHUSDT": "100"})
    positions = [held("ETHUSDT", "1", "101", side=LONG), held("ETHUSDT", "-1", "99", side=SHORT)]
    desk.load(document({"USDT": "1"}, {"ETHUSDT": cross(10)}, positions), dual=True)
    assert desk.liquidation_price("ETHUSDT", LONG) == 0


def test_a_row_without_position_has_no_liquidation_price() -> None:
    desk = Desk({"ETHUSDT": "100"})
    desk.load(document({"USDT": "1"}, orders=[resting("ETHUSDT", Side.BUY, "90", "1")]))
    assert desk.liquidation_price("ETHUSDT") == 0


def test_isolated_positions_of_the_asset_do_not_help_a_cross_one() -> None:
    # (100 - 60 - 100) / (1 · -0.99): the 60 in the isolated wallet is out of reach, its profit too.
    desk = Desk({"ETHUSDT": "100", "BTCUSDT": "200"})
    positions = [held("ETHUSDT", "1", "100"), held("BTCUSDT", "1", "100", "60")]
    desk.load(document({"USDT": "100"}, {"BTCUSDT": isolated(10)}, positions))
    assert str(desk.liquidation_price("ETHUSDT")) == "60.60606061"


def test_in_multi_assets_mode_a_debt_weighs_at_the_ask_rate() -> None:
    # By hand: 1.01 · (100 + p - 1000) + 50 = 1.01 · 0.01 p, p = 859 / 0.9999; USDT is owed there.
    desk = Desk({"BTCUSDT": "1000"}, asset_index={**AT_PAR, "USDTUSD": index("1", "0.01", "0.01")})
    desk.load(
        document(
            {"USDT": "100", "USDC": "50"}, positions=[held("BTCUSDT", "1", "1000")], multi_assets_margin=True
        )
    )
    assert str(desk.liquidation_price("BTCUSDT")) == "859.08590859"


def test_in_multi_assets_mode_other_maintenance_is_taken_from_the_joint_wallet() -> None:
    # By hand: 0.99 · (200 + p - 1000) + 50 - 100 = 1.01 · 0.01 p, p = 842 / 0.9799; USDT stays owned.
    desk = Desk(
        {"BTCUSDT": "1000", "BTCUSDC": "100"}, asset_index={**AT_PAR, "USDTUSD": index("1", "0.01", "0.01")}
    )
    desk.load(
        document(
            {"USDT": "200", "USDC": "50"},
            positions=[held("BTCUSDT", "1", "1000"), held("BTCUSDC", "100", "100")],
            multi_assets_margin=True,
        )
    )
    assert str(desk.liquidation_price("BTCUSDT")) == "859.27135422"


def test_in_multi_assets_mode_a_price_where_the_debt_begins_is_found() -> None:
    # Balance 0 at p = 900: 0 + 9.09 = 1.01 · 0.01 · 900, at either rate.
    desk = Desk({"BTCUSDT": "1000"}, asset_index={**AT_PAR, "USDTUSD": index("1", "0.01", "0.01")})
    wallets = {"USDT": "100", "USDC": "9.09"}
    desk.load(document(wallets, positions=[held("BTCUSDT", "1", "1000")], multi_assets_margin=True))
    assert desk.liquidation_price("BTCUSDT") == 900
