"""The balance view of COIN-M: REST and WebSocket alike."""

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.terms import Millis
from margind.wire.account_alias import account_alias
from margind.wire.text import amount_text


class Balance(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /dapi/v1/balance` and of `account.balance`."""

    account_alias: str
    asset: str
    balance: str  # the wallet, isolated wallets included
    withdraw_available: str  # `max_withdraw_amount` inside
    cross_wallet_balance: str
    cross_un_pnl: str
    available_balance: str
    update_time: Millis


def balance(report: AccountReport) -> list[Balance]:
    """One row per margin coin, in listing order."""
    alias = account_alias(report.number)
    return [
        Balance(
            account_alias=alias,
            asset=row.asset,
            balance=amount_text(row.wallet_balance),
            withdraw_available=amount_text(row.max_withdraw_amount),
            cross_wallet_balance=amount_text(row.cross_wallet_balance),
            cross_un_pnl=amount_text(row.cross_unrealized_profit),
            available_balance=amount_text(row.available_balance),
            update_time=row.update_time,
        )
        for row in report.assets.values()
    ]
