"""What falls due: countdowns that cancel all orders of a symbol, and good-till dates."""

from collections.abc import Iterator
from heapq import heappop

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.terms import ExpiryReason, Millis, OrderStatus
from margind.engine.rules.delivery import deliver_what_is_due
from margind.engine.rules.funding import funding_of_others
from margind.engine.rules.trading import cancelled
from margind.engine.state import State
from margind.errors import Refusal


def set_countdown(state: State, command: c.SetCountdown, now: Millis) -> Iterator[e.Event]:
    """Start, replace or (0) end the countdown of a symbol."""
    if not state.markets[command.market].usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    if command.countdown_ms < 0:
        raise Refusal(errors.INVALID_PARAMETER, "countdownTime")
    deadline = now + command.countdown_ms if command.countdown_ms else 0
    yield e.CountdownSet(command.account, command.market, command.symbol, deadline, now)


def pass_time(state: State, command: c.PassTime, now: Millis) -> Iterator[e.Event]:
    """Do what has fallen due, in the order in which it did."""
    while state.deadlines and state.deadlines[0][0] <= now:
        # What is out of date on the heap changes nothing: dropping it is no event.
        then, (account, market, symbol, order_id) = heappop(state.deadlines)
        half = state.accounts[account].on(market)
        if order_id:
            order = half.open_orders.get(order_id)
            if order is not None and order.good_till_date == then:
                yield e.OrderCancelled(
                    account, market, symbol, order_id, OrderStatus.EXPIRED, ExpiryReason.NONE, now
                )
        elif state.countdowns.get((account, market, symbol)) == then:
            for order in half.orders_of(symbol):
                yield cancelled(account, market, order, now)
            yield e.CountdownSet(account, market, symbol, 0, now)
    yield from funding_of_others(state, now)
    yield from deliver_what_is_due(state, now)
