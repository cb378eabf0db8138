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


def _plain(kind: type[msgspec.Struct]) -> Callable[[msgspec.Struct], Columns]:
    """The fields of a kind of row as they are, its decimals as text."""
    decimals = [place for place, row in enumerate(msgspec.structs.fields(kind)) if row.type is Decimal]

    def columns_of(row: msgspec.Struct) -> Columns:
        columns = list(msgspec.structs.astuple(row))
        for place in decimals:
            # str() would write 0E-8; the text in the file is for people and other tools, too.
            columns[place] = f"{columns[place]:f}"
        return tuple(columns)

    return columns_of


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
    IncomeRow: Table("income", _plain(IncomeRow)),
    MarginChangeRow: Table("position_margin", _plain(MarginChangeRow)),
    FundingRow: Table("fundings", _plain(FundingRow)),
    TradeRow: Table("trades", _plain(TradeRow)),
    AmendmentRow: Table("amendments", _plain(AmendmentRow)),
    OrderRow: Table("orders", _order, _replacing("order_id", "had_fill", *_CHANGING)),
    AlgoOrderRow: Table(
        "algo_orders", _algo_order, _replacing("algo_id", "update_time", "status", "payload")
    ),
}
