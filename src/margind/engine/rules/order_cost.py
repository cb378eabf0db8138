"""What an order would bind: the increase of its symbol's initial margin, and the loss it would open with."""

from decimal import Decimal

import msgspec

from margind.engine.margin.available import (
    available_at_least,
    available_balance,
    available_without,
    resting_of,
    row_share,
)
from margind.engine.margin.order_margin import RestingValue, present_notional, resting_value
from margind.engine.margin.report import account_report
from margind.engine.model.account import PositionKey
from margind.engine.model.decimals import ZERO, settled
from margind.engine.model.payoff import Payoff
from margind.engine.model.terms import BOTH, BUY, PositionSide, Side
from margind.engine.rules.order_request import OrderRequest
from margind.engine.state import State

MARKET_BUY_MARKUP = Decimal("1.0005")
"""Documented (older text of the cost FAQ): a market buy is priced at the best ask · 1.0005."""


class OrderCost(msgspec.Struct, frozen=True, gc=False):
    """What the margin check compares."""

    need: Decimal
    """In the margin asset."""
    available: Decimal
    """What the account can still bind, in the margin asset."""
    largest_notional: Decimal
    """How large the position could become."""
    max_notional: Decimal | None
    grows: bool
    """Whether the order makes that any larger."""

    @property
    def is_too_large(self) -> bool:
        """Whether the position could outgrow the cap of its leverage by this order.

        Assumed: what makes it no larger passes even beyond the cap, or nobody could get back within it.
        """
        return self.grows and self.max_notional is not None and self.largest_notional > self.max_notional


class Costing(msgspec.Struct, frozen=True, gc=False):
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
    rate: Decimal
    available: Decimal
    max_notional: Decimal | None

    def cost(self, quantity: Decimal) -> OrderCost:
        """What an order of a quantity would bind.

        Documented: initial margin + open loss (FAQ 'How to Calculate the Cost Required to Open a Position').
        Assumed: against a position the margin is the increase of the symbol's requirement, and the position
        cap looks at the larger of both sides (no page gives either formula).
        """
        value = self.payoff.notional(quantity, self.price)
        buys = self.side is BUY
        bids, asks = self.bids, self.asks
        if self.position_side is BOTH:
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
            # Without what a division left behind: what just fits must not fail by it.
            need=settled(max(ZERO, after - before) * self.rate + open_loss),
            available=self.available,
            largest_notional=settled(after),
            grows=after > before,
            max_notional=self.max_notional,
        )

    def freed_orders(self, quantity: Decimal) -> Decimal:
        """What resting orders would bind more, once an order that only reduces has closed so much.

        Assumed: with the closed part gone, orders of its side that closed before open instead (the -4118 page
        names no formula).
        """
        closed = self.payoff.notional(min(quantity, self.reducible), self.mark_price)
        left = self.notional + (closed if self.side is BUY else -closed)
        before = max(present_notional(self.notional, self.bids, self.asks), abs(self.notional))
        after = present_notional(left, self.bids, self.asks)
        return settled(max(ZERO, after - before) * self.rate)


def order_cost(state: State, request: OrderRequest) -> OrderCost:
    """The cost of an order that may open."""
    return order_costing(state, request).cost(request.quantity)


def fits_easily(state: State, request: OrderRequest) -> bool:
    """Whether an order passes by a bound on its cost that is quicker to have: as if all of it opened.

    No order binds more than its own value, nor opens with a larger loss than all of it would, so one that is
    refused never fits easily; one that does not may still pass. What a joint wallet has takes a whole report,
    beside which the cost is nothing.
    """
    half, market, quantity = request.half, request.market, request.quantity
    if half.multi_assets_margin:
        return False
    key = (request.command.symbol, request.command.position_side)
    rounding = state.settings.initial_margin_rounding
    share, row = row_share(half, market, key, rounding), half.rows.get(key)
    price, mark_price = assumed_price(request), request.prices.mark_price
    value: Decimal = request.contract.payoff.notional(quantity, price)
    if share.max_notional is not None:
        resting = ZERO if row is None else row.bids + row.asks
        if abs(share.notional) + resting + value > share.max_notional:
            return False
    need = value * share.rate
    buys = request.side is BUY
    if price > mark_price if buys else price < mark_price:
        need -= request.contract.payoff.profit(quantity if buys else -quantity, price, mark_price)
    return need <= available_at_least(half, market, request.contract.margin_asset, rounding)


def order_costing(state: State, request: OrderRequest) -> Costing:
    """What the cost of an order that may open depends on."""
    half, market = request.half, request.market
    key = (request.command.symbol, request.command.position_side)
    share = row_share(half, market, key, state.settings.initial_margin_rounding)
    left = None
    if request.replaces is not None:
        others = [order for order in half.rows[key].orders.values() if order is not request.replaces]
        left = resting_value(others, request.contract)
    resting = resting_of(half, key) if left is None else left
    return Costing(
        side=request.side,
        position_side=key[1],
        payoff=request.contract.payoff,
        price=assumed_price(request),
        mark_price=request.prices.mark_price,
        notional=share.notional,
        bids=resting.bids,
        asks=resting.asks,
        reducible=request.reducible,
        leverage=share.leverage,
        rate=share.rate,
        available=_available(state, request, key, left),
        max_notional=share.max_notional,
    )


def _available(state: State, request: OrderRequest, key: PositionKey, left: RestingValue | None) -> Decimal:
    """What the account can still bind; with what would be `left` in the row without the order replaced."""
    half, asset = request.half, request.contract.margin_asset
    if not half.multi_assets_margin:
        rounding = state.settings.initial_margin_rounding
        if left is not None:
            return available_without(half, request.market, rounding, key, left)
        return available_balance(half, request.market, asset, rounding)
    account = request.account
    if request.replaces is not None:
        others = {key: order for key, order in half.open_orders.items() if order is not request.replaces}
        account = account.imagined(half.market, open_orders=others)
    return account_report(account, request.market, state.settings).assets[asset].available_balance


def assumed_price(request: OrderRequest) -> Decimal:
    """The price an order's cost is taken at.

    Documented (older text): limit orders at their price; a market buy at ask · 1.0005, a market sell at the
    higher of bid and mark. Assumed: the newer text, which raises a limit sell, is not followed.
    """
    if request.is_limit:
        return request.price
    if request.side is BUY:
        best = request.book.asks.best
        return (request.prices.mark_price if best is None else best) * MARKET_BUY_MARKUP
    best = request.book.bids.best
    return request.prices.mark_price if best is None else max(best, request.prices.mark_price)
