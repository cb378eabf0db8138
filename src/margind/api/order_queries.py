"""Handlers that show orders, fills and changes, alike on both markets.

Open orders come from the state, all else from history, which is asked once all that has happened is kept.
"""

from collections.abc import Callable, Collection, Iterable

from margind import errors
from margind.api.endpoints import Call, Handler
from margind.api.history import DAY
from margind.api.lookup import listed, named, open_order, refuse_both, refuse_neither, times
from margind.engine.model.contracts import Contract
from margind.engine.model.orders import Order
from margind.engine.model.terms import AutoClose, Millis
from margind.errors import Refusal
from margind.wire.history import TradeEntry
from margind.wire.orders import amendments
from margind.wire.replies import encode

View = Callable[[Order, Contract], object]
TradeView = Callable[[TradeEntry, Contract], object]
Symbols = Callable[[Call], Collection[str] | str | None]

LONGEST_SPAN = 7 * DAY
"""Documented: 'All Orders', 'Account Trade List': the default, and the most between both times."""


def one_symbol(call: Call) -> str | None:
    """The symbol that a request names, None for all."""
    return listed(call)


def symbols_of_pair(call: Call) -> Collection[str] | str | None:
    """The symbol that a request names, or those of its pair; None for all."""
    symbol, pair = listed(call), call.parameters["pair"]
    if symbol is not None or pair is None:
        return symbol
    contracts = call.market_state.contracts
    return [name for name, contract in contracts.items() if contract.pair == pair]


def symbol_or_pair(call: Call) -> Collection[str] | str | None:
    """The same where one must be named. Documented: 'All Orders' and 'Account Trade List' of COIN-M."""
    refuse_neither(call, "symbol", "pair")
    return symbols_of_pair(call)


def span(call: Call) -> tuple[Millis, Millis]:
    """Both ends of the time asked for, inclusive: at most, and by default, seven days.

    Documented: the length and the default without times. Assumed: with one of both times, seven days from it.
    """
    start, end = times(call)
    if start is None:
        end = call.now if end is None else end
        return end - LONGEST_SPAN, end
    if end is None:
        return start, start + LONGEST_SPAN
    if end - start > LONGEST_SPAN:
        raise Refusal(errors.INVALID_TIME_INTERVAL, LONGEST_SPAN // DAY)
    return start, end


def _timed(call: Call) -> bool:
    return call.parameters["startTime"] is not None or call.parameters["endTime"] is not None


async def find_order(call: Call) -> Order:
    """The order that a request names, open or not. Documented: -2013 when there is none (any more)."""
    asked, symbol = call.parameters, named(call)
    refuse_neither(call, "origClientOrderId", "orderId")
    order_id, client_order_id = asked["orderId"], asked["origClientOrderId"]
    order = open_order(call, symbol, order_id, client_order_id)
    if order is None:
        history = await call.runtime.history()
        order = history.order(
            call.owner.name,
            call.market,
            symbol,
            order_id=order_id,
            client_order_id=client_order_id,
            now=call.now,
        )
    if order is None:
        raise Refusal(errors.NO_SUCH_ORDER)
    return order


def query(view: View) -> Handler:
    """Shows one order."""

    async def handler(call: Call) -> bytes:
        order = await find_order(call)
        return encode(view(order, call.market_state.contracts[order.symbol]))

    return handler


def query_open(view: View) -> Handler:
    """Shows one open order. Documented: -2013 for one that was filled or cancelled."""

    def handler(call: Call) -> bytes:
        asked, symbol = call.parameters, named(call)
        refuse_neither(call, "origClientOrderId", "orderId")
        order = open_order(call, symbol, asked["orderId"], asked["origClientOrderId"])
        if order is None:
            raise Refusal(errors.NO_SUCH_ORDER)
        return encode(view(order, call.market_state.contracts[symbol]))

    return handler


def open_orders(view: View, symbols: Symbols) -> Handler:
    """Shows the open orders of a symbol or a pair, or all of them, oldest first."""

    def handler(call: Call) -> bytes:
        wanted, contracts = symbols(call), call.market_state.contracts
        half = call.owner.on(call.market)
        orders: Iterable[Order]
        if isinstance(wanted, str):
            orders = half.orders_of(wanted)
        else:
            orders = (
                order for order in half.open_orders.values() if wanted is None or order.symbol in wanted
            )
        return encode([view(order, contracts[order.symbol]) for order in orders])

    return handler


def all_orders(view: View, symbols: Symbols) -> Handler:
    """Shows orders, open or not, oldest first.

    Documented: from an id on the first, otherwise the newest of the time asked for. Assumed: the first, when
    a time to begin at is named.
    """

    async def handler(call: Call) -> bytes:
        asked, wanted, contracts = call.parameters, symbols(call), call.market_state.contracts
        from_id = asked["orderId"]
        if from_id is not None and "pair" in asked:
            refuse_both(call, "pair", "orderId")
        start, end = (None, None) if from_id is not None and not _timed(call) else span(call)
        history = await call.runtime.history()
        orders = history.orders(
            call.owner.name,
            call.market,
            wanted,
            order_id=from_id,
            start_time=start,
            end_time=end,
            now=call.now,
            newest=from_id is None and asked["startTime"] is None,
            limit=asked["limit"],
        )
        return encode([view(order, contracts[order.symbol]) for order in orders])

    return handler


def user_trades(view: TradeView, symbols: Symbols) -> Handler:
    """Shows fills, oldest first: from an id or a time on the first, otherwise the newest.

    Documented: an id excludes times (-1128), and on COIN-M a pair excludes both ids.
    """

    async def handler(call: Call) -> bytes:
        asked, wanted, contracts = call.parameters, symbols(call), call.market_state.contracts
        from_id, order_id = asked["fromId"], asked["orderId"]
        if from_id is not None and _timed(call):
            raise Refusal(errors.OPTIONAL_PARAMS_BAD_COMBO)
        if "pair" in asked:
            for name in ("symbol", "fromId", "orderId"):
                refuse_both(call, "pair", name)
        by_id = from_id is not None or order_id is not None
        start, end = (None, None) if by_id and not _timed(call) else span(call)
        history = await call.runtime.history()
        trades = history.trades(
            call.owner.name,
            call.market,
            wanted,
            order_id=order_id,
            from_id=from_id,
            start_time=start,
            end_time=end,
            now=call.now,
            newest=from_id is None and asked["startTime"] is None,
            limit=asked["limit"],
        )
        return encode([view(trade, contracts[trade.symbol]) for trade in trades])

    return handler


async def order_amendments(call: Call) -> bytes:
    """Shows the changes of an order. Documented (example): the newest comes first."""
    asked, symbol = call.parameters, named(call)
    refuse_neither(call, "origClientOrderId", "orderId")
    start, end = times(call)
    history = await call.runtime.history()
    rows = history.amendments(
        call.owner.name,
        call.market,
        symbol,
        order_id=asked["orderId"],
        client_order_id=asked["origClientOrderId"],
        start_time=start,
        end_time=end,
        now=call.now,
        newest=True,
        limit=asked["limit"],
    )
    return encode(amendments(reversed(rows), call.market_state.contracts[symbol].pair))


def force_orders(view: View) -> Handler:
    """Shows orders of liquidations and auto-deleveraging, the last ones, oldest first.

    Documented: both kinds unless one is named, and 7 days before the end time without a start time.
    """

    async def handler(call: Call) -> bytes:
        symbol, asked, contracts = listed(call), call.parameters, call.market_state.contracts
        start, end = times(call)
        end = call.now if end is None else end
        kind = asked["autoCloseType"]
        history = await call.runtime.history()
        orders = history.force_orders(
            call.owner.name,
            call.market,
            symbol,
            auto_close=None if kind is None else AutoClose(kind),
            start_time=end - LONGEST_SPAN if start is None else start,
            end_time=end,
            now=call.now,
            newest=True,
            limit=asked["limit"],
        )
        return encode([view(order, contracts[order.symbol]) for order in orders])

    return handler
