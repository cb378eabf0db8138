"""The checks a conditional order passes before it waits."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

import msgspec

from margind import errors
from margind.engine.commands import PlaceAlgoOrder
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import CONDITIONAL, AlgoOrder
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import OrderType, PositionSide, PriceMatch, Side
from margind.engine.rules.order_checks import CLIENT_ID
from margind.engine.rules.order_filters import check_percent_price, check_price, check_quantity
from margind.engine.rules.triggers import fires, working_price
from margind.engine.state import State
from margind.errors import Refusal

MOST_WAITING = 200
"""Documented: at most 200 conditional orders over all symbols since 2025-12-29."""

CALLBACK_LEAST, CALLBACK_MOST = Decimal("0.1"), Decimal(10)
"""Documented: callbackRate in percent."""

LIMITS = frozenset({OrderType.STOP, OrderType.TAKE_PROFIT})
"""Types that become a limit order."""

CLOSES_ALL = frozenset({OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET})
"""Types that may close the whole position."""


def check_algo_order(
    state: State, command: PlaceAlgoOrder, wire_names: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Refuse, in this order: -1121, -1116, -1102/-1106, -4061, -4116, -4137/-4138, filters, -2021, -4045.

    Assumed: the order (no page gives one). Documented: there is no margin check before the trigger.
    """
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL)
    if command.type not in CONDITIONAL:
        raise Refusal(errors.INVALID_ORDER_TYPE)
    _check_parameters(command, wire_names)
    account = state.accounts[command.account]
    hedge = account.dual_side_position
    if (command.position_side is PositionSide.BOTH) is hedge:
        raise Refusal(errors.POSITION_SIDE_NOT_MATCH)
    if hedge and command.reduce_only is not None:
        raise Refusal(errors.PARAM_NOT_REQUIRED, "reduceonly")
    half = account.on(command.market)
    _check_client_id(command, half.algo_orders.values())
    _check_filters(market, command)
    _check_trigger(market.prices[command.symbol], command)
    if len(half.algo_orders) >= MOST_WAITING:
        raise Refusal(errors.MAX_STOP_ORDER_EXCEEDED)


def _check_parameters(command: PlaceAlgoOrder, wire_names: Mapping[str, str]) -> None:
    if command.close_position:
        if command.type not in CLOSES_ALL:
            raise Refusal(errors.CLOSE_POSITION_STRATEGY_INVALID, command.type, command.close_position)
        if command.quantity is not None:
            raise Refusal(errors.QUANTITY_EXISTS_WITH_CLOSE_POSITION)
        if command.reduce_only is not None:
            raise Refusal(errors.PARAM_NOT_REQUIRED, "reduceonly")
    elif command.quantity is None:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "quantity")
    _check_limit_price(command)
    trailing = command.type is OrderType.TRAILING_STOP_MARKET
    if trailing and command.callback_rate is None:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "callbackRate")
    if not trailing and command.trigger_price is None:
        name = wire_names.get("triggerPrice", "triggerPrice")
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, name)


def _check_limit_price(command: PlaceAlgoOrder) -> None:
    matched = command.price_match is not PriceMatch.NONE
    if command.type not in LIMITS:
        if command.price is not None:
            raise Refusal(errors.PARAM_NOT_REQUIRED, "price")
        if matched:
            raise Refusal(errors.UNSUPPORTED_ORDER_TYPE_PRICE_MATCH)
    elif command.price is None and not matched:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, "price")
    elif command.price is not None and matched:
        raise Refusal(errors.PARAM_NOT_REQUIRED, "price")


def _check_client_id(command: PlaceAlgoOrder, waiting: Iterable[AlgoOrder]) -> None:
    client_id = command.client_algo_id
    if client_id is None:
        return
    if CLIENT_ID.fullmatch(client_id) is None:
        raise Refusal(errors.INVALID_CL_ORD_ID_LEN)
    if any(order.client_algo_id == client_id for order in waiting):
        raise Refusal(errors.DUPLICATED_CLIENT_ORDER_ID)


def _check_filters(market: MarketState, command: PlaceAlgoOrder) -> None:
    contract, prices = market.contracts[command.symbol], market.prices[command.symbol]
    if command.quantity is not None:
        check_quantity(contract, OrderType.LIMIT, command.quantity)
    if command.price is not None:
        check_price(contract, command.price)
        reference = prices if command.trigger_price is None else _at(prices, command.trigger_price)
        check_percent_price(contract, reference, command.side, command.price)
    for price in (command.trigger_price, command.activate_price):
        if price is not None:
            check_price(contract, price)
    rate = command.callback_rate
    if rate is not None and not CALLBACK_LEAST <= rate <= CALLBACK_MOST:
        raise Refusal(errors.INVALID_PARAMETER, "callbackRate")


def _at(prices: SymbolPrice, mark_price: Decimal) -> SymbolPrice:
    """Prices as they may be when the order fires: its limit is judged against its trigger."""
    return msgspec.structs.replace(prices, mark_price=mark_price)


def _check_trigger(prices: SymbolPrice, command: PlaceAlgoOrder) -> None:
    """Documented: -2021 when it would fire at once; a trailing stop is activated on the far side."""
    current = working_price(prices, command.working_type)
    if command.type is OrderType.TRAILING_STOP_MARKET:
        activation = command.activate_price
        if activation is None:
            return
        if activation <= ZERO:
            raise Refusal(errors.INVALID_ACTIVATION_PRICE)
        if (activation >= current) if command.side is Side.BUY else (activation <= current):
            raise Refusal(errors.ORDER_WOULD_IMMEDIATELY_TRIGGER)
        return
    assert command.trigger_price is not None
    if fires(command.type, command.side, command.trigger_price, current):
        raise Refusal(errors.ORDER_WOULD_IMMEDIATELY_TRIGGER)
