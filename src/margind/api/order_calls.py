"""Handlers that place, change and cancel orders, one by one and in batches, alike on both markets."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from margind import errors
from margind.api.endpoints import Call, Handler
from margind.api.lookup import named, open_order
from margind.api.order_parameters import RESULT
from margind.api.parameters import Parameter, read_parameters, text_parameters
from margind.api.refused_calls import remember_element
from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import PERCENT, ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    Market,
    TimeInForce,
)
from margind.engine.order_life import OrderEvent, order_after
from margind.errors import Refusal
from margind.wire.orders import ALL_CANCELLED, countdown, refused
from margind.wire.replies import encode

MOST_IN_BATCH = 5
MOST_CANCELLED = 10
"""Documented: the pages of the batches; more are refused with -4082 and -4032."""

View = Callable[[Order, Contract], object]
AmendedView = Callable[[Order, Contract, int | None], object]
"""With the `modifyId` of the change."""

Parameters = Mapping[str, Any]


class OrderViews(NamedTuple):
    """How a market prints an order that was placed, changed or cancelled."""

    placed: View
    amended: AmendedView
    cancelled: View


_decode_element = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def place_command(account: str, market: Market, asked: Parameters) -> c.PlaceOrder:
    """The order that a request describes."""
    return c.PlaceOrder(
        account=account,
        market=market,
        symbol=asked["symbol"],
        side=asked["side"],
        type=asked["type"],
        position_side=asked["positionSide"],
        time_in_force=asked["timeInForce"],
        quantity=asked["quantity"],
        price=asked["price"],
        reduce_only=asked["reduceOnly"],
        close_position=asked["closePosition"],
        client_order_id=asked["newClientOrderId"],
        price_match=asked["priceMatch"],
        self_trade_prevention=asked["selfTradePreventionMode"],
        good_till_date=asked.get("goodTillDate", 0),
        trigger_price=asked["stopPrice"],
        working_type=asked["workingType"],
        price_protect=asked["priceProtect"],
        activate_price=asked["activationPrice"],
        callback_rate=asked["callbackRate"],
    )


def after(order: Order, account: str, events: Sequence[e.Event]) -> Order:
    """An order after what has happened since."""
    for event in events:
        if isinstance(event, OrderEvent) and event.order_id == order.order_id and event.account == account:
            order = order_after(order, event)
    return order


async def _place(call: Call, view: View, asked: Parameters) -> object:
    account = call.owner.name
    command = place_command(account, call.market, asked)
    events = await call.runtime.execute(command)
    accepted = events[0]
    assert isinstance(accepted, e.OrderAccepted), "an order is accepted before anything comes of it"
    order = accepted.order
    if asked["newOrderRespType"] == RESULT:
        order = after(order, account, events)
    return view(order, call.market_state.contracts[order.symbol])


async def _amend(call: Call, view: AmendedView, asked: Parameters) -> object:
    account, symbol = call.owner.name, asked["symbol"]
    order_id, client_order_id = asked["orderId"], asked["origClientOrderId"]
    order = open_order(call, symbol, order_id, client_order_id)
    events = await call.runtime.execute(
        c.AmendOrder(
            account=account,
            market=call.market,
            symbol=symbol,
            side=asked["side"],
            order_id=order_id,
            client_order_id=client_order_id,
            quantity=asked["quantity"],
            price=asked["price"],
            price_match=asked["priceMatch"],
            reduce_only=asked.get("reduceOnly", False),
            modify_id=asked["modifyId"],
        )
    )
    assert order is not None, "the engine refuses to change what is not there"
    contract = call.market_state.contracts[symbol]
    return view(after(order, account, events), contract, asked["modifyId"])


async def _cancel(
    call: Call, view: View, symbol: str, order_id: int | None, client_order_id: str | None
) -> object:
    account = call.owner.name
    order = open_order(call, symbol, order_id, client_order_id)
    events = await call.runtime.execute(
        c.CancelOrder(account, call.market, symbol, order_id, client_order_id)
    )
    assert order is not None, "the engine refuses to cancel what is not there"
    return view(after(order, account, events), call.market_state.contracts[symbol])


def place(views: OrderViews) -> Handler:
    """Places an order; answers that it was accepted, or with RESULT what became of it."""

    async def handler(call: Call) -> bytes:
        return encode(await _place(call, views.placed, call.parameters))

    return handler


def check(views: OrderViews) -> Handler:
    """Checks an order and keeps nothing. Assumed: the answer shows it as accepted, with the id 0."""

    async def handler(call: Call) -> bytes:
        command = place_command(call.owner.name, call.market, call.parameters)
        await call.runtime.execute(msgspec.structs.replace(command, only_checks=True))
        contract = call.market_state.contracts[command.symbol]
        return encode(views.placed(_as_if_accepted(command, call.now), contract))

    return handler


def _as_if_accepted(command: c.PlaceOrder, now: int) -> Order:
    return Order(
        order_id=0,
        client_order_id=command.client_order_id or "",
        symbol=command.symbol,
        side=command.side,
        position_side=command.position_side,
        type=command.type,
        time_in_force=command.time_in_force or TimeInForce.GTC,
        price=command.price or ZERO,
        orig_qty=command.quantity or ZERO,
        reduce_only=bool(command.reduce_only),
        close_position=command.close_position,
        price_match=command.price_match,
        self_trade_prevention=command.self_trade_prevention,
        good_till_date=command.good_till_date,
        trigger_price=command.trigger_price or ZERO,
        working_type=command.working_type,
        price_protect=command.price_protect,
        activate_price=command.activate_price or ZERO,
        callback_rate=(command.callback_rate or ZERO) / PERCENT,
        time=now,
        update_time=now,
    )


def amend(views: OrderViews) -> Handler:
    """Changes price and quantity of an open limit order."""

    async def handler(call: Call) -> bytes:
        return encode(await _amend(call, views.amended, call.parameters))

    return handler


def cancel(views: OrderViews) -> Handler:
    """Cancels an open order."""

    async def handler(call: Call) -> bytes:
        asked = call.parameters
        symbol = named(call)
        return encode(
            await _cancel(call, views.cancelled, symbol, asked["orderId"], asked["origClientOrderId"])
        )

    return handler


async def _each(call: Call, doing: Sequence[Awaitable[object]]) -> bytes:
    """One result for each element, in order; all of them become durable together."""

    async def outcome(place: int, element: Awaitable[object]) -> object:
        try:
            return await element
        except Refusal as refusal:
            remember_element(call, refusal, place)
            return refused(refusal, call.market)

    return encode(await asyncio.gather(*map(outcome, range(len(doing)), doing)))


def _batch(call: Call) -> list[msgspec.Raw]:
    elements: list[msgspec.Raw] = call.parameters["batchOrders"]
    if not 1 <= len(elements) <= MOST_IN_BATCH:
        raise Refusal(errors.INVALID_BATCH_PLACE_ORDER_SIZE, len(elements))
    return elements


def _element(element: msgspec.Raw, parameters: Sequence[Parameter]) -> Parameters:
    """One element of a batch: numbers or texts, as clients send both."""
    try:
        sent = _decode_element(element)
    except (msgspec.DecodeError, RecursionError):
        raise Refusal(errors.INVALID_PARAMETER, "batchOrders") from None
    return read_parameters(parameters, text_parameters(sent))


def place_batch(views: OrderViews, parameters: Sequence[Parameter]) -> Handler:
    """Places up to five orders; each has its own result."""

    async def one(call: Call, element: msgspec.Raw) -> object:
        return await _place(call, views.placed, _element(element, parameters))

    async def handler(call: Call) -> bytes:
        return await _each(call, [one(call, element) for element in _batch(call)])

    return handler


def amend_batch(views: OrderViews, parameters: Sequence[Parameter]) -> Handler:
    """Changes up to five orders; each has its own result."""

    async def one(call: Call, element: msgspec.Raw) -> object:
        return await _amend(call, views.amended, _element(element, parameters))

    async def handler(call: Call) -> bytes:
        return await _each(call, [one(call, element) for element in _batch(call)])

    return handler


def cancel_batch(views: OrderViews) -> Handler:
    """Cancels up to ten orders of a symbol; each has its own result."""

    async def handler(call: Call) -> bytes:
        symbol = named(call)
        return await _each(
            call,
            [
                _cancel(call, views.cancelled, symbol, order_id, client_order_id)
                for order_id, client_order_id in _named_orders(call)
            ],
        )

    return handler


def _named_orders(call: Call) -> list[tuple[int | None, str | None]]:
    ids, client_ids = call.parameters["orderIdList"], call.parameters["origClientOrderIdList"]
    # Documented: "both were empty/null".
    if not ids and not client_ids:
        raise Refusal(
            errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "orderIdList", "origClientOrderIdList", message=2
        )
    elements = ids or client_ids
    if len(elements) > MOST_CANCELLED:
        raise Refusal(errors.EXCEED_MAX_CANCEL_ORDER_SIZE)
    if not ids:
        return [(None, _text(element, "origClientOrderIdList")) for element in elements]
    return [(_number(element), None) for element in elements]


def _text(element: msgspec.Raw, name: str) -> str:
    try:
        return msgspec.json.decode(element, type=str)
    except msgspec.DecodeError:
        raise Refusal(errors.INVALID_PARAMETER, name) from None


def _number(element: msgspec.Raw) -> int:
    # Documented: texts are refused. Observed: an official SDK sends them all the same.
    try:
        return msgspec.json.decode(element, type=int, strict=False)
    except msgspec.DecodeError:
        raise Refusal(errors.INVALID_PARAMETER, "orderIdList") from None


async def cancel_all(call: Call) -> bytes:
    """Cancels every open order of a symbol; none is fine, too."""
    await call.runtime.execute(c.CancelAllOrders(call.owner.name, call.market, named(call)))
    return encode(ALL_CANCELLED)


async def set_countdown(call: Call) -> bytes:
    """Cancels every open order of a symbol after a time, unless it is asked again."""
    symbol, countdown_ms = named(call), call.parameters["countdownTime"]
    await call.runtime.execute(c.SetCountdown(call.owner.name, call.market, symbol, countdown_ms))
    return encode(countdown(symbol, countdown_ms))
