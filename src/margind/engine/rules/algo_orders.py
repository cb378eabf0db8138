"""Conditional orders: they wait, follow the price, fire, and become plain orders."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from margind import errors
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.account import MarketAccount
from margind.engine.model.decimals import PERCENT, ZERO
from margind.engine.model.orders import AlgoOrder, made_up_id
from margind.engine.model.terms import (
    AlgoStatus,
    Market,
    Millis,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from margind.engine.rules.algo_checks import LIMITS, check_algo_order
from margind.engine.rules.order_reasons import unknown_symbol
from margind.engine.rules.trading import place_order
from margind.engine.rules.triggers import followed, is_due, working_price
from margind.engine.state import State
from margind.errors import Refusal


def place_algo_order(state: State, command: c.PlaceAlgoOrder, now: Millis) -> Iterator[e.Event]:
    """Let a conditional order wait, or refuse it."""
    check_algo_order(state, command, now)
    algo_id = state.next_algo_id
    current = working_price(state.markets[command.market].prices[command.symbol], command.working_type)
    trailing = command.type is OrderType.TRAILING_STOP_MARKET
    order = AlgoOrder(
        algo_id=algo_id,
        client_algo_id=command.client_algo_id
        or _made_up_id(algo_id, state.accounts[command.account].on(command.market)),
        symbol=command.symbol,
        side=command.side,
        position_side=command.position_side,
        type=command.type,
        time_in_force=command.time_in_force,
        quantity=command.quantity or ZERO,
        price=command.price or ZERO,
        trigger_price=command.trigger_price or ZERO,
        working_type=command.working_type,
        price_match=command.price_match,
        close_position=command.close_position,
        price_protect=command.price_protect,
        reduce_only=bool(command.reduce_only),
        # Documented: without one, a trailing stop is active from the present price on.
        activate_price=(command.activate_price or current) if trailing else ZERO,
        callback_rate=(command.callback_rate or ZERO) / PERCENT,
        extreme_price=current if trailing and command.activate_price is None else ZERO,
        self_trade_prevention=command.self_trade_prevention,
        # Documented: truncated to whole seconds, and for GTD orders only.
        good_till_date=command.good_till_date // 1000 * 1000
        if command.time_in_force is TimeInForce.GTD
        else 0,
        create_time=now,
        update_time=now,
    )
    yield e.AlgoOrderAccepted(command.account, command.market, order, now)


def _made_up_id(algo_id: int, half: MarketAccount) -> str:
    # What it becomes bears the id, too, so plain orders count.
    taken = {waiting.client_algo_id for waiting in half.algo_orders.values()}.union(half.client_order_ids)
    return made_up_id(f"margind-algo-{algo_id}", taken)


def cancel_algo_order(state: State, command: c.CancelAlgoOrder, now: Millis) -> Iterator[e.Event]:
    """Cancel a waiting order. Documented: -2011 when there is none."""
    half = state.accounts[command.account].on(command.market)
    order = find_algo_order(half, command.algo_id, command.client_algo_id)
    if order is None:
        raise Refusal(errors.CANCEL_REJECTED, message=1)
    yield cancelled(command.account, command.market, order, now)


def cancel_all_algo_orders(state: State, command: c.CancelAllAlgoOrders, now: Millis) -> Iterator[e.Event]:
    """Cancel every waiting order of a symbol; none is fine, too."""
    of_market = state.markets[command.market]
    if not of_market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(unknown_symbol(of_market, command.symbol))
    half = state.accounts[command.account].on(command.market)
    for order in [order for order in half.algo_orders.values() if order.symbol == command.symbol]:
        yield cancelled(command.account, command.market, order, now)


def find_algo_order(half: MarketAccount, algo_id: int | None, client_algo_id: str | None) -> AlgoOrder | None:
    """A waiting order, by its id or by its client's id. Documented: -1102 without either."""
    if algo_id is not None:
        return half.algo_orders.get(algo_id)
    if client_algo_id is None:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "algoId", "clientAlgoId", message=2)
    for order in half.algo_orders.values():
        if order.client_algo_id == client_algo_id:
            return order
    return None


def fire_triggers(state: State, market: Market, symbol: str, now: Millis) -> Iterator[e.Event]:
    """Look at every waiting order of a symbol at its present prices, in the order of their ids."""
    of_market = state.markets[market]
    prices, contract = of_market.prices[symbol], of_market.contracts[symbol]
    for algo_id, account in sorted(state.algo_orders[market].get(symbol, {}).items()):
        half = state.accounts[account].on(market)
        order = half.algo_orders.get(algo_id)
        if order is None:
            continue
        extreme = followed(order, working_price(prices, order.working_type))
        if is_due(order, extreme, prices, contract):
            at_its_extreme = msgspec.structs.replace(order, extreme_price=extreme)
            yield from _fire(state, account, market, at_its_extreme, now)
        elif extreme != order.extreme_price:
            yield _changed(account, market, order, AlgoStatus.NEW, now, extreme_price=extreme)


def _fire(state: State, account: str, market: Market, order: AlgoOrder, now: Millis) -> Iterator[e.Event]:
    command = _plain_order(state, account, market, order)
    if command is None:
        yield _changed(account, market, order, AlgoStatus.EXPIRED, now)
        return
    order_id = state.next_order_id
    placing = place_order(state, command, now)
    try:
        first = next(placing)
    except Refusal as refusal:
        yield _changed(account, market, order, AlgoStatus.REJECTED, now, reason=refusal.text)
        return
    yield _changed(account, market, order, AlgoStatus.TRIGGERED, now, actual_order_id=order_id)
    yield first
    yield from placing


def _plain_order(state: State, account: str, market: Market, order: AlgoOrder) -> c.PlaceOrder | None:
    """What the order becomes; None when it closes a position that is not there."""
    quantity = order.quantity
    if order.close_position:
        position = state.accounts[account].on(market).positions.get((order.symbol, order.position_side))
        if position is None or (position.position_amt > ZERO) is (order.side is Side.BUY):
            return None
        quantity = abs(position.position_amt)
    limit = order.type in LIMITS
    reduces = order.reduce_only or order.close_position
    return c.PlaceOrder(
        account=account,
        market=market,
        symbol=order.symbol,
        side=order.side,
        type=OrderType.LIMIT if limit else OrderType.MARKET,
        position_side=order.position_side,
        time_in_force=order.time_in_force if limit else None,
        quantity=quantity,
        price=order.price if limit and order.price else None,
        reduce_only=reduces if order.position_side is PositionSide.BOTH and reduces else None,
        close_position=order.close_position,
        price_match=order.price_match,
        self_trade_prevention=order.self_trade_prevention,
        good_till_date=order.good_till_date,
        # Observed: the placed order bears the id that the client gave the conditional one.
        client_order_id=order.client_algo_id,
        algo_id=order.algo_id,
    )


def cancelled(account: str, market: Market, order: AlgoOrder, now: Millis) -> e.AlgoOrderChanged:
    """The end of a waiting order that nobody wants any more."""
    return _changed(account, market, order, AlgoStatus.CANCELED, now)


def _changed(
    account: str,
    market: Market,
    order: AlgoOrder,
    status: AlgoStatus,
    now: Millis,
    *,
    extreme_price: Decimal | None = None,
    actual_order_id: int = 0,
    reason: str = "",
) -> e.AlgoOrderChanged:
    fired = status in {AlgoStatus.TRIGGERED, AlgoStatus.REJECTED, AlgoStatus.EXPIRED}
    return e.AlgoOrderChanged(
        account=account,
        market=market,
        algo_id=order.algo_id,
        status=status,
        extreme_price=order.extreme_price if extreme_price is None else extreme_price,
        actual_order_id=actual_order_id,
        reject_reason=reason,
        trigger_time=now if fired else 0,
        time=now,
    )
