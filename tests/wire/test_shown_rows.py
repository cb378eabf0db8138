"""Which rows a view shows, and how their zeros look."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from margind.engine import commands as c
from margind.engine.exchange import execute
from margind.engine.model.terms import Market, PositionSide, Side
from margind.wire.account_alias import account_alias
from margind.wire.coinm import account as coinm_account
from margind.wire.coinm import positions as coinm_positions
from margind.wire.replies import encode
from margind.wire.usdm import account, positions
from tests.wire.accounts import (
    ADAUSDT,
    BTCUSD_PERP,
    BTCUSDT,
    COMPUSDT,
    NOW,
    Listed,
    configured,
    contract,
    document,
    exchange,
    load,
    order,
    position,
    report_of,
)

ETHUSD_PERP = Listed("ETHUSD_PERP", "2500", "ETH", 0, 2, contract_size="10")
BTCUSD_260327 = BTCUSD_PERP._replace(symbol="BTCUSD_260327")


def decoded(view: object) -> Any:
    return msgspec.json.decode(encode(view))


def keys(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["symbol"], row["positionSide"]) for row in rows]


def test_v2_lists_every_symbol_in_listing_order() -> None:
    state = exchange([COMPUSDT, ADAUSDT, BTCUSDT])
    load(state, document({"USDT": "10"}, [position("BTCUSDT", "0.001", "20000")]))
    report = report_of(state)
    listed = [("COMPUSDT", "BOTH"), ("ADAUSDT", "BOTH"), ("BTCUSDT", "BOTH")]
    assert keys(decoded(account.account_v2(report))["positions"]) == listed
    assert keys(decoded(positions.position_risk_v2(report))) == listed


def test_v2_shows_long_and_short_in_hedge_mode() -> None:
    state = exchange([COMPUSDT, ADAUSDT])
    load(state, dual_side_position=True)
    report = report_of(state)
    sides = [(symbol, side) for symbol in ("COMPUSDT", "ADAUSDT") for side in ("LONG", "SHORT")]
    assert keys(decoded(account.account_v2(report))["positions"]) == sides
    assert keys(decoded(positions.position_risk_v2(report, "ADAUSDT"))) == sides[2:]


def test_coin_m_shows_both_beside_the_legs_in_hedge_mode() -> None:
    state = exchange(coinm=[BTCUSD_PERP, ETHUSD_PERP])
    load(state, dual_side_position=True)
    report = report_of(state, Market.COINM)
    sides = [
        (symbol, side) for symbol in ("BTCUSD_PERP", "ETHUSD_PERP") for side in ("BOTH", "LONG", "SHORT")
    ]
    assert keys(decoded(coinm_account.account(report))["positions"]) == sides
    assert keys(decoded(coinm_positions.position_risk(report))) == sides


def test_coin_m_position_risk_can_be_asked_by_coin_or_by_pair() -> None:
    state = exchange(coinm=[BTCUSD_PERP, ETHUSD_PERP, BTCUSD_260327])
    report = report_of(state, Market.COINM)
    by_coin = coinm_positions.position_risk(report, margin_asset="BTC")
    by_pair = coinm_positions.account_position(report, pair="ETHUSD")
    assert [row.symbol for row in by_coin] == ["BTCUSD_PERP", "BTCUSD_260327"]
    assert [row.symbol for row in by_pair] == ["ETHUSD_PERP"]


def test_v3_shows_only_what_holds_a_position_or_an_order() -> None:
    state = exchange([COMPUSDT, ADAUSDT, BTCUSDT])
    held = position("BTCUSDT", "0.001", "20000")
    load(state, document({"USDT": "10"}, [held], [order("ADAUSDT", Side.BUY, "0.4", "50")]))
    report = report_of(state)
    active = [("ADAUSDT", "BOTH"), ("BTCUSDT", "BOTH")]
    assert keys(decoded(account.account_v3(report))["positions"]) == active
    assert keys(decoded(account.account_status_v2(report))["positions"]) == active
    assert keys(decoded(positions.position_risk_v3(report, {}))) == active
    assert keys(decoded(positions.position_risk_v3(report, {}, "BTCUSDT"))) == active[1:]


def test_v3_shows_only_the_hedge_leg_that_holds_something() -> None:
    state = exchange([BTCUSDT])
    held = position("BTCUSDT", "0.001", "20000", side=PositionSide.LONG)
    load(state, document({"USDT": "10"}, [held]), dual_side_position=True)
    assert keys(decoded(account.account_v3(report_of(state)))["positions"]) == [("BTCUSDT", "LONG")]


def test_a_symbol_without_brackets_or_price_has_no_row_yet() -> None:
    state = exchange([BTCUSDT])
    execute(state, c.ListContracts((contract(Market.USDM, ADAUSDT),)), NOW)
    assert keys(decoded(account.account_v2(report_of(state)))["positions"]) == [("BTCUSDT", "BOTH")]


def test_an_order_without_a_position_shows_its_margin_and_no_liquidation_price() -> None:
    # 310 at 10x: max(|0 + 310|, |0 - 0|) / 10 = 31.
    state = exchange([BTCUSDT])
    orders = [order("BTCUSDT", Side.BUY, "310", "1")]
    load(state, document({"USDT": "100"}, orders=orders, symbols={"BTCUSDT": configured(10)}))
    report = report_of(state)
    (v2,) = decoded(account.account_v2(report))["positions"]
    (risk,) = decoded(positions.position_risk_v3(report, {}))
    # Observed: V2 prints a whole open-order margin without decimals, V3 with them.
    assert (v2["openOrderInitialMargin"], risk["openOrderInitialMargin"]) == ("31", "31.00000000")
    assert (v2["initialMargin"], risk["initialMargin"]) == ("31.00000000", "31.00000000")
    assert (v2["bidNotional"], risk["bidNotional"], risk["askNotional"]) == ("310", "310", "0")
    assert (risk["positionAmt"], risk["liquidationPrice"], risk["entryPrice"]) == ("0.000", "0", "0.0")


def test_isolated_margin_of_a_cross_position_is_0_in_v3_and_8_zeros_in_v2() -> None:
    state = exchange([BTCUSDT])
    load(state, document({"USDT": "100"}, [position("BTCUSDT", "0.001", "20000")]))
    report = report_of(state)
    (v2,) = decoded(positions.position_risk_v2(report))
    (v3,) = decoded(positions.position_risk_v3(report, {}))
    (in_account,) = decoded(account.account_v3(report))["positions"]
    assert v2["isolatedMargin"] == "0.00000000"
    # Clients take anything but "0" in V3 for an isolated position.
    assert (v3["isolatedMargin"], in_account["isolatedMargin"]) == ("0", "0")


def test_isolated_margin_is_the_isolated_wallet_and_the_profit() -> None:
    # 30 + 0.5 · (105 - 109) = 28
    state = exchange([BTCUSDT._replace(mark_price="105")])
    held = position("BTCUSDT", "0.5", "109", isolated_wallet="30")
    load(state, document({"USDT": "100"}, [held], symbols={"BTCUSDT": configured(10, isolated=True)}))
    report = report_of(state)
    (v2,) = decoded(account.account_v2(report))["positions"]
    (v3,) = decoded(account.account_v3(report))["positions"]
    assert (v3["isolatedMargin"], v3["isolatedWallet"]) == ("28.00000000", "30.00000000")
    assert (v2["isolated"], v2["isolatedWallet"], v2["unrealizedProfit"]) == (
        True,
        "30.00000000",
        "-2.00000000",
    )


@pytest.mark.parametrize(
    ("symbol", "field", "zero"),
    [
        ("BTCUSDT", "positionAmt", "0.000"),
        ("ADAUSDT", "positionAmt", "0"),
        ("BTCUSDT", "unRealizedProfit", "0.00000000"),
        ("BTCUSDT", "isolatedMargin", "0.00000000"),
        ("BTCUSDT", "isolatedWallet", "0"),
        ("BTCUSDT", "notional", "0"),
        ("BTCUSDT", "liquidationPrice", "0"),
        ("BTCUSDT", "entryPrice", "0.0"),
        ("BTCUSDT", "breakEvenPrice", "0.0"),
        ("BTCUSDT", "updateTime", 0),
    ],
)
def test_zeros_of_a_flat_row(symbol: str, field: str, zero: object) -> None:
    state = exchange([BTCUSDT, ADAUSDT])
    (row,) = decoded(positions.position_risk_v2(report_of(state), symbol))
    assert row[field] == zero


def test_a_loss_below_the_eighth_decimal_prints_no_negative_zero() -> None:
    # 0.001 · (100 - 100.000001) = -0.000000001
    state = exchange([BTCUSDT._replace(mark_price="100")])
    load(state, document({"USDT": "1"}, [position("BTCUSDT", "0.001", "100.000001")]))
    reply = decoded(account.account_v3(report_of(state)))
    assert reply["positions"][0]["unrealizedProfit"] == "0.00000000"
    assert reply["totalUnrealizedProfit"] == "0.00000000"


def test_a_position_side_that_was_used_keeps_its_time_and_an_order_alone_uses_none() -> None:
    state = exchange([BTCUSDT, ADAUSDT])
    orders = [order("BTCUSDT", Side.BUY, "100", "1", update_time=1720736417661)]
    load(state, document({}, [position("ADAUSDT", "0", "0", update_time=1720736417660)], orders))
    rows = positions.position_risk_v2(report_of(state))
    assert [row.update_time for row in rows] == [0, 1720736417660]


def test_at_1x_the_largest_notional_is_printed_as_a_double() -> None:
    state = exchange([BTCUSDT, BTCUSDT._replace(symbol="ETHUSDT", tiers=[(1, "10000000", "0.1")])])
    load(state, document(symbols={"BTCUSDT": configured(1), "ETHUSDT": configured(1)}))
    rows = positions.position_risk_v2(report_of(state))
    assert [row.max_notional_value for row in rows] == ["9.223372036854776E18", "1.0E7"]


def test_an_account_alias_is_4_letters_and_nobody_else_has_it() -> None:
    aliases = [account_alias(number) for number in range(1, 20_001)]
    assert len(set(aliases)) == len(aliases)
    assert all(len(alias) == 4 and alias.isalpha() and alias.isascii() for alias in aliases)
    assert account_alias(1) == account_alias(1)


def test_quantities_with_more_digits_than_the_symbol_are_not_cut() -> None:
    state = exchange([ADAUSDT])
    load(state, document({"USDT": "1"}, [position("ADAUSDT", "1.25", "0.4")]))
    (row,) = positions.position_risk_v3(report_of(state), {})
    assert Decimal(row.position_amt) == Decimal("1.25")
