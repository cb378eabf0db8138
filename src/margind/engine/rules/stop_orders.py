"""Conditional orders on the plain order endpoint, as it took them until 2025-12-09.

Documented: since then they belong to the algo service (-4120). The exchange's setting `conditional_orders`
chooses; orders of a loaded account document wait in either case.
"""

from collections.abc import Iterator

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.decimals import PERCENT, ZERO
from margind.engine.model.orders import Order, made_up_id
from margind.engine.model.terms import (
    ExpiryReason,
    Market,
    Millis,
    OrderStatus,
    OrderType,
    PositionSide,
    TimeInForce,
)
from margind.engine.rules import order_reasons as why
from margind.engine.rules.algo_checks import LIMITS, ORDER_ENDPOINT, check_algo_order
from margind.engine.rules.matching import Floor
from margind.engine.rules.order_checks import (
    check_client_order_id,
    check_execution,
    check_margin,
    check_order_count,
    check_reduces,
    settle_price,
)
from margind.engine.rules.order_request import order_request
from margind.engine.rules.triggers import followed, is_due, working_price
from margind.engine.state import State
from margind.errors import Refusal

MAX_NUM_ALGO_ORDERS = "MAX_NUM_ALGO_ORDERS: an account has at most so many conditional orders on a symbol"


def place_stop_order(state: State, command: c.PlaceOrder, now: Millis) -> Iterator[e.Event]:
    """Let a conditional order wait among the plain orders, or refuse it.

    Documented refusals: those of the algo service, -4015, -4116 and -2025. There is no margin check before it
    fires.
    """
    check_algo_order(state, _as_algo_order(command), now, ORDER_ENDPOINT)
    request = order_request(state, command)
    check_client_order_id(state, request, now)
    check_order_count(state, request, now)
    waiting = [row for row in request.half.open_orders.values() if row.waits and row.symbol == command.symbol]
    most = request.contract.max_num_algo_orders
    if most is not None and len(waiting) >= most:
        raise Refusal(errors.MAX_STOP_ORDER_EXCEEDED).because(
            why.count_reason(MAX_NUM_ALGO_ORDERS, len(waiting), most)
        )
    if command.only_checks:
        return
    current = working_price(request.prices, command.working_type)
    trailing = command.type is OrderType.TRAILING_STOP_MARKET
    time_in_force = _time_in_force(command)
    order_id = state.next_order_id
    order = Order(
        order_id=order_id,
        client_order_id=command.client_order_id
        or made_up_id(f"margind-{order_id}", request.half.client_order_ids),
        symbol=command.symbol,
        side=command.side,
        position_side=command.position_side,
        type=command.type,
        time_in_force=time_in_force,
        price=request.price,
        orig_qty=request.quantity,
        reduce_only=request.only_reduces and not command.close_position,
        close_position=command.close_position,
        price_match=command.price_match,
        self_trade_prevention=command.self_trade_prevention,
        trigger_price=command.trigger_price or ZERO,
        working_type=command.working_type,
        price_protect=command.price_protect,
        activate_price=(command.activate_price or current) if trailing else ZERO,
        callback_rate=(command.callback_rate or ZERO) / PERCENT,
        extreme_price=current if trailing and command.activate_price is None else ZERO,
        # Documented: truncated to whole seconds. Assumed: the date ends the waiting, too.
        good_till_date=command.good_till_date // 1000 * 1000 if time_in_force is TimeInForce.GTD else 0,
        time=now,
        update_time=now,
    )
    yield e.OrderAccepted(command.account, command.market, order, rests=False, time=now)


def _time_in_force(command: c.PlaceOrder) -> TimeInForce:
    """What counts once it fires: a market order takes what it gets, whatever was sent."""
    if command.type not in LIMITS or command.time_in_force is None:
        return TimeInForce.GTC
    return command.time_in_force


def _as_algo_order(command: c.PlaceOrder) -> c.PlaceAlgoOrder:
    return c.PlaceAlgoOrder(
        account=command.account,
        market=command.market,
        symbol=command.symbol,
        side=command.side,
        type=command.type,
        position_side=command.position_side,
        time_in_force=_time_in_force(command),
        good_till_date=command.good_till_date,
        quantity=command.quantity,
        price=command.price,
        trigger_price=command.trigger_price,
        working_type=command.working_type,
        price_match=command.price_match,
        close_position=command.close_position,
        price_protect=command.price_protect,
        reduce_only=command.reduce_only,
        activate_price=command.activate_price,
        callback_rate=command.callback_rate,
    )


def fire_stop_orders(state: State, market: Market, symbol: str, now: Millis) -> Iterator[e.Event]:
    """Look at every waiting order of a symbol at its present prices, in the order of their ids."""
    of_market = state.markets[market]
    prices, contract = of_market.prices[symbol], of_market.contracts[symbol]
    for order_id, account in sorted(state.stop_orders[market].get(symbol, {}).items()):
        order = state.accounts[account].on(market).open_orders[order_id]
        extreme = followed(order, working_price(prices, order.working_type))
        if is_due(order, extreme, prices, contract):
            yield from _fire(state, account, market, order, now)
        elif extreme != order.extreme_price:
            yield e.StopOrderFollowed(account, market, symbol, order_id, extreme, now)


def _fire(state: State, account: str, market: Market, order: Order, now: Millis) -> Iterator[e.Event]:
    """Documented: what the order becomes is judged when it fires; refused then, it expires."""
    quantity = order.orig_qty
    if order.close_position:
        position = state.accounts[account].on(market).positions.get((order.symbol, order.position_side))
        quantity = ZERO if position is None else abs(position.position_amt)
    becomes = OrderType.LIMIT if order.type in LIMITS else OrderType.MARKET
    reduces = order.position_side is PositionSide.BOTH and order.only_reduces
    request = order_request(
        state,
        c.PlaceOrder(
            account=account,
            market=market,
            symbol=order.symbol,
            side=order.side,
            type=becomes,
            position_side=order.position_side,
            time_in_force=order.time_in_force,
            quantity=quantity,
            price=order.price or None,
            reduce_only=True if reduces else None,
            close_position=order.close_position,
            price_match=order.price_match,
        ),
    )
    try:
        settle_price(state, request, now)
        check_reduces(state, request, now)
        check_margin(state, request, now)
        check_execution(state, request, now)
    except Refusal as refusal:
        yield e.StopOrderRefused(account, market, order.symbol, order.order_id, refusal.text, now)
        yield e.OrderCancelled(
            account, market, order.symbol, order.order_id, OrderStatus.EXPIRED, ExpiryReason.NONE, now
        )
        return
    yield e.StopOrderFired(
        account, market, order.symbol, order.order_id, becomes, request.price, quantity, now
    )
    yield from Floor(state, market, order.symbol, now).execute(account, order.order_id, request.limit)
