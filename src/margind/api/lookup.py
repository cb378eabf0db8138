"""Finding what a request names: symbols that exist and have prices, times, open orders."""

from margind import errors
from margind.api.endpoints import Call
from margind.engine.model.orders import Order
from margind.engine.model.terms import Millis
from margind.engine.rules.order_reasons import unknown_symbol
from margind.errors import Refusal


def listed(call: Call, name: str = "symbol") -> str | None:
    """The symbol a request names, None when it names none. Refuses with -1121 one that is not listed."""
    symbol: str | None = call.parameters[name]
    if symbol is not None and not call.market_state.usable(symbol):
        raise Refusal(errors.BAD_SYMBOL).because(unknown_symbol(call.market_state, symbol))
    return symbol


def named(call: Call) -> str:
    """The symbol of a request that must name one."""
    symbol = listed(call)
    assert symbol is not None, "the endpoint declares its symbol as mandatory"
    return symbol


def times(call: Call) -> tuple[Millis | None, Millis | None]:
    """Both ends of the time that a request asks for. Refuses a start after the end."""
    start, end = call.parameters["startTime"], call.parameters["endTime"]
    if start is not None and end is not None and start > end:
        raise Refusal(errors.START_TIME_GREATER_THAN_END_TIME)
    return start, end


def refuse_both(call: Call, first: str, second: str) -> None:
    """Refuses with -1128 two filters that exclude each other."""
    if call.parameters[first] is not None and call.parameters[second] is not None:
        raise Refusal(errors.OPTIONAL_PARAMS_BAD_COMBO)


def open_order(call: Call, symbol: str, order_id: int | None, client_order_id: str | None) -> Order | None:
    """An open order of the caller, by its id or else by its client's id."""
    half = call.owner.on(call.market)
    if order_id is None and client_order_id is not None:
        order_id = half.client_order_ids.get(client_order_id)
    order = None if order_id is None else half.open_orders.get(order_id)
    return order if order is not None and order.symbol == symbol else None


def refuse_neither(call: Call, first: str, second: str) -> None:
    """Refuses with -1102 a request that names what it asks for in neither of two ways."""
    if call.parameters[first] is None and call.parameters[second] is None:
        raise Refusal(errors.MANDATORY_PARAM_EMPTY_OR_MALFORMED, first, second, message=2)
