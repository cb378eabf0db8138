"""Conditional orders of an account document: orders that wait in the algo service, as JSON."""

from collections.abc import Collection, Iterator
from itertools import count

import msgspec
from msgspec import UNSET, UnsetType

from margind.documents.numbers import Number, Time
from margind.engine.model.decimals import CONTEXT, PERCENT
from margind.engine.model.orders import AlgoOrder
from margind.engine.model.terms import (
    Millis,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)

_NOTHING = Number(0)


class AlgoOrderDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """An order that waits for its trigger, in the words of `openAlgoOrders`; what it has not is left out."""

    symbol: str
    side: Side
    order_type: OrderType
    position_side: PositionSide = PositionSide.BOTH
    time_in_force: TimeInForce = TimeInForce.GTC
    quantity: Number = _NOTHING
    """Left out when it closes the whole position."""
    price: Number = _NOTHING
    trigger_price: Number = _NOTHING
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_match: PriceMatch = PriceMatch.NONE
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool = False
    activate_price: Number = _NOTHING
    callback_rate: Number = _NOTHING
    """In percent."""
    extreme_price: Number = _NOTHING
    """The lowest (buy) or highest (sell) price since a trailing stop was activated; our own word."""
    self_trade_prevention_mode: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    good_till_date: Time = 0
    algo_id: int = 0
    client_algo_id: str = ""
    create_time: Time | UnsetType = UNSET
    update_time: Time | UnsetType = UNSET


def algo_orders(rows: Collection[AlgoOrderDocument], now: Millis) -> Iterator[AlgoOrder]:
    """The orders; those without a name get one that depends on nothing but the document."""
    given = {row.client_algo_id for row in rows}
    free = (name for place in count(1) if (name := f"document-algo-{place}") not in given)
    for row in rows:
        created = now if isinstance(row.create_time, UnsetType) else row.create_time
        yield AlgoOrder(
            algo_id=row.algo_id,
            client_algo_id=row.client_algo_id or next(free),
            symbol=row.symbol,
            side=row.side,
            position_side=row.position_side,
            type=row.order_type,
            time_in_force=row.time_in_force,
            quantity=row.quantity.plain,
            price=row.price.plain,
            trigger_price=row.trigger_price.plain,
            working_type=row.working_type,
            price_match=row.price_match,
            close_position=row.close_position,
            price_protect=row.price_protect,
            reduce_only=row.reduce_only,
            activate_price=row.activate_price.plain,
            callback_rate=CONTEXT.divide(row.callback_rate.plain, PERCENT),
            extreme_price=row.extreme_price.plain,
            self_trade_prevention=row.self_trade_prevention_mode,
            good_till_date=row.good_till_date,
            create_time=created,
            update_time=created if isinstance(row.update_time, UnsetType) else row.update_time,
        )


def algo_order_document(order: AlgoOrder) -> AlgoOrderDocument:
    """An order as a document: loading it makes the order what it is."""
    return AlgoOrderDocument(
        symbol=order.symbol,
        side=order.side,
        order_type=order.type,
        position_side=order.position_side,
        time_in_force=order.time_in_force,
        quantity=Number(order.quantity),
        price=Number(order.price),
        trigger_price=Number(order.trigger_price),
        working_type=order.working_type,
        price_match=order.price_match,
        close_position=order.close_position,
        price_protect=order.price_protect,
        reduce_only=order.reduce_only,
        activate_price=Number(order.activate_price),
        callback_rate=Number(CONTEXT.multiply(order.callback_rate, PERCENT)),
        extreme_price=Number(order.extreme_price),
        self_trade_prevention_mode=order.self_trade_prevention,
        good_till_date=order.good_till_date,
        algo_id=order.algo_id,
        client_algo_id=order.client_algo_id,
        create_time=order.create_time,
        update_time=order.update_time,
    )
