"""What an order would bind: the increase of its symbol's initial margin, and the loss it would open with."""

from decimal import Decimal

import msgspec

from margind.engine.margin.order_margin import present_notional
from margind.engine.margin.position_margin import initial_margin_rate
from margind.engine.margin.position_report import configuration_of, position_report
from margind.engine.margin.report import account_report
from margind.engine.model.decimals import ZERO
from margind.engine.model.payoff import Payoff
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


class Costing(msgspec.Struct, frozen=True):
    """All that an order's cost depends on besides its quantity, as it is at one moment."""

    side: Side
    position_side: PositionSide
    payoff: Payoff
    price: Decimal
    mark_price: Decimal
    notional: Decimal
    """Of the position it acts on, signed."""
    bids: Decimal
    asks: Decimal
    """Values of what rests beside it."""
    reducible: Decimal
    leverage: int
    available: Decimal
    max_notional: Decimal | None

    def cost(self, quantity: Decimal) -> OrderCost:
        """What an order of a quantity would bind.

        Documented: initial margin + open loss (FAQ 'How to Calculate the Cost Required to Open a Position').
        Assumed: against a position the margin is the increase of the symbol's requirement, and the position
        cap looks at the larger of both sides (no page gives either formula).
        """
        value = self.payoff.notional(quantity, self.price)
        buys = self.side is Side.BUY
        bids, asks = self.bids, self.asks
        if self.position_side is PositionSide.BOTH:
            before = max(present_notional(self.notional, bids, asks), abs(self.notional))
            after = (
                present_notional(self.notional, bids + value, asks)
                if buys
                else present_notional(self.notional, bids, asks + value)
            )
        else:
            before = abs(self.notional) + (bids if buys else asks)
            after = before + value
        opens = max(ZERO, quantity - self.reducible)
        signed = opens if buys else -opens
        open_loss = max(ZERO, -self.payoff.profit(signed, self.price, self.mark_price)) if opens else ZERO
        return OrderCost(
            need=max(ZERO, after - before) * initial_margin_rate(self.leverage) + open_loss,
            available=self.available,
            largest_notional=after,
            max_notional=self.max_notional,
        )


def order_cost(state: State, request: OrderRequest) -> OrderCost:
    """The cost of an order that may open."""
    return order_costing(state, request).cost(request.quantity)


def order_costing(state: State, request: OrderRequest) -> Costing:
    """What the cost of an order that may open depends on."""
    symbol = request.command.symbol
    row_key = (symbol, request.command.position_side)
    orders = [
        order
        for order in request.half.open_orders.values()
        if order.symbol == symbol and order.position_side is request.command.position_side
    ]
    row = position_report(request.half, request.market, row_key, orders, Rounding.CUT)
    leverage = configuration_of(request.half, request.market, symbol).leverage
    report = account_report(request.account, request.market, state.settings)
    return Costing(
        side=request.side,
        position_side=request.command.position_side,
        payoff=request.contract.payoff,
        price=assumed_price(request),
        mark_price=request.prices.mark_price,
        notional=row.exact.notional,
        bids=row.bid_notional,
        asks=row.ask_notional,
        reducible=request.reducible,
        leverage=leverage,
        available=report.assets[request.contract.margin_asset].available_balance,
        max_notional=request.market.brackets[symbol].max_notional(leverage),
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
