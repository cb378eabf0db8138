"""When a conditional order fires: one rule for the algo service and for the plain order endpoint."""

from decimal import Decimal
from typing import Protocol

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import OrderType, Side, WorkingType


class Conditional(Protocol):
    """What a trigger needs to know of an order."""

    @property
    def type(self) -> OrderType:
        """Stop, take-profit or trailing stop."""

    @property
    def side(self) -> Side:
        """Buy or sell."""

    @property
    def trigger_price(self) -> Decimal:
        """Where it fires."""

    @property
    def working_type(self) -> WorkingType:
        """Which price fires it."""

    @property
    def price_protect(self) -> bool:
        """Whether mark and last price must be near each other."""

    @property
    def activate_price(self) -> Decimal:
        """Where a trailing stop begins to follow."""

    @property
    def callback_rate(self) -> Decimal:
        """How far a trailing stop lets the price come back, as a fraction."""

    @property
    def extreme_price(self) -> Decimal:
        """The lowest (buy) or highest (sell) price since then; 0 before."""


def working_price(prices: SymbolPrice, working_type: WorkingType) -> Decimal:
    """The price that triggers are compared with."""
    return prices.mark_price if working_type is WorkingType.MARK_PRICE else prices.last_price


def followed(order: Conditional, current: Decimal) -> Decimal:
    """The extreme price of a trailing stop after another price: 0 until it is activated."""
    if order.type is not OrderType.TRAILING_STOP_MARKET:
        return ZERO
    buys = order.side is Side.BUY
    if not order.extreme_price:
        active = current <= order.activate_price if buys else current >= order.activate_price
        return current if active else ZERO
    return min(order.extreme_price, current) if buys else max(order.extreme_price, current)


def is_due(order: Conditional, extreme: Decimal, prices: SymbolPrice, contract: Contract) -> bool:
    """Whether an order fires at these prices.

    Documented: a trailing buy fires at low · (1 + rate), a trailing sell at high · (1 - rate); with
    priceProtect a trigger counts only while mark and last price are near each other.
    """
    current = working_price(prices, order.working_type)
    if order.type is not OrderType.TRAILING_STOP_MARKET:
        # Account documents may leave the trigger out; such an order waits and never fires.
        due = bool(order.trigger_price) and fires(order.type, order.side, order.trigger_price, current)
    elif not extreme:
        due = False
    elif order.side is Side.BUY:
        due = current >= extreme * (ONE + order.callback_rate)
    else:
        due = current <= extreme * (ONE - order.callback_rate)
    if not due or not order.price_protect:
        return due
    return abs(prices.mark_price - prices.last_price) <= contract.trigger_protect * prices.mark_price


def fires(order_type: OrderType, side: Side, trigger_price: Decimal, current: Decimal) -> bool:
    """Documented: a buy stop fires at or above its trigger, a sell stop at or below; profits inversely."""
    rises = side is Side.BUY
    if order_type in {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_MARKET}:
        rises = not rises
    return current >= trigger_price if rises else current <= trigger_price
