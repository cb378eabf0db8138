"""Why an order, an amendment or a cancellation was refused: its fields, the account's mode, the book."""

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order
from margind.engine.model.terms import (
    ContractStatus,
    Market,
    Millis,
    OrderType,
    PositionSide,
    PriceMatch,
    Side,
)
from margind.engine.rules.filter_reasons import RULES, on_grid, price_step, quantity_step, quantity_unit
from margind.engine.rules.order_request import OrderRequest
from margind.errors import Because, Compared, Reason, nearest_names

NEW_ORDER, NEW_ALGO_ORDER = "'New Order'", "'New Algo Order'"
CHANGE_LOG_ALGO = "change log 2025-12-09"
GENERAL = "'Error Code'"

LONGEST_ID = 36

LONGEST_SHOWN = 100
"""Of a text that somebody sent."""

SHOWN = 5
"""How many of the things in the way are named."""


def unknown_symbol(market: MarketState, symbol: str) -> Reason:
    """Which symbols may have been meant; looked up only when asked, because there are hundreds."""
    contracts = market.contracts

    def reason() -> Because:
        meant = symbol[:LONGEST_SHOWN].upper().translate(_SEPARATORS)
        near = nearest_names(meant, contracts)
        return Because(
            "the symbol is one of the market's, as 'Exchange Information' lists them",
            (
                Compared("symbol", symbol[:LONGEST_SHOWN]),
                Compared("symbols of the market", len(contracts), market.market),
            ),
            "'Exchange Information'",
            f"perhaps {', '.join(near)}" if near else "no symbol is near it",
            {"symbol": near[0]} if near else {},
        )

    return reason


_SEPARATORS = str.maketrans("", "", " /:-")


def closes_all(order_type: OrderType) -> Because:
    """Which orders close a whole position."""
    return Because(
        "closePosition goes with STOP_MARKET and TAKE_PROFIT_MARKET",
        (Compared("type", order_type),),
        "'New Order', closePosition",
        "leave closePosition out, and say with reduceOnly or positionSide that the order only reduces",
    )


def conditional_type(order_type: OrderType, market: Market) -> Because:
    """Where a conditional order is placed."""
    door = "fapi" if market is Market.USDM else "dapi"
    return Because(
        "conditional orders are placed with the algo service",
        (Compared("type", order_type),),
        CHANGE_LOG_ALGO,
        f"send it to POST /{door}/v1/algoOrder with algoType CONDITIONAL and triggerPrice in place of "
        "stopPrice, or as algoOrder.place on the WebSocket API",
        {"path": f"POST /{door}/v1/algoOrder"},
    )


def needed(name: str, order_type: OrderType, alternative: str = "") -> Because:
    """A parameter this type of order needs."""
    other = f" or {alternative}" if alternative else ""
    return Because(
        f"an order of type {order_type} needs {name}{other}",
        (Compared("type", order_type), Compared(name, "not sent")),
        NEW_ORDER,
        f"send {name}{other}",
    )


def superfluous(name: str, why: str) -> Because:
    """A parameter that must not be there."""
    return Because(why, (Compared(name, "sent"),), NEW_ORDER, f"leave {name} out")


def position_side_reason(position_side: PositionSide, *, hedge: bool) -> Because:
    """Why a position side does not fit the position mode."""
    fitting = ("LONG", "SHORT") if hedge else ("BOTH",)
    mode = "hedge" if hedge else "one-way"
    return Because(
        "in one-way mode positionSide is BOTH or left out, in hedge mode LONG or SHORT",
        (Compared("positionSide", position_side), Compared("position mode", mode)),
        "'New Order'; 'Change Position Mode'",
        f"send positionSide {' or '.join(fitting)}, or change the position mode",
        {} if hedge else {"positionSide": "BOTH"},
    )


def client_id_reason(client_id: str, pattern: str, name: str = "newClientOrderId") -> Because:
    """Why a client's id cannot be one."""
    cleaned = _OTHER_THAN_ID.sub("_", client_id)[:LONGEST_ID]
    return Because(
        f"a client's id matches ^{pattern}$",
        (Compared("client id", client_id[:LONGEST_SHOWN]), Compared("length", len(client_id), "characters")),
        NEW_ORDER,
        f"{cleaned} is near it",
        {name: cleaned},
    )


_OTHER_THAN_ID = re.compile(r"[^\.A-Z\:/a-z0-9_-]", re.ASCII)


def taken_client_id(client_id: str, taken_by: int) -> Because:
    """Which open order has the id."""
    return Because(
        "a client's id is used by one open order at a time",
        (Compared("client id", client_id), Compared("used by order", taken_by)),
        NEW_ORDER,
        "send another id, or cancel that order first",
    )


def status_reason(status: ContractStatus, *, reduces: bool) -> Because:
    """Why a contract takes no such order."""
    return Because(
        "a contract takes orders while its status is TRADING, and before it is settled reduce-only ones",
        (Compared("status", status), Compared("reduce-only", "yes" if reduces else "no")),
        "'Common Definition', contract status",
    )


def book_level(wanted: PriceMatch, found: int, levels: Mapping[PriceMatch, int]) -> Because:
    """Why the book has no price to match, and the deepest level there is of the same kind."""
    kind = wanted.partition("_")[0]
    there = [name for name, level in levels.items() if name.startswith(kind) and level <= found]
    deepest = max(there, key=levels.__getitem__, default=None)
    return Because(
        "priceMatch takes the price of a level of the book",
        (Compared("priceMatch", wanted), Compared("levels on that side", found)),
        NEW_ORDER,
        "that side is empty, so send a price" if deepest is None else f"{deepest} is the deepest there is",
        {} if deepest is None else {"priceMatch": deepest},
    )


def good_till_reason(good_till_date: Millis, earliest: Millis, latest: Millis) -> Because:
    """Which good-till dates are taken."""
    return Because(
        "goodTillDate lies more than 600 s ahead and before the year 10000",
        (
            Compared("goodTillDate", good_till_date, "ms"),
            Compared("earliest", earliest, "ms"),
            Compared("latest", latest, "ms"),
        ),
        NEW_ORDER,
        f"send at least {earliest}",
        {"goodTillDate": min(max(good_till_date, earliest), latest)},
    )


def count_reason(rule: str, count: int, most: int, remedy: str = "") -> Because:
    """Why there is no room for one more."""
    remedy = remedy or f"cancel {count - most + 1} of them first"
    return Because(rule, (Compared("there are", count), Compared("most", most)), RULES, remedy)


def outside(name: str, value: Decimal, least: Decimal, most: Decimal, unit: str) -> Because:
    """A number that is too small or too large."""
    nearest = min(max(value, least), most)
    return Because(
        f"{name} lies from {least:f} to {most:f} {unit}",
        (Compared(name, value, unit), Compared("least", least, unit), Compared("most", most, unit)),
        NEW_ALGO_ORDER,
        f"{name} {nearest:f} is the nearest",
        {name: nearest},
    )


def same_order(order: Order) -> Because:
    """A change that changes nothing."""
    return Because(
        "a change gives the order another price or another quantity",
        (Compared("price", order.price), Compared("quantity", order.orig_qty)),
        "'Modify Order'",
    )


def not_amendable(order: Order) -> Because:
    """An order that cannot be changed."""
    return Because("only limit orders are changed", (Compared("type", order.type),), "'Modify Order'")


def not_reduce_only(order: Order) -> Because:
    """A change that says reduceOnly of an order that is not."""
    return Because(
        "a change says reduceOnly=true only of an order that was placed reduce-only",
        (Compared("order's reduceOnly", order.reduce_only), Compared("reduceOnly", True)),
        "'Modify Order'",
        "without reduceOnly the change is judged as that of any order",
    )


def reduce_reason(request: OrderRequest) -> Because:
    """Why an order would not reduce."""
    unit, hedge = quantity_unit(request.contract), request.command.position_side is not PositionSide.BOTH
    reducible = request.reducible
    if not reducible:
        remedy = "there is nothing to close on this side"
    else:
        lot = request.contract.lot_size
        # What an amended order has filled already stays part of its quantity.
        reducible += ZERO if request.replaces is None else request.replaces.executed_qty
        reducible = on_grid(reducible, lot.min_qty, quantity_step(request.contract, lot), ROUND_FLOOR)
        remedy = f"quantity {reducible:f} {unit} is the largest that only closes"
    return Because(
        "an order that may only reduce needs a position to close; in hedge mode it is no larger than its leg",
        (
            Compared("quantity", request.quantity, unit),
            Compared("reducible", request.reducible, unit),
            Compared("positionAmt", request.position_amt, unit),
            Compared("side", request.side),
            Compared("position mode", "hedge" if hedge else "one-way"),
        ),
        GENERAL,
        remedy,
        {"quantity": reducible} if reducible > ZERO else {},
    )


def post_only_reason(request: OrderRequest) -> Because:
    """Which price would have rested."""
    best = request.book.against(request.side).best
    assert best is not None, "without the other side nothing is met"
    buys, step = request.side is Side.BUY, price_step(request.contract)
    start = request.contract.price_filter.min_price
    inside = best - step if buys else best + step
    nearest = on_grid(inside, start, step, ROUND_CEILING if buys else ROUND_FLOOR)
    # Off the grid, the next point inside may be the best price itself.
    while (nearest >= best) if buys else (nearest <= best):
        nearest += -step if buys else step
    unit = request.contract.quote_asset
    return Because(
        "a post-only order does not meet the other side of the book",
        (
            Compared("price", request.price, unit),
            Compared("best ask" if buys else "best bid", best, unit),
        ),
        "'Common Definition', time in force",
        f"price {nearest:f} is the nearest that rests",
        {"price": nearest} if nearest > ZERO else {},
    )


def fill_or_kill_reason(request: OrderRequest, found: Decimal) -> Because:
    """How much could have been filled."""
    lot, unit = request.contract.lot_size, quantity_unit(request.contract)
    largest = on_grid(found, lot.min_qty, quantity_step(request.contract, lot), ROUND_FLOOR)
    fits = largest >= lot.min_qty and largest > ZERO
    return Because(
        "a fill-or-kill order is filled at once and whole",
        (
            Compared("quantity", request.quantity, unit),
            Compared("found within its limit", found, unit),
            Compared("price", request.price, request.contract.quote_asset),
        ),
        "'Common Definition', time in force",
        f"quantity {largest:f} {unit} is the largest that fills now"
        if fits
        else "nothing fills at this price",
        {"quantity": largest} if fits else {},
    )


def trigger_reason(
    contract: Contract, name: str, trigger: Decimal, current: Decimal, *, above: bool
) -> Because:
    """Which trigger would not have fired at once."""
    step, start = price_step(contract), contract.price_filter.min_price
    nearest = on_grid(current, start, step, ROUND_FLOOR if above else ROUND_CEILING)
    nearest += step if above else -step
    where = "above" if above else "below"
    return Because(
        f"this order's {name} lies {where} the present price",
        (
            Compared(name, trigger, contract.quote_asset),
            Compared("present price", current, contract.quote_asset),
        ),
        NEW_ALGO_ORDER,
        f"{name} {nearest:f} is the nearest {where} it",
        {name: nearest} if nearest > ZERO else {},
    )


def unknown_order(
    asked: int | str, open_orders: Iterable[Order], symbol: str, side: Side | None = None
) -> Because:
    """Which orders there are."""
    of_symbol = [
        order for order in open_orders if order.symbol == symbol and (side is None or order.side is side)
    ]
    return Because(
        "the order is open, on this symbol" + ("" if side is None else f", and a {side}"),
        (
            Compared("asked for", asked),
            Compared(f"open orders on {symbol}", len(of_symbol)),
            Compared("their ids", some(order.order_id for order in of_symbol)),
        ),
        GENERAL,
    )


def some(names: Iterable[object]) -> str:
    """The first few of some names, and how many more there are."""
    texts = [str(name) for name in names]
    if not texts:
        return "none"
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
