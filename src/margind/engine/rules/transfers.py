"""Money from and to the outside world."""

from collections.abc import Iterator

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.report import account_report
from margind.engine.model.decimals import ZERO, book
from margind.engine.model.terms import Counterparty, IncomeType, Millis
from margind.engine.state import State
from margind.errors.because import near_it
from margind.errors.impossible import Impossible


def transfer(state: State, command: c.Transfer, now: Millis) -> Iterator[e.Event]:
    """Book an amount into an account, or out of it as far as `maxWithdrawAmount` allows.

    Documented: what leaves is limited by maxWithdrawAmount; what comes in is not.
    """
    market = state.markets[command.market]
    if command.asset not in market.assets:
        near = near_it(command.asset, market.assets)
        raise Impossible("unknown_asset", f"{command.asset} cannot be held on {command.market}{near}")
    if not command.amount:
        raise Impossible("bad_amount", "a transfer of nothing")
    if book(command.amount) != command.amount:
        raise Impossible("bad_amount", f"{command.amount} has more than 8 decimals")
    if command.amount < ZERO:
        report = account_report(state.accounts[command.account], market, state.settings)
        most = report.assets[command.asset].max_withdraw_amount
        if -command.amount > most:
            raise Impossible(
                "insufficient_balance", f"at most {most:f} {command.asset} can be transferred out", 409
            )
    before = state.wallet_balance(command.account, command.market, command.asset)
    yield e.BalanceChanged(
        account=command.account,
        market=command.market,
        asset=command.asset,
        amount=command.amount,
        wallet_balance=before + command.amount,
        counterparty=Counterparty.OUTSIDE,
        income_type=IncomeType.TRANSFER,
        tran_id=state.next_tran_id,
        time=now,
        info="TRANSFER",
    )
