"""Placing, amending and cancelling orders."""

from collections.abc import Iterator

import msgspec

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.account import MarketAccount
from margind.engine.model.orders import CONDITIONAL, Order, made_up_id
from margind.engine.model.terms import (
    GTD,
    LIMIT,
    MARKET,
    NO_MATCH,
    TRADING,
    ConditionalOrders,
    ExpiryReason,
    Market,
    Millis,
    OrderStatus,
)
from margind.engine.rules import order_reasons as why
from margind.engine.rules.margin_reasons import cap_reason, margin_reason
from margind.engine.rules.matching import AT_ONCE, Floor
from margind.engine.rules.order_checks import (
    ORDER_CHECKS,
    POST_ONLY,
    PRICE_MATCHED,
    check_reduces,
    missed,
    not_required,
    settle_price,
)
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

MOST_AMENDMENTS = 9_999
"""Documented: fewer than 10 000 changes per order."""


def place_order(state: State, command: c.PlaceOrder, now: Millis) -> Iterator[e.Event]:
    """Accept one order and match it, or refuse it before anything happens."""
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(why.unknown_symbol(of_market, command.symbol))
    if command.type in CONDITIONAL and state.settings.conditional_orders is ConditionalOrders.ORDER:
        yield from place_stop_order(state, command, now)
        return
    request = order_request(state, command)
    for check in ORDER_CHECKS:
        check(state, request, now)
    if command.only_checks:
        return
    order = _new_order(state, request, now)
    # What must trade at once never rests: without anything to trade with it expires.
    acts = request.meets_the_book or order.type is MARKET or order.time_in_force in AT_ONCE
    yield e.OrderAccepted(command.account, command.market, order, rests=not acts, time=now)
    if acts:
        floor = Floor(state, command.market, command.symbol, now)
        yield from floor.execute(command.account, order.order_id, request.limit)


def _new_order(state: State, request: OrderRequest, now: Millis) -> Order:
    command, order_id = request.command, state.next_order_id
    return Order(
        order_id=order_id,
        client_order_id=command.client_order_id
        or made_up_id(f"margind-{order_id}", request.half.client_order_ids),
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
        good_till_date=command.good_till_date // 1000 * 1000 if request.time_in_force is GTD else 0,
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


def _asked_id(command: c.CancelOrder | c.AmendOrder) -> int | str:
    return command.order_id if command.order_id is not None else command.client_order_id or ""


def cancel_order(state: State, command: c.CancelOrder, now: Millis) -> Iterator[e.Event]:
    """Cancel one open order. Documented: -2011 "Unknown order sent." when there is none."""
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(why.unknown_symbol(of_market, command.symbol))
    half = state.accounts[command.account].on(command.market)
    order = find_order(half, command.symbol, command.order_id, command.client_order_id)
    if order is None:
        raise Refusal(errors.CANCEL_REJECTED, message=1).because(
            why.unknown_order(_asked_id(command), half.open_orders.values(), command.symbol)
        )
    yield cancelled(command.account, command.market, order, now)


def cancelled(account: str, market: Market, order: Order, now: Millis) -> e.OrderCancelled:
    """A cancel that somebody asked for."""
    return e.OrderCancelled(
        account, market, order.symbol, order.order_id, OrderStatus.CANCELED, ExpiryReason.NONE, now
    )


def cancel_all_orders(state: State, command: c.CancelAllOrders, now: Millis) -> Iterator[e.Event]:
    """Cancel every open order of a symbol; none is fine, too."""
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(why.unknown_symbol(of_market, command.symbol))
    half = state.accounts[command.account].on(command.market)
    for order in half.orders_of(command.symbol):
        yield cancelled(command.account, command.market, order, now)


def amend_order(state: State, command: c.AmendOrder, now: Millis) -> Iterator[e.Event]:
    """Change price and quantity of an open limit order; it loses its place in the queue.

    Documented: a change that breaks a filter is refused and the order stays; the order is cancelled instead
    when it is filled beyond the new quantity, or is post-only and would trade. Documented refusals: -2013,
    -5025, -5047, -1102, -5024, filters, -5029, -5027, -5026, -2022, -2027, -2019.
    """
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(why.unknown_symbol(of_market, command.symbol))
    if of_market.contracts[command.symbol].status is not TRADING:
        raise Refusal(errors.MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON)
    half = state.accounts[command.account].on(command.market)
    order = find_order(half, command.symbol, command.order_id, command.client_order_id)
    if order is None or order.side is not command.side:
        raise Refusal(errors.NO_SUCH_ORDER).because(
            why.unknown_order(_asked_id(command), half.open_orders.values(), command.symbol, command.side)
        )
    if order.type is not LIMIT:
        raise Refusal(errors.LIMIT_ORDER_ONLY).because(why.not_amendable(order))
    if command.reduce_only and not order.reduce_only:
        raise Refusal(errors.ORIGINAL_ORDER_NOT_REDUCE_ONLY).because(why.not_reduce_only(order))
    request = _amended_request(state, command, order)
    _check_amendment(state, request, order, now, free_of_minimum=command.reduce_only)
    if order.executed_qty and request.quantity <= order.executed_qty:
        yield cancelled(command.account, command.market, order, now)
        return
    meets = request.meets_the_book
    if meets and order.time_in_force in POST_ONLY:
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
        modify_id=command.modify_id,
        price_match=command.price_match,
    )
    if meets:
        floor = Floor(state, command.market, command.symbol, now)
        yield from floor.execute(command.account, order.order_id, request.limit)


def _amended_request(state: State, command: c.AmendOrder, order: Order) -> OrderRequest:
    if command.quantity is None:
        raise missed("quantity", order.type)
    if command.price is None and command.price_match is NO_MATCH:
        raise missed("price", order.type, "priceMatch")
    if command.price is not None and command.price_match is not NO_MATCH:
        raise not_required("price", PRICE_MATCHED)
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


def _check_amendment(
    state: State, request: OrderRequest, order: Order, now: Millis, *, free_of_minimum: bool
) -> None:
    settle_price(state, request, now)
    check_price(request.contract, request.price)
    check_quantity(request.contract, order.type, request.quantity)
    check_percent_price(request.contract, request.prices, request.side, request.price)
    # Documented: unlike a new order, a change of a reduce-only order must say so to be free of the minimum.
    if not free_of_minimum:
        check_notional(request.contract, request.price, request.quantity, errors.MODIFICATION_MIN_NOTIONAL)
    if request.price == order.price and request.quantity == order.orig_qty:
        raise Refusal(errors.SAME_ORDER).because(why.same_order(order))
    if order.amendments >= MOST_AMENDMENTS:
        raise Refusal(errors.EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT).because(
            why.count_reason(
                "an order is changed at most so often",
                order.amendments,
                MOST_AMENDMENTS,
                "cancel it and place another",
            )
        )
    if request.quantity <= order.executed_qty:
        return
    # Judged as if the old order were gone and its rest were placed anew. Assumed: what closes or needs no
    # more than the old order passes, even where less is held or nothing is available.
    rest = msgspec.structs.replace(request, quantity=request.quantity - order.executed_qty, replaces=order)
    if rest.only_reduces:
        if rest.quantity > order.remaining_qty:
            check_reduces(state, rest, now)
        return
    before = msgspec.structs.replace(rest, quantity=order.remaining_qty, price=order.price)
    cost = order_cost(state, rest)
    if cost.is_too_large:
        raise Refusal(errors.MAX_LEVERAGE_RATIO).because(cap_reason(state, rest))
    released = order_cost(state, before).need
    if cost.need > max(cost.available, released):
        raise Refusal(errors.MARGIN_NOT_SUFFICIEN).because(margin_reason(state, rest, released))
