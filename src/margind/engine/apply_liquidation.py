"""Taking over what happened to accounts in danger, and to the insurance fund."""

from margind.engine import events as e
from margind.engine.apply_orders import set_wallet, touched_half
from margind.engine.model.ledger import Wallet
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import Counterparty, Market
from margind.engine.state import State


def margin_called(state: State, event: e.MarginCalled) -> None:
    """A pool was called; it is not called again before it has recovered."""
    touched_half(state, event.account, event.market).margin_calls[event.pool] = None


def margin_call_ended(state: State, event: e.MarginCallEnded) -> None:
    """A pool has recovered."""
    forget_margin_call(state, event.account, event.market, event.pool)


def forget_margin_call(state: State, name: str, market: Market, pool: MarginPool) -> None:
    """Let a pool be one that was not called."""
    touched_half(state, name, market).margin_calls.pop(pool, None)


def liquidation_told(state: State, event: e.LiquidationStarted | e.LiquidationEnded) -> None:
    """What begins and ends there changes with the events between."""
    touched_half(state, event.account, event.market)


def position_taken_over(state: State, event: e.PositionTakenOver) -> None:
    """The fund gained or lost by closing what it took; the outside world is on the other side."""
    state.ledger.take(event.market, event.asset, Counterparty.INSURANCE_FUND, -event.amount)
    state.ledger.take(event.market, event.asset, Counterparty.OUTSIDE, event.amount)


def insurance_cleared(state: State, event: e.InsuranceCleared) -> None:
    """Money moved between a wallet and the insurance fund."""
    half = touched_half(state, event.account, event.market)
    set_wallet(state, event.account, half, event.asset, Wallet(event.wallet_balance, event.time))
    state.ledger.take(event.market, event.asset, Counterparty.INSURANCE_FUND, event.amount)
    if event.isolated_wallet is not None:
        key = (event.symbol, event.position_side)
        half.set_isolated_wallet(key, event.isolated_wallet, event.time)
    state.next_tran_id = event.tran_id + 1
