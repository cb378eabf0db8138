"""Auto-deleveraging: traders of the other side close what the insurance fund cannot take."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.margin.adl import first_to_deleverage
from margind.engine.model.decimals import ZERO, book
from margind.engine.model.terms import AutoClose
from margind.engine.rules.algo_orders import cancel_all_algo_orders
from margind.engine.rules.auto_close import Closing
from margind.engine.rules.trading import cancel_all_orders


def deleverage(closing: Closing, order_id: int, realized_profit: Decimal) -> Iterator[e.Event]:
    """Close the rest of a position against opposite ones in profit, first in the queue first, at its price.

    Documented (FAQ 'What Is Auto-Deleveraging (ADL) and How Does It Work'): at the bankruptcy price of the
    position, ranked by profit and margin ratio, without a trading fee; open orders of a deleveraged trader
    are cancelled. Assumed: those of the symbol, and a user's own other leg is not taken.
    """
    state, market, symbol = closing.state, closing.market, closing.symbol
    order = closing.half.open_orders[order_id]
    holders = [state.accounts[name] for name in state.holders[market].get(symbol, ())]
    queue = first_to_deleverage(holders, state.markets[market], symbol, longs=closing.position_amt < ZERO)
    whole, left, booked = order.orig_qty, order.orig_qty, ZERO
    for ranked in queue:
        if not left:
            break
        if ranked.account == closing.account:
            continue
        whose = (ranked.account, market, symbol)
        yield from cancel_all_orders(state, c.CancelAllOrders(*whose), closing.now)
        yield from cancel_all_algo_orders(state, c.CancelAllAlgoOrders(*whose), closing.now)
        opposite = Closing(state, ranked.account, market, ranked.key, closing.now)
        quantity = min(left, abs(opposite.position_amt))
        left -= quantity
        share = realized_profit - booked if not left else book(realized_profit * quantity / whole)
        booked += share
        accepted = opposite.order(AutoClose.ADL, quantity, order.price)
        yield accepted
        trade_id = state.next_trade_id
        yield opposite.calculated(accepted.order.order_id, quantity, trade_id)
        yield closing.calculated(order_id, quantity, trade_id, share)
    if left:
        yield closing.calculated(order_id, left, state.next_trade_id, realized_profit - booked)
