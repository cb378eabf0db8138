"""How history rows become rows of tables: the columns of each kind, and what replaces what."""

import sqlite3
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any

import msgspec

from margind.engine.model.decimals import plain_text
from margind.storage.database import insert
from margind.storage.rows import (
    AlgoOrderRow,
    AmendmentRow,
    FundingRow,
    HistoryRow,
    IncomeRow,
    MarginChangeRow,
    OrderRow,
    TradeRow,
)

Columns = tuple[Any, ...]

_encode = msgspec.json.Encoder().encode


class Table(msgspec.Struct, frozen=True):
    """Where rows of one kind are kept."""

    name: str
    columns_of: Callable[[Any], Columns]
    """Of plain types: sqlite3 looks up how to adapt any other, a subclass of text too, for each value."""
    replaces: str = ""
    """The clause by which a row takes the place of an older one; without it rows are only added."""
    number: Callable[[Any], int] | None = None
    """By which a row is known that takes another's place; the table's rowid."""


def insert_history(connection: sqlite3.Connection, rows: Iterable[HistoryRow]) -> int:
    """Write the rows inside the caller's transaction; how many it took."""
    found: dict[type[HistoryRow], list[HistoryRow]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return sum(_insert(connection, TABLES[kind], of_kind) for kind, of_kind in found.items())


def _insert(connection: sqlite3.Connection, table: Table, rows: list[HistoryRow]) -> int:
    if table.number is None:
        insert(connection, table.name, list(map(table.columns_of, rows)))
        return len(rows)
    last = {table.number(row): row for row in rows}
    # Most are new, and to add a row costs less than to ask whether it takes another's place.
    ((newest,),) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table.name}")  # noqa: S608 - our own names
    added = [table.columns_of(row) for number, row in last.items() if number > newest]
    changed = [table.columns_of(row) for number, row in last.items() if number <= newest]
    insert(connection, table.name, added)
    insert(connection, table.name, changed, table.replaces)
    return len(last)


def _plain(kind: type[msgspec.Struct]) -> Callable[[msgspec.Struct], Columns]:
    """The fields of a kind of row as they are, but decimals and words as text, and yes or no as a number."""
    converted = [
        (place, _CONVERSIONS[base])
        for place, row in enumerate(msgspec.structs.fields(kind))
        for base in _CONVERSIONS
        if isinstance(row.type, type) and issubclass(row.type, base)
    ]

    def columns_of(row: msgspec.Struct) -> Columns:
        columns = list(msgspec.structs.astuple(row))
        for place, convert in converted:
            columns[place] = convert(columns[place])
        return tuple(columns)

    return columns_of


# The text in the file is for people and other tools, too.
_CONVERSIONS: dict[type, Callable[[Any], str | int]] = {Decimal: plain_text, StrEnum: str, bool: int}


def _order(row: OrderRow) -> Columns:
    order = row.order
    return (
        order.order_id,
        row.account,
        str(row.market),
        order.symbol,
        order.client_order_id,
        order.time,
        order.update_time,
        str(order.status),
        1 if order.executed_qty else 0,
        str(order.auto_close or ""),
        _encode(order),
    )


def _algo_order(row: AlgoOrderRow) -> Columns:
    order = row.order
    return (
        order.algo_id,
        row.account,
        str(row.market),
        order.symbol,
        order.client_algo_id,
        order.create_time,
        order.update_time,
        str(order.status),
        _encode(order),
    )


def _replacing(key: str, *columns: str) -> str:
    # Only what can change is written: the indexes over all else stay untouched.
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"


_CHANGING = ("update_time", "status", "payload")

TABLES: dict[type[HistoryRow], Table] = {
    IncomeRow: Table("income", _plain(IncomeRow)),
    MarginChangeRow: Table("position_margin", _plain(MarginChangeRow)),
    FundingRow: Table("fundings", _plain(FundingRow)),
    TradeRow: Table("trades", _plain(TradeRow)),
    AmendmentRow: Table("amendments", _plain(AmendmentRow)),
    OrderRow: Table(
        "orders", _order, _replacing("order_id", "had_fill", *_CHANGING), attrgetter("order.order_id")
    ),
    AlgoOrderRow: Table(
        "algo_orders", _algo_order, _replacing("algo_id", *_CHANGING), attrgetter("order.algo_id")
    ),
}
