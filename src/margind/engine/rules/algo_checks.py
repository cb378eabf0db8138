"""The checks a conditional order passes before it waits."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from margind import errors
from margind.engine.commands import PlaceAlgoOrder
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import CONDITIONAL, AlgoOrder, closes_leg
from margind.engine.model.terms import (
    Millis,
    OrderType,
    PositionSide,
    PriceMatch,
    Side,
    TimeInForce,
)
from margind.engine.rules import order_reasons as why
from margind.engine.rules.order_checks import (
    CLIENT_ID,
    GOOD_TILL_AHEAD,
    HEDGE_REDUCES,
    NO_LIMIT,
    PRICE_MATCHED,
    check_date,
    check_not_closed,
    missed,
    not_required,
)
from margind.engine.rules.order_filters import (
    check_limit_from_trigger,
    check_price,
    check_quantity,
    check_stop_price,
)
from margind.engine.rules.triggers import fires, working_price
from margind.engine.state import State
from margind.errors import Refusal

MOST_WAITING = 200
"""Documented: at most 200 conditional orders over all symbols since 2025-12-29."""
MOST_WAITING_RULE = "at most 200 conditional orders of an account wait, over all symbols"
CLOSES_WHAT_IS_THERE = "closePosition closes all that is there"

CALLBACK_LEAST = Decimal("0.1")
"""Documented: callbackRate in percent."""


class Door(NamedTuple):
    """Where conditional orders come in."""

    trigger_price: str
    """What the trigger is called there."""
    most_callback: Decimal
    """The highest callbackRate."""


ALGO_SERVICE = Door("triggerPrice", Decimal(20))
"""Documented: at most 20 % since 2026-10-23, 10 % before."""
ORDER_ENDPOINT = Door("stopPrice", Decimal(10))

LIMITS = frozenset({OrderType.STOP, OrderType.TAKE_PROFIT})
"""Types that become a limit order."""

CLOSES_ALL = frozenset({OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET})
"""Types that may close the whole position."""


def check_algo_order(state: State, command: PlaceAlgoOrder, now: Millis, door: Door = ALGO_SERVICE) -> None:
    """Refuse a conditional order that cannot wait.

    In this order: -1121, -1116, -4136 to -4138, -1102/-1106, -4141, -4061, -2022, -4015, -4116, filters,
    -4183/-4184, -4135, -1130, -2021, -5040, -4088, -4045.
    Assumed: the order (no page gives one). Documented: there is no margin check before the trigger.
    """
    market = state.markets[command.market]
    if not market.usable(command.symbol):
        raise Refusal(errors.BAD_SYMBOL).because(why.unknown_symbol(market, command.symbol))
    if command.type not in CONDITIONAL:
        raise Refusal(errors.INVALID_ORDER_TYPE)
    _check_parameters(command, door)
    check_not_closed(market.contracts[command.symbol])
    account = state.accounts[command.account]
    hedge = account.dual_side_position
    if (command.position_side is PositionSide.BOTH) is hedge:
        raise Refusal(errors.POSITION_SIDE_NOT_MATCH).because(
            why.position_side_reason(command.position_side, hedge=hedge)
        )
    if hedge and command.reduce_only is not None:
        raise not_required("reduceonly", HEDGE_REDUCES)
    # Documented: in hedge mode BUY closes no LONG, and SELL no SHORT. Assumed: the error.
    if hedge and command.close_position and not closes_leg(command.position_side, command.side):
        raise Refusal(errors.REDUCE_ONLY_REJECT)
    half = account.on(command.market)
    _check_client_id(command, half.algo_orders.values())
    _check_filters(market, command, door)
    _check_trigger(market, command, door)
    if command.time_in_force is TimeInForce.GTD:
        check_date(command.good_till_date, command.type, now + GOOD_TILL_AHEAD)
    if not half.can_trade:
        raise Refusal(errors.NO_PLACE_ORDER_PERMISSION)
    if len(half.algo_orders) >= MOST_WAITING:
        raise Refusal(errors.MAX_STOP_ORDER_EXCEEDED).because(
            why.count_reason(MOST_WAITING_RULE, len(half.algo_orders), MOST_WAITING)
        )


def _check_parameters(command: PlaceAlgoOrder, door: Door) -> None:
    if command.close_position:
        if command.type not in CLOSES_ALL:
            raise Refusal(
                errors.CLOSE_POSITION_STRATEGY_INVALID, command.type, command.close_position
            ).because(why.closes_all(command.type))
        if command.quantity is not None:
            raise Refusal(errors.QUANTITY_EXISTS_WITH_CLOSE_POSITION).because(
                why.superfluous("quantity", CLOSES_WHAT_IS_THERE)
            )
        if command.reduce_only is not None:
            # Documented: reduceOnly does not go with closePosition. Assumed: -4138 answers a "false".
            if not command.reduce_only:
                raise Refusal(errors.REDUCE_ONLY_MUST_BE_TRUE).because(
                    why.superfluous("reduceOnly", CLOSES_WHAT_IS_THERE)
                )
            raise not_required("reduceonly", CLOSES_WHAT_IS_THERE)
    elif command.quantity is None:
        raise missed("quantity", command.type, "closePosition")
    _check_limit_price(command)
    trailing = command.type is OrderType.TRAILING_STOP_MARKET
    if trailing and command.callback_rate is None:
        raise missed("callbackRate", command.type)
    if not trailing and command.trigger_price is None:
        raise missed(door.trigger_price, command.type)


def _check_limit_price(command: PlaceAlgoOrder) -> None:
    matched = command.price_match is not PriceMatch.NONE
    if command.type not in LIMITS:
        if command.price is not None:
            raise not_required("price", NO_LIMIT)
        if matched:
            raise Refusal(errors.UNSUPPORTED_ORDER_TYPE_PRICE_MATCH).because(
                why.superfluous("priceMatch", NO_LIMIT)
            )
    elif command.price is None and not matched:
        raise missed("price", command.type, "priceMatch")
    elif command.price is not None and matched:
        raise not_required("price", PRICE_MATCHED)


def _check_client_id(command: PlaceAlgoOrder, waiting: Iterable[AlgoOrder]) -> None:
    client_id = command.client_algo_id
    if client_id is None:
        return
    if CLIENT_ID.fullmatch(client_id) is None:
        raise Refusal(errors.INVALID_CL_ORD_ID_LEN).because(
            why.client_id_reason(client_id, CLIENT_ID.pattern, "clientAlgoId")
        )
    for order in waiting:
        if order.client_algo_id == client_id:
            raise Refusal(errors.DUPLICATED_CLIENT_ORDER_ID).because(
                why.taken_client_id(client_id, order.algo_id)
            )


def _check_filters(market: MarketState, command: PlaceAlgoOrder, door: Door) -> None:
    contract, trigger_price = market.contracts[command.symbol], command.trigger_price
    if command.quantity is not None:
        becomes = OrderType.LIMIT if command.type in LIMITS else OrderType.MARKET
        check_quantity(contract, becomes, command.quantity)
    if command.price is not None:
        check_price(contract, command.price)
    if trigger_price is not None:
        check_stop_price(contract, trigger_price, door.trigger_price)
        if command.price is not None:
            check_limit_from_trigger(contract, trigger_price, command.side, command.price)
    if command.activate_price is not None:
        if command.activate_price <= ZERO:
            raise Refusal(errors.INVALID_ACTIVATION_PRICE)
        check_stop_price(contract, command.activate_price, "activatePrice")
    rate = command.callback_rate
    if rate is not None and not CALLBACK_LEAST <= rate <= door.most_callback:
        raise Refusal(errors.INVALID_PARAMETER, "callbackRate").because(
            why.outside("callbackRate", rate, CALLBACK_LEAST, door.most_callback, "%")
        )


def _check_trigger(market: MarketState, command: PlaceAlgoOrder, door: Door) -> None:
    """Documented: -2021 when it would fire at once; a trailing stop is activated on the far side."""
    contract = market.contracts[command.symbol]
    current = working_price(market.prices[command.symbol], command.working_type)
    if command.type is OrderType.TRAILING_STOP_MARKET:
        activation = command.activate_price
        if activation is None:
            return
        buys = command.side is Side.BUY
        if (activation >= current) if buys else (activation <= current):
            raise Refusal(errors.ORDER_WOULD_IMMEDIATELY_TRIGGER).because(
                why.trigger_reason(contract, "activatePrice", activation, current, above=not buys)
            )
        return
    assert command.trigger_price is not None
    if fires(command.type, command.side, command.trigger_price, current):
        name = door.trigger_price
        # What would fire now waits for the other side of the present price.
        above = fires(command.type, command.side, command.trigger_price, command.trigger_price + 1)
        raise Refusal(errors.ORDER_WOULD_IMMEDIATELY_TRIGGER).because(
            why.trigger_reason(contract, name, command.trigger_price, current, above=above)
        )
