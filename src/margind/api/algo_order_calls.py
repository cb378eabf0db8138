"""Handlers of conditional orders, which wait in the algo service, alike on both markets."""

from collections.abc import Mapping
from typing import Any

from margind import errors
from margind.api.endpoints import Call
from margind.api.lookup import listed, named, refuse_neither
from margind.api.order_queries import span
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.orders import AlgoOrder, Order
from margind.engine.model.terms import (
    Market,
)
from margind.errors import Refusal
from margind.wire.algo_orders import AlgoRow, algo_cancelled, algo_reply, algo_row
from margind.wire.orders import ALL_CANCELLED
from margind.wire.replies import encode


def place_algo_command(account: str, market: Market, asked: Mapping[str, Any]) -> c.PlaceAlgoOrder:
    """The conditional order that a request describes."""
    return c.PlaceAlgoOrder(
        account=account,
        market=market,
        symbol=asked["symbol"],
        side=asked["side"],
        type=asked["type"],
        position_side=asked["positionSide"],
        time_in_force=asked["timeInForce"],
        quantity=asked["quantity"],
        price=asked["price"],
        trigger_price=asked["triggerPrice"],
        working_type=asked["workingType"],
        price_match=asked["priceMatch"],
        close_position=asked["closePosition"],
        price_protect=asked["priceProtect"],
        reduce_only=asked["reduceOnly"],
        activate_price=asked["activatePrice"],
        callback_rate=asked["callbackRate"],
        client_algo_id=asked["clientAlgoId"],
        self_trade_prevention=asked["selfTradePreventionMode"],
        good_till_date=asked["goodTillDate"],
    )


async def place_algo(call: Call) -> bytes:
    """Places a conditional order."""
    command = place_algo_command(call.owner.name, call.market, call.parameters)
    events = await call.runtime.execute(command)
    accepted = events[0]
    assert isinstance(accepted, e.AlgoOrderAccepted), "an order is accepted before anything comes of it"
    return encode(algo_reply(accepted.order, call.market_state.contracts[command.symbol]))


def _waiting(call: Call) -> AlgoOrder | None:
    algo_id, client_algo_id = call.parameters["algoId"], call.parameters["clientAlgoId"]
    orders = call.owner.on(call.market).algo_orders
    if algo_id is not None:
        return orders.get(algo_id)
    return next((order for order in orders.values() if order.client_algo_id == client_algo_id), None)


async def cancel_algo(call: Call) -> bytes:
    """Cancels a waiting conditional order. Documented: -2011 when there is none."""
    asked, order = call.parameters, _waiting(call)
    await call.runtime.execute(
        c.CancelAlgoOrder(call.owner.name, call.market, asked["algoId"], asked["clientAlgoId"])
    )
    assert order is not None, "the engine refuses to cancel what is not there"
    return encode(algo_cancelled(order))


async def cancel_all_algo(call: Call) -> bytes:
    """Cancels every waiting conditional order of a symbol; none is fine, too."""
    await call.runtime.execute(c.CancelAllAlgoOrders(call.owner.name, call.market, named(call)))
    return encode(ALL_CANCELLED)


async def query_algo(call: Call) -> bytes:
    """Shows one conditional order, waiting or not. Documented: -2013 when there is none (any more)."""
    refuse_neither(call, "algoId", "clientAlgoId")
    order = _waiting(call)
    history = await call.runtime.history()
    if order is None:
        order = history.algo_order(
            call.owner.name,
            call.market,
            algo_id=call.parameters["algoId"],
            client_algo_id=call.parameters["clientAlgoId"],
            now=call.now,
        )
    if order is None:
        raise Refusal(errors.NO_SUCH_ORDER)
    return encode(_row(call, order))


def open_algo_orders(call: Call) -> bytes:
    """Shows the waiting conditional orders of a symbol, or all, oldest first."""
    symbol, algo_id = listed(call), call.parameters["algoId"]
    contracts = call.market_state.contracts
    return encode(
        [
            algo_row(order, contracts[order.symbol], None)
            for order in call.owner.on(call.market).algo_orders.values()
            if symbol in (None, order.symbol) and algo_id in (None, order.algo_id)
        ]
    )


async def all_algo_orders(call: Call) -> bytes:
    """Shows conditional orders of a symbol, waiting or not, oldest first, as 'All Orders' does plain ones."""
    asked, symbol = call.parameters, named(call)
    from_id = asked["algoId"]
    timed = asked["startTime"] is not None or asked["endTime"] is not None
    start, end = (None, None) if from_id is not None and not timed else span(call)
    history = await call.runtime.history()
    orders = history.algo_orders(
        call.owner.name,
        call.market,
        symbol,
        algo_id=from_id,
        start_time=start,
        end_time=end,
        now=call.now,
        newest=from_id is None and asked["startTime"] is None,
        page=asked["page"],
        limit=asked["limit"],
    )
    return encode([_row(call, order) for order in orders])


def _row(call: Call, order: AlgoOrder) -> AlgoRow:
    return algo_row(order, call.market_state.contracts[order.symbol], _actual(call, order))


def _actual(call: Call, order: AlgoOrder) -> Order | None:
    """What a conditional order became."""
    order_id = order.actual_order_id
    if not order_id:
        return None
    actual = call.owner.on(call.market).open_orders.get(order_id)
    if actual is not None:
        return actual
    return call.runtime.journal.history.order(
        call.owner.name, call.market, order.symbol, order_id=order_id, now=call.now
    )
