"""The balance views of USDⓈ-M: V2, V3 and both WebSocket forms are one and the same."""

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.terms import Millis
from margind.wire.account_alias import account_alias
from margind.wire.text import amount_text


class Balance(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v2/balance`, `/fapi/v3/balance`, `account.balance` and `v2/account.balance`."""

    account_alias: str
    asset: str
    balance: str  # the wallet, isolated wallets included
    cross_wallet_balance: str
    cross_un_pnl: str
    available_balance: str
    max_withdraw_amount: str
    margin_available: bool
    update_time: Millis


def balance(report: AccountReport) -> list[Balance]:
    """One row per margin asset of the market, in listing order."""
    alias = account_alias(report.number)
    return [
        Balance(
            account_alias=alias,
            asset=row.asset,
            balance=amount_text(row.wallet_balance),
            cross_wallet_balance=amount_text(row.cross_wallet_balance),
            cross_un_pnl=amount_text(row.cross_unrealized_profit),
            available_balance=amount_text(row.available_balance),
            max_withdraw_amount=amount_text(row.max_withdraw_amount),
            margin_available=row.margin_available,
            update_time=row.update_time,
        )
        for row in report.assets.values()
    ]
