"""Conditional orders of an account document: whether they can wait, and under which numbers."""

from collections.abc import Iterator

import msgspec

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.decimals import ONE, ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import CONDITIONAL, AlgoOrder
from margind.engine.model.terms import AlgoStatus, Millis, OrderType, PriceMatch
from margind.engine.rules.algo_checks import CLOSES_ALL, LIMITS, MOST_WAITING
from margind.engine.rules.algo_orders import cancelled
from margind.engine.rules.loaded_orders import Identities, own_or_new
from margind.engine.state import State
from margind.errors.impossible import misfit


def check_loaded_algo_orders(market: MarketState, document: c.MarketDocument) -> None:
    """Refuse orders that could not wait; filters and present prices do not judge them."""
    if len(document.algo_orders) > MOST_WAITING:
        raise misfit(f"algoOrders: at most {MOST_WAITING} conditional orders wait")
    identities = Identities(market.market, "conditional", "algoId", "clientAlgoId")
    for order in document.algo_orders:
        name = f"algoOrders {order.client_algo_id}"
        identities.check(name, order.algo_id, order.client_algo_id, order.time_in_force)
        _check_terms(name, order)


def _check_terms(name: str, order: AlgoOrder) -> None:
    if order.type not in CONDITIONAL:
        raise misfit(f"{name}: a {order.type} order waits for no trigger; it belongs into openOrders")
    if order.close_position and (order.type not in CLOSES_ALL or order.quantity):
        raise misfit(f"{name}: {' and '.join(sorted(CLOSES_ALL))} may close a position, without quantity")
    if not order.close_position and order.quantity <= ZERO:
        raise misfit(f"{name}.quantity: must be positive")
    if order.type in LIMITS and order.price_match is PriceMatch.NONE and not order.price:
        raise misfit(f"{name}.price: must be positive")
    _check_trigger(name, order)


def _check_trigger(name: str, order: AlgoOrder) -> None:
    if order.type is OrderType.TRAILING_STOP_MARKET:
        if not ZERO < order.callback_rate < ONE:
            raise misfit(f"{name}.callbackRate: must be between 0 and 100, in percent")
        if not order.activate_price and not order.extreme_price:
            raise misfit(f"{name}.activatePrice: must be positive")
    elif not order.trigger_price:
        raise misfit(f"{name}.triggerPrice: must be positive")
    if min(order.price, order.trigger_price, order.activate_price, order.extreme_price) < ZERO:
        raise misfit(f"{name}: prices cannot be negative")


def load_algo_orders(
    state: State, account: str, loaded: e.MarketAccountLoaded, orders: tuple[AlgoOrder, ...], now: Millis
) -> Iterator[e.Event]:
    """End the orders that wait and are not among these, load the half, and let these wait.

    An order keeps its number where nobody ever had it, or where it is the same order of this account.
    """
    there = state.accounts[account].on(loaded.market).algo_orders
    own = [order.algo_id if _is_free(state, there.get(order.algo_id), order) else 0 for order in orders]
    for waiting in [order for order in there.values() if order.algo_id not in own]:
        yield cancelled(account, loaded.market, waiting, now)
    numbers = own_or_new(own, state.next_algo_id)
    yield loaded
    for order, algo_id in zip(orders, numbers, strict=True):
        accepted = msgspec.structs.replace(order, algo_id=algo_id, status=AlgoStatus.NEW)
        yield e.AlgoOrderAccepted(account, loaded.market, accepted, now)


def _is_free(state: State, there: AlgoOrder | None, order: AlgoOrder) -> bool:
    if order.algo_id >= state.next_algo_id:
        return True
    return there is not None and _what(there) == _what(order)


def _what(order: AlgoOrder) -> tuple[object, ...]:
    return order.symbol, order.side, order.position_side, order.type, order.client_algo_id
