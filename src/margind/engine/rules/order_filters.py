"""A contract's filters: what prices and quantities it takes."""

from decimal import Decimal

from margind import errors
from margind.engine.model.contracts import Contract, LotSize
from margind.engine.model.decimals import CONTEXT, ONE, ZERO
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import BUY, MARKET, SELL, OrderType, Side
from margind.engine.rules.filter_reasons import (
    counterparty_reason,
    notional_reason,
    percent_price_reason,
    price_reason,
    quantity_reason,
)
from margind.errors import ErrorKind, Refusal


def check_price(contract: Contract, price: Decimal, name: str = "price") -> None:
    """PRICE_FILTER; a bound or tick of zero is off. Documented: -4001, -1111, -4013, -4002, -4014."""
    bounds = contract.price_filter
    if price <= ZERO:
        raise Refusal(errors.PRICE_LESS_THAN_ZERO).because(price_reason(contract, price, name))
    if _is_finer(price, contract.price_precision):
        raise Refusal(errors.BAD_PRECISION).because(price_reason(contract, price, name))
    if bounds.min_price and price < bounds.min_price:
        raise Refusal(errors.PRICE_LESS_THAN_MIN_PRICE).because(price_reason(contract, price, name))
    if bounds.max_price and price > bounds.max_price:
        raise Refusal(errors.PRICE_GREATER_THAN_MAX_PRICE).because(price_reason(contract, price, name))
    if bounds.tick_size and (price - bounds.min_price) % bounds.tick_size:
        raise Refusal(errors.PRICE_NOT_INCREASED_BY_TICK_SIZE).because(price_reason(contract, price, name))


def check_quantity(contract: Contract, order_type: OrderType, quantity: Decimal) -> None:
    """LOT_SIZE or MARKET_LOT_SIZE. Documented refusals: -4003, -1111, -4004, -4005, -4023."""
    lot: LotSize = contract.market_lot_size if order_type is MARKET else contract.lot_size
    if quantity <= ZERO:
        raise Refusal(errors.QTY_LESS_THAN_ZERO).because(quantity_reason(contract, lot, quantity))
    if _is_finer(quantity, contract.quantity_precision):
        raise Refusal(errors.BAD_PRECISION).because(quantity_reason(contract, lot, quantity))
    if quantity < lot.min_qty:
        raise Refusal(errors.QTY_LESS_THAN_MIN_QTY).because(quantity_reason(contract, lot, quantity))
    if quantity > lot.max_qty:
        raise Refusal(errors.QTY_GREATER_THAN_MAX_QTY).because(quantity_reason(contract, lot, quantity))
    if lot.step_size and (quantity - lot.min_qty) % lot.step_size:
        raise Refusal(errors.QTY_NOT_INCREASED_BY_STEP_SIZE).because(quantity_reason(contract, lot, quantity))


def check_percent_price(contract: Contract, prices: SymbolPrice, side: Side, price: Decimal) -> None:
    """PERCENT_PRICE. Documented: a buy at most mark · up (-4016), a sell at least mark · down (-4024)."""
    rule = contract.percent_price
    if side is BUY and price > prices.mark_price * rule.multiplier_up:
        raise Refusal(errors.PRICE_HIGHTER_THAN_MULTIPLIER_UP).because(
            percent_price_reason(contract, prices.mark_price, side, price)
        )
    if side is SELL and price < prices.mark_price * rule.multiplier_down:
        raise Refusal(errors.PRICE_LOWER_THAN_MULTIPLIER_DOWN).because(
            percent_price_reason(contract, prices.mark_price, side, price)
        )


def check_counterparty(contract: Contract, prices: SymbolPrice, side: Side, best: Decimal | None) -> None:
    """PERCENT_PRICE for a market order: the best price against it. Documented: -4131 (-4113 on COIN-M)."""
    if best is None:
        return
    rule, mark_price = contract.percent_price, prices.mark_price
    too_high = side is BUY and best > mark_price * rule.multiplier_up
    if too_high or (side is SELL and best < mark_price * rule.multiplier_down):
        raise Refusal(errors.MARKET_ORDER_REJECT).because(
            counterparty_reason(contract, mark_price, side, best)
        )


def check_stop_price(contract: Contract, price: Decimal, name: str) -> None:
    """PRICE_FILTER for a trigger. Documented: -4006 and -4007 where a price has -4001 and -4002."""
    most = contract.price_filter.max_price
    if price <= ZERO:
        raise Refusal(errors.STOP_PRICE_LESS_THAN_ZERO).because(price_reason(contract, price, name))
    if most and price > most:
        raise Refusal(errors.STOP_PRICE_GREATER_THAN_MAX_PRICE).because(price_reason(contract, price, name))
    check_price(contract, price, name)


def check_limit_from_trigger(contract: Contract, trigger_price: Decimal, side: Side, price: Decimal) -> None:
    """Documented: -4183 and -4184 for a limit far from its trigger. Assumed: PERCENT_PRICE says how far."""
    rule = contract.percent_price
    if side is BUY and price > trigger_price * rule.multiplier_up:
        raise Refusal(errors.PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP).because(
            percent_price_reason(contract, trigger_price, side, price, "triggerPrice")
        )
    if side is SELL and price < trigger_price * rule.multiplier_down:
        raise Refusal(errors.PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN).because(
            percent_price_reason(contract, trigger_price, side, price, "triggerPrice")
        )


def check_notional(
    contract: Contract, price: Decimal, quantity: Decimal, kind: ErrorKind = errors.MIN_NOTIONAL
) -> None:
    """MIN_NOTIONAL (-4164, -5029 for a change of an order); there is none on COIN-M."""
    least = contract.min_notional
    if least is not None and price * quantity < least:
        raise Refusal(kind, format(least.normalize(), "f")).because(
            notional_reason(contract, price, quantity)
        )


def _is_finer(value: Decimal, decimals: int) -> bool:
    """Whether a number needs more decimals than there are; trailing zeros do not count."""
    return bool(value.scaleb(decimals, CONTEXT) % ONE)
