"""What an order would do: it is placed in a scratch exchange, by the rules of the real one."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

import msgspec

from margind.engine.events import Event, OrderAccepted, OrderCancelled, OrderFilled
from margind.engine.exchange import execute
from margind.engine.model.decimals import CONTEXT, ZERO, settled
from margind.engine.model.terms import Market, OrderStatus
from margind.engine.state import State
from margind.errors import Because, Refusal
from margind.margin.order import NewOrder, parse_order
from margind.margin.situations import Situation, scratch_state


class RefusedOrder(msgspec.Struct, frozen=True):
    """The exchange's answer to an order it does not take."""

    code: int
    name: str
    """Of the error, as on the page 'Error Code'."""
    message: str
    because: Because
    """The rule, the numbers it compared, and what would have passed."""


class Placed(msgspec.Struct, frozen=True, eq=False):
    """An order and what came of it."""

    order: NewOrder
    market: Market
    refusal: RefusedOrder | None
    """None when the order was taken; when it was not, nothing has changed."""
    status: OrderStatus | None
    """NEW when it rests; None when it was refused."""
    executed_qty: Decimal
    average_price: Decimal | None
    realized_profit: Decimal
    """In the margin asset, before fees."""
    commission: dict[str, Decimal]
    """By asset; what is paid is positive."""
    before: Situation
    after: Situation


def place(situation: Situation, order: NewOrder | str) -> Placed:
    """Place an order, or refuse it with the exchange's own error.

    A limit order that meets the given price is filled there, without end; one that does not rests.
    `Impossible` when no market lists the symbol, or the text is no order.
    """
    asked = parse_order(order) if isinstance(order, str) else order
    market = situation.facts.market_of(asked.symbol)
    premises, command = situation.premises, asked.command(market)
    state = scratch_state(premises)
    try:
        events = execute(state, command, premises.now)
    except Refusal as refusal:
        said = refused(refusal, market)
        return Placed(asked, market, said, None, ZERO, None, ZERO, {}, situation, situation)
    after = Situation(msgspec.structs.replace(premises, steps=(*premises.steps, command)), state)
    return _placed(asked, market, events, situation, after)


def refusal_of(state: State, order: NewOrder, market: Market) -> RefusedOrder | None:
    """Why an order would be refused; None when it would not. The state stays as it is."""
    try:
        execute(state, order.command(market, only_checks=True), 0)
    except Refusal as refusal:
        return refused(refusal, market)
    return None


def refused(refusal: Refusal, market: Market) -> RefusedOrder:
    """A refusal as a market words it, with its reason worked out."""
    payload = refusal.payload(market)
    with localcontext(CONTEXT):
        return RefusedOrder(payload["code"], refusal.kind.name, payload["msg"], refusal.why())


def _placed(
    order: NewOrder, market: Market, events: Iterable[Event], before: Situation, after: Situation
) -> Placed:
    own, status = 0, OrderStatus.NEW
    executed, profit = ZERO, ZERO
    average: Decimal | None = None
    commission: dict[str, Decimal] = {}
    payoff = after.state.payoff(market, order.symbol)
    for event in events:
        if isinstance(event, OrderAccepted) and not own:
            own = event.order.order_id
        elif isinstance(event, OrderFilled) and event.order_id == own:
            status = event.status
            executed = event.executed_qty
            with localcontext(CONTEXT):
                average = settled(payoff.average_price(executed, event.cum_quote))
            profit += event.realized_profit
            asset = event.commission_asset
            commission[asset] = commission.get(asset, ZERO) + event.commission
        elif isinstance(event, OrderCancelled) and event.order_id == own:
            status = event.status
    return Placed(order, market, None, status, executed, average, profit, commission, before, after)
