"""How history rows become rows of tables: the columns of each kind, and what replaces what."""

import sqlite3
from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
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
    number: Callable[[Any], int] | None = None
    """By which a row is known that takes another's place."""

    def last(self, rows: list[HistoryRow]) -> Iterable[HistoryRow]:
        """Those of several rows that stand in the end."""
        return rows if self.number is None else {self.number(row): row for row in rows}.values()


def insert_history(connection: sqlite3.Connection, rows: Iterable[HistoryRow]) -> int:
    """Write the rows inside the caller's transaction; how many it took."""
    found: dict[type[HistoryRow], list[HistoryRow]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    written = 0
    for kind, of_kind in found.items():
        table = TABLES[kind]
        columns = list(map(table.columns_of, table.last(of_kind)))
        insert(connection, table.name, columns, table.replaces)
        written += len(columns)
    return written


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
    OrderRow: Table(
        "orders", _order, _replacing("order_id", "had_fill", *_CHANGING), attrgetter("order.order_id")
    ),
    AlgoOrderRow: Table(
        "algo_orders", _algo_order, _replacing("algo_id", *_CHANGING), attrgetter("order.algo_id")
    ),
}
