"""The examples of the COIN-M pages, recomputed: accounts whose replies must be the printed ones.

Source of the quoted rows: developers.binance.com, COIN-M futures, as of 2026-01-15.
"""

from typing import Any

import msgspec

from margind.engine.model.terms import Market, PositionSide
from margind.wire.account_alias import account_alias
from margind.wire.coinm import account, balance, positions
from margind.wire.replies import encode
from tests.wire.accounts import Listed, configured, document, exchange, load, position, report_of

TIERS = [(125, "50", "0.004")]
BTCUSD_201225 = Listed("BTCUSD_201225", "11788.66626667", "BTC", 0, 1, TIERS, "100", 1_608_883_200_000)


def decoded(view: object) -> Any:
    return msgspec.json.decode(encode(view))


def test_account_prints_the_example() -> None:
    # 'Account Information': BOTH, LONG and SHORT are the rows of hedge mode. The page prints notionalValue on
    # the last row only, live replies carry it and isolatedWallet on all; 1627026881327 there is a past trade.
    state = exchange(coinm=[BTCUSD_201225])
    symbols = {"BTCUSD_201225": configured(125)}
    loaded = document({"BTC": "0.00241969"}, symbols=symbols, fee_tier=2, wallet_time=1625474304765)
    load(state, coinm=loaded, dual_side_position=True)
    row = {
        "symbol": "BTCUSD_201225",
        "positionAmt": "0",
        "initialMargin": "0",
        "maintMargin": "0",
        "unrealizedProfit": "0.00000000",
        "positionInitialMargin": "0",
        "openOrderInitialMargin": "0",
        "leverage": "125",
        "isolated": False,
        "entryPrice": "0.0",
        "breakEvenPrice": "0.0",
        "maxQty": "50",
        "notionalValue": "0",
        "updateTime": 0,
        "isolatedWallet": "0",
    }
    assert decoded(account.account(report_of(state, Market.COINM))) == {
        "assets": [
            {
                "asset": "BTC",
                "walletBalance": "0.00241969",
                "unrealizedProfit": "0.00000000",
                "marginBalance": "0.00241969",
                "maintMargin": "0.00000000",
                "initialMargin": "0.00000000",
                "positionInitialMargin": "0.00000000",
                "openOrderInitialMargin": "0.00000000",
                "maxWithdrawAmount": "0.00241969",
                "crossWalletBalance": "0.00241969",
                "crossUnPnl": "0.00000000",
                "availableBalance": "0.00241969",
                "updateTime": 1625474304765,
            }
        ],
        "positions": [row | {"positionSide": side} for side in ("BOTH", "LONG", "SHORT")],
        "canDeposit": True,
        "canTrade": True,
        "canWithdraw": True,
        "feeTier": 2,
        "updateTime": 0,
    }


def test_account_status_has_the_same_fields_as_the_rest_call() -> None:
    state = exchange(coinm=[BTCUSD_201225])
    load(state, coinm=document({"BTC": "0.5"}, [position("BTCUSD_201225", "-3", "11000")]))
    report = report_of(state, Market.COINM)
    assert decoded(account.account_status(report)) == decoded(account.account(report))


def test_position_risk_prints_the_long_row_of_the_example() -> None:
    # 'Position Information'. Its liquidation price depends on what the account holds otherwise; the flat rows
    # show a markPrice of 0.00000000 there, which newer replies do not.
    state = exchange(coinm=[BTCUSD_201225])
    held = position(
        "BTCUSD_201225",
        "1",
        "11707.70000003",
        "11707.80000005",
        PositionSide.LONG,
        update_time=1627026881327,
    )
    loaded = document({"BTC": "0.001"}, [held], symbols={"BTCUSD_201225": configured(125)})
    load(state, coinm=loaded, dual_side_position=True)
    both, long, short = decoded(positions.position_risk(report_of(state, Market.COINM)))
    del long["liquidationPrice"]
    assert long == {
        "symbol": "BTCUSD_201225",
        "positionAmt": "1",
        "entryPrice": "11707.70000003",
        "breakEvenPrice": "11707.80000005",
        "markPrice": "11788.66626667",
        "unRealizedProfit": "0.00005866",
        "leverage": "125",
        "maxQty": "50",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "LONG",
        "updateTime": 1627026881327,
        # 1 · 100 / 11788.66626667 = 0.008482723...
        "notionalValue": "0.00848272",
        "isolatedWallet": "0",
    }
    flat = {
        "symbol": "BTCUSD_201225",
        "positionAmt": "0",
        "entryPrice": "0.0",
        "breakEvenPrice": "0.0",
        "markPrice": "11788.66626667",
        "unRealizedProfit": "0.00000000",
        "liquidationPrice": "0",
        "leverage": "125",
        "maxQty": "50",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "updateTime": 0,
        "notionalValue": "0",
        "isolatedWallet": "0",
    }
    assert [both, short] == [flat | {"positionSide": "BOTH"}, flat | {"positionSide": "SHORT"}]


def test_the_isolated_row_of_a_public_reply_has_its_liquidation_price() -> None:
    # A reply quoted in ccxt (BTCUSD_PERP, isolated 2x): 200 · 1.004 / (0.00268058 + 200 / 37643.10000021).
    listed = Listed("BTCUSD_PERP", "40000", "BTC", 0, 1, [(125, "5", "0.004")], "100")
    state = exchange(coinm=[listed])
    held = position("BTCUSD_PERP", "2", "37643.10000021", isolated_wallet="0.00268058")
    loaded = document({"BTC": "1"}, [held], symbols={"BTCUSD_PERP": configured(2, isolated=True)})
    load(state, coinm=loaded)
    (row,) = decoded(positions.account_position(report_of(state, Market.COINM)))
    assert row["liquidationPrice"] == "25119.97445760"
    assert (row["marginType"], row["isolatedWallet"]) == ("isolated", "0.00268058")


def test_balance_calls_what_can_leave_withdraw_available() -> None:
    # 'Futures Account Balance': balance 0.00250000 beside crossWalletBalance 0.00241969, so 0.00008031 are
    # isolated. The page lets all of the wallet leave, more than the cross wallet holds; withdrawAvailable is
    # what can be transferred out.
    listed = Listed("BTCUSD_PERP", "40000", "BTC", 0, 1, TIERS, "100")
    state = exchange(coinm=[listed])
    held = position("BTCUSD_PERP", "1", "40000", isolated_wallet="0.00008031")
    symbols = {"BTCUSD_PERP": configured(125, isolated=True)}
    loaded = document({"BTC": "0.0025"}, [held], symbols=symbols, wallet_time=1592468353979)
    load(state, coinm=loaded)
    report = report_of(state, Market.COINM)
    assert decoded(balance.balance(report)) == [
        {
            "accountAlias": account_alias(report.number),  # "SgsR" on the page
            "asset": "BTC",
            "balance": "0.00250000",
            "withdrawAvailable": "0.00241969",
            "crossWalletBalance": "0.00241969",
            "crossUnPnl": "0.00000000",
            "availableBalance": "0.00241969",
            "updateTime": 1592468353979,
        }
    ]
