"""What the history endpoints read: income and isolated-margin changes, kept in tables beside the journal."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from margind.engine.model.terms import IncomeType, MarginChangeType, Market, Millis, PositionSide
from margind.storage.database import insert


class IncomeRow(msgspec.Struct, frozen=True):
    """One change of a wallet balance and its reason; empty texts where a field does not apply."""

    account: str
    market: Market
    symbol: str
    income_type: IncomeType
    income: Decimal  # signed from the account's side, in `asset`
    asset: str
    info: str
    time: Millis
    tran_id: int  # unique per account inside one income type; the caller's duty
    trade_id: str


class MarginChangeRow(msgspec.Struct, frozen=True):
    """One change of the margin of an isolated position."""

    account: str
    market: Market
    symbol: str
    position_side: PositionSide
    type: int  # 1 added, 2 taken out
    delta_type: MarginChangeType
    amount: Decimal  # in `asset`
    asset: str
    time: Millis


HistoryRow: TypeAlias = IncomeRow | MarginChangeRow


class History:
    """Queries over the tables, on a connection of their own that never makes the writer wait."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` is called at the first query."""
        self._connect = connect
        self._connection: sqlite3.Connection | None = None

    def income(
        self,
        account: str,
        market: Market,
        *,
        symbol: str | None = None,
        income_type: IncomeType | None = None,
        start_time: Millis,
        end_time: Millis,
        page: int = 1,
        limit: int = 100,
    ) -> list[IncomeRow]:
        """The given page (from 1) of `limit` rows, oldest first; both times in milliseconds and inclusive.

        Documented: "Get Income History" of both markets. Rows of one millisecond keep their order.
        """
        wanted = {"account": account, "market": market, "symbol": symbol, "income_type": income_type}
        rows = self._select(
            "income", IncomeRow.__struct_fields__, wanted, (start_time, end_time), (limit, (page - 1) * limit)
        )
        return msgspec.convert(rows, list[IncomeRow])

    def position_margin(
        self,
        account: str,
        market: Market,
        symbol: str,
        *,
        change_type: int | None = None,
        start_time: Millis,
        end_time: Millis,
        limit: int = 500,
    ) -> list[MarginChangeRow]:
        """The first `limit` changes, oldest first; both times in milliseconds and inclusive.

        Documented: "Get Position Margin Change History" of both markets.
        """
        wanted = {"account": account, "market": market, "symbol": symbol, "type": change_type}
        rows = self._select(
            "position_margin", MarginChangeRow.__struct_fields__, wanted, (start_time, end_time), (limit, 0)
        )
        return msgspec.convert(rows, list[MarginChangeRow])

    def close(self) -> None:
        """Close the connection of the queries; a later query opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _select(
        self,
        table: str,
        columns: tuple[str, ...],
        wanted: Mapping[str, str | int | None],
        span: tuple[Millis, Millis],
        window: tuple[int, int],
    ) -> list[dict[str, Any]]:
        if self._connection is None:
            self._connection = self._connect()
        equal = {column: value for column, value in wanted.items() if value is not None}
        conditions = "".join(f"{column} = ? AND " for column in equal)
        rows = self._connection.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {conditions}time BETWEEN ? AND ?"  # noqa: S608 - our own names
            " ORDER BY time, rowid LIMIT ? OFFSET ?",
            (*equal.values(), *span, *window),
        )
        return [dict(zip(columns, row, strict=True)) for row in rows]


def insert_history(connection: sqlite3.Connection, rows: Iterable[HistoryRow]) -> None:
    """Write the rows inside the caller's transaction."""
    income: list[tuple[Any, ...]] = []
    position_margin: list[tuple[Any, ...]] = []
    for row in rows:
        (income if isinstance(row, IncomeRow) else position_margin).append(
            tuple(_column(value) for value in msgspec.structs.astuple(row))
        )
    insert(connection, "income", income)
    insert(connection, "position_margin", position_margin)


def _column(value: str | int | Decimal) -> str | int:
    # str() would write 0E-8; the text in the file is for people and other tools, too.
    return f"{value:f}" if isinstance(value, Decimal) else value
