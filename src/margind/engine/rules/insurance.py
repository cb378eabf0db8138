"""The insurance fund: what it holds, takes over, is paid, and pays."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import events as e
from margind.engine.margin.bankruptcy import profit_at_mark
from margind.engine.margin.position_report import PositionReport
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import AutoClose, ClearReason, Counterparty, Market, Millis, PositionSide
from margind.engine.rules.auto_close import Closing
from margind.engine.rules.deleveraging import deleverage
from margind.engine.state import State


def fund_balance(state: State, market: Market, asset: str) -> Decimal:
    """What the fund holds of an asset on a market."""
    start = state.settings.insurance_fund.get(asset, ZERO)
    return start + state.ledger.balance(market, asset, Counterparty.INSURANCE_FUND)


def can_pay(state: State, market: Market, asset: str, loss: Decimal) -> bool:
    """Whether the fund can take a loss. One that no setting limits always can."""
    if asset not in state.settings.insurance_fund:
        return True
    return loss <= fund_balance(state, market, asset)


def take_over(
    closing: Closing, row: PositionReport, price: Decimal, realized_profit: Decimal
) -> Iterator[e.Event]:
    """The rest of a position goes to the fund, or, where that cannot pay, to traders of the other side.

    Documented: at the bankruptcy price. Assumed: the fund closes what it took at once, at the mark price (how
    it really gets rid of it is not published).
    """
    state, market, asset = closing.state, closing.market, row.contract.margin_asset
    quantity = abs(row.position_amt)
    gain = profit_at_mark(row) - realized_profit
    accepted = closing.order(AutoClose.LIQUIDATION, quantity, price)
    yield accepted
    order_id = accepted.order.order_id
    if not can_pay(state, market, asset, -gain):
        yield from deleverage(closing, order_id, realized_profit)
        return
    yield closing.calculated(order_id, quantity, state.next_trade_id, realized_profit)
    yield e.PositionTakenOver(
        account=closing.account,
        market=market,
        symbol=row.symbol,
        position_side=row.position_side,
        order_id=order_id,
        quantity=quantity,
        price=price,
        mark_price=row.mark_price,
        asset=asset,
        amount=gain,
        time=closing.now,
    )


def charge_fee(
    closing: Closing, order_id: int, asset: str, fee: Decimal, *, isolated: bool
) -> e.InsuranceCleared:
    """The liquidation fee of what an order closed, out of the position's own wallet where it has one."""
    position = closing.half.positions.get(closing.key)
    return e.InsuranceCleared(
        account=closing.account,
        market=closing.market,
        asset=asset,
        amount=-fee,
        wallet_balance=closing.state.wallet_balance(closing.account, closing.market, asset) - fee,
        reason=ClearReason.FEE,
        symbol=closing.symbol,
        position_side=closing.position_side,
        isolated_wallet=position.isolated_wallet - fee if isolated and position is not None else None,
        order_id=order_id,
        tran_id=closing.state.next_tran_id,
        time=closing.now,
    )


def clear_wallet(
    state: State, half: tuple[str, Market], asset: str, amount: Decimal, now: Millis
) -> e.InsuranceCleared:
    """What the fund pays into a wallet, or takes with the rest of a joint one."""
    account, market = half
    return e.InsuranceCleared(
        account=account,
        market=market,
        asset=asset,
        amount=amount,
        wallet_balance=state.wallet_balance(account, market, asset) + amount,
        reason=ClearReason.DEFICIT if amount > ZERO else ClearReason.COLLATERAL,
        symbol="",
        position_side=PositionSide.BOTH,
        isolated_wallet=None,
        order_id=0,
        tran_id=state.next_tran_id,
        time=now,
    )
