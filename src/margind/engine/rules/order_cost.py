"""What an order would bind: the increase of its symbol's initial margin, and the loss it would open with."""

from decimal import Decimal

import msgspec

from margind.engine.margin.order_margin import present_notional
from margind.engine.margin.position_margin import initial_margin_rate
from margind.engine.margin.position_report import configuration_of, position_report
from margind.engine.margin.report import account_report
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import PositionSide, Rounding, Side
from margind.engine.rules.order_request import OrderRequest
from margind.engine.state import State

MARKET_BUY_MARKUP = Decimal("1.0005")
"""Documented (older text of the cost FAQ): a market buy is priced at the best ask · 1.0005."""


class OrderCost(msgspec.Struct, frozen=True):
    """What the margin check compares."""

    need: Decimal
    """In the margin asset."""
    available: Decimal
    """What the account can still bind, in the margin asset."""
    largest_notional: Decimal
    """How large the position could become."""
    max_notional: Decimal | None


def order_cost(state: State, request: OrderRequest) -> OrderCost:
    """The cost of an order that may open.

    Documented: initial margin + open loss (FAQ 'How to Calculate the Cost Required to Open a Position').
    Assumed: against a position the margin is the increase of the symbol's requirement, and the position cap
    looks at the larger of both sides (no page gives either formula).
    """
    symbol, side = request.command.symbol, request.side
    price = assumed_price(request)
    payoff = request.contract.payoff
    value = payoff.notional(request.quantity, price)
    row_key = (symbol, request.command.position_side)
    orders = [
        order
        for order in request.half.open_orders.values()
        if order.symbol == symbol and order.position_side is request.command.position_side
    ]
    row = position_report(request.half, request.market, row_key, orders, Rounding.CUT)
    notional, bids, asks = row.exact.notional, row.bid_notional, row.ask_notional
    chosen = configuration_of(request.half, request.market, symbol)
    if side is Side.BUY:
        bids_after, asks_after = bids + value, asks
    else:
        bids_after, asks_after = bids, asks + value
    if request.command.position_side is PositionSide.BOTH:
        before = max(present_notional(notional, bids, asks), abs(notional))
        after = present_notional(notional, bids_after, asks_after)
    else:
        before = abs(notional) + (bids if side is Side.BUY else asks)
        after = before + value
    opens = max(ZERO, request.quantity - request.reducible)
    signed = opens if side is Side.BUY else -opens
    open_loss = max(ZERO, -payoff.profit(signed, price, request.prices.mark_price)) if opens else ZERO
    need = max(ZERO, after - before) * initial_margin_rate(chosen.leverage) + open_loss
    report = account_report(request.account, request.market, state.settings)
    return OrderCost(
        need=need,
        available=report.assets[request.contract.margin_asset].available_balance,
        largest_notional=after,
        max_notional=request.market.brackets[symbol].max_notional(chosen.leverage),
    )


def assumed_price(request: OrderRequest) -> Decimal:
    """The price an order's cost is taken at.

    Documented (older text): limit orders at their price; a market buy at ask · 1.0005, a market sell at the
    higher of bid and mark. Assumed: the newer text, which raises a limit sell, is not followed.
    """
    if request.is_limit:
        return request.price
    if request.side is Side.BUY:
        best = request.book.asks.best
        return (request.prices.mark_price if best is None else best) * MARKET_BUY_MARKUP
    best = request.book.bids.best
    return request.prices.mark_price if best is None else max(best, request.prices.mark_price)
