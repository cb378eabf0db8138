"""The checks an order passes, in the order in which their errors win."""

import re

from margind import errors
from margind.engine.margin.available import resting_of
from margind.engine.model.contracts import Contract
from margind.engine.model.orders import CONDITIONAL
from margind.engine.model.terms import (
    BOTH,
    BUY,
    FOK,
    GTD,
    GTX,
    MARKET,
    NO_MATCH,
    RPI,
    TRADING,
    ContractStatus,
    Millis,
    OrderType,
    PriceMatch,
    TimeInForce,
)
from margind.engine.rules import order_reasons as why
from margind.engine.rules.fillable import fillable
from margind.engine.rules.margin_reasons import cap_reason, freed_reason, margin_reason
from margind.engine.rules.order_cost import fits_easily, order_cost, order_costing
from margind.engine.rules.order_filters import (
    check_counterparty,
    check_notional,
    check_percent_price,
    check_price,
    check_quantity,
)
from margind.engine.rules.order_request import OrderRequest
from margind.engine.state import State
from margind.errors import Refusal

CLIENT_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}", re.ASCII)
"""Documented: the pattern of newClientOrderId and clientAlgoId."""

NO_LIMIT = "an order without a limit price takes what it gets at once"
PRICE_MATCHED = "priceMatch says what the price is"
HEDGE_REDUCES = "in hedge mode positionSide and side say whether an order reduces"
MAX_NUM_ORDERS = "MAX_NUM_ORDERS: an account has at most so many open orders on a symbol"

_NEVER_OPEN = frozenset({TimeInForce.IOC, FOK})
POST_ONLY = frozenset({GTX, RPI})

CLOSED = frozenset(
    {
        ContractStatus.SETTLING,
        ContractStatus.CLOSE,
        ContractStatus.DELIVERING,
        ContractStatus.DELIVERED,
    }
)

LATEST_GOOD_TILL_DATE: Millis = 253_402_300_799_000
GOOD_TILL_AHEAD: Millis = 600_000
"""Documented: a good-till date lies more than 600 s ahead."""

_LEVELS = {
    PriceMatch.OPPONENT: 1,
    PriceMatch.OPPONENT_5: 5,
    PriceMatch.OPPONENT_10: 10,
    PriceMatch.OPPONENT_20: 20,
    PriceMatch.QUEUE: 1,
    PriceMatch.QUEUE_5: 5,
    PriceMatch.QUEUE_10: 10,
    PriceMatch.QUEUE_20: 20,
}


def missed(name: str, order_type: OrderType, alternative: str = "") -> Refusal:
    """Refuses an order without a parameter that its type needs (-1102)."""
    return Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, name).because(
        why.needed(name, order_type, alternative)
    )


def not_required(name: str, because: str) -> Refusal:
    """Refuses a parameter that must not be there (-1106)."""
    return Refusal(errors.PARAM_NOT_REQUIRED, name).because(why.superfluous(name, because))


def check_type(state: State, request: OrderRequest, now: Millis) -> None:
    """Conditional orders belong to the algo service, and only they close a whole position.

    Documented: -4120 since 2025-12-09; closePosition goes with STOP_MARKET and TAKE_PROFIT_MARKET only.
    """
    command = request.command
    if command.type in CONDITIONAL:
        raise Refusal(errors.STOP_ORDER_SWITCH_ALGO).because(
            why.conditional_type(command.type, request.market.market)
        )
    # What a trigger placed still says that its conditional order closed the position.
    if command.close_position and not command.algo_id:
        raise Refusal(errors.CLOSE_POSITION_STRATEGY_INVALID, command.type, command.close_position).because(
            why.closes_all(command.type)
        )


def check_parameters(state: State, request: OrderRequest, now: Millis) -> None:
    """What each type needs and must not have. Documented: -1102, -1106."""
    command = request.command
    if request.is_limit:
        if command.time_in_force is None:
            raise missed("timeInForce", command.type)
        if command.price is None and command.price_match is NO_MATCH:
            raise missed("price", command.type, "priceMatch")
    else:
        if command.time_in_force is not None:
            raise not_required("timeInForce", NO_LIMIT)
        if command.price is not None:
            raise not_required("price", NO_LIMIT)
        if command.price_match is not NO_MATCH:
            raise Refusal(errors.UNSUPPORTED_ORDER_TYPE_PRICE_MATCH).because(
                why.superfluous("priceMatch", NO_LIMIT)
            )
    if command.quantity is None:
        raise missed("quantity", command.type)
    if command.price is not None and command.price_match is not NO_MATCH:
        raise not_required("price", PRICE_MATCHED)


def check_status(state: State, request: OrderRequest, now: Millis) -> None:
    """Whether the contract trades. Documented: -4141, -4140. Assumed: which status answers which."""
    check_not_closed(request.contract)
    status = request.contract.status
    if status is not TRADING and not request.only_reduces:
        raise Refusal(errors.INVALID_OPENING_POSITION_STATUS).because(
            why.status_reason(status, reduces=False)
        )


def check_not_closed(contract: Contract) -> None:
    """Documented: -4141 when nothing can be traded any more."""
    if contract.status in CLOSED:
        raise Refusal(errors.SYMBOL_ALREADY_CLOSED).because(why.status_reason(contract.status, reduces=False))


def check_client_order_id(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: 1 to 36 characters of the pattern (-4015), unique among open orders (-4116)."""
    client_order_id = request.command.client_order_id
    if client_order_id is None:
        return
    if CLIENT_ID.fullmatch(client_order_id) is None:
        raise Refusal(errors.INVALID_CL_ORD_ID_LEN).because(
            why.client_id_reason(client_order_id, CLIENT_ID.pattern)
        )
    if client_order_id in request.half.client_order_ids:
        raise Refusal(errors.DUPLICATED_CLIENT_ORDER_ID).because(
            why.taken_client_id(client_order_id, request.half.client_order_ids[client_order_id])
        )


def check_position_side(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -4061 when the side does not fit the mode, -1106 for reduceOnly in hedge mode."""
    command = request.command
    hedge = request.account.dual_side_position
    if (command.position_side is BOTH) is hedge:
        raise Refusal(errors.POSITION_SIDE_NOT_MATCH).because(
            why.position_side_reason(command.position_side, hedge=hedge)
        )
    if hedge and command.reduce_only is not None:
        raise not_required("reduceonly", HEDGE_REDUCES)


def settle_price(state: State, request: OrderRequest, now: Millis) -> None:
    """Take the price from the book where the order says so. Documented: -5041 when there is no such level."""
    wanted = request.command.price_match
    if wanted is NO_MATCH:
        return
    side = request.side
    book_side = request.book.side(side) if wanted.startswith("QUEUE") else request.book.against(side)
    price = book_side.price_at(_LEVELS[wanted])
    if price is None:
        raise Refusal(errors.BBO_ORDER_REJECT).because(
            why.book_level(wanted, len(book_side.depth(_LEVELS[wanted])), _LEVELS)
        )
    request.price = price


def check_filters(state: State, request: OrderRequest, now: Millis) -> None:
    """The contract's filters; reduce-only orders are free of the minimum notional."""
    command, contract = request.command, request.contract
    if request.is_limit:
        check_price(contract, request.price)
    check_quantity(contract, command.type, request.quantity)
    if request.is_limit:
        check_percent_price(contract, request.prices, request.side, request.price)
    else:
        check_counterparty(contract, request.prices, request.side, request.book.against(request.side).best)
    if not request.only_reduces:
        price = request.price if request.is_limit else request.prices.mark_price
        check_notional(contract, price, request.quantity)


def check_good_till_date(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -1102 without a date, -5040 outside its range."""
    if request.time_in_force is not GTD:
        return
    command = request.command
    # The date of a conditional order had to lie so far ahead when that was placed.
    after = now if command.algo_id else now + GOOD_TILL_AHEAD
    check_date(command.good_till_date, command.type, after)


def check_date(good_till_date: Millis, order_type: OrderType, after: Millis) -> None:
    """A good-till date lies after a moment and in four-digit years."""
    if not good_till_date:
        raise missed("goodTillDate", order_type)
    if not after < good_till_date < LATEST_GOOD_TILL_DATE:
        raise Refusal(errors.FUTURE_GOOD_TILL_DATE).because(
            why.good_till_reason(good_till_date, after + 1, LATEST_GOOD_TILL_DATE - 1)
        )


def check_order_count(state: State, request: OrderRequest, now: Millis) -> None:
    """MAX_NUM_ORDERS. Documented: -2025; orders of the book and conditional ones count together.

    Documented: it bounds the orders that are open, and what trades at once or never is not. A conditional
    order that fires was one of them already.
    """
    if request.command.type is MARKET or request.time_in_force in _NEVER_OPEN:
        return
    symbol, half, most = request.command.symbol, request.half, request.contract.max_num_orders
    if len(half.open_orders) + len(half.algo_orders) < most:
        return
    count = sum([len(row.orders) for row in half.rows_of(symbol)])
    fires = request.command.algo_id
    count += sum([row.symbol == symbol and row.algo_id != fires for row in half.algo_orders.values()])
    if count >= most:
        raise Refusal(errors.MAX_OPEN_ORDER_EXCEEDED).because(why.count_reason(MAX_NUM_ORDERS, count, most))


def check_permission(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -4088 (-4090 on COIN-M) when the account cannot trade."""
    if not request.half.can_trade:
        raise Refusal(errors.NO_PLACE_ORDER_PERMISSION)


def check_reduces(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -2022 when a reduce-only order would not reduce.

    A closing hedge order must fit into its leg; a one-way reduce-only order only needs something to reduce.
    """
    if not request.only_reduces:
        return
    hedge = request.command.position_side is not BOTH
    if not request.reducible or (hedge and request.quantity > request.reducible):
        raise Refusal(errors.REDUCE_ONLY_REJECT).because(why.reduce_reason(request))


def check_margin(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -2027 beyond the position cap, -2019 when the margin is not there."""
    if request.only_reduces:
        _check_freed_orders(state, request)
        return
    if fits_easily(state, request):
        return
    cost = order_cost(state, request)
    if cost.is_too_large:
        raise Refusal(errors.MAX_LEVERAGE_RATIO).because(cap_reason(state, request))
    if cost.need > cost.available:
        raise Refusal(errors.MARGIN_NOT_SUFFICIEN).because(margin_reason(state, request))


def _check_freed_orders(state: State, request: OrderRequest) -> None:
    """Documented: -4118 (-4112 on COIN-M) when open orders of its side would then open, and have no margin.

    Documented (FAQ 'Summary of Failed Orders in Binance Futures'): market orders that close all go before.
    """
    key = (request.command.symbol, request.command.position_side)
    resting = resting_of(request.half, key)
    if key[1] is not BOTH or not (resting.bids if request.side is BUY else resting.asks):
        return
    if request.is_limit or request.quantity < request.reducible:
        costing = order_costing(state, request)
        if costing.freed_orders(request.quantity) > costing.available:
            raise Refusal(errors.REDUCE_ONLY_MARGIN_CHECK_FAILED).because(freed_reason(state, request))


def check_execution(state: State, request: OrderRequest, now: Millis) -> None:
    """Documented: -5022 when a post-only order would trade, -5021 when a fill-or-kill would not fill."""
    time_in_force = request.time_in_force
    if time_in_force in POST_ONLY and request.meets_the_book:
        raise Refusal(errors.GTX_ORDER_REJECT).because(why.post_only_reason(request))
    if time_in_force is FOK:
        found = fillable(state, request)
        if found < request.quantity:
            raise Refusal(errors.FOK_ORDER_REJECT).because(why.fill_or_kill_reason(request, found))


ORDER_CHECKS = (
    check_type,
    check_parameters,
    check_status,
    check_position_side,
    check_client_order_id,
    settle_price,
    check_filters,
    check_good_till_date,
    check_permission,
    check_order_count,
    check_reduces,
    check_margin,
    check_execution,
)
"""Assumed: the order, for no page gives one. What is wrong with the request itself comes before what the
account and the market make of it."""
