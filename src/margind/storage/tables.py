"""How history rows become rows of tables: the columns of each kind, and what replaces what."""

import sqlite3
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

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
    replaces: str = ""
    """The clause by which a row takes the place of an older one; without it rows are only added."""


def insert_history(connection: sqlite3.Connection, rows: Iterable[HistoryRow]) -> None:
    """Write the rows inside the caller's transaction."""
    found: dict[type[HistoryRow], list[Columns]] = {}
    for row in rows:
        kind = type(row)
        if kind not in found:
            found[kind] = []
        found[kind].append(TABLES[kind].columns_of(row))
    for kind, of_kind in found.items():
        table = TABLES[kind]
        insert(connection, table.name, of_kind, table.replaces)


def _plain(row: msgspec.Struct) -> Columns:
    return tuple(_column(value) for value in msgspec.structs.astuple(row))


def _column(value: str | int | Decimal | None) -> str | int | None:
    # str() would write 0E-8; the text in the file is for people and other tools, too.
    return f"{value:f}" if isinstance(value, Decimal) else value


def _order(row: OrderRow) -> Columns:
    order = row.order
    return (
        order.order_id,
        row.account,
        row.market,
        order.symbol,
        order.client_order_id,
        order.time,
        order.update_time,
        order.status,
        bool(order.executed_qty),
        order.auto_close or "",
        _encode(order),
    )


def _algo_order(row: AlgoOrderRow) -> Columns:
    order = row.order
    return (
        order.algo_id,
        row.account,
        row.market,
        order.symbol,
        order.client_algo_id,
        order.create_time,
        order.update_time,
        order.status,
        _encode(order),
    )


def _replacing(key: str, *columns: str) -> str:
    # Only what can change is written: the indexes over all else stay untouched.
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"


_CHANGING = ("update_time", "status", "payload")

TABLES: dict[type[HistoryRow], Table] = {
    IncomeRow: Table("income", _plain),
    MarginChangeRow: Table("position_margin", _plain),
    FundingRow: Table("fundings", _plain),
    TradeRow: Table("trades", _plain),
    AmendmentRow: Table("amendments", _plain),
    OrderRow: Table("orders", _order, _replacing("order_id", "had_fill", *_CHANGING)),
    AlgoOrderRow: Table(
        "algo_orders", _algo_order, _replacing("algo_id", "update_time", "status", "payload")
    ),
}
