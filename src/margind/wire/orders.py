"""What both markets answer alike about orders: common fields, fills, countdowns, changes, the book."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, NamedTuple

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import CONTEXT, ONE, PERCENT, ZERO
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    Millis,
    OrderType,
    PositionSide,
    Side,
)
from margind.errors import Refusal
from margind.wire.history import AmendmentEntry, TradeEntry
from margind.wire.replies import Answer
from margind.wire.text import amount_text, quantity_text, short_text, traded_price_text

ALL_CANCELLED = Answer(200, "The operation of cancel all open order is done.")
"""Documented: 'Cancel All Open Orders' of both markets; also when there was none."""

_TRAILING = OrderType.TRAILING_STOP_MARKET

AVERAGE_DECIMALS = 5
"""Observed: average prices of contracts with two to five price decimals (public replies, 2020 to 2025)."""

BookLevels = Sequence[tuple[Decimal, Decimal]]
"""Price and quantity of each level, best first."""

PriceLevels = list[tuple[str, str]]


class TradeFields(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One row of `GET /fapi/v1/userTrades` and `/dapi/v1/userTrades`.

    Documented: since 2026-08 rows of both markets have both `quoteQty` and `baseQty`; the one that the market
    does not use is "0".
    """

    symbol: str
    id: int
    order_id: int
    pair: str
    side: Side
    price: str
    qty: str
    realized_pnl: str
    margin_asset: str
    quote_qty: str = "0"
    base_qty: str = "0"
    commission: str
    commission_asset: str
    time: Millis
    position_side: PositionSide
    buyer: bool
    maker: bool


class OrderDigits(NamedTuple):
    """The numbers of an order as its market prints them."""

    price: str
    average: str
    quantity: str
    executed: str
    stop_price: str
    activate_price: str


class Countdown(msgspec.Struct, rename="camel", frozen=True):
    """`POST /fapi/v1/countdownCancelAll` and `/dapi/v1/countdownCancelAll`; the time is a text."""

    symbol: str
    countdown_time: str


class Change(msgspec.Struct, frozen=True):
    """One number that was changed."""

    before: str
    after: str


class Changes(msgspec.Struct, rename="camel", frozen=True):
    """What was changed on an order, and which change of it that was."""

    price: Change
    orig_qty: Change
    count: int
    modify_id: int | msgspec.UnsetType = msgspec.UNSET
    """Documented: only if the request had one."""


class Amendment(msgspec.Struct, rename="camel", frozen=True):
    """One row of `GET /fapi/v1/orderAmendment` and `/dapi/v1/orderAmendment`."""

    amendment_id: int
    symbol: str
    pair: str
    order_id: int
    client_order_id: str
    time: Millis
    amendment: Changes


def countdown(symbol: str, countdown_ms: int) -> Countdown:
    """The answer to a countdown that was started, or with 0 ended."""
    return Countdown(symbol, str(countdown_ms))


def amendments(entries: Iterable[AmendmentEntry], pair: str) -> list[Amendment]:
    """Changes of an order, in the order in which they come."""
    return [
        Amendment(
            amendment_id=entry.amendment_id,
            symbol=entry.symbol,
            pair=pair,
            order_id=entry.order_id,
            client_order_id=entry.client_order_id,
            time=entry.time,
            amendment=Changes(
                price=Change(short_text(entry.price_before), short_text(entry.price)),
                orig_qty=Change(short_text(entry.orig_qty_before), short_text(entry.orig_qty)),
                count=entry.count,
                modify_id=msgspec.UNSET if entry.modify_id is None else entry.modify_id,
            ),
        )
        for entry in entries
    ]


def refused(refusal: Refusal, market: str) -> Answer:
    """What stands in a list of results for an element that was refused."""
    payload = refusal.payload(market)
    return Answer(payload["code"], payload["msg"])


def levels(contract: Contract, rows: BookLevels) -> PriceLevels:
    """Levels of a book, with the symbol's decimals."""
    return [
        (
            traded_price_text(price, contract.price_precision),
            quantity_text(quantity, contract.quantity_precision),
        )
        for price, quantity in rows
    ]


def best_prices(contract: Contract, bids: BookLevels, asks: BookLevels) -> tuple[str, str, str, str]:
    """Price and quantity of the best bid, then of the best ask; zeros where a side is empty."""
    (bid,), (ask,) = (levels(contract, side[:1] or _NOTHING) for side in (bids, asks))
    return (*bid, *ask)


_NOTHING = ((ZERO, ZERO),)


def order_fields(order: Order, digits: OrderDigits) -> dict[str, Any]:
    """The values that every reply about an order shows, on both markets."""
    orig_type = order.type if order.orig_type is None else order.orig_type
    fields = {
        "order_id": order.order_id,
        "symbol": order.symbol,
        "status": order.status,
        "client_order_id": order.client_order_id,
        "price": digits.price,
        "avg_price": digits.average,
        "orig_qty": digits.quantity,
        "executed_qty": digits.executed,
        "time_in_force": order.time_in_force,
        "type": order.type,
        "reduce_only": order.reduce_only,
        "close_position": order.close_position,
        "side": order.side,
        "position_side": order.position_side,
        "stop_price": digits.stop_price,
        "working_type": order.working_type,
        "orig_type": orig_type,
        "update_time": order.update_time,
    }
    if orig_type is _TRAILING:
        fields["activate_price"] = digits.activate_price
        fields["price_rate"] = percent_text(order.callback_rate)
    return fields


def trade_fields(entry: TradeEntry, contract: Contract) -> dict[str, Any]:
    """The values of `TradeFields` that both markets print alike."""
    return {
        "symbol": entry.symbol,
        "id": entry.trade_id,
        "order_id": entry.order_id,
        "pair": contract.pair,
        "side": entry.side,
        "realized_pnl": amount_text(entry.realized_profit) if entry.realized_profit else "0",
        "margin_asset": contract.margin_asset,
        "commission": amount_text(entry.commission),
        "commission_asset": entry.commission_asset,
        "time": entry.time,
        "position_side": entry.position_side,
        "buyer": entry.side is Side.BUY,
        "maker": entry.is_maker,
    }


def average_price(order: Order, contract: Contract) -> Decimal:
    """Mean price of an order's fills; 0 before the first."""
    if not order.executed_qty:
        return ZERO
    with localcontext(CONTEXT):
        return contract.payoff.average_price(order.executed_qty, order.cum_quote)


def percent_text(rate: Decimal) -> str:
    """A callback rate as a request says it: 1 for a fraction of 0.01."""
    return short_text(CONTEXT.multiply(rate, PERCENT))


def rounded_text(value: Decimal, decimals: int) -> str:
    """A number with so many decimals, half up."""
    return f"{value.quantize(ONE.scaleb(-decimals), ROUND_HALF_UP, CONTEXT):f}"
