"""Placing, amending and cancelling orders."""

from collections.abc import Iterator

import msgspec

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.account import MarketAccount
from margind.engine.model.decimals import ZERO
from margind.engine.model.orders import CONDITIONAL, Order
from margind.engine.model.terms import (
    ConditionalOrders,
    ExpiryReason,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PriceMatch,
    TimeInForce,
)
from margind.engine.rules.matching import Floor
from margind.engine.rules.order_checks import ORDER_CHECKS, settle_price
from margind.engine.rules.order_cost import order_cost
from margind.engine.rules.order_filters import (
    check_notional,
    check_percent_price,
    check_price,
    check_quantity,
)
from margind.engine.rules.order_request import OrderRequest, order_request
from margind.engine.rules.stop_orders import place_stop_order
from margind.engine.state import State
from margind.errors import Refusal

MOST_AMENDMENTS = 10_000
"""Documented: fewer changes than this per order."""


def place_order(state: State, command: c.PlaceOrder, now: Millis) -> Iterator[e.Event]:
    """Accept one order and match it, or refuse it before anything happens."""
    if not state.markets[command.market].usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    if command.type in CONDITIONAL and state.settings.conditional_orders is ConditionalOrders.ORDER:
        yield from place_stop_order(state, command, now)
        return
    request = order_request(state, command)
    for check in ORDER_CHECKS:
        check(state, request, now)
    if command.only_checks:
        return
    order = _new_order(state, request, now)
    meets = request.meets_the_book or order.type is OrderType.MARKET
    yield e.OrderAccepted(command.account, command.market, order, rests=not meets, time=now)
    if meets:
        floor = Floor(state, command.market, command.symbol, now)
        yield from floor.execute(command.account, order.order_id, request.limit)


def _new_order(state: State, request: OrderRequest, now: Millis) -> Order:
    command, order_id = request.command, state.next_order_id
    return Order(
        order_id=order_id,
        client_order_id=command.client_order_id or f"margind-{order_id}",
        symbol=command.symbol,
        side=command.side,
        position_side=command.position_side,
        type=command.type,
        time_in_force=request.time_in_force,
        price=request.price,
        orig_qty=request.quantity,
        # Documented: in hedge mode the closing side is reduce-only without being asked.
        reduce_only=request.only_reduces and not command.close_position,
        close_position=command.close_position,
        price_match=command.price_match,
        self_trade_prevention=command.self_trade_prevention,
        # Documented: truncated to whole seconds.
        good_till_date=command.good_till_date // 1000 * 1000
        if request.time_in_force is TimeInForce.GTD
        else 0,
        algo_id=command.algo_id,
        time=now,
        update_time=now,
    )


def find_order(half: MarketAccount, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
    """An open order of a symbol, by its id or else its client's id. Documented: -1102 without either."""
    if order_id is None:
        if client_id is None:
            raise Refusal(
                errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "origClientOrderId", "orderId", message=2
            )
        order_id = half.client_order_ids.get(client_id)
        if order_id is None:
            return None
    order = half.open_orders.get(order_id)
    return order if order is not None and order.symbol == symbol else None


def cancel_order(state: State, command: c.CancelOrder, now: Millis) -> Iterator[e.Event]:
    """Cancel one open order. Documented: -2011 "Unknown order sent." when there is none."""
    if not state.markets[command.market].usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    half = state.accounts[command.account].on(command.market)
    order = find_order(half, command.symbol, command.order_id, command.client_order_id)
    if order is None:
        raise Refusal(errors.CANCEL_REJECTED, message=1)
    yield cancelled(command.account, command.market, order, now)


def cancelled(account: str, market: Market, order: Order, now: Millis) -> e.OrderCancelled:
    """A cancel that somebody asked for."""
    return e.OrderCancelled(
        account, market, order.symbol, order.order_id, OrderStatus.CANCELED, ExpiryReason.NONE, now
    )


def cancel_all_orders(state: State, command: c.CancelAllOrders, now: Millis) -> Iterator[e.Event]:
    """Cancel every open order of a symbol; none is fine, too."""
    if not state.markets[command.market].usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    half = state.accounts[command.account].on(command.market)
    for order in half.orders_of(command.symbol):
        yield cancelled(command.account, command.market, order, now)


def amend_order(state: State, command: c.AmendOrder, now: Millis) -> Iterator[e.Event]:
    """Change price and quantity of an open limit order; it loses its place in the queue.

    Documented: a change that breaks a filter is refused and the order stays; the order is cancelled instead
    when it is filled beyond the new quantity, or is post-only and would trade. Documented refusals: -2013,
    -1102, -5027, -5026, filters, -2027, -2019.
    """
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    half = state.accounts[command.account].on(command.market)
    order = find_order(half, command.symbol, command.order_id, command.client_order_id)
    if order is None or order.side is not command.side:
        raise Refusal(errors.NO_SUCH_ORDER)
    if order.type is not OrderType.LIMIT:
        raise Refusal(errors.LIMIT_ORDER_ONLY)
    request = _amended_request(state, command, order)
    _check_amendment(state, request, order, now)
    if order.executed_qty and request.quantity <= order.executed_qty:
        yield cancelled(command.account, command.market, order, now)
        return
    meets = request.meets_the_book
    if meets and order.time_in_force in {TimeInForce.GTX, TimeInForce.RPI}:
        yield cancelled(command.account, command.market, order, now)
        return
    yield e.OrderAmended(
        account=command.account,
        market=command.market,
        symbol=command.symbol,
        order_id=order.order_id,
        amendment_id=state.sequence + 1,
        price=request.price,
        orig_qty=request.quantity,
        price_before=order.price,
        orig_qty_before=order.orig_qty,
        rests=not meets,
        time=now,
    )
    if meets:
        floor = Floor(state, command.market, command.symbol, now)
        yield from floor.execute(command.account, order.order_id, request.limit)


def _amended_request(state: State, command: c.AmendOrder, order: Order) -> OrderRequest:
    if command.quantity is None:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "quantity")
    if command.price is None and command.price_match is PriceMatch.NONE:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "price")
    return order_request(
        state,
        c.PlaceOrder(
            account=command.account,
            market=command.market,
            symbol=command.symbol,
            side=order.side,
            type=order.type,
            position_side=order.position_side,
            time_in_force=order.time_in_force,
            quantity=command.quantity,
            price=command.price,
            reduce_only=order.reduce_only,
            price_match=command.price_match,
        ),
    )


def _check_amendment(state: State, request: OrderRequest, order: Order, now: Millis) -> None:
    settle_price(state, request, now)
    check_price(request.contract, request.price)
    check_quantity(request.contract, order.type, request.quantity)
    check_percent_price(request.contract, request.prices, request.side, request.price)
    if not request.only_reduces:
        check_notional(request.contract, request.price, request.quantity)
    if request.price == order.price and request.quantity == order.orig_qty:
        raise Refusal(errors.SAME_ORDER)
    if order.amendments >= MOST_AMENDMENTS:
        raise Refusal(errors.EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT)
    if request.only_reduces or request.quantity <= order.executed_qty:
        return
    # Judged as if the old order were gone and its rest were placed anew.
    half = request.account.on(request.command.market)
    others = {key: other for key, other in half.open_orders.items() if key != order.order_id}
    account = request.account.imagined(request.command.market, open_orders=others)
    imagined = msgspec.structs.replace(
        request,
        account=account,
        half=account.on(request.command.market),
        quantity=request.quantity - order.executed_qty,
    )
    cost = order_cost(state, imagined)
    if cost.max_notional is not None and cost.largest_notional > cost.max_notional:
        raise Refusal(errors.MAX_LEVERAGE_RATIO)
    if cost.need > max(ZERO, cost.available):
        raise Refusal(errors.MARGIN_NOT_SUFFICIEN)
