"""A state as plain data, so that two states can be compared and a difference can be read."""

from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.book import HOUSE, BookSide
from margind.engine.model.terms import Millis
from margind.engine.state import Deadline, State

LEFT_OUT = {"facts", "screen", "shares", "touched"}
"""What a market was made from never changes; who looks at the state, and what was computed from it, is not
remembered."""


def plain(value: Any) -> Any:
    """Nested dicts, lists and texts; decimals keep every digit."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(inner) for inner in value)
    return {name: plain(getattr(value, name)) for name in type(value).__slots__ if name not in LEFT_OUT}


def plain_state(state: State) -> dict[str, Any]:
    """Everything a state remembers, whatever comes to be part of it."""
    remembered: dict[str, Any] = plain(state)
    remembered["deadlines"] = sorted(str(row) for row in state.deadlines if _is_due(state, *row))
    remembered["books"] = {
        f"{market}.{symbol}": entries
        for market, books in state.books.items()
        for symbol, book in books.items()
        if any(
            entries := [_users_entries(side) for side in (book.bids, book.asks, book.rpi_bids, book.rpi_asks)]
        )
    }
    return remembered


def _is_due(state: State, then: Millis, deadline: Deadline) -> bool:
    """Whether an entry of the heap still means something; dropping one that does not is no event."""
    account, market, symbol, order_id = deadline
    if not order_id:
        return state.countdowns.get((account, market, symbol)) == then
    order = state.accounts[account].on(market).open_orders.get(order_id)
    return order is not None and order.good_till_date == then


def _users_entries(side: BookSide) -> dict[str, Any]:
    """What users have on one side of a book; the house follows a feed's prices, which are no events."""
    entries = {
        # A level is written as whoever came first wrote it, and that may have been the house: 1000 or 1000.0.
        format(price.normalize(), "f"): {
            order_id: str(quantity) for order_id, quantity in level.items() if order_id != HOUSE
        }
        for price, level in side.levels.items()
    }
    return {price: level for price, level in entries.items() if level}


def plain_report(report: AccountReport) -> dict[str, Any]:
    """Every number of an account report."""
    return {
        name: plain(getattr(report, name))
        for name in ("positions", "assets", "totals", "multi_assets", "rates")
    }
