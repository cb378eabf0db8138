"""What one side of a trade settles: position, isolated wallet, realized profit, fee."""

from decimal import Decimal

import msgspec

from margind.engine import events as e
from margind.engine.margin.position_margin import initial_margin_rate
from margind.engine.model.account import MarketAccount
from margind.engine.model.decimals import ONE, ZERO, summed
from margind.engine.model.fills import fill_position
from margind.engine.model.orders import Order
from margind.engine.model.payoff import Payoff
from margind.engine.model.terms import FILLED, AutoClose, MarginType, Millis, OrderStatus, Side
from margind.engine.rules.fees import Commission, commission_of, fee_rate
from margind.engine.state import State


class Trade(msgspec.Struct, frozen=True, gc=False):
    """A trade as one of its sides sees it."""

    price: Decimal
    quantity: Decimal
    trade_id: int
    is_maker: bool
    against_house: bool
    is_calculated: bool = False
    """No trade on the book: a take-over or a deleveraging.

    No trading fee is charged for it. Documented for deleveraging (its FAQ), assumed for take-overs.
    """
    realized_profit: Decimal | None = None
    """What closing realizes, where the price follows from it and not the other way round."""


def settle(
    state: State, account: str, half: MarketAccount, order: Order, trade: Trade, *, now: Millis
) -> e.OrderFilled:
    """The event of one side of a trade, with all its results."""
    market = half.market
    contract = state.markets[market].contracts[order.symbol]
    margin_asset, payoff = contract.margin_asset, contract.payoff
    value = payoff.notional(trade.quantity, trade.price)
    if trade.is_calculated:
        fee = Commission(ZERO, margin_asset, ZERO)
    else:
        rate = fee_rate(state, half, order, maker=trade.is_maker)
        fee = commission_of(state, half, contract, value, rate)
    key = (order.symbol, order.position_side)
    opening_margin = _opening_margin(state, half, payoff, order, trade.price)
    fee_from_wallet = fee.asset == margin_asset
    result = fill_position(
        half.positions.get(key),
        payoff,
        order.quantity_signed(trade.quantity),
        trade.price,
        commission=fee.in_margin_asset,
        opening_margin=opening_margin,
        fee_from_wallet=fee_from_wallet,
    )
    if trade.realized_profit is not None:
        result = msgspec.structs.replace(result, realized_profit=trade.realized_profit)
    if opening_margin is not None and order.auto_close is AutoClose.LIQUIDATION and result.position_amt:
        # Assumed: while an isolated position is being liquidated, nothing of its wallet is released to cross.
        kept = half.positions[key].isolated_wallet + result.realized_profit
        kept -= fee.amount if fee_from_wallet else ZERO
        result = msgspec.structs.replace(result, isolated_wallet=kept)
    executed_qty = order.executed_qty + trade.quantity
    status = FILLED if executed_qty == order.orig_qty else OrderStatus.PARTIALLY_FILLED
    cum_quote = summed(order.cum_quote + value)
    accumulated_realized = half.realized.get(key, ZERO) + result.realized_profit
    wallet = _balance(half, margin_asset) + result.realized_profit
    if fee_from_wallet:
        wallet -= fee.amount
        fee_wallet = wallet
    else:
        fee_wallet = _balance(half, fee.asset) - fee.amount
    # By place, in the event's own order: so many keywords would be gathered in a dict first, at 0.5 us.
    return e.OrderFilled(
        account,
        market,
        order.symbol,
        order.order_id,
        trade.trade_id,
        order.side,
        order.position_side,
        trade.price,
        trade.quantity,
        trade.is_maker,
        trade.against_house,
        status,
        executed_qty,
        cum_quote,
        margin_asset,
        result.realized_profit,
        fee.amount,
        fee.asset,
        wallet,
        fee_wallet,
        result.position_amt,
        result.entry_price,
        result.break_even_price,
        result.isolated_wallet,
        accumulated_realized,
        state.next_tran_id,
        now,
        trade.is_calculated,
    )


def _balance(half: MarketAccount, asset: str) -> Decimal:
    wallet = half.wallets.get(asset)
    return ZERO if wallet is None else wallet.wallet_balance


def _opening_margin(
    state: State, half: MarketAccount, payoff: Payoff, order: Order, price: Decimal
) -> Decimal | None:
    """What one unit opened adds to an isolated wallet; None for a cross position.

    Observed: margin at the fill price plus the open loss against the mark (one public stream closes to the
    last digit).
    """
    chosen = half.symbols.get(order.symbol)
    if chosen is None or chosen.margin_type is not MarginType.ISOLATED:
        return None
    unit = ONE if order.side is Side.BUY else -ONE
    mark_price = state.markets[half.market].prices[order.symbol].mark_price
    open_loss = max(ZERO, -payoff.profit(unit, price, mark_price))
    return payoff.notional(ONE, price) * initial_margin_rate(chosen.leverage) + open_loss
