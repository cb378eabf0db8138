"""The examples of the USDⓈ-M pages, recomputed: accounts whose replies must be the printed ones.

Source of the quoted rows: developers.binance.com, USDⓈ-M futures, as of 2026-01-15. Where an example
contradicts the comments beside it, the test says what is expected instead, and why.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from margind.engine.model.terms import Market, PositionSide
from margind.wire.account_alias import account_alias
from margind.wire.replies import encode
from margind.wire.usdm import account, balance, positions
from tests.wire.accounts import (
    ADAUSDT,
    BTCUSDT,
    COMPUSDT,
    Listed,
    configured,
    document,
    exchange,
    load,
    position,
    report_of,
)

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def decoded(view: object) -> Any:
    return msgspec.json.decode(encode(view))


def only(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    (row,) = rows
    return row


def zeros(*fields: str) -> dict[str, str]:
    return dict.fromkeys(fields, "0.00000000")


# 'Position Information V3', hedge example; its ADAUSDT row is the one-way example, too.
DOCUMENTED_ADAUSDT = {
    "symbol": "ADAUSDT",
    "positionSide": "LONG",
    "positionAmt": "30",
    "entryPrice": "0.385",
    "breakEvenPrice": "0.385077",
    "markPrice": "0.41047590",
    "unRealizedProfit": "0.76427700",
    "liquidationPrice": "0",
    "isolatedMargin": "0",
    "notional": "12.31427700",
    "marginAsset": "USDT",
    "isolatedWallet": "0",
    "initialMargin": "0.61571385",
    "maintMargin": "0.08004280",
    "positionInitialMargin": "0.61571385",
    "openOrderInitialMargin": "0",
    "adl": 2,
    "bidNotional": "0",
    "askNotional": "0",
    "updateTime": 1720736417660,
}
DOCUMENTED_COMPUSDT = {
    "symbol": "COMPUSDT",
    "positionSide": "SHORT",
    "positionAmt": "-1.000",
    "entryPrice": "70.92841",
    "breakEvenPrice": "70.900038636",
    "markPrice": "49.72023376",
    "unRealizedProfit": "21.20817624",
    "liquidationPrice": "2260.56757210",
    "isolatedMargin": "0",
    "notional": "-49.72023376",
    "marginAsset": "USDT",
    "isolatedWallet": "0",
    "initialMargin": "2.48601168",
    "maintMargin": "0.49720233",
    "positionInitialMargin": "2.48601168",
    "openOrderInitialMargin": "0",
    "adl": 2,
    "bidNotional": "0",
    "askNotional": "0",
    "updateTime": 1708943511656,
}


def test_position_risk_v3_prints_the_hedge_example() -> None:
    # The page does not print the wallet. The liquidation price of the short gives it away:
    # 2260.5675721 · 1.01 - 70.92841 - 0.764277 (profit of ADA) + 0.0800428005 (its margin) = 2211.56060362.
    state = exchange([ADAUSDT, COMPUSDT])
    ada = position("ADAUSDT", "30", "0.385", "0.385077", LONG, update_time=1720736417660)
    comp = position("COMPUSDT", "-1", "70.92841", "70.900038636", SHORT, update_time=1708943511656)
    load(state, document({"USDT": "2211.56060362"}, [ada, comp]), dual_side_position=True)
    report = report_of(state)
    places = dict.fromkeys(report.positions, 2)
    assert decoded(positions.position_risk_v3(report, places)) == [DOCUMENTED_ADAUSDT, DOCUMENTED_COMPUSDT]
    assert decoded(positions.position_risk_v3(report, places, "COMPUSDT")) == [DOCUMENTED_COMPUSDT]


def test_position_risk_v3_prints_the_one_way_example() -> None:
    state = exchange([ADAUSDT, COMPUSDT])
    ada = position("ADAUSDT", "30", "0.385", "0.385077", update_time=1720736417660)
    load(state, document({"USDT": "100"}, [ada]))
    report = report_of(state)
    row = only(decoded(positions.position_risk_v3(report, {("ADAUSDT", PositionSide.BOTH): 2})))
    assert row == DOCUMENTED_ADAUSDT | {"positionSide": "BOTH"}


def test_position_risk_v2_prints_the_hedge_example() -> None:
    # 'Position Information V2'. Its liquidation price depends on positions that are not printed.
    listed = BTCUSDT._replace(tiers=[(125, "50000", "0.004"), (4, "100000000", "0.125")])
    state = exchange([listed])
    held = position("BTCUSDT", "0.001", "22185.2", "0", LONG, update_time=1655217461579)
    load(
        state,
        document({"USDT": "3"}, [held], symbols={"BTCUSDT": configured(4)}),
        dual_side_position=True,
    )
    long, short = decoded(positions.position_risk_v2(report_of(state)))
    del long["liquidationPrice"]
    assert long == {
        "symbol": "BTCUSDT",
        "positionAmt": "0.001",
        "entryPrice": "22185.2",
        "breakEvenPrice": "0.0",
        "markPrice": "21123.05052574",
        "unRealizedProfit": "-1.06214947",
        "leverage": "4",
        "maxNotionalValue": "100000000",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "LONG",
        "notional": "21.12305052",
        "isolatedWallet": "0",
        "updateTime": 1655217461579,
    }
    assert short == {
        "symbol": "BTCUSDT",
        "positionAmt": "0.000",
        "entryPrice": "0.0",
        "breakEvenPrice": "0.0",
        "markPrice": "21123.05052574",
        "unRealizedProfit": "0.00000000",
        "liquidationPrice": "0",
        "leverage": "4",
        "maxNotionalValue": "100000000",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "SHORT",
        "notional": "0",
        "isolatedWallet": "0",
        "updateTime": 0,
    }


def test_position_risk_v2_prints_the_one_way_example() -> None:
    # 'Position Information V2'; entryPrice "0.00000" there is the older form of "0.0".
    state = exchange([Listed("BTCUSDT", "6679.50671178", tiers=[(10, "20000000", "0.01")])])
    load(state, document(symbols={"BTCUSDT": configured(10, isolated=True)}))
    assert only(decoded(positions.position_risk_v2(report_of(state), "BTCUSDT"))) == {
        "entryPrice": "0.0",
        "breakEvenPrice": "0.0",
        "marginType": "isolated",
        "isAutoAddMargin": "false",
        "isolatedMargin": "0.00000000",
        "leverage": "10",
        "liquidationPrice": "0",
        "markPrice": "6679.50671178",
        "maxNotionalValue": "20000000",
        "positionAmt": "0.000",
        "notional": "0",
        "isolatedWallet": "0",
        "symbol": "BTCUSDT",
        "unRealizedProfit": "0.00000000",
        "positionSide": "BOTH",
        "updateTime": 0,
    }


def documented_asset(asset: str, wallet: str, available: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("walletBalance", "marginBalance", "crossWalletBalance"), wallet)
    row |= zeros("unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin")
    row |= zeros("openOrderInitialMargin", "crossUnPnl")
    row |= {"asset": asset, "availableBalance": available, "maxWithdrawAmount": wallet}
    return row | {"marginAvailable": True, "updateTime": 1625474304765}


def documented_totals(amount: str) -> dict[str, Any]:
    row: dict[str, Any] = zeros(
        "totalInitialMargin",
        "totalMaintMargin",
        "totalUnrealizedProfit",
        "totalPositionInitialMargin",
        "totalOpenOrderInitialMargin",
        "totalCrossUnPnl",
    )
    same = ("totalWalletBalance", "totalMarginBalance", "totalCrossWalletBalance")
    return row | dict.fromkeys((*same, "availableBalance", "maxWithdrawAmount"), amount)


DOCUMENTED_FLAT_ROW = {
    "symbol": "BTCUSDT",
    "initialMargin": "0",
    "maintMargin": "0",
    "unrealizedProfit": "0.00000000",
    "positionInitialMargin": "0",
    "openOrderInitialMargin": "0",
    "leverage": "100",
    "isolated": True,
    "entryPrice": "0.0",  # "0.00000" on the page, its older form
    "maxNotional": "250000",
    "bidNotional": "0",
    "askNotional": "0",
    "positionSide": "BOTH",
    "positionAmt": "0.000",  # "0" on the page; replies print the symbol's quantity decimals
    "updateTime": 0,
    # Added by live replies.
    "notional": "0",
    "isolatedWallet": "0",
    "breakEvenPrice": "0.0",
}


def test_account_v2_prints_the_single_asset_example() -> None:
    # 'Account Information V2', with canTrade, which the English page lost inside a comment.
    listed = BTCUSDT._replace(tiers=[(100, "250000", "0.005")])
    state = exchange([listed], assets=("USDT", "BUSD"))
    wallets = {"USDT": "23.72469206", "BUSD": "103.12345678"}
    symbols = {"BTCUSDT": configured(100, isolated=True)}
    load(state, document(wallets, symbols=symbols, wallet_time=1625474304765))
    flags = {"feeTier": 0, "feeBurn": True, "canTrade": True, "canDeposit": True, "canWithdraw": True}
    flags |= {"updateTime": 0, "multiAssetsMargin": False, "tradeGroupId": -1}
    assert decoded(account.account_v2(report_of(state))) == flags | documented_totals("23.72469206") | {
        "assets": [
            documented_asset("USDT", "23.72469206", "23.72469206"),
            documented_asset("BUSD", "103.12345678", "103.12345678"),
        ],
        "positions": [DOCUMENTED_FLAT_ROW],
    }


def test_account_v2_prints_the_multi_assets_example() -> None:
    # The totals of the page are 23.72469206 + 103.00000000: the wallet was masked as 103.12345678 later.
    # No symbol can be isolated in this mode, whatever the example's row says.
    listed = BTCUSDT._replace(tiers=[(100, "250000", "0.005")])
    state = exchange([listed], assets=("USDT", "BUSD"))
    wallets = {"USDT": "23.72469206", "BUSD": "103"}
    symbols = {"BTCUSDT": configured(100)}
    load(state, document(wallets, symbols=symbols, multi_assets_margin=True, wallet_time=1625474304765))
    reply = decoded(account.account_v2(report_of(state)))
    assert reply["multiAssetsMargin"] is True
    assert {name: reply[name] for name in documented_totals("")} == documented_totals("126.72469206")
    assert reply["assets"] == [
        documented_asset("USDT", "23.72469206", "126.72469206"),
        documented_asset("BUSD", "103.00000000", "126.72469206"),
    ]
    assert reply["positions"] == [DOCUMENTED_FLAT_ROW | {"isolated": False}]


def test_account_v3_totals_are_the_usdt_row_in_single_asset_mode() -> None:
    # 'Account Information V3' prints the USDC row as totals, though its comments say "only for USDT", and
    # gives USDC the availableBalance of the multi-assets example. The comments are followed.
    state = exchange(assets=("USDT", "USDC"))
    wallets = {"USDT": "23.72469206", "USDC": "103.12345678"}
    load(state, document(wallets, wallet_time=1625474304765))
    report = report_of(state)
    usdt = documented_asset("USDT", "23.72469206", "23.72469206")
    usdc = documented_asset("USDC", "103.12345678", "103.12345678")
    expected = documented_totals("23.72469206") | {"assets": [usdt, usdc], "positions": []}
    assert decoded(account.account_status_v2(report)) == expected
    del usdt["marginAvailable"], usdc["marginAvailable"]
    assert decoded(account.account_v3(report)) == expected


def test_balance_prints_the_example() -> None:
    # 'Futures Account Balance V2' and V3: the wallet includes what isolated positions hold. 122607.35137903 -
    # 23.72469206 = 122583.62668697 stands in one of them; its profit is no cross profit.
    state = exchange([ADAUSDT, BTCUSDT])
    held = position("BTCUSDT", "1", "21000", isolated_wallet="122583.62668697")
    symbols = {"BTCUSDT": configured(20, isolated=True)}
    load(
        state,
        document({"USDT": "122607.35137903"}, [held], symbols=symbols, wallet_time=1617939110373),
    )
    report = report_of(state)
    assert decoded(balance.balance(report)) == [
        {
            "accountAlias": account_alias(report.number),  # "SgsR" on the page
            "asset": "USDT",
            "balance": "122607.35137903",
            "crossWalletBalance": "23.72469206",
            "crossUnPnl": "0.00000000",
            "availableBalance": "23.72469206",
            "maxWithdrawAmount": "23.72469206",
            "marginAvailable": True,
            "updateTime": 1617939110373,
        }
    ]


def test_account_status_prints_the_example_row() -> None:
    # WebSocket API 'Account Information', multi-assets example: the one that shows breakEvenPrice.
    listed = BTCUSDT._replace(tiers=[(100, "250000", "0.005")])
    state = exchange([listed])
    load(state, document(symbols={"BTCUSDT": configured(100, isolated=True)}))
    reply = decoded(account.account_status(report_of(state)))
    row = {**DOCUMENTED_FLAT_ROW}
    del row["notional"], row["isolatedWallet"]
    assert only(reply["positions"]) == row
    assert "feeBurn" not in reply


def test_the_examples_break_even_prices_are_one_fee_away_from_their_entries() -> None:
    # A check of the quoted rows themselves: 0.02 % and 0.04 % of the entry price.
    assert Decimal("0.385") * Decimal("1.0002") == Decimal(str(DOCUMENTED_ADAUSDT["breakEvenPrice"]))
    assert Decimal("70.92841") * Decimal("0.9996") == Decimal(str(DOCUMENTED_COMPUSDT["breakEvenPrice"]))


def test_usdm_shows_nothing_of_coin_m() -> None:
    state = exchange([ADAUSDT])
    assert [row.asset for row in balance.balance(report_of(state, Market.USDM))] == ["USDT"]
